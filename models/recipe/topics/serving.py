"""How a language model is served: batching, cache, sampling, streaming, health, limits."""

# fmt: off

from models.recipe.grammar import Intent

INTENTS = (
    Intent(
        "continuous_batching", "serving",
        ask=(
            "How does continuous batching work",
            "<why> is continuous batching [better|faster] than [static batching|one by one]",
            "<explain> continuous batching",
            "<diff> [static and continuous batching|continuous batching and static batching]",
            "<howdo> serve many users with one model", "<why> batch requests",
            "How are [many|several] requests batched", "what is dynamic batching",
        ),
        say=(
            "Continuous batching runs all active sequences together, one token per step, and lets requests join and "
            "leave between steps. A finished one frees its place at once and a new one need not wait for the "
            "slowest, as in static batching. That gives far more tokens per second than one by one, because the "
            "weights are read once per step for all.",
            "With continuous batching the batch changes at every step: new requests enter, finished ones leave. The "
            "weights are read once per step for all of them, so throughput grows with the number of users.",
        ),
        subject=("continuous batching", "in-flight batching", "batching"),
        brief="Requests join and leave the running batch at every step.",
        why=("Reading the weights costs the same for one sequence as for many, so sharing a step is nearly free.",),
        simple=(
            "Think of a bus that stops after every metre: passengers get on and off all the time, and nobody waits "
            "until the bus is empty."
        ),
    ),
    Intent(
        "kv_cache", "serving",
        ask=(
            "How does [the KV cache|a KV cache] work", "<why> [do we need|is there] a KV cache",
            "<explain> the KV cache", "What is stored in the KV cache",
            "How much memory does the KV cache [need|use|take]", "<happens> when the KV cache is full",
            "what does KV stand for",
        ),
        say=(
            "The KV cache keeps the attention keys and values of all earlier tokens, so each new token needs only "
            "its own computation and not the whole text again. It grows with every token, and it is what limits how "
            "many sequences fit at once. When it is full the scheduler makes requests wait or preempts one.",
            "It stores the keys and values of past tokens for attention. Without it every new token would recompute "
            "the whole text; with it, a step costs one token, at the price of memory.",
        ),
        subject=("the KV cache", "a KV cache", "KV cache"),
        brief="The KV cache keeps keys and values of earlier tokens, so they are not computed again.",
        why=("Attention needs the keys and values of all earlier tokens, and they do not change.",),
    ),
    Intent(
        "prefill_decode", "serving",
        ask=(
            "<diff> [prefill and decode|decode and prefill]", "prefill [vs|versus|and] decode",
            "What happens in [prefill|decode]", "<explain> [prefill|decode|prefill and decode]",
            "the two phases of generation", "<why> is prefill compute-bound and decode memory-bound",
        ),
        say=(
            "Prefill reads the whole prompt in one pass and fills the KV cache; it is limited by computing. Decode "
            "then produces one token per step and is limited by memory bandwidth, since each step reads all "
            "weights. Prefill decides the time to first token, decode the time between tokens.",
            "Prefill processes all prompt tokens at once; decode makes the answer token by token. Prefill is "
            "compute-bound, decode memory-bound, so batching helps decode most.",
        ),
        subject=("prefill and decode", "prefill", "decode"),
        brief="Prefill reads the whole prompt at once; decode makes one token per step.",
    ),
    Intent(
        "chunked_prefill", "serving",
        ask=(
            "What is chunked prefill good for", "How does chunked prefill work",
            "<why> split a long prompt into chunks", "Does a long prompt [stall|delay|block] other users",
            "<explain> chunked prefill", "<happens> when someone sends a very long prompt",
        ),
        say=(
            "Chunked prefill splits a long prompt into pieces and mixes them with the decode steps of other "
            "requests. So a long prompt delays the others' next token by one step at most, not for seconds. Prefill "
            "is limited by computing, decode by memory bandwidth, so they share a step well.",
        ),
        subject=("chunked prefill",),
        brief="It splits long prompts so that they do not stall other users.",
    ),
    Intent(
        "ttft_itl", "serving",
        ask=(
            "What does [TTFT|ITL|time to first token|inter-token latency|TPOT] mean", "<diff> TTFT and ITL",
            "What is [TTFT|ITL]", "<explain> [TTFT|ITL|TTFT and ITL]",
            "Which latencies matter [for|in] [LLM serving|streaming|chat]",
            "<howdo> measure the speed of an LLM service", "which metrics matter for an LLM server",
        ),
        say=(
            "TTFT is the time to first token: from the request to the first piece of the answer, made of queueing "
            "and prefill. ITL is the inter-token latency: the time between two tokens of the stream, made by decode "
            "steps, each limited by memory bandwidth.",
            "TTFT (time to first token) says how soon the answer starts, and ITL (inter-token latency) how fast it "
            "flows. Together with throughput they describe a streaming service.",
        ),
        subject=("TTFT", "ITL", "time to first token", "inter-token latency"),
        brief="TTFT is the time to the first token, ITL the time between tokens.",
    ),
    Intent(
        "throughput_latency", "serving",
        ask=(
            "<diff> [throughput and latency|latency and throughput]", "What is goodput", "throughput or latency",
            "What does goodput mean", "what is throughput",
        ),
        say=(
            "Latency is how long one request takes; throughput is how many tokens or requests are served per "
            "second. Larger batches raise throughput and also latency. Goodput counts only requests that were "
            "answered within their time limit. In a stream the latencies are TTFT, the time to first token, and "
            "ITL, the time between tokens.",
        ),
        subject=("goodput", "throughput", "latency"),
        brief="Latency is time per request, throughput is work per second, goodput is useful throughput.",
    ),
    Intent(
        "temperature", "serving",
        ask=(
            "What does [temperature|the temperature] do", "What temperature <should> <use>", "<explain> temperature",
            "<happens> with temperature 0", "How does temperature [work|change the answer]",
            "high or low temperature", "<howdo> get the same answer every time", "<howdo> make answers deterministic",
        ),
        say=(
            "Temperature scales the model's probabilities before a token is drawn. 0 always takes the most "
            "likely token (greedy, repeatable), low values are careful, and values above 1 are more random. "
            "For facts use 0 to 0.3. With 0, or with a fixed seed, the same prompt gives the same answer "
            "every time.",
            "Temperature sets how random the choice of tokens is: 0 is greedy and repeatable, higher is more "
            "varied. For this tutor a low temperature is best.",
        ),
        subject=("temperature", "the temperature parameter"),
        brief="Temperature sets how random the choice of tokens is; 0 is greedy.",
    ),
    Intent(
        "top_p", "serving",
        ask=(
            "What does [top_p|top-p|nucleus sampling] do", "<diff> top_p and top_k", "What does [top_k|top-k] do",
            "<explain> [top_p|top_k|nucleus sampling|top_p and top_k]", "top_k or top_p", "What is min_p",
        ),
        say=(
            "top_k keeps only the k most likely tokens; top_p keeps the smallest set whose probabilities add up to "
            "p, so it adapts to how sure the model is. min_p drops tokens less likely than a share of the best one. "
            "The token is then drawn from what is left. With temperature 0 the likeliest token is always taken.",
        ),
        subject=("top_p", "top_k", "min_p", "nucleus sampling"),
        brief="top_k keeps k tokens, top_p keeps the likeliest tokens that add up to p.",
    ),
    Intent(
        "penalties", "serving",
        ask=(
            "What does [repetition_penalty|presence_penalty|frequency_penalty] do",
            "<diff> presence and frequency penalty", "<howdo> stop the model from repeating itself",
            "<explain> [the penalties|repetition penalty|frequency penalty]",
        ),
        say=(
            "They make repeated tokens less likely. presence_penalty subtracts a fixed amount once a token has "
            "appeared, frequency_penalty grows with how often it appeared, and repetition_penalty divides the "
            "scores of tokens seen before. All three are off unless you set them.",
        ),
        subject=("repetition_penalty", "presence_penalty", "frequency_penalty", "the penalties"),
        brief="Penalties make tokens that already appeared less likely.",
    ),
    Intent(
        "seed", "serving",
        ask=(
            "What does [the seed|seed] do", "<howdo> [reproduce|repeat] an answer",
            "<why> do I get different answers", "Is the output [reproducible|deterministic]",
            "Does a seed give the same text in a batch",
        ),
        say=(
            "The seed fixes the random draws: the same request with the same seed gives the same tokens, in "
            "this service also when it is batched with others. With temperature 0 no seed is needed. That is "
            "how to get identical answers again.",
        ),
        subject=("seed", "the seed"),
        brief="The same seed gives the same tokens for the same request.",
    ),
    Intent(
        "max_tokens", "serving",
        ask=(
            "What does [max_tokens|max_completion_tokens] do",
            "<why> [does|is] the answer [stop|cut off] in the middle", "What is a stop sequence",
            "What does finish_reason [mean|length mean|stop mean]", "<howdo> limit the length of the answer",
            "finish_reason length",
        ),
        say=(
            "max_tokens limits the length of the answer. finish_reason says why it ended: \"stop\" means the model "
            "finished or met a stop string, \"length\" means the limit was reached, so the text is cut off.",
        ),
        subject=("max_tokens", "finish_reason", "stop strings"),
        brief="max_tokens limits the answer's length; finish_reason tells why it ended.",
    ),
    Intent(
        "token", "serving",
        ask=(
            "How long is a token", "What does a tokenizer do", "How many tokens is a word",
            "<explain> [tokens|tokenization|byte-level BPE]", "What is BPE", "<why> do models use tokens",
        ),
        say=(
            "A token is a piece of text, a word or part of one, that the model reads as a number. The tokenizer "
            "turns text into token ids and back; this model's is a byte-level BPE. Limits and usage are counted in "
            "tokens.",
        ),
        subject=("a token", "a tokenizer", "BPE", "byte-level BPE"),
        brief="A token is a piece of text that the model reads as a number.",
    ),
    Intent(
        "context_length", "serving",
        ask=(
            "What is [the context length|max_model_len|the context window]",
            "How long may [a prompt|the prompt|my prompt|a conversation] be",
            "How much text can you [read|remember|take]", "What is your context [length|window]",
            "<happens> if my prompt is too long",
        ),
        say=(
            "The context length is how many tokens prompt and answer may have together; for the bundled tutor model "
            "it is 2,048. A prompt that is too long is refused with a clear error, never silently cut.",
        ),
        subject=("the context length", "the context window", "max_model_len"),
        brief="It is the largest number of tokens of prompt and answer together, here 2,048.",
    ),
    Intent(
        "sse", "serving",
        ask=(
            "How does [streaming|SSE|token streaming] work",
            "<howdo> stream [the answer|tokens|a response|the output]", "What are [server-sent events|SSE]",
            "What does DONE mean", "<explain> [streaming|SSE|server-sent events]",
            "<howdo> [get|receive] [the answer token by token|tokens as they come]", "SSE or websockets",
            "<why> [use SSE|not websockets]", "what is stream true", "What ends a stream",
        ),
        say=(
            "Set \"stream\": true. The server answers with server-sent events over plain HTTP, of type "
            "text/event-stream: each line `data: {...}` carries the next piece of text, so the answer comes word by "
            "word, and the stream ends with `data: [DONE]`. An error in the middle comes as an event, and then no "
            "[DONE] follows. A proxy must not buffer it. When the client leaves, generation is aborted.",
            "Streaming uses server-sent events (SSE): one HTTP response that stays open and sends a `data:` line "
            "for every piece of text, closed by `data: [DONE]`. The user sees the first words at once.",
        ),
        subject=("SSE", "streaming", "server-sent events"),
        brief="Streaming sends each piece of text as a server-sent event, ending with data: [DONE].",
        why=(
            "The user sees the first token at once and need not wait for the whole answer. SSE is plain HTTP and "
            "works through proxies.",
        ),
        code=(
            "```python\n"
            "stream = client.chat.completions.create(model=\"tutor\", messages=messages, stream=True)\n"
            "for chunk in stream:\n"
            "    print(chunk.choices[0].delta.content or \"\", end=\"\")\n"
            "```"
        ),
    ),
    Intent(
        "disconnect", "serving",
        ask=(
            "<happens> when [a client|the client|a user|the user] [disconnects|leaves|closes the page|goes "
            "away|hangs up|closes the tab]",
            "Does the server [notice|stop] when [I disconnect|the client leaves]",
            "<howdo> stop generating when the client disconnects", "I closed the connection, does generation go on",
            "Is generation stopped when I close the tab",
        ),
        say=(
            "The service notices the disconnect, for streaming and whole answers alike, and aborts the request: its "
            "sequence leaves the batch before the next step, and its memory is free for others. Nothing more is "
            "computed for it; the other streams go on. Only the step that runs in the inference thread at that "
            "moment is finished, since a thread cannot be cancelled.",
        ),
        subject=("client disconnect", "disconnects", "a disconnect"),
        brief="The request is aborted, and its place is free before the next step.",
    ),
    Intent(
        "admission", "serving",
        ask=(
            "How does admission control work", "<why> do I get [429|503|a 429|a 503|too many requests]",
            "What does [429|503|Retry-After] mean", "<explain> admission control", "<why> are requests refused",
            "<happens> when the server is [full|overloaded|too busy]", "How many requests can wait",
            "<howdo> react to 429",
        ),
        say=(
            "Admission control decides at the door: the number of requests and of tokens in the house is "
            "bounded, and what does not fit is refused at once with 429 or 503 and a Retry-After header. A "
            "quick no is better than a long wait; the client should wait that long and try again. A queue "
            "without a bound only lets memory and latency grow.",
            "Before any work is done, the service checks and reserves a place. If there is none it refuses at once "
            "with Retry-After, so the requests inside stay fast. Wait for that time and retry.",
        ),
        subject=("admission control", "429", "503", "Retry-After"),
        brief="Requests beyond the bound are refused at once with Retry-After.",
        why=(
            "Without a bound all requests would get slow together, and clients would give up on work already begun.",
        ),
    ),
    Intent(
        "liveness_readiness", "health",
        ask=(
            "<diff> [liveness and readiness|readiness and liveness|/healthz and /readyz|healthz and readyz|/readyz "
            "and /healthz]",
            "liveness [vs|versus|or|and] readiness", "What is a [liveness|readiness] probe",
            "What does [/healthz|/readyz|healthz|readyz] [do|mean|say|return|tell|check]",
            "When is the service ready", "Which probe should Kubernetes use",
            "<explain> [liveness and readiness|health checks|the probes]", "/healthz or /readyz",
            "What should a health check test", "is the process alive or ready",
        ),
        say=(
            "Liveness (/healthz) says that the process is alive and its event loop turns; if it fails, the "
            "orchestrator restarts the container. Readiness (/readyz) says that it can take requests now: model "
            "loaded, engine making progress, not draining; if it fails, traffic goes elsewhere but nothing is "
            "restarted. A blocked event loop fails both, so inference runs in a thread; numbers for Prometheus are "
            "at /metrics.",
            "/healthz answers whether the process is alive, /readyz whether it should get traffic. A full queue "
            "must never fail liveness, or a busy server would be killed; while starting or draining only readiness "
            "is red.",
        ),
        subject=("liveness and readiness", "/healthz", "/readyz", "liveness", "readiness", "a health check"),
        brief="Liveness says the process is alive; readiness says it can take requests.",
        why=(
            "A restart does not cure overload. So being busy or starting must only turn readiness red, not liveness.",
        ),
        weight=1.3,
    ),
    Intent(
        "health_blocked", "health",
        ask=(
            "<why> does [Kubernetes|the orchestrator|Docker] [restart|kill] my [busy |]service[ under load|]",
            "<why> do health checks fail [under load|during inference|while the model runs]",
            "My container is [killed|restarted] [under load|while it computes|during inference]",
            "<happens> to health checks when the loop is blocked", "the pod restarts under load",
            "health check timeouts under load",
        ),
        say=(
            "Because the event loop is blocked: while inference runs on it, /healthz cannot answer, the probe times "
            "out, and the orchestrator restarts a healthy server. Run inference with asyncio.to_thread, keep health "
            "routes async and cheap, and let no queue length decide over liveness.",
            "A blocked loop cannot answer the probe, so the orchestrator thinks the process is dead and kills it. "
            "Move the blocking work to a thread with asyncio.to_thread, and the health check answers in time.",
        ),
        subject=("failing health checks", "restarts under load"),
        brief="The blocked event loop cannot answer the probe; move inference to a thread.",
    ),
    Intent(
        "drain", "health",
        ask=(
            "How does [graceful shutdown|shutdown|draining|a drain] work", "<happens> [on|at|when it gets] SIGTERM",
            "<howdo> shut down [gracefully|without losing requests|cleanly]", "What does draining mean",
            "<explain> [graceful shutdown|draining]", "<howdo> deploy without losing requests",
            "<happens> when I stop <svc>", "<happens> to running requests at shutdown",
        ),
        say=(
            "At SIGTERM readiness turns red first, so that no new traffic comes: /readyz answers 503. Requests in "
            "flight may finish within a time limit, new ones are refused with 503 and Retry-After, then the engine "
            "and the pools are closed and the process ends.",
            "To drain means to stop taking new work and finish what is running. On SIGTERM the service flips "
            "/readyz, finishes its streams up to a limit, and only then exits.",
        ),
        subject=("draining", "graceful shutdown", "a drain", "SIGTERM"),
        brief="Readiness turns red, running requests finish, then the process ends.",
    ),
    Intent(
        "metrics", "health",
        ask=(
            "What URL do I give Prometheus", "Where does Prometheus get its [data|numbers]",
            "[endpoint|path|URL] for [monitoring|Prometheus|Grafana]", "[Are there|Do you have] metrics",
            "how can Prometheus read this service", "What is in [/metrics|the metrics]",
            "What does /metrics [show|return|export]", "<howdo> monitor <svc>",
            "Does <svc> [support|have|export] [Prometheus|Prometheus metrics|metrics]",
            "Which metrics [are there|does it export]", "where can I see the metrics", "what should I monitor",
        ),
        say=(
            "GET /metrics gives numbers in Prometheus' text format: requests, tokens, queue time, time to "
            "first token, time between tokens, running and waiting sequences, and the delay of the event "
            "loop. Prometheus scrapes it there; /healthz and /readyz are for probes.",
        ),
        subject=("/metrics", "the metrics", "Prometheus metrics"),
        brief="GET /metrics exports requests, tokens, latencies and loop delay for Prometheus.",
    ),
    Intent(
        "engine_death", "health",
        ask=(
            "<happens> when [the engine|the model] [dies|crashes|fails|raises an error]",
            "Does one bad request [kill|stop|end] the others", "<happens> if one request in the batch fails",
            "What does the service promise about [failure|errors]", "what if inference raises an exception",
        ),
        say=(
            "Every request gets an answer: a result, a typed error, or a refusal with Retry-After. A bad sequence "
            "ends alone and the batch goes on. If the engine itself dies, every stream gets an error and /readyz "
            "turns red.",
        ),
        subject=("engine failure", "the promises about failure"),
        brief="A bad sequence ends alone; a dead engine fails every stream and turns /readyz red.",
    ),
    Intent(
        "scheduler", "service",
        ask=(
            "What does the scheduler do", "How does the scheduler [work|decide|choose]",
            "What is [max_num_seqs|max_num_batched_tokens|the token budget]", "<explain> the scheduler",
            "What is preemption",
        ),
        say=(
            "The scheduler chooses, before every step, which sequences run: within max_num_seqs sequences and "
            "max_num_batched_tokens tokens, mixing decodes and prefill chunks, and fairly. So requests join and "
            "leave the batch at every step. When the KV cache is full it preempts a sequence, which continues later.",
        ),
        subject=("the scheduler", "max_num_seqs", "preemption"),
        brief="The scheduler chooses which sequences run in the next step, within a token budget.",
    ),
    Intent(
        "sampler", "service",
        ask=(
            "What does the sampler do", "How does the model choose the next token", "How is the next token chosen",
            "<explain> [sampling|the sampler]", "What is greedy decoding",
        ),
        say=(
            "After each step the model gives a score for every token. The sampler applies temperature, top_k, "
            "top_p, min_p and penalties and draws the next token; greedy decoding (temperature 0) simply takes the "
            "most likely one. A fixed seed makes the draw repeatable.",
        ),
        subject=("the sampler", "sampling", "greedy decoding"),
        brief="The sampler draws the next token from the model's scores.",
    ),
    Intent(
        "gpu", "serving",
        ask=(
            "Do I need a GPU", "Can [it|<svc>] run on a [GPU|CPU|Mac|laptop]",
            "Does it [use|support] [CUDA|a GPU|MPS|Apple silicon]", "<howdo> use [a GPU|the GPU|CUDA]",
            "Does to_thread help with a GPU", "CPU or GPU",
        ),
        say=(
            "No GPU is needed: the bundled model runs on a CPU. With device=auto the service uses CUDA or Apple's "
            "MPS when there is one. Larger models want a GPU; the event loop and the one inference thread stay the "
            "same.",
        ),
        subject=("a GPU", "CUDA", "GPU support"),
        brief="No, it runs on a CPU, and uses a GPU by itself if there is one.",
    ),
    Intent(
        "vllm", "serving",
        ask=(
            "<diff> <svc> and [vLLM|TGI|SGLang|Ollama|llama.cpp]",
            "Is <svc> [better|faster] than [vLLM|Ollama|SGLang|TGI]", "Should I use [vLLM|Ollama|TGI|SGLang] instead",
            "[vLLM|Ollama] or <svc>", "How do you compare with vLLM",
        ),
        say=(
            "For the highest throughput on large GPUs use a specialised engine such as vLLM. This service is "
            "smaller: a template to read, fork and learn from, with continuous batching over any transformers model "
            "and an event loop that never blocks.",
        ),
        subject=("vLLM", "Ollama", "SGLang"),
        brief="vLLM is the choice for large GPUs; this service is a template to read and fork.",
    ),
    Intent(
        "scale", "serving",
        ask=(
            "<howdo> scale [<svc>|an LLM service|this]", "<howdo> serve more users",
            "Can I run [several|more] [copies|replicas|instances]", "<howdo> scale to more machines",
            "what if one server is not enough",
        ),
        say=(
            "Run more copies of the container behind a load balancer that uses /readyz; each holds its own model "
            "and its own loop. Inside one process, continuous batching uses the device and lets requests join at "
            "every step; more inference threads do not help.",
        ),
        subject=("scaling", "replicas"),
        brief="Run more copies of the container behind a load balancer.",
    ),
)
