// The unrolled RNN: time goes right, layers go up; first the forward wave, then the backward wave.
import { frame } from "./frame.js";
import { graphPanel } from "./rnn_graph.js";
import { normsPanel, sumsPanel } from "./rnn_panels.js";
import { rnnScene } from "./rnn_scene.js";
import { waveSentence } from "./rnn_sentences.js";
import { waveOf } from "./rnn_wave.js";
import { yoursPanel } from "./yours.js";

const rnnWidget = {
  traits: [],

  choices: () => [],

  build(scene, stage) {
    const net = netOf(scene);
    const drawn = rnnScene(net, stage);
    const stepOf = (backward, t, l) => net.wave.stepOf(backward, t, l);
    drawn.listen({
      over: (backward, t, l) => scene.preview(stepOf(backward, t, l)),
      out: () => scene.preview(null),
      pick: (backward, t, l) => scene.go(stepOf(backward, t, l)),
    });
    const panels = [graphPanel(net), sumsPanel(net), normsPanel(net)];
    return {
      count: net.wave.count,
      columns: net.layers,
      show: (s) => drawn.show(net.wave.at(s), s),
      sentence: (s) => waveSentence(net, net.wave.at(s)),
      panels: scene.info.verdict ? [yoursPanel(studentView(net), scene), ...panels] : panels,
      wrong: wrongStates(net),
    };
  },
};

// The arrays by layer, and the order of the two waves.
function netOf({ arrays, info, get }) {
  const layers = info.layers;
  const [steps] = arrays.x.shape;
  const part = (l, name) => arrays[`${l}.${name}`];
  const units = part(layers - 1, "h").shape[1];
  const settings = { linear: get("activation") === "linear", truncate: get("truncate"), radius: info.radius };
  return { arrays, layers, steps, units, part, ...settings, wave: waveOf(steps, layers) };
}

// Rows of the comparison are the units of all layers, columns are steps.
function studentView(net) {
  const first = (l) => Array.from({ length: l }, (_, k) => net.part(k, "h").shape[1]).reduce((a, b) => a + b, 0);
  const spotOf = (s) => {
    const { t, l } = net.wave.at(s);
    return [first(l), t, net.part(l, "h").shape[1]];
  };
  return { output: net.arrays.expected, plane: 0, spotOf };
}

// Forward steps at which the student's state has a wrong number.
function wrongStates({ arrays: { wrong }, wave, layers, steps, part }) {
  if (!wrong) return [];
  let row = 0;
  const found = [];
  for (let l = 0; l < layers; l++)
    for (let u = 0; u < part(l, "h").shape[1]; u++, row++)
      for (let t = 0; t < steps; t++) if (wrong.at(row, t, 0)) found.push(wave.stepOf(false, t, l));
  return [...new Set(found)].sort((a, b) => a - b);
}

export function render({ model, el }) {
  return frame(el, model, rnnWidget);
}

export default { render };
