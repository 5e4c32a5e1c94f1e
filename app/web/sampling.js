// The sampling settings: read from their fields when a question is asked.

/** Return what the fields say as fields of a request; an empty one is left to the server. */
export function readSampling(fieldset) {
  const sampling = {};
  for (const input of fieldset.querySelectorAll("input")) {
    if (input.value !== "") sampling[input.name] = input.valueAsNumber;
  }
  return sampling;
}

/** Return the system prompt as a list of messages: one, or none. */
export function readSystem(fieldset) {
  const content = fieldset.querySelector('[name="system"]').value.trim();
  return content ? [{ role: "system", content }] : [];
}
