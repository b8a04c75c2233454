import assert from "node:assert/strict";
import test from "node:test";
import { isCut, waveOf } from "../../dnnkit/widgets/static/rnn_wave.js";

test("the forward wave goes up the layers within a step, the backward wave is its mirror", () => {
  const wave = waveOf(2, 2);
  const walk = Array.from({ length: wave.count }, (_, s) => wave.at(s));
  assert.deepEqual(walk.slice(0, 4).map(({ t, l }) => [t, l]), [[0, 0], [0, 1], [1, 0], [1, 1]]);
  assert.deepEqual(walk.slice(4).map(({ t, l }) => [t, l]), [[1, 1], [1, 0], [0, 1], [0, 0]]);
  assert.deepEqual(walk.map(({ backward }) => backward), [false, false, false, false, true, true, true, true]);
});

test("a step is found again from its place", () => {
  const wave = waveOf(5, 3);
  for (let s = 0; s < wave.count; s++) {
    const { backward, t, l } = wave.at(s);
    assert.equal(wave.stepOf(backward, t, l), s);
  }
});

test("truncation cuts before each block but the first", () => {
  assert.deepEqual([0, 1, 2, 3, 4].filter((t) => isCut(t, 2)), [2, 4]);
});
