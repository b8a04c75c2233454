// One sentence for each step of either wave. Steps and layers count from 1, as in the pictures of the course.
import { number } from "./format.js";
import { isCut } from "./rnn_wave.js";

// "(0.1, −2)" for row t of an array.
export function vector(array, t) {
  return `(${Array.from({ length: array.shape[1] }, (_, k) => number(array.at(t, k))).join(", ")})`;
}

export function waveSentence(net, { backward, t, l }) {
  const at = (name, step = t) => vector(net.part(l, name), step);
  const where = net.layers > 1 ? `step ${t + 1}, layer ${l + 1}` : `step ${t + 1}`;
  if (!backward) {
    const made = "x·Wx + h·Wh + b";
    return `Forward, ${where}: h = ${net.linear ? made : `tanh(${made})`} = ${at("h")}.`;
  }
  const above = l === net.layers - 1 ? "this step's loss" : `layer ${l + 2}`;
  const future = t === net.steps - 1 ? "" : `, from step ${t + 2} comes ${at("from_future")}`;
  const cut = isCut(t + 1, net.truncate) && t < net.steps - 1 ? " (cut: truncated)" : "";
  return `Backward, ${where}: from ${above} comes ${at("from_above")}${future}${cut}; together dh = ${at("dh")}.`;
}
