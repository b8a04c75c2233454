// Input planes, filter planes and the output plane as one drawing, with the window that moves.
import { html, svg } from "./dom.js";
import { largest, number } from "./format.js";
import { windowOf } from "./geometry.js";
import { grid, listen } from "./grid.js";
import { wrongSteps } from "./yours.js";

const WIDTH = 900; // of the drawing, in its own units
const GAP = 52;
const TOP = 26;
const [SMALLEST, LARGEST] = [3, 36]; // of a cell
const FEW = 12; // columns of a filter that has room to be larger than its input
const DROPPED = 4; // kind of an output cell that belongs to the padding
const WEIGHTS = 36; // filters of more numbers show no weights in the window

export function slidingScene(slide, stage) {
  const { input, filters, output, members, plane, channels, words, kinds } = slide;
  const [inputShape, kernel, outputShape] = [input.shape, filters.shape, output.shape];
  const wide = inputShape[1] + kernel[1] + outputShape[1];
  const cell = Math.max(SMALLEST, Math.min(LARGEST, Math.floor((WIDTH - 2 * GAP - 8) / wide)));
  const small = kernel[1] > FEW ? cell : Math.max(cell, 22); // filters stay readable beside a photograph
  const pitch = Math.max(inputShape[0] * cell, kernel[0] * small) + TOP + 10;
  const height = Math.max(members * pitch, outputShape[0] * cell + TOP + 10);
  const [filterX, outputX] = [4 + inputShape[1] * cell + GAP, 4 + inputShape[1] * cell + kernel[1] * small + 2 * GAP];
  const width = outputX + outputShape[1] * cell + 8;
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "dk-drawing" }, stage);
  svg("title", {}, drawing, `${words.input.name} under a sliding ${words.filter.name} gives ${words.output.name}`);
  const beams = channels.map(() => svg("path", { class: "dk-beam" }, drawing)); // under the planes
  const scales = [largest(input.data), largest(filters.data), largest(output.data)];

  const inputs = channels.map((channel, m) =>
    grid(drawing, {
      rows: inputShape[0], columns: inputShape[1], cell, scale: scales[0], x: 4, y: TOP + m * pitch,
      values: (i, j) => input.at(i, j, channel), kinds: (i, j) => kinds.input.at(i, j),
      title: planeTitle(words.input, words.input.suffixes[plane][m]), name: `input-${m}`,
    }));
  const weights = channels.map((_, m) =>
    grid(drawing, {
      rows: kernel[0], columns: kernel[1], cell: small, scale: scales[1], x: filterX,
      y: TOP + m * pitch + Math.max(0, (inputShape[0] * cell - kernel[0] * small) / 2),
      values: (u, v) => filters.at(u, v, m, plane),
      title: planeTitle(words.filter, words.filter.suffixes[plane][m]), name: `filter-${m}`,
    }));
  const result = grid(drawing, {
    rows: outputShape[0], columns: outputShape[1], cell, scale: scales[2], x: outputX,
    y: TOP + Math.max(0, (height - TOP - 10 - outputShape[0] * cell) / 2),
    values: (i, j) => output.at(i, j, plane), kinds: (i, j) => (kinds.output.at(i, j) ? DROPPED : 0),
    title: planeTitle(words.output, words.output.suffixes[plane]), name: "output",
  });
  signs(drawing, filterX, outputX, weights[0], result, small);
  markWrong(slide, result);
  legend(stage, slide);
  const moving = markers(drawing, slide, { inputs, weights, result, beams }, cell);
  const listening = (to) => {
    const on = (drawn, part, m) =>
      listen(drawn, { over: (i, j) => to.over(part, i, j, m), out: to.out, pick: (i, j) => to.pick(part, i, j, m) });
    inputs.forEach((one, m) => on(one, "input", m));
    weights.forEach((one, m) => on(one, "filter", m));
    on(result, "output", 0);
  };
  return { ...moving, listen: listening };
}

function planeTitle(part, suffix) {
  return suffix ? `${part.name}[…${suffix}]` : part.name;
}

// "∗" between input and filter, "=" before the output.
function signs(drawing, filterX, outputX, filter, result, small) {
  const middle = filter.y + (filter.rows * small) / 2;
  svg("text", { x: filterX - GAP / 2, y: middle, class: "dk-sign" }, drawing, "∗");
  svg("text", { x: outputX - GAP / 2, y: middle, class: "dk-sign" }, drawing, "=");
}

// What the marks mean, as far as they occur.
function legend(stage, { kinds }) {
  const words = ["blue above zero, orange below"];
  const occurs = (kind) => kinds.input.data.includes(kind);
  if (occurs(1) || occurs(3)) words.push("dashed and grey: zeros that were put in");
  if (occurs(2)) words.push("hatched: no window reads it");
  if (kinds.output.data.includes(1)) words.push("dashed in the output: gradient of the padding, dropped");
  html("p", { class: "dk-caption dk-legend" }, stage, words.join(" · "));
}

