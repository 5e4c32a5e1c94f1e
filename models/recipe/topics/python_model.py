"""How Python runs things: the GIL, threads and processes, pickling, start methods, pools."""

# fmt: off

from models.recipe.grammar import Intent
from models.recipe.topics.matrix import CODE_POOL

INTENTS = (
    Intent(
        "gil", "gil",
        ask=(
            "<explain> [the GIL|Python's GIL|the global interpreter lock]", "What does the GIL do",
            "What does GIL [stand for|mean]", "<why> does Python have [a|the] GIL",
            "How does the GIL [work|affect threads|limit threads|affect my program]",
            "What is the [problem with|effect of|point of] the GIL", "<why> is the GIL [a problem|there|important]",
            "<why> can Python threads not [run in parallel|use all cores|use several cores]",
            "<why> do threads not [speed up|help with] [CPU work|computation|my loop|pure Python code]",
            "<why> are my threads not faster", "I use [4|8|four|ten] threads but only one core is busy, <why>",
            "my threads [run one after another|are slower than one thread|use only one core]",
            "what lock does the interpreter hold",
        ),
        say=(
            "The GIL (global interpreter lock) lets only one thread of a process run Python bytecode at a time. So "
            "threads do not speed up pure Python computation, but they do help while waiting, because blocking I/O "
            "and much native code such as torch release the GIL. Processes avoid it: each has its own. Python 3.13 "
            "has an optional build without it; the normal one still has the GIL.",
            "The GIL is a lock in CPython: one thread at a time executes Python code. Threads take turns, so "
            "CPU-bound Python code gains nothing from them; use processes for that. While a thread waits for I/O it "
            "releases the GIL, and others run.",
        ),
        subject=("the GIL", "the global interpreter lock", "GIL", "Python's GIL"),
        brief="The GIL lets only one thread of a process run Python bytecode at a time.",
        why=(
            "It makes the interpreter's memory management simple and safe, and single-threaded code fast. The price "
            "is that threads cannot run Python code in parallel.",
        ),
        example=(
            "For example, two threads that each count to 100 million take as long as one after the other, while two "
            "processes take half the time."
        ),
        simple=(
            "Imagine a meeting with one microphone: many people are in the room, but only the one who holds it may "
            "speak. The GIL is the microphone."
        ),
        weight=2,
    ),
    Intent(
        "gil_release", "gil",
        ask=(
            "When is the GIL [released|given up|dropped|let go]", "What [releases|gives up|drops] the GIL",
            "Which [code|operations|libraries|functions] [release|releases] the GIL",
            "Does [I/O|blocking I/O|reading a file|time.sleep|a socket read|a database call|waiting] release the GIL",
            "When do threads [really |truly |]run in parallel", "How long does a thread hold the GIL",
            "What is the switch interval", "[How often|When] does Python switch threads",
        ),
        say=(
            "A thread releases the GIL when it waits for I/O or sleeps, and native code such as torch, much "
            "of numpy, hashing and compression releases it while it computes. A thread that runs pure Python "
            "is asked to give it up every 5 milliseconds, the switch interval. Otherwise the GIL lets only "
            "one thread of a process run Python bytecode at a time.",
            "The GIL is released during blocking I/O, time.sleep, and long native operations such as torch, numpy, "
            "zlib or hashlib on large data. Otherwise a running thread must hand it over after the switch interval "
            "of 5 milliseconds.",
        ),
        subject=("releasing the GIL", "the switch interval"),
        brief="It is released during I/O and sleep, in much native code, and otherwise every 5 milliseconds.",
        why=("While a thread waits or computes in C it touches no Python objects, so others may run safely.",),
    ),
    Intent(
        "torch_gil", "gil",
        ask=(
            "Does [torch|PyTorch|pytorch|a forward pass|torch inference|model.generate] [release|hold|drop|let go "
            "of|free] the GIL",
            "<why> [can|does] torch [inference |]run in a thread", "Is a thread enough for torch",
            "<why> not a process for [torch|inference]", "Is the GIL a problem for [torch|inference|pytorch]",
            "torch and the GIL",
        ),
        say=(
            "Yes, torch releases the GIL while its native operations compute, on the CPU and on the GPU. So "
            "one thread is enough for inference, and the event loop keeps running beside it. Waiting for I/O "
            "and much of numpy release it too; pure Python code and the tokenizers' encode hold it.",
            "torch lets go of the GIL inside its operators, so inference in a thread does not freeze the event "
            "loop. No second process is needed, and the model's memory is not doubled.",
        ),
        subject=("torch and the GIL", "PyTorch"),
        brief="Yes, torch releases the GIL while it computes.",
        why=("Its kernels are C++ code that touches no Python objects, so the interpreter may go on meanwhile.",),
    ),
    Intent(
        "tokenizer_gil", "gil",
        ask=(
            "Does [a tokenizer|the tokenizer|tokenizers|tokenization|the tokenizers "
            "library|Tokenizer.encode|encode|a fast tokenizer|huggingface tokenizers] [release|hold|drop|let go "
            "of|keep|block] the GIL",
            "<why> [does|can] tokenizing [block|freeze|stall] <loop>[| even in a thread]",
            "I used to_thread for [tokenizing|encode|the tokenizer] and the loop still [freezes|blocks|stops]",
            "<why> is to_thread not enough for [tokenizing|tokenization|encode]",
            "Where should [tokenization|tokenizing|large prompts|very long prompts] run",
            "encode versus encode_batch", "Is it safe to tokenize in a thread", "what holds the GIL in tokenizers",
            "to_thread did not help, the loop is still late",
            "I moved work to a thread but <loop> still [hangs|stalls|freezes]",
        ),
        say=(
            "Tokenizer.encode() and decode() of the tokenizers library hold the GIL, so a long text freezes "
            "the event loop even from a thread. encode_batch releases it. This service tokenizes small texts "
            "inline, normal ones in a thread, and very long texts or batches in a process pool. The GIL lets "
            "one thread at a time run Python; torch and I/O release it.",
            "A single encode holds the GIL for its whole time: a 5 MB text in to_thread froze the loop for over "
            "three seconds in our measurement. Use encode_batch, which releases the GIL, or a process pool for long "
            "texts.",
        ),
        subject=("tokenizers and the GIL", "tokenization", "tokenizing"),
        brief="Tokenizer.encode holds the GIL, so long texts belong in a process pool.",
        why=(
            "A thread only helps if the work in it releases the GIL. encode keeps it, so the loop's thread cannot "
            "run.",
        ),
        weight=1.3,
    ),
    Intent(
        "gil_thread_loop", "gil",
        ask=(
            "Does [asyncio.to_thread|to_thread|a thread] [always |]help",
            "Is to_thread [a cure for everything|always enough|enough for CPU work|right for CPU-bound code|good "
            "for CPU-bound work]",
            "Can I [use|put] [to_thread|threads] [for|around] [CPU-bound|pure Python|heavy Python] [work|code]",
            "What if the work in the thread holds the GIL", "[pure Python|CPU-bound Python] in to_thread",
            "<happens> if I [run|put] [CPU-bound|heavy|pure Python] [code|work] in [a "
            "thread|to_thread|asyncio.to_thread]",
        ),
        say=(
            "Not always: to_thread helps only when the work waits or releases the GIL. Pure Python "
            "computation in a thread competes with the event loop for the GIL, so the loop runs late; such "
            "work belongs in a process pool. Blocking I/O, torch and much of numpy release it.",
            "to_thread is right for blocking I/O and for native code that releases the GIL. CPU-bound Python code "
            "in a thread still slows the event loop, because both need the GIL. Use a process pool for it.",
        ),
        subject=("the limits of to_thread", "the second layer of the pitfall"),
        brief="to_thread helps only when the work releases the GIL; otherwise use a process pool.",
        why=(
            "Both threads need the same GIL, and a computing thread keeps it for up to 5 milliseconds at a time or "
            "for a whole native call.",
        ),
    ),
    Intent(
        "free_threading", "gil",
        ask=(
            "What is [free-threaded Python|free threading|nogil|no-GIL Python|Python without the GIL]",
            "Is the GIL [going away|being removed|gone|removed in Python 3.13|optional now|optional]",
            "Can I [turn off|disable|remove|switch off] the GIL",
            "What about Python 3.13 [without the GIL|free threading|t]", "PEP 703",
            "does python 3.13 still have a GIL",
        ),
        say=(
            "Since Python 3.13 there is an optional free-threaded build without the GIL (PEP 703). The normal"
            " build still has the GIL, and many extension modules are not ready yet, so this service assumes "
            "that the GIL is there. The GIL lets one thread at a time run Python bytecode; processes get "
            "around it today.",
            "The GIL can be absent in the free-threaded build of Python 3.13 and later, which is a separate build. "
            "In the usual interpreter it stays, so processes remain the answer for CPU-bound Python code.",
        ),
        subject=("free-threaded Python", "no-GIL Python", "nogil", "free threading"),
        brief="An optional free-threaded build exists since Python 3.13; the usual one keeps the GIL.",
    ),
    Intent(
        "process_def", "python",
        ask=(
            "<explain> [multiprocessing|the multiprocessing module]", "How does multiprocessing work",
            "What does a [worker process|child process] have of its own", "Do processes share memory",
            "What do processes share",
        ),
        say=(
            "Multiprocessing runs code in several processes. Each has its own Python interpreter, memory and GIL, "
            "so they compute in parallel. They share no objects: data is pickled and sent, or placed in shared "
            "memory. Each costs tens to hundreds of megabytes and time to start, so keep a pool of about one per "
            "core.",
            "With multiprocessing, several Python interpreters run side by side, each with its own memory and GIL. "
            "That gives real parallelism for CPU-bound work, and costs memory and pickling.",
        ),
        subject=("multiprocessing", "a process", "the multiprocessing module", "processes", "a worker process"),
        brief="Multiprocessing runs code in several processes, each with its own memory and GIL.",
        code=CODE_POOL,
    ),
    Intent(
        "thread_def", "python",
        ask=(
            "<explain> [threads|multithreading|threading]", "How do threads work in Python", "What do threads share",
            "Do threads share memory",
        ),
        say=(
            "A thread is a line of execution inside a process. Threads share the memory and, in Python, the GIL: "
            "one runs Python code at a time, but waiting threads let others run. They suit blocking I/O and native "
            "code that releases the GIL. Each costs a stack of up to megabytes, so some hundreds are the limit.",
            "Threads run inside one process and share its memory and its GIL. They are good for waiting on blocking "
            "calls, not for parallel Python computation.",
        ),
        subject=("a thread", "threading", "threads", "multithreading"),
        brief="A thread is a line of execution inside a process; threads share memory and the GIL.",
    ),
    Intent(
        "threads_vs_processes", "python",
        ask=(
            "<diff> [threads and processes|a thread and a process|threading and multiprocessing|multithreading and "
            "multiprocessing|processes and threads]",
            "threads [vs|versus|or] processes", "[threading|multithreading] vs multiprocessing",
            "Should I use threads or processes", "Which is [better|faster], threads or processes",
            "multiprocessing or [threading|multithreading]", "ThreadPoolExecutor or ProcessPoolExecutor",
            "<diff> ThreadPoolExecutor and ProcessPoolExecutor",
        ),
        say=(
            "Threads share memory and one GIL: cheap, good for waiting and for native code, but no parallel Python "
            "computation. Processes have their own memory and GIL: truly parallel for CPU-bound work, but heavier, "
            "tens to hundreds of megabytes each, and data must be pickled.",
            "Use threads for blocking I/O and processes for CPU-bound Python code. Threads share memory and the "
            "GIL; processes share nothing, run in parallel, and pay with memory and pickling.",
        ),
        subject=("threads versus processes", "threads or processes"),
        brief="Threads share memory and the GIL; processes have their own and run in parallel.",
        why=("The GIL is per process, so only separate processes run Python code at the same time.",),
    ),
    Intent(
        "asyncio_vs_threads", "python",
        ask=(
            "<diff> [asyncio and threads|asyncio and threading|coroutines and threads|threads and asyncio|a "
            "coroutine and a thread|async and multithreading]",
            "asyncio [vs|versus|or] [threads|threading|multithreading]", "threads or asyncio",
            "Which is better, asyncio or threads", "Should I use asyncio or [threads|threading]",
            "Is asyncio [faster|lighter|better] than threads", "<why> asyncio instead of threads",
        ),
        say=(
            "asyncio runs many coroutines in one thread, and they switch only at await: very cheap, kilobytes each, "
            "tens of thousands of them, but every library must be async. Threads are switched by the operating "
            "system and can call blocking code, as with asyncio.to_thread, but each costs more memory, so hundreds "
            "are the limit.",
            "Both are for waiting. asyncio is lighter and scales to tens of thousands of connections if the "
            "libraries are async; threads work with blocking libraries, cost more memory and need locks.",
        ),
        subject=("asyncio versus threads", "asyncio or threads"),
        brief="asyncio switches cheaply at await in one thread; threads can run blocking code but cost more.",
        why=(
            "A coroutine is only a small object, and switching is a function return; a thread needs a stack and the "
            "operating system.",
        ),
    ),
    Intent(
        "asyncio_vs_mp", "python",
        ask=(
            "<diff> [asyncio and multiprocessing|coroutines and processes|multiprocessing and asyncio|async and "
            "multiprocessing]",
            "asyncio [vs|versus|or] [multiprocessing|processes]", "Should I use asyncio or multiprocessing",
            "Can asyncio replace multiprocessing", "multiprocessing or asyncio, which is faster",
            "processes or coroutines",
        ),
        say=(
            "asyncio is for waiting: one thread holds thousands of connections. Multiprocessing is for computing: "
            "several processes use all cores in parallel, each with its own GIL. They do not replace each other: a "
            "process that only waits wastes memory, and a coroutine that computes blocks the event loop. An async "
            "service often has a process pool beside its loop.",
            "They solve different problems: asyncio handles many waits in one thread, multiprocessing runs "
            "CPU-bound code on several cores. Use asyncio for I/O and processes for computation.",
        ),
        subject=("asyncio versus multiprocessing", "asyncio or multiprocessing"),
        brief="asyncio is for waiting, multiprocessing is for computing.",
    ),
    Intent(
        "pickle", "python",
        ask=(
            "<why> [must|does|do] [data|arguments|my function|objects] [be pickled|need to be pickled|need "
            "pickle|have to be picklable]",
            "What [can|cannot|can't] be pickled",
            "How does data [get to|reach|travel to] [another process|a worker|the workers|a child process]",
            "How do processes [communicate|exchange data|talk to each other|pass data]",
            "How are arguments [sent|passed] to [a process pool|worker processes|another process]",
            "What is the cost of pickling", "PicklingError, what does it mean",
            "I get [a pickling error|PicklingError|a pickle error]", "what does picklable mean", "<explain> pickling",
        ),
        say=(
            "Processes share no memory, so arguments and results are pickled: turned into bytes, sent through a "
            "pipe, and rebuilt. Functions must be importable from a module's top level; lambdas, local functions, "
            "locks, sockets and open files cannot be pickled. Large data makes it slow.",
            "Pickle turns objects into bytes so that they can cross to another process. Plain data and top-level "
            "functions can be pickled; lambdas, nested functions, locks and connections cannot. Keep what you send "
            "small.",
        ),
        subject=("pickle", "pickling", "serialisation", "serialization"),
        brief="Data between processes is pickled, that is turned into bytes and rebuilt on the other side.",
        why=("Each process has its own memory, so an object must travel as bytes.",),
    ),
    Intent(
        "lambda_pickle", "python",
        ask=(
            "Can [I|you] [use|pass|send|pickle] a lambda [with|in|to] [Pool.map|a process "
            "pool|multiprocessing|ProcessPoolExecutor|a pool]",
            "<why> [does|do|can] [a lambda|lambdas|my lambda|local functions|nested functions] [fail|not work|not "
            "be pickled|break] [with|in] [multiprocessing|a process pool|Pool.map]",
            "Can't pickle [local object|a lambda|a local function]",
            "Can't pickle a [lambda|local function|nested function|closure], what now",
            "<howdo> fix [the pickling error|PicklingError|a lambda in Pool.map]",
            "Can a [lambda|nested function|closure|local function] be pickled",
            "pool.map with a [lambda|local function|closure] [fails|raises an error]",
            "my function is [nested|defined inside another function|local] and the pool fails",
            "are lambdas picklable",
        ),
        say=(
            "No: pickle sends a function to the worker processes by its module and name, and a lambda or local "
            "function has no importable name. Move the function to the top level of a module with def; to fix "
            "arguments, use functools.partial with it.",
            "Lambdas and local functions cannot be pickled, so a process pool cannot take them. Define the function "
            "at the top level of a module instead.",
        ),
        subject=("lambdas in a pool", "lambdas", "a lambda", "local functions"),
        brief="No, a lambda cannot be pickled; use a function at the top level of a module.",
        why=(
            "Pickle sends only the function's module and name, and the worker imports it. A lambda has no name to "
            "import.",
        ),
        code=(
            "```python\n"
            "from multiprocessing import Pool\n"
            "\n"
            "def square(x):\n"
            "    return x * x\n"
            "\n"
            "if __name__ == \"__main__\":\n"
            "    with Pool() as pool:\n"
            "        print(pool.map(square, range(10)))\n"
            "```\n"
            "`square` is at module level, so it can be pickled."
        ),
    ),
    Intent(
        "start_methods", "python",
        ask=(
            "<diff> [fork and spawn|fork, spawn and forkserver|spawn and fork|the start methods]",
            "fork [vs|versus|or] spawn", "What start methods [does multiprocessing have|are there|exist]",
            "Which start method <should> <use>",
            "<explain> [fork and spawn|the start methods|fork, spawn and forkserver]",
            "How are child processes started", "spawn or fork, which is [safer|better|faster]",
            "What is the default start method", "What does set_start_method do",
            "how does a process pool start its workers",
        ),
        say=(
            "fork copies the running process: fast, but unsafe when it has threads. spawn starts a fresh "
            "interpreter and imports the module again: slower, but safe, and the default on macOS and Windows. "
            "forkserver forks from a clean helper process. fork was the default on Linux until Python 3.14 changed "
            "it to forkserver.",
            "fork is quick because it copies the parent, but with threads it can deadlock. spawn starts a clean "
            "interpreter, so it is slower and safe. forkserver is in between: children are forked from a small "
            "clean server. With torch or threads use spawn.",
        ),
        subject=("the start methods", "fork, spawn and forkserver", "start methods"),
        brief="fork copies the process, spawn starts a fresh one, and forkserver forks from a clean helper.",
        why=(
            "fork copies memory and locks but only the one calling thread, so a lock that another thread holds "
            "stays locked for ever.",
        ),
        code=(
            "```python\n"
            "import multiprocessing\n"
            "\n"
            "context = multiprocessing.get_context(\"spawn\")\n"
            "with context.Pool(4) as pool:\n"
            "    results = pool.map(heavy, data)\n"
            "```\n"
            "The context sets the start method for this pool only."
        ),
    ),
    Intent(
        "fork_def", "python",
        ask=(
            "What does fork do", "How does fork [work|start a process]", "Is fork [safe|fast|slow|dangerous]",
            "what are the risks of fork",
        ),
        say=(
            "fork copies the parent process with its memory, so it starts fast. It copies only the calling "
            "thread but all locks, so a process with threads, such as one that uses torch, can deadlock. Use "
            "spawn there. spawn starts a fresh interpreter that imports the module again, slower but safe.",
        ),
        subject=("fork", "the fork start method"),
        brief="fork copies the parent process: fast, but unsafe with threads.",
    ),
    Intent(
        "spawn_def", "python",
        ask=(
            "What does spawn do", "How does spawn [work|start a process]", "Is spawn [safe|fast|slow]",
            "<why> is spawn [slow|slower|safe|safer]", "<why> [use|prefer] spawn",
        ),
        say=(
            "spawn starts a fresh Python interpreter that imports the main module again. It is slower than "
            "fork but safe with threads, and the default on macOS and Windows. Protect the start of your "
            "program with `if __name__ == \"__main__\":`. fork only copies the running process, with its locks.",
        ),
        subject=("spawn", "the spawn start method"),
        brief="spawn starts a fresh interpreter: slower than fork, but safe.",
    ),
    Intent(
        "forkserver_def", "python",
        ask=(
            "What does forkserver do", "How does forkserver work", "When <should> <use> forkserver",
            "Is forkserver [safe|better than fork]",
        ),
        say=(
            "forkserver starts one clean server process at the beginning and forks every worker from it. It "
            "is safer than fork, because the server has no threads, and faster than spawn. It exists on Unix "
            "only and is the default on Linux since Python 3.14. fork copies the running process, spawn "
            "starts a fresh interpreter.",
        ),
        subject=("forkserver", "the fork server"),
        brief="forkserver forks workers from one clean helper process.",
    ),
    Intent(
        "fork_threads", "python",
        ask=(
            "Is it safe to fork [after starting threads|a process with threads|after importing torch|with torch "
            "loaded]",
            "<why> does [fork|my forked process] [deadlock|hang]", "<why> [spawn|not fork] with torch",
            "my worker [hangs|deadlocks] after fork", "Can I fork [with|after] threads", "fork after torch",
            "<why> does this service use spawn", "<why> does multiprocessing hang with torch",
        ),
        say=(
            "No: fork copies only the calling thread but every lock as it is. A lock held by another thread, "
            "for instance in torch's OpenMP pool or in rayon, stays locked for ever in the child, and it "
            "deadlocks. Use spawn. It starts a fresh interpreter and imports the module again, so no lock is "
            "copied; forkserver is safe too.",
            "Forking a process that has threads can deadlock, because locks are copied and their owners are not. "
            "With torch or tokenizers loaded always use spawn.",
        ),
        subject=("forking with threads", "fork after threads"),
        brief="No, forking with threads can deadlock; use spawn.",
    ),
    Intent(
        "main_guard", "python",
        ask=(
            "<why> do I need [if __name__ == '__main__'|the main guard|if name main|__main__]",
            "What is if __name__ == \"__main__\" for",
            "[My script|The program] starts [itself again|endless processes|new processes for ever] with spawn",
            "RuntimeError: An attempt has been made to start a new process before the current process has finished "
            "its bootstrapping phase",
            "freeze_support error", "<why> the main guard [in|with] multiprocessing",
        ),
        say=(
            "With spawn every worker imports your main module again. Without `if __name__ == \"__main__\":` "
            "that import would start a pool again, and so on, so Python raises a RuntimeError. Put the code "
            "that starts processes under the guard. spawn is the default on Windows and macOS.",
            "The guard keeps the code from running when a spawned worker imports the module. Start the pool inside "
            "`if __name__ == \"__main__\":`.",
        ),
        subject=("the main guard", "if __name__ == \"__main__\""),
        brief="It keeps spawned workers from running your start-up code again.",
        code=(
            "```python\n"
            "from multiprocessing import Pool\n"
            "\n"
            "def work(x):\n"
            "    return x * 2\n"
            "\n"
            "if __name__ == \"__main__\":\n"
            "    with Pool(4) as pool:\n"
            "        print(pool.map(work, range(8)))\n"
            "```\n"
            "Without the guard every spawned worker would start the pool again."
        ),
    ),
    Intent(
        "jupyter", "python",
        ask=(
            "<why> does [multiprocessing|Pool|my pool|a process pool|Pool.map] [not work|hang|fail|freeze] in "
            "[Jupyter|a notebook|Jupyter notebooks|IPython]",
            "<howdo> use multiprocessing in [Jupyter|a notebook|a Jupyter notebook]",
            "multiprocessing [in|inside] [Jupyter|a notebook]", "Can I use a process pool in [Jupyter|a notebook]",
            "My notebook [hangs|freezes] with Pool", "Jupyter and multiprocessing",
            "pool.map never returns in my notebook",
        ),
        say=(
            "In Jupyter the worker cannot import functions that you defined in a cell, so with spawn the pool fails "
            "or hangs, and fork is unsafe beside the notebook's threads. Put the function into a .py file and "
            "import it, or run the program as a script, with the start under `if __name__ == \"__main__\":`.",
            "A notebook cell is not an importable module, so spawned workers cannot find its functions. Move the "
            "function to a .py file, import it, and use get_context(\"spawn\").",
        ),
        subject=("Jupyter", "notebooks", "multiprocessing in Jupyter", "Jupyter notebooks"),
        brief="Put the function in a .py file and import it, because workers cannot import a notebook cell.",
        why=("Spawned workers find functions by module name, and a cell lives in no module file.",),
    ),
    Intent(
        "pool_def", "python",
        ask=(
            "<why> [use a pool|not start a process per task|a pool instead of new processes]", "Pool or Process",
            "<diff> [Pool and Process|a pool and a process]",
            "Should I [start|spawn|create] a [new |]process [for every|per] [task|request|job|item]",
            "[process pool|Pool] [vs|versus] [single processes|Process]", "How does a [process pool|pool] work",
            "Is it OK to start a process per request",
        ),
        say=(
            "A pool starts its workers once and reuses them for many tasks. Starting a process per task costs tens "
            "to hundreds of milliseconds and memory each time, so use a pool, with about one worker per core. "
            "Arguments and results are pickled, so keep them small.",
            "A process pool holds ready workers that take tasks one after the other. That is much cheaper than "
            "starting a new process for each task.",
        ),
        subject=("a process pool", "a pool", "ProcessPoolExecutor", "multiprocessing.Pool", "a worker pool"),
        brief="A pool starts its workers once and reuses them for many tasks.",
        why=("Starting an interpreter and importing modules takes far longer than a small task.",),
        code=CODE_POOL,
    ),
    Intent(
        "map_imap", "python",
        ask=(
            "<diff> [Pool.map and imap_unordered|map and imap_unordered|map and imap|Pool.map and Pool.imap]",
            "Pool.map [vs|versus|or] [imap_unordered|imap]", "When <should> <use> [imap_unordered|imap]",
            "What does [imap_unordered|Pool.imap_unordered|imap] do",
            "<howdo> [get|stream] results [one by one|as they finish|early] from a pool",
            "Pool.map uses too much memory", "My list is [huge|too large|very long] for Pool.map",
            "<howdo> [process|handle] a [huge|very long|large] list with a pool",
        ),
        say=(
            "Pool.map waits for everything and returns a list in order, so all results are in memory. "
            "imap_unordered gives each result as soon as it is ready, in any order, and takes the input lazily: "
            "better for long inputs. imap does the same but keeps the order.",
            "map collects all results in order before it returns; imap_unordered streams them as they finish, in "
            "any order. Use imap_unordered with a chunksize for large inputs.",
        ),
        subject=("imap_unordered", "Pool.imap_unordered", "imap"),
        brief="map returns all results in order at the end; imap_unordered yields each as soon as it is ready.",
        why=("It need not hold all results at once, and a slow item does not hold up the finished ones.",),
        code=(
            "```python\n"
            "with Pool(4) as pool:\n"
            "    for result in pool.imap_unordered(heavy, items, chunksize=16):\n"
            "        save(result)\n"
            "```\n"
            "Each result arrives as soon as it is ready."
        ),
    ),
    Intent(
        "pool_map_def", "python",
        ask=(
            "What does Pool.map do", "How does Pool.map work", "<howdo> use Pool.map",
            "<howdo> apply a function to a list in parallel", "<howdo> [parallelise|parallelize] a for loop",
        ),
        say=(
            "Pool.map splits a list into chunks, sends them to the worker processes, waits for all of them, and "
            "returns the results in the original order. It is the simplest way to run a CPU-bound function over a "
            "list. The function must stand at a module's top level to be pickled, and the start of the program "
            "under `if __name__ == \"__main__\":`.",
        ),
        subject=("Pool.map", "pool.map"),
        brief="Pool.map runs a function over a list in worker processes and returns the results in order.",
        code=CODE_POOL,
    ),
    Intent(
        "chunksize", "python",
        ask=(
            "What is chunksize", "What does chunksize do",
            "<why> is Pool.map slow for [many small tasks|tiny tasks|small items]",
            "My pool is slower than a [plain|simple|normal] loop",
            "<why> is multiprocessing slower than [a loop|one process|serial code]",
            "multiprocessing made my code slower",
        ),
        say=(
            "Every item sent to a worker costs pickling and a round trip of about a quarter of a millisecond. If "
            "the items are tiny, that costs more than the work. Send them in chunks with chunksize, or do more work "
            "per task.",
            "A pool pays for starting processes and for pickling each task. With tiny tasks that outweighs the "
            "gain: use a larger chunksize, or stay in one process.",
        ),
        subject=("chunksize",),
        brief="chunksize groups many small items into one message to a worker.",
    ),
    Intent(
        "pool_size", "python",
        ask=(
            "How many [workers|processes|worker processes] should [a process pool|my pool|the pool] have",
            "[What|Which] size should [a process pool|my process pool] have",
            "How [big|large] should a process pool be", "How many processes <should> start",
            "cpu_count or more processes", "More processes than cores, is that good",
            "what is the right number of worker processes",
        ),
        say=(
            "About one process per available core. More processes only compete for the cores and cost memory. In a "
            "container count the CPU quota of the cgroup, not os.cpu_count(), which shows the whole host.",
            "Use as many workers as you have cores for CPU-bound work. Inside a container read the CPU limit, "
            "because os.cpu_count() reports all cores of the host.",
        ),
        subject=("the size of a process pool", "the number of workers"),
        brief="About one process per available core.",
    ),
    Intent(
        "thread_pool_size", "python",
        ask=(
            "How many threads should [a thread pool|my pool|the pool] have",
            "How [big|large] should a thread pool be",
            "What is the default size of [a ThreadPoolExecutor|the default executor|the thread pool]",
            "How many threads does [asyncio.to_thread|to_thread|the default executor] [use|have]",
            "max_workers for [I/O|blocking calls|a thread pool]",
        ),
        say=(
            "For blocking I/O as many threads as calls may wait at once, often 10 to 50, but bounded. The default "
            "executor behind asyncio.to_thread has min(32, cores + 4) threads, and its queue is unbounded, so limit "
            "what waits. For inference on a CPU use one thread. For computation in Python threads do not help; take "
            "processes.",
            "It depends on what they do: for blocking I/O some tens are fine, for inference exactly one per engine. "
            "asyncio.to_thread uses a default pool of min(32, cores + 4) threads.",
        ),
        subject=("the size of a thread pool", "max_workers"),
        brief="Some tens for blocking I/O, one for inference.",
    ),
    Intent(
        "inference_threads", "python",
        ask=(
            "How many [inference threads|threads for inference|model threads] <should> [use|have]",
            "[Are|Is] [four|4|several|many|two|8] inference threads [better|faster|good] [on a CPU|than one|]",
            "<why> [only |]one inference thread",
            "Should [inference|the model] run in [several|many|four|a pool of] threads",
            "more threads for inference, faster", "Should I set max_workers=4 for inference",
            "would a pool of four threads make inference faster", "<why> not [four|more|several] inference threads",
        ),
        say=(
            "One inference thread per engine, no more. torch on a CPU already uses all cores inside one call, and "
            "every calling thread would make an OpenMP team of its own, so more threads fight for the cores and are "
            "slower. Batch requests instead. So four threads are not four times as fast.",
            "Use one. A single torch call already spreads over the cores; a second inference thread starts another "
            "OpenMP team, and both get slower. Throughput comes from continuous batching, not from more threads.",
        ),
        subject=("inference threads", "the number of inference threads"),
        brief="One inference thread per engine, because torch already uses all cores.",
        why=("Each calling thread gets its own OpenMP team, so two of them want twice as many cores as there are.",),
    ),
    Intent(
        "oversubscription", "python",
        ask=(
            "What is oversubscription", "<why> is torch slow in [a container|Docker|Kubernetes]",
            "[torch|numpy|OpenMP] uses too many threads", "What does OMP_NUM_THREADS do",
            "<howdo> set the number of torch threads", "my container is [slow|very slow] with torch on a big host",
            "<why> is my pod throttled",
        ),
        say=(
            "Oversubscription means more running threads than cores: processes times threads times OpenMP threads "
            "exceed the CPU quota, and all of them get slower. In a container read the quota from cpu.max and set "
            "torch.set_num_threads or OMP_NUM_THREADS to it. Threads that only wait are cheaper, but each needs a "
            "stack of memory, so hundreds are the limit, not thousands.",
            "In a container torch may see all cores of the host and start too many threads for its quota. Set "
            "OMP_NUM_THREADS or torch.set_num_threads to the CPU limit; a container with 4 CPUs was seen 45 times "
            "slower without it.",
        ),
        subject=("oversubscription", "OMP_NUM_THREADS"),
        brief="More runnable threads than cores, so that all of them get slower.",
    ),
    Intent(
        "shared_memory", "python",
        ask=(
            "<howdo> share [memory|data|a large array|an array|a big object] between processes",
            "Can processes share memory", "What is [shared_memory|multiprocessing.shared_memory]",
            "<howdo> avoid [copying|pickling] [large|big] data", "my data is too large to pickle",
            "Queue, Pipe or Manager", "<howdo> pass data between processes",
        ),
        say=(
            "Processes share nothing by default; data goes through a Queue or Pipe and is pickled. For large arrays "
            "use multiprocessing.shared_memory or a memory-mapped file, so that all workers see the same bytes "
            "without a copy. A Manager is simple but slow.",
            "Use multiprocessing.shared_memory for large arrays and a Queue or Pipe for small messages. Or let each "
            "worker load its own part of the data from disk.",
        ),
        subject=("shared memory", "sharing data between processes", "shared_memory"),
        brief="Use multiprocessing.shared_memory for large arrays and a Queue for small messages.",
    ),
    Intent(
        "race", "python",
        ask=(
            "What is a race condition", "Do I need locks [with|in] [threads|asyncio|Python]",
            "Is [the GIL|Python] enough to make code thread-safe", "Does the GIL make my code thread safe",
            "When do I need a lock", "Is counter += 1 thread-safe", "thread safety [in Python|]",
        ),
        say=(
            "Yes, threads need locks around shared data: the GIL (global interpreter lock) lets one thread at a "
            "time run Python bytecode, but it protects the interpreter, not your invariants, and `counter += 1` is "
            "several steps. In asyncio a switch happens only at await, so code between two awaits is safe without a "
            "lock.",
            "The GIL does not make your code thread-safe: a switch can come between reading and writing. Use "
            "threading.Lock for data that threads share; in asyncio you need a lock only across an await.",
        ),
        subject=("thread safety", "locks", "a race condition"),
        brief="The GIL does not make your code thread-safe; protect shared data with a lock.",
    ),
    Intent(
        "pool_death", "python",
        ask=(
            "What is BrokenProcessPool",
            "<happens> when a [worker process|worker|pool worker] [dies|crashes|is killed|is OOM-killed|segfaults]",
            "I get BrokenProcessPool", "My process pool [died|is broken|stopped working]",
            "<howdo> recover [from BrokenProcessPool|a dead pool|a broken process pool]",
            "a worker of the pool was killed, what now", "<howdo> rebuild a process pool",
            "How does [this service|the service] handle a dead worker",
        ),
        say=(
            "When one worker dies, for instance shot by the OOM killer, ProcessPoolExecutor fails every future in "
            "flight with BrokenProcessPool, and the pool is unusable for good. Build a new pool once, resubmit the "
            "lost tasks at most once, and isolate a task that kills its worker every time. Fewer workers need less "
            "memory.",
            "A killed worker breaks the whole ProcessPoolExecutor: all pending futures raise BrokenProcessPool. The "
            "supervisor must rebuild the pool once and resubmit each lost task at most once; this service does so.",
        ),
        subject=("BrokenProcessPool", "a dead worker", "process pool death", "pool rebuild"),
        brief="One dead worker breaks the whole pool; rebuild it once and resubmit lost tasks at most once.",
        why=("The executor cannot know which task the dead worker held, so it fails them all.",),
    ),
    Intent(
        "hung_worker", "python",
        ask=(
            "What if a worker [hangs|never returns|is stuck]",
            "<howdo> [time out|stop|kill] a task in a process pool",
            "Can I cancel a running task in a [process pool|pool]", "a pool worker is stuck",
            "<howdo> put a time limit on a worker",
        ),
        say=(
            "A running task in a process pool cannot be cancelled, and a hung worker is not noticed by the "
            "executor. Wait with a timeout, then kill the worker and rebuild the pool. future.cancel() stops only a "
            "job that has not started. A thread cannot even be killed: it needs a flag that it checks.",
        ),
        subject=("a hung worker", "a stuck worker"),
        brief="Wait with a timeout, then kill the worker and rebuild the pool.",
    ),
    Intent(
        "max_tasks", "python",
        ask=(
            "What is [max_tasks_per_child|maxtasksperchild]", "<howdo> stop worker processes from [leaking|growing]",
            "My worker processes leak memory", "Should I use max_tasks_per_child",
        ),
        say=(
            "max_tasks_per_child replaces a worker after so many tasks, which limits memory leaks. Mind that in "
            "Python 3.11 it can deadlock in ProcessPoolExecutor, so this service does not use it.",
        ),
        subject=("max_tasks_per_child",),
        brief="It replaces a worker after so many tasks, to limit leaks.",
    ),
    Intent(
        "light_workers", "python",
        ask=(
            "<why> do the [tokenizer |]workers not import torch",
            "How much memory does a [tokenizer worker|worker process] [need|use]", "<why> must workers be light",
            "Do the worker processes load the model",
        ),
        say=(
            "The workers of the process pool import neither torch nor the app: with the tokenizers library "
            "alone a worker needs about 25 MB, with transformers more than twice that, and with torch "
            "hundreds. They also start faster that way. Start them with spawn or forkserver, since fork with "
            "torch's threads can deadlock.",
        ),
        subject=("light workers",),
        brief="Workers import no torch, so each needs only about 25 MB.",
    ),
    Intent(
        "concurrency_parallelism", "python",
        ask=(
            "<diff> [concurrency and parallelism|concurrent and parallel|parallelism and concurrency]",
            "concurrency [vs|versus] parallelism", "What does concurrent mean", "What does parallel mean",
            "Is concurrency the same as parallelism", "<explain> concurrency",
        ),
        say=(
            "Concurrency means that several tasks are in progress at once, perhaps taking turns; asyncio does that "
            "in one thread, and Python threads do it too, because of the GIL. Parallelism means that they run at "
            "the same instant on several cores, as processes do.",
            "Concurrent tasks overlap in time by taking turns; parallel tasks really run at the same moment on "
            "different cores. asyncio is concurrent, multiprocessing is parallel.",
        ),
        subject=("concurrency", "parallelism"),
        brief="Concurrency is taking turns; parallelism is running at the same instant.",
    ),
    Intent(
        "cpu_def", "python",
        ask=(
            "What does CPU-bound mean", "What is CPU-bound",
            "<howdo> know [if|whether] my [code|task|work] is CPU-bound", "Is my code CPU-bound or I/O-bound",
            "<diff> CPU-bound and I/O-bound", "CPU-bound vs I/O-bound", "What does I/O-bound mean",
            "What is I/O-bound",
        ),
        say=(
            "CPU-bound work is limited by computing: one core is busy all the time. I/O-bound work is limited by "
            "waiting, for the network, a disk or a database, and the core is mostly idle. Look at the CPU use while "
            "it runs: near 100 % of a core means CPU-bound. Compute in processes; wait with asyncio, or in threads.",
        ),
        subject=("CPU-bound and I/O-bound",),
        brief="CPU-bound work computes all the time; I/O-bound work mostly waits.",
    ),
    Intent(
        "executor_def", "python",
        ask=(
            "What is an executor", "What is concurrent.futures", "What is a ThreadPoolExecutor",
            "<explain> concurrent.futures", "What is a Future",
        ),
        say=(
            "An executor runs functions in a pool and returns futures, which will hold the results. "
            "concurrent.futures has two: ThreadPoolExecutor for blocking calls and ProcessPoolExecutor for "
            "CPU-bound work. From async code await loop.run_in_executor(pool, function, arg), or asyncio.to_thread "
            "for the default thread pool. The number of workers is bounded, the queue is not.",
        ),
        subject=("an executor", "concurrent.futures", "ThreadPoolExecutor", "a thread pool", "a ThreadPoolExecutor"),
        brief="An executor runs functions in a pool of threads or processes.",
    ),
)
