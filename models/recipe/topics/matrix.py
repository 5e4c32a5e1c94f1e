"""The selection matrix: which kind of work belongs to asyncio, which to threads, which to processes."""

# fmt: off

from models.recipe.grammar import Intent

WHY_PROCESSES = (
    "Because of the GIL: in one process only one thread runs Python bytecode at a time. Each process has its own "
    "interpreter and its own GIL, so processes use all cores.",
    "Each process has its own GIL, so pure Python code really runs in parallel there. Threads would take turns on "
    "one core.",
)
WHY_ASYNCIO = (
    "Because waiting needs no thread. A waiting coroutine costs a few kilobytes, so one event loop can hold tens of "
    "thousands of open connections.",
    "While one coroutine waits for the network, the event loop runs another one. Nothing is computed while waiting, "
    "so one thread is enough.",
)
WHY_THREADS = (
    "A blocking call releases the GIL while it waits, so the other threads and the event loop keep running. The old "
    "library can stay as it is.",
    "Because a thread that waits for I/O gives up the GIL, so others run meanwhile, and you need not rewrite the "
    "library.",
)
WHY_LLM = (
    "Inference is synchronous and takes long, so in an async def it would freeze the event loop. torch releases the "
    "GIL while it computes, so a thread is enough and the loop stays free to accept, stream and cancel.",
    "Because a forward pass would block the event loop. In a thread torch lets go of the GIL, so the loop keeps "
    "answering other requests.",
)
CODE_POOL = (
    "```python\n"
    "from concurrent.futures import ProcessPoolExecutor\n"
    "\n"
    "def heavy(n):\n"
    "    return sum(i * i for i in range(n))\n"
    "\n"
    "if __name__ == \"__main__\":\n"
    "    with ProcessPoolExecutor() as pool:\n"
    "        print(list(pool.map(heavy, [10**6] * 4)))\n"
    "```\n"
    "The function stands at module level so that it can be pickled."
)
CODE_ASYNCIO = (
    "```python\n"
    "import asyncio\n"
    "import httpx\n"
    "\n"
    "async def main(urls):\n"
    "    async with httpx.AsyncClient() as client:\n"
    "        return await asyncio.gather(*(client.get(url) for url in urls))\n"
    "\n"
    "asyncio.run(main([\"https://example.com\"]))\n"
    "```\n"
    "All requests wait at the same time, in one thread."
)
CODE_TO_THREAD = (
    "```python\n"
    "import asyncio\n"
    "import requests\n"
    "\n"
    "async def fetch(url):\n"
    "    response = await asyncio.to_thread(requests.get, url, timeout=10)\n"
    "    return response.json()\n"
    "```\n"
    "The blocking call runs in a worker thread, and the event loop stays free."
)
CODE_LLM = (
    "```python\n"
    "@app.post(\"/chat\")\n"
    "async def chat(request: ChatRequest):\n"
    "    text = await asyncio.to_thread(model.generate, request.prompt)\n"
    "    return {\"text\": text}\n"
    "```\n"
    "The event loop accepts requests, and a worker thread runs the synchronous inference."
)
CODE_CELERY = (
    "```python\n"
    "from celery import Celery\n"
    "\n"
    "app = Celery(\"reports\", broker=\"redis://localhost:6379/0\")\n"
    "\n"
    "@app.task\n"
    "def build_report(month):\n"
    "    return render(month)\n"
    "```\n"
    "The web handler calls `build_report.delay(month)` and returns at once."
)

