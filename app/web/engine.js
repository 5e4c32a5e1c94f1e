// The engine, live: what /metrics says once a second, as numbers and as the last two minutes.
import { KeyMissing, ask } from "/web/key.js";
import { byId, copyOf } from "/web/dom.js";
import { Reading, rate, worst } from "/web/meters.js";
import { drawSparkline } from "/web/sparkline.js";

const PERIOD_MS = 1000;
const CAPACITY = 120;
const REFUSED = "unblocked_requests_refused_total";

const count = (value) => Math.round(value).toLocaleString("en");
const sum = (values) => Object.values(values).reduce((total, value) => total + value, 0);

// Each: its value from two readings, how the value is written, what stands below, and the least top of its line.
const TILES = [
  { label: "Running", top: 4, read: (_, now) => now.value("unblocked_sequences_running"), detail: () => "sequences in the batch" },
  { label: "Waiting", top: 4, read: (_, now) => now.value("unblocked_sequences_waiting"), detail: () => "sequences not yet started" },
  {
    label: "Tokens per second",
    top: 10,
    read: (before, now) => rate('unblocked_engine_tokens_total{phase="decode"}', before, now),
    detail: (before, now) => `written; ${count(rate('unblocked_engine_tokens_total{phase="prefill"}', before, now))} read of prompts`,
  },
  {
    label: "KV cache",
    top: 10,
    read: (_, now) => (100 * now.value("unblocked_kv_cache_tokens")) / now.value("unblocked_kv_cache_max_tokens") || 0,
    write: (value) => `${value < 10 ? value.toFixed(1) : count(value)} %`,
    detail: (_, now) => `${count(now.value("unblocked_kv_cache_tokens"))} of ${count(now.value("unblocked_kv_cache_max_tokens"))} tokens`,
  },
  {
    label: "Loop delay",
    top: 20,
    read: (before, now) => Math.min(10_000, 1000 * worst("unblocked_loop_delay_seconds", before, now)),
    write: (value) => `≤ ${value < 1 ? value : count(value)} ms`,
    detail: () => "how late the event loop woke at worst",
  },
  {
    label: "Refusals",
    top: 1,
    read: (before, now) => sum(now.byLabel(REFUSED, "reason")) - sum(before.byLabel(REFUSED, "reason")),
    write: (_, now) => count(sum(now.byLabel(REFUSED, "reason"))),
    detail: (_, now) => reasons(now.byLabel(REFUSED, "reason")) || "none since the start",
  },
];

function reasons(refused) {
  const some = Object.entries(refused).filter(([, number]) => number > 0);
  return some.map(([reason, number]) => `${reason.replaceAll("_", " ")} ${count(number)}`).join(", ");
}

class Tile {
  #spec;
  #values = [];

  constructor(spec) {
    this.#spec = spec;
    this.node = copyOf("tile");
    this.node.dataset.label = spec.label;
    this.node.querySelector("h3").textContent = spec.label;
    new ResizeObserver(() => this.#draw()).observe(this.node);
  }

  /** Take two readings into account, the later one as the newest value. */
  show(before, now) {
    const { read, write = count, detail } = this.#spec;
    const value = read(before, now);
    this.#values = [...this.#values, value].slice(-CAPACITY);
    this.node.querySelector(".figure").textContent = write(value, now);
    this.node.querySelector(".detail").textContent = detail(before, now);
    this.#draw();
  }

  #draw() {
    drawSparkline(this.node.querySelector("svg"), { values: this.#values, capacity: CAPACITY, top: this.#spec.top });
  }
}

/** Read and show from now on, while the page can be seen; stops when the server wants a key and gets none. */
export async function startEngine() {
  const tiles = TILES.map((spec) => new Tile(spec));
  byId("tiles").append(...tiles.map((tile) => tile.node));
  let before = null;
  for (;;) {
    try {
      const now = document.hidden ? before : await read();
      if (before && now !== before) for (const tile of tiles) tile.show(before, now);
      before = now;
      byId("engine-state").textContent = "";
    } catch (error) {
      byId("engine-state").textContent = error instanceof TypeError ? "The server does not answer." : error.message;
      if (error instanceof KeyMissing) return;
    }
    await new Promise((resolve) => setTimeout(resolve, PERIOD_MS));
  }
}

async function read() {
  const response = await ask("/metrics", { cache: "no-store" });
  if (!response.ok) throw new Error(`/metrics answers ${response.status}.`);
  return new Reading(await response.text(), performance.now());
}
