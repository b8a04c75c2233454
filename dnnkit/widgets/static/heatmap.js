// Many numbers as one image: grey where none is negative (a photograph), blue and orange otherwise.
import { svg } from "./dom.js";
import { strength } from "./format.js";

const BLUE = [56, 135, 200];
const ORANGE = [225, 125, 30];

export function heatmap(parent, { rows, columns, values, scale, width, height, grey = true }) {
  const canvas = document.createElement("canvas");
  canvas.width = columns;
  canvas.height = rows;
  const context = canvas.getContext("2d");
  const image = context.createImageData(columns, rows);
  const colour = grey && noneNegative(rows, columns, values) ? photograph : diverging;
  for (let i = 0, q = 0; i < rows; i++)
    for (let j = 0; j < columns; j++, q += 4) image.data.set(colour(values(i, j), scale), q);
  context.putImageData(image, 0, 0);
  const box = { width, height, preserveAspectRatio: "none", class: "dk-image" };
  return svg("image", { ...box, href: canvas.toDataURL() }, parent);
}

export function noneNegative(rows, columns, values) {
  for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) if (values(i, j) < 0) return false;
  return true;
}

function photograph(value, scale) {
  const light = Math.round(255 * strength(value, scale));
  return [light, light, light, 255];
}

function diverging(value, scale) {
  return [...(value < 0 ? ORANGE : BLUE), Math.round(255 * strength(value, scale))];
}
