// Calls the API, with the key that the person gave if the server wants one. Kept in this tab's session only.
import { element } from "/web/dom.js";

const STORE = "api-key";
let asking = null; // the promise of a key while the person is asked for one

/** The person closed the form: what was to be asked is not asked. */
export class KeyMissing extends Error {
  constructor() {
    super("This server answers only to those who have an API key.");
  }
}

/** Like fetch; on 401 it asks the person for a key and tries again. Throws: KeyMissing; what fetch throws. */
export async function ask(path, options = {}) {
  for (;;) {
    const key = sessionStorage.getItem(STORE);
    const headers = key ? { ...options.headers, authorization: `Bearer ${key}` } : options.headers;
    const response = await fetch(path, { ...options, headers });
    if (response.status !== 401) return response;
    if (sessionStorage.getItem(STORE) === key) sessionStorage.removeItem(STORE);
    const reason = key ? "This server does not know that key." : "This server asks for a key.";
    asking ??= askForKey(reason).finally(() => (asking = null));
    await asking;
  }
}

function keyDialog(reason) {
  const dialog = element("dialog", { className: "card", parent: document.body });
  const form = element("form", { method: "dialog", parent: dialog });
  element("h2", { text: "API key", parent: form });
  element("p", { text: reason, className: "reason", parent: form });
  const label = element("label", { text: "Key ", parent: form });
  const rules = { required: "", maxlength: 512, pattern: "[!-~]+", autocomplete: "off", spellcheck: "false" };
  const input = element("input", { type: "password", ...rules, parent: label });
  const promise = "It is kept in this tab until you close it, and sent to this server only.";
  element("p", { text: promise, className: "quiet", parent: form });
  element("button", { text: "Use it", className: "last", parent: element("div", { className: "row", parent: form }) });
  return { dialog, form, input };
}

function askForKey(reason) {
  const { dialog, form, input } = keyDialog(reason);
  dialog.showModal();
  input.focus();
  return new Promise((resolve, reject) => {
    form.addEventListener("submit", () => sessionStorage.setItem(STORE, input.value));
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (sessionStorage.getItem(STORE)) resolve();
      else reject(new KeyMissing());
    });
  });
}
