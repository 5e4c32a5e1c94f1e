// Some questions at once, so that the engine has something to batch; their answers are measured, not shown.
import { Speed, complete, failureOf } from "/web/completion.js";
import { byId } from "/web/dom.js";

const NUM_QUESTIONS = 4; // a browser opens six connections to a server: the heartbeat and the meters need two
const MAX_TOKENS = 200;
const QUESTION = "Explain when to use asyncio, threads and processes, with an example of each.";

/** Let `button` ask them; `model` resolves to the served model's name. */
export function startBurst(button, model) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    byId("burst-state").textContent = "";
    const failures = await Promise.all(Array.from({ length: NUM_QUESTIONS }, () => askOnce(model)));
    byId("burst-state").textContent = failures.find((failure) => failure !== null) ?? "";
    button.disabled = false;
  });
}

async function askOnce(model) {
  try {
    const body = { model: await model(), messages: [{ role: "user", content: QUESTION }], max_tokens: MAX_TOKENS };
    await complete({ body, speed: new Speed(), onText: () => {} });
    return null;
  } catch (error) {
    return failureOf(error);
  }
}
