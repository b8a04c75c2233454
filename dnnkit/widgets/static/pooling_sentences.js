// One sentence for each window or number.
import { number } from "./format.js";
import { windowOf } from "./geometry.js";

export function windowSentence({ kind, y, dy, ties, takes, geometry, plane, suffix }, i, j) {
  const name = `y[${i}, ${j}${suffix}] = ${number(y.at(i, j, plane))}`;
  const count = geometry.kernel[0] ** 2;
  const back = `the gradient ${number(dy.at(i, j, plane))}`;
  if (kind === "average") return `${name}: the average of ${count} numbers; each gets 1/${count} of ${back}.`;
  const [, , row, column] = windowOf(i, j, geometry).find(([u, v]) => takes(i, j, u, v));
  const tied = ties.at(i, j, plane);
  const rule = tied > 1 ? ` (${tied} are equal: the first in row-major order counts)` : "";
  const largest = count === 1 ? "the only number of its window" : `the largest of ${count} numbers`;
  return `${name}: ${largest}, x[${row}, ${column}${suffix}]${rule}; it gets ${back}.`;
}

export function numberSentence({ kind, x, dx, takes, plane, suffix }, i, j, readers) {
  const name = `x[${i}, ${j}${suffix}] = ${number(x.at(i, j, plane))}`;
  const gradient = number(dx.at(i, j, plane));
  if (!readers.length) return `${name} is read by no window; its gradient is 0.`;
  const taken = readers.filter(([row, column, u, v]) => takes(row, column, u, v)).length;
  const windows = readers.length === 1 ? "1 window" : `${readers.length} windows`;
  const wins = kind === "max" ? ` and the winner of ${taken || "none"}` : "";
  return `${name} is read by ${windows}${wins}; its gradient is ${gradient}.`;
}
