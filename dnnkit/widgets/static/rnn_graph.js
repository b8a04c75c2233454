// One step of the RNN as a computational graph: values above, gradients below, local derivatives on the arrows.
import { html, svg } from "./dom.js";
import { number } from "./format.js";

const BOX = { width: 174, height: 24 };
const PLACES = { x: [0, 0], h0: [0, 3], b: [1, 6], p: [1, 0], q: [1, 3], z: [2, 2], h: [3, 2] };
const EDGES = [["x", "p", "· Wx"], ["h0", "q", "· Wh"], ["p", "z", "1"], ["q", "z", "1"], ["b", "z", "1"], ["z", "h", "slope"]];
const NAMES = { x: "x", h0: "h before", b: "b", p: "p = x·Wx", q: "q = h·Wh", z: "z = p + q + b", h: "h" };
const LONGEST = 3; // numbers of a vector that are written out
const LINE = { size: 13, room: 1.75 }; // pixels, and how many letters of one pixel fit in one

export function graphPanel(net) {
  return { name: "graph", label: "one step", draw: (el) => graph(el, net) };
}

function graph(el, net) {
  const [columns, rows] = [222, 34];
  const [width, height] = [3 * columns + BOX.width + 12, 8 * rows + 24];
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, class: "dk-drawing dk-fitting", role: "img" }, el);
  svg("title", {}, drawing, "the computational graph of this step");
  const at = ([i, j]) => [4 + i * columns, 20 + j * rows];
  const locals = {};
  for (const [from, to, words] of EDGES) {
    const [x1, y1] = at(PLACES[from]);
    const [x2, y2] = at(PLACES[to]);
    const line = { x1: x1 + BOX.width + 4, y1: y1 + BOX.height, x2: x2 - 4, y2: y2 + BOX.height };
    svg("line", { ...line, class: "dk-edge" }, drawing);
    const middle = { x: (line.x1 + line.x2) / 2, y: (line.y1 + line.y2) / 2 - 6, class: "dk-local" };
    if (from === "z") Object.assign(middle, { x: x2 - 30, y: y2 + 2 * BOX.height + 18 });
    locals[from] = svg("text", middle, drawing, words);
  }
  const texts = Object.fromEntries(Object.entries(PLACES).map(([name, place]) => [name, box(drawing, at(place), NAMES[name])]));
  html("p", { class: "dk-caption" }, el, "upper line: value; lower line: gradient of the loss; on an arrow: the local derivative");
  return (s) => {
    const { t, l, backward } = net.wave.at(s);
    const rowOf = (name, step = t) => rowText(net.part(l, name), step);
    const before = t > 0 ? rowOf("h", t - 1) : "0";
    const values = { x: rowOf("x"), h0: before, b: bias(net.part(l, "b")), p: rowOf("p"), q: rowOf("q"), z: rowOf("z"), h: rowOf("h") };
    const dz = rowOf("dz");
    const gradients = { p: dz, q: dz, b: dz, z: dz, h: rowOf("dh"), x: rowOf("dx"), h0: rowOf("to_past") };
    for (const [name, [value, gradient]] of Object.entries(texts)) {
      write(value, values[name]);
      write(gradient, backward ? gradients[name] : "");
    }
    locals.z.textContent = net.linear ? "dh/dz = 1" : `dh/dz = 1 − h² = ${rowOf("slope")}`;
  };
}

function box(parent, [x, y], name) {
  svg("text", { x, y: y - 4, class: "dk-title" }, parent, name);
  svg("rect", { x, y, width: BOX.width, height: 2 * BOX.height, class: "dk-box" }, parent);
  return [0, 1].map((line) => svg("text", { x: x + 6, y: y + 16 + line * BOX.height, class: line ? "dk-gradient" : "" }, parent));
}

function write(element, words) {
  element.textContent = words;
  element.style.fontSize = `${Math.min(LINE.size, (LINE.room * (BOX.width - 10)) / words.length).toFixed(1)}px`;
}

function rowText(array, t) {
  return written(Array.from({ length: array.shape[1] }, (_, k) => array.at(t, k)));
}

function bias(array) {
  return written([...array.data]);
}

function written(values) {
  const shown = values.slice(0, LONGEST).map(number).join(", ");
  return values.length > LONGEST ? `(${shown}, …)` : `(${shown})`;
}
