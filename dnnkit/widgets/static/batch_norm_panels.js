// Below the picture: the statistics of each group, and this number's arithmetic forward and backward.
import { html } from "./dom.js";
import { factor, number } from "./format.js";
import { cellOf } from "./geometry.js";

const COLUMNS = ["mean", "var", "std", "gamma", "beta", "dgamma", "dbeta"];
const LABELS = { mean: "mean", var: "variance", std: "√(variance + ε)", gamma: "γ", beta: "β", dgamma: "dγ", dbeta: "dβ" };

export function meansPanel(norm) {
  return { name: "means", label: "statistics", draw: (el) => means(el, norm) };
}

function means(el, norm) {
  const table = html("table", { class: "dk-table" }, html("div", { class: "dk-ledger" }, el));
  const head = html("tr", {}, table);
  html("th", { scope: "col" }, head, norm.info.group);
  for (const name of COLUMNS) html("th", { scope: "col" }, head, LABELS[name]);
  const lines = Array.from({ length: norm.part("mean").shape[0] }, (_, g) => {
    const line = html("tr", {}, table);
    html("th", { scope: "row" }, line, String(g));
    for (const name of COLUMNS) html("td", {}, line, number(norm.part(name).at(g)));
    return line;
  });
  const where = norm.mode === "train" ? `of this batch, over ${norm.info.shared} numbers each` : "running mean and variance, after one batch";
  html("p", { class: "dk-caption" }, el, where);
  return (t) => {
    const g = norm.groupOf(...cellOf(t, norm.x.shape[1]));
    lines.forEach((line, k) => line.classList.toggle("dk-now", k === g));
  };
}

export function termsPanel(norm) {
  return { name: "terms", label: "arithmetic", draw: (el) => terms(el, norm) };
}

// The formula in symbols and, under it, in this number's values.
function terms(el, norm) {
  const backward = norm.view === "dx";
  const training = norm.mode === "train";
  const formula = backward ? (training ? "dx = γ / √(var + ε) · (dy − mean(dy) − x̂ · mean(dy · x̂))" : "dx = γ / √(var + ε) · dy") : "y = γ · (x − mean) / √(var + ε) + β";
  html("p", { class: "dk-formula" }, el, formula);
  const here = html("p", { class: "dk-formula" }, el);
  return (t) => {
    const [i, j] = cellOf(t, norm.x.shape[1]);
    const g = norm.groupOf(i, j);
    const of = (name) => factor(norm.part(name).at(g));
    const at = (name) => factor(norm.part(name).at(i, j));
    const inner = `${factor(norm.dy.at(i, j))} − ${of("mean_dy")} − ${at("x_hat")} · ${of("mean_dy_x_hat")}`;
    const through = training ? `(${inner})` : factor(norm.dy.at(i, j));
    here.textContent = backward
      ? `dx = ${of("gamma")} / ${of("std")} · ${through} = ${number(norm.part("dx").at(i, j))}`
      : `y = ${of("gamma")} · (${factor(norm.x.at(i, j))} − ${of("mean")}) / ${of("std")} + ${of("beta")} = ${number(norm.part("y").at(i, j))}`;
  };
}
