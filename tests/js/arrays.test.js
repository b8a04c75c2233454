import assert from "node:assert/strict";
import test from "node:test";
import { unpack } from "../../dnnkit/widgets/static/arrays.js";
import { fromLink, offlineModel } from "../../dnnkit/widgets/static/offline.js";
import { noneNegative } from "../../dnnkit/widgets/static/heatmap.js";

test("arrays come out of the bytes with their shapes, nan included", () => {
  const bytes = new Float64Array([1, 2, 3, 4, NaN, 0.1]).buffer;
  const { a, b } = unpack({ a: [0, [2, 2]], b: [4, [2]] }, new DataView(bytes));
  assert.equal(a.at(1, 0), 3);
  assert.ok(Number.isNaN(b.at(0)));
  assert.equal(b.at(1), 0.1);
});

test("bytes that begin anywhere in a buffer are read", () => {
  const whole = new Uint8Array(8 + 3);
  whole.set(new Uint8Array(new Float64Array([7]).buffer), 3);
  assert.equal(unpack({ a: [0, [1]] }, new DataView(whole.buffer, 3, 8)).a.at(0), 7);
});

test("a link sets what the state knows, numbers as numbers", () => {
  assert.deepEqual(fromLink("#step=3&view=dx&other=1", { step: 0, view: "y" }), { step: 3, view: "dx" });
});

test("the offline model tells its listeners of a change, once, until they leave", () => {
  const model = offlineModel({ step: 0 });
  let heard = 0;
  const listener = () => heard++;
  model.on("change:step", listener);
  model.set("step", 1);
  model.set("step", 1);
  model.off("change:step", listener);
  model.set("step", 2);
  assert.deepEqual([heard, model.get("step")], [1, 2]);
});

test("a plane is a photograph where nothing in it is negative", () => {
  assert.ok(noneNegative(1, 2, (_, j) => j));
  assert.ok(!noneNegative(1, 2, (_, j) => -j));
});
