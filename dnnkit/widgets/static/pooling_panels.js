// Below the picture: this window's numbers, this number's gradient, how often each number is read.
import { html, svg } from "./dom.js";
import { factor, largest, number } from "./format.js";
import { cellOf, readersOf, windowOf } from "./geometry.js";
import { grid } from "./grid.js";

export function windowPanel(pool) {
  return { name: "window", label: "this window", draw: (el) => windowTable(el, pool) };
}

// Each number of the window, what it counts, and what it gets back.
function windowTable(el, { kind, plane, geometry, x, y, number: numberAt, takes, part, suffix }) {
  const k = geometry.kernel[0];
  const table = html("table", {}, html("div", { class: "dk-ledger" }, el));
  const cells = Array.from({ length: k }, () => html("tr", {}, table)).map((row) =>
    Array.from({ length: k }, () => html("td", {}, row)));
  const total = html("p", { class: "dk-total" }, el);
  const scale = largest(x.data);
  return (t) => {
    const [i, j] = cellOf(t, geometry.output[1]);
    const values = [];
    for (const [u, v] of windowOf(0, 0, geometry)) {
      const value = numberAt(i, j, u, v);
      values.push(value);
      const cell = cells[u][v];
      cell.replaceChildren();
      html("b", {}, cell, number(value));
      html("span", { class: "dk-back" }, cell, ` gets ${number(part(i, j, u, v))}`);
      cell.className = [value < 0 ? "dk-negative" : "", kind === "max" && takes(i, j, u, v) ? "dk-won" : ""].join(" ");
      cell.style.setProperty("--share", scale ? Math.abs(value) / scale : 0);
    }
    const made = kind === "max" ? `max(${values.map(number).join(", ")})` : `(${values.map(factor).join(" + ")}) / ${k * k}`;
    total.textContent = `y[${i}, ${j}${suffix}] = ${made} = ${number(y.at(i, j, plane))}`;
  };
}

export function numberPanel(pool) {
  return { name: "number", label: "this number's gradient", draw: (el) => gradientSum(el, pool) };
}

function gradientSum(el, { x, dx, plane, geometry, takes, part, suffix }) {
  const words = html("p", { class: "dk-total" }, el);
  return (t) => {
    const [i, j] = cellOf(t, x.shape[1]);
    const terms = readersOf(i, j, geometry)
      .filter(([row, column, u, v]) => takes(row, column, u, v))
      .map(([row, column, u, v]) => factor(part(row, column, u, v)));
    const sum = terms.length > 1 ? `${terms.join(" + ")} = ` : "";
    words.textContent = `dx[${i}, ${j}${suffix}] = ${sum}${number(dx.at(i, j, plane))}`;
  };
}

export function overlapPanel(pool) {
  return { name: "overlap", label: "overlap", draw: (el) => overlap(el, pool) };
}

// How many windows read each number of x.
function overlap(el, { readers }) {
  const [rows, columns] = readers.shape;
  const cell = Math.max(3, Math.min(30, Math.floor(600 / columns)));
  const drawing = svg("svg", { width: columns * cell + 8, height: rows * cell + 32, class: "dk-drawing", role: "img" }, el);
  svg("title", {}, drawing, "how many windows read each number of x");
  const more = { x: 4, y: 24, title: "how many windows read each number", name: "readers" };
  grid(drawing, { rows, columns, cell, scale: 2 * largest(readers.data), values: readers.at, ...more });
  return () => {};
}
