"""Whole sentences, as people write to a colleague: longer, more specific and less tidy than the other patterns."""

# fmt: off

MORE = {
    "when_multiprocessing": (
        "In what kind of program do several processes pay for themselves",
        "what would make you start extra processes", "[Is there|What is] a good sign that I need multiprocessing",
        "my boss wants to know when multiprocessing is worth it",
        "I keep hearing about multiprocessing, when do I actually want it",
        "under which circumstances are processes the answer",
    ),
    "when_asyncio": (
        "what kind of program profits from an event loop", "[Is there|What is] a good sign that I should go async",
        "when do coroutines pay off", "for which services would you write everything async",
        "under which circumstances is asyncio the answer",
        "my team wants to rewrite everything in asyncio, when does that make sense",
    ),
    "when_threads": (
        "what kind of program profits from a thread pool", "when are good old threads still the answer",
        "[Is there|What is] a good sign that threads are enough", "when do you still use threads these days",
        "under which circumstances is a thread pool the answer",
    ),
    "cpu_bound": (
        "the job burns CPU in Python for minutes, what would you reach for",
        "we wrote the inner loop in plain Python and it eats a whole core",
        "seven of my eight cores do nothing while the script computes",
        "what do I reach for when pure Python is the slow part", "no waiting, only calculating: which model",
        "the whole time goes into Python bytecode, how do I go faster",
        "how do I get more than one core to work on my function", "crunching on a many-core server from Python",
    ),
    "io_bound": (
        "the program spends its life waiting for other servers",
        "hundreds of slow HTTP calls, one after the other, how do I do better",
        "we keep lots of sockets open that rarely say anything", "what do I reach for when waiting is the slow part",
        "an async driver exists and the code only waits for the database",
        "code that waits for replies nearly all the time", "I must talk to a thousand hosts and each is slow",
        "long lived connections with little traffic",
    ),
    "io_blocking": (
        "the only [library|package|client] there is blocks, and my handler is async",
        "how can an async endpoint use something synchronous without [freezing|stopping] everyone",
        "our code base has no async version of this driver, yet the app runs on asyncio",
        "we are stuck with a sync [SDK|driver|client] in an async code base",
        "is there a trick to call old blocking code from a coroutine",
        "I cannot replace the synchronous client, what can I do in my coroutine",
    ),
    "threads_cpu": (
        "[I added|We added] threads but the computation is not faster", "does it help to put my solver into threads",
        "would more threads speed up a plain Python calculation",
        "will a pool of threads make a pure Python algorithm finish sooner",
        "is a thread pool any use when nothing waits", "my calculation in eight threads takes as long as in one",
    ),
    "asyncio_cpu": (
        "will coroutines make my algorithm finish sooner",
        "I rewrote the calculation with async def and it takes as long as before",
        "is async any use when nothing waits", "can the event loop run my calculation on two cores",
    ),
    "multiproc_io": (
        "do I need processes to call many [REST|HTTP|web] services at once",
        "is it sensible to start processes only to wait for [servers|replies|the network]",
        "would a process pool be a good way to make many [API|HTTP|network] calls",
        "fifty processes that each wait for a server, sensible",
        "processes to download things in parallel, yes or no", "should every API call get its own process",
    ),
    "pitfall": (
        "what exactly goes wrong when a coroutine computes", "why do all my users wait for one",
        "the first request is generating and the second is not even accepted",
        "everybody gets stuck as soon as one prompt is processed", "why is nobody served while the model is busy",
        "my handler is async and yet the others wait, why", "one long call and the service looks dead",
        "why does a slow function in a route hurt requests that have nothing to do with it",
    ),
    "other_users": (
        "if one coroutine sleeps with time.sleep, what do the rest get", "who has to wait when I block",
        "does a blocking handler only slow down its own client",
    ),
    "fix_block": (
        "how do I keep the others served while the model computes", "and how would the correct version look",
        "what do I change so that the loop stays free", "make the endpoint not freeze the others",
        "the right way to do slow work in a route",
    ),
    "gil": (
        "what is the global interpreter lock about, in a few words", "what's the deal with the GIL",
        "could you sum up the interpreter lock", "I never got what this lock in Python is for",
        "why is there a lock around the interpreter",
    ),
    "gil_io": (
        "while one thread waits for a reply, may another run Python", "is the lock free while recv blocks",
        "what happens to the lock when a thread waits for the disk",
        "does waiting for a reply keep other threads from running",
    ),
    "process_gil": (
        "how come two processes compute at once but two threads cannot", "what do processes have that threads lack",
        "why can a second process run Python at the same time", "tell me why the lock does not bother processes",
    ),
    "torch_gil": (
        "may Python threads run while the network computes in C++", "is the interpreter free during a forward pass",
        "does the matrix code in torch keep the lock",
        "is my event loop able to run while torch is busy in another thread",
    ),
    "to_thread": (
        "which helper in asyncio runs a plain function elsewhere",
        "the asyncio function that moves a call into a thread", "how would I await a plain function without blocking",
    ),
    "run_in_executor": (
        "is to_thread only a shorthand", "two ways to run a function off the loop, how do they differ",
        "what can run_in_executor do that to_thread cannot", "when would I name the executor myself",
    ),
    "one_liner": (
        "a single line that awaits a blocking function", "shortest code to run f in a thread",
        "just one line of code for calling a sync function from async",
        "code, one line: blocking function, thread, await",
    ),
    "executor_queue": (
        "is there an upper limit for jobs that wait in a thread pool", "can I fill up a ThreadPoolExecutor",
        "what happens to the thousandth job I submit to a small thread pool",
        "how long may the line before a thread pool get",
    ),
    "lambda_pickle": (
        "map over a pool with an anonymous function fails with a pickle error",
        "what is wrong with giving a lambda to a pool", "the pool complains that it cannot pickle my function",
        "why does the same code work with map but not with pool.map", "inline function in pool.map blows up",
    ),
    "globals": (
        "I set a global in the main program after starting the pool, do the workers notice",
        "my workers still see the old setting", "is a module level dict common to all processes",
        "a variable that I change in the parent, is it changed in the children too",
    ),
    "pool_why": (
        "is it wasteful to launch a process for every little job",
        "why do people keep workers around rather than launch new ones",
        "each item gets its own Process object, is that clever", "why is a pool quicker than launching processes",
    ),
    "fork_threads": (
        "torch has been imported and started its threads, how should I create workers",
        "which way of creating children does not deadlock with running threads",
        "library threads are running, which start method may I use",
        "is it dangerous to fork when OpenMP threads exist", "what is the safe start method once threads are running",
    ),
    "start_methods": (
        "what separates spawn from fork", "in how many ways can Python create a worker process",
        "copying the parent or starting fresh, what are the names",
    ),
    "order_imap": (
        "the list that Pool.map gives back is too big for my memory", "can a pool hand me results bit by bit",
        "I would like to consume pool results while others are computed",
        "is there something like Pool.map that yields results one after the other",
        "pool results as a stream, please",
    ),
    "jupyter": (
        "my notebook stands still as soon as I start a pool", "is there a fix for Pool in a notebook",
        "parallel code works as a script but not in a cell", "the cell with the process pool runs for ever",
    ),
    "overheads": (
        "put the three in order of cost", "what do I pay for a coroutine, a thread, a process",
        "compare how much a thing of each kind costs", "which of the three is the most expensive to have many of",
    ),
    "coroutine_vs_thread_mem": (
        "about how many kilobytes is one coroutine", "roughly, the memory of a coroutine and that of a thread",
        "ten thousand coroutines, how much RAM", "what weighs more, a thread or a coroutine",
        "of all three, which one eats most memory for each unit",
    ),
    "gather_vs_task": (
        "I want one thing to run in the background, gather or something else",
        "if I do not want to wait yet, which function do I call", "when is starting a task better than gathering",
    ),
    "gather_order": (
        "the second finished before the first, where is its result in gather's list",
        "can I rely on the positions in gather's result list",
    ),
    "flask_fastapi": (
        "many requests and a slow backend behind them, Flask or FastAPI", "what would I gain by leaving WSGI",
        "why would an async framework suit a model server better than Flask",
        "is Flask a bad choice when each request waits long",
        "requests that wait long for a backend: which web framework", "what is the benefit of ASGI",
    ),
    "celery_kind": (
        "without any settings, what does a celery worker run tasks in",
        "which pool does celery start when I set nothing", "if I change no option, are celery tasks run in processes",
        "out of the box, does celery use processes or threads",
    ),
    "celery_when": (
        "generating a report takes long and must not vanish when the web app restarts",
        "where do I put work that has to survive a deploy",
        "the web process may be restarted at any time but the job must finish", "who should build my big reports",
        "a task must go on although the web server is redeployed", "place for work that is longer than any request",
    ),
    "backpressure": (
        "what does one do against queues that only grow", "why is accepting everything a bad plan",
        "keeping a lid on waiting requests", "limits for queues, why",
    ),
    "overload_do": (
        "we get twice the requests we can handle and everything just waits",
        "my server accepts all requests and then collapses",
        "the service queues and queues until it dies, what would be better",
        "what is the right reaction to more work than fits", "how should a busy server treat the next request",
        "too many requests at once, what ought to happen",
    ),
    "retry_after": (
        "with what header does a server say come back in a minute",
        "where does a refused client read how long to wait",
        "the name of the HTTP header for the waiting time after a refusal",
    ),
    "cancel_thread": (
        "the awaiting task was cancelled, what about the function in its thread",
        "I gave up waiting on a to_thread call, is the work aborted",
        "does the work in the thread end together with the cancelled task",
        "my request was cancelled but the CPU is still busy in a thread",
    ),
    "contextvars": (
        "the context variable has its value in the coroutine but none in the executor",
        "why does run_in_executor not know my request id", "the id I set before is missing in the pool thread",
        "how do context variables travel to threads", "log lines from the executor have no request id",
    ),
    "tokenizer_gil": (
        "a huge text is encoded in a thread and still nothing else runs",
        "I did move encode to a thread, so why is the loop late",
        "a whole book to encode and the server stands still",
        "tokenizing in a worker thread blocks the others, how can that be",
    ),
    "pool_death": (
        "one of my pool's processes ran into the memory limit and was shot",
        "may I go on with the executor after a worker has been killed",
        "a child was terminated by the system and now every future fails", "the executor says it is broken",
        "is the pool still good after a crash of a worker", "what must I do with the pool when a worker is gone",
    ),
    "liveness_readiness": (
        "is being alive the same as being ready", "one check for alive, one for ready, why two",
        "tell the two health endpoints apart", "what separates the two probes",
    ),
    "drain_first": (
        "the first thing to do when a stop signal comes",
        "the orchestrator sends the stop signal, how does a good server begin to stop",
        "before closing connections at shutdown, what",
    ),
    "stream_end": (
        "how does my program notice that no more tokens will come",
        "what tells the reader of the stream that it was the last piece", "is there a mark after the last chunk",
        "when may the client stop reading",
    ),
    "ttft_itl": (
        "what are the letters TTFT about", "time until the answer begins, does it have a name",
        "abbreviations for the latencies of a stream",
    ),
    "decode_slow": (
        "each generated token costs more time than a prompt token, why",
        "why does a prompt token cost less than a generated one", "generation speed is limited by what",
        "what makes decoding slow for each token",
    ),
    "kv_cache": (
        "what exactly sits in that attention cache", "what is kept of the earlier tokens",
        "why is attention over old tokens cheap",
    ),
    "continuous_batching": (
        "is it better to fill a batch first or to let requests join at any time", "a batch that never has to be full",
        "what is better than waiting until enough requests are there",
        "requests that come while others run, do they wait for the batch to end",
    ),
    "make_serve": (
        "which command brings this up", "how do I get this going on my laptop", "what do I have to type first",
        "start it, how", "I want to see it run", "bring the API up on my machine",
    ),
    "other_model": (
        "I have a folder with my own checkpoint, which command serves it", "can I point the server at my own weights",
        "the command for serving a model from a directory", "I would rather serve a model I trained",
        "how would I start this with weights of my own", "serve ./my-model instead of the tutor",
    ),
    "openai_sdk": (
        "what goes into base_url when it runs on this machine",
        "my script uses the openai package, what must I change to reach this server",
        "base url of the local server for the openai library", "OpenAI client against localhost, how",
        "the sdk should talk to my own server",
    ),
    "metrics": (
        "from which path can a scraper read numbers", "can Prometheus collect something from this server",
        "is monitoring built in", "where would a dashboard get its data",
    ),
    "lab": (
        "is there something that shows the freeze live", "let me watch the loop being blocked",
        "a command that demonstrates what blocking does",
        "show the difference between the bad and the good version on my machine",
        "I would like to see the pitfall happen",
    ),
    "thanks": (
        "fixed now", "[yes|ah], that [solved|was] it", "my problem is gone, [thanks|thank you]", "you fixed it",
        "now it runs, thanks", "[cheers|thanks], works", "it's working now, [cheers|thank you]", "great stuff",
    ),
    "bye": (
        "[ok|right|so], I'll be going", "I must be going [now|then|]", "I am going", "that's all I wanted, bye",
        "[well|ok] then, see you", "until tomorrow", "leaving now, bye",
    ),
    "hello": (
        "hi tutor, [how are you|nice to meet you|good to see you]", "hello [my friend|again|everyone|you]",
        "[good|a good] [morning|evening|day] to you", "hey [buddy|you|again]", "hi [all|again|everybody]",
        "anybody [there|home]",
    ),
    "who": (
        "who is it that answers me", "may I know your name", "am I chatting with a program",
        "what kind of assistant are you",
    ),
    "can_do": (
        "what might I ask", "for what can I use you", "what sort of help do you give",
        "where are you [strong|useful]", "tell me what you can help me with",
    ),
    "inference_threads": (
        "would the model answer faster with more threads around it",
        "a pool of eight for model.generate, clever or not", "how many threads should call the model on a CPU",
        "is one thread for the model really enough",
    ),
    "mixed_llm": (
        "the correct way to call something slow like predict from an async route",
        "what belongs on the loop and what in a thread when I serve a model",
        "how would you wire a torch model into FastAPI", "I have a model and FastAPI, what runs where",
        "a model that takes two seconds, inside an async endpoint, done right",
    ),
    "numpy_large": (
        "is numpy work in threads really parallel", "can I use threads for big array operations",
        "my arrays are huge and sending them to processes is slow", "vectorised maths in threads, does it scale",
    ),
    "process_cost": (
        "what is the price of using processes", "what do I pay for all these processes",
        "what speaks against processes", "why should I think twice about processes",
    ),
    "concurrency_parallelism": (
        "is doing things at once the same as taking turns", "parallel or concurrent, where is the line",
        "people mix up concurrent and parallel",
    ),
    "asyncio_parallel": (
        "do two coroutines ever run at the very same time", "is asyncio real parallelism or only taking turns",
        "does gather use more than one core",
    ),
    "semaphore_permit": (
        "no more than ten at a time, how", "at most twenty downloads at once",
        "how do I keep asyncio from opening a thousand connections at once", "throttle my coroutines",
    ),
    "disconnect": (
        "a reader closes the laptop in the middle of an answer", "is the work stopped when nobody listens any more",
        "the user left, does the model go on writing",
    ),
    "admission": (
        "why did the server turn me away", "the answer was 503, what does that tell me",
        "how does the service decide whether to let me in", "requests are turned away at the door, why",
    ),
    "temperature": (
        "the answers should always be the same, which parameter", "make the model more creative",
        "less random answers, how", "which knob makes output random",
    ),
    "max_tokens": (
        "my answer is cut in the middle of a sentence", "the text stops too early, what limits it",
        "how long may an answer get and who decides",
    ),
    "celery_broker": (
        "where are celery jobs kept while they wait", "what else must I install for celery",
    ),
    "light_workers": (
        "why are the tokenizer processes so small", "do the helper processes import torch",
    ),
    "health_blocked": (
        "why is my pod killed although nothing is wrong with it", "the probe gets no answer while the model runs",
        "kubernetes restarts me when I am merely busy",
    ),
    "load_once": (
        "each request loads the model again, bad", "at which moment should weights be read",
    ),
    "service_what": (
        "what have I just cloned", "explain what this repository is for", "what problem does this project solve",
        "in one breath, what is Unblocked",
    ),
    "service_rule": (
        "how come the loop here never blocks", "which work does this server do where",
        "by what rule is the code here organised", "what is the trick of this server",
    ),
    "gpu": (
        "I have no graphics card, does it work", "is a graphics card needed", "will it use my NVIDIA card",
        "does this run without a GPU",
    ),
    "docker": (
        "I prefer containers, how do I start it", "one command with docker, please",
        "run the whole thing in a container",
    ),
    "async_def_vs_def": (
        "my blocking code is in a normal def route, is that a problem", "does FastAPI put sync routes on the loop",
        "should a route that blocks be def or async def",
    ),
    "requests_in_async": (
        "fetching a page with requests inside a coroutine, ok or not", "may a coroutine call requests.get",
        "what do I use in place of requests when everything is async",
    ),
    "sleep_in_async": (
        "what do others notice when a coroutine calls time.sleep", "a long time.sleep in an async route",
        "how do I wait in a coroutine without hurting others",
    ),
    "boto3": (
        "S3 upload with the normal AWS library inside an async route",
        "my PostgreSQL driver is psycopg2 and the app is async",
        "is it fine to query the database synchronously in async def", "smtplib inside a coroutine",
    ),
    "combine": (
        "a route is async but has to crunch numbers for two seconds in Python",
        "how do I let processes compute for my async server",
        "CPU-heavy Python inside an async app without freezing it",
    ),
}
