// The chat, and the strip that shows whether the event loop still answers. Texts only ever enter as textContent.
import { ask } from "/web/key.js";

const $ = (id) => document.getElementById(id);
const messages = [];
let model = null;
let running = null; // the AbortController of the answer that is being streamed

async function start() {
  const list = await (await ask("/v1/models")).json();
  model = list.data[0];
  $("model").textContent = `${model.id} · ${model.max_model_len} tokens of context`;
  const paths = Object.keys((await (await ask("/openapi.json")).json()).paths);
  showLab(paths.filter((path) => path.startsWith("/lab/")));
}

function addTurn(role, text) {
  const turn = document.createElement("li");
  turn.className = role;
  const body = turn.appendChild(document.createElement("div"));
  body.textContent = text;
  $("turns").append(turn);
  turn.scrollIntoView({ block: "nearest" });
  return {
    turn,
    body,
    note(text) {
      const footer = turn.appendChild(document.createElement("footer"));
      footer.className = "quiet";
      footer.textContent = text;
    },
  };
}

function readSettings() {
  const settings = {};
  for (const [name, value] of new FormData($("settings"))) {
    if (value.trim() !== "" && name !== "system") settings[name] = Number(value);
  }
  return settings;
}

async function* events(response) {
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let buffer = "";
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    buffer += value;
    const blocks = buffer.split("\n\n");
    buffer = blocks.pop();
    for (const block of blocks) {
      if (block.startsWith("data: ") && block !== "data: [DONE]") yield JSON.parse(block.slice(6));
    }
  }
}

async function post(body, signal) {
  const response = await ask("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal,
  });
  if (!response.ok) throw new Error((await response.json()).error.message);
  return response;
}

async function answer() {
  const system = $("settings").elements.system.value.trim();
  const all = system ? [{ role: "system", content: system }, ...messages] : messages;
  const body = { model: model.id, messages: all, stream: true, stream_options: { include_usage: true }, ...readSettings() };
  const shown = addTurn("assistant", "");
  const startMs = performance.now();
  let firstMs = null;
  let usage = null;
  let text = "";
  running = new AbortController();
  setBusy(true);
  try {
    for await (const event of events(await post(body, running.signal))) {
      if (event.error) throw new Error(event.error.message);
      usage = event.usage ?? usage;
      const piece = event.choices[0]?.delta.content;
      if (!piece) continue;
      firstMs ??= performance.now();
      text += piece;
      shown.body.append(piece);
    }
    shown.note(speed({ usage, startMs, firstMs }));
  } catch (error) {
    const isStopped = error.name === "AbortError";
    if (!isStopped) shown.turn.classList.add("error");
    shown.note(isStopped ? "stopped" : error.message);
  } finally {
    running = null;
    setBusy(false);
  }
  if (text) messages.push({ role: "assistant", content: text });
}

function speed({ usage, startMs, firstMs }) {
  if (!usage || firstMs === null) return "no text";
  const seconds = (performance.now() - firstMs) / 1000;
  const rate = usage.completion_tokens > 1 ? ` · ${((usage.completion_tokens - 1) / seconds).toFixed(1)} tokens/s` : "";
  const first = `first token after ${Math.round(firstMs - startMs)} ms`;
  return `${usage.prompt_tokens} + ${usage.completion_tokens} tokens · ${first}${rate}`;
}

function setBusy(isBusy) {
  $("send").hidden = isBusy;
  $("stop").hidden = !isBusy;
  $("clear").disabled = isBusy;
}

$("ask").addEventListener("submit", async (event) => {
  event.preventDefault();
  const question = $("question").value.trim();
  if (!question || running || !model) return;
  $("question").value = "";
  messages.push({ role: "user", content: question });
  addTurn("user", question);
  await answer();
});
$("question").addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    $("ask").requestSubmit();
  }
});
$("settings").addEventListener("submit", (event) => event.preventDefault());
$("stop").addEventListener("click", () => running?.abort());
$("clear").addEventListener("click", () => {
  messages.length = 0;
  $("turns").replaceChildren();
});

// The heartbeat: one ping at a time, 100 ms apart; one that takes long is drawn while it grows.
const BEATS = 300;
const beats = []; // latencies in ms; NaN where there was no answer
let pingStartMs = null;

async function ping() {
  if (!document.hidden) {
    pingStartMs = performance.now();
    let latencyMs = NaN;
    try {
      await fetch("/healthz", { cache: "no-store" });
      latencyMs = performance.now() - pingStartMs;
    } catch {
      // drawn as a gap: the server is away
    }
    for (let ms = 100; ms < latencyMs; ms += 100) pushBeat(latencyMs);
    pushBeat(latencyMs);
    pingStartMs = null;
  }
  setTimeout(ping, 100);
}

function pushBeat(latencyMs) {
  beats.push(latencyMs);
  if (beats.length > BEATS) beats.shift();
}

function draw() {
  const canvas = $("strip");
  const pen = canvas.getContext("2d");
  const style = getComputedStyle(document.documentElement);
  const waitingMs = pingStartMs === null ? 0 : performance.now() - pingStartMs;
  const growing = waitingMs > 100 ? Array(Math.min(BEATS, Math.floor(waitingMs / 100))).fill(waitingMs) : [];
  const shown = [...beats, ...growing].slice(-BEATS);
  const width = canvas.width / BEATS;
  pen.clearRect(0, 0, canvas.width, canvas.height);
  shown.forEach((ms, index) => {
    if (Number.isNaN(ms)) return;
    const height = Math.min(1, Math.log10(1 + ms) / 4) * canvas.height; // 1 ms to 10 s
    pen.fillStyle = style.getPropertyValue(ms > 100 ? "--bad" : "--accent");
    pen.fillRect(canvas.width - (shown.length - index) * width, canvas.height - height, width - 1, height);
  });
  const now = shown.at(-1);
  $("beat").textContent = now === undefined || Number.isNaN(now) ? "no answer" : `${now.toFixed(0)} ms`;
  requestAnimationFrame(draw);
}

function showLab(paths) {
  $("lab").hidden = paths.length === 0;
  for (const path of paths) {
    const button = $("lab").appendChild(document.createElement("button"));
    button.textContent = path.slice("/lab/".length);
    button.addEventListener("click", () => runLab(path, button));
  }
}

async function runLab(path, button) {
  button.disabled = true;
  $("lab-report").textContent = `${path} is at work; watch the strip …`;
  try {
    const report = await (await ask(path)).json();
    $("lab-report").textContent = report.error
      ? report.error.message
      : `${path} took ${Math.round(report.took_ms)} ms; the loop woke up to ${Math.round(report.loop_max_delay_ms)} ms late. ${report.explanation}`;
  } catch {
    $("lab-report").textContent = `${path} did not answer.`;
  } finally {
    button.disabled = false;
  }
}

ping();
draw();
start().catch(() => ($("model").textContent = "the server does not answer"));
