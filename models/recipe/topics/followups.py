"""Follow-ups that depend on the answer before them, by the names of the intents they may follow."""

# fmt: off

CPU = (
    "when_multiprocessing", "cpu_bound", "combine", "pandas", "process_def", "threads_vs_processes", "pool_def",
    "pool_map_def",
)
AIO = (
    "when_asyncio", "io_bound", "crawler", "event_loop", "gather",
)
BLOCKING = (
    "when_threads", "io_blocking", "requests_in_async", "boto3", "to_thread", "sleep_in_async",
)
LLM = (
    "mixed_llm", "torch_gil", "inference_threads",
)
PITFALL = (
    "pitfall", "sleep_in_async", "requests_in_async", "health_blocked", "other_users",
)
GIL = (
    "gil", "gil_release", "threads_cpu", "process_gil",
)
START = (
    "start_methods", "fork_def", "spawn_def", "forkserver_def", "fork_threads",
)
RUN = (
    "make_serve", "port", "docker", "other_model", "service_what",
)
GATHER = (
    "gather", "gather_vs_task", "create_task",
)

# (names of the intents before, questions, name of the intent that answers)
SAME_AS = (
    (CPU, (
        "[And at what|At what] price", "Does that come at a cost",
        "[And the|What are the] [downsides|disadvantages|drawbacks|price|costs]", "Is there a downside",
        "What is the catch", "What's the price of that", "any disadvantages",
    ), "process_cost"),
    (CPU, (
        "How many [workers|processes|of them] [should I start|do I need|are right]", "How many",
        "[And how|How] big should the pool be", "With how many workers",
    ), "pool_size"),
    (CPU, (
        "[And could|Could|Can] I use threads [instead|for that]", "Why not threads", "And threads",
        "Wouldn't threads do", "Would threads work too",
    ), "threads_cpu"),
    (CPU, (
        "[And could|Could|Can] I use asyncio [instead|for that]", "Why not asyncio", "Wouldn't asyncio do",
        "Would asyncio work too",
    ), "asyncio_cpu"),
    (CPU, (
        "Can I [call|use|do] that from [async code|FastAPI|an async handler]", "And from async def",
        "How do I call it from FastAPI", "And inside an async service",
    ), "combine"),
    (CPU, (
        "[Can|May] I pass a lambda", "And a lambda", "Does it work with lambdas",
        "It says it cannot pickle my function",
    ), "lambda_pickle"),
    (CPU, ("How [does|do] the data get there", "How do I send data to it", "How is the data passed"), "pickle"),
    (CPU, ("And in Jupyter", "Does that work in a notebook", "It hangs in my notebook"), "jupyter"),
    (CPU, ("What if a worker dies", "And if one worker is killed", "What if it crashes"), "pool_death"),
    (AIO, (
        "What if [my library|the library|it] is [blocking|synchronous|not async]",
        "[What if|And if|But] I [must|have to|want to] [use|keep|stay with] [requests|a sync library|my old library]",
        "My library blocks, though", "But I only have a synchronous client", "And with a blocking library",
    ), "io_blocking"),
    (AIO, (
        "[And for|What about] [heavy computation|CPU work|number crunching]", "And if I also compute a lot",
        "Does it help for CPU work", "Is that good for computation as well",
    ), "asyncio_cpu"),
    (AIO, (
        "[Any|What are the] [downsides|disadvantages|drawbacks]", "Is there a catch", "What is the catch",
        "And the downsides",
    ), "asyncio_cost"),
    (AIO, (
        "How do I limit [it|that|them]", "How do I avoid too many at once", "Is there a limit",
        "And limit how many run at once",
    ), "semaphore_permit"),
    (AIO, ("Is that parallel", "Does it run in parallel", "So it is parallel, right"), "asyncio_parallel"),
    (AIO, ("How many [connections|can it hold|clients]", "How many at once"), "max_conn"),
    (BLOCKING, (
        "Does [that|it] [help|work] for [CPU work|heavy computation|CPU-bound code] too", "And for CPU-bound code",
        "What if it computes instead of waiting",
    ), "gil_thread_loop"),
    (BLOCKING, (
        "How many [can run|run] at once", "How many threads", "Is there a limit", "How large is the pool",
    ), "default_executor"),
    (BLOCKING, (
        "Can I cancel it", "What if the client leaves", "Does the thread stop when I cancel",
    ), "cancel_thread"),
    (BLOCKING, (
        "[And the|What are the] [downsides|disadvantages|drawbacks]", "What is the catch", "Any downside",
    ), "threads_cost"),
    (LLM, (
        "Why not a process", "Why not multiprocessing", "Would a process pool be better", "And processes",
    ), "second_process_model"),
    (LLM, (
        "How many threads", "Should I use more threads", "Would four threads be faster", "And with several threads",
    ), "inference_threads"),
    (LLM, (
        "And [the tokenizer|tokenizing]", "What about the tokenizer", "Where does tokenizing run then",
    ), "tokenizer_gil"),
    (LLM, (
        "How do I serve many users then", "And many users at once", "How do I get throughput",
    ), "continuous_batching"),
    (PITFALL, (
        "[How|And how] [do|can] I [fix|avoid|solve|prevent|cure] [it|that|this]", "What can I do about it",
        "What is the [cure|fix|solution|remedy]", "How to fix that", "And the solution", "what should I do instead",
    ), "fix_block"),
    (PITFALL, (
        "How do I [find|detect|notice|see] it", "How do I know that it happens", "Can I measure it",
    ), "find_blocking"),
    (PITFALL, ("Can I see it", "Where can I see that", "Can you show it live", "Is there a demo"), "lab"),
    (PITFALL, ("What about the other users", "Who suffers", "Do others notice"), "other_users"),
    (GIL, (
        "[How do I|Can I|How can I] [get around|avoid|bypass|escape] it", "Is there a way around it",
        "What can I do about it", "And the way around",
    ), "process_gil"),
    (GIL, (
        "Is it going away", "Can I turn it off", "Will it be removed", "Is there a Python without it",
    ), "free_threading"),
    (GIL, ("And torch", "Does torch release it", "What about inference"), "torch_gil"),
    (GIL, ("When is it released", "Who releases it", "And during I/O"), "gil_release"),
    (GIL, (
        "So are threads useless", "Are threads useless then", "Then what are threads good for",
        "Do threads make sense at all",
    ), "when_threads"),
    (START, (
        "[Which|What] [one |]is the default[| on Windows| on Linux| on a Mac| on macOS]", "And on Windows",
        "And on Linux", "What does Windows use", "What is the default",
    ), "windows_start"),
    (START, (
        "Which [one |]is [safe|safest|best] with [torch|threads]", "And with torch",
        "Which one should I take with threads", "Which is the safe one",
    ), "fork_threads"),
    (START, (
        "Do I need a main guard", "Why does my script start again and again", "And if __name__ == \"__main__\"",
    ), "main_guard"),
    (RUN, (
        "[On|And] which port", "What port", "Where does it listen", "Where do I find it then", "And then",
    ), "port"),
    (RUN, ("How do I stop it", "And to stop it", "How do I end it"), "stop_service"),
    (RUN, (
        "And with [another model|my own model]", "Can I change the model", "How do I use a bigger model",
    ), "other_model"),
    (RUN, ("And with Docker", "In a container", "And in a container"), "docker"),
    (RUN, (
        "How do I [call|use] it from Python", "And from Python", "And the client", "How do I talk to it",
    ), "openai_sdk"),
    (RUN, ("How do I test it", "And the tests", "How do I run the tests then"), "make_test"),
    (GATHER, ("In which order", "Are the results in order", "What order do they come in"), "gather_order"),
    (GATHER, ("What if one fails", "And if one raises", "What about errors"), "gather_errors"),
    (GATHER, ("Is that parallel", "Do they run in parallel"), "asyncio_parallel"),
    (("celery_when", "celery_kind"), (
        "What do I need for it", "Does it need Redis", "Which broker",
    ), "celery_broker"),
    (("celery_when", "background_tasks"), (
        "[Processes or threads|Is that multiprocessing]", "How does it run them", "What kind of workers",
    ), "celery_kind"),
    (("sse", "chat_endpoint"), ("How does it end", "How do I know it is finished", "And the end"), "stream_end"),
    (("sse", "chat_endpoint"), ("What if I close the tab", "And if the client leaves"), "disconnect"),
    (("liveness_readiness", "drain"), (
        "Why is my server killed under load", "And under load", "What if the loop is blocked",
    ), "health_blocked"),
    (("kv_cache", "continuous_batching"), (
        "What if it is full", "And when there is no room", "Who decides",
    ), "scheduler"),
    (("prefill_decode", "ttft_itl"), (
        "Why is decode slow", "What limits it", "Why one token at a time",
    ), "decode_slow"),
    (("backpressure", "admission", "overload_do"), (
        "When should the client retry", "How long should it wait", "What does the client do then",
    ), "retry_after"),
    (("backpressure", "admission", "overload_do"), (
        "Why not just queue", "Why refuse", "Isn't a queue nicer",
    ), "backpressure"),
    (("pool_death", "hung_worker"), ("Is anything lost", "How do I rebuild it", "And the lost tasks"), "pool_death"),
    (("map_imap", "pool_map_def"), (
        "Which one keeps the order", "And the order", "Which needs less memory",
    ), "order_imap"),
    (("tokenizer_gil",), (
        "So to_thread does not always help", "Is a thread not enough", "Why does the thread not help",
    ), "gil_thread_loop"),
)
