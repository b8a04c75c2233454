// A saved page without a kernel: the same drawing over a model that lives in the page.
import { html } from "./dom.js";

export function openOffline(render, element, state) {
  const model = offlineModel({ ...state, ...fromLink(location.hash, state), data: decode(state.data) });
  render({ model, el: element });
  for (const input of element.querySelectorAll(".dk-settings input")) input.disabled = true;
  const words = "This page runs without Python: step, look and compare; settings need the notebook.";
  html("p", { class: "dk-offline" }, element, words);
  globalThis.model = model;
  return model;
}

// The part of a model that widgets use, without a kernel.
export function offlineModel(state) {
  const listeners = {};
  const settings = (state.info?.settings ?? []).map((one) => one.name); // nothing can compute what another one gives
  return {
    get: (name) => state[name],
    set(name, value) {
      if (state[name] === value || settings.includes(name)) return;
      state[name] = value;
      for (const listener of listeners[`change:${name}`] ?? []) listener();
    },
    on(event, listener) {
      (listeners[event] ??= []).push(listener);
    },
    off(event, listener) {
      listeners[event] = (listeners[event] ?? []).filter((one) => one !== listener);
    },
    save_changes() {},
  };
}

// What a link like "#step=3&view=dx" says to look at; names that the state does not have are left out.
export function fromLink(hash, state) {
  const looked = {};
  for (const [name, text] of new URLSearchParams(hash.slice(1)))
    if (name in state) looked[name] = typeof state[name] === "number" ? Number(text) : text;
  return looked;
}

function decode(base64) {
  const text = atob(base64);
  return Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer;
}
