"""Finer questions on job queues: Celery beside asyncio, pools, short jobs, results, retries and schedules."""

# fmt: off

from models.recipe.grammar import Intent

INTENTS = (
    Intent(
        "celery_async", "matrix",
        ask=(
            "Can a Celery task be [async|async def|a coroutine]",
            "Does Celery [support|run|understand] [asyncio|async def|"
            "coroutines]", "<why> does Celery not await my [coroutine|async task]",
            "Celery [and|with] asyncio", "<howdo> run async code in a Celery task",
        ),
        say=(
            "No, Celery does not run async def tasks natively: a task is a plain function in a prefork worker "
            "process. Call asyncio.run inside the task when it must await something. From an async handler send the "
            "job with task.delay, in a thread if the broker is slow, and return its id. asyncio is for waits within "
            "a request, Celery for jobs that outlive it and survive a restart.",
        ),
        subject=("async tasks in Celery",),
        brief="No, a Celery task is a plain function in a worker process; use asyncio.run inside it.",
    ),
    Intent(
        "celery_small", "matrix",
        ask=(
            "Is Celery [overkill|too much] for [a short job|half a second of work|one small function]",
            "Do I [need|really need] Celery [for a mail|for a short task|at all]",
            "When <should> I not use Celery", "Celery for [a 200 ms call|quick work]",
        ),
        say=(
            "No, for short work Celery is overkill: a broker such as Redis and worker processes cost more than they "
            "give. Await an async library, use asyncio.to_thread for a blocking call, a process pool for CPU-bound "
            "Python, or BackgroundTasks. Celery pays off for minutes of work that must survive a restart or be "
            "retried.",
        ),
        subject=("Celery for short jobs",),
        brief="No, for short work a thread, a process pool or BackgroundTasks is enough.",
    ),
    Intent(
        "celery_vs_pool", "matrix",
        ask=(
            "<diff> Celery and [multiprocessing|a process pool|ProcessPoolExecutor]",
            "Celery or [a process pool|multiprocessing|ProcessPoolExecutor]",
            "<why> <use> Celery instead of [a pool|multiprocessing|a process pool]",
        ),
        say=(
            "A process pool belongs to the web process and dies with it; it suits seconds of CPU-bound work whose "
            "result the request awaits. Celery keeps jobs in a broker such as Redis or RabbitMQ, so they survive "
            "restarts, are retried, and run in prefork worker processes on any machine. Take the queue for work of "
            "minutes that outlives the request, and answer with a job id at once.",
        ),
        subject=("Celery and process pools",),
        brief="A pool is for seconds of CPU work within a request, Celery for jobs that must outlive it.",
    ),
    Intent(
        "celery_result", "matrix",
        ask=(
            "<howdo> [get|fetch|read] the result of a Celery task", "<howdo> [return|give] a job id [to the client|]",
            "How does the client know [that the job is done|when the report is ready]",
            "Should the request wait for the Celery task", "polling for the result of a job",
        ),
        say=(
            "Answer at once with 202 and a job id; the request must not wait for the worker. The client asks for "
            "/jobs/<id> later, and Celery's result backend, often Redis, holds the state and the result. The job "
            "itself waits in the broker, Redis or RabbitMQ, until a prefork worker process takes it, so it survives "
            "a restart of the web app.",
        ),
        subject=("results of Celery tasks", "job ids"),
        brief="Return 202 and a job id at once, and let the client poll the state in the result backend.",
    ),
    Intent(
        "celery_retry", "matrix",
        ask=(
            "What happens to a [Celery |]job when [its worker|the worker] [dies|crashes|is killed]",
            "<howdo> retry a [failed |]Celery task", "What does acks_late do", "Can a Celery task run twice",
            "retries in Celery",
        ),
        say=(
            "With acks_late=True the broker keeps a job until its worker has finished it, so another worker process "
            "runs it again after a crash. For errors set autoretry_for and max_retries with a backoff. A job may "
            "then run twice, so make it idempotent. Without acks_late a job is lost when its worker is killed. Jobs "
            "that still wait in the broker, Redis or RabbitMQ, survive a restart anyway.",
        ),
        subject=("retries in Celery", "acks_late"),
        brief="Set acks_late=True and retries, and make the task idempotent, since it may run twice.",
    ),
    Intent(
        "celery_llm", "matrix",
        ask=(
            "Should [inference|the model|LLM calls|token generation] run in Celery",
            "Celery for [inference|an LLM|chat answers]",
            "<why> is inference not [a Celery task|put on a queue]", "Can Celery stream tokens",
        ),
        say=(
            "No, not for an answer that a user waits for: a queue adds delay, tokens are awkward to stream through "
            "a broker, and each prefork worker process would load its own copy of the model. Keep inference in the "
            "service, asyncio plus one inference thread. Celery suits batches of prompts overnight, which outlive "
            "the request and must survive a restart.",
        ),
        subject=("inference in Celery",),
        brief="No, keep interactive inference in the service; a queue suits overnight batches.",
    ),
    Intent(
        "celery_beat", "matrix",
        ask=(
            "<howdo> run a job [every night|every hour|at 3 am|periodically|on a schedule]", "What is Celery beat",
            "cron or Celery", "scheduled jobs with Celery", "recurring tasks",
        ),
        say=(
            "Celery beat sends a job to the queue at set times, like cron; a worker process takes it from the broker, "
            "such as Redis, and runs it. So a nightly job survives restarts, is retried, and never touches the event "
            "loop of the web app. Without Celery, cron that starts a script is enough.",
        ),
        subject=("Celery beat", "scheduled jobs"),
        brief="Celery beat puts jobs on the queue at set times, and worker processes run them.",
    ),
    Intent(
        "celery_alternatives", "matrix",
        ask=(
            "[What are|Are there] alternatives to Celery", "Celery or [RQ|Dramatiq|arq|Huey]",
            "Is there an async job queue",
            "something lighter than Celery",
        ),
        say=(
            "RQ, Dramatiq and Huey are lighter job queues than Celery, and arq runs async tasks natively with "
            "asyncio, which Celery does not. All of them need a broker such as Redis and worker processes of their "
            "own, and all serve the same end: jobs that outlive the request, survive a restart and can be retried. "
            "Short work needs none of them.",
        ),
        subject=("alternatives to Celery", "RQ", "arq", "Dramatiq"),
        brief="RQ, Dramatiq and Huey are lighter, and arq runs async tasks; all use a broker and workers.",
    ),
    Intent(
        "celery_vs_asyncio", "matrix",
        ask=(
            "Celery or asyncio", "<diff> Celery and asyncio", "When <should> <use> [Celery|a queue] instead of asyncio",
            "<why> [need|use] Celery when there is asyncio",
            "asyncio or [Celery|a job queue|a task queue] for <io> <work>",
        ),
        say=(
            "asyncio overlaps waits inside one process while the request lives: API calls, streams, connections. "
            "Celery "
            "takes work out of the request: jobs wait in a broker such as Redis, prefork worker processes run them, "
            "and "
            "they survive a restart and can be retried. An async service often uses both; CPU-heavy jobs belong in "
            "processes.",
        ),
        subject=("Celery and asyncio", "asyncio and job queues"),
        brief="asyncio overlaps waiting within a request; Celery runs jobs that outlive it, in worker processes.",
    ),
)
