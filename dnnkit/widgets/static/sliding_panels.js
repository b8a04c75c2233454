// Below the picture: the same number as a sum, a formula, a matrix row, an im2col row, code.
import { button } from "./controls.js";
import { html, svg } from "./dom.js";
import { factor, largest, number } from "./format.js";
import { cellOf, entry, windowOf } from "./geometry.js";
import { grid } from "./grid.js";
import { heatmap } from "./heatmap.js";
import { yoursPanel } from "./yours.js";

const MOST_ROWS = 400; // of a matrix that is drawn whole
const MOST_TERMS = 100; // of a sum that is written out, and numbers of an im2col row that is drawn

export function slidingPanels(slide, scene) {
  const { gathering } = slide;
  const panels = gathering
    ? [
        { name: "sum", label: "sum", draw: (el) => sum(el, slide) },
        { name: "formula", label: "formula", draw: (el) => formula(el, slide) },
        { name: "matrix", label: "matrix row", draw: (el) => matrixRow(el, slide) },
        { name: "im2col", label: "im2col row", draw: (el) => im2colRow(el, slide) },
      ]
    : [{ name: "formula", label: "formula", draw: (el) => generalFormula(el, slide) && null }];
  if (scene.info.code) panels.push({ name: "code", label: "NumPy code", draw: (el) => code(el, scene.info.code) });
  return gathering ? [...yoursPanel(scene, slide.view, { plane: slide.plane, spotOf: (t) => spotOf(slide, t) }), ...panels] : panels;
}

// The number of the student's array that step t makes; null where it is the gradient of padding.
function spotOf({ geometry, origin, kinds }, t) {
  const [i, j] = cellOf(t, geometry.output[1]);
  return kinds.output.at(i, j) ? null : [i - origin[0], j - origin[1], 1];
}

// Every product of the window, channel by channel, and what they add up to.
function sum(el, slide) {
  const { geometry, members, plane, channels, input, filters, products, output, words } = slide;
  if (!products) return tooMany(el);
  const scale = largest(products.data);
  const tables = channels.map((_, m) => {
    const box = html("div", { class: "dk-ledger" }, el);
    if (members > 1) html("span", { class: "dk-caption" }, box, channelTitle(words.input, slide, m));
    const table = html("table", {}, box);
    return Array.from({ length: geometry.kernel[0] }, () => {
      const row = html("tr", {}, table);
      return Array.from({ length: geometry.kernel[1] }, () => html("td", {}, row));
    });
  });
  const total = html("p", { class: "dk-total" }, el);
  return (t) => {
    const [i, j] = cellOf(t, geometry.output[1]);
    for (const [u, v, row, column] of windowOf(i, j, geometry))
      channels.forEach((channel, m) => {
        const value = products.at(i, j, plane, u, v, m);
        const cell = tables[m][u][v];
        cell.innerHTML = `<span>${number(input.at(row, column, channel))} · ${factor(filters.at(u, v, m, plane))} =</span> <b>${number(value)}</b>`;
        cell.className = value < 0 ? "dk-negative" : "";
        cell.style.setProperty("--share", scale ? Math.abs(value) / scale : 0);
      });
    const name = entry(words.output, words.output.suffixes[plane], i, j);
    total.textContent = `Σ  =  ${number(output.at(i, j, plane))}${name === "0" ? "  (dropped)" : `  =  ${name}`}`;
  };
}

function tooMany(el) {
  const words = "x is too large to show every number: give a part of it, such as x[:20, :20], to see the sums.";
  html("p", { class: "dk-caption" }, el, words);
  return () => {};
}

function channelTitle(part, slide, m) {
  return `${part.symbol}[…${part.suffixes[slide.plane][m]}]`;
}

function generalFormula(el, { words }) {
  return html("p", { class: "dk-formula" }, el, words.formula);
}

// The general formula and, under it, the terms of this cell; zeros that were put in are left out.
function formula(el, slide) {
  const { words, geometry, plane, channels, output } = slide;
  generalFormula(el, slide);
  const here = html("p", { class: "dk-formula" }, el);
  return (t) => {
    const [i, j] = cellOf(t, geometry.output[1]);
    const terms = windowOf(i, j, geometry).flatMap(([u, v, row, column]) =>
      channels.map((_, m) => {
        const a = entry(words.input, words.input.suffixes[plane][m], row, column);
        return a === "0" ? null : `${a}·${entry(words.filter, words.filter.suffixes[plane][m], u, v)}`;
      }));
    const kept = terms.filter((term) => term !== null);
    const place = entry(words.output, words.output.suffixes[plane], i, j);
    const left = place === "0" ? "padding" : place;
    const written = kept.slice(0, MOST_TERMS).join(" + ") || "0";
    const more = kept.length > MOST_TERMS ? ` + … (${kept.length - MOST_TERMS} more)` : "";
    here.textContent = `${left} = ${written}${more} = ${number(output.at(i, j, plane))}`;
  };
}

