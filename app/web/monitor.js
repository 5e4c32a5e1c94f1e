// The live strip of the heartbeat, with the word beside it and the dot in the tab.
import { SILENCE_MS } from "/web/heartbeat.js";
import { drawPulse } from "/web/pulse.js";

const PIXELS_PER_S = 90;
const SLOW_FRAME_MS = 250; // between frames, for those who asked for less motion

export class Monitor {
  /** The work that ran lately, shaded in the strip: {fromMs, toMs, name}; toMs is Infinity while it runs. */
  spans = [];
  #heartbeat;
  #elements; // {strip, word, dot}

  constructor(heartbeat, elements) {
    this.#heartbeat = heartbeat;
    this.#elements = elements;
  }

  /** Draw from now on, a frame at a time; the strip only while it can be seen. */
  start() {
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)");
    let drawnMs = -Infinity;
    const frame = (nowMs) => {
      if (!isCalm.matches || nowMs - drawnMs >= SLOW_FRAME_MS) {
        drawnMs = nowMs;
        this.#draw(performance.now());
      }
      requestAnimationFrame(frame);
    };
    requestAnimationFrame(frame);
  }

  #draw(nowMs) {
    const { strip, word, dot } = this.#elements;
    const last = this.#heartbeat.beats.at(-1);
    const silentMs = last ? nowMs - last.atMs : 0;
    const isSilent = silentMs >= SILENCE_MS;
    dot.classList.toggle("silent", isSilent);
    word.classList.toggle("silent", isSilent);
    if (!last) word.textContent = "…";
    else if (isSilent) word.textContent = `silent for ${(silentMs / 1000).toFixed(1)} s`;
    else if (!last.isBreak) word.textContent = `answers in ${last.tookMs.toFixed(0)} ms`;
    const widthPx = strip.getBoundingClientRect().width;
    if (widthPx === 0) return; // in a panel that is not shown
    const fromMs = nowMs - (widthPx / PIXELS_PER_S) * 1000;
    this.spans = this.spans.filter((span) => span.toMs > fromMs);
    drawPulse(strip, { beats: this.#heartbeat.beats, fromMs, toMs: nowMs, spans: this.spans });
  }
}
