// Draws the OpenAPI document: every operation with its fields, its examples, and a button that really calls it.
import { byId, element } from "/web/dom.js";
import { ask } from "/web/key.js";

function typeOf(schema, schemas) {
  if (!schema) return "";
  if (schema.$ref) return schema.$ref.split("/").pop();
  const options = schema.anyOf ?? schema.oneOf;
  if (options) return options.map((option) => typeOf(option, schemas)).join(" | ");
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (schema.type === "array") return `[${typeOf(schema.items, schemas)}]`;
  return schema.type ?? "any";
}

function showFields(parent, schema, schemas) {
  const name = schema?.$ref?.split("/").pop();
  const fields = schemas[name]?.properties;
  if (!fields) return;
  const details = element("details", { parent });
  element("summary", { text: `Fields of ${name}`, parent: details });
  const required = new Set(schemas[name].required ?? []);
  const lines = Object.entries(fields).map(([field, about]) => {
    const mark = required.has(field) ? " (required)" : "";
    return `${field}${mark}: ${typeOf(about, schemas)}${about.description ? `. ${about.description}` : ""}`;
  });
  element("pre", { text: lines.join("\n"), parent: details });
}

async function call({ method, path, body, output, button }) {
  button.disabled = true;
  output.textContent = "…";
  try {
    const headers = body === undefined ? {} : { "content-type": "application/json" };
    const response = await ask(path, { method, headers, body });
    output.textContent = `HTTP ${response.status}\n`;
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (let step = await reader.read(); !step.done; step = await reader.read()) output.append(step.value);
  } catch (error) {
    output.textContent = String(error);
  } finally {
    button.disabled = false;
  }
}

function showOperation({ method, path, operation, schemas }) {
  const card = element("section", { className: "operation card", parent: byId("operations") });
  const head = element("div", { className: "row", parent: card });
  element("h2", { text: `${method.toUpperCase()} ${path}`, parent: head });
  element("span", { text: operation.summary ?? "", className: "quiet", parent: head });
  if (operation.description) element("p", { text: operation.description, parent: card });
  const content = operation.requestBody?.content["application/json"];
  let editor;
  if (content) {
    const examples = Object.values(content.examples ?? {});
    const choice = element("select", { parent: card, "aria-label": "Example" });
    examples.forEach((example, index) => element("option", { text: example.summary, value: index, parent: choice }));
    editor = element("textarea", { parent: card, spellcheck: "false", "aria-label": "Request body" });
    const fill = () => (editor.value = JSON.stringify(examples[choice.value || 0]?.value ?? {}, null, 2));
    choice.addEventListener("change", fill);
    fill();
    showFields(card, content.schema, schemas);
  }
  const parameters = (operation.parameters ?? []).map((parameter) => {
    const label = element("label", { text: `${parameter.name} `, className: "quiet", parent: card });
    const value = parameter.schema?.default ?? "";
    return { parameter, input: element("input", { parent: label, value }) };
  });
  const button = element("button", { text: "Try it", parent: card });
  const output = element("pre", { parent: card, role: "status" });
  button.addEventListener("click", () => {
    let url = path;
    const query = new URLSearchParams();
    for (const { parameter, input } of parameters) {
      if (parameter.in === "path") url = url.replace(`{${parameter.name}}`, encodeURIComponent(input.value));
      else if (input.value !== "") query.set(parameter.name, input.value);
    }
    if (query.size) url += `?${query}`;
    call({ method: method.toUpperCase(), path: url, body: editor?.value, output, button });
  });
}

const api = await (await ask("/openapi.json")).json();
byId("about").textContent = `${api.info.title} ${api.info.version}`;
for (const [path, operations] of Object.entries(api.paths)) {
  for (const [method, operation] of Object.entries(operations)) {
    showOperation({ method, path, operation, schemas: api.components?.schemas ?? {} });
  }
}
