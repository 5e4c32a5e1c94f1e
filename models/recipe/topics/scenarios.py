"""Concrete jobs ("my code does X, what should I use?"), by the kind of work they are, with one answer set per kind.

Jobs are written `infinitive/gerund object`, so that patterns may use either form as `{do}` and `{doing}`.
"""

# fmt: off

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """One kind of work: its jobs, its answers, and the short words for structured answers."""

    name: str
    jobs: tuple[str, ...]
    say: tuple[str, ...]
    why: tuple[str, ...]
    intent: str
    work: str
    use: str
    reason: str
    option: str = ""
    context: tuple[str, ...] = ()
    on_threads: str = ""
    on_asyncio: str = ""
    on_processes: str = ""


CPU = Kind(
    name="cpu",
    jobs=(
        "resize/resizing images", "resize/resizing 10,000 photos", "compress/compressing files",
        "zip/zipping large folders", "hash/hashing passwords", "hash/hashing millions of strings",
        "encrypt/encrypting documents", "encrypt/encrypting large files", "parse/parsing PDF files",
        "extract/extracting text from PDFs", "parse/parsing large XML files", "parse/parsing huge JSON files",
        "parse/parsing log files", "transcode/transcoding video", "encode/encoding video",
        "convert/converting video frames", "render/rendering charts", "render/rendering 3D scenes",
        "generate/generating thumbnails", "apply/applying filters to photos", "compute/computing prime numbers",
        "compute/computing statistics in pure Python", "simulate/simulating a physical system",
        "run/running a Monte Carlo simulation", "solve/solving sudokus", "sort/sorting huge lists",
        "count/counting words in a big corpus", "run/running pandas on big tables",
        "clean/cleaning large CSV files with pandas", "transform/transforming dataframes",
        "tokenize/tokenizing a large corpus", "tokenize/tokenizing a million documents",
        "train/training a decision tree in pure Python", "compute/computing edit distances",
        "match/matching regular expressions on large texts", "detect/detecting faces in pictures",
        "convert/converting audio files", "decode/decoding audio", "calculate/calculating fractals",
        "optimise/optimising routes", "do/doing OCR on scanned pages", "generate/generating PDFs",
        "minify/minifying thousands of scripts", "evaluate/evaluating chess positions",
        "mine/mining association rules", "merge/merging big sorted files in Python",
        "validate/validating millions of rows", "compute/computing checksums in Python",
        "deduplicate/deduplicating records", "rotate/rotating pictures", "crop/cropping images",
        "watermark/watermarking photos", "analyse/analysing genomes", "align/aligning DNA sequences",
        "crack/cracking test passwords", "brute-force/brute-forcing a puzzle",
        "filter/filtering frames of satellite footage", "score/scoring millions of chess games",
        "build/building a search index in pure Python", "pack/packing boxes into trucks by brute force",
        "search/searching a game tree", "factor/factoring big numbers", "compare/comparing all pairs of documents",
        "score/scoring credit risk row by row", "apply/applying a Python function to every row",
        "run/running a genetic algorithm", "simulate/simulating traffic", "simulate/simulating a million dice games",
        "route/routing delivery vans", "verify/verifying signatures of many files", "sign/signing thousands of PDFs",
        "scale/scaling product pictures", "turn/turning RAW photos into JPEG", "blur/blurring faces in photos",
        "make/making contact sheets of photos", "stitch/stitching panoramas",
        "compute/computing hashes of every file", "bcrypt/bcrypting a list of passwords",
        "repack/repacking archives", "gzip/gzipping old logs", "parse/parsing gigabytes of server logs",
        "parse/parsing HTML of saved pages", "stem/stemming and cleaning texts", "count/counting n-grams",
        "grade/grading source code with a parser", "lint/linting a large code base", "diff/diffing huge text files",
        "calculate/calculating Pi to many digits", "compute/computing the Mandelbrot set",
        "crunch/crunching numbers in nested loops",
        "calculate/calculating statistics for each customer in plain Python", "convert/converting DOCX files to text",
        "render/rendering map tiles", "mix/mixing audio tracks", "generate/generating QR codes for a catalogue",
        "solve/solving crosswords", "schedule/scheduling shifts with backtracking",
    ),
    say=(
        "That is CPU-bound work, so use a process pool: each process has its own GIL, and all cores work in "
        "parallel. Threads would take turns, and in async def it would block the event loop. From async code call "
        "`await loop.run_in_executor(process_pool, function, arg)`.",
        "Use multiprocessing, best as a process pool with one worker per core. It is CPU-bound Python work, so "
        "threads would share one GIL and asyncio would freeze; processes run it truly in parallel.",
    ),
    why=(
        "Because it computes all the time and holds the GIL. Each process has its own interpreter and GIL, so only "
        "processes use all cores.",
    ),
    intent="cpu_bound",
    work="CPU-bound",
    use="process pool",
    reason="each process has its own GIL, so all cores work in parallel",
    option="processes",
    context=(
        "[We have|I have|The box has|The machine has] [4|8|16|32|many] cores", "It is [plain|pure|ordinary] Python",
        "No network is involved", "[It|My script] keeps one core [at 100%|busy] and the others [are idle|do nothing]",
        "Everything is computed in Python loops", "It takes [an hour|hours|minutes|too long]",
        "The code [never|does not] wait[s|] for anything", "There are [a million|thousands of|a lot of] items",
        "I wrote the algorithm in Python", "htop shows one busy core", "It is our own Python code",
        "There is no I/O in it",
    ),
    on_threads=(
        "No. It is CPU-bound Python code, so threads would take turns on the GIL and gain nothing. Use a process "
        "pool: each process has its own GIL."
    ),
    on_asyncio=(
        "No. It computes rather than waits, so asyncio gains nothing and the event loop would freeze. Use a process "
        "pool."
    ),
    on_processes=(
        "Yes. It is CPU-bound Python work, and each process has its own GIL, so a process pool uses all cores."
    ),
)
IO_ASYNC = Kind(
    name="io_async",
    jobs=(
        "crawl/crawling 5,000 pages", "download/downloading thousands of web pages", "scrape/scraping many sites",
        "call/calling 200 REST APIs", "call/calling many microservices", "fetch/fetching JSON from many servers",
        "poll/polling hundreds of sensors over HTTP", "serve/serving thousands of websockets",
        "run/running a chat server", "keep/keeping 10,000 connections open", "stream/streaming events to browsers",
        "proxy/proxying HTTP requests", "forward/forwarding requests to another API",
        "query/querying PostgreSQL with asyncpg", "read/reading from Redis with an async client",
        "send/sending many webhooks", "receive/receiving webhooks", "listen/listening to a message broker",
        "check/checking whether 1,000 sites are up", "ping/pinging many hosts",
        "gather/gathering prices from many shops", "aggregate/aggregating answers of several web services",
        "run/running a telegram bot", "run/running a Discord bot", "handle/handling MQTT messages",
        "download/downloading files with httpx", "consume/consuming server-sent events",
        "wait/waiting for many slow APIs", "build/building an API gateway",
        "translate/translating texts through a web API with httpx",
        "call/calling the OpenAI API with an async client", "watch/watching many TCP sockets",
        "monitor/monitoring servers over the network", "load/loading feeds from hundreds of RSS servers",
        "look/looking up prices at 300 suppliers", "geocode/geocoding addresses through a web API",
        "send/sending push notifications to many phones", "check/checking thousands of links",
        "mirror/mirroring a web site", "poll/polling job status at a remote service",
        "collect/collecting headlines from news sites", "sync/syncing contacts with a cloud API",
        "keep/keeping many mobile clients connected", "relay/relaying chat messages",
        "serve/serving long polling clients", "fan/fanning out one request to ten services",
        "read/reading thousands of keys from an async Redis", "run/running a websocket game server",
        "stream/streaming tokens to many browsers", "tunnel/tunnelling TCP connections",
        "download/downloading podcasts", "fetch/fetching thumbnails from many hosts",
        "call/calling a slow partner API thousands of times", "validate/validating e-mail domains over DNS",
        "talk/talking to hundreds of devices over TCP", "watch/watching many RSS feeds",
    ),
    say=(
        "That is I/O-bound work with many waits, so use asyncio with an async library such as httpx or aiohttp. One "
        "event loop holds them all in one thread; limit how many run at once with a semaphore.",
        "Use asyncio: the work mostly waits for the network, and one event loop can wait for thousands of "
        "connections cheaply. Take async clients only, because a blocking call would stop the loop.",
    ),
    why=(
        "Because it only waits. A waiting coroutine costs a few kilobytes, so one thread with an event loop is "
        "enough.",
    ),
    intent="io_bound",
    work="I/O-bound",
    use="asyncio",
    reason="it mostly waits, and one event loop holds thousands of connections",
    option="asyncio",
    context=(
        "It [mostly|only] waits", "The CPU is [idle|bored|nearly idle]", "An async [client|library|driver] exists",
        "[Most|All] of the time goes into waiting for the network", "There are [thousands of|10,000|many] of them",
        "They are slow servers", "Each answer takes [a second|seconds]", "Hardly anything is computed",
        "The connections are mostly idle", "One after the other takes too long", "I can use aiohttp",
    ),
    on_threads=(
        "Threads would work for some hundreds, but asyncio is lighter: the work only waits, and one event loop "
        "holds thousands of connections. Take threads if your library is synchronous."
    ),
    on_asyncio=(
        "Yes. It is I/O-bound work with many waits, so asyncio with async libraries is right: one event loop waits "
        "for all of them."
    ),
    on_processes=(
        "No, processes would only waste memory: the work waits and does not compute. Use asyncio, or threads if the "
        "library is synchronous."
    ),
)
IO_BLOCKING = Kind(
    name="io_blocking",
    jobs=(
        "call/calling requests.get in async def", "upload/uploading files to S3 with boto3",
        "query/querying a database with psycopg2", "read/reading from MySQL with pymysql",
        "use/using a synchronous SDK", "call/calling a blocking SDK", "send/sending mail with smtplib",
        "use/using an old SOAP client", "talk/talking to a printer through a blocking driver",
        "read/reading large files from a network disk", "write/writing files to disk",
        "copy/copying files over FTP with ftplib", "run/running commands over SSH with paramiko",
        "query/querying MongoDB with pymongo", "use/using sqlite3 in an async handler",
        "call/calling a payment library that has no async version", "call/calling a legacy client that blocks",
        "read/reading from a serial port with a blocking library", "use/using a synchronous LDAP library",
        "download/downloading with urllib in an async app", "use/using SQLAlchemy without async",
        "call/calling a vendor's synchronous API client", "wait/waiting for a subprocess with subprocess.run",
        "use/using a blocking Kafka client", "list/listing a bucket with the synchronous cloud SDK",
        "resolve/resolving names with a blocking call", "read/reading a spreadsheet service through a sync client",
        "call/calling stripe's synchronous library", "query/querying Oracle with a synchronous driver",
        "use/using a payment SDK without async support", "call/calling an old REST client library",
        "send/sending SMS with a vendor's blocking package", "read/reading a scanner through a C driver that waits",
        "use/using the Elasticsearch sync client", "publish/publishing with a blocking RabbitMQ client",
        "read/reading Excel files from a share", "call/calling gspread in an async bot",
        "use/using a synchronous Redis client", "run/running git commands with subprocess.run",
        "call/calling a thermal camera's blocking SDK", "wait/waiting for a hardware button",
        "use/using a synchronous GraphQL client", "save/saving uploads to a slow disk",
    ),
    say=(
        "The call is blocking, so run it in a thread: `await asyncio.to_thread(function, *args)`. While it waits it "
        "releases the GIL, and the event loop stays free. An async library would be better still if there is one.",
        "Use threads: wrap the synchronous call in `await asyncio.to_thread(...)` or give it a bounded "
        "ThreadPoolExecutor. Called directly in async def it would block the event loop.",
    ),
    why=(
        "Because the library waits synchronously and would hold the event loop's only thread. In a worker thread "
        "the wait releases the GIL.",
    ),
    intent="io_blocking",
    work="blocking I/O",
    use="thread pool",
    reason="the call blocks but releases the GIL while it waits",
    option="threads",
    context=(
        "There is no async version of it", "The library is [synchronous|old|sync only]",
        "The app is [async|built on asyncio|FastAPI]", "I cannot change the library", "The event loop must not block",
        "The rest of the service is async", "I must keep this library",
        "The call [takes|waits] [two|a few|five] seconds", "Everything freezes meanwhile",
        "It only has a blocking API", "Rewriting it is not an option",
    ),
    on_threads=(
        "Yes. The call blocks but releases the GIL while it waits, so a thread is right: `await "
        "asyncio.to_thread(function, *args)`."
    ),
    on_asyncio=(
        "Not directly: the call is blocking and would stop the event loop. Run it from asyncio in a thread with "
        "`await asyncio.to_thread(function, *args)`."
    ),
    on_processes=(
        "No, a process is not needed: the call only waits and releases the GIL. A thread with asyncio.to_thread is "
        "cheaper."
    ),
)
INFERENCE = Kind(
    name="inference",
    jobs=(
        "run/running ML inference", "run/running a torch model", "serve/serving a language model",
        "generate/generating text with a transformer", "classify/classifying images with a neural network in FastAPI",
        "embed/embedding sentences with a torch model", "call/calling model.generate in an endpoint",
        "call/calling model.predict in a handler", "serve/serving an LLM to many users",
        "transcribe/transcribing speech with a neural model", "summarise/summarising texts with a local model",
        "score/scoring texts with a transformer", "rank/ranking documents with a torch model",
        "build/building a chat service with a local model", "run/running Whisper in a web service",
        "detect/detecting objects with YOLO behind an API", "answer/answering questions with a local LLM",
        "translate/translating with a local seq2seq model", "caption/captioning images with a vision model",
        "detect/detecting spam with a BERT model", "rerank/reranking search results with a cross-encoder",
        "complete/completing code with a local model", "run/running a diffusion model behind an API",
        "predict/predicting churn with a torch network in a web service",
    ),
    say=(
        "Use asyncio for the requests and one thread for the model: `await asyncio.to_thread(model.generate, "
        "prompt)`. torch releases the GIL while it computes, so the event loop stays free; batch the requests "
        "rather than adding threads.",
        "Take the standard LLM pattern: async def handlers for the requests, and the synchronous inference, which "
        "would block the event loop, in a worker thread with asyncio.to_thread. torch lets go of the GIL, so a "
        "thread is enough.",
    ),
    why=(
        "Because inference is synchronous and slow, so it must not run on the event loop, and torch releases the "
        "GIL, so a thread is enough and the model is loaded only once.",
    ),
    intent="mixed_llm",
    work="model inference",
    use="asyncio plus one inference thread",
    reason="torch releases the GIL, so a thread keeps the event loop free",
    context=(
        "The model is a torch model", "The handler is async", "We use FastAPI", "Many users ask at once",
        "It takes two seconds per answer", "There is one GPU", "It runs on the CPU", "model.generate is synchronous",
    ),
    on_threads=(
        "Yes, one thread: torch releases the GIL while it computes, so `await asyncio.to_thread(model.generate, "
        "prompt)` keeps the event loop free."
    ),
    on_asyncio=(
        "Only for the requests. The inference itself is synchronous and would block the event loop, so run it with "
        "`await asyncio.to_thread(model.generate, prompt)`."
    ),
    on_processes=(
        "No. Each process would load its own copy of the model; torch releases the GIL, so one inference thread is "
        "enough."
    ),
)
LONG = Kind(
    name="long",
    jobs=(
        "build/building monthly reports that take an hour", "create/creating long reports with Celery",
        "send/sending a million newsletters overnight", "run/running nightly batch jobs",
        "process/processing offline batches", "import/importing a huge data set in the background",
        "rebuild/rebuilding a search index every night", "train/training a model for users on demand",
        "export/exporting all customer data", "run/running jobs that must survive a restart",
        "generate/generating invoices at the end of the month", "transcode/transcoding uploads after the request",
        "process/processing videos for hours", "run/running a job of twenty minutes for a web user",
        "retry/retrying failed jobs for days", "schedule/scheduling periodic jobs",
        "render/rendering a two-hour film for a user", "reindex/reindexing all products",
        "recompute/recomputing all recommendations every night",
        "produce/producing the yearly statement for every customer", "migrate/migrating millions of records",
        "archive/archiving old orders each weekend", "crawl/crawling for days with retries",
    ),
    say=(
        "That outlives the request, so put it on a job queue such as Celery: the handler answers at once, and "
        "prefork worker processes do the work. The job survives restarts, can be retried, and can run on other "
        "machines.",
        "Use a job queue such as Celery. Work that takes minutes does not belong in a request; queue workers run it "
        "in processes of their own and it survives a restart.",
    ),
    why=(
        "Because the job must survive a restart and must not hold a request open. A queue keeps it safe, retries "
        "it, and scales to other machines.",
    ),
    intent="celery_when",
    work="long-running job",
    use="job queue (Celery)",
    reason="it outlives the request and must survive restarts",
    context=(
        "It takes [an hour|forty minutes|half a day]", "It must survive a restart", "The user does not wait for it",
        "It should be retried when it fails", "It runs at night", "Several machines should share the work",
    ),
    on_threads="No. A thread dies with the web process and the job is lost. Put it on a job queue such as Celery.",
    on_asyncio="No. It outlives the request and would be lost at a restart. Put it on a job queue such as Celery.",
    on_processes=(
        "Yes, but behind a queue: Celery's prefork workers are processes, and the queue keeps the job over restarts."
    ),
)
NATIVE = Kind(
    name="native",
    jobs=(
        "multiply/multiplying large matrices with numpy", "run/running numpy on big arrays",
        "invert/inverting big matrices", "hash/hashing a large file with hashlib",
        "compress/compressing one large buffer with zlib", "compute/computing FFTs with numpy",
        "run/running a C extension that releases the GIL", "filter/filtering arrays with vectorised numpy",
    ),
    say=(
        "That work runs in native code which releases the GIL, so a thread is enough: `await "
        "asyncio.to_thread(function, *args)`. Use processes only for the parts that stay in pure Python.",
        "Use a thread pool: the native code lets go of the GIL while it computes, so threads run in parallel and "
        "nothing has to be pickled.",
    ),
    why=(
        "Because the native code touches no Python objects while it computes and gives up the GIL. A thread shares "
        "memory, so nothing is pickled.",
    ),
    intent="numpy_large",
    work="native code that releases the GIL",
    use="thread pool",
    reason="native code releases the GIL, so threads run in parallel",
)
KINDS = (CPU, IO_ASYNC, IO_BLOCKING, INFERENCE, LONG, NATIVE)

