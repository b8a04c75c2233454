// The student's numbers beside the right ones: found, expected, difference, and the two matrices.
import { html, svg } from "./dom.js";
import { largest, number } from "./format.js";
import { cellOf } from "./geometry.js";
import { grid } from "./grid.js";
import { heatmap } from "./heatmap.js";

const TITLE = 130; // pixels that the heading of a plane may take

// The panel of one part of the student's answer, as a list: empty where there is no answer. spotOf(t) is what to frame
// at step t: row, column and how many rows, or null; `others` are parts without steps of their own.
export function yoursPanel(scene, part, { plane = 0, spotOf, others = [], name = "yours" } = {}) {
  const { verdict } = scene.info;
  if (!verdict?.parts.includes(part)) return [];
  const draw = (el) => {
    const updates = [part, ...others].map((one) => drawPart(el, scene, one, one === part ? { plane, spotOf } : {}));
    return (t) => updates.forEach((update) => update(t));
  };
  return [{ name, label: `your ${whose(part)}`, draw }];
}

function whose(part) {
  return ["y", "h"].includes(part) ? "function" : "backward";
}

// Steps at which a part is wrong: stepOf(row, column) of each wrong number of the plane; none where it cannot be compared.
export function wrongSteps({ arrays }, part, plane, stepOf) {
  const wrong = arrays[`wrong.${part}`];
  if (!wrong) return [];
  const [rows, columns] = wrong.shape;
  const steps = [];
  for (let q = 0; q < rows * columns; q++) if (wrong.at(...cellOf(q, columns), plane)) steps.push(stepOf(...cellOf(q, columns)));
  return [...new Set(steps)].sort((a, b) => a - b);
}

function drawPart(el, scene, part, options) {
  return scene.arrays[`difference.${part}`] ? compared(el, scene, part, options) : failed(el, scene, part);
}

// Found, expected and difference side by side, with the present number framed in each.
function compared(el, scene, part, { plane = 0, spotOf }) {
  const names = ["found", "expected", "difference"];
  const [found, expected, difference, wrong] = [...names, "wrong"].map((name) => scene.arrays[`${name}.${part}`]);
  const [rows, columns] = expected.shape;
  const wide = Math.max(3, Math.min(46, Math.floor(880 / (3 * columns + 4))));
  const cell = Math.min(34, wide);
  const step = Math.max(columns * wide + 30, TITLE);
  const drawing = svg("svg", { width: 3 * step, height: rows * cell + 34, class: "dk-drawing", role: "img" }, el);
  svg("title", {}, drawing, `${part}: your numbers, the right numbers and their difference`);
  const scale = Math.max(largest(found.data), largest(expected.data));
  const planes = [found, expected, difference].map((array, k) =>
    grid(drawing, {
      rows, columns, cell, wide, scale: k < 2 ? scale : largest(difference.data), x: 4 + k * step, y: 24,
      title: `${names[k]} ${part}`, name: names[k], values: (i, j) => array.at(i, j, plane),
    }));
  for (let q = 0; q < rows * columns; q++) if (wrong.at(...cellOf(q, columns), plane)) planes[0].mark(q, "dk-wrong", true);
  if (!spotOf) return () => {};
  const spots = planes.map((one) => svg("rect", { width: wide, class: "dk-outline" }, one.group));
  const words = html("p", { class: "dk-formula" }, el);
  if (scene.arrays[`matrix.found.${part}`]) matrices(el, scene.arrays, part);
  return (t) => {
    const spot = spotOf(t);
    const [i, j, tall] = spot ?? [0, 0, 0];
    const place = { x: j * wide, y: i * cell, height: tall * cell, visibility: spot ? "visible" : "hidden" };
    for (const one of spots) Object.entries(place).forEach(([key, value]) => one.setAttribute(key, value));
    const [yours, right, off] = [found, expected, difference].map((array) => number(array.at(i, j, plane)));
    const judged = wrong.at(i, j, plane) ? `wrong by ${off}` : "right";
    words.textContent = tall === 1 ? `found ${yours}, expected ${right}: ${judged}` : "";
  };
}

// An exception, or a picture of what came in place of the expected shape.
function failed(el, { arrays, info }, part) {
  const found = arrays[`found.${part}`];
  html("p", { class: "dk-formula" }, el, info.verdict.lines.find((line) => line.parts.includes(part)).text);
  if (!found || found.data.length === 0) return () => {};
  const [rows, columns, planes] = found.shape;
  const cell = Math.max(3, Math.min(34, Math.floor(800 / columns)));
  const drawing = svg("svg", { width: Math.max(columns * cell + 8, TITLE), height: rows * cell + 34, class: "dk-drawing", role: "img" }, el);
  svg("title", {}, drawing, `what your ${whose(part)} returned`);
  const title = planes > 1 ? `found (plane 0 of ${planes})` : "found";
  grid(drawing, { rows, columns, cell, scale: largest(found.data), x: 4, y: 24, title, name: "found", values: (i, j) => found.at(i, j, 0) });
  return () => {};
}

// What the function does to each single input, recovered from impulses, beside what it should do.
function matrices(el, arrays, part) {
  html("p", { class: "dk-caption" }, el, `Your ${whose(part)} as a matrix, recovered from unit impulses, and the right one: rows are outputs, columns are inputs.`);
  for (const name of ["found", "expected"]) {
    const { shape: [rows, columns], data, at } = arrays[`matrix.${name}.${part}`];
    const cell = Math.max(2, Math.min(10, Math.floor(390 / columns), Math.floor(260 / rows)));
    const drawing = svg("svg", { width: Math.max(columns * cell + 16, TITLE), height: rows * cell + 30, class: "dk-drawing", role: "img" }, el);
    svg("title", {}, drawing, `${name} matrix, ${rows} by ${columns}`);
    const box = svg("g", { transform: "translate(2 22)" }, drawing);
    svg("text", { y: -8, class: "dk-title" }, box, `${name}, ${rows} × ${columns}`);
    heatmap(box, { rows, columns, values: at, scale: largest(data), width: columns * cell, height: rows * cell, grey: false });
    svg("rect", { width: columns * cell, height: rows * cell, class: "dk-border" }, box);
  }
}
