// Calls the API, with the key that the person gave if the server wants one. Kept in this tab's session only.
import { copyOf } from "/web/dom.js";

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

function askForKey(reason) {
  const dialog = copyOf("key-dialog");
  const input = dialog.querySelector("input");
  dialog.querySelector(".reason").textContent = reason;
  document.body.append(dialog);
  dialog.showModal();
  input.focus();
  return new Promise((resolve, reject) => {
    dialog.querySelector("form").addEventListener("submit", () => sessionStorage.setItem(STORE, input.value));
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (sessionStorage.getItem(STORE)) resolve();
      else reject(new KeyMissing());
    });
  });
}
