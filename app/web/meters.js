// Prometheus' text format, read: names with their labels, and what changed between two readings.

/** One reading of /metrics. */
export class Reading {
  #samples = new Map(); // name{labels} as it stands in the text -> number

  constructor(text, atMs) {
    this.atMs = atMs;
    for (const line of text.split("\n")) {
      const end = line.lastIndexOf(" ");
      if (line && !line.startsWith("#")) this.#samples.set(line.slice(0, end), Number(line.slice(end + 1)));
    }
  }

  /** Return one sample; `name` has its labels, if any. One that was never touched is not in the text, and is 0. */
  value(name) {
    return this.#samples.get(name) ?? 0;
  }

  /** Return the samples of a name by the value of their label, such as {queue_full: 3}. */
  byLabel(name, label) {
    const pattern = new RegExp(`^${name}\\{(?:.*,)?${label}="([^"]*)"`);
    const found = [...this.#samples].map(([key, value]) => [pattern.exec(key)?.[1], value]);
    return Object.fromEntries(found.filter(([key]) => key !== undefined));
  }
}

/** Return how fast a counter grew between two readings, a second. */
export function rate(name, before, now) {
  const seconds = (now.atMs - before.atMs) / 1000;
  return Math.max(0, now.value(name) - before.value(name)) / seconds;
}

/** Return the bound of the highest bucket of a histogram that grew: what its worst observation did not exceed. */
export function worst(name, before, now) {
  const earlier = before.byLabel(`${name}_bucket`, "le");
  const grown = Object.entries(now.byLabel(`${name}_bucket`, "le")).map(([le, count]) => [
    le === "+Inf" ? Infinity : Number(le),
    count - (earlier[le] ?? 0),
  ]);
  grown.sort(([a], [b]) => a - b);
  const total = grown.at(-1)?.[1] ?? 0;
  return total === 0 ? 0 : grown.find(([, count]) => count === total)[0];
}
