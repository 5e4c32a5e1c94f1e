"""Further follow-ups, in the words of people who write short: doubts, fragments, next steps."""

# fmt: off

from models.recipe.topics.followups import AIO, BLOCKING, CPU, GATHER, GIL, LLM, PITFALL, RUN, START
from models.recipe.topics.followups_more import CELERY, CHOICE, LOAD, STREAM

CANCEL = ("cancellation", "cancel_thread", "timeouts", "cancel_swallow")
HEALTH = ("liveness_readiness", "health_blocked", "probe_checks", "startup_probe")
SERVING = ("continuous_batching", "kv_cache", "prefill_decode", "scheduler", "chunked_prefill")
POOL = ("pool_def", "pool_size", "pool_map_def", "pool_why", "process_def")

FURTHER = (
    (CHOICE, (
        "and for talking to lots of servers?", "ok, and if it is all network?", "what about a scraper then",
        "what if the machine is idle most of the time", "hmm, mine just waits for replies",
        "fine, but my case is API calls", "suppose it's thousands of sockets instead", "and websockets?",
        "now the same question for downloads", "is that also true for waiting?",
    ), "io_bound"),
    (CHOICE, (
        "and for crunching numbers?", "ok, and if it is all maths?", "what about resizing pictures then",
        "what if all cores should be busy", "hmm, mine computes the whole time", "fine, but my case is hashing",
        "suppose it's a simulation instead", "and for encoding video?", "now the same question for calculations",
        "is that also true for heavy loops?",
    ), "cpu_bound"),
    (CHOICE, (
        "what if the SDK has no await", "ours is a sync driver, sadly", "it only offers normal functions",
        "but that package is not async", "no coroutine version exists", "and when the client library blocks",
        "I can't rewrite that library", "then what do I do with psycopg2",
    ), "io_blocking"),
    (CHOICE, (
        "and where does torch go?", "what about a chatbot", "and for text generation?", "now with a neural net",
        "if there's a transformer in it?", "and generating tokens?",
    ), "mixed_llm"),
    (CHOICE, (
        "and when nobody waits for the result?", "it runs for two hours, though",
        "what if the server restarts meanwhile", "must not be lost on redeploy", "and for nightly reports?",
    ), "celery_when"),
    (CPU, (
        "how many do I launch", "what do I set max_workers to", "16 on a 16 core box?", "would 100 be better",
        "so how many of them", "what's the right count", "a number please",
    ), "pool_size"),
    (CPU, (
        "what's the bill for that", "and the drawback?", "does it eat RAM", "isn't that wasteful", "how dear is it",
        "any price I pay", "what is bad about processes", "and in terms of memory?", "cost?", "is there overhead?",
    ), "process_cost"),
    (CPU, (
        "threads are not enough?", "not even with eight threads?", "and multithreading?", "my tutor said threads",
        "why won't a thread pool do", "would ThreadPoolExecutor be the same",
    ), "threads_cpu"),
    (CPU, ("async instead?", "does await help there", "and with coroutines?", "could async def do it"), "asyncio_cpu"),
    (CPU, ("and on my Mac it crashes at start", "it spawns without end", "windows complains, why"), "main_guard"),
    (CPU, ("what travels between them", "and my data?", "are objects shared", "do they see my variables"), "pickle"),
    (CPU, ("I call it from a web handler", "how from a coroutine", "and awaiting it?", "in FastAPI, how"), "combine"),
    (CPU, ("one got killed", "and a segfault?", "what if the kernel shoots one", "BrokenProcessPool, hm"),
     "pool_death"),
    (CPU, ("one never comes back", "can I stop a running one", "and if it loops for ever"), "hung_worker"),
    (AIO, (
        "a process each, instead?", "why no multiprocessing", "would processes not be stronger", "and a process pool?",
        "are processes wrong here", "not processes?",
    ), "multiproc_io"),
    (AIO, (
        "a thread each, instead?", "why no threads", "would threads not be simpler", "not threads?",
        "compare that with threads",
    ), "asyncio_vs_threads"),
    (AIO, (
        "we can't get rid of requests", "I'd like to stay with requests", "requests is a must here",
        "my client is the sync one", "and if the library is old and blocks", "there's no async client for it",
        "I am bound to a blocking package", "what about code that uses urllib",
    ), "io_blocking"),
    (AIO, (
        "truly at the same time?", "is it multi-core", "so it is parallel?", "does that count as parallelism",
        "in parallel, you mean?", "do two run in the same instant",
    ), "asyncio_parallel"),
    (AIO, ("at most ten at a time?", "the server complains about too many", "and a limit?", "throttle it, how"),
     "semaphore_permit"),
    (AIO, ("up to how many?", "does it hold 30,000", "how far does that go"), "max_conn"),
    (AIO, ("which package do I install", "and for HTTP?", "with what library"), "aiohttp_httpx"),
    (AIO, ("what's bad about it", "and the price?", "any reason against it"), "asyncio_cost"),
    (BLOCKING, (
        "does it end when I cancel", "what if the user aborts", "stop it half way?", "can I kill it",
        "and after a timeout?",
    ), "cancel_thread"),
    (BLOCKING, ("how many in parallel", "what is its size", "and 200 calls at once?"), "default_executor"),
    (BLOCKING, ("does it refuse at some point", "how long may the line get", "and too many jobs?"), "executor_queue"),
    (BLOCKING, ("if it computes a lot?", "and a heavy Python loop in there", "same for calculations?"),
     "gil_thread_loop"),
    (BLOCKING, ("write that line", "how does it look in code", "code, one line"), "one_liner"),
    (BLOCKING, ("isn't the GIL a problem", "the GIL allows only one, so?", "how can that be parallel with the GIL"),
     "gil_io"),
    (PITFALL, (
        "ok so what do I change", "how to get it right", "and the cure?", "what's the correct version",
        "how should it be written", "tell me the fix", "what helps against that", "how do others solve it",
        "can it be repaired", "and how do I stop that from happening", "what would you do",
    ), "fix_block"),
    (PITFALL, ("where is the culprit", "how do I see which call it is", "and finding it?", "any debugging aid"),
     "find_blocking"),
    (PITFALL, ("does anybody else notice", "what about the rest", "and other clients?"), "other_users"),
    (PITFALL, ("is there a live demo", "I'd like to see that", "prove it"), "lab"),
    (GIL, (
        "then threads are pointless?", "why would anyone use threads", "so no threads at all?", "threads for nothing?",
        "what remains for threads",
    ), "when_threads"),
    (GIL, ("how do I use eight cores", "any trick against it", "and with processes?", "how to beat it"), "process_gil"),
    (GIL, ("also while reading from a socket?", "and when a thread sleeps?", "during a download too?"), "gil_io"),
    (GIL, ("and in 3.13?", "is it still there today", "will it vanish", "can't it be disabled"), "free_threading"),
    (GIL, ("and during a matmul?", "does the model hold it", "and inference?"), "torch_gil"),
    (GIL, ("so no locks needed?", "my data is safe, then", "is += safe"), "race"),
    (LLM, ("a process for the model?", "why not put it elsewhere", "not in its own process?"), "second_process_model"),
    (LLM, ("two threads for the model?", "more threads?", "is one enough", "only a single one?"), "inference_threads"),
    (LLM, ("and a hundred users?", "do they queue up", "one after another then?"), "continuous_batching"),
    (LLM, ("but isn't there the GIL", "how is the loop free then", "doesn't it hold the lock"), "torch_gil"),
    (START, ("so what do I choose", "and with torch?", "recommended one?", "the safest?", "which instead"),
     "fork_threads"),
    (START, ("and on Windows?", "on Linux by default?", "what about macs", "what's the standard"), "windows_start"),
    (RUN, ("where do I go then", "which link", "what address", "URL?", "open what?"), "port"),
    (RUN, ("with my openai script?", "from code?", "call it how", "base_url?"), "openai_sdk"),
    (RUN, ("and another model?", "with Qwen?", "my own weights?"), "other_model"),
    (GATHER, ("sorted?", "order?", "does it keep the sequence"), "gather_order"),
    (GATHER, ("one breaks, what then", "errors?", "and an exception"), "gather_errors"),
    (GATHER, ("I want the quick ones first", "not wait for all?", "one at a time as they arrive"), "as_completed"),
    (CELERY, ("so I need a redis?", "what else to install", "what stores the jobs"), "celery_broker"),
    (CELERY, ("are those threads", "processes?", "what kind of worker is it", "how many per machine"), "celery_kind"),
    (CELERY, ("and the result?", "what does the user see", "how do they get it"), "celery_result"),
    (CELERY, ("if it dies half way?", "is it repeated", "lost on a crash?"), "celery_retry"),
    (CELERY, ("for one second jobs too?", "a bit much, no?", "and short things?"), "celery_small"),
    (CELERY, ("with async functions?", "coroutines too?", "await inside?"), "celery_async"),
    (CELERY, ("BackgroundTasks instead?", "is FastAPI's own thing enough", "without a queue?"), "background_tasks"),
    (STREAM, ("when is it over", "the end?", "what's the last line", "how does my loop stop"), "stream_end"),
    (STREAM, ("if I leave?", "and closing the tab", "and a lost connection"), "disconnect"),
    (STREAM, ("not in one go, please", "piece by piece?", "live?"), "sse"),
    (STREAM, ("errors?", "and a crash in the middle", "what if it breaks off"), "sse_error"),
    (LOAD, ("and then, when may they return", "which header?", "wait how long", "who tells them"), "retry_after"),
    (LOAD, ("can't they simply wait", "why not a longer queue", "just buffer everything?"), "queue_length"),
    (LOAD, ("in code?", "how do I do that in FastAPI", "build it how"), "limit_own"),
    (LOAD, ("503 or 429?", "which code", "what status"), "status_full"),
    (CANCEL, ("and inside to_thread?", "also a thread?", "does the function stop"), "cancel_thread"),
    (CANCEL, ("where is it raised", "which exception", "at what point"), "cancellation"),
    (CANCEL, ("after five seconds?", "with a deadline?", "and automatically?"), "timeouts"),
    (HEALTH, ("why did it restart", "during generation it fails", "it times out under load"), "health_blocked"),
    (HEALTH, ("and at start?", "it needs minutes to load", "while loading?"), "startup_probe"),
    (HEALTH, ("what does it look at", "should it query the database", "and dependencies?"), "probe_checks"),
    (HEALTH, ("and at shutdown?", "on a deploy?", "when it goes down"), "drain_first"),
    (SERVING, ("why is writing slower", "what's the bottleneck", "and the decode part?"), "decode_slow"),
    (SERVING, ("and memory?", "what fills up", "what is kept"), "kv_cache"),
    (POOL, ("and with async?", "from FastAPI?", "inside a coroutine?"), "combine"),
    (POOL, ("and a lambda?", "it won't pickle", "can't pickle, why"), "lambda_pickle"),
    (POOL, ("and exceptions?", "one raises, what then", "where's the error"), "worker_error"),
)
