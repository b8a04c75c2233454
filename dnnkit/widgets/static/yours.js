// The student's numbers beside the right ones: found, expected, difference, and the two matrices.
import { html, svg } from "./dom.js";
import { largest, number } from "./format.js";
import { cellOf } from "./geometry.js";
import { grid } from "./grid.js";
import { heatmap } from "./heatmap.js";

export function yoursPanel(slide, scene) {
  const { comparable } = scene.info.verdict;
  return { name: "yours", label: "your function", draw: (el) => (comparable ? compared(el, slide, scene) : failed(el, scene)) };
}

function compared(el, slide, scene) {
  const { found, difference, wrong } = scene.arrays;
  const [rows, columns] = slide.output.shape;
  const wide = Math.max(3, Math.min(46, Math.floor(880 / (3 * columns + 4))));
  const cell = Math.min(34, wide);
  const step = columns * wide + 30;
  const drawing = svg("svg", { width: 3 * step, height: rows * cell + 34, class: "dk-drawing", role: "img" }, el);
  svg("title", {}, drawing, "your numbers, the right numbers and their difference");
  const scale = Math.max(largest(found.data), largest(slide.output.data));
  const plane = (k, title, array, most) =>
    grid(drawing, { rows, columns, cell, wide, scale: most, x: 4 + k * step, y: 24, title, name: title, values: (i, j) => array.at(i, j, slide.plane) });
  const planes = [
    plane(0, "found", found, scale),
    plane(1, "expected", slide.output, scale),
    plane(2, "difference", difference, largest(difference.data)),
  ];
  const isWrong = (t) => wrong.at(...cellOf(t, columns), slide.plane);
  for (let t = 0; t < rows * columns; t++) if (isWrong(t)) planes[0].mark(t, "dk-wrong", true);
  const spotOf = slide.spotOf ?? ((t) => [...cellOf(t, columns), 1]); // row, column, rows that belong to step t
  const spots = planes.map((one) => svg("rect", { width: wide, class: "dk-outline" }, one.group));
  const words = html("p", { class: "dk-formula" }, el);
  if (scene.arrays["matrix.found"]) matrices(el, scene.arrays);
  return (t) => {
    const [i, j, tall] = spotOf(t);
    const place = { x: j * wide, y: i * cell, height: tall * cell };
    for (const spot of spots) Object.entries(place).forEach(([key, value]) => spot.setAttribute(key, value));
    words.hidden = tall !== 1;
    const [yours, right] = [found.at(i, j, slide.plane), slide.output.at(i, j, slide.plane)];
    words.textContent = `found ${number(yours)}, expected ${number(right)}: ${wrong.at(i, j, slide.plane) ? `wrong by ${number(difference.at(i, j, slide.plane))}` : "right"}`;
  };
}

// An exception, or a picture of what came in place of the expected shape.
function failed(el, { arrays: { found }, info }) {
  html("p", { class: "dk-formula" }, el, info.verdict.text);
  if (!found || found.data.length === 0) return () => {};
  const [rows, columns, planes] = found.shape;
  const cell = Math.max(3, Math.min(34, Math.floor(800 / columns)));
  const drawing = svg("svg", { width: columns * cell + 8, height: rows * cell + 34, class: "dk-drawing", role: "img" }, el);
  svg("title", {}, drawing, "what your function returned");
  const title = planes > 1 ? `found (plane 0 of ${planes})` : "found";
  grid(drawing, { rows, columns, cell, scale: largest(found.data), x: 4, y: 24, title, name: "found", values: (i, j) => found.at(i, j, 0) });
  return () => {};
}

// What the function does to each single input, recovered from impulses, beside what it should do.
function matrices(el, arrays) {
  html("p", { class: "dk-caption" }, el, "Your function as a matrix, recovered from unit impulses, and the right one: rows are outputs, columns are inputs.");
  for (const name of ["found", "expected"]) {
    const { shape: [rows, columns], data, at } = arrays[`matrix.${name}`];
    const cell = Math.max(2, Math.min(10, Math.floor(390 / columns), Math.floor(260 / rows)));
    const drawing = svg("svg", { width: columns * cell + 16, height: rows * cell + 30, class: "dk-drawing", role: "img" }, el);
    svg("title", {}, drawing, `${name} matrix, ${rows} by ${columns}`);
    const box = svg("g", { transform: "translate(2 22)" }, drawing);
    svg("text", { y: -8, class: "dk-title" }, box, `${name}, ${rows} × ${columns}`);
    heatmap(box, { rows, columns, values: at, scale: largest(data), width: columns * cell, height: rows * cell, grey: false });
    svg("rect", { width: columns * cell, height: rows * cell, class: "dk-border" }, box);
  }
}
