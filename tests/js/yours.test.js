import assert from "node:assert/strict";
import test from "node:test";
import { ndarray } from "../../dnnkit/widgets/static/arrays.js";
import { wrongSteps, yoursPanel } from "../../dnnkit/widgets/static/yours.js";

const wrong = ndarray([2, 3, 2], [0, 1, 1, 0, 0, 0, 1, 0, 0, 0, 1, 1]); // plane 0: (0, 1), (1, 0), (1, 2)

test("wrong steps are those of the plane that is looked at, in order and once", () => {
  const scene = { arrays: { "wrong.y": wrong } };
  assert.deepEqual(wrongSteps(scene, "y", 0, (i, j) => i * 3 + j), [1, 3, 5]);
  assert.deepEqual(wrongSteps(scene, "y", 1, (i, j) => i * 3 + j), [0, 5]);
  assert.deepEqual(wrongSteps(scene, "y", 0, (i, j) => 9 - j), [7, 8, 9]);
  assert.deepEqual(wrongSteps(scene, "y", 0, (i) => i), [0, 1]);
});

test("an answer that cannot be compared has no wrong steps", () => {
  assert.deepEqual(wrongSteps({ arrays: {} }, "y", 0, () => 0), []);
});

test("there is a panel for a part that the student's functions gave, and for no other", () => {
  const scene = { info: { verdict: { parts: ["dx"] } } };
  assert.deepEqual(yoursPanel(scene, "dx").map((one) => one.name), ["yours"]);
  assert.deepEqual(yoursPanel(scene, "y"), []);
  assert.deepEqual(yoursPanel({ info: { verdict: null } }, "dx"), []);
});
