"""More ways to ask: by symptom, by goal, by half a sentence, as people do who do not know the right word."""

# fmt: off

MORE = {
    "cpu_bound": (
        "[My|The] [loop|calculation|algorithm] [is slow|takes ages|runs for hours] and only one [core|CPU] is "
        "[used|busy]",
        "[top|htop|the task manager] shows [one core|a single core] at 100%",
        "<howdo> spread [a computation|the work|calculations] over [all|several|my] [cores|CPUs|processors]",
        "I have 16 cores [and Python uses one|but use only one|and want to use them all]",
        "<howdo> parallelise [pure Python|Python code|a heavy function]",
        "[heavy|long] [maths|math|arithmetic|calculation] [in plain Python|] what to use",
        "the right tool when the CPU is the bottleneck", "[my|the] bottleneck is the [CPU|processor]",
        "work that keeps the processor busy", "Python number crunching on many cores",
    ),
    "io_bound": (
        "[my|the] bottleneck is [the network|waiting|latency]",
        "[Most|Nearly all] of the time my program [sits and waits|is idle|waits for answers]",
        "the right tool when the network is the bottleneck", "work that mostly waits",
        "[serve|hold|keep] [many|thousands of|a lot of] [idle|open|slow] [connections|clients|sockets]",
        "lots of [small|slow] [requests|downloads] at the same time",
        "the CPU is [idle|bored] while my program waits",
        "[Many|Thousands of] clients [stay connected|are connected] and do little",
        "<howdo> wait for many things at once", "high concurrency with [little|hardly any] computation",
    ),
    "io_blocking": (
        "[the|our|my] [driver|client|SDK|package] [only has|offers only|comes only with] [a sync|a synchronous|a "
        "blocking] [API|interface]",
        "<howdo> keep [using|on using] a [sync|synchronous|blocking] [client|driver|package] in [an async|an "
        "asyncio] [app|service|server]",
        "[the|our] [vendor|supplier|partner] has no async [client|SDK]",
        "[legacy|old] code that blocks, called from [a coroutine|async code]",
        "<howdo> bridge [sync and async|blocking and async code]",
        "make a [sync|blocking|synchronous] function awaitable", "turn a blocking call into something I can await",
        "[the|a] function [blocks|sleeps|waits] for seconds, my app is async",
    ),
    "mixed_llm": (
        "[generate|model.generate|predict|forward] [takes|needs] [seconds|long] in my [async|FastAPI] "
        "[route|endpoint|handler]",
        "right way to [call|run] a [slow|heavy] model from async [code|routes]",
        "[where|how] do I put the [model call|forward pass|generation] in [FastAPI|an async app]",
        "<howdo> [host|offer|expose] a [torch|transformers|hugging face] model over HTTP",
        "[an|my] API [around|for] a [local|torch|language] model",
        "serving [predictions|a model|generations] without freezing the server",
        "[asyncio|FastAPI] and [torch|pytorch|transformers] together",
    ),
    "pitfall": (
        "[everything|the whole app|the whole server|all users] [stops|hangs|waits|freezes] while [one request|one "
        "user|one call] [runs|computes|is served|generates]",
        "[only one|just one] request [at a time|after the other] is served although I use async",
        "my [async|FastAPI] [service|server|app] [does not answer|is dead|is unresponsive] while [it computes|the "
        "model works|a big job runs]",
        "[pings|health checks|other requests] [time out|hang|wait] during [a long request|inference|a heavy call]",
        "what is wrong with [heavy|blocking|slow] [code|work|calls] in [async def|a coroutine|an async route]",
        "async [did not help|does not help], the server still [hangs|freezes|blocks]", "my server stalls",
        "the loop stands still",
    ),
    "gil": (
        "what stops [Python threads|threads] from [running|computing] at the same time",
        "<why> only one thread [at a time|at once]", "[What|Which] lock is in [CPython|the interpreter|Python]",
        "In short, what is this GIL thing", "everybody talks about the GIL, what is it",
        "GIL [definition|meaning|explained|in short|in a few words]", "the lock inside CPython",
    ),
    "process_gil": (
        "<why> [are|do] processes [different|better] [from|than] threads [here|regarding the GIL|for CPU work]",
        "<why> does multiprocessing work where threads fail",
        "[why|how] is it that processes [run|compute] in parallel and threads do not",
        "what makes processes immune to the GIL",
    ),
    "gil_io": (
        "is the lock [free|released|given up] while [a thread waits|reading from a socket|the database answers]",
        "[threads and|] waiting: who has the GIL", "does a [waiting|sleeping|blocked] thread keep the GIL",
        "what happens with the GIL when a thread blocks on I/O",
    ),
    "to_thread": (
        "what is the [modern|short|simple|easy] way to run a [function|call] in a thread from [asyncio|async code]",
        "offload a [function|call] to a thread", "move a [call|function] off the [loop|event loop]",
        "push [blocking|slow] work to a thread and await it",
    ),
    "default_executor": (
        "what if [forty|a hundred|too many|many] to_thread calls come at once", "do to_thread calls wait in line",
        "[are|is] there [a limit|limits] to asyncio.to_thread", "which threads does to_thread use and how many",
    ),
    "lambda_pickle": (
        "[Pool.map|pool.map|executor.map|submit] with lambda [raises|throws|gives] [an "
        "error|PicklingError|AttributeError]",
        "my [lambda|inner function|closure] cannot be sent to [a worker|the pool|another process]",
        "AttributeError: Can't pickle local object", "PicklingError: Can't pickle function lambda",
        "the pool does not accept my [lambda|nested function]", "function inside a function and multiprocessing",
    ),
    "jupyter": (
        "[Pool|multiprocessing|the pool] in [a cell|a notebook cell|JupyterLab|Colab|IPython] [hangs|never "
        "ends|does nothing]",
        "AttributeError: Can't get attribute on module __main__ in [Jupyter|a notebook]",
        "[running|using] a process pool from a notebook", "my notebook cell with Pool never finishes",
    ),
    "fork_threads": (
        "[the child|the worker|my subprocess] [hangs|deadlocks|freezes] right after [start|forking|fork]",
        "[what|which] start method [with|for] [torch|pytorch|CUDA|threads|tokenizers]",
        "[is|would] fork [be a problem|be dangerous] with [threads|torch|OpenMP]",
        "start method when [threads are running|torch is loaded|the parent has threads]",
        "safe way to start processes with torch",
    ),
    "start_methods": (
        "fork, spawn, forkserver: [which|what is what|explain]", "ways to start [a child process|worker processes]",
        "how [do|does] [fork and spawn|spawn and fork] differ", "spawn compared [with|to] fork",
    ),
    "map_imap": (
        "[stream|lazy|iterate over] results from a pool", "process pool results one at a time",
        "too many results for memory with Pool.map", "pool over a very long iterator",
        "[which|what] pool method [for|with] a [huge|endless|very long] input",
    ),
    "order_imap": (
        "[memory grows|RAM fills up|out of memory] with Pool.map", "Pool.map [keeps|holds] all results in memory",
        "memory-friendly alternative to Pool.map", "lazy version of Pool.map",
    ),
    "coroutine_vs_thread_mem": (
        "how [big|large|small] is a coroutine", "size of a coroutine [and|versus] a thread",
        "[RAM|memory] needed for [10,000|many] [coroutines|threads]",
        "which is the [heaviest|most expensive] of coroutine, thread, process", "memory of a [coroutine|thread]",
    ),
    "gather_vs_task": (
        "start [something|a coroutine] without waiting or wait for all: which function",
        "[is|when is] create_task better than gather", "what does create_task do that gather does not",
        "one in the background versus all together",
    ),
    "gather_order": (
        "[are|will] gather's results [sorted|in the same order|in order]", "do I get gather's results as they finish",
        "which result belongs to which coroutine in gather",
    ),
    "flask_fastapi": (
        "[why|when] [move|switch] from Flask to FastAPI",
        "what [can|does] [ASGI|FastAPI] do that [WSGI|Flask] cannot", "advantage of [ASGI|FastAPI] over [WSGI|Flask]",
        "Flask [blocks|needs a thread] per request, FastAPI",
        "which framework for [streaming|many slow requests|an AI service], Flask or FastAPI",
        "FastAPI instead of Flask for [waiting|slow backends|I/O]",
    ),
    "celery_kind": (
        "[how|in what] does a celery worker [execute|process|run] [tasks|its tasks|jobs] [by default|without "
        "options]",
        "default [concurrency|execution pool|pool] of celery", "celery worker [pool|concurrency] [type|default]",
        "is a celery worker a process [or a thread|or many]", "celery -P [gevent|prefork|threads]",
    ),
    "celery_when": (
        "a [report|job|task|batch] that must [not be lost|survive|be finished] [when the server restarts|after a "
        "crash|in any case]",
        "the user should not wait for the [job|report|export]",
        "put [heavy|slow|long] [jobs|work] [outside|behind] the web [app|process]",
        "[retry|schedule] jobs [later|at night|for hours]", "work for minutes, started by a web request",
        "where to run jobs of [half an hour|several minutes|an hour]",
    ),
    "backpressure": (
        "the queue [gets longer|grows] and [nobody|no one] is refused", "what is a bounded queue good for",
        "memory [grows|fills] because of waiting requests", "how to say no to clients when busy", "load shedding",
        "why should I refuse requests",
    ),
    "overload_do": (
        "[a traffic spike|a burst|twice the traffic|a flood of requests] [kills|crashes|slows] my server",
        "what to do with more requests than I can serve",
        "latency explodes when [traffic|load] [doubles|grows|rises]", "[requests|clients] pile up",
        "survive a [burst|spike|flood] of requests", "graceful behaviour under too much load",
    ),
    "retry_after": (
        "how do I tell a client to come later", "the server said no, when may I ask again",
        "name of the header for [waiting|trying later]", "how long to back off",
    ),
    "cancel_thread": (
        "the [client|caller|task] is gone, does the [function|work] in the thread go on",
        "to_thread was cancelled but the function [still runs|continues|goes on]",
        "abort [a function|work] that runs in to_thread", "does wait_for stop the thread",
        "timeout on to_thread: [is the function stopped|does the thread end]",
        "after cancel the thread is still busy",
    ),
    "contextvars": (
        "my [request id|trace id|log context|user id] [is lost|is missing|disappears|is gone] in [the thread|the "
        "executor|run_in_executor]",
        "[ContextVar|context variable] [is empty|has no value|lost] in [a thread|an executor|the pool]",
        "LookupError from a ContextVar in a thread", "carry the request id into a thread",
        "do logs in a thread know the request id",
    ),
    "tokenizer_gil": (
        "[tokenizing|encoding] a [long|huge|big|large] [text|document|prompt] [stops|freezes|blocks] [the loop|the "
        "server|everything]",
        "loop [frozen|late|blocked] by [encode|tokenizer.encode|tokenization] in a thread",
        "tokenizer in to_thread [does not help|still blocks]", "which tokenizer call releases the GIL",
        "[long|huge] prompts make the loop late",
    ),
    "pool_death": (
        "[a|one] [worker|child|process] of [my|the] [pool|executor] [got killed|was killed|died|ran out of "
        "memory|segfaulted]",
        "[is|can] [the|a] pool [be used|usable|be reused] after a worker [died|crash|was killed]",
        "kill -9 on a pool worker", "the kernel killed a worker, [the pool|what now|and now]",
        "all futures fail with BrokenProcessPool", "A process in the process pool was terminated abruptly",
        "out of memory killed my worker process",
    ),
    "liveness_readiness": (
        "which probe [restarts|kills] the container and which [stops|takes away] traffic",
        "two kinds of health checks", "[healthy|alive] but not ready, what does that mean",
        "/healthz is green but /readyz is red", "is a loading server ready or alive", "liveness readiness difference",
    ),
    "health_blocked": (
        "[the orchestrator|Kubernetes|k8s|Docker] [thinks|believes] my [server|container|pod] is dead [while it "
        "computes|under load|during inference]",
        "container restarts [again and again|in a loop] when busy",
        "/healthz does not answer [during|while] [inference|a long request]", "liveness probe failed under load",
    ),
    "drain_first": (
        "[what comes first|which step is first] when [a server|the process] gets SIGTERM",
        "SIGTERM arrives: [what now|what should happen|first thing to do]",
        "rolling deploy without [errors|lost requests], what happens at shutdown",
    ),
    "stream_end": (
        "how can [the client|my client|a reader|the browser] tell the stream is over",
        "when is a streamed answer [complete|finished|whole]", "end marker of [SSE|the event stream|streaming]",
        "last line of the event stream", "what comes after the last token in the stream",
    ),
    "ttft_itl": (
        "how long until the first [word|token]", "delay before the first token, what is it called",
        "time between two tokens, what is it called", "latency numbers of a chat model", "two latencies of streaming",
    ),
    "decode_slow": (
        "one token at a time is slow, why", "why is the prompt read so fast and the answer written so slowly",
        "memory bandwidth and decoding", "bottleneck when generating tokens",
        "reading the prompt is fast, generating slow",
    ),
    "kv_cache": (
        "what does the cache of a transformer [hold|keep|store]", "[which|what] tensors are in the cache",
        "memory of past tokens in attention", "why does memory grow with the length of the chat",
    ),
    "continuous_batching": (
        "[new|late] requests join a running batch", "do I wait until a batch is full", "batching at every step",
        "how can requests join and leave [a batch|between steps]",
        "static batches versus batches that change at each step", "why not wait for a full batch",
    ),
    "make_serve": (
        "how to [get it up|get going|begin|boot it|turn it on]", "[start|launch|run] command", "I just cloned it",
        "I have checked out the code, [what now|how do I run it]",
        "get the [API|server|chat] running [locally|on my laptop|]", "bring the server to life", "type what to start",
    ),
    "other_model": (
        "[serve|use|run|load] a [checkpoint|folder|fine-tune|directory] [of mine|from disk|instead of the tutor]",
        "[start|run] it with [Qwen|Llama|Mistral|my weights|a bigger model]",
        "make it serve [Qwen|Llama|my own weights]", "replace the bundled model", "how to point it to other weights",
        "can the tutor be replaced", "my weights are in a directory",
    ),
    "openai_sdk": (
        "[configure|set up|point] the [openai|OpenAI] [package|library|client] [for|to|at] [localhost|this "
        "server|my machine]",
        "[what|which] base url [for|with] the [sdk|client|python package]", "OpenAI(base_url=...) what goes there",
        "which address do I give the OpenAI client", "python client for this server",
        "my code uses openai, how do I switch to this server",
    ),
    "metrics": (
        "[Grafana|Prometheus|monitoring|scraping|scrape config|dashboards]",
        "does it expose numbers for [Prometheus|Grafana|monitoring]",
        "[where|what] can [Prometheus|my monitoring] scrape", "queue time and tokens per second as numbers, where",
        "a page with counters and latencies",
    ),
    "lab": (
        "show me that blocking [hurts|is bad|freezes the loop]",
        "[I want to|let me] see the [event loop|loop] [block|freeze|hang] with my own eyes", "prove it to me",
        "a live [demo|demonstration] of [the pitfall|blocking|a frozen loop]",
        "[try|run] the bad [version|example] and the good one", "compare blocking and offloaded",
        "measure blocking against to_thread here",
    ),
    "thanks": (
        "[works|it works|working] now", "[fixed|solved|done], [thanks|thank you|cheers]", "that was it",
        "[you|that] helped [me |]a lot", "[cheers|thanks] mate", "[ah|oh] great, [thanks|thank you]",
        "much appreciated", "[good|great|nice] [job|work|help|one]",
    ),
    "bye": (
        "[ok|alright|right], [bye|see you|I'm done|I am off]", "[see|talk to] you [soon|tomorrow|later|next time]",
        "I'll [go|leave|stop] now", "[that's it|that was all|enough] for [now|today], [bye|goodbye]", "signing off",
        "have a nice [evening|weekend|day]", "good bye then",
    ),
    "who": (
        "[tell me|say] who you are", "your name please", "are you [human|real|alive|a machine]",
        "which assistant is this", "with whom do I [speak|chat|talk]", "is this a bot",
    ),
    "can_do": (
        "[your|list your] [skills|abilities|topics|subjects]",
        "what [are|could] you [able to|good to] [do|help with|explain]", "how could you be useful",
        "in which area can you help", "what [questions|topics] do you [answer|cover|handle]",
    ),
    "find_blocking": (
        "which [call|line|function] [blocks|holds up] my loop", "is there a [tool|way] to see a late event loop",
        "how late is a loop and how can I tell", "spot blocking code",
    ),
    "requests_in_async": (
        "the requests library inside [an async route|a coroutine|an async function]",
        "requests.post in [async def|a coroutine|FastAPI], [bad|fine|ok]",
        "[calling|using] requests from [FastAPI|async code|a coroutine]", "HTTP call inside async def",
    ),
    "sleep_in_async": (
        "time.sleep in [async|an async function|FastAPI], what happens", "pausing [inside|in] a coroutine",
        "sleep in async code without blocking",
    ),
    "inference_threads": (
        "[more|several|eight] [threads|workers] for [generate|the model|torch], [good|faster|useful]",
        "max_workers of the [inference|model] executor", "parallel calls of model.generate on a CPU",
        "does a second inference thread help",
    ),
    "second_process_model": (
        "model in its own process, [good idea|useful|needed]", "ProcessPoolExecutor for model.generate",
        "load the model in every worker process",
    ),
    "pool_why": (
        "a process for every [small|tiny|little] job", "multiprocessing.Process in a loop for [small|many] tasks",
        "start and stop processes all the time",
    ),
    "globals": (
        "parent changes a [variable|dict|list], workers see the old one",
        "[why|how come] [is|does] a global in the worker [keep its old value|not change]",
        "worker changes are invisible in the parent", "counter in workers stays zero in the parent",
    ),
    "executor_queue": (
        "unlimited waiting in [a thread pool|an executor]", "does submit ever block or refuse",
        "max queue size of a thread pool", "how many futures can be pending",
    ),
    "run_in_executor": (
        "to_thread compared [with|to] run_in_executor", "when not to_thread but run_in_executor",
        "run_in_executor or to_thread, which",
    ),
    "disconnect": (
        "user closes the [browser|tab|app] while the answer [streams|is written]",
        "stop generating for a client that left", "wasted generation after a disconnect",
    ),
    "combine": (
        "heavy [Python|computation] inside an async [service|app|endpoint], how",
        "process pool [behind|from|inside] [an async app|FastAPI|asyncio]", "await a process pool",
    ),
}
