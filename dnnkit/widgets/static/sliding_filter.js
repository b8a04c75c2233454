// The sliding filter: input, filter and output side by side, gather or scatter.
import { frame } from "./frame.js";
import { cellOf, readersOf } from "./geometry.js";
import { slidingPanels } from "./sliding_panels.js";
import { slidingScene } from "./sliding_scene.js";
import { scatterSentence, gatherSentence } from "./sliding_sentences.js";
import { wrongSteps } from "./yours.js";

const widget = {
  traits: ["view", "plane", "reading"],

  choices(scene) {
    const views = Object.entries(scene.info.views).map(([name, { label }]) => [name, label]);
    const planes = scene.info.views[scene.get("view")].planes.map((label, o) => [o, label]);
    const readings = [["gather", "gather: what one output reads"], ["scatter", "scatter: where one input goes"]];
    const readable = readings.slice(0, hasProducts(scene) ? 2 : 1);
    const choices = [
      { name: "view", label: "pass", options: views },
      { name: "reading", label: "reading", options: readable },
    ];
    return planes.length > 1 ? [...choices, { name: "plane", label: "plane", options: planes }] : choices;
  },

  build(scene, stage) {
    const slide = slideOf(scene);
    const drawn = slidingScene(slide, stage);
    const { pick, preview, ...reading } = slide.gathering ? gather(slide, drawn) : scatter(slide, drawn);
    drawn.listen({
      over: (part, ...at) => scene.preview(preview(part, ...at)),
      out: () => scene.preview(null),
      pick: (part, ...at) => pickOrTurn(scene, part, at, pick),
    });
    return { ...reading, panels: slidingPanels(slide, scene), wrong: wrongOf(slide, scene) };
  },
};

// Of a large input Python sends no products: its sums and where its numbers go cannot be shown.
function hasProducts({ arrays, get }) {
  return `${get("view")}.products` in arrays;
}

// One view (y, dx or dw) with its arrays, words and the output plane that is looked at.
function slideOf(scene) {
  const view = scene.get("view");
  const words = scene.info.views[view];
  const part = (name) => scene.arrays[`${view}.${name}`];
  const [input, filters, reads, products, output] = ["input", "filters", "reads", "products", "output"].map(part);
  const plane = Math.min(scene.get("plane"), output.shape[2] - 1);
  const members = reads.shape[1];
  const geometry = { kernel: filters.shape.slice(0, 2), stride: words.stride, dilation: words.dilation, output: output.shape.slice(0, 2) };
  const channels = Array.from({ length: members }, (_, m) => reads.at(plane, m));
  const kinds = { input: part("input_kinds"), output: part("output_kinds") };
  const origin = words.output.index.map(([first]) => first); // where the output as drawn begins to be that of the array
  if (origin.length === 1) origin.unshift(0);
  const gathering = scene.get("reading") === "gather" || !products;
  return { view, words, origin, gathering, input, filters, products, output, plane, members, channels, geometry, kinds, arrays: scene.arrays };
}

// Step t is output cell t: its window is framed and the outputs so far are shown.
function gather(slide, drawn) {
  const [rows, columns] = slide.geometry.output;
  return {
    count: rows * columns,
    columns,
    show(t) {
      drawn.gather(...cellOf(t, columns), t);
    },
    sentence: (t) => gatherSentence(slide, ...cellOf(t, columns)),
    preview: (part, i, j) => (part === "output" ? i * columns + j : null),
    pick: (part, i, j) => (part === "output" ? i * columns + j : null),
  };
}

// Step t is input cell t, plane after plane: the outputs show what it adds to each.
function scatter(slide, drawn) {
  const [rows, columns] = slide.input.shape;
  const at = (t) => [Math.floor(t / (rows * columns)), ...cellOf(t % (rows * columns), columns)];
  const stepOf = (part, i, j, m) => (part === "input" ? (m * rows + i) * columns + j : null);
  return {
    count: slide.members * rows * columns,
    columns,
    show(t) {
      const [m, i, j] = at(t);
      drawn.scatter(m, i, j, readersOf(i, j, slide.geometry));
    },
    sentence(t) {
      const [m, i, j] = at(t);
      return scatterSentence(slide, m, i, j, readersOf(i, j, slide.geometry));
    },
    preview: stepOf,
    pick: stepOf,
  };
}

// A click in the other plane turns the reading: an input cell scatters, an output cell gathers.
function pickOrTurn(scene, part, [i, j, m], pick) {
  const t = pick(part, i, j, m);
  if (t !== null) return scene.go(t);
  const { input, output, products } = slideOf(scene);
  if (part === "filter" || !products) return;
  const step = part === "input" ? (m * input.shape[0] + i) * input.shape[1] + j : i * output.shape[1] + j;
  scene.turn({ reading: part === "input" ? "scatter" : "gather", step });
}

// Steps at which the student's number is wrong, in the view and the plane that are looked at.
function wrongOf(slide, scene) {
  const { view, plane, geometry, origin, gathering } = slide;
  if (!gathering) return {};
  return { [view]: wrongSteps(scene, view, plane, (i, j) => (i + origin[0]) * geometry.output[1] + j + origin[1]) };
}

export function render({ model, el }) {
  return frame(el, model, widget);
}

export default { render };
