// Nodes of the unrolled network as columns of numbers, h with its gradient dh beside it, and the arrows between.
import { html, svg } from "./dom.js";
import { largest } from "./format.js";
import { grid, listen } from "./grid.js";
import { isCut } from "./rnn_wave.js";

const WIDE = 980; // of the drawing
const EDGE = { left: 36, gap: 34, between: 44, top: 30 };
const SIZES = [14, 50]; // width of a cell, smallest and largest
const TALL = 30; // height of a cell, at most

export function rnnScene(net, stage) {
  const { steps, layers, units, arrays, part } = net;
  const wide = Math.max(SIZES[0], Math.min(SIZES[1], Math.floor(((WIDE - EDGE.left) / steps - EDGE.gap) / 2)));
  const cell = Math.min(wide, TALL);
  const pitch = 2 * wide + EDGE.gap;
  const heights = Array.from({ length: layers }, (_, l) => part(l, "h").shape[1] * cell);
  const lossY = EDGE.top;
  const tops = []; // of each layer, the last one highest
  let y = lossY + units * cell + EDGE.between;
  for (let l = layers - 1; l >= 0; l--) {
    tops[l] = y;
    y += heights[l] + EDGE.between;
  }
  const [inputY, width, height] = [y, EDGE.left + steps * pitch, y + arrays.x.shape[1] * cell + 6];
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "dk-drawing" }, stage);
  svg("title", {}, drawing, "the network unrolled in time, with hidden states and their gradients");
  const lines = svg("g", { class: "dk-lines" }, drawing);
  const left = (t) => EDGE.left + t * pitch;
  const column = (name, array, t, x, top, title) =>
    grid(drawing, {
      rows: array.shape[1], columns: 1, cell, wide, scale: largest(array.data), x, y: top, title, name,
      values: (k) => array.at(t, k),
    });
  const each = (make) => Array.from({ length: layers }, (_, l) => Array.from({ length: steps }, (_, t) => make(l, t)));
  const label = (name, l) => (layers > 1 ? `${name} ${l + 1}` : name);
  const nodes = {
    loss: Array.from({ length: steps }, (_, t) => column(`loss-${t}`, arrays.dh, t, left(t) + wide, lossY, `dL ${t + 1}`)),
    h: each((l, t) => column(`h-${l}-${t}`, part(l, "h"), t, left(t), tops[l], label("h", l))),
    dh: each((l, t) => column(`dh-${l}-${t}`, part(l, "dh"), t, left(t) + wide, tops[l], label("dh", l))),
    x: Array.from({ length: steps }, (_, t) => column(`x-${t}`, arrays.x, t, left(t), inputY, `x ${t + 1}`)),
  };
  const place = { nodes, cell, wide, tops, heights, inputY, lossY, left, net, pitch };
  quietLines(lines, place);
  rnnLegend(stage, net);
  return { show: wave(drawing, place), listen: (to) => listenNodes(nodes, to) };
}

function rnnLegend(stage, { truncate, steps }) {
  const words = ["blue above zero, orange below", "h: forward wave", "dh: backward wave, from the loss and from the future"];
  if (truncate < steps) words.push("✂: the gradient is not carried on");
  html("p", { class: "dk-caption dk-legend" }, stage, words.join(" · "));
}

// Where each node's arrows begin and end.
function edges({ cell, wide, tops, heights, inputY, lossY, left, net, pitch }, { backward, t, l }) {
  const x = left(t) + (backward ? 1.5 : 0.5) * wide;
  const middle = tops[l] + heights[l] / 2;
  if (!backward) {
    const below = l === 0 ? inputY : tops[l - 1];
    const edge = [[x, below - 18, x, tops[l] + heights[l] + 3]];
    if (t > 0) edge.push([left(t - 1) + 2 * wide + 3, middle, left(t) - 3, middle]);
    return edge;
  }
  const above = l === net.layers - 1 ? lossY + net.units * cell : tops[l + 1] + heights[l + 1];
  const edge = [[x, above + 3, x, tops[l] - 18]];
  if (t < net.steps - 1 && !isCut(t + 1, net.truncate)) edge.push([left(t) + pitch - 3, middle, left(t) + 2 * wide + 3, middle]);
  return edge;
}

// All arrows faintly, and scissors where truncation cuts.
function quietLines(parent, place) {
  const { net, tops, heights, left, wide } = place;
  for (let l = 0; l < net.layers; l++)
    for (let t = 0; t < net.steps; t++) {
      for (const backward of [false, true])
        for (const [x1, y1, x2, y2] of edges(place, { backward, t, l })) svg("line", { x1, y1, x2, y2, class: "dk-edge" }, parent);
      const middle = tops[l] + heights[l] / 2;
      if (isCut(t, net.truncate))
        svg("text", { x: left(t - 1) + 2 * wide + EDGE.gap / 2, y: middle - 10, class: "dk-sign dk-cut" }, parent, "✂");
    }
}

function wave(drawing, place) {
  const { nodes, net, cell, wide, left, tops, heights } = place;
  const layer = svg("g", { class: "dk-marks" }, drawing);
  return ({ backward, t, l }, s) => {
    for (let k = 0; k < net.layers; k++)
      for (let u = 0; u < net.steps; u++) {
        nodes.h[k][u].reveal(net.wave.stepOf(false, u, k) <= s ? heights[k] / cell : 0);
        nodes.dh[k][u].reveal(net.wave.stepOf(true, u, k) <= s ? heights[k] / cell : 0);
      }
    layer.replaceChildren();
    const x = left(t) + (backward ? wide : 0);
    svg("rect", { x, y: tops[l], width: wide, height: heights[l], class: "dk-outline" }, layer);
    for (const edge of edges(place, { backward, t, l })) arrow(layer, ...edge);
  };
}

function arrow(parent, x1, y1, x2, y2) {
  svg("line", { x1, y1, x2, y2, class: "dk-flow" }, parent);
  const angle = (Math.atan2(y2 - y1, x2 - x1) * 180) / Math.PI;
  svg("path", { d: "M0 0l-9 -5v10z", transform: `translate(${x2} ${y2}) rotate(${angle})`, class: "dk-head-of-arrow" }, parent);
}

function listenNodes({ h, dh }, to) {
  for (const [backward, nodes] of [[false, h], [true, dh]])
    nodes.forEach((row, l) =>
      row.forEach((node, t) => listen(node, { over: () => to.over(backward, t, l), out: to.out, pick: () => to.pick(backward, t, l) })));
}
