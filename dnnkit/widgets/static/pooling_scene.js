// Four planes: x and y, dx and dy, with the same window on all of them.
import { html, svg } from "./dom.js";
import { largest, number } from "./format.js";
import { windowOf } from "./geometry.js";
import { grid, listen } from "./grid.js";
import { wrongSteps } from "./yours.js";

const ROOM = { width: 980, gap: 76, between: 40, top: 26 };
const CELLS = [3, 36]; // smallest and largest

export function poolingScene(pool, stage) {
  const { x, y, dx, dy, plane, readers, suffix } = pool;
  const [rows, columns] = x.shape;
  const free = ROOM.width - 2 * ROOM.gap - ROOM.between - 12;
  const cell = Math.max(CELLS[0], Math.min(CELLS[1], Math.floor(free / (2 * columns + 2 * y.shape[1]))));
  const right = 4 + columns * cell + ROOM.gap; // of y
  const half = right + y.shape[1] * cell + ROOM.between; // dx and dy repeat x and y from here
  const [width, height] = [half + right + y.shape[1] * cell + 4, ROOM.top + rows * cell + 6];
  const drawing = svg("svg", { viewBox: `0 0 ${width} ${height}`, width, height, role: "img", class: "dk-drawing" }, stage);
  svg("title", {}, drawing, "x and y, and beside them the gradients dx and dy");
  const beams = [0, 1].map(() => svg("path", { class: "dk-beam" }, drawing));
  const kinds = (i, j) => (readers.at(i, j) ? 0 : 2);
  const drawPlane = (name, array, left, top, more) =>
    grid(drawing, {
      rows: array.shape[0], columns: array.shape[1], cell, scale: largest(array.data), x: left, y: top, name,
      title: suffix ? `${name}[…${suffix}]` : name, values: (i, j) => array.at(i, j, plane), ...more,
    });
  const side = (y.shape[0] * cell - rows * cell) / -2; // y and dy stand in the middle of x and dx
  const planes = {
    x: drawPlane("x", x, 4, ROOM.top, { kinds }),
    y: drawPlane("y", y, right, ROOM.top + side, {}),
    dx: drawPlane("dx", dx, half + 4, ROOM.top, { kinds }),
    dy: drawPlane("dy", dy, half + right, ROOM.top + side, {}),
  };
  const arrow = (from, text) =>
    svg("text", { x: from + right - ROOM.gap / 2, y: ROOM.top + (rows * cell) / 2, class: "dk-sign" }, drawing, text);
  arrow(0, "→");
  arrow(half, "←");
  poolingLegend(stage, pool);
  if (pool.judged) for (const part of ["y", "dx"]) markWrongNumbers(pool, part, planes[part]);
  const parts = { x: "input", dx: "input", y: "output", dy: "output" };
  const listenAll = (to) =>
    Object.entries(parts).forEach(([name, part]) =>
      listen(planes[name], { over: (i, j) => to.over(part, i, j), out: to.out, pick: (i, j) => to.pick(part, i, j) }));
  return { ...poolingMarkers(drawing, pool, planes, beams, cell), listen: listenAll };
}

function poolingLegend(stage, { readers, kind }) {
  const words = ["blue above zero, orange below", "in dx: what this window sends back, in the corner"];
  if (kind === "max") words.push("thick: the winner; dotted: a tie that lost");
  if (readers.data.includes(0)) words.push("hatched: read by no window, its gradient is 0");
  html("p", { class: "dk-caption dk-legend" }, stage, words.join(" · "));
}

function markWrongNumbers(pool, part, drawn) {
  for (const q of wrongSteps(pool, part, pool.plane, (i, j) => i * drawn.columns + j)) drawn.mark(q, "dk-wrong", true);
}

function poolingMarkers(drawing, pool, planes, beams, cell) {
  const layer = svg("g", { class: "dk-marks" }, drawing);
  const box = (plane, i, j, tall, name) =>
    svg("rect", { x: plane.x + j * cell, y: plane.y + i * cell, width: tall * cell, height: tall * cell, class: name }, layer);
  const corner = (plane, i, j, value) => {
    if (cell < 26) return;
    const text = (value > 0 ? "+" : "") + number(value);
    svg("text", { x: plane.x + (j + 1) * cell - 2, y: plane.y + (i + 1) * cell - 3, class: "dk-weight" }, layer, text);
  };
  const { geometry, plane, takes, part, kind, y } = pool;
  const k = geometry.kernel[0];

  function marks(i, j) {
    for (const [u, v, row, column] of windowOf(i, j, geometry)) {
      const taken = takes(i, j, u, v);
      const tied = pool.number(i, j, u, v) === y.at(i, j, plane);
      if (kind === "max" && taken) [planes.x, planes.dx].forEach((one) => box(one, row, column, 1, "dk-winner"));
      else if (kind === "max" && tied) box(planes.x, row, column, 1, "dk-tie");
      if (taken) corner(planes.dx, row, column, part(i, j, u, v));
    }
  }

  function window(i, j, t) {
    layer.replaceChildren();
    const [top, left] = [i * geometry.stride[0], j * geometry.stride[1]];
    [[planes.x, planes.y], [planes.dx, planes.dy]].forEach(([from, to], side) => {
      box(from, top, left, k, "dk-outline");
      box(to, i, j, 1, "dk-outline");
      beams[side].setAttribute("d", beam(from, to, [top, left], [i, j], k, cell));
    });
    marks(i, j);
    planes.y.reveal(t + 1);
  }

  function oneNumber(i, j, readers) {
    layer.replaceChildren();
    beams.forEach((one) => one.setAttribute("d", ""));
    planes.y.reveal(geometry.output[0] * geometry.output[1]);
    [planes.x, planes.dx].forEach((one) => box(one, i, j, 1, "dk-outline"));
    for (const [row, column, u, v] of readers) {
      const name = takes(row, column, u, v) ? "dk-winner" : "dk-tie";
      [planes.y, planes.dy].forEach((one) => box(one, row, column, 1, name));
    }
  }

  return { window, number: oneNumber };
}

function beam(from, to, [top, left], [i, j], k, cell) {
  const x = from.x + (left + k) * cell;
  const [y0, y1] = [from.y + top * cell, from.y + (top + k) * cell];
  const [x2, y2] = [to.x + j * cell, to.y + i * cell];
  return `M${x} ${y0}L${x2} ${y2}V${y2 + cell}L${x} ${y1}Z`;
}
