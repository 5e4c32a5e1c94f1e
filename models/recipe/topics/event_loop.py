"""asyncio: the event loop, what blocks it, tasks, cancellation, back-pressure."""

# fmt: off

from models.recipe.grammar import Intent
from models.recipe.topics.matrix import CODE_ASYNCIO, CODE_TO_THREAD

INTENTS = (
    Intent(
        "event_loop", "asyncio",
        ask=(
            "<explain> [the event loop|an event loop|asyncio's event loop]",
            "How does [the event loop|asyncio|an event loop|async/await] work", "What does the event loop do",
            "how can one thread serve many clients",
            "How can asyncio handle thousands of connections with one thread", "<explain> how asyncio works",
        ),
        say=(
            "The event loop runs in one thread and keeps a list of ready tasks. It runs one until that reaches an "
            "await that must wait, then it runs the next; when the awaited I/O is ready, the first one continues. "
            "So thousands of tasks overlap their waiting without threads. A task that computes or blocks stops all "
            "the others.",
            "An event loop runs coroutines by turns in a single thread: each runs until it awaits something, then "
            "gives way. It is concurrent waiting, not parallel computing, so no coroutine may compute or block for "
            "long.",
        ),
        subject=("the event loop", "an event loop", "asyncio", "async/await"),
        brief="The event loop runs many coroutines by turns in one thread, switching at await.",
        why=("Waiting needs no CPU, so one thread can watch thousands of sockets and run whoever is ready.",),
        code=CODE_ASYNCIO,
        example=(
            "For example, three requests of one second each, awaited with gather, take about one second in all and "
            "not three."
        ),
        simple=(
            "Think of one waiter for many tables. While one table reads the menu he serves the next; nobody has a "
            "waiter alone, and nobody waits long as long as he never stops to cook."
        ),
        weight=1.5,
    ),
    Intent(
        "pitfall", "pitfall",
        ask=(
            "What is the [event-loop pitfall|event loop pitfall|pitfall|classic mistake with async|most common "
            "mistake in async code|biggest mistake with FastAPI]",
            "<happens> if I [block|call blocking code in|do heavy work in] <loop>",
            "<happens> when [a coroutine|an async function|async def|an async handler] [blocks|calls a blocking "
            "function|computes for long|runs heavy code|never awaits]",
            "<why> does my [FastAPI|async|asyncio] [app|server|service|endpoint] [freeze|hang|stop "
            "answering|stall|become unresponsive|get slow under load]",
            "<why> [must|should] I not <block> <loop>", "What does it mean to block the event loop",
            "What <block>s the event loop", "Which calls block the event loop",
            "<why> is blocking [the loop|the event loop|in async def] bad",
            "My health check times out [while|when] [the model runs|inference runs|a request is processed]",
            "[one|a single] slow request [blocks|freezes|delays] [all others|every other user|the whole server], "
            "<why>",
            "all requests wait when one is slow", "my async server handles only one request at a time",
            "Is async def [enough|all I need] to be non-blocking",
            "everything freezes during [inference|generation|a long request]",
            "<why> does the obvious version freeze",
        ),
        say=(
            "Calling blocking or CPU-heavy code in async def stops the whole event loop: until it returns, no other "
            "request is accepted, streamed or cancelled, and even health checks time out. Move blocking calls to a "
            "thread with asyncio.to_thread, and CPU-bound Python code to a process pool. Write await asyncio.sleep "
            "instead of time.sleep, and httpx instead of requests.",
            "The pitfall is blocking work inside async def. The loop has one thread, so while your function "
            "computes or waits synchronously every other connection freezes. Use `await asyncio.to_thread(...)` for "
            "blocking calls and a process pool for heavy Python code.",
        ),
        subject=("the event-loop pitfall", "blocking the event loop", "the pitfall", "blocking the loop"),
        brief="Blocking code in async def freezes every request; move it to a thread or a process.",
        why=(
            "The event loop has only one thread. While your function holds it, nothing else on the server can run.",
        ),
        code=(
            "```python\n"
            "# wrong: blocks the event loop\n"
            "async def bad():\n"
            "    return requests.get(URL).json()\n"
            "\n"
            "# right: the blocking call runs in a thread\n"
            "async def good():\n"
            "    response = await asyncio.to_thread(requests.get, URL)\n"
            "    return response.json()\n"
            "```"
        ),
        example=(
            "For example, a model that computes for two seconds in async def makes every other client, and the "
            "health check too, wait for two seconds."
        ),
        simple=(
            "The event loop is a single waiter. If he goes into the kitchen to cook one meal, all the other tables "
            "wait. Blocking code in async def is that waiter cooking."
        ),
        weight=2,
    ),
    Intent(
        "requests_in_async", "pitfall",
        ask=(
            "Can I [use|call] requests in [async def|an async function|asyncio|an async handler|FastAPI]",
            "[requests.get|requests|urllib] in [async def|an async endpoint|a coroutine], is that [OK|bad|a "
            "problem|fine]",
            "<why> is requests.get in async def [bad|wrong|a problem]",
            "<howdo> make HTTP [calls|requests] in async code", "What is wrong with requests.get in async def",
            "[requests|urllib] or [httpx|aiohttp]", "<howdo> replace requests in async code",
            "[My async handler|My coroutine|Our endpoint] calls requests.get",
            "how should I call another HTTP API from FastAPI", "async alternative to requests",
        ),
        say=(
            "requests is synchronous: in async def it blocks the event loop until the answer comes, and every other "
            "request waits. Use an async client such as httpx.AsyncClient or aiohttp, or wrap the call: `await "
            "asyncio.to_thread(requests.get, url)`.",
            "Do not call requests directly in async def, because it blocks the event loop. Use httpx or aiohttp "
            "with await, or run it in a thread with asyncio.to_thread.",
        ),
        subject=("requests in async def", "requests", "requests.get in async def"),
        brief="No, it blocks the event loop; use httpx or aiohttp, or wrap it in asyncio.to_thread.",
        why=(
            "requests waits synchronously, and the event loop has only one thread, so nothing else can run "
            "meanwhile.",
        ),
        code=CODE_TO_THREAD,
    ),
    Intent(
        "sleep_in_async", "pitfall",
        ask=(
            "Can I use time.sleep in [async def|a coroutine|asyncio|async code]",
            "time.sleep [or|vs|versus] asyncio.sleep", "<diff> time.sleep and asyncio.sleep",
            "<why> is time.sleep [bad|wrong] in async code",
            "<howdo> [sleep|wait a second|pause] in [asyncio|async code|a coroutine]",
            "my coroutine calls time.sleep", "what is wrong with time.sleep in async def",
        ),
        say=(
            "time.sleep blocks the whole event loop, so all other tasks and requests stop too until it returns. In "
            "async code use `await asyncio.sleep(seconds)`, which only pauses the one coroutine. A blocking call "
            "belongs in asyncio.to_thread.",
            "No: time.sleep stops the thread of the event loop and with it every request. `await asyncio.sleep(1)` "
            "gives way to others while it waits.",
        ),
        subject=("time.sleep in async code", "asyncio.sleep", "time.sleep"),
        brief="No, time.sleep blocks the event loop; use await asyncio.sleep.",
        why=("It stops the only thread of the event loop, while asyncio.sleep only sets a timer.",),
        code=(
            "```python\n"
            "async def tick():\n"
            "    while True:\n"
            "        await asyncio.sleep(1)\n"
            "        print(\"tick\")\n"
            "```"
        ),
    ),
    Intent(
        "to_thread", "asyncio",
        ask=(
            "What does [asyncio.to_thread|to_thread] do", "How does [asyncio.to_thread|to_thread] work",
            "When <should> <use> [asyncio.to_thread|to_thread]", "<explain> [asyncio.to_thread|to_thread]",
            "<howdo> use [asyncio.to_thread|to_thread]", "where does asyncio.to_thread run the function",
            "<why> <use> asyncio.to_thread", "[Which|What] pool does to_thread use",
        ),
        say=(
            "`await asyncio.to_thread(function, *args)` runs a synchronous function in the loop's default "
            "ThreadPoolExecutor and waits for it without blocking the event loop. Context variables are copied "
            "along. It helps for blocking I/O and for code that releases the GIL, not for pure Python computation: "
            "that needs a process pool. Its pool has at most min(32, cores + 4) threads and an unbounded queue; "
            "run_in_executor takes a pool that you choose.",
            "asyncio.to_thread hands a blocking function to a worker thread of the default executor and gives you "
            "something to await. The event loop serves other requests meanwhile.",
        ),
        subject=("asyncio.to_thread", "to_thread"),
        brief="It runs a blocking function in a worker thread, so the event loop stays free.",
        why=("The event loop has one thread; a blocking call on it would stop everything.",),
        code=CODE_TO_THREAD,
        weight=1.5,
    ),
    Intent(
        "run_in_executor", "asyncio",
        ask=(
            "What does [run_in_executor|loop.run_in_executor] do",
            "<diff> [to_thread and run_in_executor|run_in_executor and to_thread|asyncio.to_thread and "
            "run_in_executor]",
            "run_in_executor [vs|or|versus] to_thread", "When <should> <use> run_in_executor",
            "<howdo> use my own [thread pool|executor] with asyncio",
            "what does run_in_executor do differently from to_thread",
        ),
        say=(
            "loop.run_in_executor(executor, function, *args) runs a function in the pool you name, thread or "
            "process. asyncio.to_thread is its short form for the default thread pool; it also copies context"
            " variables, which run_in_executor does not. Give it a ProcessPoolExecutor for CPU-bound Python: "
            "`await loop.run_in_executor(pool, function, arg)`.",
            "Both run a synchronous function outside the loop. to_thread uses the default thread pool and keeps "
            "contextvars; run_in_executor takes any executor, also a process pool, and drops contextvars.",
        ),
        subject=("run_in_executor", "loop.run_in_executor"),
        brief="run_in_executor runs a function in an executor of your choice.",
        code=(
            "```python\n"
            "from concurrent.futures import ThreadPoolExecutor\n"
            "\n"
            "pool = ThreadPoolExecutor(max_workers=8)\n"
            "\n"
            "async def handler(key):\n"
            "    loop = asyncio.get_running_loop()\n"
            "    return await loop.run_in_executor(pool, read_blocking, key)\n"
            "```"
        ),
    ),
    Intent(
        "default_executor", "asyncio",
        ask=(
            "Is [the default executor|asyncio.to_thread|the default thread pool] bounded",
            "<happens> when [all threads of the default executor|all threads of the pool|all worker threads] are "
            "busy",
            "Does to_thread have a limit", "[Can too many to_thread calls|Can to_thread] [pile up|queue up]",
            "<why> are my to_thread calls slow", "what is the default executor",
            "<why> does DNS wait behind to_thread", "how many to_thread calls can run at once",
        ),
        say=(
            "The default executor has a bounded number of threads, min(32, cores + 4), but its queue is unbounded: "
            "further calls simply wait. Even DNS look-ups share it. So limit waiting yourself before you submit, "
            "and give slow work a ThreadPoolExecutor of its own, with loop.run_in_executor. A call that has begun "
            "cannot be cancelled.",
            "Its threads are bounded, its queue is not. If all threads are busy, new to_thread calls wait in line "
            "without limit, so bound admission before submitting.",
        ),
        subject=("the default executor", "the default thread pool"),
        brief="Its threads are bounded but its queue is not, so limit waiting before you submit.",
    ),
    Intent(
        "gather", "asyncio",
        ask=(
            "What does [asyncio.gather|gather] do", "How does [gather|asyncio.gather] work",
            "<howdo> run [several|many|multiple] coroutines [concurrently|at once|at the same time|together]",
            "<explain> [asyncio.gather|gather]",
            "Does gather run [in parallel|things in parallel|coroutines in parallel]", "how long does gather take",
            "<howdo> wait for several [tasks|coroutines|requests]",
        ),
        say=(
            "asyncio.gather runs several awaitables concurrently and returns their results as a list in the order "
            "of its arguments. They take turns in one thread, so it is concurrent, not parallel: the total time is "
            "about that of the slowest wait, not the sum. For each result as soon as it is ready use "
            "asyncio.as_completed.",
            "gather starts all coroutines as tasks and waits until all are done; results come in the order of the "
            "arguments. It overlaps waiting but does not compute in parallel.",
        ),
        subject=("asyncio.gather", "gather"),
        brief="gather runs several coroutines concurrently and returns all results in order.",
        why=("While one waits, the next runs, so the waits overlap.",),
        code=CODE_ASYNCIO,
    ),
    Intent(
        "create_task", "asyncio",
        ask=(
            "What does [asyncio.create_task|create_task] do", "How does create_task work",
            "<howdo> start a coroutine in the background", "<explain> create_task", "When <should> <use> create_task",
            "<why> did my task [disappear|vanish|get garbage collected]",
            "<howdo> run something in the background in asyncio",
        ),
        say=(
            "asyncio.create_task schedules a coroutine to run soon and returns a Task at once, so your code goes "
            "on. Await the Task later for its result, and keep a reference to it, or it may be garbage-collected "
            "while it runs.",
            "create_task starts a coroutine in the background of the event loop and gives you a Task. Keep a "
            "reference and await it at some point, so that errors are not lost.",
        ),
        subject=("asyncio.create_task", "create_task", "a Task"),
        brief="create_task schedules a coroutine at once and returns a Task.",
        code=(
            "```python\n"
            "async def main():\n"
            "    task = asyncio.create_task(fetch(\"https://example.com\"))\n"
            "    other_work()\n"
            "    page = await task\n"
            "```"
        ),
    ),
    Intent(
        "gather_vs_task", "asyncio",
        ask=(
            "<diff> [gather and create_task|asyncio.gather and asyncio.create_task|create_task and gather]",
            "gather [vs|or|versus] create_task",
            "When <should> <use> gather [and when|instead of|rather than] create_task", "create_task or gather",
        ),
        say=(
            "create_task starts one coroutine in the background and returns a Task at once. gather takes several "
            "awaitables, makes tasks of them, and waits until all are done, returning the list of results in order. "
            "So gather is for waiting on a group, create_task for starting one and going on; asyncio.as_completed "
            "gives each result as it finishes.",
            "create_task schedules one coroutine immediately and does not wait; gather waits for a whole group and "
            "returns its results in order. gather itself wraps coroutines in tasks.",
        ),
        subject=("gather versus create_task",),
        brief="create_task starts one coroutine without waiting; gather waits for a group.",
    ),
    Intent(
        "taskgroup", "asyncio",
        ask=(
            "What is [a TaskGroup|asyncio.TaskGroup|structured concurrency]",
            "<diff> [TaskGroup and gather|gather and TaskGroup]", "TaskGroup [or|vs] gather",
            "When <should> <use> TaskGroup", "<howdo> cancel the other tasks when one fails",
        ),
        say=(
            "asyncio.TaskGroup (Python 3.11) starts tasks inside an `async with` block and waits for all of them at "
            "its end. If one fails, the others are cancelled and the errors are raised together; gather raises the "
            "first error and lets the others go on.",
        ),
        subject=("TaskGroup", "asyncio.TaskGroup"),
        brief="A TaskGroup waits for its tasks and cancels the rest when one fails.",
        code=(
            "```python\n"
            "async with asyncio.TaskGroup() as group:\n"
            "    first = group.create_task(fetch(url_a))\n"
            "    second = group.create_task(fetch(url_b))\n"
            "print(first.result(), second.result())\n"
            "```"
        ),
    ),
    Intent(
        "coroutine", "asyncio",
        ask=(
            "How does a coroutine work", "<diff> a coroutine and a function", "What does async def mean",
            "What does await do", "<explain> [async and await|await|coroutines]",
            "RuntimeWarning: coroutine was never awaited", "What happens if I forget await", "I forgot await",
        ),
        say=(
            "A coroutine is a function defined with async def that can pause at await and continue later. While it "
            "is paused the event loop runs others. Calling it only creates it; it runs when you await it or make a "
            "task of it. It costs only a few kilobytes, a thread up to megabytes.",
            "async def makes a coroutine, and await pauses it until a result is ready, so that the event loop can "
            "run others. If you forget await, nothing runs and Python warns that the coroutine was never awaited.",
        ),
        subject=("a coroutine", "await", "async def", "coroutines"),
        brief="A coroutine is an async def function that can pause at await.",
        code=(
            "```python\n"
            "async def greet(name):\n"
            "    await asyncio.sleep(1)\n"
            "    return f\"Hello, {name}\"\n"
            "\n"
            "print(asyncio.run(greet(\"Ada\")))\n"
            "```"
        ),
    ),
    Intent(
        "asyncio_parallel", "asyncio",
        ask=(
            "Is asyncio [parallel|parallelism|real parallelism|multithreaded|multi-threaded]",
            "Does asyncio [run in parallel|use several cores|use all cores|use threads|use more than one core]",
            "Is [async|asyncio] the same as [parallel|parallelism|multithreading]",
            "Can asyncio [use several cores|run code in parallel]", "does async mean parallel", "is gather parallel",
            "do coroutines run at the same time",
        ),
        say=(
            "No. asyncio is concurrent but not parallel: one thread runs coroutines by turns, switching only at "
            "await. For parallel computation use processes. Each process has its own GIL. For waiting, one thread "
            "is enough for thousands of connections.",
            "No, asyncio uses a single thread and takes turns between coroutines while they wait. Real parallelism "
            "on several cores needs processes, or native code that releases the GIL.",
        ),
        brief="No, asyncio is concurrent in one thread, not parallel.",
        why=("There is one thread and one event loop, and a coroutine runs until it awaits.",),
    ),
    Intent(
        "asyncio_cpu", "asyncio",
        ask=(
            "Does asyncio [speed up|help with|make faster] [CPU-bound work|computation|heavy computation|CPU "
            "work|calculations|my loop]",
            "Can [I use |]asyncio [be used |]for CPU-bound [work|tasks|code]",
            "Will async def make my [computation|calculation|code|function] faster",
            "Is asyncio good for [CPU-bound work|number crunching|computation]",
            "<why> does asyncio not [help with|speed up] [CPU work|computation|CPU-bound code]",
            "I made my function async but it is not faster",
        ),
        say=(
            "No. asyncio only overlaps waiting; a computation still runs in one thread and blocks the event loop "
            "while it does, so every other request waits. Use a process pool for CPU-bound work, with await "
            "loop.run_in_executor(pool, function, arg). asyncio itself is for I/O.",
            "No, async def does not make computation faster, and heavy work in it freezes the loop. Put CPU-bound "
            "work into a process pool.",
        ),
        brief="No, asyncio only overlaps waiting; use processes for CPU-bound work.",
        why=("One thread runs all coroutines, and computing leaves nothing to overlap.",),
    ),
    Intent(
        "threads_cpu", "gil",
        ask=(
            "Do threads [speed up|help with|help for|make faster] [CPU-bound work|computation|pure Python "
            "code|CPU-heavy code|calculations]",
            "Can threads [use all cores|run Python code in parallel|run in parallel|use several cores]",
            "Are Python threads [real threads|really parallel|parallel|useless]",
            "Will [threading|multithreading] make my [computation|CPU-bound code|loop] faster",
            "are threads useless in Python",
        ),
        say=(
            "No, not for pure Python: the GIL lets one thread at a time run Python code, so CPU-bound work gains "
            "nothing and may even get slower. Threads do help with blocking I/O and with native code that releases "
            "the GIL, such as torch and numpy. For CPU-bound Python use processes, each with its own GIL.",
            "Threads are real operating-system threads, but the GIL lets only one run Python code at a time. So "
            "they help with waiting, not with computing; use processes for that.",
        ),
        brief="No, the GIL lets one thread at a time run Python code; use processes.",
    ),
    Intent(
        "multiproc_io", "matrix",
        ask=(
            "Should I use [multiprocessing|processes|a process pool] for [I/O-bound work|network "
            "calls|waiting|downloads|I/O|many connections]",
            "Is multiprocessing good for [I/O|I/O-bound work|network requests|downloads]",
            "<why> not multiprocessing for [I/O|network work|web requests]", "processes for I/O, good idea",
        ),
        say=(
            "No, that wastes memory: a process costs tens of megabytes and would only wait. For I/O-bound work use "
            "asyncio with httpx or aiohttp, where one event loop holds thousands of connections, or threads when "
            "the library is synchronous.",
            "Better not. Waiting needs no extra core, so a process only costs memory and pickling. Use asyncio or "
            "threads for I/O.",
        ),
        brief="No, processes waste memory on waiting; use asyncio or threads.",
    ),
    Intent(
        "cancellation", "asyncio",
        ask=(
            "How does cancellation work [in asyncio|]", "<howdo> cancel a [task|coroutine]", "What is CancelledError",
            "<happens> when [I cancel a task|a task is cancelled|the client disconnects]",
            "Should I catch CancelledError", "<explain> [cancellation|CancelledError]",
            "<howdo> clean up when a task is cancelled",
        ),
        say=(
            "task.cancel() raises CancelledError at the task's next await. Clean up in finally and let the "
            "error go on; do not swallow it. Clean-up that must happen should be a plain synchronous call, "
            "because an await in a cancelled task can be cancelled again. A function in a thread is not "
            "stopped: it runs on until it returns.",
            "Cancelling a task raises asyncio.CancelledError inside it at its current await. Use try/finally for "
            "clean-up and raise the error again. A thread started by the task is not stopped.",
        ),
        subject=("cancellation", "CancelledError"),
        brief="task.cancel() raises CancelledError at the task's next await.",
        code=(
            "```python\n"
            "task = asyncio.create_task(work())\n"
            "task.cancel()\n"
            "try:\n"
            "    await task\n"
            "except asyncio.CancelledError:\n"
            "    print(\"cancelled\")\n"
            "```"
        ),
    ),
    Intent(
        "cancel_thread", "asyncio",
        ask=(
            "Does cancelling [to_thread|asyncio.to_thread|the caller|the await|a task] stop the thread",
            "Can I [cancel|stop|kill] a [thread|to_thread call|function in a thread|running thread]",
            "<howdo> stop [a thread|work in a thread|a function started with to_thread]",
            "<happens> to the thread when the [request|task|caller] is cancelled",
            "is the thread stopped when the client disconnects",
        ),
        say=(
            "No. Cancelling the awaiting task only stops the waiting; the thread runs on until its function "
            "returns. A job that has not started yet is dropped. To stop work early, give it a flag that it checks, "
            "and keep the permit until the thread has really finished. A running job in a process pool cannot be "
            "cancelled either: wait with a timeout, then kill the worker.",
            "A thread cannot be cancelled from outside: only the await ends, the function runs on. Let the function "
            "check a flag such as threading.Event between steps.",
        ),
        subject=("cancelling a thread", "stopping a thread"),
        brief="No, cancelling only ends the waiting; the thread runs on until its function returns.",
        why=("Python has no safe way to stop a thread in the middle; it may hold locks.",),
        code=(
            "```python\n"
            "stop = threading.Event()\n"
            "\n"
            "def work():\n"
            "    while not stop.is_set():\n"
            "        step()\n"
            "\n"
            "# later, from the event loop\n"
            "stop.set()\n"
            "```"
        ),
    ),
    Intent(
        "semaphore_permit", "asyncio",
        ask=(
            "<howdo> limit [concurrency|how many run at once|the number of concurrent requests|parallel "
            "requests|the number of tasks]",
            "What is [asyncio.Semaphore|a semaphore]", "How does [asyncio.Semaphore|a semaphore] work",
            "<why> can a semaphore around to_thread leak",
            "<howdo> limit the number of [threads|concurrent downloads|open requests]", "<explain> semaphores",
            "async with semaphore around to_thread",
        ),
        say=(
            "Use asyncio.Semaphore(n): `async with semaphore:` lets at most n coroutines in, for example 20 "
            "requests in flight. Around to_thread beware: when the caller is cancelled the permit is given back "
            "while the thread still runs, so tie the permit to the thread's future instead.",
            "asyncio.Semaphore bounds how many coroutines run a section at once. For work in threads, release the "
            "permit when the thread's work ends, not when the caller leaves.",
        ),
        subject=("a semaphore", "asyncio.Semaphore", "semaphores"),
        brief="asyncio.Semaphore(n) lets at most n coroutines in at once.",
        code=(
            "```python\n"
            "limit = asyncio.Semaphore(100)\n"
            "\n"
            "async def fetch(client, url):\n"
            "    async with limit:\n"
            "        return await client.get(url)\n"
            "```"
        ),
    ),
    Intent(
        "backpressure", "serving",
        ask=(
            "<why> is backpressure [needed|important]", "<why> [bound|limit] [queues|the queue|waiting]",
            "What is wrong with an unbounded queue",
            "<howdo> protect [a server|my service|the service] from overload",
            "<happens> when requests come faster than they can be served",
            "How does [this service|the service] handle overload", "<explain> backpressure",
            "my queue grows without end",
        ),
        say=(
            "Backpressure means telling the sender to slow down instead of queueing without end. Every queue has a "
            "bound; when it is full the server refuses at once with 429 or 503 and Retry-After. An unbounded queue "
            "only turns overload into long waits and lost memory, until the server falls over. The client waits as "
            "long as Retry-After says and then tries again.",
            "With backpressure a full system says no early: bounded queues, and a quick refusal with Retry-After. "
            "Otherwise requests wait longer than any client does, and the work is wasted.",
        ),
        subject=("backpressure", "back-pressure", "overload"),
        brief="Backpressure means refusing or slowing the sender when a bounded queue is full.",
        why=("An unbounded queue makes everyone wait until clients give up, and then the work is wasted.",),
        code=(
            "```python\n"
            "queue = asyncio.Queue(maxsize=100)\n"
            "\n"
            "async def submit(job):\n"
            "    try:\n"
            "        queue.put_nowait(job)\n"
            "    except asyncio.QueueFull:\n"
            "        raise TooBusy(retry_after_s=2)\n"
            "```"
        ),
    ),
    Intent(
        "contextvars", "asyncio",
        ask=(
            "How do [contextvars|context variables] work",
            "Are contextvars kept in [threads|to_thread|run_in_executor]",
            "Does to_thread keep [contextvars|context variables|the context]",
            "Does run_in_executor keep contextvars",
            "<howdo> pass a request id [to the logs|through async code|to a thread]", "<explain> contextvars",
            "threading.local in asyncio",
        ),
        say=(
            "A ContextVar holds a value per task, such as a request id, where threading.local would mix up tasks of "
            "one thread. asyncio.to_thread copies the context into the thread; run_in_executor does not, unless you "
            "pass it contextvars.copy_context().run.",
            "Context variables are the asyncio form of thread-local data: each task has its own copy. to_thread "
            "keeps them, run_in_executor drops them.",
        ),
        subject=("contextvars", "a context variable", "ContextVar"),
        brief="Context variables hold a value per task; to_thread keeps them, run_in_executor drops them.",
    ),
    Intent(
        "timeouts", "asyncio",
        ask=(
            "<howdo> [set|use] a timeout [in asyncio|for a coroutine|on an await|]",
            "What does [asyncio.timeout|wait_for|asyncio.wait_for] do",
            "<howdo> limit how long [an await|a call|a request] takes", "asyncio timeout",
        ),
        say=(
            "Use `async with asyncio.timeout(5):` around the awaits, or asyncio.wait_for(awaitable, 5). When time "
            "is up the inner task is cancelled, CancelledError is raised at its await, and you get TimeoutError. A "
            "thread that is awaited runs on all the same until its function returns.",
        ),
        subject=("a timeout", "asyncio.timeout", "asyncio.wait_for"),
        brief="Use `async with asyncio.timeout(seconds):`.",
        code=(
            "```python\n"
            "async with asyncio.timeout(5):\n"
            "    page = await fetch(url)\n"
            "```\n"
            "After five seconds TimeoutError is raised."
        ),
    ),
    Intent(
        "async_def_vs_def", "fastapi",
        ask=(
            "<diff> def and async def in FastAPI",
            "def or async def [in FastAPI|for my endpoint|for a route|for my handler]",
            "When <should> <use> a plain def [endpoint|route|handler] in FastAPI",
            "How does FastAPI run a [plain def|def|synchronous|sync] [endpoint|route|handler]",
            "Does FastAPI run sync endpoints in threads", "Should my endpoint be async",
            "<happens> with a def route in FastAPI", "where does FastAPI run a normal def endpoint",
            "Is a plain def endpoint blocking",
        ),
        say=(
            "FastAPI runs async def routes on the event loop and plain def routes in a thread pool. So a blocking "
            "function in a plain def route does not block the loop, but the pool has only 40 threads. Use async def "
            "when you only await, and def or asyncio.to_thread for blocking code and inference.",
            "A plain def endpoint runs in a worker thread (40 by default), an async def endpoint on the event loop. "
            "Blocking code is safe in def and harmful in async def.",
        ),
        subject=("def and async def in FastAPI", "a plain def endpoint"),
        brief="async def runs on the event loop, plain def in a thread pool.",
        why=("FastAPI cannot know whether your function blocks, so a plain def goes to a thread to be safe.",),
    ),
    Intent(
        "flask_fastapi", "fastapi",
        ask=(
            "<diff> [Flask and FastAPI|FastAPI and Flask]", "Flask [vs|versus|or] FastAPI",
            "<why> is Flask [synchronous|sync] and FastAPI [asynchronous|async]",
            "Is Flask [async|asynchronous|synchronous]", "Should I use Flask or FastAPI",
            "WSGI [vs|versus|or|and] ASGI", "<diff> [WSGI and ASGI|ASGI and WSGI]",
            "FastAPI or Flask for an LLM service", "Is FastAPI better than Flask",
        ),
        say=(
            "FastAPI fits better for I/O-heavy services and LLM streaming: it is built on Starlette and ASGI,"
            " so one event loop serves many requests that wait. Flask is a WSGI framework: each request "
            "occupies a thread or process until it is answered.",
            "Flask handles each request synchronously in a worker thread (WSGI); FastAPI runs async def routes on "
            "an event loop (ASGI), so thousands of connections can wait at once.",
        ),
        subject=("Flask versus FastAPI", "Flask", "FastAPI", "ASGI", "WSGI"),
        brief="Flask is synchronous (WSGI, a thread per request); FastAPI is asynchronous (ASGI, an event loop).",
        why=(
            "WSGI calls a function per request and waits for its return, while ASGI awaits a coroutine and can "
            "serve others meanwhile.",
        ),
    ),
    Intent(
        "uvicorn", "fastapi",
        ask=(
            "What does uvicorn do", "How many uvicorn workers <should> <use>",
            "Should I use [several|more] uvicorn workers", "uvicorn --workers",
            "Can I run [this service|an LLM server] with several uvicorn workers", "gunicorn or uvicorn",
        ),
        say=(
            "uvicorn is the ASGI server that runs the event loop and the app. Each worker is a process with its own "
            "loop and its own copy of the model, so for inference use one worker per model and device, and scale "
            "with more containers. More workers do not cure a blocked loop: call blocking code in a thread.",
        ),
        subject=("uvicorn", "uvicorn workers", "an ASGI server"),
        brief="uvicorn is the ASGI server that runs the app; use one worker per model.",
    ),
    Intent(
        "boto3", "pitfall",
        ask=(
            "[boto3|psycopg2|pymysql|pymongo|redis-py|smtplib|paramiko|sqlite3|the AWS SDK|a synchronous "
            "SDK|ftplib|SQLAlchemy without async|a SOAP client|the Stripe SDK|the google cloud client] in [async "
            "def|an async handler|FastAPI|asyncio|an async endpoint|a coroutine]",
            "<howdo> use [boto3|psycopg2|pymysql|pymongo|redis-py|smtplib|paramiko|sqlite3|ftplib|the Stripe SDK|an "
            "old SDK] [with asyncio|in async code|from FastAPI|in async def]",
            "Does [boto3|psycopg2|pymysql|pymongo|sqlite3|smtplib] block the event loop",
            "I call [boto3|psycopg2|pymysql|pymongo|sqlite3|smtplib|paramiko|an SMTP library|the S3 client] "
            "[inside|in|from] [async def|an async function|an async route]",
            "My [handler|endpoint|coroutine] uses [boto3|psycopg2|pymysql|pymongo|sqlite3|smtplib|a sync driver], "
            "is that OK",
            "[uploading to S3|querying PostgreSQL with psycopg2|sending mail with smtplib] in [async def|FastAPI]",
        ),
        say=(
            "That library is synchronous, so a direct call in async def blocks the event loop. Run it in a thread: "
            "`await asyncio.to_thread(function, *args)`. If there is an async version, such as aioboto3 or asyncpg, "
            "you can await that instead.",
            "It blocks. Wrap the call with `await asyncio.to_thread(...)`, so that it waits in a worker thread, or "
            "switch to an async driver such as asyncpg.",
        ),
        subject=("boto3", "psycopg2", "a synchronous database driver"),
        brief="It blocks the event loop; wrap it in asyncio.to_thread or use an async library.",
        why=(
            "It waits synchronously, and the event loop has only one thread. In a worker thread the wait releases "
            "the GIL.",
        ),
        code=(
            "```python\n"
            "async def upload(path):\n"
            "    await asyncio.to_thread(s3.upload_file, path, \"bucket\", path)\n"
            "```\n"
            "The upload waits in a worker thread."
        ),
        weight=1.5,
    ),
    Intent(
        "file_io", "pitfall",
        ask=(
            "[Is reading files|Is file I/O|Are file reads] blocking in asyncio",
            "<howdo> read [a file|files|a large file] in [async code|async def|asyncio]", "Should I use aiofiles",
            "Does open() block the event loop", "reading a big file in async def",
        ),
        say=(
            "File I/O is blocking, asyncio has no native files. Reading a small local file is usually fine; for "
            "large files or network disks use `await asyncio.to_thread(path.read_bytes)`, or the event loop stands "
            "still meanwhile. aiofiles does the same with threads.",
        ),
        subject=("file I/O", "reading files", "aiofiles"),
        brief="File I/O blocks; use asyncio.to_thread for large files.",
    ),
    Intent(
        "find_blocking", "pitfall",
        ask=(
            "<howdo> [find|detect|see|notice|measure|know] [what blocks <loop>|that <loop> is blocked|blocking "
            "calls|if my loop is blocked|event loop delay|loop lag]",
            "How is loop [lag|delay] measured", "What is [loop lag|event loop lag|event-loop delay]",
            "<howdo> debug a blocked event loop", "asyncio debug mode", "What does PYTHONASYNCIODEBUG do",
        ),
        say=(
            "Measure how late the loop wakes: sleep for 10 ms in a task and look how much later it really wakes; "
            "more than a few milliseconds means something blocks. asyncio's debug mode logs callbacks slower than "
            "100 ms, and this service exports loop delay in /metrics. `make lab` shows a blocked loop live.",
            "Run a small task that sleeps a fixed time and records how late it wakes up: that is the loop delay. "
            "Debug mode (PYTHONASYNCIODEBUG=1) names slow callbacks.",
        ),
        subject=("loop lag", "event-loop delay", "loop delay"),
        brief="Measure how late a sleeping task wakes up; that is the loop delay.",
        code=(
            "```python\n"
            "async def watch():\n"
            "    loop = asyncio.get_running_loop()\n"
            "    while True:\n"
            "        start = loop.time()\n"
            "        await asyncio.sleep(0.01)\n"
            "        print(f\"late by {(loop.time() - start - 0.01) * 1000:.1f} ms\")\n"
            "```"
        ),
    ),
    Intent(
        "gc_freeze", "pitfall",
        ask=(
            "What does gc.freeze do", "<why> does garbage collection [pause|stop] my service",
            "What is gc.freeze [good |]for", "garbage collector pauses in the server",
        ),
        say=(
            "A full garbage collection stops all threads, and on a heap with a model in it that takes 100 ms and "
            "more; the event loop stands still meanwhile. gc.freeze() after warm-up moves the loaded objects out of "
            "its sight, so later collections are short.",
        ),
        subject=("gc.freeze", "garbage collection"),
        brief="It takes long-lived objects out of garbage collection, so pauses get short.",
    ),
    Intent(
        "uvloop", "asyncio",
        ask=("Is uvloop faster", "Should I use uvloop", "Does uvloop help", "uvloop or asyncio"),
        say=(
            "uvloop is a faster event loop for asyncio, written in C. It lowers the overhead per event, but it does "
            "not help when your code blocks the loop: every other request still waits. Move blocking calls to a "
            "thread with asyncio.to_thread instead.",
        ),
        subject=("uvloop",),
        brief="uvloop is a faster event loop, but it does not cure blocking code.",
    ),
    Intent(
        "aiohttp_httpx", "asyncio",
        ask=(
            "aiohttp or httpx", "<diff> aiohttp and httpx", "Which async HTTP client <should> <use>",
            "What is [aiohttp|httpx]",
        ),
        say=(
            "Both are good async HTTP clients for asyncio. httpx has an interface like requests and works sync and "
            "async; aiohttp is async only and a bit faster under heavy load. Reuse one client for many requests. "
            "requests is synchronous and would block the event loop; if it has to stay, call it in a thread with "
            "asyncio.to_thread.",
        ),
        subject=("aiohttp", "httpx"),
        brief="Both are async HTTP clients; httpx resembles requests, aiohttp is a bit faster.",
    ),
    Intent(
        "asyncio_run", "asyncio",
        ask=(
            "What does asyncio.run do", "<howdo> start [asyncio|an event loop|an async program|a coroutine]",
            "RuntimeError: asyncio.run() cannot be called from a running event loop",
            "<howdo> call async code from sync code",
        ),
        say=(
            "asyncio.run(main()) starts an event loop, runs the coroutine to its end, and closes the loop. Call it "
            "once, at the program's entry; inside running async code use await instead.",
        ),
        subject=("asyncio.run",),
        brief="asyncio.run starts an event loop and runs one coroutine to its end.",
    ),
    Intent(
        "async_queue", "asyncio",
        ask=(
            "How does asyncio.Queue work", "<diff> asyncio.Queue and queue.Queue",
            "When <should> <use> asyncio.Queue", "producer and consumer in asyncio",
        ),
        say=(
            "asyncio.Queue passes items between coroutines of one loop: put and get are awaited, and maxsize gives "
            "backpressure, since put waits when the queue is full. It is not thread-safe; between threads use "
            "queue.Queue, between processes multiprocessing.Queue.",
        ),
        subject=("asyncio.Queue", "queue.Queue"),
        brief="asyncio.Queue passes items between coroutines; with maxsize it gives backpressure.",
    ),
    Intent(
        "call_soon_threadsafe", "asyncio",
        ask=(
            "<howdo> call the event loop from [a|another] thread", "What does call_soon_threadsafe do",
            "Is asyncio thread-safe", "<howdo> pass a result from a thread to the loop",
            "What is run_coroutine_threadsafe",
        ),
        say=(
            "asyncio objects are not thread-safe. From another thread use loop.call_soon_threadsafe(callback), or "
            "asyncio.run_coroutine_threadsafe(coroutine, loop) for a coroutine; both wake the loop safely.",
        ),
        subject=("call_soon_threadsafe", "run_coroutine_threadsafe"),
        brief="It schedules a callback on the loop safely from another thread.",
    ),
)
