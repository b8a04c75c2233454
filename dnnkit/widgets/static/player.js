// The step, held in JavaScript: one clock, one place where it changes.

// `show(t)` draws step t. `now` and `request` are the page's clock, given so that a test can be its own.
export function player(show, now = () => performance.now(), request = requestAnimationFrame.bind(globalThis)) {
  let [step, count, playing, speed, started, first] = [0, 1, false, 5, 0, 0];
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
      speed = stepsPerSecond;
      [started, first] = [now(), step];
    },
    play() {
      if (step === count - 1) self.go(0);
      [playing, started, first] = [true, now(), step];
      request(tick);
    },
    stop() {
      if (!playing) return;
      playing = false;
      self.onStop();
    },
  };
  function tick() {
    if (!playing) return;
    const t = Math.min(count - 1, first + Math.round(((now() - started) * speed) / 1000));
    if (t !== step) self.go(t);
    if (t === count - 1) self.stop();
    else request(tick);
  }
  return self;
}