INTENTS = (
    Intent(
        "when_multiprocessing", "matrix",
        ask=(
            "When <should> <use> <mp><py>", "In which [cases|situations] <should> <use> <mp>",
            "When [is|are] <mp> <good>", "What [is|are] <mp> good for",
            "For [what|which] kind of <work> <should> <use> <mp>",
            "What [kind of work|kind of tasks|sort of jobs] [needs|need|belongs in|belong in|suits] <mp>",
            "When does it [make sense|pay off|pay] to <use> <mp>", "When is it worth [using|the cost of] <mp>",
            "[Give me|What is] a rule for when to <use> <mp>", "<explain> when to <use> <mp>", "When to <use> <mp>",
            "At what point [should|do] I [need|move to|switch to] <mp>", "use cases [for|of] <mp>",
            "When [are|is] <mp> better than <th>", "When do I [really |actually |]need <mp>",
            "Which problems [does|do] <mp> solve", "What should I use <mp> for",
            "when would <mp> be the <good> choice",
        ),
        say=(
            "Use multiprocessing when the work is CPU-bound and runs in Python itself, such as image processing, "
            "hashing or parsing large files. Each process has its own interpreter and its own GIL, so the work runs "
            "truly in parallel on all cores. The price is memory and pickling: data must be serialised to cross the "
            "border. For waiting on the network, asyncio or threads are cheaper.",
            "Choose multiprocessing for CPU-bound Python code: every process has its own GIL, so all cores work in "
            "parallel. Use a process pool rather than a new process per task, and keep what you send small, because "
            "arguments and results are pickled. Do not use it for I/O; asyncio or threads do that with far less "
            "memory.",
        ),
        brief=(
            "Use multiprocessing for CPU-bound Python work, because each process has its own GIL and runs truly in "
            "parallel."
        ),
        why=WHY_PROCESSES,
        code=CODE_POOL,
        example=(
            "For example, resizing 10,000 images: a process pool with one worker per core finishes several times "
            "sooner than threads, because the GIL holds threads to one core."
        ),
        simple=(
            "Think of four cooks who share one knife: that is threads under the GIL. Multiprocessing gives every "
            "cook a knife and a kitchen, so they really work at once, but carrying food between kitchens (pickling) "
            "costs time."
        ),
        weight=3,
    ),
    Intent(
        "when_asyncio", "matrix",
        ask=(
            "When <should> <use> <aio><py>", "In which [cases|situations] <should> <use> <aio>",
            "When is <aio> <good>", "What is <aio> good for", "For [what|which] kind of <work> <should> <use> <aio>",
            "What [kind of work|kind of tasks|sort of jobs] [suits|suit|belongs on|fits] <aio>",
            "When does it [make sense|pay off|pay] to <use> <aio>",
            "[Give me|What is] a rule for when to <use> <aio>", "<explain> when to <use> <aio>",
            "When to <use> <aio>", "use cases [for|of] <aio>", "When is <aio> better than <th>",
            "What should I use <aio> for", "When does <aio> shine", "what does <aio> do best",
            "when would <aio> be the <good> choice",
        ),
        say=(
            "Use asyncio for I/O-bound work with many concurrent waits: web servers, crawlers, chat connections, "
            "calls to other APIs. One thread with an event loop holds tens of thousands of connections, because a "
            "waiting coroutine costs only a few kilobytes. Every library you await must be async, such as httpx or "
            "aiohttp; a blocking call stops the whole loop and belongs in asyncio.to_thread.",
            "Choose asyncio when the program mostly waits for the network or other I/O, and the libraries are "
            "async. One event loop in one thread serves thousands of connections cheaply. It does not speed up "
            "computation: CPU-heavy work belongs in a process pool.",
        ),
        brief="Use asyncio for I/O-bound work with many concurrent waits and async libraries.",
        why=WHY_ASYNCIO,
        code=CODE_ASYNCIO,
        example=(
            "For example, a crawler that fetches 5,000 pages: with asyncio and httpx or aiohttp one thread waits "
            "for hundreds of answers at the same time."
        ),
        simple=(
            "Think of one waiter who serves many tables: he takes an order and, while the kitchen cooks, goes to "
            "the next table. That is an event loop. If he starts to cook himself, every table waits."
        ),
        weight=2,
    ),
    Intent(
        "when_threads", "matrix",
        ask=(
            "When <should> <use> <th><py>", "In which [cases|situations] <should> <use> <th>",
            "When [is|are] <th> <good>", "What [is|are] <th> good for",
            "For [what|which] kind of <work> <should> <use> <th>",
            "What [kind of work|kind of tasks|sort of jobs] [suits|suit|belongs in|fits] <th>",
            "When does it [make sense|pay off] to <use> <th>", "[Give me|What is] a rule for when to <use> <th>",
            "<explain> when to <use> <th>", "When to <use> <th>", "use cases [for|of] <th>",
            "When [are|is] <th> better than <aio>", "What should I use <th> for",
            "[Are threads|Is threading] [ever |still |]useful in Python", "when would <th> be the <good> choice",
        ),
        say=(
            "Use threads for blocking calls that release the GIL: file and network I/O through synchronous "
            "libraries, database drivers without async support, and native code such as torch or numpy. From async "
            "code, call them with await asyncio.to_thread(function). For pure Python computation threads do not "
            "help, because of the GIL.",
            "Choose a thread pool when you must call a synchronous, blocking library, such as requests or boto3. "
            "The thread waits and releases the GIL, so the rest keeps running. Keep the pool bounded, and use "
            "processes for CPU-bound Python code.",
        ),
        brief="Use threads for blocking calls that release the GIL, such as synchronous I/O libraries.",
        why=WHY_THREADS,
        code=CODE_TO_THREAD,
        example=(
            "For example, an async handler that must call requests or boto3: `await asyncio.to_thread(requests.get, "
            "url)` keeps the event loop free."
        ),
        simple=(
            "Think of sending a helper to stand in a queue for you. The helper only waits, so many helpers can wait "
            "at once. But under the GIL only one of them may think at a time."
        ),
        weight=2,
    ),
    Intent(
        "cpu_bound", "matrix",
        ask=(
            "What <should> <use> for <cpu> <work><py>",
            "[What|Which] [tool|model|approach|option|one|way] [fits|is best for|suits|do you recommend for|is "
            "right for] <cpu> <work>",
            "<howdo> run <cpu> <work> [in parallel|faster|on all cores|on several cores]",
            "My <work> [is|are] <cpu>, what <should> <use>", "How <should> handle <cpu> <work>",
            "<howdo> use all [my |]cores<py>", "<howdo> get [real|true] parallelism<py>",
            "threads or processes for <cpu> <work>", "asyncio or multiprocessing for <cpu> <work>",
            "I have a <cpu> [function|task|job]. [What now|What do you recommend|Threads, asyncio or processes|What "
            "should I do with it]",
            "Best [choice|solution|concurrency model] for <cpu> <work>", "<cpu> <work>: which one",
            "where does <cpu> <work> belong", "my program computes a lot, what should I use",
            "My code uses only one core, how can I use all of them",
            "<howdo> speed up a pure Python [loop|computation|calculation]",
            "[heavy computation|number crunching|heavy calculation] <py>: asyncio, threads or processes",
            "what do you use for <cpu> <work>",
        ),
        say=(
            "For CPU-bound work use processes: a process pool runs it truly in parallel, because each process has "
            "its own GIL. Make the pool once, with about one worker per core, and keep the data small, since it is "
            "pickled.",
            "Use multiprocessing, best as a process pool. Each worker process has its own interpreter and GIL, so "
            "all cores work; threads would take turns on one core.",
        ),
        subject=("CPU-bound work", "CPU-heavy work", "CPU", "computation", "heavy computation"),
        brief="For CPU-bound work use a process pool, because each process has its own GIL.",
        why=WHY_PROCESSES,
        code=CODE_POOL,
        example=(
            "For example, compressing 1,000 files: `pool.map(compress, paths)` on a process pool keeps every core "
            "busy."
        ),
        simple=(
            "Python lets one thread at a time run Python code in a process. So for hard thinking you start several "
            "Pythons: that is a process pool."
        ),
        weight=2,
    ),
    Intent(
        "io_bound", "matrix",
        ask=(
            "What <should> <use> for <io> <work><py>",
            "[What|Which] [tool|model|approach|option|one|way] [fits|is best for|suits|do you recommend for|is "
            "right for] <io> <work>",
            "My <work> [is|are] <io>, what <should> <use>", "How <should> handle <io> <work>",
            "threads or asyncio for <io> <work>", "asyncio or processes for <io> <work>",
            "I have [many|thousands of|a lot of] [network calls|connections|sockets|websockets|open "
            "connections|HTTP requests|API calls]. What <should> <use>",
            "Best [choice|solution|concurrency model] for <io> <work>", "<io> <work>: which one",
            "where does <io> <work> belong", "my program mostly waits, what should I use",
            "My program waits for the network [most of the time|all day], which model",
            "<howdo> handle [thousands|10,000|tens of thousands] of [connections|clients|sockets]",
            "what [should I use|do I use|fits] when I wait for many servers", "what do you use for <io> <work>",
        ),
        say=(
            "For I/O-bound work with many concurrent waits use asyncio with async libraries such as httpx or "
            "aiohttp: one thread and one event loop serve thousands of connections. If the library is synchronous, "
            "call it in a thread with asyncio.to_thread. Processes would only cost memory while they wait.",
            "Use asyncio: waiting coroutines cost almost nothing, so a single event loop handles thousands of "
            "connections. Threads are the answer when the library blocks; processes would only waste memory.",
        ),
        subject=("I/O-bound work", "I/O", "IO", "network work", "waiting on the network", "I/O-heavy work"),
        brief="For I/O-bound work use asyncio, or threads when the library is synchronous.",
        why=WHY_ASYNCIO,
        code=CODE_ASYNCIO,
        example=(
            "For example, calling 200 APIs: `await asyncio.gather(...)` waits for all of them at once, so the total "
            "is about as long as the slowest one."
        ),
        simple=(
            "Waiting needs no muscles. One patient thread can wait for thousands of answers at once, and that is "
            "what asyncio does."
        ),
        weight=2,
    ),
    Intent(
        "io_blocking", "matrix",
        ask=(
            "What <should> <use> for I/O with a [blocking|synchronous|sync] [library|SDK|driver|client]",
            "[My|The|Our] [library|SDK|driver|client] is [synchronous|blocking|not async|sync only], what <should> "
            "<use>",
            "<howdo> call a [blocking|synchronous|sync] [function|library|SDK|driver|API client] from [async "
            "code|an async function|async def|asyncio|a coroutine|FastAPI]",
            "<howdo> use a [blocking|synchronous|sync] [library|SDK|driver] [with|in|together with] asyncio",
            "There is no async [version|client] of my [library|driver|SDK], what now",
            "[library|SDK|driver] without async support, what <should> <use>",
            "How <should> wrap [blocking|synchronous] code", "<howdo> [mix|combine] sync and async code",
            "I must [call|use] a [blocking|synchronous|legacy] library [inside|in|from] async def",
            "what do I do with blocking calls in async code",
            "my database driver [is synchronous|blocks], how do I use it with asyncio",
            "<howdo> run sync code without blocking <loop>", "<howdo> keep <loop> free when a library blocks",
            "[can I|is it possible to|how to] await a [normal|blocking|sync|regular] function",
        ),
        say=(
            "Run the blocking call in a thread: `await asyncio.to_thread(function, *args)`. The thread waits "
            "and releases the GIL, and the event loop stays free. For your own bounded pool use a "
            "ThreadPoolExecutor with loop.run_in_executor. The default pool has min(32, cores + 4) threads, "
            "and its queue is unbounded.",
            "Wrap it with `await asyncio.to_thread(function, *args)`: the synchronous call runs in a "
            "ThreadPoolExecutor while the event loop serves others. If an async library exists, that is better "
            "still.",
        ),
        subject=(
            "a blocking library", "a synchronous library", "blocking libraries", "a sync SDK", "a blocking SDK",
            "blocking calls",
        ),
        brief="Call the blocking library in a thread with asyncio.to_thread.",
        why=WHY_THREADS,
        code=CODE_TO_THREAD,
        example=(
            "For example: `rows = await asyncio.to_thread(cursor_query, sql)` runs a synchronous database driver in "
            "a worker thread."
        ),
        simple=(
            "You cannot make a slow clerk faster, but you can send a helper to wait at the counter. to_thread is "
            "that helper."
        ),
        weight=2,
    ),
    Intent(
        "mixed_llm", "matrix",
        ask=(
            "What <should> <use> for [an LLM service|an AI inference service|model serving|LLM inference|serving a "
            "language model|an inference API|an LLM server|serving models|a chat model]",
            "<howdo> [serve|run|deploy] a [model|language model|neural network|torch model|pytorch model|LLM] "
            "[with|in|behind|using] FastAPI",
            "<howdo> run [inference|model inference|torch inference|a torch model|a forward pass] without blocking "
            "<loop>",
            "Where should [inference|model inference|torch inference|the model|the forward pass] run",
            "[What is|Explain|Describe] the standard [pattern|architecture|design] for [LLM services|an inference "
            "service|LLM serving|AI services]",
            "<howdo> combine async requests with [synchronous|blocking] inference",
            "My FastAPI app [calls|runs] [model.generate|model.predict|a torch model|inference], what <should> <use>",
            "My endpoint runs a [neural network|torch model|transformer], which one [do I use|fits]",
            "asyncio, threads or processes for [inference|LLM inference|model serving|machine learning inference]",
            "how should an LLM [service|server|API] be [built|structured|designed]",
            "<why> does [this service|an LLM service] use asyncio and to_thread",
            "Which tool for ML inference in a web [server|service|app]",
        ),
        say=(
            "Use asyncio plus a thread: accept requests in async def and run the synchronous inference with `await "
            "asyncio.to_thread(engine.step)`. torch releases the GIL while it computes, so the event loop keeps "
            "accepting, streaming and cancelling. On a CPU use one inference thread, because torch already uses all "
            "cores inside. A second process would need its own copy of the model; many users share one by "
            "continuous batching.",
            "The standard pattern is an event loop for the requests and one thread for the model: `await "
            "asyncio.to_thread(model.generate, prompt)`. The loop never computes, and torch lets go of the GIL "
            "during the forward pass.",
        ),
        subject=("ML inference", "LLM inference", "inference", "model serving", "AI inference", "an LLM service"),
        brief="Accept requests with asyncio and run inference in a thread with asyncio.to_thread.",
        why=WHY_LLM,
        code=CODE_LLM,
        example=(
            "For example, this very service: async def routes, and each engine step runs with `await "
            "asyncio.to_thread(engine.step)`."
        ),
        simple=(
            "The event loop is the receptionist, the model is the expert in the back room. The receptionist hands "
            "over the question and keeps greeting people."
        ),
        weight=2,
    ),
    Intent(
        "crawler", "matrix",
        ask=(
            "What <should> <use> for a [web crawler|crawler|scraper|spider|web scraper]",
            "<howdo> [crawl|scrape|download|fetch] [thousands of|many|5,000|10000|lots of|a million] "
            "[pages|URLs|web pages|sites]",
            "[Crawling|Scraping|Downloading|Fetching] [thousands of|many|5,000|10,000|lots of] [pages|URLs|web "
            "pages|sites]: [which one|what fits|asyncio, threads or processes]",
            "I [write|build|have] a [crawler|scraper|spider], [what|which] <should> <use>",
            "Is [asyncio|aiohttp|httpx] [good|right] for [crawling|scraping|a crawler]",
            "best way to fetch many URLs",
        ),
        say=(
            "Use asyncio with an async HTTP client such as aiohttp or httpx. A crawler waits for the network "
            "most of the time, so one event loop can have hundreds of requests in flight. Limit them with a "
            "semaphore. Processes would only waste memory, and threads end at some hundreds.",
            "A crawler is I/O-bound, so asyncio with aiohttp or httpx is best: many requests wait at once in one "
            "thread. Bound the number in flight with asyncio.Semaphore, and parse very large pages in a process "
            "pool.",
        ),
        subject=("crawling", "a crawler", "web scraping", "a scraper"),
        brief="Use asyncio with aiohttp or httpx, because a crawler mostly waits for the network.",
        why=WHY_ASYNCIO,
        code=CODE_ASYNCIO,
    ),
    Intent(
        "numpy_large", "matrix",
        ask=(
            "[What|Which] <should> <use> for [numpy|numpy code|large arrays|matrix operations|linear "
            "algebra|numerical work]",
            "Does numpy [release|hold|drop|let go of] the GIL", "[threads or processes|asyncio or threads] for numpy",
            "[Do|Should] I need [multiprocessing|processes] for numpy", "Can numpy run in threads",
            "CPU-bound work with [large data|big data|huge arrays|big arrays], what <should> <use>",
            "<howdo> process [large|huge|big] arrays [in parallel|fast]",
            "NLP batch processing: [processes or threads|what fits|which one]",
        ),
        say=(
            "For large arrays use vectorised native code such as numpy first: most of its heavy operations release "
            "the GIL, so threads can run them in parallel. Use processes for the parts that stay in Python, and "
            "shared memory when the data is too large to pickle.",
            "numpy releases the GIL in most of its large operations, so threads often suffice. For CPU-heavy Python "
            "around it use a process pool, and avoid pickling big arrays: share memory instead.",
        ),
        subject=("numpy", "large arrays", "numpy arrays"),
        brief="Vectorise with numpy first; it releases the GIL in most large operations, so threads can help.",
        why=(
            "Because numpy does its work in C and lets go of the GIL meanwhile. Pickling big arrays to other "
            "processes may cost more than the computation.",
        ),
    ),
    Intent(
        "pandas", "matrix",
        ask=(
            "[What|Which] <should> <use> for pandas [work|code|jobs||dataframes]",
            "[threads or processes|asyncio or processes] for pandas",
            "Does pandas [release the GIL|run in parallel|use all cores]",
            "<howdo> [speed up|parallelise|parallelize] pandas",
            "my pandas [apply|groupby|merge] is slow, what <should> <use>",
            "pandas in an async [handler|endpoint|service], what do I do",
        ),
        say=(
            "pandas is CPU work and mostly holds the GIL, so use a process pool for heavy jobs. Split the data into "
            "parts, because every DataFrame you send is pickled. In an async handler never run it on the event loop.",
            "Treat pandas as CPU-bound: a process pool runs it in parallel, while threads mostly wait for the GIL. "
            "Let the worker read its own file rather than pickling the DataFrame.",
        ),
        subject=("pandas", "dataframes"),
        brief="Run heavy pandas work in a process pool, since it mostly holds the GIL.",
        why=WHY_PROCESSES,
    ),
    Intent(
        "celery_when", "matrix",
        ask=(
            "When <should> <use> [Celery|celery|a task queue|a job queue|a queue]",
            "What is [Celery|a task queue|a job queue] good for",
            "[Celery|a job queue|a task queue] or [a process pool|asyncio|threads|background tasks]",
            "When is Celery <good>",
            "[What|Which] <should> <use> for [jobs|work|tasks] that [take minutes|run for hours|outlive the "
            "request|must survive a restart|take very long]",
            "My [job|task|report|batch] takes [ten minutes|an hour|twenty minutes|half an hour], where should it run",
            "<howdo> run [long jobs|background jobs|offline batches|nightly jobs|long reports] [from a web app|from "
            "FastAPI|outside the request|]",
            "[Long running|Background|Overnight] [jobs|reports|tasks]: what <should> <use>", "Do I need Celery",
            "should I use FastAPI BackgroundTasks or Celery", "where do offline batches run",
            "work that outlives the request",
        ),
        say=(
            "Use a job queue such as Celery for work that outlives the request: long reports, batches, nightly "
            "jobs. It survives restarts, can retry, and scales to other machines. Its default workers are processes "
            "(prefork), so CPU-heavy jobs run in parallel. It needs a broker such as Redis or RabbitMQ, and the "
            "request returns a job id at once. For a second of work it is overkill.",
            "Celery is for jobs that take minutes or must survive a restart. The web handler puts the job on the "
            "queue and answers at once, and prefork worker processes do the work. For short work inside a request "
            "use a thread or a process pool.",
        ),
        subject=("Celery", "a job queue", "a task queue", "long jobs", "background jobs", "long reports"),
        brief="Use Celery for jobs that outlive the request and must survive restarts.",
        why=(
            "Because the job lives in the broker and not in the web process: it survives a restart, can be retried, "
            "and other machines can take it.",
        ),
        code=CODE_CELERY,
    ),
    Intent(
        "celery_kind", "matrix",
        ask=(
            "Is Celery [multiprocessing or asyncio|based on processes or threads|multi-process or "
            "async|multiprocess|async|threaded]",
            "[What|Which] [model|pool|concurrency] does Celery use[| by default]",
            "How does Celery run [tasks|its tasks|jobs]", "What is prefork", "What is the Celery prefork pool",
            "Does Celery use [processes|threads|multiprocessing|asyncio|gevent]",
            "What [worker|pool] types does Celery have", "<explain> Celery's [prefork|worker] model",
            "Celery with [gevent|eventlet]",
        ),
        say=(
            "By default Celery uses processes: its prefork pool starts several worker processes, which suits "
            "CPU-heavy tasks. For I/O-bound tasks it can also run with gevent, eventlet or threads. It does not run "
            "asyncio tasks natively. The jobs wait in a broker such as Redis or RabbitMQ, so they survive a restart "
            "of the web app and can be retried. There is one worker process per core unless you say otherwise.",
            "Celery's default is prefork, that is multiprocessing: each worker process runs one task at a time. "
            "gevent and eventlet pools are there for I/O-bound tasks. A broker such as Redis holds the jobs.",
        ),
        subject=("prefork", "Celery's prefork pool", "Celery prefork"),
        brief="Celery uses prefork worker processes by default.",
        why=(
            "Separate processes have their own GIL, so CPU-heavy tasks run in parallel, and a crash ends only one "
            "worker.",
        ),
    ),
    Intent(
        "matrix_all", "matrix",
        ask=(
            "<explain> [the selection matrix|the choice between asyncio, threads and processes|which tool fits "
            "which work]",
            "asyncio, threads or processes: [how do I choose|how to choose|which one|when which]",
            "<howdo> [choose|decide] between [asyncio, threads and processes|asyncio, multithreading and "
            "multiprocessing|the three models|threads, processes and asyncio]",
            "[Give me|Show me|What is] [the rule of thumb|a summary|an overview|the short rule|a cheat sheet|the "
            "main rule|the one-line rule] for [choosing|asyncio, threads and processes|concurrency|concurrency in "
            "Python]",
            "Which [concurrency model|kind of concurrency] <should> <use>",
            "[What is|Summarise|Give me] the [core|main|basic] [principle|rule] of [choosing|concurrency in Python]",
            "which work goes where", "what goes to asyncio, what to threads, what to processes",
            "[Compare|What is the difference between] [asyncio, threads and processes|multiprocessing, threading "
            "and asyncio|threading, multiprocessing and asyncio]",
            "the three [models|options] for concurrency[| in Python]", "What concurrency options does Python have",
            "What are the rules for picking a concurrency model",
        ),
        say=(
            "CPU-bound Python work goes to processes, because each has its own GIL. I/O-bound work with async "
            "libraries goes to asyncio. I/O through a blocking library goes to threads, with asyncio.to_thread. An "
            "LLM service combines asyncio for requests with one thread for inference. Jobs that outlive the request "
            "go to a queue such as Celery.",
            "The short rule: compute in processes, wait with asyncio, and put blocking libraries into threads with "
            "asyncio.to_thread. LLM serving is asyncio plus one inference thread, and long jobs go to Celery.",
        ),
        subject=("the selection matrix", "the rule of thumb", "the matrix"),
        brief="Compute in processes, wait with asyncio, and put blocking libraries into threads.",
        why=(
            "Because of the GIL: only one thread at a time runs Python code in a process, but waiting and native "
            "code let others run.",
        ),
        example=(
            "For example: resize images in a process pool, crawl pages with asyncio, call boto3 in a thread, build "
            "nightly reports with Celery."
        ),
        simple=(
            "If the computer thinks, give it more processes. If it waits, let one event loop wait for everything. "
            "If a library insists on blocking, send it to a thread."
        ),
        weight=2,
    ),
    Intent(
        "overheads", "matrix",
        ask=(
            "[Compare|What are|What is] the [overhead|costs|cost|overheads] of [asyncio, threads and "
            "processes|coroutines, threads and processes|the three models|each model]",
            "How [expensive|heavy|costly] is a [process|thread|coroutine]",
            "How much memory does a [coroutine|thread|process] [need|use|take|cost]",
            "How many [coroutines|threads|processes|connections] can I [have|run|start]",
            "What does a [thread|process|coroutine] cost",
            "[memory|switching] [overhead|cost] of [threads|processes|coroutines]",
            "Which is [cheapest|lightest], [a coroutine, a thread or a process|asyncio, threads or processes]",
            "Which one uses the [least|most] memory",
            "[How expensive is|cost of] [context switching|switching between threads|switching between coroutines]",
        ),
        say=(
            "Memory first: a coroutine costs kilobytes, and tens of thousands are fine. A thread costs an "
            "operating-system stack, up to megabytes, and some hundreds are fine. A process costs the most, "
            "tens to hundreds of megabytes, so have about one per core. Switching coroutines is cheapest; "
            "talking between processes is dearest, because data is pickled.",
            "Coroutines are lightest (kilobytes, tens of thousands of them), threads come next (up to megabytes, "
            "hundreds), and processes are heaviest (tens to hundreds of megabytes, about one per core). Processes "
            "also pay for pickling.",
        ),
        subject=("the overhead", "the cost of each", "memory use"),
        brief="A coroutine costs kilobytes, a thread up to megabytes, a process tens to hundreds of megabytes.",
        why=(
            "A process has its own interpreter and modules, a thread only its own stack, and a coroutine only one "
            "small object.",
        ),
    ),
    Intent(
        "combine", "matrix",
        ask=(
            "Can I [combine|mix|use together] asyncio [and|with] [multiprocessing|processes|a process pool]",
            "<howdo> [use|call|run] a process pool [from|in|with] asyncio",
            "<howdo> run CPU-bound work from [an async handler|async code|async def|FastAPI|an async endpoint]",
            "CPU-heavy work in [a FastAPI endpoint|an async handler|async def], what do I do",
            "<howdo> use ProcessPoolExecutor with [asyncio|run_in_executor|async def]",
            "what about CPU work inside an async service",
            "[heavy computation|a heavy calculation] in an async [endpoint|handler]",
            "my async endpoint must compute something heavy",
        ),
        say=(
            "Yes: keep one ProcessPoolExecutor and call `await loop.run_in_executor(pool, function, arg)`. The "
            "event loop stays free while another process computes. The function must stand at module level, since "
            "it is pickled. asyncio.to_thread would not help for pure Python, which holds the GIL; it is for "
            "blocking calls.",
            "Use a process pool from the loop: `result = await loop.run_in_executor(process_pool, heavy, data)`. "
            "The loop only waits, and the CPU-bound work runs in parallel in other processes.",
        ),
        subject=("a process pool with asyncio", "run_in_executor with processes"),
        brief="Call `await loop.run_in_executor(process_pool, function, arg)`.",
        why=WHY_PROCESSES,
        code=(
            "```python\n"
            "import asyncio\n"
            "from concurrent.futures import ProcessPoolExecutor\n"
            "\n"
            "pool = ProcessPoolExecutor()\n"
            "\n"
            "async def handler(data):\n"
            "    loop = asyncio.get_running_loop()\n"
            "    return await loop.run_in_executor(pool, heavy, data)\n"
            "```\n"
            "`heavy` is a function at module level."
        ),
    ),
)
