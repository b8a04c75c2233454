// Elements in one line.

const SVG = "http://www.w3.org/2000/svg";

export function svg(name, attributes = {}, parent = null, text = null) {
  return fill(document.createElementNS(SVG, name), attributes, parent, text);
}

export function html(name, attributes = {}, parent = null, text = null) {
  return fill(document.createElement(name), attributes, parent, text);
}

function fill(element, attributes, parent, text) {
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  if (text !== null) element.textContent = text;
  parent?.append(element);
  return element;
}

// An id that no other element of the page has, whichever widget made it.
export function unique() {
  return `dk-${Math.random().toString(36).slice(2)}`;
}

// JupyterLab takes the keys of a focused element that does not carry this attribute.
export const OWN_KEYS = { "data-lm-suppress-shortcuts": "" };
