// One sentence for each step, read aloud by a screen reader.
import { number } from "./format.js";
import { entry, windowOf } from "./geometry.js";

export function gatherSentence({ words, geometry, members, output, plane, kinds }, i, j) {
  const value = number(output.at(i, j, plane));
  const count = geometry.kernel[0] * geometry.kernel[1] * members;
  const cells = windowOf(i, j, geometry);
  const rows = [cells[0][2], cells.at(-1)[2]];
  const columns = [cells[0][3], cells.at(-1)[3]];
  const place = entry(words.output, words.output.suffixes[plane], i, j);
  const down = geometry.output[0] * geometry.kernel[0] > 1 ? `rows ${rows.join(" to ")} and ` : "";
  const where = `${down}columns ${columns.join(" to ")} of the input as drawn`;
  if (kinds.output.at(i, j) === 0) return `${place} = ${value}: the sum of ${count} products over ${where}.`;
  return `${value} would be the gradient of a padding zero: it is dropped (${count} products over ${where}).`;
}

export function scatterSentence({ words, geometry, input, channels, plane }, m, i, j, readers) {
  const value = number(input.at(i, j, channels[m]));
  const place = entry(words.input, words.input.suffixes[plane][m], i, j);
  const what = place === "0" ? "A zero that was put in" : `${place} = ${value}`;
  if (!readers.length) return `${what} is read by no window: ${isBehind([i, j], geometry) ? "the stride does not divide" : "the windows leave gaps"}.`;
  const windows = readers.length === 1 ? "one window" : `${readers.length} windows`;
  return `${what} is read by ${windows}: the products at the right are what it adds to ${words.output.symbol}.`;
}

// Whether a cell lies behind the last window of its axis.
function isBehind(cell, { stride, output, dilation, kernel }) {
  return cell.some((at, axis) => at > stride[axis] * (output[axis] - 1) + dilation[axis] * (kernel[axis] - 1));
}
