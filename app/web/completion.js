// One streamed chat completion: its pieces of text as they come, how fast they came, and failures in plain words.
import { KeyMissing, ask } from "/web/key.js";
import { DONE, events } from "/web/sse.js";

/** Why there is no whole answer, in words for a person. */
export class Failure extends Error {}

/** Ask for an answer, hand each piece of it to `onText` and note it in `speed`. Throws: see `failureOf`. */
export async function complete({ body, signal, speed, onText }) {
  const response = await post(body, signal);
  let isDone = false;
  for await (const event of events(response.body)) {
    if (event === DONE) isDone = true;
    else take(event, { speed, onText });
  }
  if (!isDone) throw new Failure("The connection ended before the answer did.");
}

/** Return why it failed, in plain words; null if the person stopped it. */
export function failureOf(error) {
  if (error.name === "AbortError") return null;
  if (error instanceof Failure || error instanceof KeyMissing) return error.message;
  if (error instanceof TypeError) return "The server can't be reached. Is it still running?"; // fetch tells no more
  return `The page could not read the answer: ${error.message}`;
}

async function post(body, signal) {
  const response = await ask("/v1/chat/completions", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ ...body, stream: true, stream_options: { include_usage: true } }),
    signal,
  });
  if (!response.ok) throw new Failure(await refusalOf(response));
  return response;
}

function take(event, { speed, onText }) {
  if (event.error) throw new Failure(`The answer broke off: ${event.error.message}.`);
  speed.usage = event.usage ?? speed.usage;
  const choice = event.choices[0];
  speed.finishReason = choice?.finish_reason ?? speed.finishReason;
  if (!choice?.delta.content) return;
  speed.count();
  onText(choice.delta.content);
}

async function refusalOf(response) {
  const answer = await response.json().catch(() => null);
  const message = answer?.error?.message ?? "the server did not say why";
  const waitS = response.headers.get("retry-after");
  return `Refused (${response.status}): ${message}.${waitS ? ` Try again in ${waitS} s.` : ""}`;
}

/** When the pieces came. A piece is a token, or a few where a character needs several. */
export class Speed {
  usage = null;
  finishReason = null;
  #startMs = performance.now();
  #firstMs = null;
  #lastMs = null;
  #numPieces = 0;

  count() {
    this.#lastMs = performance.now();
    this.#firstMs ??= this.#lastMs;
    this.#numPieces += 1;
  }

  /** Say it in one line: time to first token, tokens a second, how many. */
  toString() {
    if (this.#firstMs === null) return "no text";
    const words = [`first token after ${Math.round(this.#firstMs - this.#startMs)} ms`];
    const numTokens = this.usage?.completion_tokens ?? this.#numPieces;
    const seconds = (this.#lastMs - this.#firstMs) / 1000;
    if (numTokens > 1 && seconds > 0) words.push(`${((numTokens - 1) / seconds).toFixed(0)} tokens/s`);
    words.push(this.usage ? `${this.usage.prompt_tokens} + ${numTokens} tokens` : `about ${numTokens} tokens`);
    if (this.finishReason === "length") words.push("cut at max tokens");
    return words.join(" · ");
  }
}
