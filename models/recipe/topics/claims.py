"""Statements that people make about the subject, with the answer that confirms or corrects them."""

# fmt: off

from models.recipe.topics import (
    details,
    event_loop,
    fine_points,
    job_queue,
    matrix,
    overload,
    python_model,
    serving,
    streams,
)

_MODULES = (details, event_loop, fine_points, job_queue, matrix, overload, python_model, serving, streams)
_SAID = {intent.name: intent.say[0] for module in _MODULES for intent in module.INTENTS}

CLAIMS = (
    (
        (
            "asyncio is parallel", "async code runs on several cores", "coroutines run at the same instant",
            "gather runs things in parallel",
        ),
        (
            "No. asyncio is concurrent but not parallel: one thread runs coroutines by turns. Parallel computation "
            "needs processes."
        ),
    ),
    (
        (
            "asyncio makes computation faster", "async def speeds up CPU work",
            "making a function async makes it faster",
        ),
        (
            "No. asyncio only overlaps waiting; computation still runs in one thread and blocks the event loop. Use "
            "a process pool."
        ),
    ),
    (
        (
            "threads are useless in Python", "Python threads are not real", "nobody needs threads in Python",
        ),
        (
            "Not so. Threads share one GIL, so they do not speed up Python code, but they are right for blocking "
            "I/O and for native code that releases the GIL."
        ),
    ),
    (
        (
            "threads use all cores in Python", "threads run Python code in parallel",
            "more threads make pure Python code faster",
        ),
        (
            "No. The GIL lets one thread at a time run Python code, so threads gain nothing for CPU-bound work. Use "
            "processes."
        ),
    ),
    (
        (
            "the GIL makes my code thread-safe", "the GIL protects my data", "one needs no locks because of the GIL",
        ),
        (
            "No. The GIL protects the interpreter, not your data: a switch can come between reading and writing. "
            "Use a lock for shared data."
        ),
    ),
    (
        (
            "all processes share one GIL", "the GIL also stops processes", "multiprocessing is limited by the GIL",
        ),
        "Each process has its own interpreter and its own GIL, so processes run in parallel.",
    ),
    (
        (
            "processes share memory", "child processes see my global variables change", "a worker can change my list",
        ),
        "Processes do not share memory: each has its own, and data is pickled and sent. For large arrays use shared "
        "memory.",
    ),
    (
        (
            "the GIL is held during I/O", "threads block each other while waiting for the network",
        ),
        "A thread that waits for I/O releases the GIL, so other threads run meanwhile.",
    ),
    (
        (
            "to_thread solves everything", "to_thread is always enough", "with to_thread the loop can never block",
            "asyncio.to_thread makes CPU code parallel",
        ),
        (
            "Not always. to_thread helps when the work waits or releases the GIL; CPU-bound Python code in a thread "
            "still slows the loop, so use a process pool for it."
        ),
    ),
    (
        (
            "cancelling a task stops its thread", "a thread ends when the request is cancelled",
        ),
        "No. Only the waiting ends; the thread runs on until its function returns.",
    ),
    (
        (
            "torch holds the GIL", "inference blocks all threads", "PyTorch needs a separate process",
        ),
        "torch releases the GIL while it computes, so one thread is enough for inference.",
    ),
    (
        (
            "four inference threads are faster than one", "one should run inference in many threads",
            "a bigger thread pool speeds up the model",
        ),
        (
            "No. torch already uses all cores inside one call; more inference threads fight for them. Use one "
            "thread and batch the requests."
        ),
    ),
    (
        (
            "a tokenizer in a thread cannot block the loop", "tokenizers release the GIL",
            "encode is safe in to_thread",
        ),
        (
            "Not quite. Tokenizer.encode holds the GIL for its whole time, so a long text freezes the loop even "
            "from a thread. Use encode_batch or a process pool."
        ),
    ),
    (
        (
            "fork is always safe", "fork is better than spawn", "one should fork after loading torch",
        ),
        (
            "No. fork copies locks but not the threads that hold them, so with threads or torch it can deadlock. "
            "Use spawn."
        ),
    ),
    (
        (
            "spawn is the default on Linux", "Windows uses fork", "macOS forks by default",
        ),
        (
            "No. Windows and macOS use spawn by default; Linux used fork until Python 3.14, which changed it to "
            "forkserver."
        ),
    ),
    (
        (
            "lambdas work with Pool.map", "any function can be sent to a process pool", "lambdas can be pickled",
        ),
        "No. A lambda or local function cannot be pickled; use a function at the top level of a module.",
    ),
    (
        (
            "a process per request is fine", "one should start a new process for each task",
        ),
        "No. Starting a process is slow and costs memory; use a pool, which reuses its workers.",
    ),
    (
        (
            "a broken process pool repairs itself", "a pool survives the death of a worker",
            "ProcessPoolExecutor restarts dead workers",
        ),
        (
            "No. When a worker dies the whole ProcessPoolExecutor is broken; build a new one and resubmit the lost "
            "tasks."
        ),
    ),
    (
        (
            "Celery is based on asyncio", "Celery uses threads by default", "Celery runs coroutines",
        ),
        "No. By default Celery uses processes, its prefork pool; gevent and eventlet are there for I/O.",
    ),
    (
        (
            "Flask is asynchronous", "Flask handles all requests in one event loop", "Flask and FastAPI work alike",
        ),
        (
            "No. Flask is a synchronous WSGI framework with a thread or process per request; FastAPI is "
            "asynchronous (ASGI) with an event loop."
        ),
    ),
    (
        (
            "a plain def endpoint blocks the event loop", "FastAPI needs async def everywhere",
            "def routes are bad in FastAPI",
        ),
        (
            "No. FastAPI runs plain def routes in a thread pool, so blocking code there does not block the loop; in "
            "async def it would."
        ),
    ),
    (
        (
            "an endless queue is the best protection", "one should never refuse a request",
            "a bigger queue cures overload",
        ),
        "No. An unbounded queue only makes everyone wait. Bound it and refuse early with 503 and Retry-After.",
    ),
    (
        (
            "liveness should fail when the server is busy", "a full queue must turn /healthz red",
            "a busy server should be restarted",
        ),
        "No. Being busy is no reason for a restart: it may turn readiness red, but never liveness.",
    ),
    (
        (
            "run_in_executor keeps context variables", "contextvars always reach the thread",
        ),
        "No. run_in_executor drops context variables; asyncio.to_thread copies them.",
    ),
    (
        (
            "the default executor has a bounded queue", "to_thread refuses work when it is full",
        ),
        "No. Its threads are bounded, its queue is not: further calls simply wait. Bound them before you submit.",
    ),
    (
        (
            "requests is fine in async def", "time.sleep is fine in a coroutine", "boto3 does not block the loop",
        ),
        "No. It is a blocking call and stops the event loop. Await an async library, or use asyncio.to_thread.",
    ),
    (
        (
            "CPU-bound work belongs in processes", "processes run in parallel", "multiprocessing gets around the GIL",
        ),
        "Yes. Each process has its own GIL, so CPU-bound Python work runs in parallel on all cores.",
    ),
    (
        (
            "asyncio is for I/O", "asyncio is good for many connections",
            "one event loop can hold thousands of connections",
        ),
        "Yes. Waiting coroutines cost little, so one event loop serves thousands of connections.",
    ),
    (
        (
            "threads help with blocking I/O", "a thread pool is right for a synchronous library",
            "to_thread is right for blocking calls",
        ),
        "Yes. A blocking call releases the GIL while it waits, so a thread keeps the event loop free.",
    ),
    (
        (
            "numpy can run in threads", "numpy releases the GIL", "native code can let go of the GIL",
        ),
        "Yes. Most large numpy operations release the GIL while they compute, so threads can run them in parallel.",
    ),
    (
        (
            "one blocking call stops the whole server", "a blocking call in async def hurts all users",
            "the event loop has only one thread",
        ),
        "Yes. The event loop has one thread, so one blocking call in async def makes every other request wait.",
    ),
    (("a Celery task may be an async def function", "Celery awaits coroutines", "Celery has an event loop for tasks"),
        _SAID["celery_async"]),
    (("Celery is right for every small job", "a mail needs Celery", "one should use Celery even for 100 ms of work"),
        _SAID["celery_small"]),
    (("a process pool keeps its jobs over a restart", "a ProcessPoolExecutor is as durable as Celery",
        "multiprocessing and Celery are the same"), _SAID["celery_vs_pool"]),
    (("a request should wait for the Celery result", "the handler must call result.get()"), _SAID["celery_result"]),
    (("a killed Celery worker never loses a job", "Celery runs each job exactly once"), _SAID["celery_retry"]),
    (("chat answers belong on a Celery queue", "the LLM should run in Celery workers"), _SAID["celery_llm"]),
    (("Celery needs nothing but pip install", "Celery works without a broker"), _SAID["celery_broker"]),
    (("BackgroundTasks are good for an hour of work", "BackgroundTasks run in another process"),
        _SAID["background_tasks"]),
    (("one needs WebSockets to stream tokens", "SSE can send in both directions"), _SAID["sse_websocket"]),
    (("an error in the middle of a stream gives status 500", "a stream can change its status code later"),
        _SAID["sse_error"]),
    (("a longer queue helps against overload", "the queue should hold as many requests as memory allows"),
        _SAID["queue_length"]),
    (("a refused client should retry at once", "retrying in a tight loop is fine"), _SAID["client_retry"]),
    (("a full server should answer 500", "429 and 503 mean the same"), _SAID["status_full"]),
    (("max_workers limits how many jobs may wait", "a ThreadPoolExecutor refuses work when it is full"),
        _SAID["executor_queue"]),
    (("asyncio gets around the GIL", "coroutines do not need the GIL", "the GIL does not matter with asyncio"),
        _SAID["gil_asyncio"]),
    (("more threads always mean more speed", "eight threads use eight cores in Python"), _SAID["threads_slower"]),
    (("except Exception catches a cancellation", "swallowing CancelledError is harmless"), _SAID["cancel_swallow"]),
    (("liveness should check the database", "a health check should run the model"), _SAID["probe_checks"]),
    (("Python 3.13 has no GIL any more", "the GIL was removed from Python"), _SAID["free_threading"]),
    (("a slow client slows down all the others", "one slow reader blocks the batch"), _SAID["slow_reader"]),
    (("aborted requests go on computing", "the server does not notice when a client leaves"), _SAID["disconnect"]),
)
ASK = (
    "Is it true that {claim}", "{claim}, [right|correct|true|is that so|isn't it|yes or no|or not]",
    "[My colleague|Someone|My boss|A friend|A blog|The internet|My teacher|A tutorial] [says|claims|told me|writes] "
    "[|that ]{claim}. [Is that true|Is that right|True|Right|Correct|Do you agree|Is that so|What do you say]",
    "I [heard|read|think|thought|believe] [|that ]{claim}. [Is that true|Is that right|True|Right|Correct|Am I "
    "right|Is that so]",
    "True or false: {claim}", "[Can I|May I] assume that {claim}", "Do you agree that {claim}", "So {claim}",
    "[Would you say|Is it correct] that {claim}", "They say {claim}. Myth or fact",
    "Is it [a myth|wrong|right] that {claim}", "[Am I right|Am I wrong] that {claim}", "{claim}?",
)
