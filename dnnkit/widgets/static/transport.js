// Back, play, forward, the slider of steps and its keys.
import { button } from "./controls.js";
import { html, OWN_KEYS } from "./dom.js";

const SPEEDS = [1, 2, 5, 15, 60];

export function transport(parent, clock, { columns, leave }) {
  const bar = html("div", { class: "dk-transport" }, parent);
  button(bar, "◀", "one step back", () => move(-1));
  const toggle = button(bar, "▶ Play", "play", () => playOrStop());
  button(bar, "▶", "one step forward", () => move(1));
  const input = html("input", { type: "range", min: 0, step: 1, class: "dk-step", "aria-label": "step", ...OWN_KEYS }, bar);
  const shown = html("output", { class: "dk-count" }, bar);
  const speed = html("select", { "aria-label": "steps a second", title: "steps a second", ...OWN_KEYS }, bar);
  for (const rate of SPEEDS) html("option", { value: rate }, speed, `${rate}/s`);
  speed.value = "5";
  speed.addEventListener("change", () => clock.setSpeed(Number(speed.value)));
  input.addEventListener("input", () => jump(Number(input.value)));
  input.addEventListener("keydown", (event) => {
    const action = keys[event.key];
    if (!action || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    event.stopPropagation();
    action();
  });
  const jump = (t) => {
    clock.stop();
    clock.go(t);
  };
  const move = (by) => jump(clock.step + by);
  const playOrStop = () => {
    if (clock.playing) clock.stop();
    else clock.play();
    update();
  };
  const keys = {
    ArrowRight: () => move(1),
    ArrowLeft: () => move(-1),
    ArrowDown: () => move(columns()),
    ArrowUp: () => move(-columns()),
    PageDown: () => move(columns()),
    PageUp: () => move(-columns()),
    Home: () => jump(0),
    End: () => jump(clock.count - 1),
    " ": playOrStop,
    Escape: () => {
      clock.stop();
      leave();
    },
  };
  function update() {
    input.max = clock.count - 1;
    input.value = clock.step;
    shown.textContent = `${clock.step + 1} / ${clock.count}`;
    input.setAttribute("aria-valuetext", `step ${clock.step + 1} of ${clock.count}`);
    const words = clock.playing ? "pause" : "play";
    if (toggle.getAttribute("aria-label") === words) return;
    toggle.textContent = clock.playing ? "❚❚ Pause" : "▶ Play";
    toggle.setAttribute("aria-label", words);
    toggle.title = words;
  }
  return { update, fast: () => Number(speed.value) > 5, focus: () => input.focus({ preventScroll: true }) };
}
