// Batch normalisation: the numbers that share a mean with the chosen one, before and after.
import { meansPanel, termsPanel } from "./batch_norm_panels.js";
import { html, svg } from "./dom.js";
import { largest } from "./format.js";
import { frame } from "./frame.js";
import { cellOf } from "./geometry.js";
import { grid, listen } from "./grid.js";
import { normSentence } from "./batch_norm_sentences.js";
import { wrongSteps, yoursPanel } from "./yours.js";

const SPACE = { width: 900, gap: 80, top: 26, largest: 42, smallest: 8, tall: 32 };

const normWidget = {
  traits: ["mode", "view"],

  choices: () => [
    { name: "mode", label: "mode", options: [["train", "training"], ["evaluate", "evaluation"]] },
    { name: "view", label: "show", options: [["y", "forward: y"], ["change", "what changes with this number"], ["dx", "backward: dx"]] },
  ],

  build(scene, stage) {
    const norm = normOf(scene);
    const drawn = normScene(norm, stage);
    const [rows, columns] = norm.x.shape;
    drawn.listen({
      over: (i, j) => scene.preview(i * columns + j),
      out: () => scene.preview(null),
      pick: (i, j) => scene.go(i * columns + j),
    });
    const panels = [meansPanel(norm), termsPanel(norm)];
    const part = norm.view === "dx" ? "dx" : "y";
    const judged = norm.mode === "train";
    const others = (scene.info.verdict?.parts ?? []).filter((name) => part === "dx" && !["y", "dx"].includes(name));
    const spotOf = (t) => [...cellOf(t, columns), 1];
    return {
      count: rows * columns,
      columns,
      show: (t) => drawn.show(...cellOf(t, columns), t),
      sentence: (t) => normSentence(norm, ...cellOf(t, columns), t),
      panels: judged ? [...yoursPanel(scene, part, { spotOf, others }), ...panels] : panels,
      wrong: judged ? { [part]: wrongSteps(scene, part, 0, (i, j) => i * columns + j) } : {},
    };
  },
};

function normOf({ arrays, info, get }) {
  const [mode, view] = [get("mode"), get("view")];
  const part = (name) => arrays[`${mode}.${name}`];
  const last = arrays.places.shape[2] - 1;
  const place = (i, j) => Array.from({ length: last + 1 }, (_, axis) => arrays.places.at(i, j, axis));
  return { arrays, mode, view, part, place, x: arrays.x, dy: arrays.dy, info, groupOf: (i, j) => arrays.places.at(i, j, last) };
}

function normScene(norm, stage) {
  const { x, view, part, info } = norm;
  const [rows, columns] = x.shape;
  const wide = Math.max(SPACE.smallest, Math.min(SPACE.largest, Math.floor((SPACE.width - SPACE.gap) / 2 / columns)));
  const cell = Math.min(wide, SPACE.tall);
  const right = 4 + columns * wide + SPACE.gap;
  const [width, height] = [right + columns * wide + 6, SPACE.top + rows * cell + 6];
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "dk-drawing" }, stage);
  svg("title", {}, drawing, "numbers that share a mean, before and after normalisation");
  const from = view === "dx" ? ["dy", norm.dy] : ["x", x];
  const to = { y: ["y", part("y")], dx: ["dx", part("dx")], change: ["change of y", part("change")] }[view];
  const plane = (title, array, left, values) =>
    grid(drawing, { rows, columns, cell, wide, scale: array ? largest(array.data) : 0, x: left, y: SPACE.top, title, name: title, values });
  const before = plane(from[0], from[1], 4, from[1].at);
  const after = plane(to[0], to[1], right, view === "change" ? () => 0 : to[1].at);
  svg("text", { x: right - SPACE.gap / 2, y: SPACE.top + (rows * cell) / 2, class: "dk-sign" }, drawing, "→");
  for (const one of [before, after]) tileLines(one, info.tile, wide);
  const shared = `framed: the ${info.shared} numbers of one ${info.group}, which share a mean`;
  const unit = view === "change" ? " · right: the change of y per unit of x, for a small step" : "";
  html("p", { class: "dk-caption dk-legend" }, stage, `blue above zero, orange below · ${shared}${unit}`);
  const spots = [before, after].map((one) => svg("rect", { width: wide, height: cell, class: "dk-winner" }, one.group));
  const show = (i, j, t) => {
    for (const spot of spots) Object.entries({ x: j * wide, y: i * cell }).forEach(([key, value]) => spot.setAttribute(key, value));
    for (let q = 0; q < rows * columns; q++)
      before.mark(q, "dk-used", norm.mode === "train" && norm.groupOf(...cellOf(q, columns)) === norm.groupOf(i, j));
    if (view === "change") for (let q = 0; q < rows * columns; q++) after.set(q, to[1] ? to[1].at(t, q) : null);
  };
  return { show, listen: (target) => [before, after].forEach((one) => listen(one, target)) };
}

// Thick lines between images and between channels.
function tileLines(plane, [height, wideness], wide) {
  for (let i = height; i < plane.rows; i += height)
    svg("line", { x1: 0, x2: plane.width, y1: i * plane.cell, y2: i * plane.cell, class: "dk-tile" }, plane.group);
  for (let j = wideness; j < plane.columns; j += wideness)
    svg("line", { x1: j * wide, x2: j * wide, y1: 0, y2: plane.height, class: "dk-tile" }, plane.group);
}

export function render({ model, el }) {
  return frame(el, model, normWidget);
}

export default { render };
