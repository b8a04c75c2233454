// One plane of numbers as SVG: coloured cells with their numbers, or an image where there are too many.
import { svg } from "./dom.js";
import { number, strength } from "./format.js";
import { heatmap } from "./heatmap.js";
import { hatch } from "./hatch.js";

const MANY = 900; // cells; more are drawn as an image, without numbers
const LETTERS = { size: 12, room: 1.55 }; // pixels, and pixels for each letter in a cell one pixel wide
const READABLE = 17; // pixels; a smaller cell shows no number
export const KINDS = ["", "dk-padding", "dk-unread", "dk-inserted", "dk-dropped"];

// values(i, j) and kinds(i, j) give the number and the kind of a cell.
export function grid(parent, { rows, columns, values, kinds = () => 0, x, y, cell, wide = cell, scale, title, name }) {
  const group = svg("g", { class: "dk-grid", transform: `translate(${x} ${y})`, "data-grid": name }, parent);
  if (title) svg("text", { class: "dk-title", y: -8 }, group, title);
  svg("rect", { class: "dk-ground", width: columns * wide, height: rows * cell }, group);
  const size = { group, rows, columns, cell, x, y, width: columns * wide, height: rows * cell };
  const drawn = rows * columns > MANY ? pixels : cells;
  const plane = { ...size, ...drawn(group, { rows, columns, values, kinds, cell, wide, scale }) };
  svg("rect", { class: "dk-border", width: plane.width, height: plane.height }, group);
  return plane;
}

function cells(group, { rows, columns, values, kinds, cell, wide, scale }) {
  const drawn = [];
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) {
      const kind = kinds(i, j);
      const box = { x: j * wide, y: i * cell, width: wide, height: cell };
      const rect = svg("rect", { ...box, class: `dk-cell ${KINDS[kind]}` }, group);
      if (kind === 2) svg("rect", { ...box, fill: hatch(group), class: "dk-hatched" }, group);
      const middle = { x: (j + 0.5) * wide, y: (i + 0.5) * cell, class: `dk-number ${KINDS[kind]}` };
      const text = cell < READABLE ? null : svg("text", middle, group);
      drawn.push({ rect, text, wide });
    }
  const set = (q, value) => paint(drawn[q], value, scale);
  drawn.forEach((_, q) => set(q, values(Math.floor(q / columns), q % columns)));
  return { set, reveal: revealer(drawn, (q, on) => show(drawn[q], on)), mark: (q, name, on) => drawn[q].rect.classList.toggle(name, on) };
}

function paint({ rect, text, wide }, value, scale) {
  const blank = value === null;
  rect.classList.toggle("dk-negative", value < 0);
  rect.style.fillOpacity = blank ? 0 : (0.92 * strength(value, scale)).toFixed(3);
  if (!text) return;
  const words = blank ? "" : number(value);
  text.textContent = words;
  text.style.fontSize = `${Math.min(LETTERS.size, (LETTERS.room * wide) / words.length).toFixed(1)}px`;
}

function show({ rect, text }, on) {
  rect.classList.toggle("dk-hidden", !on);
  text?.classList.toggle("dk-hidden", !on);
}

// Shows the first `count` cells, touching only those that change.
function revealer(drawn, set) {
  let shown = drawn.length;
  return (count) => {
    for (let q = shown; q < count; q++) set(q, true);
    for (let q = count; q < shown; q++) set(q, false);
    shown = count;
  };
}

function pixels(group, { rows, columns, values, cell, scale }) {
  const width = columns * cell;
  heatmap(group, { rows, columns, values, scale, width, height: rows * cell });
  const hidden = [0, 1].map(() => svg("rect", { class: "dk-cover", height: cell }, group));
  const spot = svg("g", { class: "dk-spot" }, group);
  const place = (rect, x, y, w, h) =>
    Object.entries({ x, y, width: w, height: h }).forEach(([key, value]) => rect.setAttribute(key, Math.max(0, value)));
  const reveal = (count) => {
    const [i, j] = [Math.floor(count / columns), count % columns];
    place(hidden[0], j * cell, i * cell, i < rows ? width - j * cell : 0, cell);
    place(hidden[1], 0, (i + 1) * cell, width, (rows - i - 1) * cell);
  };
  reveal(rows * columns);
  return { set() {}, reveal, mark: (q) => svg("rect", { class: "dk-wrong", width: cell, height: cell, x: (q % columns) * cell, y: Math.floor(q / columns) * cell }, spot) };
}

// Pointer over a plane: `over(i, j)` and `out()` while it moves, `pick(i, j)` on a click.
export function listen(plane, { over, out, pick }) {
  const hit = svg("rect", { class: "dk-hit", width: plane.width, height: plane.height }, plane.group);
  const at = (event) => {
    const box = hit.getBoundingClientRect();
    const i = Math.floor(((event.clientY - box.top) / box.height) * plane.rows);
    const j = Math.floor(((event.clientX - box.left) / box.width) * plane.columns);
    return [Math.min(i, plane.rows - 1), Math.min(j, plane.columns - 1)];
  };
  hit.addEventListener("pointermove", (event) => over(...at(event)));
  hit.addEventListener("pointerleave", () => out());
  hit.addEventListener("click", (event) => pick(...at(event)));
}
