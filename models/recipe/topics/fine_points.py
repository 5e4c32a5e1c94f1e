"""Finer points of the GIL, cancellation, health checks, start methods and of the tutor itself."""

# fmt: off

from models.recipe.grammar import Intent

INTENTS = (
    Intent(
        "gil_why", "gil",
        ask=(
            "<why> does [Python|CPython] have a GIL", "What is the GIL good for", "What does the GIL protect",
            "<why> was the GIL [invented|added|introduced]", "What would break without the GIL",
        ),
        say=(
            "CPython counts references to every object, and the GIL (global interpreter lock) keeps these counts "
            "right: "
            "only one thread at a time runs Python bytecode. It makes single-threaded code fast and C extensions "
            "simple. "
            "I/O and native code such as torch release it, and each process has its own.",
        ),
        subject=("the purpose of the GIL",),
        brief="It keeps reference counts right by letting one thread at a time run Python bytecode.",
    ),
    Intent(
        "gil_asyncio", "gil",
        ask=(
            "Does asyncio [get around|avoid|escape|bypass] the GIL", "Is asyncio [limited|affected] by the GIL",
            "asyncio and the GIL", "Does the GIL matter [for|in] [asyncio|coroutines|async code]",
        ),
        say=(
            "No, asyncio does not get around the GIL: all coroutines run in one thread and take turns at await. For "
            "waiting that does not matter, since blocking I/O needs no GIL. For parallel computation use processes, "
            "each "
            "with its own GIL; a thread helps only with code that releases it, such as torch.",
        ),
        subject=("asyncio and the GIL",),
        brief="No, coroutines share one thread; only processes compute Python code in parallel.",
    ),
    Intent(
        "threads_slower", "gil",
        ask=(
            "<why> is my [multithreaded|threaded] [code|program|version] slower than [one thread|a single "
            "thread|before]",
            "more threads but [slower|no faster]", "[Only one|Just one] core is busy although I have [8|many] threads",
            "<why> do threads not use all [my |]cores",
        ),
        say=(
            "Because of the GIL: only one thread at a time runs Python bytecode, so CPU-bound threads take turns on "
            "one "
            "core, and the switching and fighting for the lock cost time on top. Use processes for pure Python "
            "computation; threads help only with waiting and with code that releases the GIL, such as torch or numpy.",
        ),
        subject=("slow threads",),
        brief="Because the GIL lets one thread at a time run Python, and switching costs extra.",
    ),
    Intent(
        "cancel_swallow", "asyncio",
        ask=(
            "Does except Exception catch [CancelledError|a cancellation]", "<should> I catch CancelledError",
            "<why> does my task not stop [after cancel|when cancelled]", "swallowing CancelledError",
            "My coroutine ignores cancel()",
        ),
        say=(
            "CancelledError is raised at the next await; it is a BaseException, so `except Exception` does not catch "
            "it. "
            "Catch it only to clean up, in finally or with a raise at the end; a task that swallows it goes on "
            "running. "
            "A coroutine without an await and a function in a thread cannot be cancelled at all.",
        ),
        subject=("catching CancelledError",),
        brief="It is a BaseException raised at an await; clean up and raise it again.",
    ),
    Intent(
        "startup_probe", "health",
        ask=(
            "<why> is my [pod|container] killed while [the model|it] [loads|starts]", "What is a startup probe",
            "<howdo> give [the model|a slow start] time to load in Kubernetes", "readiness while the model loads",
        ),
        say=(
            "While the model loads the process is alive but not ready: /healthz may answer, /readyz answers 503 "
            "until the model is loaded and warm. Give it a startup probe or a longer initial delay, so that "
            "liveness does not restart it meanwhile. Load in the lifespan, and off the event loop: a blocked loop "
            "answers no probe at all.",
        ),
        subject=("startup probes",),
        brief="Use a startup probe: alive while loading, ready only when the model is loaded and warm.",
    ),
    Intent(
        "probe_checks", "health",
        ask=(
            "What should [a health check|/healthz|the liveness probe] [check|test|look at]",
            "Should [liveness|/healthz] check the [database|queue|model|GPU]", "Which probe looks at dependencies",
            "<why> must [liveness|/healthz] not depend on the [database|queue]",
        ),
        say=(
            "Liveness (/healthz) should check only that the process and its event loop answer; no database, no "
            "queue length and no model, or a busy server is restarted for nothing. Readiness (/readyz) looks at the "
            "rest: model loaded, engine making progress, not draining. A failed one only takes traffic away. If "
            "probes time out under load, the event loop is blocked: move inference to a thread.",
        ),
        subject=("what probes check",),
        brief="Liveness only that the loop answers; readiness whether requests can be taken.",
    ),
    Intent(
        "remember", "chat",
        ask=(
            "Do you remember [me|our last talk|what I said yesterday]",
            "Do you [store|keep|save] [my messages|this chat]",
            "Do you learn from [me|this conversation]", "Are you connected to the internet",
            "Does my data leave this machine",
            "Can you [open|read] [a link|a website|my files]",
        ),
        say=(
            "No, I keep nothing between conversations and do not learn from them: each request carries its own "
            "messages. I am Tutor, a small model that runs inside this service on your machine; I cannot browse the "
            "internet, open files, or send your words anywhere.",
        ),
    ),
)
