// A Markdown text that grows: drawn at most once a frame, and only those blocks that changed.
import { drawBlock, parseBlocks } from "/web/markdown.js";

export class GrowingText {
  text = "";
  #node;
  #sources = []; // of the blocks that are drawn, in order; one node each
  #frame = null;
  #around;

  /** `node` is filled with the text's blocks; every drawing happens inside of a call of `around`. */
  constructor(node, around) {
    this.#node = node;
    this.#around = around;
  }

  append(piece) {
    this.text += piece;
    this.#frame ??= requestAnimationFrame(() => this.draw());
  }

  /** Draw what has come by now. */
  draw() {
    cancelAnimationFrame(this.#frame);
    this.#frame = null;
    this.#around(() => this.#redraw());
  }

  #redraw() {
    const blocks = parseBlocks(this.text);
    const first = blocks.findIndex((block, index) => block.source !== this.#sources[index]);
    const numKept = first < 0 ? Math.min(blocks.length, this.#sources.length) : first;
    while (this.#node.childNodes.length > numKept) this.#node.lastChild.remove();
    this.#node.append(...blocks.slice(numKept).map(drawBlock));
    this.#sources = blocks.map((block) => block.source);
  }
}
