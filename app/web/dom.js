// Finds and makes nodes. Text enters as text only, so nothing that a model or a server says can become markup.
const SVG = "http://www.w3.org/2000/svg";

export const byId = (id) => document.getElementById(id);

/** Make an element; `className` and `text` are what they say, everything else becomes an attribute. */
export function element(tag, { text, className, parent, ...attributes } = {}) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  parent?.append(made);
  return made;
}

/** Make an SVG element with these attributes. */
export function drawn(tag, { text, ...attributes } = {}) {
  const made = document.createElementNS(SVG, tag);
  if (text !== undefined) made.textContent = text;
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

/** Return a copy of the one element in the page's template of that id. */
export function copyOf(templateId) {
  return byId(templateId).content.firstElementChild.cloneNode(true);
}
