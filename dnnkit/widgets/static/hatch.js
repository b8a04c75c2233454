// Hatching for cells that no window reads.
import { svg, unique } from "./dom.js";

// The fill of a hatched cell; each drawing gets one pattern of its own.
export function hatch(element) {
  const drawing = element.ownerSVGElement;
  if (!drawing.dataset.hatch) {
    drawing.dataset.hatch = unique();
    const box = { width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
    const pattern = svg("pattern", { id: drawing.dataset.hatch, ...box }, svg("defs", {}, drawing));
    svg("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "dk-hatch" }, pattern);
  }
  return `url(#${drawing.dataset.hatch})`;
}
