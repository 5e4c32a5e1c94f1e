// Puts the page together: tabs, the heartbeat that never stops, then what needs the API.
import { startBurst } from "/web/burst.js";
import { Chat } from "/web/chat.js";
import { byId } from "/web/dom.js";
import { startEngine } from "/web/engine.js";
import { Heartbeat } from "/web/heartbeat.js";
import { ask } from "/web/key.js";
import { startLab } from "/web/lab.js";
import { Monitor } from "/web/monitor.js";
import { startTabs } from "/web/tabs.js";

let model = null; // what /v1/models says of the one model, once it was read

// Every call tries again until the model is known; then what needs the API starts, once.
async function modelName() {
  if (model) return model.id;
  const list = await (await ask("/v1/models")).json();
  if (!model) {
    model = list.data[0];
    byId("model").textContent = `${model.id} · ${model.max_model_len.toLocaleString("en")} tokens`;
    startEngine();
    ask("/openapi.json").then(async (response) => startLab({ openapi: await response.json(), heartbeat, monitor }));
  }
  return model.id;
}

startTabs(byId("tabs"));
const heartbeat = new Heartbeat();
const monitor = new Monitor(heartbeat, {
  strip: byId("monitor"),
  word: byId("beat"),
  dot: document.querySelector("#tab-loop .dot"),
});
heartbeat.start();
monitor.start();
new Chat(modelName);
startBurst(byId("burst"), modelName);

modelName().catch((error) => {
  byId("model").textContent = error instanceof TypeError ? "the server does not answer" : "no key";
});
