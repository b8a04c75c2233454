// The unrolled RNN: time goes right, layers go up; first the forward wave, then the backward wave.
import { frame } from "./frame.js";
import { graphPanel } from "./rnn_graph.js";
import { normsPanel, sumsPanel } from "./rnn_panels.js";
import { rnnScene } from "./rnn_scene.js";
import { waveSentence } from "./rnn_sentences.js";
import { waveOf } from "./rnn_wave.js";
import { wrongSteps, yoursPanel } from "./yours.js";

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
      panels: [...(net.judged ? studentPanels(net, scene) : []), ...panels],
      wrong: net.judged ? { h: wrongOf(net, "h", scene), dx: wrongOf(net, "dx", scene) } : {},
    };
  },
};

// The arrays by layer, and the order of the two waves.
function netOf({ arrays, info }) {
  const layers = info.layers;
  const [steps] = arrays.x.shape;
  const part = (l, name) => arrays[`${l}.${name}`];
  const units = part(layers - 1, "h").shape[1];
  const settings = { linear: info.activation === "linear", truncate: info.truncate, radii: info.radii };
  const judged = !settings.linear && settings.truncate >= steps; // as the student's functions are
  return { arrays, layers, steps, units, part, judged, ...settings, wave: waveOf(steps, layers) };
}

// Rows of h and of dx are the units of all layers, columns are steps.
function studentPanels(net, scene) {
  const spotOf = (name, way) => (s) => {
    const { t, l, backward } = net.wave.at(s);
    return backward === way ? [firstRow(net, name, l), t, net.part(l, name).shape[1]] : null;
  };
  const others = (scene.info.verdict?.parts ?? []).filter((part) => !["h", "dx"].includes(part));
  return [
    ...yoursPanel(scene, "h", { spotOf: spotOf("h", false) }),
    ...yoursPanel(scene, "dx", { spotOf: spotOf("dx", true), others, name: "yours-backward" }),
  ];
}

function firstRow(net, name, l) {
  return Array.from({ length: l }, (_, k) => net.part(k, name).shape[1]).reduce((a, b) => a + b, 0);
}

// Steps of the forward wave at which h is wrong, or of the backward wave at which dx is.
function wrongOf(net, name, scene) {
  const layerOf = (row) => Array.from({ length: net.layers }, (_, l) => l).findLast((l) => firstRow(net, name, l) <= row);
  return wrongSteps(scene, name, 0, (row, t) => net.wave.stepOf(name === "dx", t, layerOf(row)));
}

export function render({ model, el }) {
  return frame(el, model, rnnWidget);
}

export default { render };
