// The order of steps: forward through time and up the layers, then all the way back.

export function waveOf(steps, layers) {
  const half = steps * layers;
  return {
    count: 2 * half,
    at(s) {
      const backward = s >= half;
      const place = backward ? 2 * half - 1 - s : s;
      return { backward, t: Math.floor(place / layers), l: place % layers };
    },
    stepOf(backward, t, l) {
      const place = t * layers + l;
      return backward ? 2 * half - 1 - place : place;
    },
  };
}

// Whether truncation cuts the gradient between step t - 1 and step t.
export function isCut(t, truncate) {
  return t > 0 && t % truncate === 0;
}