ASK = (
    "What <should> <use> for {doing}", "What <should> <use> to {do}",
    "[My|Our] [code|program|service|app|handler|endpoint|script|function|job|tool] [does|is about|spends its time "
    "on|is busy] {doing}. What <should> <use>",
    "I want to {do}. [What do you recommend|Which one is best|What should I use|asyncio, threads or processes]",
    "I need to {do}. [Threads, asyncio or processes|What is best|Which concurrency model|How should I do it]",
    "[We|I] have to {do}, [what fits|which tool fits|what do you suggest|which way is right]",
    "asyncio, threads or processes for {doing}", "Threads or processes for {doing}",
    "Is asyncio or multiprocessing better for {doing}",
    "Which [model|concurrency model|approach|option] [fits|suits|is right for|is best for] {doing}",
    "<howdo> {do} [fast|in parallel|efficiently|without blocking <loop>|in FastAPI|in an async service|]",
    "{doing}: [what fits|which one|what should I use|threads or processes]",
    "I am {doing} [in my web service|in async def|in FastAPI|in a loop], [is that right|what should I change|is "
    "that OK|what is better]",
    "How would you {do}", "What's the best way to {do}", "[Where|On what] should {doing} run",
    "Should I {do} in [a thread|a process|a coroutine|the event loop|a process pool|a thread pool]",
    "[My team|My customer|Our backend|My bot|My FastAPI app] must {do}. How",
    "can you suggest [a model|a tool|something] for {doing}",
    "{doing} [is slow|takes too long|is too slow|blocks everything], what can I do", "best tool for {doing}",
    "suppose I {do}, what would you choose", "I'm {doing} and my server freezes, what now",
    "[I am building something that needs|We are planning] {doing}. Advice",
    "my endpoint needs to {do} for each request, where should that run",
)
WHY_ASK = (
    "Why", "Why is that", "Why that", "But why", "Why not something else", "What is the reason",
    "Can you explain why",
)
STATE = (
    "[I|We] [want to|need to|have to|must] {do}",
    "[My|Our] [script|service|program|job|code|team] [has|needs] to {do}", "[I am|We are] {doing}",
    "The [task|job|work] is {doing}", "It is about {doing}", "[I've got|I have] a program for {doing}",
    "Our customer asks us to {do}", "Every [night|hour|request] we {do}",
)
THEN = (
    "[What should I use|What do you recommend|Which one|What fits|What would you use|What now|Any "
    "advice|Advice|How|Suggestions|What's best|asyncio, threads or processes|Threads or processes|Threads or "
    "asyncio|Best approach|What is the right tool|How should I do that|Which model fits]",
)
DOUBTS = {
    "on_threads": (
        "[Would|Will|Do|Can] <th> [help|help me|speed it up|be faster|make it faster] for {doing}",
        "[Would|Will|Do|Can] <th> speed up {doing}", "Should I {do} in threads",
        "Is a thread pool [right|good|OK|enough|the right tool] for {doing}",
        "Are threads [right|good|OK|enough|the right tool] for {doing}",
        "I want to {do} with threads. [Good idea|Does that help|Is that right]", "Can I {do} faster with threads",
        "Does multithreading help when I {do}",
    ),
    "on_asyncio": (
        "[Would|Will|Does|Can] asyncio [help|help me|be faster|make it faster] for {doing}",
        "[Would|Will|Does|Can] async code speed up {doing}", "Should I {do} with asyncio",
        "Is asyncio [right|good|OK|enough|the right tool] for {doing}",
        "I want to {do} with asyncio. [Good idea|Does that help|Is that right]", "Can I {do} in async def",
        "Are coroutines [good|right] for {doing}", "Does async/await help when I {do}",
    ),
    "on_processes": (
        "[Would|Will|Does|Can] multiprocessing [help|help me|be faster|make it faster] for {doing}",
        "[Would|Will|Does|Can] a process pool speed up {doing}", "Should I {do} with multiprocessing",
        "Is multiprocessing [right|good|OK|a good idea|the right tool] for {doing}",
        "I want to {do} with a process pool. [Good idea|Does that help|Is that right]",
        "Are processes [good|right|the right tool] for {doing}", "Does multiprocessing help when I {do}",
        "Is a process pool [right|good|a good idea] for {doing}",
    ),
}
