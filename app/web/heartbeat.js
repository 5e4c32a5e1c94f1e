// Asks /healthz ten times a second, one question at a time, and remembers when the answers came.
export const PERIOD_MS = 100;
const KEPT_MS = 60_000;
const GIVE_UP_MS = 60_000;

/** A silence of this length is drawn as one: longer than two beats and a busy machine. */
export const SILENCE_MS = 300;

export class Heartbeat {
  /** What came, oldest first: {atMs, tookMs}, and {atMs, isBreak: true} where nobody asked. Times of performance.now(). */
  beats = [];

  /** Ask from now on, while the page can be seen. */
  async start() {
    for (;;) {
      const askedMs = performance.now();
      if (document.hidden) await this.#pause();
      else await this.#ask(askedMs);
      await new Promise((resolve) => setTimeout(resolve, askedMs + PERIOD_MS - performance.now()));
    }
  }

  async #pause() {
    await new Promise((resolve) => document.addEventListener("visibilitychange", resolve, { once: true }));
    this.#keep({ atMs: performance.now(), isBreak: true });
  }

  async #ask(askedMs) {
    try {
      await (await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(GIVE_UP_MS) })).text();
      const atMs = performance.now();
      this.#keep({ atMs, tookMs: atMs - askedMs });
    } catch {
      // No beat: the server is away, and the line stays flat.
    }
  }

  #keep(beat) {
    this.beats.push(beat);
    while (this.beats[0].atMs < beat.atMs - KEPT_MS) this.beats.shift();
  }

  /** Return the longest time without an answer between two moments, as {fromMs, toMs}. */
  longestSilence(fromMs, toMs) {
    let longest = { fromMs, toMs: fromMs };
    for (const silence of silences(this.beats, fromMs, toMs)) {
      if (silence.toMs - silence.fromMs > longest.toMs - longest.fromMs) longest = silence;
    }
    return longest;
  }
}

/** Yield the times between neighbouring beats that touch a span; the last one lasts until the span's end. */
export function* silences(beats, fromMs, toMs) {
  for (const [index, beat] of beats.entries()) {
    const next = beats[index + 1];
    const endMs = Math.min(next?.atMs ?? toMs, toMs);
    if (next?.isBreak || endMs <= fromMs || beat.atMs >= toMs) continue;
    yield { fromMs: beat.atMs, toMs: endMs };
  }
}
