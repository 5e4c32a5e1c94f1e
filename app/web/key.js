// Calls the API, with the key that the person gave if the server wants one. Kept in this tab's session only.
const STORE = "api-key";
let asking = null; // the promise of a key while the person is asked for one

export async function ask(path, options = {}) {
  for (;;) {
    const key = sessionStorage.getItem(STORE);
    const headers = key ? { ...options.headers, authorization: `Bearer ${key}` } : options.headers;
    const response = await fetch(path, { ...options, headers });
    if (response.status !== 401) return response;
    if (sessionStorage.getItem(STORE) === key) sessionStorage.removeItem(STORE);
    asking ??= askForKey().finally(() => (asking = null));
    await asking;
  }
}

function askForKey() {
  const form = document.createElement("form");
  form.className = "key";
  const label = form.appendChild(document.createElement("label"));
  label.textContent = "This server asks for an API key. It is kept until you close this tab. ";
  const input = label.appendChild(document.createElement("input"));
  Object.assign(input, { type: "password", required: true, maxLength: 512, pattern: "[!-~ ]+", autocomplete: "off" });
  form.appendChild(document.createElement("button")).textContent = "Use it";
  document.querySelector("header").after(form);
  input.focus();
  return new Promise((resolve) => {
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      sessionStorage.setItem(STORE, input.value.trim());
      form.remove();
      resolve();
    });
  });
}
