// Pooling: x and y beside dx and dy, one window through all of them.
import { frame } from "./frame.js";
import { cellOf, readersOf } from "./geometry.js";
import { numberPanel, overlapPanel, windowPanel } from "./pooling_panels.js";
import { poolingScene } from "./pooling_scene.js";
import { numberSentence, windowSentence } from "./pooling_sentences.js";
import { wrongSteps, yoursPanel } from "./yours.js";

const poolingWidget = {
  traits: ["view", "plane", "reading"],

  choices(scene) {
    const planes = Array.from({ length: scene.arrays.x.shape[2] }, (_, c) => [c, `channel ${c}`]);
    const choices = [
      { name: "view", label: "kind", options: [["max", "max"], ["average", "average"]] },
      { name: "reading", label: "go through", options: [["windows", "windows"], ["numbers", "numbers of x"]] },
    ];
    return planes.length > 1 ? [...choices, { name: "plane", label: "plane", options: planes }] : choices;
  },

  build(scene, stage) {
    const pool = poolOf(scene);
    const drawn = poolingScene(pool, stage);
    const byWindow = scene.get("reading") === "windows";
    const view = byWindow ? windows(pool, drawn) : numbers(pool, drawn);
    const reading = (part) => (part === "output" ? "windows" : "numbers");
    const stepOf = (part, i, j) => i * (part === "output" ? pool.geometry.output[1] : pool.x.shape[1]) + j;
    drawn.listen({
      over: (part, i, j) => scene.preview(reading(part) === scene.get("reading") ? stepOf(part, i, j) : null),
      out: () => scene.preview(null),
      pick: (part, i, j) => {
        if (reading(part) === scene.get("reading")) scene.go(stepOf(part, i, j));
        else scene.turn({ reading: reading(part), step: stepOf(part, i, j) });
      },
    });
    const panels = byWindow ? [windowPanel(pool), overlapPanel(pool)] : [numberPanel(pool), overlapPanel(pool)];
    if (!pool.judged) return { ...view, panels, wrong: {} };
    const [part, columns] = byWindow ? ["y", pool.geometry.output[1]] : ["dx", pool.x.shape[1]];
    const yours = yoursPanel(scene, part, { plane: pool.plane, spotOf: (t) => [...cellOf(t, columns), 1] });
    const wrong = wrongSteps(scene, part, pool.plane, (i, j) => i * columns + j);
    return { ...view, panels: [...yours, ...panels], wrong: { [part]: wrong } };
  },
};

// The kind and channel that are looked at, with their arrays. What a window reads and who gets what are looked up:
// x at the place, and what the winner (of an average: everyone, winner −1) gets.
function poolOf({ arrays, info, get }) {
  const kind = get("view");
  const [y, ties, winner, gets, dx] = ["y", "ties", "winner", "gets", "dx"].map((name) => arrays[`${kind}.${name}`]);
  const { K, S } = info;
  const geometry = { kernel: [K, K], stride: [S, S], dilation: [1, 1], output: y.shape.slice(0, 2) };
  const plane = Math.min(get("plane"), y.shape[2] - 1);
  const suffix = info.deep ? `, ${plane}` : "";
  const { x, dy, readers } = arrays;
  const number = (i, j, u, v) => x.at(i * S + u, j * S + v, plane);
  const takes = (i, j, u, v) => [-1, u * K + v].includes(winner.at(i, j, plane));
  const part = (i, j, u, v) => (takes(i, j, u, v) ? gets.at(i, j, plane) : 0);
  return { kind, plane, suffix, geometry, judged: info.kind === kind, arrays, x, y, dy, dx, ties, number, takes, part, readers };
}

// Step t is the window of output t.
function windows(pool, drawn) {
  const [rows, columns] = pool.geometry.output;
  return {
    count: rows * columns,
    columns,
    show: (t) => drawn.window(...cellOf(t, columns), t),
    sentence: (t) => windowSentence(pool, ...cellOf(t, columns)),
  };
}

// Step t is number t of x: the windows that read it, and what each sends back.
function numbers(pool, drawn) {
  const [rows, columns] = pool.x.shape;
  const readers = (t) => readersOf(...cellOf(t, columns), pool.geometry);
  return {
    count: rows * columns,
    columns,
    show: (t) => drawn.number(...cellOf(t, columns), readers(t)),
    sentence: (t) => numberSentence(pool, ...cellOf(t, columns), readers(t)),
  };
}

export function render({ model, el }) {
  return frame(el, model, poolingWidget);
}

export default { render };