// The matrix that does the same: one row for each output, one column for each input cell.
function matrixRow(el, slide) {
  const { geometry, input, members, channels, filters, plane } = slide;
  const [width, rows] = [input.shape[1], geometry.output[0] * geometry.output[1]];
  const columns = input.shape[0] * width * members;
  if (rows > MOST_ROWS || columns > 2 * MOST_ROWS) return tooLarge(el, rows, columns);
  const row = (t) => {
    const entries = new Float64Array(columns);
    for (const [u, v, r, c] of windowOf(...cellOf(t, geometry.output[1]), geometry))
      channels.forEach((_, m) => (entries[(r * width + c) * members + m] = filters.at(u, v, m, plane)));
    return entries;
  };
  const all = Array.from({ length: rows }, (_, t) => row(t));
  const x = (q) => input.at(Math.floor(q / members / width), Math.floor(q / members) % width, channels[q % members]);
  const weights = geometry.kernel[0] * geometry.kernel[1] * members;
  const made = `${rows} × ${columns} matrix, made of ${weights} weight${weights === 1 ? "" : "s"}`;
  html("p", { class: "dk-caption" }, el, `${made}; below: this row, and the input as a vector`);
  const roomy = rows <= 12 && columns <= 30; // room for numbers
  const cell = roomy ? 27 : Math.max(2, Math.min(12, Math.floor(860 / columns), Math.floor(260 / rows)));
  const height = Math.max(cell, 18);
  const drawing = svg("svg", { width: columns * cell + 4, height: rows * cell + 2 * height + 22, class: "dk-drawing", role: "img" }, el);
  svg("title", {}, drawing, "the banded matrix of this sliding filter, with this row and the input as a vector under it");
  const scale = largest(filters.data);
  const image = (count, y, values, most, tall) => {
    if (roomy) return grid(drawing, { rows: count, columns, values, scale: most, x: 1, y, cell, name: "matrix" });
    const box = svg("g", { transform: `translate(1 ${y})` }, drawing);
    heatmap(box, { rows: count, columns, values, scale: most, width: columns * cell, height: count * tall, grey: false });
    svg("rect", { width: columns * cell, height: count * tall, class: "dk-border" }, box);
    return { group: box };
  };
  image(rows, 1, (i, j) => all[i][j], scale, cell);
  image(1, rows * cell + height + 18, (_, q) => x(q), largest(input.data), height);
  const rowFrame = svg("rect", { width: columns * cell + 2, height: cell + 2, class: "dk-row" }, drawing);
  let strip = null;
  const words = html("p", { class: "dk-formula" }, el);
  return (t) => {
    rowFrame.setAttribute("y", t * cell);
    strip?.group.remove();
    strip = image(1, rows * cell + 9, (_, q) => all[t][q], scale, height);
    const used = [...all[t].keys()].filter((q) => all[t][q] !== 0);
    words.textContent = `row ${t}: ${used.length} of ${columns} entries are not zero, in columns ${used.join(", ")}`;
  };
}

function tooLarge(el, rows, columns) {
  html("p", { class: "dk-caption" }, el, `The matrix has ${rows} rows and ${columns} columns: too many to draw.`);
  return () => {};
}

// The window laid out as one row, the filter as one column, their product as one number.
function im2colRow(el, slide) {
  const { geometry, input, members, channels, filters, plane, output } = slide;
  const size = geometry.kernel[0] * geometry.kernel[1] * members;
  const order = members > 1 ? "filter row, filter column, channel" : "filter row, filter column";
  html("p", { class: "dk-caption" }, el, `one row of ${size} numbers for each window; columns in the order ${order}`);
  if (size > MOST_TERMS) return tooMany(el);
  const cell = Math.max(24, Math.min(40, Math.floor(820 / size)));
  const drawing = svg("svg", { width: size * cell + 60, height: 4 * 26 + 30, class: "dk-drawing", role: "img" }, el);
  svg("title", {}, drawing, "this window as a row of im2col above the filter as a column");
  const weight = (q) => filters.at(...unravel(q, geometry.kernel[1], members), plane);
  const line = (y, words, values, scale) => grid(drawing, { rows: 1, columns: size, cell, scale, x: 2, y, values, title: words });
  const windowRow = line(20, "row of im2col", () => 0, largest(input.data));
  line(20 + cell + 26, "filter", (_, q) => weight(q), largest(filters.data));
  const result = html("p", { class: "dk-total" }, el);
  return (t) => {
    const [i, j] = cellOf(t, geometry.output[1]);
    windowOf(i, j, geometry).forEach(([, , row, column], place) =>
      channels.forEach((channel, m) => windowRow.set(place * members + m, input.at(row, column, channel))));
    result.textContent = `row ${t} · filter = ${number(output.at(i, j, plane))}`;
  };
}

function unravel(q, kw, members) {
  return [Math.floor(q / members / kw), Math.floor(q / members) % kw, q % members];
}

function code(el, text) {
  const box = html("pre", { class: "dk-code", tabindex: 0, "aria-label": "NumPy code of this setting" }, el, text);
  const copy = button(el, "Copy", "copy the code", async () => {
    await navigator.clipboard.writeText(box.textContent);
    copy.textContent = "Copied";
  });
  return () => {};
}
