import assert from "node:assert/strict";
import test from "node:test";
import { player } from "../../dnnkit/widgets/static/player.js";

// A clock of the test's own: frames run one by one, `milliseconds` apart.
function stage(count) {
  const shown = [];
  const frames = [];
  let time = 0;
  const clock = player((t) => shown.push(t), (frame) => frames.push(frame));
  clock.limit(count);
  const run = (times, milliseconds) => {
    for (let k = 0; k < times && frames.length; k++) {
      time += milliseconds;
      frames.shift()(time);
    }
  };
  return { clock, shown, run };
}

test("steps stay within the count", () => {
  const { clock, shown } = stage(4);
  [2, 99, -5].forEach(clock.go);
  assert.deepEqual(shown, [2, 3, 0]);
});

test("at 60 a second every frame after the first is one step, also when frames come a little early or late", () => {
  const { clock, shown, run } = stage(100);
  clock.setSpeed(60);
  clock.play();
  run(1, 0);
  for (let k = 0; k < 15; k++) {
    run(1, 1000 / 60 + 6);
    run(1, 1000 / 60 - 6);
  }
  assert.deepEqual(shown, Array.from({ length: 30 }, (_, t) => t + 1));
});

test("it stops at the end, says so once, and starts again from the first step", () => {
  const { clock, shown, run } = stage(3);
  let stopped = 0;
  clock.onStop = () => stopped++;
  clock.setSpeed(1);
  clock.play();
  run(10, 1000);
  assert.deepEqual([shown, stopped, clock.playing], [[1, 2], 1, false]);
  clock.play();
  assert.equal(clock.step, 0);
});

test("a stop while playing leaves the step where it is", () => {
  const { clock, run } = stage(50);
  clock.play();
  run(3, 400);
  clock.stop();
  run(5, 400);
  assert.equal(clock.step, 4);
});
