"""Finer questions on overload: how long a queue may be, how clients retry, 429 and 503, slow readers."""

# fmt: off

from models.recipe.grammar import Intent

INTENTS = (
    Intent(
        "queue_length", "serving",
        ask=(
            "How long [may|should] the [queue|waiting line] be", "What is a good queue size",
            "<why> keep the queue short",
            "How many requests may wait", "Would a longer queue help", "queue length and latency",
        ),
        say=(
            "Short: as many requests as can be answered while a user is willing to wait, so throughput times patience. "
            "A longer queue serves nobody faster; it only adds latency and memory. Bound it, and refuse what does not "
            "fit at once with 503 and Retry-After.",
        ),
        subject=("the length of a queue", "queue size"),
        brief="As many as you can answer while users are willing to wait; refuse the rest with 503.",
    ),
    Intent(
        "client_retry", "serving",
        ask=(
            "How should [a client|my client] [retry|behave] after a [429|503|refusal]", "What is exponential backoff",
            "<why> [add|use] jitter [when retrying|]", "Should a client retry at once", "retry storm",
            "What is a thundering herd",
        ),
        say=(
            "Wait as long as the Retry-After header says, then try again; without it double the wait each time "
            "(exponential backoff) and add random jitter, so that clients do not return together. Give up after a few "
            "tries. Retrying at once only deepens the overload that the 429 or 503 announced.",
        ),
        subject=("retrying after a refusal", "exponential backoff", "jitter"),
        brief="Wait for Retry-After, then back off exponentially with jitter, and give up after a few tries.",
    ),
    Intent(
        "status_full", "serving",
        ask=(
            "[Which|What] status [code |][does|means that] [a full server|the server is full|the queue is full]",
            "<diff> 429 and 503", "429 or 503 [when full|under overload|]", "<why> do I get a [429|503]",
            "What does [429|503] mean here",
        ),
        say=(
            "503 means that the service cannot take the request now, because its bounded queue is full or it drains; "
            "429 means that this client sends too many requests. Both refuse early and carry Retry-After: wait so many "
            "seconds and try again. That keeps memory and latency bounded.",
        ),
        subject=("429 and 503", "the status of a refusal"),
        brief="503: the service is full or draining; 429: this client sends too many. Both carry Retry-After.",
    ),
    Intent(
        "limit_own", "serving",
        ask=(
            "<howdo> [build|add|implement|write] [backpressure|admission control|load shedding] [in|with] "
            "[FastAPI|asyncio]",
            "code for [backpressure|load shedding|refusing requests]",
            "<howdo> refuse requests when [full|too many run]",
            "<howdo> cap the number of [concurrent requests|waiting requests]",
        ),
        say=(
            "Count the requests in the house before you start one: when the number reaches its bound, answer 503 with "
            "Retry-After at once instead of queueing. asyncio.Queue(maxsize=n) or a semaphore holds the bound; "
            "put_nowait raises QueueFull, which becomes the 503. Without a bound memory and latency grow.",
        ),
        subject=("building backpressure",),
        brief="Count requests, and answer 503 with Retry-After as soon as the bound is reached.",
        code=(
            "```python\n"
            "try:\n"
            "    queue.put_nowait(request)  # asyncio.Queue(maxsize=100)\n"
            "except asyncio.QueueFull:\n"
            "    raise HTTPException(503, headers={\"Retry-After\": \"2\"})\n"
            "```"
        ),
    ),
    Intent(
        "slow_reader", "serving",
        ask=(
            "What if a client reads [its stream|the stream|tokens] [too |]slowly", "slow client and a stream",
            "Does a slow reader [block|slow down] the [others|batch|engine]", "backpressure for a slow consumer",
        ),
        say=(
            "A slow reader slows nobody else: the engine goes on, its tokens are kept as ids, at most max_tokens of "
            "them, and awaiting the send pauses only that one coroutine. The write buffer is bounded, and a client "
            "that takes nothing for send_stall_timeout_s is cut off, so memory does not grow. That is backpressure: "
            "the fast side waits for the slow one.",
        ),
        subject=("slow readers",),
        brief="Each stream has its own bounded buffer, so a slow reader delays only itself.",
    ),
)
