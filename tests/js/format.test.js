import assert from "node:assert/strict";
import test from "node:test";
import { factor, largest, number, strength } from "../../dnnkit/widgets/static/format.js";

test("whole numbers stay whole, with a true minus sign", () => {
  assert.deepEqual([3, -2, 0, -0, 12345].map(number), ["3", "−2", "0", "0", "12345"]);
});

test("others get three significant digits", () => {
  assert.deepEqual([0.123456, -1.005, 1234.5, 99.96].map(number), ["0.123", "−1", "1230", "100"]);
});

test("very large and very small ones get an exponent", () => {
  assert.deepEqual([123456, 0.000123, -4e-9].map(number), ["1.23e5", "1.23e-4", "−4e-9"]);
});

test("what is not a number says so", () => {
  assert.deepEqual([NaN, Infinity, -Infinity].map(number), ["nan", "∞", "−∞"]);
});

test("a negative factor stands in brackets", () => {
  assert.deepEqual([2, -2].map(factor), ["2", "(−2)"]);
});

test("colour grows with size and leaves out what is not finite", () => {
  assert.deepEqual([strength(-2, 4), strength(9, 4), strength(NaN, 4), strength(1, 0)], [0.5, 1, 0, 0]);
  assert.equal(largest([1, -7, NaN, Infinity]), 7);
});
