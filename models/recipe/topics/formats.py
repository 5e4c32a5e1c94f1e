"""Answers in JSON, follow-up phrases, and system prompts."""

# fmt: off

JSON_KEYS = (
    ("work", "use", "why"), ("work", "use", "why"), ("use", "why"), ("use", "reason"), ("work", "tool", "reason"),
    ("kind", "choice", "reason"), ("answer", "reason"), ("recommendation", "reason"),
    ("task", "recommendation", "why"), ("model", "why"), ("kind_of_work", "use", "why"),
    ("type", "solution", "explanation"), ("choice", "why"), ("tool", "why"), ("category", "tool"), ("use",),
    ("choice", "reason"), ("approach", "because"), ("verdict", "explanation"), ("concurrency", "reason"),
    ("choice", "reason"), ("pick", "why"), ("method", "rationale"), ("advice", "reason"), ("tool", "explanation"),
    ("best", "why"), ("suggestion", "reason"), ("option",), ("choice",), ("tool",), ("answer",), ("model",),
    ("mechanism", "why"), ("kind", "use"), ("workload", "use", "reason"), ("result", "reason"), ("use", "because"),
)
KIND_KEYS = frozenset({"category", "kind", "kind_of_work", "task", "type", "work", "workload"})
USE_KEYS = frozenset({"advice", "answer", "approach", "best", "choice", "concurrency", "mechanism", "method",
    "model", "option", "pick", "recommendation", "result", "solution", "suggestion", "tool", "use", "verdict"})
