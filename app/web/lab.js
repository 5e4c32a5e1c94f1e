// The lab: one job in five places. Each run is fired, marked in the monitor, judged, and kept as a strip of its own.
import { byId, copyOf } from "/web/dom.js";
import { SILENCE_MS } from "/web/heartbeat.js";
import { ask } from "/web/key.js";
import { drawPulse } from "/web/pulse.js";

const MARGIN_MS = 400; // of heartbeat shown before and after a run
const SCALE_MS = 2000; // that a strip shows at least, so that the five compare
const STOPPED_SHARE = 0.25; // silent for this much of its time: the loop counts as stopped, as in `make lab`
const PREFIX = "/lab/";

/** Fill the list of experiments from the OpenAPI document, or say how to switch the lab on. */
export function startLab({ openapi, heartbeat, monitor }) {
  const found = Object.entries(openapi.paths).filter(([path]) => path.startsWith(PREFIX));
  byId("lab").hidden = found.length === 0;
  byId("lab-off").hidden = found.length > 0;
  const experiments = found.map(([path, { get }]) => new Experiment({ path, about: get, heartbeat, monitor }));
  byId("experiments").append(...experiments.map((experiment) => experiment.row));
  const button = byId("run-all");
  button.addEventListener("click", async () => {
    button.disabled = true;
    for (const experiment of experiments) await experiment.run();
    button.disabled = false;
  });
}

class Experiment {
  #path;
  #heartbeat;
  #monitor;
  #verdict;
  #button;
  #strip;
  #shown = null; // the arguments of the drawing that is kept, for when the strip's size changes

  constructor({ path, about, heartbeat, monitor }) {
    this.row = copyOf("experiment");
    this.#path = path;
    this.#heartbeat = heartbeat;
    this.#monitor = monitor;
    this.#verdict = this.row.querySelector(".verdict");
    this.#button = this.row.querySelector("button");
    this.#strip = this.row.querySelector("svg");
    this.row.dataset.name = this.#name;
    this.row.querySelector("h3").textContent = this.#name;
    this.row.querySelector(".explanation").textContent = about.description;
    this.row.querySelector("code").textContent = about["x-handler"];
    this.#button.setAttribute("aria-label", `Run ${this.#name}`);
    this.#button.addEventListener("click", () => this.run());
    new ResizeObserver(() => this.#draw()).observe(this.#strip);
  }

  get #name() {
    return this.#path.slice(PREFIX.length);
  }

  /** Fire the endpoint and show what became of the heartbeat; never throws. */
  async run() {
    this.#button.disabled = true;
    this.#judge("at work …");
    const span = { fromMs: performance.now(), toMs: Infinity, name: this.#name };
    this.#monitor.spans.push(span);
    try {
      const response = await ask(this.#path);
      const report = await response.json();
      span.toMs = performance.now();
      if (!response.ok) throw new Error(report.error.message);
      span.fromMs = span.toMs - report.took_ms; // without the start of the worker process, on its first run
      await new Promise((resolve) => setTimeout(resolve, MARGIN_MS)); // the heartbeat after it belongs to the picture
      this.#show(span, report);
    } catch (error) {
      span.toMs = Math.min(span.toMs, performance.now());
      this.#judge(`It did not run: ${error.message}`, "stopped");
    } finally {
      this.#button.disabled = false;
    }
  }

  #show(span, report) {
    const silence = this.#heartbeat.longestSilence(span.fromMs, span.toMs);
    const silentMs = Math.min(silence.toMs - silence.fromMs, report.loop_max_delay_ms);
    const isStopped = silentMs >= STOPPED_SHARE * report.took_ms;
    const turns = `${report.loop_ticks} of ${report.loop_possible_ticks} turns`;
    const delay = `${Math.round(report.loop_max_delay_ms).toLocaleString("en")} ms`;
    if (isStopped) this.#judge(`Stopped for ${delay} · ${turns}`, "stopped");
    else this.#judge(`Went on, ${delay} late at worst · ${turns}`, "free");
    const lengthMs = Math.max(SCALE_MS, report.took_ms + 2 * MARGIN_MS);
    const fromMs = span.fromMs - MARGIN_MS;
    // Copied: the heartbeat forgets what is older than a minute.
    const beats = this.#heartbeat.beats.filter((beat) => beat.atMs > fromMs - SCALE_MS);
    const flatMs = Math.max(SILENCE_MS, STOPPED_SHARE * report.took_ms); // what is drawn flat is what is judged so
    const shaded = { fromMs: span.fromMs, toMs: span.toMs };
    this.#shown = { beats, fromMs, toMs: fromMs + lengthMs, spans: [shaded], flatMs };
    this.#draw();
  }

  #judge(words, verdict = "") {
    this.#verdict.textContent = words;
    this.row.dataset.verdict = verdict;
    this.#strip.setAttribute("aria-label", `Heartbeat of the last run: ${words}`);
  }

  #draw() {
    if (this.#shown && this.#strip.getBoundingClientRect().width > 0) drawPulse(this.#strip, this.#shown);
  }
}
