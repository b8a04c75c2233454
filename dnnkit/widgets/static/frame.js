// What all widgets share: title, verdict, stage, transport, settings, sentence, panels.
import { unpack } from "./arrays.js";
import { button, choice, menu, slider } from "./controls.js";
import { html, unique } from "./dom.js";
import { player } from "./player.js";
import { transport } from "./transport.js";

const IDLE = 250; // milliseconds without a step before Python is told where we are

// A widget is { choices(scene), build(scene, stage) }; build gives back
// { count, columns, show(t), sentence(t), panels: [{ name, label, draw(element) -> update(t) }], wrong: { part: [t, ...] } }
// with the steps at which a part of the student's answer (y, dx, ...) that is on show is wrong.
export function frame(el, model, widget) {
  const id = unique(); // of groups of radio buttons: the page shares their names
  const root = html("div", { class: "dnnkit", role: "group" }, el);
  const title = html("div", { class: "dk-head" }, root);
  const lost = "The kernel was restarted or is gone. Stepping still works; run the cell again to change settings.";
  html("p", { class: "dk-lost", role: "status" }, root, lost);
  const choices = html("div", { class: "dk-choices" }, root);
  const verdict = html("div", { class: "dk-verdict" }, root);
  const stage = html("div", { class: "dk-stage" }, root);
  let [view, update, saver, laidOut] = [null, null, null, ""];

  const clock = player((t) => {
    showStep(t);
    if (model.get("step") !== t) model.set("step", t);
    clearTimeout(saver);
    saver = setTimeout(() => model.save_changes(), IDLE);
  });
  clock.onStop = () => showStep(clock.step);
  const controls = transport(root, clock, {
    columns: () => view.columns,
    leave() {
      document.activeElement.blur();
      root.closest(".jp-Cell")?.focus(); // JupyterLab's command mode
    },
  });
  const settings = html("div", { class: "dk-settings" }, root);
  const size = html("p", { class: "dk-caption" }, root);
  const sentence = html("p", { class: "dk-sentence", "aria-live": "polite" }, root);
  const tabs = html("div", { class: "dk-tabs" }, root);
  const panel = html("div", { class: "dk-panel" }, root);
  const sliders = {};

  function showStep(t, preview = false) {
    root.classList.toggle("dk-fast", clock.playing && controls.fast());
    view.show(t);
    update?.(t);
    sentence.setAttribute("aria-live", clock.playing || preview ? "off" : "polite");
    sentence.textContent = view.sentence(t);
    if (!preview) controls.update();
  }

  const scene = {
    id,
    get: (name) => model.get(name),
    set(name, value) {
      model.set(name, value);
      model.save_changes();
    },
    turn(wanted) {
      clock.stop();
      for (const [name, value] of Object.entries(wanted)) model.set(name, value);
      model.save_changes();
    },
    go(t) {
      clock.stop();
      clock.go(t);
      controls.focus();
    },
    preview: (t) => clock.playing || showStep(t ?? clock.step, t !== null),
  };

  function draw() {
    scene.info = model.get("info");
    scene.arrays = unpack(model.get("index"), model.get("data"));
    title.textContent = scene.info.title;
    root.setAttribute("aria-label", scene.info.title);
    drawChoices();
    drawSettings();
    stage.replaceChildren();
    view = widget.build(scene, stage);
    clock.limit(view.count);
    drawVerdict();
    drawPanels();
    clock.stop();
    clock.go(model.get("step"));
  }

  function drawChoices() {
    const wanted = widget.choices(scene);
    const layout = JSON.stringify(wanted);
    if (layout === laidOut) return;
    const focused = choices.contains(document.activeElement) ? document.activeElement : null;
    laidOut = layout;
    choices.replaceChildren();
    for (const one of wanted)
      (one.options.length > 4 ? menu : choice)(choices, { ...one, id, value: model.get(one.name) }, (value) => scene.set(one.name, value));
    const again = focused?.value && `[value="${focused.value}"], [data-name="${focused.dataset.name}"]`;
    if (again) choices.querySelector(again)?.focus();
  }

  function drawSettings() {
    for (const one of scene.info.settings ?? []) {
      const value = one.value ?? model.get(one.name);
      const make = one.options ? choice : slider;
      sliders[one.name] ??= make(settings, { ...one, id, value }, (next) => scene.set(one.name, next));
      sliders[one.name].bound(one.min, one.max);
      sliders[one.name].set(value);
    }
    size.textContent = scene.info.size ?? "";
  }

  function drawVerdict() {
    verdict.replaceChildren();
    verdict.hidden = !scene.info.verdict;
    if (!scene.info.verdict) return;
    verdict.classList.toggle("dk-agrees", scene.info.verdict.agrees);
    for (const said of scene.info.verdict.lines) {
      const line = html("div", {}, verdict);
      html("span", {}, line, (said.agrees ? "✓ " : "✗ ") + said.text);
      if (!said.agrees) wrongButtons(line, said);
    }
  }

  // First wherever it is; previous and next of what is on show.
  function wrongButtons(line, { parts, look }) {
    const steps = parts.flatMap((part) => view.wrong[part] ?? []);
    const next = (found) => found.length && scene.go(found[0]);
    button(line, "first", `first wrong number of ${parts.join(", ")}`, () => scene.turn(look));
    if (!steps.length) return;
    button(line, "previous", "previous wrong number", () => next(steps.filter((t) => t < clock.step).reverse()));
    button(line, "next", "next wrong number", () => next(steps.filter((t) => t > clock.step)));
  }

  function drawPanels() {
    const names = view.panels.map((one) => one.name);
    const taken = names.includes(model.get("panel")) ? model.get("panel") : names[0];
    const options = view.panels.map((one) => [one.name, one.label]);
    const layout = JSON.stringify([options, taken]);
    if (tabs.dataset.layout !== layout) {
      const focused = tabs.contains(document.activeElement);
      tabs.dataset.layout = layout;
      tabs.replaceChildren();
      choice(tabs, { name: "panel", label: "below", options, value: taken, id }, (name) => scene.set("panel", name));
      if (focused) tabs.querySelector("input:checked").focus();
    }
    panel.replaceChildren();
    update = view.panels.find((one) => one.name === taken)?.draw(panel);
  }

  let waiting = false;
  const redraw = () => {
    if (waiting) return;
    waiting = true;
    queueMicrotask(() => {
      waiting = false;
      draw();
    });
  };
  const watched = ["revision", "panel", ...widget.traits].map((name) => `change:${name}`);
  for (const event of watched) model.on(event, redraw);
  const follow = () => waiting || model.get("step") === clock.step || clock.go(model.get("step"));
  model.on("change:step", follow);
  const lose = () => root.classList.add("dk-gone");
  model.on("comm_live_update", lose); // the comm is live when a widget is drawn: it can only have gone
  draw();
  return () => {
    clock.stop();
    clearTimeout(saver);
    for (const event of watched) model.off(event, redraw);
    model.off("change:step", follow);
    model.off("comm_live_update", lose);
  };
}
