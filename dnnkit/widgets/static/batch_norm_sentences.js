// One sentence for each number: forward, what changes, backward.
import { factor, number } from "./format.js";

export function normSentence({ mode, view, part, place, groupOf, x, dy, info }, i, j, t) {
  const name = `[${place(i, j).join(", ")}]`;
  const g = groupOf(i, j);
  const [mean, std] = [part("mean").at(g), part("std").at(g)];
  const whose = mode === "train" ? `shared with ${info.shared - 1} others` : "running, the same for every batch";
  if (view === "y") return `x${name} = ${number(x.at(i, j))} becomes y = ${number(part("y").at(i, j))}: mean ${number(mean)} and deviation ${number(std)}, ${whose}.`;
  if (view === "dx") return `dy${name} = ${number(dy.at(i, j))} becomes dx = ${number(part("dx").at(i, j))}${mode === "train" ? ", less what goes through the shared mean and deviation" : ": γ / deviation times dy"}.`;
  const change = part("change");
  if (!change) return "Too many numbers to try each of them: give a smaller x to see what changes.";
  const moved = Array.from({ length: change.shape[1] }, (_, q) => change.at(t, q)).filter((v) => v !== 0);
  const count = moved.length === 1 ? "1 number of y changes" : `${moved.length} numbers of y change`;
  return `If x${name} = ${number(x.at(i, j))} grows a little, ${count}; its own by ${factor(change.at(t, t))} per unit.`;
}
