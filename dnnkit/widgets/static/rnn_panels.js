// Below the picture: the weight gradient as a sum over time, and how the gradient shrinks or grows with distance.
import { html, svg } from "./dom.js";
import { largest, number } from "./format.js";
import { grid } from "./grid.js";

export function sumsPanel(net) {
  return { name: "sums", label: "dW as a sum over time", draw: (el) => sums(el, net) };
}

// dWh and dWx of the layer: one plane for each step of the backward wave so far, and at its end their sum.
function sums(el, net) {
  const box = html("div", {}, el);
  let drawn = null;
  return (s) => {
    const { t, l, backward } = net.wave.at(s);
    if (drawn?.layer !== l) {
      box.replaceChildren();
      drawn = { layer: l, rows: ["dWh", "dWx"].map((name) => sumRow(box, net, l, name)) };
    }
    const known = (u) => backward && u >= t;
    for (const { planes, total } of drawn.rows) {
      total.reveal(backward && t === 0 ? total.rows * total.columns : 0);
      planes.forEach((plane, u) => {
        plane.reveal(known(u) ? plane.rows * plane.columns : 0);
        plane.group.classList.toggle("dk-now", backward && u === t);
      });
    }
  };
}

function sumRow(parent, net, l, name) {
  const parts = net.part(l, name);
  const [steps, rows, columns] = parts.shape;
  const total = net.part(l, `sums.${name}`);
  const wide = Math.max(5, Math.min(46, Math.floor((960 / (steps + 1) - 26) / columns)));
  const cell = Math.min(wide, 30);
  const pitch = columns * wide + 26;
  const drawing = svg("svg", { width: (steps + 1) * pitch + 8, height: rows * cell + 34, class: "dk-drawing", role: "img" }, parent);
  svg("title", {}, drawing, `${name} as a sum over steps`);
  const scale = Math.max(largest(parts.data), largest(total.data));
  const make = (k, values, title, key) => {
    if (k) svg("text", { x: 4 + k * pitch - 13, y: 24 + (rows * cell) / 2, class: "dk-sign dk-small" }, drawing, k === steps ? "=" : "+");
    return grid(drawing, { rows, columns, cell, wide, scale, x: 4 + k * pitch, y: 24, values, title, name: key });
  };
  const planes = Array.from({ length: steps }, (_, t) => make(t, (i, j) => parts.at(t, i, j), `step ${t + 1}`, `${name}-${t}`));
  return { planes, total: make(steps, total.at, name, `${name}-sum`) };
}

export function normsPanel(net) {
  return { name: "norms", label: "gradient norm", draw: (el) => norms(el, net) };
}

const CHART = { width: 620, height: 220, left: 60, right: 130, top: 22, bottom: 34 };

// Spectral norm of d h_T / d h_t against t, on a logarithmic scale, for tanh and for linear.
function norms(el, net) {
  const caption = html("p", { class: "dk-caption" }, el);
  const box = html("div", {}, el);
  let drawn = null;
  return (s) => {
    const { t, l } = net.wave.at(s);
    if (drawn?.layer !== l) {
      box.replaceChildren();
      drawn = { layer: l, ...chart(box, net, l) };
      const where = net.layers > 1 ? ` of layer ${l + 1}` : "";
      caption.textContent = `spectral norm of ∂h${net.steps} / ∂h_t${where}, spectral radius of its Wh ${number(net.radii[l])}`;
    }
    drawn.mark(t);
  };
}

function chart(parent, net, l) {
  const curves = { tanh: net.part(l, "norms.tanh").data, linear: net.part(l, "norms.linear").data };
  const logs = Object.values(curves).flatMap((values) => [...values].filter((v) => v > 0).map(Math.log10));
  const [low, high] = [Math.floor(Math.min(...logs, -1)), Math.ceil(Math.max(...logs, 1))];
  const drawing = svg("svg", { width: CHART.width, height: CHART.height, class: "dk-drawing", role: "img" }, parent);
  svg("title", {}, drawing, "gradient norm against time");
  const x = (t) => CHART.left + (t * (CHART.width - CHART.left - CHART.right)) / Math.max(1, net.steps - 1);
  const y = (value) => CHART.top + ((high - Math.log10(value)) / (high - low)) * (CHART.height - CHART.top - CHART.bottom);
  for (let power = low; power <= high; power++) {
    const at = y(10 ** power);
    svg("line", { x1: CHART.left, x2: CHART.width - CHART.right, y1: at, y2: at, class: power ? "dk-edge" : "dk-one" }, drawing);
    if ((power - low) % Math.ceil((high - low) / 6) === 0)
      svg("text", { x: CHART.left - 8, y: at, class: "dk-tick dk-end" }, drawing, power ? `1e${power}`.replace("-", "−") : "1");
  }
  for (let t = 0; t < net.steps; t++)
    svg("text", { x: x(t), y: CHART.height - 12, class: "dk-tick dk-middle" }, drawing, `t = ${t + 1}`);
  Object.entries(curves).forEach(([name, values]) => curve(drawing, { name, values: [...values], x, y, chosen: (name === "linear") === net.linear }));
  const line = svg("line", { y1: CHART.top, y2: CHART.height - CHART.bottom, class: "dk-flow" }, drawing);
  const words = html("p", { class: "dk-formula" }, parent);
  const mark = (t) => {
    line.setAttribute("x1", x(t));
    line.setAttribute("x2", x(t));
    words.textContent = `t = ${t + 1}: ${number(curves.tanh[t])} with tanh, ${number(curves.linear[t])} linear`;
  };
  return { mark };
}

function curve(drawing, { name, values, x, y, chosen }) {
  const points = values.map((value, t) => [x(t), value]).filter(([, value]) => value > 0);
  const style = `dk-curve dk-${name} ${chosen ? "dk-chosen" : ""}`;
  svg("path", { d: points.map(([px, value], k) => `${k ? "L" : "M"}${px} ${y(value)}`).join(""), class: style }, drawing);
  for (const [px, value] of points) svg("circle", { cx: px, cy: y(value), r: 3.5, class: style }, drawing);
  const key = { x: CHART.width - CHART.right + 10, y: CHART.top + (name === "tanh" ? 14 : 34), class: "dk-tick" };
  svg("text", key, drawing, `${name === "tanh" ? "●" : "○"} ${name}${chosen ? " (above)" : ""}`);
}
