// The inside of a line of Markdown: code, bold, emphasis, links. Nothing is ever followed or loaded.
import { element } from "/web/dom.js";

const SPANS = new RegExp(
  [
    "(?<ticks>`+)(?<code>.+?)(?<!`)\\k<ticks>(?!`)",
    "\\*\\*(?=\\S)(?<strong>.+?\\S?)\\*\\*",
    "(?<![\\w*])\\*(?=\\S)(?<em>[^*\\n]+?)\\*(?![\\w*])",
    "!?\\[(?<label>[^\\]\\n]*)\\]\\((?<target>[^()\\s]*)\\)",
  ].join("|"),
  "gs",
);

/** Append a text with its spans to a node. */
export function appendInline(parent, text) {
  let end = 0;
  for (const found of text.matchAll(SPANS)) {
    parent.append(text.slice(end, found.index));
    parent.append(nodeOf(found.groups));
    end = found.index + found[0].length;
  }
  parent.append(text.slice(end));
}

function nodeOf({ code, strong, em, label, target }) {
  if (code !== undefined) return element("code", { text: code });
  if (strong !== undefined) return wrapped("strong", strong);
  if (em !== undefined) return wrapped("em", em);
  // A link of a model's is a text: it shows where it would lead, and leads nowhere.
  const link = wrapped("span", label);
  link.className = "link";
  if (target !== label) element("span", { text: ` (${target})`, className: "quiet", parent: link });
  return link;
}

function wrapped(tag, text) {
  const node = element(tag);
  appendInline(node, text);
  return node;
}