JSON_ASK = (
    "Answer [in|as|with] JSON with the keys {keys}[.|:] {q}",
    "{q} [Answer|Reply|Respond] [in|as|with] JSON with the keys {keys}.",
    "{q} Return [only |]a JSON object with {keys}.",
    "[Give|Return|Write|Send] me [a |]JSON [object |]with {keys}: {q}", "{q} Use JSON with the fields {keys}.",
    "JSON please, keys {keys}: {q}", "{q} Format: JSON with keys {keys}",
    "{q} Output [valid |]JSON only, with {keys}.", "In JSON ({keys}): {q}",
    "{q} Reply with a JSON object that has {keys}.", "{q} I need JSON with {keys}, nothing else.",
    "[Give|Return|Send|Produce] [only |]JSON, keys {keys}. {q}", "As JSON with [the |]key[s|] {keys}, please: {q}",
    "{q} JSON, keys {keys}", "Reply in JSON only, {keys}: {q}", "{q} (JSON, {keys})",
    "JSON with {keys}[, nothing else|]. {q}",
    "Produce a JSON object holding {keys}. {q}", "{q} The answer must be a JSON object with {keys} and no other text.",
    "only json, fields {keys}: {q}", "json output, {keys}. {q}", "My parser wants JSON with {keys}. {q}",
)
JSON_JOB = (
    "Work: {q}.", "Job: {q}", "Task: {q}", "The work: {q}", "Workload: {q}.", "Case: {q}", "job = {q}",
    "The job is {q}.",
    "My program has to do this: {q}", "Situation: {q}.", "What fits {q}?", "{q}: what fits?", "Which one for {q}?",
)
JSON_VALUES = (
    "[Return|Give|Write|Send] [a |]JSON [object |][with|having] [the single key|the key|one key|a key] {key} "
    "whose value is {options}[: |. ]{q}",
    "{q} [Answer|Reply|Respond] with {{key}: {bars}}", "{{key}: {bars}} [, fill it in|: fill it in|, choose one]. {q}",
    "{q} Pick one of {options} and [return|answer with] JSON, key {key}.", "{q} JSON with {key}, one of {options}.",
    "Fill in {{key}: {bars}}, JSON only. {q}", "{q} Choose {options}. [Answer|Reply] in JSON: {{key}: ...}",
    "{q} Only JSON: {key} is {options}.", "Classify as {options}, as JSON with [the key |]{key}: {q}",
    "{q} {options}? JSON, key {key}.", "In JSON, set {key} to {options}. {q}",
    "{q} Return {{key}: ...} with {options}.",
)
JSON_ASK_PLAIN = (
    "{q} Answer in JSON.", "{q} Answer as JSON.", "{q} Reply in JSON[ only|], please.", "{q} JSON only.",
    "Answer in JSON: {q}", "{q} Give the answer as a JSON object.", "As JSON: {q}", "{q} Return JSON.",
    "In JSON format: {q}", "{q} [Respond|Reply] with JSON.", "{q} Format your answer as JSON.",
)
JSON_FOLLOW = (
    "[Now |]in JSON[ please|]", "As JSON[ please|]", "Give me that as JSON", "Can you answer in JSON",
    "Say that in JSON", "Put that in JSON", "Return it as JSON", "the same as JSON",
)
WHY = (
    "Why", "Why is that", "But why", "Why so", "Can you explain why", "What is the reason", "For what reason",
    "How come", "Why that", "and why", "Tell me why", "why though", "I don't see why", "What's the reason for that",
    "explain why", "Why is it so",
)
EXAMPLE = (
    "[Give|Show] me an example", "An example", "For example", "Can you give [me |]an example",
    "Do you have an example", "example please", "What would be an example", "Could you illustrate that",
    "Show an example", "a concrete example", "Give me a practical example", "I need an example", "such as",
)
CODE = (
    "Show [me |]code", "Show me the code", "Can you show [me |][some |]code", "Code please",
    "Give me [some |][sample |]code", "Write the code", "How does that look in code",
    "What does that look like in code", "Show a code example", "a code snippet[, please|]", "and in code",
    "Write me a short example in code", "How do I write that", "can I see code", "Give me a snippet", "python code",
)
BRIEF = (
    "Shorter[, please|]", "In one sentence", "Say it in one sentence", "Can you make it shorter", "Too long",
    "Summarise that", "Briefly", "TL;DR", "In short", "Sum it up", "short version[, please|]", "make it short",
    "One line please", "Can you say that more briefly", "that is too long, shorter", "Summarize", "in a nutshell",
)
SIMPLE = (
    "Explain [it |that |]like I am [new|five|a beginner|new to this]", "Explain [it|that] simply",
    "Simpler[, please|]", "I am new, explain it again", "In simple words", "Can you explain that more simply",
    "Explain it to a beginner", "I don't understand, simpler please", "ELI5", "in plain words", "As for a child",
    "for dummies", "an analogy please", "I'm a beginner, can you explain", "I did not understand that, easier",
)
ABOUT = (
    "[And|What about|How about|And what about|OK, and|And] {x}",
    "[What is|And what is|Explain|Now explain|Tell me about|What's] {x}", "{x}", "And for {x}", "What about {x} then",
    "and how about {x}", "Now {x}", "What do you say about {x}",
)
ABOUT_FIRST = (
    "<whatis> {x}", "<whatis> {x}", "<canyou><explain> {x}",
    "<canyou><explain> {x} [in simple terms|to me|briefly|shortly|]", "[What does|what do] {x} mean",
    "How does {x} work", "{x}", "{x}: what is it", "What should I know about {x}",
    "Give me [an overview of|a short explanation of|the idea behind|an introduction to] {x}",
    "I want to understand {x}", "What is meant by {x}", "[Why is|What is] {x} good for", "information on {x}",
    "what is the point of {x}", "Do you know {x}",
    "[what is|what's|what are] {x}[,|] in plain [words|English]", "{x} in plain [words|English][ please|]",
    "What even is {x}", "{x}??? what is that", "explain {x} pls", "{x}, please explain", "definition of {x}",
    "Tell me in two sentences what {x} is", "I never understood {x}", "I keep reading about {x}. What is it",
    "can somebody explain {x}", "the idea of {x}[, please|]", "{x} - what do people mean by that", "meaning of {x}",
    "I have to explain {x} to my [boss|team|students]", "somebody mentioned {x}. What is that",
    "What does one need {x} for", "in two [or three |]sentences: {x}", "how would you explain {x} to a colleague",
    "what role does {x} play", "is {x} important, and what is it", "a few words [on|about] {x}", "{x}?",
    "what's the deal with {x}", "Describe {x} in your own words", "why do people talk about {x}",
)
CODE_FIRST = (
    "Show [me |][code|a code example|an example in code|a snippet] for {x}", "Code for {x}",
    "Write [code|Python code|an example|a snippet] [with|for|that uses] {x}",
    "[Give|Show] me a [short |]code example [of|for] {x}", "How do I write {x} in code", "example code: {x}",
    "What does {x} look like in code", "Can you write code for {x}",
)
BRIEF_FIRST = (
    "{q} In one sentence.", "{q} One sentence, please.", "In one sentence: {q}", "Briefly: {q}", "{q} Keep it short.",
    "{q} Short answer please.", "{q} Answer in one sentence.", "{q} Be brief.", "In short, {q}", "TL;DR: {q}",
    "{q} Please be concise.", "In one line: {q}",
)
SIMPLE_FIRST = (
    "{q} Explain it like I am five.", "{q} In simple words.", "{q} I am a beginner.",
    "{q} Explain like I am new to programming.", "Explain like I'm five: {q}", "{q} Use an analogy.",
    "For a beginner: {q}", "{q} Keep it simple, I am new.", "In simple words: {q}",
)
SYSTEMS = (
    "You are a helpful assistant.", "You are Tutor, a helpful assistant for concurrency in Python.",
    "You are a tutor for asyncio, threads and processes.", "You are a helpful, honest assistant. Answer clearly.",
    "Answer the user's questions.", "You are an AI assistant.", "You help developers.", "You are a Python expert.",
    "You are a senior engineer who answers questions about Python.", "Be polite and correct.",
    "You are Tutor. Answer in plain English.", "Assist the user.", "You are a chatbot on a website.",
    "You are a friendly tutor.", "Today is Monday. You are a helpful assistant.",
    "You answer questions about this service.", "Help the user with concurrency questions.",
    "You are a teaching assistant.",
)
SYSTEMS_BRIEF = (
    "Answer in one sentence.", "You are a helpful assistant. Answer in one sentence.", "Be brief: one sentence only.",
    "Keep every answer to one sentence.", "You answer with a single sentence.", "Be concise. One sentence.",
    "You are terse.", "Give short answers.",
)
SYSTEMS_SIMPLE = (
    "Explain everything to a beginner.", "You explain things to children.",
    "The user is new to programming; use simple words and analogies.", "Explain as to a five-year-old.",
    "Use simple analogies.",
)
SYSTEMS_JSON = (
    "Answer in JSON with the keys {keys}.", "You always reply with a JSON object with {keys}.",
    "Reply only in JSON: {keys}.", "You are an API. Output JSON with the fields {keys}.",
    "Respond with valid JSON with the keys {keys} and nothing else.",
)
JSON_ASK_SHAPE = (
    "{q} [Answer|Reply|Respond] in JSON: {keys}", "{q} Answer with {keys}", "{q} Return JSON like {keys}",
    "{q} Use this JSON shape: {keys}", "{q} Format: {keys}", "{q} Output only {keys}", "Fill in {keys} for this: {q}",
    "{q} JSON only, in the form {keys}", "Reply as {keys}. {q}", "{q} Give me {keys}",
)
DEFINITION_KEYS = (
    ("term", "definition"), ("term", "meaning"), ("question", "answer"), ("question", "answer"),
    ("topic", "explanation"), ("name", "description"), ("", "answer"), ("", "definition"), ("", "summary"),
    ("", "explanation"), ("term", "explanation"), ("concept", "definition"), ("subject", "summary"),
)
STANDS_KEYS = (
    ("question", "answer"), ("abbreviation", "meaning"), ("term", "meaning"), ("", "answer"), ("", "meaning"),
)
YES_NO = (
    "asyncio_parallel", "asyncio_cpu", "threads_cpu", "multiproc_io", "cancel_thread", "lambda_pickle", "globals",
    "fork_threads", "torch_gil", "gil_io", "cpp_gil", "requests_in_async", "sleep_in_async",
)
ANSWER_KEYS = ("answer", "answer", "answer", "value", "result", "reply", "text", "response", "output")
FACTS = (
    (("[Which|What] port does the service use", "Where does it listen", "port of the server"), ("port", "value"), 8000),
    (("Which command starts the service", "How do I start the server"), ("command", "cmd", "run"), "make serve"),
    (("Which command runs the tests", "How do I run the tests"), ("command", "cmd", "run"), "make test"),
    (("Which command shows the pitfall", "How do I run the lab"), ("command", "cmd", "run"), "make lab"),
    (("What base URL does the OpenAI client need", "base_url for the SDK"), ("base_url", "url"),
    "http://localhost:8000/v1"),
    (("What is the model called", "Which model name do I send"), ("model", "name"), "tutor"),
    (("Which path is for liveness", "Where is the liveness check"), ("path", "url", "endpoint"), "/healthz"),
    (("Which path is for readiness", "Where is the readiness check"), ("path", "url", "endpoint"), "/readyz"),
    (("Where are the metrics", "Which path has the metrics"), ("path", "url", "endpoint"), "/metrics"),
    (("[Which|What] command [starts|runs] [the service|the server|it]", "how to start it",
    "what do I type to start it"),
        ANSWER_KEYS, "make serve"),
    (("[Which|What] command [runs|starts] the [tests|test suite]", "what do I type to test it"), ANSWER_KEYS,
    "make test"),
    (("[Which|What] command checks types and style", "what runs ruff and mypy"), ANSWER_KEYS, "make check"),
    (("[Which|What] command [shows|demonstrates] the pitfall", "what starts the lab"), ANSWER_KEYS, "make lab"),
    (("[Which|What] command trains the tutor", "what makes the bundled model"), ANSWER_KEYS, "make tutor"),
    (("What port is it on", "[Which|What] port does the [server|service] [use|listen on]"), ANSWER_KEYS, 8000),
    (("[Which|What] licence [has it|is it under]", "licence of the project"), ANSWER_KEYS, "MIT"),
    (("What is the last line of a stream", "[Which|What] line ends [a|the] stream"), ANSWER_KEYS, "data: [DONE]"),
    (("[Which|What] environment variable picks another model", "variable for my own model"), ANSWER_KEYS, "MODEL"),
    (("[Which|What] Python version does it need", "minimum Python version"), ANSWER_KEYS, "3.11"),
    (("[Which|What] [status|status code] means that the [server|service] is full", "status code of a full queue"),
        ANSWER_KEYS, 503),
    (("[Which|What] status code means too many requests of one client", "status code for too many requests"),
        ANSWER_KEYS, 429),
    (("[Which|What] header says when to retry", "name of the retry header"), ANSWER_KEYS, "Retry-After"),
    (("[Which|What] start method is the default on [Windows|macOS]", "default start method [on|under] Windows"),
        ANSWER_KEYS, "spawn"),
    (("[Which|What] function runs a blocking call in a thread", "name of the asyncio function for blocking calls"),
        ANSWER_KEYS, "asyncio.to_thread"),
    (("[Which|What] start method is unsafe with threads", "unsafe start method"), ANSWER_KEYS, "fork"),
)
ECHO = (
    "[Repeat|Say|Echo|Print] {x}", "[Repeat|Say] after me: {x}", "Can you [say|repeat] {x}",
    "Please [repeat|say|echo]: {x}", "[Copy|Repeat] these words: {x}", "Write exactly: {x}",
    "[Answer|Reply] with {x}", "Type {x}",
)
