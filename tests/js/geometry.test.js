import assert from "node:assert/strict";
import test from "node:test";
import { cellOf, clamp, entry, indexOf, readersOf, windowOf } from "../../dnnkit/widgets/static/geometry.js";

const strided = { kernel: [2, 3], stride: [2, 1], dilation: [1, 2], output: [3, 2] };

test("steps walk row by row and stay within the plane", () => {
  assert.deepEqual(cellOf(7, 5), [1, 2]);
  assert.deepEqual([-1, 3, 99].map((t) => clamp(t, 10)), [0, 3, 9]);
});

test("a window starts at stride times its place and skips by dilation", () => {
  const cells = windowOf(1, 1, strided).map(([, , row, column]) => [row, column]);
  assert.deepEqual(cells, [[2, 1], [2, 3], [2, 5], [3, 1], [3, 3], [3, 5]]);
});

test("readers are the windows that hold the cell, and no others", () => {
  for (let row = 0; row < 7; row++)
    for (let column = 0; column < 7; column++) {
      const expected = [];
      for (let i = 0; i < strided.output[0]; i++)
        for (let j = 0; j < strided.output[1]; j++)
          for (const [u, v, r, c] of windowOf(i, j, strided)) if (r === row && c === column) expected.push([i, j, u, v]);
      const found = readersOf(row, column, strided);
      assert.deepEqual(found.sort(), expected.sort());
    }
});

test("cells of padding and between strided gradients stand for nothing", () => {
  assert.deepEqual([0, 1, 3, 4].map((cell) => indexOf(cell, [1, 1, 3])), [null, 0, 2, null]);
  assert.deepEqual([2, 3, 4].map((cell) => indexOf(cell, [2, 2, 2])), [0, null, 1]);
  assert.deepEqual([0, 1, 2].map((cell) => indexOf(cell, [2, -1, 3])), [2, 1, 0]);
});

test("an entry is named in the terms of its array", () => {
  const part = { symbol: "x", index: [[1, 1, 3], [1, 1, 3]] };
  assert.equal(entry(part, ", 2", 1, 3), "x[0, 2, 2]");
  assert.equal(entry(part, "", 0, 1), "0");
  assert.equal(entry({ symbol: "x", index: [[1, 1, 3]] }, "", 0, 2), "x[1]");
});
