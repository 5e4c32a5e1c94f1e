// Draws beats as a heart monitor does: a spike for each, a flat line where none came.
import { drawn } from "/web/dom.js";
import { PERIOD_MS, SILENCE_MS, silences } from "/web/heartbeat.js";

const BASELINE = 0.66; // of the height, from above
const SPIKE = [[-1, 0], [-0.7, 0.08], [-0.3, -0.46], [0.2, 0.2], [0.5, 0]]; // [of its width, of the height] around a beat
const SPIKE_PX = 5;
const LABEL_MIN_PX = 70;

/**
 * Draw the beats of a span of time, all of it in pixels of the element as it is laid out now.
 * `spans` are shaded behind: {fromMs, toMs, name}; a silence of `flatMs` is drawn flat. Times of performance.now().
 */
export function drawPulse(svg, { beats, fromMs, toMs, spans = [], flatMs = SILENCE_MS }) {
  const { width, height } = svg.getBoundingClientRect();
  const x = (ms) => ((Math.min(Math.max(ms, fromMs), toMs) - fromMs) / (toMs - fromMs)) * width;
  const baseline = height * BASELINE;
  const shown = beats.filter((beat) => beat.atMs >= fromMs && beat.atMs <= toMs && !beat.isBreak);
  const all = [...silences(beats, fromMs, toMs)];
  const gaps = all.filter((gap) => gap.toMs - gap.fromMs >= flatMs);
  const alive = all.filter((gap) => gap.toMs - gap.fromMs < flatMs);
  const between = alive.map((gap) => `M${x(gap.fromMs)} ${baseline}H${x(gap.toMs)}`);
  const spikePx = Math.min(SPIKE_PX, (0.6 * PERIOD_MS * width) / (toMs - fromMs)); // narrower where time is packed
  const spikes = shown.map((beat) => spikeAt({ x: x(beat.atMs), baseline, width: spikePx, height }));
  svg.replaceChildren(
    ...spans.flatMap((span) => drawSpan({ ...span, left: x(span.fromMs), right: x(span.toMs), height })),
    drawn("path", { class: "alive", d: [...between, ...spikes].join("") }),
    ...gaps.flatMap((gap) => drawGap({ gap, left: x(gap.fromMs), right: x(gap.toMs), baseline })),
  );
}

function spikeAt({ x, baseline, width, height }) {
  const points = SPIKE.map(([dx, dy]) => `${(x + dx * width).toFixed(1)} ${(baseline + dy * height).toFixed(1)}`);
  return `M${points.join("L")}`;
}

function drawSpan({ left, right, height, name }) {
  const box = drawn("rect", { class: "span", x: left, y: 0, width: right - left, height });
  return name ? [box, drawn("text", { class: "name", x: left + 6, y: 14, text: name })] : [box];
}

function drawGap({ gap, left, right, baseline }) {
  const line = drawn("path", { class: "flat", d: `M${left} ${baseline}H${right}` });
  if (right - left < LABEL_MIN_PX) return [line];
  const text = `${((gap.toMs - gap.fromMs) / 1000).toFixed(1)} s silent`;
  return [line, drawn("text", { class: "gap", x: (left + right) / 2, y: baseline - 9, text })];
}
