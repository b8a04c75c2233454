// Native controls, so that keyboard and screen reader work as everywhere else.
import { html, OWN_KEYS } from "./dom.js";

export function button(parent, label, name, action) {
  const made = html("button", { type: "button", class: "dk-button", "aria-label": name, title: name, ...OWN_KEYS }, parent, label);
  made.addEventListener("click", action);
  return made;
}

// A labelled slider; `change(value)` at every move.
export function slider(parent, { name, label, min, max, step = 1, value }, change) {
  const box = html("label", { class: "dk-setting" }, parent);
  const words = html("span", {}, box, label);
  const input = html("input", { type: "range", min, max, step, "data-name": name, ...OWN_KEYS }, box);
  const shown = html("output", {}, box);
  const set = (next) => {
    input.value = next;
    shown.textContent = Number.isInteger(next) ? next : next.toFixed(2);
  };
  input.addEventListener("input", () => {
    shown.textContent = input.value;
    change(Number(input.value));
  });
  set(value);
  const bound = (least, most) => {
    Object.assign(input, { min: least, max: most, disabled: least >= most });
  };
  bound(min, max);
  return { input, words, set, bound };
}

// One of several, as a row of radio buttons; `change(value)` when another is taken.
export function choice(parent, { name, label, options, value, id }, change) {
  const group = html("fieldset", { class: `dk-choice dk-choice-${name}` }, parent);
  html("legend", {}, group, label);
  for (const [key, words] of options) {
    const box = html("label", {}, group);
    const input = html("input", { type: "radio", name: `${id}-${name}`, value: key, ...OWN_KEYS }, box);
    html("span", {}, box, words);
    input.checked = String(key) === String(value);
    input.addEventListener("change", () => change(key));
  }
  const set = (next) => {
    for (const input of group.querySelectorAll("input")) input.checked = input.value === String(next);
  };
  return { group, set, bound() {} };
}

// One of many, as a menu.
export function menu(parent, { name, label, options, value }, change) {
  const box = html("label", { class: "dk-setting" }, parent);
  html("span", {}, box, label);
  const select = html("select", { "data-name": name, ...OWN_KEYS }, box);
  for (const [key, words] of options) html("option", { value: key }, select, words);
  select.value = String(value);
  select.addEventListener("change", () => change(options[select.selectedIndex][0]));
  return box;
}
