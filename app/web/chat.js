// The conversation: turns, the form, and the one answer that may be under way.
import { Speed, complete, failureOf } from "/web/completion.js";
import { byId, copyOf, element } from "/web/dom.js";
import { GrowingText } from "/web/growing_text.js";
import { readSampling, readSystem } from "/web/sampling.js";

export class Chat {
  #model; // () => promise of the served model's name
  #turns = []; // {question, answer}, only those that were answered: what the model is told of the past
  #running = null; // the AbortController of the answer that is being streamed

  constructor(model) {
    this.#model = model;
    byId("composer").addEventListener("submit", (event) => {
      event.preventDefault();
      this.#submit();
    });
    byId("question").addEventListener("keydown", (event) => this.#onKey(event));
    byId("stop").addEventListener("click", () => this.#running?.abort());
    byId("clear").addEventListener("click", () => this.#clear());
    byId("settings-switch").addEventListener("click", () => this.#switchSettings());
    for (const example of byId("examples").querySelectorAll("button")) {
      example.addEventListener("click", () => this.#ask(example.textContent));
    }
  }

  #onKey(event) {
    if (event.key === "Escape") this.#running?.abort();
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    byId("composer").requestSubmit();
  }

  #submit() {
    const question = byId("question").value.trim();
    if (!question || this.#running) return;
    byId("question").value = "";
    this.#ask(question);
  }

  #switchSettings() {
    const isShown = byId("settings").hidden;
    byId("settings").hidden = !isShown;
    byId("settings-switch").setAttribute("aria-expanded", isShown);
  }

  #clear() {
    this.#turns = [];
    byId("transcript").replaceChildren();
    byId("welcome").hidden = false;
    byId("question").focus();
  }

  async #ask(question) {
    byId("welcome").hidden = true;
    addTurn("user").querySelector(".text").textContent = question;
    const shown = addTurn("assistant");
    const text = new GrowingText(shown.querySelector(".text"), followEnd);
    this.#setRunning(new AbortController());
    byId("question").focus({ preventScroll: true });
    const speed = new Speed();
    const failure = await this.#stream({ question, text, speed });
    const isStopped = this.#running.signal.aborted;
    this.#setRunning(null);
    text.draw();
    if (text.text && !failure) this.#turns.push({ question, answer: text.text });
    const words = failure ?? (isStopped ? `stopped · ${speed}` : String(speed));
    followEnd(() => {
      finishTurn(shown, { words, isFailure: failure !== null });
      if (failure) this.#offerRetry(shown, question);
    });
  }

  async #stream({ question, text, speed }) {
    try {
      const body = await this.#request(question);
      await complete({ body, signal: this.#running.signal, speed, onText: (piece) => text.append(piece) });
      return null;
    } catch (error) {
      return failureOf(error);
    }
  }

  async #request(question) {
    const past = this.#turns.flatMap((turn) => [
      { role: "user", content: turn.question },
      { role: "assistant", content: turn.answer },
    ]);
    const messages = [...readSystem(byId("settings")), ...past, { role: "user", content: question }];
    return { model: await this.#model(), messages, ...readSampling(byId("settings")) };
  }

  #offerRetry(shown, question) {
    const retry = element("button", { text: "Try again", className: "plain", parent: shown });
    retry.addEventListener("click", () => {
      if (this.#running) return;
      shown.previousElementSibling.remove();
      shown.remove();
      this.#ask(question);
    });
  }

  #setRunning(running) {
    this.#running = running;
    const isBusy = running !== null;
    byId("send").hidden = isBusy;
    byId("stop").hidden = !isBusy;
    byId("clear").disabled = isBusy;
    byId("transcript").setAttribute("aria-busy", isBusy);
  }
}

// Keeps the end in view, unless the person has scrolled away from it to read.
function followEnd(draw) {
  const isAtEnd = innerHeight + scrollY >= document.documentElement.scrollHeight - 80;
  draw();
  if (isAtEnd) scrollTo(0, document.documentElement.scrollHeight);
}

function addTurn(role) {
  const turn = copyOf("turn");
  turn.classList.add(role);
  byId("transcript").append(turn);
  scrollTo(0, document.documentElement.scrollHeight);
  return turn;
}

function finishTurn(turn, { words, isFailure }) {
  const note = turn.querySelector(".note");
  note.textContent = words;
  note.hidden = false;
  turn.classList.toggle("failed", isFailure);
}
