// What a front end loads for each widget: the first widget of a page makes the module and the style sheet for all.
// SOURCE and STYLE, the texts of both, are put in front by bundle.py.

const page = (globalThis.dnnkitWidgets ??= new Map());
const once = (text, make) => (page.has(text) ? page.get(text) : page.set(text, make(text)).get(text));

const sheet = (text) => document.head.append(Object.assign(document.createElement("style"), { textContent: text }));
const load = (text) => import(URL.createObjectURL(new Blob([text], { type: "text/javascript" })));

export default async () => {
  once(STYLE, sheet);
  return (await once(SOURCE, load)).default;
};
