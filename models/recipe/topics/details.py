"""Narrow questions with short answers, and what abbreviations stand for."""

# fmt: off

from models.recipe.grammar import Intent

INTENTS = (
    Intent(
        "globals", "python",
        ask=(
            "Do [worker processes|workers|child processes] see [changes to|my changes to] [a global|global "
            "variables|a global variable|a dict of the parent|module variables]",
            "<why> is my global variable [empty|unchanged|not updated] in [the workers|a worker "
            "process|multiprocessing]",
            "Can processes share a global [variable|list|dict|counter]",
            "I change a global [dict|list|variable] and the [workers|processes] do not [see|notice] it",
            "Are global variables shared between processes", "does a child process update the parent's list",
        ),
        say=(
            "No. Each process has its own memory, so a change to a global in one is not seen in the others. Pass "
            "data as arguments and return results, or use a Queue, a Manager or shared memory.",
        ),
        subject=("global variables in processes", "globals"),
        brief="No, each process has its own memory and sees only its own globals.",
    ),
    Intent(
        "gather_order", "asyncio",
        ask=(
            "[In which|What] order does gather return [results|its results]", "Does gather keep the order",
            "Are the results of gather [ordered|sorted|in order]",
            "Do results of asyncio.gather come in the order of [the arguments|completion]", "gather result order",
        ),
        say=(
            "gather returns the results in the order of its arguments, whatever finished first. For results as they "
            "finish use asyncio.as_completed.",
        ),
        subject=("the order of gather",),
        brief="In the order of the arguments.",
    ),
    Intent(
        "gather_errors", "asyncio",
        ask=(
            "<happens> when one [coroutine|task] in gather [fails|raises]",
            "How does gather handle [errors|exceptions]", "What does return_exceptions do",
            "one task in gather raised an exception, what about the others",
        ),
        say=(
            "gather raises the first error at once, and the other tasks go on running. With return_exceptions=True "
            "errors come back as results in the list. A TaskGroup cancels the others instead.",
        ),
        subject=("errors in gather", "return_exceptions"),
        brief="The first error is raised and the others go on; return_exceptions=True collects errors.",
    ),
    Intent(
        "as_completed", "asyncio",
        ask=(
            "What does asyncio.as_completed do",
            "<howdo> [handle|process|get] results as [they finish|soon as they are ready|they come] in asyncio",
            "gather or as_completed",
        ),
        say=(
            "asyncio.as_completed yields awaitables in the order in which they finish, so you can handle each "
            "result at once. gather waits for all and keeps the order of the arguments.",
        ),
        subject=("as_completed",),
        brief="It yields results in the order in which they finish.",
    ),
    Intent(
        "windows_start", "python",
        ask=(
            "[What|Which] is the default start method on [Windows|macOS|Mac|Linux]",
            "Which start method does [Windows|macOS|Linux] use", "Does Windows have fork", "Can I fork on Windows",
            "default start method in Python 3.14", "multiprocessing on Windows",
        ),
        say=(
            "Windows and macOS use spawn by default, and Windows has no fork at all. On Linux it was fork "
            "until Python 3.14, which changed it to forkserver. spawn starts a fresh interpreter that imports"
            " the main module again, so put the start under `if __name__ == \"__main__\":`.",
        ),
        subject=("the default start method", "start methods on Windows"),
        brief="spawn on Windows and macOS; on Linux fork, and forkserver since Python 3.14.",
    ),
    Intent(
        "process_cost", "matrix",
        ask=(
            "What [does|do] [multiprocessing|processes|a process pool] cost",
            "What are the [downsides|disadvantages|drawbacks|costs|price|problems] of [multiprocessing|processes|a "
            "process pool]",
            "<why> not always use processes", "<why> are processes [expensive|heavy]",
            "What is bad about multiprocessing", "<why> does multiprocessing use so much memory",
        ),
        say=(
            "Processes cost memory, tens to hundreds of megabytes each, start slowly, and every argument and result "
            "must be pickled. So use a pool, about one worker per core, and send little data. A thread costs up to "
            "megabytes, a coroutine kilobytes.",
        ),
        subject=("the cost of processes", "the downsides of multiprocessing"),
        brief="Memory for every process, slow starts, and pickling of all data.",
    ),
    Intent(
        "asyncio_cost", "matrix",
        ask=(
            "What are the [downsides|disadvantages|drawbacks|limits|problems] of [asyncio|async code|coroutines]",
            "<why> not always use asyncio", "What is [hard|difficult|bad] about asyncio",
            "when is asyncio a bad idea",
        ),
        say=(
            "Every library must be async, one blocking call stops everything, computation gains nothing, and the "
            "code is harder to debug. A coroutine costs only kilobytes, though. For a few blocking calls threads "
            "are simpler.",
        ),
        subject=("the downsides of asyncio",),
        brief="One blocking call stops everything, and all libraries must be async.",
    ),
    Intent(
        "threads_cost", "matrix",
        ask=(
            "What are the [downsides|disadvantages|drawbacks|problems|dangers] of threads",
            "What is [hard|difficult|bad] about threads", "<why> not use thousands of threads",
            "<why> not always use threads",
        ),
        say=(
            "Threads share one GIL, so Python code gains no parallelism; each needs its own stack, up to megabytes, "
            "so hundreds are the limit, not thousands; and shared data needs locks. A running thread cannot be "
            "cancelled.",
        ),
        subject=("the downsides of threads",),
        brief="No parallel Python code, memory per thread, and locks around shared data.",
    ),
    Intent(
        "process_gil", "gil",
        ask=(
            "<why> do processes [avoid|escape|bypass|not have|not suffer from] the GIL",
            "Does each process have its own GIL", "How does multiprocessing [avoid|bypass|get around] the GIL",
            "<howdo> [avoid|bypass|get around|work around|escape] the GIL", "Is the GIL shared between processes",
            "ways around the GIL",
        ),
        say=(
            "Each process runs its own Python interpreter with its own GIL, so they never wait for each other. "
            "Threads share one interpreter and one GIL, which lets only one of them run Python bytecode at a time. "
            "Native code that releases the GIL, such as torch, is the other way around it, and the optional "
            "free-threaded build of Python 3.13 a third.",
        ),
        subject=("the GIL in processes", "getting around the GIL"),
        brief="Each process has its own interpreter and its own GIL.",
    ),
    Intent(
        "gil_io", "gil",
        ask=(
            "Does [waiting for a socket|reading from a socket|a network call|requests.get|a database query|file "
            "reading|sleeping] release the GIL",
            "Is the GIL held while [waiting|a thread waits for I/O|reading from the network|sleeping]",
            "Who holds the GIL during I/O", "can other threads run while one waits for the network",
        ),
        say=(
            "Yes, a thread that waits for I/O or sleeps releases the GIL, so other threads run meanwhile. "
            "That is why threads suit blocking I/O. Only Python bytecode is limited to one thread at a time, "
            "so pure Python computation gains nothing from threads.",
        ),
        subject=("the GIL during I/O",),
        brief="Yes, a waiting thread releases the GIL.",
    ),
    Intent(
        "cpp_gil", "gil",
        ask=(
            "Can other threads run Python while [torch|numpy|C++ code|native code] [computes|runs]",
            "Does [C code|native code|a C extension|C++ code|Cython|numba] release the GIL",
            "<happens> to the GIL [during a forward pass|in C++ code|in native code]",
            "Can two threads run at once if one is in [C++|native code|torch]",
        ),
        say=(
            "Yes, if the native code releases the GIL while it computes, as torch and much of numpy do. Then "
            "other threads, such as the event loop's, run Python code meanwhile. Pure Python code and code "
            "that keeps the GIL let only one thread run at a time; processes get around that.",
        ),
        subject=("the GIL in native code",),
        brief="Yes, if the native code releases the GIL, as torch does.",
    ),
    Intent(
        "executor_queue", "asyncio",
        ask=(
            "[Is|How long is] the queue of a ThreadPoolExecutor [bounded|limited|]",
            "How many [jobs|tasks|calls] can wait in [a ThreadPoolExecutor|an executor|the thread pool]",
            "Does ThreadPoolExecutor [limit|bound] its queue", "Can the queue of an executor fill up",
            "<howdo> limit the queue of a thread pool", "<happens> when I submit a million jobs to a thread pool",
        ),
        say=(
            "The queue of a ThreadPoolExecutor is unbounded: the number of threads is limited, the number of "
            "waiting jobs is not. Bound it yourself, for example with a semaphore, before you submit. Otherwise "
            "memory and waiting times grow without end; when the bound is reached, refuse with 503 and Retry-After. "
            "The default executor of asyncio, min(32, cores + 4) threads, is the same.",
        ),
        subject=("the queue of an executor",),
        brief="It is unbounded; limit waiting yourself before you submit.",
    ),
    Intent(
        "retry_after", "serving",
        ask=(
            "Which [HTTP |]header [says|tells|shows] when to [try again|retry]",
            "What does the Retry-After header [mean|say|do]", "How long should a [refused |]client wait",
            "when may a client retry", "how does a client know when to retry",
        ),
        say=(
            "The Retry-After header: the server refuses with 429 or 503 and names the seconds after which the"
            " client may try again. It refuses early because a queue without a bound would only let memory "
            "and waiting times grow.",
        ),
        subject=("the Retry-After header",),
        brief="Retry-After names the seconds to wait.",
    ),
    Intent(
        "overload_do", "serving",
        ask=(
            "What should a server do [under overload|when it is overloaded|when too many requests come|when traffic "
            "grows]",
            "My server [collapses|falls over|gets slower and slower|runs out of memory] under load, what should "
            "[it|I] do",
            "Should a server queue or refuse", "Is it better to refuse or to queue", "How should overload be handled",
            "too much traffic, everything just queues",
        ),
        say=(
            "Apply backpressure: bound every queue, and when it is full refuse at once with 429 or 503 and "
            "Retry-After. A short bounded queue keeps waiting times low; an unbounded one only makes everyone"
            " wait. Memory then grows too, until the server falls over.",
        ),
        subject=("handling overload",),
        brief="Bound the queue and refuse early with 429 or 503 and Retry-After.",
    ),
    Intent(
        "decode_slow", "serving",
        ask=(
            "<why> is decode [slow|slower than prefill|memory-bound]",
            "<why> is prefill [fast|faster than decode|compute-bound]",
            "<why> does generating take longer than reading the prompt",
            "What limits [decode|the speed of generation|tokens per second]", "<why> are tokens made one by one",
        ),
        say=(
            "Decode makes one token per step and must read all weights and the KV cache from memory for it, so "
            "memory bandwidth is the limit. Prefill handles all prompt tokens in one pass and uses the processor "
            "fully. Batching helps decode, because one read serves many sequences.",
        ),
        subject=("the speed of decode",),
        brief="Each decode step reads all weights for one token, so memory bandwidth limits it.",
    ),
    Intent(
        "stream_end", "serving",
        ask=(
            "How does [a stream|streaming|an SSE stream] end",
            "How do I know [that |]the [stream|answer|response] is [complete|finished|over|done]",
            "What is the last [event|line|message] of a stream", "What closes a stream",
            "which marker ends the stream",
        ),
        say=(
            "The stream ends with the line `data: [DONE]`; the chunk before it carries the finish_reason. If an "
            "error event comes instead, the answer is not complete. Every event is a `data:` line and a blank line, "
            "of the type text/event-stream. You get such a stream by sending \"stream\": true.",
        ),
        subject=("the end of a stream", "data: [DONE]"),
        brief="It ends with `data: [DONE]`.",
    ),
    Intent(
        "one_liner", "asyncio",
        ask=(
            "[Give|Show|Write] me [the|a|one] line [of code |]that runs a [blocking |sync |]function in a thread",
            "One line to [await|run] a blocking function", "How do I write to_thread in one line",
            "code line for asyncio.to_thread",
            "what is the shortest code to call a blocking function from async code",
        ),
        say=("```python\nresult = await asyncio.to_thread(function, argument)\n```",),
        brief="`result = await asyncio.to_thread(function, argument)`",
    ),
    Intent(
        "fix_block", "pitfall",
        ask=(
            "<howdo> [fix|avoid|prevent|cure|solve] [a blocked event loop|blocking the event loop|the event-loop "
            "pitfall|a frozen server|the freeze]",
            "How can I stop [inference|a slow call|heavy work] from blocking <loop>",
            "What is the cure for a blocked loop", "My loop is blocked, how do I [fix|solve|cure] it",
            "unblock the event loop",
        ),
        say=(
            "Move the blocking work off the loop: `await asyncio.to_thread(function)` for blocking calls and for "
            "inference, a process pool with loop.run_in_executor for CPU-bound Python code, an async library such "
            "as httpx where there is one. Instead of time.sleep write await asyncio.sleep.",
        ),
        subject=("the cure for a blocked loop", "fixing a blocked loop"),
        brief="Move the work off the loop: to_thread for blocking calls, a process pool for heavy Python.",
    ),
    Intent(
        "other_users", "pitfall",
        ask=(
            "<happens> to [other users|the other requests|everyone else|the other clients] [when|if] [I block the "
            "loop|one handler blocks|I call time.sleep in async def|one request computes]",
            "Do other [users|clients|requests] [suffer|wait] when one handler blocks",
            "[Who|What] is affected by a blocking call in async def",
        ),
        say=(
            "They all wait: the event loop has one thread, so while one handler blocks nobody else is accepted, "
            "streamed to or answered, not even the health check. Move such calls to a thread with "
            "asyncio.to_thread, computation to a process pool, and write await asyncio.sleep instead of time.sleep.",
        ),
        brief="They all wait until the blocking call returns.",
    ),
    Intent(
        "pool_why", "python",
        ask=(
            "<why> not start a [new |fresh |]process [for each|for every|per] [task|request|item|small job]",
            "Is it [slow|expensive|bad] to start many processes", "How long does it take to start a process",
            "cost of starting a process", "<why> reuse worker processes",
        ),
        say=(
            "Starting a process takes tens to hundreds of milliseconds and memory, often more than the task "
            "itself. A pool starts its workers once and reuses them for all tasks. A new process for every "
            "task would only be overhead; have about one worker per core.",
        ),
        subject=("starting a process per task",),
        brief="Starting a process is slow; a pool reuses its workers.",
    ),
    Intent(
        "worker_error", "python",
        ask=(
            "<happens> when a function raises in [a worker|a process pool|the pool]",
            "How do I see [errors|exceptions] from [a worker|a process pool|a thread pool]",
            "Where does an exception in a worker go", "my pool swallows exceptions",
        ),
        say=(
            "The exception travels back, pickled, and is raised in the caller when it asks for the result, with "
            "future.result() or await. If nobody asks, it is lost, so always look at the results. The worker itself "
            "lives on; only a crash of the process breaks the pool.",
        ),
        subject=("exceptions in a worker",),
        brief="It is raised in the caller when it asks for the result.",
    ),
    Intent(
        "task_error", "asyncio",
        ask=(
            "Task exception was never retrieved", "What does 'Task exception was never retrieved' mean",
            "Where do errors of a background task go", "<why> is the error of my task lost",
            "<howdo> catch errors of create_task",
        ),
        say=(
            "A task that failed was never awaited, so its error had nowhere to go. Keep the task and await it, or "
            "use a TaskGroup.",
        ),
        subject=("lost task errors",),
        brief="Await the task, or use a TaskGroup.",
    ),
    Intent(
        "load_once", "serving",
        ask=(
            "When should the model be loaded", "<howdo> load the model [once|at startup]",
            "Should I load the model [per request|in the handler|for each request]",
            "my endpoint loads the model every time", "where do I load the model in FastAPI",
        ),
        say=(
            "Load the model once at start-up, in FastAPI's lifespan, and share it; loading per request takes "
            "seconds and memory each time. Readiness turns green only after it is loaded and warm. Run it in one "
            "thread with asyncio.to_thread, and batch the requests.",
        ),
        subject=("loading the model",),
        brief="Load it once at start-up, in the lifespan.",
    ),
    Intent(
        "second_process_model", "serving",
        ask=(
            "<why> not run inference in [a process pool|processes|several processes]",
            "Should inference run in a process pool", "process pool for inference",
            "Is multiprocessing good for [inference|LLM serving|the model]",
            "<why> a thread and not a process for the model",
        ),
        say=(
            "A process would need its own copy of the model, and prompts and results would have to cross by "
            "pickling. torch releases the GIL, so one thread does the same without the cost, and batching "
            "shares the weights among all requests. Keep the event loop and the model in one process: asyncio"
            " for requests, one thread for inference.",
        ),
        subject=("inference in processes",),
        brief="Each process would load its own model; torch releases the GIL, so a thread is enough.",
    ),
    Intent(
        "stop_service", "usage",
        ask=(
            "<howdo> stop [it|<svc>|the server]", "How is <svc> stopped", "<howdo> shut it down",
            "command to stop the server", "kill the server",
        ),
        say=(
            "Press Ctrl+C, or `docker compose down` for the container. It drains first: running requests finish, "
            "then the process ends.",
        ),
        subject=("stopping the server",),
        brief="Press Ctrl+C, or `docker compose down`.",
    ),
    Intent(
        "requirements", "usage",
        ask=(
            "What do I need to [run|install|use] <svc>", "What are the requirements",
            "Which Python version [do I need|is required|does it need]",
            "Does it run on [Windows|macOS|Linux|a laptop]", "which software must be installed first",
        ),
        say=(
            "You need Python 3.11 or newer with pip and venv, and make; then `make serve` starts it. No GPU and no "
            "model download are needed, because a small model is bundled that runs on a CPU.",
        ),
        subject=("the requirements",),
        brief="Python 3.11 or newer with pip and venv, and make.",
    ),
    Intent(
        "gpu_docker", "usage",
        ask=(
            "<howdo> [use|run] [a GPU|CUDA] [with|in] [Docker|docker compose|the container]",
            "docker compose with GPU", "GPU in the container", "Which compose profile uses the GPU",
        ),
        say=(
            "Use the gpu profile: `docker compose --profile gpu up --build gpu`; it answers on port 8001. Without "
            "it the container uses the CPU.",
        ),
        subject=("the gpu profile",),
        brief="`docker compose --profile gpu up --build gpu`.",
    ),
    Intent(
        "usage_tokens", "usage",
        ask=(
            "How do I [see|get] the [token usage|number of tokens|usage]", "What is stream_options.include_usage",
            "Does the answer contain the usage", "where are the token counts",
        ),
        say=(
            "A whole answer carries `usage` with prompt_tokens, completion_tokens and total_tokens. In a stream set "
            "stream_options.include_usage to true and the last chunk before `data: [DONE]` carries it.",
        ),
        subject=("usage", "token usage"),
        brief="`usage` is in the answer; in a stream set stream_options.include_usage.",
    ),
    Intent(
        "safetensors", "serving",
        ask=(
            "Why safetensors", "What is safetensors", "<why> not [pickle|torch.load] for weights",
            "Is torch.load safe", "Does <svc> run remote code", "trust_remote_code",
        ),
        say=(
            "safetensors holds only numbers, while pickle and torch.load can run code from the file. So the service "
            "loads safetensors only, and trust_remote_code stays off.",
        ),
        subject=("safetensors", "trust_remote_code"),
        brief="safetensors cannot run code, pickle can.",
    ),
    Intent(
        "prefix_cache", "serving",
        ask=(
            "How does prefix caching work", "<why> cache prefixes", "Is the same system prompt computed again",
            "what is prompt caching",
        ),
        say=(
            "A prefix cache keeps the keys and values of finished prompts. A new prompt with the same "
            "beginning, such as the same system prompt, reuses them and starts sooner. The keys and values in"
            " the KV cache are then not computed again.",
        ),
        subject=("prefix caching", "the prefix cache"),
        brief="It reuses the KV cache of a prompt's common beginning.",
    ),
    Intent(
        "quant", "serving",
        ask=(
            "What is [bf16|bfloat16|quantization|int8]", "<diff> [bf16 and float32|fp16 and bf16]", "<why> use bf16",
            "<why> quantize a model",
        ),
        say=(
            "bf16 stores each weight in 16 bits with the range of float32, so the model needs half the memory and "
            "steps get faster. Quantization goes further, to 8 or 4 bits, at some loss of quality.",
        ),
        subject=("bf16", "quantization"),
        brief="bf16 halves the memory; quantization goes to 8 or 4 bits.",
    ),
    Intent(
        "async_subprocess", "asyncio",
        ask=(
            "<howdo> run a [subprocess|command|shell command] in asyncio", "Does subprocess.run block",
            "subprocess in async def", "What is create_subprocess_exec",
        ),
        say=(
            "subprocess.run blocks the loop. Use `await asyncio.create_subprocess_exec(...)` and await its "
            "communicate(), or run subprocess.run in a thread with asyncio.to_thread. The other program is a "
            "process of its own, so it needs no process pool.",
        ),
        subject=("subprocesses in asyncio",),
        brief="Use asyncio.create_subprocess_exec, or subprocess.run in to_thread.",
    ),
    Intent(
        "big_json", "pitfall",
        ask=(
            "Does [json.loads|parsing JSON|json.dumps|a big JSON body] block the loop",
            "parsing [large|huge|big] JSON in async def", "Is JSON parsing CPU-bound",
        ),
        say=(
            "Yes, parsing is CPU work that holds the GIL: a small body is fine on the loop, but many megabytes "
            "block it, and every other request waits. Limit the body, and parse large ones in a process pool; a "
            "thread would not help, since json holds the GIL.",
        ),
        subject=("parsing large JSON",),
        brief="Yes, large JSON blocks the loop; use a process pool.",
    ),
    Intent(
        "locks_async", "asyncio",
        ask=(
            "<diff> asyncio.Lock and threading.Lock", "Can I use threading.Lock in asyncio",
            "When do I need asyncio.Lock", "which lock in async code",
        ),
        say=(
            "asyncio.Lock is awaited and protects code between awaits of one loop; threading.Lock blocks its thread "
            "and so the loop. Between coroutines use asyncio.Lock, between threads threading.Lock.",
        ),
        subject=("asyncio.Lock", "threading.Lock"),
        brief="asyncio.Lock between coroutines, threading.Lock between threads.",
    ),
    Intent(
        "shield", "asyncio",
        ask=("What does asyncio.shield do", "<howdo> protect a task from cancellation"),
        say=(
            "asyncio.shield protects the inner task from cancellation of the waiter: the waiter gets CancelledError "
            "at its await, the task goes on. Keep a reference to it. A function in a thread needs no shield, since "
            "it cannot be cancelled anyway and runs on until it returns.",
        ),
        subject=("asyncio.shield",),
        brief="It keeps a task running when its waiter is cancelled.",
    ),
    Intent(
        "subinterp", "gil",
        ask=("What are subinterpreters", "What is InterpreterPoolExecutor", "subinterpreters or processes"),
        say=(
            "Subinterpreters run several interpreters in one process, each with its own GIL; Python 3.14 offers "
            "InterpreterPoolExecutor. Many extension modules do not support them yet, so processes remain the safe "
            "choice. In one interpreter the GIL lets only one thread at a time run Python.",
        ),
        subject=("subinterpreters",),
        brief="Several interpreters in one process, each with its own GIL.",
    ),
    Intent(
        "joblib", "python",
        ask=(
            "What about [joblib|dask|ray]", "Is joblib [multiprocessing|threads]", "joblib or multiprocessing",
            "When should I use [Ray|Dask]",
        ),
        say=(
            "joblib runs loops in worker processes and is handy with numpy; Dask and Ray spread work over many "
            "machines. Underneath it is the same rule: processes for CPU-bound Python.",
        ),
        subject=("joblib", "Ray", "Dask"),
        brief="They run CPU-bound work in processes, Dask and Ray on many machines too.",
    ),
    Intent(
        "gevent", "python",
        ask=("What is [gevent|eventlet|a greenlet]", "gevent or asyncio", "<diff> gevent and asyncio"),
        say=(
            "gevent and eventlet switch between green threads at blocking calls by patching the standard library. "
            "asyncio does the same openly with await. Both are for I/O, not for CPU work.",
        ),
        subject=("gevent", "eventlet"),
        brief="Green threads that switch at blocking calls; for I/O, like asyncio.",
    ),
    Intent(
        "background_tasks", "fastapi",
        ask=(
            "What are FastAPI BackgroundTasks", "BackgroundTasks or Celery", "When <should> <use> BackgroundTasks",
            "Do BackgroundTasks survive a restart",
        ),
        say=(
            "BackgroundTasks run a small job after the answer, in the same process: good for a mail or a log "
            "line. They do not survive a restart, so put long or important jobs on a queue such as Celery. "
            "There worker processes take them from a broker such as Redis, retry them, and survive a restart "
            "of the web app.",
        ),
        subject=("BackgroundTasks",),
        brief="Small jobs after the answer in the same process; they do not survive a restart.",
    ),
    Intent(
        "streaming_response", "fastapi",
        ask=("<howdo> stream [from|in|with] FastAPI", "What is StreamingResponse", "code for streaming in FastAPI"),
        say=(
            "Return a StreamingResponse with an async generator that yields pieces of text; set the media "
            "type text/event-stream for server-sent events. Inside the generator only await, never block. "
            "Every event is a line `data: ...` and a blank line; the last one here is `data: [DONE]`.",
        ),
        subject=("StreamingResponse",),
        brief="Return a StreamingResponse with an async generator.",
    ),
    Intent(
        "celery_broker", "matrix",
        ask=(
            "What does Celery need to run", "Which broker does Celery use", "Do I need Redis for Celery",
            "Celery with [Redis|RabbitMQ]",
        ),
        say=(
            "Celery needs a broker that holds the jobs, usually Redis or RabbitMQ, and worker processes that take "
            "them. Results can go to a result backend. The workers are prefork processes by default, about one per "
            "core, and do not run async def tasks natively. The jobs survive a restart of the web app and can be "
            "retried.",
        ),
        subject=("the broker", "a Celery broker"),
        brief="A broker such as Redis or RabbitMQ, and workers.",
    ),
    Intent(
        "max_conn", "matrix",
        ask=(
            "How many connections can asyncio [handle|hold|serve]",
            "How many [websockets|clients] can one event loop serve", "Can one thread hold 50,000 connections",
            "is asyncio limited in connections",
        ),
        say=(
            "Tens of thousands in one thread with asyncio: a waiting coroutine costs a few kilobytes, and the "
            "operating system's limit on open files comes first. That is asyncio's strength; threads end at some "
            "hundreds, because each needs a stack of up to megabytes, and processes cost far more.",
        ),
        subject=("the number of connections",),
        brief="Tens of thousands in one thread.",
    ),
    Intent(
        "coroutine_vs_thread_mem", "matrix",
        ask=(
            "How much memory does a coroutine need compared with a thread", "[coroutine|thread] memory",
            "Is a coroutine [smaller|lighter] than a thread", "memory per [coroutine|thread|process]",
            "how heavy is a coroutine", "Which of the three [needs|costs|takes] the most memory",
            "which costs most memory, a coroutine, a thread or a process",
        ),
        say=(
            "In memory a process costs the most, tens to hundreds of megabytes; a thread costs up to "
            "megabytes for its stack; a coroutine costs the least, a few kilobytes. So tens of thousands of "
            "coroutines are fine, some hundreds of threads, and about one process per core.",
        ),
        subject=("memory per coroutine",),
        brief="Kilobytes for a coroutine, up to megabytes for a thread, tens to hundreds of megabytes for a process.",
    ),
    Intent(
        "drain_first", "health",
        ask=(
            "What [should|does] [a server|the service|it] do first [on SIGTERM|at SIGTERM|when it is told to "
            "stop|at shutdown]",
            "In what order does a server shut down", "Which comes first at shutdown",
            "first step of a graceful shutdown",
        ),
        say=(
            "First readiness turns red, so that the load balancer sends no new requests. Then running "
            "requests finish within a time limit, and the process ends. That begins at SIGTERM; new requests "
            "are refused with 503 and Retry-After.",
        ),
        subject=("the order of a shutdown",),
        brief="Readiness turns red first, so that no new requests come.",
    ),
    Intent(
        "order_imap", "python",
        ask=(
            "Does [imap|Pool.map|imap_unordered] keep the order", "Which pool method streams results",
            "Is there a [streaming|lazy|memory-friendly] [version|form] of Pool.map",
            "[Pool.map|the result list of Pool.map] needs too much [memory|RAM]",
            "results of Pool.map do not fit in memory",
        ),
        say=(
            "Pool.map returns everything in order at the end. imap and imap_unordered stream results and need "
            "little memory: imap keeps the order, imap_unordered gives each as soon as it is ready.",
        ),
        subject=("the order of pool results",),
        brief="Use imap_unordered to stream results; imap keeps the order.",
    ),
)
STANDS_FOR = {
    "GIL": "global interpreter lock", "TTFT": "time to first token", "ITL": "inter-token latency",
    "SSE": "server-sent events", "KV": "key and value, as in the KV cache", "BPE": "byte-pair encoding",
    "ASGI": "asynchronous server gateway interface", "WSGI": "web server gateway interface",
    "I/O": "input and output", "IO": "input and output", "LLM": "large language model",
    "SDK": "software development kit", "API": "application programming interface", "CPU": "central processing unit",
    "GPU": "graphics processing unit", "TPOT": "time per output token", "IPC": "inter-process communication",
    "SIGTERM": "the terminate signal, which asks a process to end", "JSON": "JavaScript object notation",
    "DNS": "domain name system", "RAM": "random-access memory",
}
STANDS_ASK = (
    "What does {x} [stand for|mean]", "{x} stands for what", "What is {x} short for", "[Spell|Write] out {x}",
    "Meaning of {x}", "What do the letters {x} [mean|stand for]", "{x} is an abbreviation of what",
    "full form of {x}", "{x} abbreviation", "What's the long form of {x}",
)
