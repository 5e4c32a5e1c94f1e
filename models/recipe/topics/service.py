"""This project: what it is, how it is built, run and used."""

# fmt: off

from models.recipe.grammar import Intent

CODE_SDK = (
    "```python\n"
    "from openai import OpenAI\n"
    "\n"
    "client = OpenAI(base_url=\"http://localhost:8000/v1\", api_key=\"unused\")\n"
    "answer = client.chat.completions.create(\n"
    "    model=\"tutor\",\n"
    "    messages=[{\"role\": \"user\", \"content\": \"When should I use multiprocessing?\"}],\n"
    ")\n"
    "print(answer.choices[0].message.content)\n"
    "```"
)
CODE_CURL = (
    "```bash\n"
    "curl -N localhost:8000/v1/chat/completions -H 'content-type: application/json' \\\n"
    "  -d '{\"model\":\"tutor\",\"stream\":true,\"messages\":[{\"role\":\"user\",\"content\":\"What is the "
    "GIL?\"}]}'\n"
    "```"
)

INTENTS = (
    Intent(
        "service_what", "service",
        ask=(
            "What does <svc> do", "What is <svc> [for|about]", "<explain> <svc>", "What is this [|thing|all about]",
            "What is special about <svc>", "<why> should I use <svc>",
            "What kind of [project|server|software] is this", "What can <svc> do", "who is <svc> for",
            "What is the [goal|purpose|idea|point] of <svc>",
        ),
        say=(
            "Unblocked is a FastAPI service that answers OpenAI-style chat requests with synchronous torch "
            "inference and whose event loop never blocks. It is a template under the MIT licence: deploy it, fork "
            "it, load-test it, and see why the obvious version freezes. `make serve` starts it at "
            "http://localhost:8000.",
            "It is an LLM inference service built on FastAPI: requests are handled on the event loop, inference "
            "runs in a thread with asyncio.to_thread, and nothing blocks the loop. It speaks the OpenAI API and "
            "carries a small model of its own.",
        ),
        subject=("this service", "Unblocked", "this project", "the service"),
        brief="A FastAPI LLM service whose event loop never blocks.",
        weight=1.5,
    ),
    Intent(
        "service_rule", "service",
        ask=(
            "What is the [rule|main rule|design rule|principle] [of|behind] <svc>",
            "Where does [each kind of|which] work run in <svc>", "How does <svc> keep [its|the] event loop free",
            "<why> does <svc> not block", "<why> does the event loop [of <svc>|here|] never block",
            "<howdo> keep the loop free like <svc>", "How is <svc> designed", "What is the architecture of <svc>",
            "How does <svc> work [inside|internally|]",
        ),
        say=(
            "Each kind of work has its place: the event loop accepts, validates and streams; torch inference runs "
            "in one thread through asyncio.to_thread; blocking calls and normal tokenizing use a second small "
            "thread pool; heavy tokenizing goes to a process pool; jobs that outlive the request go to a queue.",
            "The rule: the event loop only waits, inference runs in one thread with `await "
            "asyncio.to_thread(engine.step)`, CPU-heavy work that holds the GIL runs in processes, and long jobs go "
            "to a job queue.",
        ),
        subject=("the rule", "the design", "the architecture"),
        brief="Waiting on the loop, inference in one thread, GIL-holding work in processes, long jobs in a queue.",
    ),
    Intent(
        "folders", "service",
        ask=(
            "How is [the code|the project|the repository|the source] [organised|organized|structured|laid out]",
            "Which folders [are there|does the project have]",
            "[Explain|Describe|What is] the [folder layout|layout|folder structure|project structure]",
            "Where do I find the code", "What is in the app folder", "what are the packages",
            "show me the project layout",
        ),
        say=(
            "app/ holds the service: api (HTTP), service (admission, prompts, chat), engine (synchronous torch), "
            "concurrency (thread and process pools), observability, lab and web. models/ holds the bundled model "
            "and its recipe, load/ the load generator, tests/ the tests, docs/ the architecture.",
        ),
        subject=("the layout", "the folders", "app/"),
        brief="app/ is the service, models/ the model, load/ the load generator, tests/ and docs/ the rest.",
    ),
    Intent(
        "layers", "service",
        ask=(
            "Which [package|folder|layer] may import which", "What are the [layers|import rules|borders]",
            "How do imports run", "May the engine import [asyncio|fastapi]",
            "<why> does the engine [know|have|use] no asyncio", "How is the layering [checked|tested|enforced]",
        ),
        say=(
            "Imports run downward only: main, api, service, then engine and concurrency, then errors. The engine is "
            "synchronous torch and knows no asyncio and no FastAPI; the api knows no torch. A test reads the syntax "
            "trees and fails when an import breaks the rule.",
        ),
        subject=("the layers", "the layering test"),
        brief="Imports run downward only, and a test proves it.",
    ),
    Intent(
        "engine_dir", "service",
        ask=(
            "What is in [app/engine|the engine folder]", "What does [the engine|app/engine|LLMEngine|engine.step] do",
            "How does the engine work", "<explain> the engine", "What does engine.step do",
        ),
        say=(
            "app/engine is synchronous torch: scheduler, KV cache, model runner and sampler. engine.step() runs one "
            "batched step for all active sequences; it is called with asyncio.to_thread, always on the same thread. "
            "It contains no asyncio and needs no locks.",
        ),
        subject=("the engine", "app/engine", "engine.step"),
        brief="The engine is synchronous torch code that runs one batched step at a time.",
    ),
    Intent(
        "engine_runner", "service",
        ask=(
            "What does the [EngineRunner|engine runner] do",
            "How do the loop and the engine [share state|work together]", "<why> does the engine need no locks",
            "Who owns the engine", "How does a step run", "<why> always the same thread for the engine",
        ),
        say=(
            "The engine runner takes turns: on the loop it applies commands such as add and abort, then awaits "
            "asyncio.to_thread(engine.step), then delivers the tokens to the streams. Loop and thread never touch "
            "the engine at the same time, so no locks are needed.",
        ),
        subject=("the engine runner", "EngineRunner"),
        brief="It alternates ownership of the engine between the loop and one thread.",
    ),
    Intent(
        "service_dir", "service",
        ask=(
            "What is in [app/service|the service folder]", "What does app/service do", "Where is admission done",
            "Where are prompts [built|rendered|made]",
        ),
        say=(
            "app/service is the only part that knows both the event loop and the engine: admission, prompt "
            "rendering and encoding, detokenizing, the engine runner and the chat service.",
        ),
        subject=("app/service",),
        brief="It joins the event loop and the engine: admission, prompts, detokenizing, chat.",
    ),
    Intent(
        "api_dir", "service",
        ask=(
            "What is in [app/api|the api folder]", "What does app/api do",
            "Where are the [routes|schemas|HTTP routes] [defined|]",
        ),
        say=(
            "app/api translates between HTTP and the service: schemas, routes, server-sent events, the error table "
            "and authorisation. It knows no torch and no engine.",
        ),
        subject=("app/api",),
        brief="It translates HTTP into service calls and back.",
    ),
    Intent(
        "concurrency_dir", "service",
        ask=(
            "What is in [app/concurrency|the concurrency folder]", "What does app/concurrency do",
            "Where are the [pools|thread pools|process pools] [defined|]",
        ),
        say=(
            "app/concurrency holds the generic off-loading: bounded thread pools, the supervised process pool, and "
            "the placement that chooses inline, thread or process by size. It knows no model.",
        ),
        subject=("app/concurrency",),
        brief="It holds thread pools, the process pool and placement.",
    ),
    Intent(
        "lab", "service",
        ask=(
            "[Demonstrate|Show] [a|the] [blocking|frozen|stalled] loop",
            "Is there a [demo|command|way] to [watch|see] [the loop block|the loop freeze|blocking happen]",
            "[watch|see] blocking [live|happen]",
            "which command [demonstrates|shows] the [freeze|difference|problem]", "What is [the lab|make lab|/lab]",
            "What does [make lab|the lab] [do|show]",
            "<howdo> [see|show|demonstrate|prove] the [pitfall|event-loop pitfall|difference]", "<howdo> run the lab",
            "What is [/lab/blocking|/lab/offloaded|/lab/gil|/lab/process|/lab/threadpool]",
            "Which lab endpoints are there", "Can I see the loop block", "where can I see blocking in action",
        ),
        say=(
            "The lab shows the pitfall: /lab/blocking does the work on the loop, /lab/threadpool in a plain def, "
            "/lab/offloaded with to_thread, /lab/gil in a thread that holds the GIL, and /lab/process in a process. "
            "`make lab` calls each in turn while it pings /healthz and prints a table, so you see live how a "
            "blocked event loop delays everyone.",
        ),
        subject=("the lab", "make lab"),
        brief="`make lab` runs the pitfall endpoints, pings /healthz meanwhile, and prints a table.",
    ),
    Intent(
        "make_serve", "usage",
        ask=(
            "<howdo> <run> <svc>", "How is <svc> started", "Which command [starts|runs|launches] <svc>",
            "<howdo> [serve the model|get it running|get started|begin|try it|try it out]", "What does make serve do",
            "quick start", "What do I type to start it", "how to install <svc>", "<howdo> install [it|<svc>]",
            "command to start the server", "first steps", "<explain> how to start <svc>",
            "I cloned the repository, what next",
        ),
        say=(
            "Type `make serve`. It makes its own virtual environment when missing, installs what is needed, and "
            "starts the server on port 8000; then it prints where the page and the API are. You need only Python "
            "3.11 or newer, pip, venv and make. In a container: `docker compose up --build`.",
            "Run `make serve` in the repository. The first time it makes a virtual environment and installs the "
            "dependencies, then the service answers at http://localhost:8000.",
        ),
        subject=("make serve", "starting the server", "installation"),
        brief="Type `make serve`; it installs what is needed and serves on port 8000.",
        code="```bash\nmake serve\n```\nThen open http://localhost:8000.",
        weight=1.5,
    ),
    Intent(
        "make_test", "usage",
        ask=(
            "<howdo> run the tests", "How are the tests run", "Which command runs the tests",
            "What does make test do", "<howdo> test <svc>", "<howdo> check the code", "What does make check do",
            "where are the tests", "<howdo> lint", "how do i know my change broke nothing",
        ),
        say=(
            "`make test` runs the tests and makes the virtual environment first when it is missing. `make check` "
            "runs ruff and mypy in strict mode.",
        ),
        subject=("make test", "the tests", "make check"),
        brief="`make test` runs the tests, `make check` ruff and mypy.",
        code="```bash\nmake test\nmake check\n```",
    ),
    Intent(
        "make_targets", "usage",
        ask=(
            "Which make targets are there", "What [commands|make commands|make targets] [exist|are there|can I use]",
            "What can I do with make", "List the [commands|make targets]", "what is in the Makefile",
        ),
        say=(
            "`make serve` starts the service, `make test` runs the tests, `make check` runs ruff and mypy, `make "
            "lab` shows the pitfall, `make image` builds the container, and `make tutor` trains the bundled model "
            "again. `make help` lists them.",
        ),
        subject=("the make targets", "the Makefile", "make"),
        brief="serve, test, check, lab, image and tutor.",
    ),
    Intent(
        "load_bench", "usage",
        ask=(
            "<howdo> [load-test|load test|benchmark|measure|stress] <svc>", "How fast is <svc>",
            "<howdo> measure [throughput|latency|performance]", "Where is the load generator", "Are there benchmarks",
        ),
        say=(
            "The tools for that are in load/: `python -m load --help` lists them. Speed depends on your machine, so "
            "measure it there rather than believe a number.",
        ),
        subject=("the load generator", "benchmarks", "load/"),
        brief="Use the tools in load/; `python -m load --help` lists them.",
    ),
    Intent(
        "other_model", "usage",
        ask=(
            "<howdo> [serve|load|start with] [weights|a checkpoint|a model] [from a folder|on my disk|I have "
            "trained|of my own]",
            "[Command|What is the command] to serve [another|a different|my fine-tuned] model",
            "I have a model in a [local |]folder, how do I serve it", "I fine-tuned a model, can this serve it",
            "<howdo> [use|serve|load|run|try] [another model|a different model|my own model|a bigger "
            "model|Qwen|Llama|a hub model|a hugging face model|a local model]",
            "Can I [use|serve|run] [another model|my own model|any model|a bigger model|Qwen|Mistral|Gemma]",
            "What does the MODEL variable do", "<howdo> [change|switch|replace] the model",
            "Which models [are supported|can it serve|work]",
            "Does it [run|support] [Qwen|Llama|Mistral|Gemma|hugging face models]", "MODEL=... what is that",
            "how is the model chosen",
        ),
        say=(
            "Set MODEL to a folder or a hub id: `MODEL=path-or-hub-id make serve`. Any decoder-only transformers "
            "model with safetensors weights should work; remote code stays off. models/README.md says more.",
            "Start it with `MODEL=path-or-hub-id make serve`. It loads transformers models from safetensors only, "
            "never runs remote code, and says clearly when a model does not fit.",
        ),
        subject=("another model", "the MODEL variable", "other models", "my own model"),
        brief="Run `MODEL=path-or-hub-id make serve`.",
        code="```bash\nMODEL=path-or-hub-id make serve\n```",
        weight=1.3,
    ),
    Intent(
        "port", "usage",
        ask=(
            "[Which|What] port does <svc> [use|listen on|run on]", "Where does <svc> [listen|answer|run]",
            "What is the [URL|address|base URL] of <svc>", "Where is the [page|web page|API|chat page]",
            "which URL do I open", "what port", "where can I reach it", "<howdo> change the port",
            "can it use another port",
        ),
        say=(
            "It listens on port 8000: the page is at http://localhost:8000, the API under http://localhost:8000/v1, "
            "and the interactive docs at /docs. `PORT=9000 make serve` takes another port.",
        ),
        subject=("the port", "the URL", "port 8000"),
        brief="Port 8000; the API is under http://localhost:8000/v1.",
    ),
    Intent(
        "endpoints", "usage",
        ask=(
            "Which [endpoints|routes|URLs] [are there|does <svc> have|exist]",
            "What [endpoints|routes] does <svc> offer", "List the [endpoints|routes]", "What does the API look like",
            "What API does it have", "Which paths can I call", "<explain> the API", "api overview",
        ),
        say=(
            "POST /v1/chat/completions answers chats, GET /v1/models lists the models, POST /v1/tokenize and "
            "/v1/detokenize convert text and ids. GET /healthz, /readyz and /metrics are for operations, /docs is "
            "the interactive documentation, and /lab/* shows the pitfall.",
        ),
        subject=("the endpoints", "the API", "the routes"),
        brief="/v1/chat/completions, /v1/models, /v1/tokenize, /v1/detokenize, /healthz, /readyz and /metrics.",
    ),
    Intent(
        "chat_endpoint", "usage",
        ask=(
            "<howdo> [send|make|post] a [chat request|request|question|message]",
            "<howdo> [call|use] the [chat API|API|chat endpoint]",
            "<howdo> chat with the model [by curl|from the command line|over HTTP|]",
            "Which endpoint [answers chats|is for chat]", "curl example", "<howdo> ask it something with curl",
            "What does POST /v1/chat/completions do", "[Show|Give] me a curl [command|example|request]",
            "how can I talk to the model",
        ),
        say=(
            "Send POST /v1/chat/completions with JSON: a model name and a list of messages, in OpenAI's format. "
            "With \"stream\": true the answer comes token by token as server-sent events, and `data: [DONE]` ends "
            "it.",
            "POST your messages to http://localhost:8000/v1/chat/completions, as with OpenAI's API: `{\"model\": "
            "\"tutor\", \"messages\": [{\"role\": \"user\", \"content\": \"...\"}]}`.",
        ),
        subject=("/v1/chat/completions", "the chat endpoint", "a chat request"),
        brief="POST /v1/chat/completions with a model name and messages.",
        code=CODE_CURL,
    ),
    Intent(
        "openai_sdk", "usage",
        ask=(
            "[base_url|base URL] for the [openai|OpenAI] [client|library|package]",
            "[which|what] URL [does|must] the [client|openai client|SDK] [use|get|point to]",
            "what do I set as base_url", "connect the openai [package|client] to [this server|my local server]",
            "<howdo> use [the OpenAI SDK|the openai SDK|the OpenAI client|the openai package|openai-python|the "
            "OpenAI Python library]",
            "Is <svc> [OpenAI compatible|compatible with OpenAI|compatible with the openai SDK|OpenAI-compatible]",
            "Can I use [the openai SDK|my OpenAI client|an OpenAI client|the openai package|LangChain]",
            "<howdo> connect from Python", "What base_url do I [use|set]",
            "<howdo> point the OpenAI [client|SDK] at <svc>",
            "Does it work with the [openai|OpenAI] [library|package|SDK]", "Which API key do I need", "what api key",
            "which client library can I use", "call it from python code",
        ),
        say=(
            "Any OpenAI client works: set base_url to http://localhost:8000/v1 and the model to \"tutor\". The API "
            "key may be any text.",
            "Yes, it speaks OpenAI's API. Make the client with base_url=\"http://localhost:8000/v1\" and any "
            "api_key, then call chat.completions.create.",
        ),
        subject=("the OpenAI SDK", "base_url", "the openai package", "OpenAI compatibility"),
        brief="Set base_url to http://localhost:8000/v1 in the OpenAI client.",
        code=CODE_SDK,
        weight=1.5,
    ),
    Intent(
        "docker", "usage",
        ask=(
            "<howdo> [run|start|use|deploy] <svc> [with|in] [Docker|a container|docker compose]",
            "Is there a [Docker image|Dockerfile|container|compose file]",
            "<howdo> build the [image|container|Docker image]", "docker compose", "What does docker compose up do",
            "Can I [run|use] it in [Docker|a container]", "<howdo> deploy <svc>", "container with a GPU",
            "<howdo> stop the container",
        ),
        say=(
            "Run `docker compose up --build`: it builds the image and serves on port 8000 with a CPU. Use the gpu "
            "profile for a GPU, and `docker compose down` to stop. `make image` only builds.",
            "Use `docker compose up`. The image is slim, runs as a normal user, has a health check, and keeps "
            "models in a volume.",
        ),
        subject=("Docker", "docker compose", "the container", "deployment"),
        brief="Run `docker compose up`.",
        code="```bash\ndocker compose up --build\n```\nStop it with `docker compose down`.",
    ),
    Intent(
        "tokenize_ep", "usage",
        ask=(
            "What does /v1/tokenize do", "<howdo> count tokens", "<howdo> tokenize [a text|texts]",
            "Is there a tokenize endpoint", "What is /v1/detokenize for",
            "how can I find out how many tokens a text has",
        ),
        say=(
            "POST /v1/tokenize returns token ids and counts for a text, a list of texts, or messages; large inputs "
            "go through the process pool. /v1/detokenize turns ids back into text.",
        ),
        subject=("/v1/tokenize", "/v1/detokenize", "counting tokens"),
        brief="POST /v1/tokenize returns token ids and counts.",
    ),
    Intent(
        "models_ep", "usage",
        ask=(
            "What does [/v1/models|GET /v1/models] do", "<howdo> [list|see] the models",
            "Which model name do I [use|send]", "What is the model name", "what do I put in the model field",
        ),
        say=(
            "The bundled model is called \"tutor\"; send that as `model`. GET /v1/models lists what the server "
            "serves.",
        ),
        subject=("/v1/models", "the model name"),
        brief="The model name is \"tutor\"; GET /v1/models lists it.",
    ),
    Intent(
        "settings", "usage",
        ask=(
            "<howdo> configure <svc>", "Where are the settings",
            "Which [settings|options|environment variables] are there", "<howdo> change [a setting|the limits]",
            "Where is the configuration", "how can I set the limits",
        ),
        say=(
            "By environment variables that begin with UNBLOCKED_, for example UNBLOCKED_MAX_NUM_SEQS=64, or by a "
            ".env file. `python -m app config` prints them all with their values.",
        ),
        subject=("the settings", "configuration", "environment variables"),
        brief="By environment variables that begin with UNBLOCKED_; `python -m app config` lists them.",
    ),
    Intent(
        "config", "usage",
        ask=(
            "What does [python -m app config|the config command] do",
            "<howdo> see [all settings|every limit|the effective settings]",
            "<howdo> print the [settings|configuration]", "list all settings", "which command shows the limits",
        ),
        say=(
            "`python -m app config` prints every setting with its meaning and its present value. You set them as "
            "environment variables that begin with UNBLOCKED_, or in a .env file.",
        ),
        subject=("the config command", "python -m app config"),
        brief="`python -m app config` prints every setting.",
    ),
    Intent(
        "docs_page", "usage",
        ask=(
            "Where is the documentation", "Where can I [read more|learn more|find documentation]",
            "Is there documentation", "Are there interactive docs", "What is /docs",
            "where do I read about the architecture",
        ),
        say=(
            "The README is the start, docs/architecture.md explains the packages and the life of a request, "
            "docs/decisions holds the reasons, and /docs on the running server is interactive.",
        ),
        subject=("the documentation", "/docs", "the docs"),
        brief="README, docs/architecture.md and /docs on the running server.",
    ),
    Intent(
        "licence", "service",
        ask=(
            "What is the [licence|license]", "Under which [licence|license] is it",
            "May I [use it commercially|fork it|change it|sell it]", "Is it [open source|free]",
            "Can I use it at work",
        ),
        say=(
            "It is under the MIT licence, the code and the bundled model alike: use it, change it and sell it, and "
            "keep the notice.",
        ),
        subject=("the licence", "the license"),
        brief="MIT: use and change it freely.",
    ),
    Intent(
        "retrain", "service",
        ask=(
            "<howdo> [train|retrain|rebuild] [the tutor model|the tutor|the bundled model|you]",
            "What does make tutor do", "How is the [bundled|tutor] model [made|trained|built]",
            "Where is the [recipe|training code]", "Can I train it myself",
        ),
        say=(
            "`make tutor` runs the whole recipe: it generates the corpus, trains the tokenizer and the model from "
            "scratch, and evaluates it, in at most two hours on two CPU cores.",
        ),
        subject=("make tutor", "the recipe", "training"),
        brief="Run `make tutor`; it takes at most two hours on two cores.",
    ),
    Intent(
        "errors_api", "usage",
        ask=(
            "What do errors look like", "Which errors [can|does] the API [return|give]",
            "<happens> when I send [wrong|invalid|bad] [input|JSON|data]", "<why> do I get a [400|422|404|401]",
            "Are unsupported fields ignored",
        ),
        say=(
            "Errors have OpenAI's shape: {\"error\": {\"message\", \"type\", \"code\"}} with the right status. "
            "Wrong input is refused with the field's name, and a field that is not supported is named too, never "
            "ignored.",
        ),
        subject=("API errors", "errors"),
        brief="Errors have OpenAI's shape and the right status.",
    ),
    Intent(
        "placement", "service",
        ask=(
            "Where is a prompt tokenized",
            "How does <svc> choose between [inline, thread and process|thread and process]", "What is placement",
            "Where does tokenization run in <svc>", "<why> tokenize small texts inline",
        ),
        say=(
            "By size, as measured on the host: short texts are tokenized inline, normal ones in a small thread pool "
            "with one tokenizer per thread, and very long texts or batches in a process pool. A thread hand-over "
            "costs more than a tiny text.",
        ),
        subject=("placement",),
        brief="Small texts inline, normal ones in a thread, large ones in a process.",
    ),
    Intent(
        "life_request", "service",
        ask=(
            "[Describe|Explain|What is] the life of a request",
            "<happens> to [my request|a request] [inside|in <svc>|]",
            "How does a request [travel|flow] through <svc>", "which steps does a request take",
        ),
        say=(
            "A request is validated by the API, admitted or refused, turned into a prompt and token ids, and added "
            "to the engine. Each engine step runs in a thread and yields tokens, which the loop turns into text and "
            "streams as server-sent events until the end.",
        ),
        subject=("the life of a request",),
        brief="Validate, admit, encode, step in a thread, stream, finish.",
    ),
    Intent(
        "auth", "usage",
        ask=(
            "Does it need an API key", "<howdo> [protect|secure] <svc>", "Is there authentication",
            "<howdo> [set|require] an API key", "Can everybody use the server",
        ),
        say=(
            "Only if you set keys: python -m app key makes one, and the line with its hash goes into the file that "
            "UNBLOCKED_API_KEYS_FILE names. Without keys any text is taken as the API key. The server listens on "
            "127.0.0.1 only; before you open it to the world, set keys and put a proxy with TLS in front.",
        ),
        subject=("authentication", "API keys"),
        brief="Only if you set keys, with python -m app key; set them before you open it, and put TLS in front.",
    ),
    Intent(
        "tools_support", "usage",
        ask=(
            "Can you [call|use] [tools|functions]", "Does it support [tools|tool calling|function calling]",
            "<howdo> [use|send] tools", "What is tool calling", "How does tool calling work",
        ),
        say=(
            "Yes: send tools in OpenAI's format, and I answer with a tool call when one fits. Your program runs it "
            "and sends the result back as a tool message, and I answer from it.",
        ),
        subject=("tool calling", "function calling", "tools"),
        brief="Send tools in OpenAI's format and I may answer with a tool call.",
    ),
    Intent(
        "languages", "usage",
        ask=(
            "Which [languages|human languages] do you [speak|know]",
            "Do you speak [Chinese|German|French|English|Spanish]", "Can I ask in [Chinese|German|French|Spanish]",
            "do you understand Chinese",
        ),
        say=(
            "I speak English, and some Chinese for questions on asyncio, threads and processes. I am Tutor, a"
            " small model, so other languages are beyond me.",
        ),
        brief="English, and some Chinese.",
    ),
)
