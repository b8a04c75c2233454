// The step, held in JavaScript: one clock, one place where it changes.

// `show(t)` draws step t. `request` asks for the page's next frame, whose time it hands on; a test gives its own.
export function player(show, request = requestAnimationFrame.bind(globalThis)) {
  let [step, count, playing, speed] = [0, 1, false, 5];
  let [started, first] = [null, 0]; // time of the frame that playing counts from, and the step that it showed
  const self = {
    get step() { return step; },
    get count() { return count; },
    get playing() { return playing; },
    onStop() {},
    limit(steps) {
      count = Math.max(1, steps);
    },
    go(t) {
      step = Math.max(0, Math.min(count - 1, t));
      show(step);
    },
    setSpeed(stepsPerSecond) {
      [speed, started] = [stepsPerSecond, null];
    },
    play() {
      if (step === count - 1) self.go(0);
      [playing, started] = [true, null];
      request(tick);
    },
    stop() {
      if (!playing) return;
      playing = false;
      self.onStop();
    },
  };
  function tick(time) {
    if (!playing) return;
    if (started === null) [started, first] = [time, step];
    const t = Math.min(count - 1, first + Math.round(((time - started) * speed) / 1000));
    if (t !== step) self.go(t);
    if (t === count - 1) self.stop();
    else request(tick);
  }
  return self;
}
