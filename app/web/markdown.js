// Markdown as models write it, cut into blocks and drawn as nodes: paragraphs, headings, lists, quotes, code, rules.
import { element } from "/web/dom.js";
import { appendInline } from "/web/inline.js";

const FENCE = /^ *(```+|~~~+) *([\w+#.-]*)[^`]*$/;
const HEADING = /^(#{1,6}) +(.*)$/;
const ITEM = /^( *)(?:([-*+])|(\d{1,9})[.)]) +(.*)$/;
const QUOTE = /^ *> ?(.*)$/;
const RULE = /^ *(?:-{3,}|\*{3,}|_{3,}) *$/;

/** Cut a text into blocks: each has its `kind`, its `source`, and what its kind needs. An open fence runs to the end. */
export function parseBlocks(text) {
  const lines = text.split("\n");
  const blocks = [];
  while (lines.length) {
    const before = [...lines];
    const block = nextBlock(lines);
    if (block) blocks.push({ ...block, source: before.slice(0, before.length - lines.length).join("\n") });
  }
  return blocks;
}

function nextBlock(lines) {
  const line = lines.shift();
  if (line.trim() === "") return null;
  const fence = FENCE.exec(line);
  if (fence) return codeBlock(lines, fence);
  const heading = HEADING.exec(line);
  if (heading) return { kind: "heading", level: heading[1].length, text: heading[2] };
  if (RULE.test(line)) return { kind: "rule" };
  if (ITEM.test(line)) return listBlock([line, ...takeWhile(lines, (next) => ITEM.test(next) || /^ +\S/.test(next))]);
  if (QUOTE.test(line)) {
    const quoted = [line, ...takeWhile(lines, (next) => QUOTE.test(next))];
    return { kind: "quote", text: quoted.map((next) => QUOTE.exec(next)[1]).join("\n") };
  }
  return { kind: "paragraph", text: [line, ...takeWhile(lines, isOfParagraph)].join("\n") };
}

function isOfParagraph(line) {
  return line.trim() !== "" && ![FENCE, HEADING, RULE, ITEM, QUOTE].some((pattern) => pattern.test(line));
}

function takeWhile(lines, accepts) {
  const end = lines.findIndex((line) => !accepts(line));
  return lines.splice(0, end < 0 ? lines.length : end);
}

function codeBlock(lines, [, marks, language]) {
  const code = takeWhile(lines, (line) => !(line.trim().startsWith(marks) && line.trim().replaceAll(marks[0], "") === ""));
  lines.shift(); // the closing fence, if it has come yet
  return { kind: "code", language, text: code.join("\n") };
}

function listBlock(lines) {
  const items = [];
  for (const line of lines) {
    const item = ITEM.exec(line);
    if (item) items.push({ indent: item[1].length, number: item[3], text: item[4] });
    else items.at(-1).text += `\n${line.trim()}`;
  }
  return { kind: "list", items };
}

/** Return a block's node. */
export function drawBlock(block) {
  if (block.kind === "rule") return element("hr");
  if (block.kind === "list") return drawList(block.items);
  if (block.kind === "code") {
    const box = element("pre", { className: "code", tabindex: "0" });
    element("code", { text: block.text, parent: box });
    return box;
  }
  // Headings of an answer stand below those of the page.
  const tags = { heading: `h${Math.min(6, block.level + 2)}`, quote: "blockquote", paragraph: "p" };
  const node = element(tags[block.kind]);
  appendInline(node, block.text);
  return node;
}

function drawList(items) {
  const [{ indent, number }] = items;
  const list = number === undefined ? element("ul") : element("ol", { start: number });
  for (let index = 0; index < items.length; ) {
    const item = element("li", { parent: list });
    appendInline(item, items[index++].text);
    const inner = [];
    while (index < items.length && items[index].indent > indent) inner.push(items[index++]);
    if (inner.length) item.append(drawList(inner));
  }
  return list;
}