function markWrong({ view, plane, arrays, origin }, result) {
  for (const t of wrongSteps({ arrays }, view, plane, (i, j) => (i + origin[0]) * result.columns + j + origin[1]))
    result.mark(t, "dk-wrong", true);
}

// What moves: the window with its weights on each input plane, one cell on the output, and a beam between.
function markers(drawing, slide, { inputs, weights, result, beams }, cell) {
  const { geometry, filters, plane, products, output } = slide;
  const windows = inputs.map((one, m) => windowMarker(drawing, one, geometry, cell, (u, v) => filters.at(u, v, m, plane)));
  const spots = inputs.map((one) => spot(drawing, one));
  const target = spot(drawing, result);
  const touched = svg("g", { class: "dk-touched", transform: `translate(${result.x} ${result.y})` }, drawing);
  const scale = largest(products?.data ?? []);
  const move = (marker, drawn, i, j) => {
    marker.style.transform = `translate(${drawn.x + j * cell}px, ${drawn.y + i * cell}px)`;
  };
  const visible = (some, on) => some.forEach((one) => one.classList.toggle("dk-hidden", !on));
  const gather = (i, j, t) => {
    const [top, left] = [i * geometry.stride[0], j * geometry.stride[1]];
    windows.forEach((one, m) => move(one, inputs[m], top, left));
    move(target, result, i, j);
    result.reveal(t + 1);
    beams.forEach((one, m) => one.setAttribute("d", beamPath(inputs[m], result, geometry, [top, left], [i, j], cell)));
    visible(spots, false);
  };
  const scatter = (m, i, j, readers) => {
    visible([...windows, target, ...beams], false);
    spots.forEach((one, k) => one.classList.toggle("dk-hidden", k !== m));
    move(spots[m], inputs[m], i, j);
    result.reveal(0);
    touched.replaceChildren();
    for (const [y, x, u, v] of readers) contribution(touched, cell, y, x, products.at(y, x, plane, u, v, m), scale);
    for (const [k, one] of weights.entries())
      for (let q = 0; q < one.rows * one.columns; q++)
        one.mark(q, "dk-used", k === m && readers.some(([, , u, v]) => u * one.columns + v === q));
  };
  return { gather, scatter, output };
}

function contribution(parent, cell, i, j, value, scale) {
  const sign = value < 0 ? "dk-negative" : "";
  const opacity = scale ? (0.15 + (0.77 * Math.abs(value)) / scale).toFixed(3) : 0;
  svg("rect", { x: j * cell, y: i * cell, width: cell, height: cell, class: `dk-cell ${sign}`, "fill-opacity": opacity }, parent);
  if (cell >= 17) svg("text", { x: (j + 0.5) * cell, y: (i + 0.5) * cell, class: "dk-number" }, parent, number(value));
}

function windowMarker(drawing, plane, geometry, cell, weight) {
  const group = svg("g", { class: "dk-moving dk-window" }, drawing);
  const [kh, kw] = geometry.kernel;
  const extent = geometry.kernel.map((k, axis) => ((k - 1) * geometry.dilation[axis] + 1) * cell);
  const dilated = geometry.dilation.some((d) => d > 1) && kh * kw > 1;
  svg("rect", { width: extent[1], height: extent[0], class: dilated ? "dk-extent" : "dk-outline" }, group);
  const texts = windowOf(0, 0, geometry).map(([u, v]) => `×${number(weight(u, v))}`);
  const readable = cell >= 26 && kh * kw <= WEIGHTS && texts.every((text) => text.length <= 5);
  for (const [place, [, , i, j]] of windowOf(0, 0, geometry).entries()) {
    if (dilated) svg("rect", { x: j * cell, y: i * cell, width: cell, height: cell, class: "dk-outline" }, group);
    const corner = { x: (j + 1) * cell - 2, y: (i + 1) * cell - 3, class: "dk-weight" };
    if (readable) svg("text", corner, group, texts[place]);
  }
  return group;
}

function spot(drawing, plane) {
  const group = svg("g", { class: "dk-moving" }, drawing);
  svg("rect", { width: plane.cell, height: plane.cell, class: "dk-outline" }, group);
  return group;
}

// From the right edge of the window to the left edge of the output cell.
function beamPath(from, to, { kernel, dilation }, [top, left], [i, j], cell) {
  const extent = kernel.map((k, axis) => (k - 1) * dilation[axis] + 1);
  const x = from.x + (left + extent[1]) * cell;
  const [y0, y1] = [from.y + top * cell, from.y + (top + extent[0]) * cell];
  const [x2, y2] = [to.x + j * cell, to.y + i * cell];
  return `M${x} ${y0}L${x2} ${y2}V${y2 + cell}L${x} ${y1}Z`;
}
