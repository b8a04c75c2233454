// Which cells a window reads, and what the cells stand for. Whole numbers only: values come from Python.

// Step t of a walk over a plane, row by row.
export function cellOf(t, columns) {
  return [Math.floor(t / columns), t % columns];
}

// Steps of a walk, kept within what there is.
export function clamp(t, count) {
  return Math.max(0, Math.min(count - 1, t));
}

// The window of output cell (i, j): [u, v, row, column] of each filter cell.
export function windowOf(i, j, { kernel, stride, dilation }) {
  const cells = [];
  for (let u = 0; u < kernel[0]; u++)
    for (let v = 0; v < kernel[1]; v++)
      cells.push([u, v, i * stride[0] + u * dilation[0], j * stride[1] + v * dilation[1]]);
  return cells;
}

// The output cells that read input cell (row, column): [i, j, u, v] of each.
export function readersOf(row, column, { kernel, stride, dilation, output }) {
  const along = (position, axis) => {
    const readers = [];
    for (let u = 0; u < kernel[axis]; u++) {
      const start = position - u * dilation[axis];
      if (start >= 0 && start % stride[axis] === 0 && start / stride[axis] < output[axis])
        readers.push([start / stride[axis], u]);
    }
    return readers;
  };
  const across = along(column, 1);
  return along(row, 0).flatMap(([i, u]) => across.map(([j, v]) => [i, j, u, v]));
}

// The index of the array entry that cell r stands for; null for a zero that was put in.
export function indexOf(cell, [origin, step, count]) {
  const index = (cell - origin) / step;
  return Number.isInteger(index) && index >= 0 && index < count ? index + 0 : null;
}

// "x[2, 3, 0]" for cell (row, column) of a plane; "0" for a zero that was put in.
export function entry(part, suffix, row, column) {
  const cells = part.index.length === 1 ? [column] : [row, column];
  const indices = cells.map((cell, axis) => indexOf(cell, part.index[axis]));
  return indices.includes(null) ? "0" : `${part.symbol}[${indices.join(", ")}${suffix}]`;
}
