"""More ways to ask for JSON, and more facts."""

# fmt: off

ASK = (
    "[As|as|In|in] JSON with [the |]keys {keys}[ please|]: {q}", "Reply in JSON only, keys {keys}. {q}",
    "Answer only with JSON [having|that has] [the |]keys {keys}: {q}", "{q} [as|in] json with {keys}",
    "JSON object, keys {keys}, nothing else: {q}", "Only JSON. Keys: {keys}. {q}",
    "{q} I want a JSON object having {keys}.",
    "Produce JSON with the properties {keys}. {q}", "{q} Make it JSON with {keys}.",
    "Give your answer as a JSON object ({keys}). {q}",
    "[Please answer|Answer me] in JSON, with {keys} as keys. {q}",
    "{q} Your output must be JSON with exactly the keys {keys}.",
    "Machine-readable please, JSON with {keys}: {q}", "{q} Send back JSON containing {keys}.",
    "json, fields {keys}. {q}",
    "Put the answer into a JSON object with {keys}: {q}", "{q} No prose, only JSON with the keys {keys}.",
    "Write valid JSON with {keys} for this: {q}", "{q} The reply goes into a parser: JSON with {keys}.",
    "Structured answer ({keys}) as JSON: {q}",
)
ONE_KEY_ASK = (
    "[as|in] json with [the |]key {keys} please: {q}", "Answer in JSON with the [single |only |one |]key {keys}: {q}",
    "{q} Return JSON with a single key {keys}.", "JSON with one key, {keys}. {q}", "{q} Reply with JSON, key {keys}.",
    "Return a JSON object with the single key {keys}: {q}", "Give me JSON with only {keys} in it. {q}",
    "{q} as json, key {keys}",
    "Wrap the answer in JSON under the key {keys}. {q}", "{q} One JSON object, one field: {keys}.",
)
SHAPE_ASK = (
    "Fill this in[ as JSON|][, nothing else|]: {keys}. {q}", "Answer like this: {keys}. {q}",
    "{q} Respond exactly in the form {keys}",
    "Reply in JSON: {keys} {q}", "{q} Template: {keys}", "Use {keys} as the format. {q}", "The format is {keys}. {q}",
    "Give JSON in the shape {keys}: {q}", "{q} Return an object like {keys}.", "Complete {keys} for this question: {q}",
)
FACTS = (
    (("Which port does it listen on", "what port is used", "On what port do I reach it", "tell me the port"), ("port",
    "number"), 8000),
    (("what command starts it", "How is this project started", "command to run the server", "start command"),
    ("command",), "make serve"),
    (("what command runs the test suite", "How are the tests of this project run", "test command",
    "Command for the tests"), ("command",), "make test"),
    (("Which command runs the lab", "how do I see the frozen loop live", "command for the demo of the pitfall"),
    ("command",), "make lab"),
    (("what base url do I give the openai package", "Which base URL for the client"), ("base_url", "url"),
    "http://localhost:8000/v1"),
    (("name of the bundled model", "Which model do I name in a request"), ("model", "name"), "tutor"),
    (("Which URL says that it is alive", "liveness endpoint"), ("path", "endpoint"), "/healthz"),
    (("Which URL says that it is ready", "readiness endpoint"), ("path", "endpoint"), "/readyz"),
    (("Where does Prometheus scrape", "metrics endpoint", "path of the metrics"), ("path", "endpoint"), "/metrics"),
    (("Which start method is the default on Windows", "What does macOS use to start processes"), ("method",
    "start_method"), "spawn"),
    (("Which header says when to retry", "header of a refused request"), ("header", "name"), "Retry-After"),
    (("What ends a stream", "last event of a stream"), ("marker", "event"), "[DONE]"),
    (("Under which licence is this", "what license does the project have"), ("licence", "license"), "MIT"),
    (("Which pool does a Celery worker use by default", "default pool of celery"), ("pool", "kind"), "prefork"),
    (("Which function runs a blocking call in a thread", "what do I await for a blocking function"), ("function",
    "call"), "asyncio.to_thread"),
    (("Where is the interactive documentation", "path of the docs page"), ("path", "url"), "/docs"),
)
