"""Tools a caller may offer: how they are described, asked for, what they return, and how the result is told.

In patterns `{x}` is an argument named x or a field of the result; values come from `models.recipe.tool_dialogues`.
"""

# fmt: off

from dataclasses import dataclass


@dataclass(frozen=True)
class Tool:
    """One tool: possible names, description, parameters and result fields (name -> kind), questions, told result."""

    names: tuple[str, ...]
    description: str
    parameters: dict[str, str]
    ask: tuple[str, ...]
    result: dict[str, str]
    tell: tuple[str, ...]


TOOLS = (
    Tool(
        names=("get_weather", "weather", "current_weather", "fetch_weather", "lookup_weather"),
        description="Get the current weather of a city",
        parameters={"city": "city"},
        ask=(
            "<please>[tell me|check|get|look up] the weather in {city}",
            "[What is|What's|How is] the weather [like |]in {city}[| today| now| right now]",
            "Is it [raining|cold|warm|sunny|windy] in {city}", "weather {city}",
            "How [warm|cold|hot] is it in {city}", "Do I need [an umbrella|a coat] in {city}",
        ),
        result={"temperature_c": "temp", "sky": "sky"},
        tell=("It is {temperature_c} degrees and {sky} in {city}.",),
    ),
    Tool(
        names=("measure_loop_delay", "loop_delay", "event_loop_delay", "measure_event_loop"),
        description="Measure the delay of the event loop for some seconds",
        parameters={"seconds": "int"},
        ask=(
            "<please>measure the [loop delay|event loop delay|event-loop delay|delay of the event loop|loop lag] "
            "for {seconds} seconds",
            "How [late|delayed] is the [event loop|loop] [over|within|in] {seconds} seconds",
            "[Check|Watch] the event loop for {seconds} seconds", "loop delay for {seconds} s",
            "Is my event loop blocked? Measure {seconds} seconds",
        ),
        result={"max_ms": "ms", "mean_ms": "ms"},
        tell=("The largest delay of the event loop was {max_ms} ms, the mean {mean_ms} ms.",),
    ),
    Tool(
        names=("get_metrics", "metrics", "read_metrics", "fetch_metrics", "service_metrics"),
        description="Read the current metrics of the service",
        parameters={},
        ask=(
            "<please>[show|get|read|fetch] the [metrics|current metrics|service metrics]",
            "What are the [current |]metrics", "How many requests are [running|waiting|in the queue]",
            "How busy is the [service|server]", "[Check|What is] the load of the service",
        ),
        result={"running": "small", "waiting": "small"},
        tell=("{running} requests are running and {waiting} are waiting.",),
    ),
    Tool(
        names=("run_lab", "lab", "run_lab_experiment", "start_lab"),
        description="Run one of the lab's experiments and return its timing",
        parameters={"experiment": "lab"},
        ask=(
            "<please>run the {experiment} [experiment|lab|lab experiment|test]",
            "[Start|Try|Do] the {experiment} [experiment|lab]", "run lab {experiment}",
            "What does the {experiment} experiment show? Run it", "Show me the {experiment} case in the lab",
        ),
        result={"took_ms": "ms", "loop_delay_ms": "ms"},
        tell=("The {experiment} experiment took {took_ms} ms, and the event loop was late by {loop_delay_ms} ms.",),
    ),
    Tool(
        names=("lookup_docs", "search_docs", "find_in_docs", "docs_search", "read_docs"),
        description="Look up a term in the documentation",
        parameters={"term": "term"},
        ask=(
            "<please>[look up|search|find] {term} in the [docs|documentation]", "What do the docs say about {term}",
            "[Search|Look in] the documentation for {term}", "Look up {term}", "Find {term} in the docs",
            "documentation on {term}",
        ),
        result={"text": "sentence"},
        tell=("The documentation says: {text}",),
    ),
    Tool(
        names=("web_search", "search", "search_web", "google", "internet_search"),
        description="Search the web",
        parameters={"query": "term"},
        ask=(
            "<please>search [the web |the internet |]for {query}",
            "[Google|Look up|Find] {query}[| on the web| online]", "What does the web say about {query}",
            "search {query}", "Find information about {query}", "find something on {query} online",
        ),
        result={"title": "sentence"},
        tell=("I found this: {title}",),
    ),
    Tool(
        names=("get_time", "current_time", "time_now", "get_current_time"),
        description="Get the current time in a city",
        parameters={"city": "city"},
        ask=(
            "What time is it in {city}", "<please>tell me the time in {city}", "[Current|Local] time in {city}",
            "How late is it in {city}[| now]", "time in {city}",
        ),
        result={"time": "time"},
        tell=("It is {time} in {city}.",),
    ),
    Tool(
        names=("add", "add_numbers", "sum_numbers", "calculator_add"),
        description="Add two numbers",
        parameters={"a": "int", "b": "int"},
        ask=(
            "What is {a} plus {b}", "<please>add {a} and {b}", "[Sum|Add up] {a} and {b}", "{a} + {b}",
            "How much is {a} plus {b}", "calculate {a} + {b}",
        ),
        result={"result": "int"},
        tell=("The result is {result}.",),
    ),
    Tool(
        names=("multiply", "multiply_numbers", "product"),
        description="Multiply two numbers",
        parameters={"a": "int", "b": "int"},
        ask=(
            "What is {a} times {b}", "<please>multiply {a} by {b}", "{a} * {b}", "How much is {a} times {b}",
            "calculate {a} x {b}",
        ),
        result={"result": "int"},
        tell=("The result is {result}.",),
    ),
    Tool(
        names=("calculate", "calculator", "evaluate", "compute"),
        description="Evaluate an arithmetic expression",
        parameters={"expression": "expression"},
        ask=(
            "<please>calculate {expression}", "What is {expression}", "[Compute|Evaluate|Work out] {expression}",
            "How much is {expression}",
        ),
        result={"result": "int"},
        tell=("The result is {result}.",),
    ),
    Tool(
        names=("count_tokens", "tokenize", "num_tokens", "token_count"),
        description="Count the tokens of a text",
        parameters={"text": "quoted"},
        ask=(
            "How many tokens [has|does|are in] '{text}'", "<please>count the tokens [of|in] '{text}'",
            "Token count of '{text}'", "How long is '{text}' in tokens", "tokenize '{text}'",
        ),
        result={"tokens": "small"},
        tell=("The text has {tokens} tokens.",),
    ),
    Tool(
        names=("restart_worker", "restart", "kill_and_restart_worker"),
        description="Restart a worker process by its number",
        parameters={"worker_id": "int"},
        ask=(
            "<please>restart worker {worker_id}", "Worker {worker_id} [hangs|is stuck|is dead], restart it",
            "restart worker number {worker_id}", "restart the worker {worker_id}",
        ),
        result={"status": "status"},
        tell=("Worker {worker_id} was restarted; its status is {status}.",),
    ),
    Tool(
        names=("set_pool_size", "resize_pool", "set_workers"),
        description="Set the number of workers of the process pool",
        parameters={"size": "int"},
        ask=(
            "<please>set the pool [size |]to {size}[| workers]", "Use {size} workers",
            "[Resize|Change] the pool to {size} workers", "I want {size} worker processes",
            "make the pool {size} workers large",
        ),
        result={"status": "status"},
        tell=("The pool now has {size} workers; its status is {status}.",),
    ),
    Tool(
        names=("check_health", "health", "ping", "healthcheck", "check_service"),
        description="Check whether a service is healthy",
        parameters={"url": "url"},
        ask=(
            "<please>check [whether|if] {url} is [healthy|up|alive]", "Is {url} [up|healthy|alive|OK]", "ping {url}",
            "[Check|Test] {url}", "health of {url}",
        ),
        result={"status": "status"},
        tell=("{url} answers: {status}.",),
    ),
    Tool(
        names=("get_order", "order_status", "find_order", "track_order"),
        description="Get the status of an order",
        parameters={"order_id": "int"},
        ask=(
            "Where is [my |]order {order_id}", "[What is|What's] the status of order {order_id}",
            "<please>[check|track|look up] order {order_id}", "order {order_id}, has it been sent",
        ),
        result={"status": "status"},
        tell=("The status of order {order_id} is {status}.",),
    ),
    Tool(
        names=("send_email", "send_mail", "email"),
        description="Send an e-mail",
        parameters={"to": "email", "subject": "term"},
        ask=(
            "<please>send [an e-mail|an email|a mail] to {to} with the subject {subject}",
            "[Mail|E-mail|Write to] {to}, subject {subject}", "Send {to} a mail about {subject}",
        ),
        result={"status": "status"},
        tell=("The e-mail to {to} has the status {status}.",),
    ),
    Tool(
        names=("convert_currency", "exchange", "currency"),
        description="Convert an amount of money to another currency",
        parameters={"amount": "int", "currency": "currency"},
        ask=(
            "<please>convert {amount} [dollars|euros] to {currency}",
            "How much is {amount} [dollars|euros] in {currency}", "{amount} dollars in {currency}",
            "What are {amount} euros in {currency}",
        ),
        result={"result": "int"},
        tell=("That is {result} {currency}.",),
    ),
    Tool(
        names=("get_user", "find_user", "lookup_user", "user_info"),
        description="Find a user by name",
        parameters={"name": "person"},
        ask=(
            "Who is the user {name}", "<please>[find|look up|show] the user {name}",
            "[Find|Get] [me |]the account of {name}", "user info for {name}",
        ),
        result={"role": "role", "status": "status"},
        tell=("{name} has the role {role} and the status {status}.",),
    ),
    Tool(
        names=("list_models", "models", "get_models"),
        description="List the models that the server offers",
        parameters={},
        ask=(
            "<please>list the models", "Which models [are available|does the server offer|are loaded]",
            "show the available models", "What models can I use",
        ),
        result={"models": "modelname"},
        tell=("The server offers {models}.",),
    ),
    Tool(
        names=("set_timer", "timer", "start_timer", "remind"),
        description="Start a timer of some minutes",
        parameters={"minutes": "int"},
        ask=(
            "<please>set a timer for {minutes} minutes", "Remind me in {minutes} minutes",
            "Start a timer of {minutes} minutes", "timer {minutes} minutes",
        ),
        result={"status": "status"},
        tell=("The timer for {minutes} minutes is {status}.",),
    ),
    Tool(
        names=("read_file", "open_file", "show_file", "cat"),
        description="Read a file",
        parameters={"path": "path"},
        ask=(
            "<please>[read|open|show|print] [the file |]{path}", "What is in {path}", "Show me {path}",
            "contents of {path}",
        ),
        result={"text": "sentence"},
        tell=("The file says: {text}",),
    ),
    Tool(
        names=("stock_price", "get_stock_price", "quote", "share_price"),
        description="Get the price of a share",
        parameters={"symbol": "symbol"},
        ask=(
            "[What is|What's] the [price|share price|stock price] of {symbol}",
            "<please>[get|look up|check] the price of {symbol}", "How much is {symbol}", "{symbol} stock price",
        ),
        result={"price": "ms"},
        tell=("{symbol} costs {price}.",),
    ),
    Tool(
        names=("translate", "translate_text"),
        description="Translate a text into a language",
        parameters={"text": "quoted", "language": "language"},
        ask=(
            "<please>translate '{text}' [to|into] {language}", "What is '{text}' in {language}",
            "How do you say '{text}' in {language}", "'{text}' in {language}",
        ),
        result={"translation": "sentence"},
        tell=("In {language} it is: {translation}",),
    ),
    Tool(
        names=("cancel_request", "abort_request", "stop_request", "abort"),
        description="Abort a running request",
        parameters={"request_id": "id"},
        ask=(
            "<please>[abort|cancel|stop] [the |]request {request_id}",
            "Request {request_id} takes too long, [stop|cancel|abort] it", "kill request {request_id}",
        ),
        result={"status": "status"},
        tell=("Request {request_id} is {status}.",),
    ),
    Tool(
        names=("queue_length", "get_queue", "jobs_waiting"),
        description="Get the number of jobs that wait in a queue",
        parameters={"queue": "queue"},
        ask=(
            "How [long is|many jobs wait in] the {queue} queue", "<please>[check|show] the {queue} queue",
            "[Length|Size] of the {queue} queue", "What is in the {queue} queue",
        ),
        result={"jobs": "small"},
        tell=("{jobs} jobs wait in the {queue} queue.",),
    ),
    Tool(
        names=("cpu_usage", "get_cpu", "host_load", "cpu_load"),
        description="Get the CPU usage of a host in percent",
        parameters={"host": "host"},
        ask=(
            "[What is|What's] the CPU [usage|load] of {host}", "How busy is {host}",
            "<please>[check|get|show] the CPU [usage|load] of {host}", "cpu of {host}",
        ),
        result={"percent": "small"},
        tell=("{host} uses {percent} percent of its CPU.",),
    ),
    Tool(
        names=("loop_delay_now", "current_delay", "event_loop_state", "lag_now", "how_late"),
        description="Tell how late the event loop is at the moment",
        parameters={},
        ask=(
            "How late is the [loop|event loop][| now| at present| just now]",
            "Is the [loop|event loop] [late|delayed|blocked|healthy][| now]", "<please>check the [loop|event loop]",
            "what is the loop delay", "[current|present] delay of the event loop", "look at the event loop for me",
        ),
        result={"delay_ms": "ms"},
        tell=("The event loop is {delay_ms} ms late.",),
    ),
    Tool(
        names=("waiting_requests", "queue_size", "backlog", "pending", "num_waiting"),
        description="Tell how many requests wait",
        parameters={},
        ask=(
            "How many requests [wait|are waiting|are queued|are in line]",
            "<please>tell me the [backlog|length of the queue]", "Is there a backlog", "how long is the [queue|line]",
            "[number|count] of waiting requests",
        ),
        result={"waiting": "small"},
        tell=("{waiting} requests are waiting.",),
    ),
    Tool(
        names=("uptime", "server_uptime", "running_since", "get_uptime"),
        description="Tell how long the server has been running",
        parameters={},
        ask=(
            "How long has the server been [up|running]", "[uptime|server uptime]", "<please>tell me the uptime",
            "When was the server started", "since when is it running",
        ),
        result={"hours": "small"},
        tell=("The server has been running for {hours} hours.",),
    ),
    Tool(
        names=("version", "get_version", "server_version", "which_version"),
        description="Tell the version of the server",
        parameters={},
        ask=(
            "Which version [is this|is running|do you run]", "[server|current] version", "<please>show the version",
            "what version of the server is installed",
        ),
        result={"version": "id"},
        tell=("The version is {version}.",),
    ),
    Tool(
        names=("free_memory", "memory_left", "get_memory", "memory_usage"),
        description="Tell how much memory is free",
        parameters={},
        ask=(
            "How much memory is [free|left|available]", "<please>check the memory", "Do we have enough memory",
            "memory left",
        ),
        result={"free_mb": "int"},
        tell=("{free_mb} MB of memory are free.",),
    ),
    Tool(
        names=("list_workers", "workers", "show_workers", "pool_workers"),
        description="List the worker processes of the pool",
        parameters={},
        ask=(
            "Which workers [are running|exist|are alive]", "<please>list the workers",
            "How many workers [are there|run]", "show me the worker processes", "state of the pool",
        ),
        result={"alive": "small", "busy": "small"},
        tell=("{alive} workers are alive and {busy} are busy.",),
    ),
)
VERBS = (
    "get", "find", "fetch", "lookup", "check", "show", "read", "load", "query", "search",
)
NOUNS = (
    "invoice", "ticket", "customer", "recipe", "song", "flight", "train", "hotel", "book", "movie", "player", "log",
    "build", "job", "sensor", "price", "balance", "address", "event", "meeting", "report", "branch", "commit",
    "container", "pod", "route", "parcel", "score", "news", "forecast", "contact", "photo", "note", "task", "limit",
    "version", "cluster", "bucket", "device", "alarm",
)
ANY_ASK = (
    "[Show|Get|Find|Check|Look up|Give me|Fetch] the {noun} {value}", "What [is|about] the {noun} {value}",
    "<please>[find|get|show|look up|check] the {noun} [for |of |named |with the id |]{value}", "{noun} {value}",
    "I need the {noun} [for |of |]{value}", "Can I see the {noun} {value}", "Use {tool} with {value}",
    "Call {tool} for {value}", "[Is there|Do you have] a {noun} [for|called|named] {value}",
)

WORDS: dict[str, tuple[str, ...]] = {
    "city": (
        "Paris", "London", "Berlin", "Tokyo", "Madrid", "Rome", "Oslo", "Vienna", "Lisbon", "Zurich", "New York",
        "Beijing", "Sydney", "Cairo", "Boston", "Chicago", "Munich", "Prague", "Dublin", "Seoul", "Toronto",
        "Helsinki", "Warsaw", "Athens", "Geneva", "Hamburg", "Milan", "Delhi", "Barcelona", "Lima", "Nairobi",
        "Istanbul", "Bergen", "Porto", "Dresden", "San Francisco", "Mexico City", "Cape Town", "Buenos Aires",
        "Singapore", "Osaka", "Lyon", "Naples", "Krakow", "Riga", "Tallinn", "Stockholm", "Copenhagen", "Brussels",
        "Amsterdam", "Budapest", "Reykjavik", "Edinburgh", "Seattle", "Denver", "Montreal", "Santiago", "Bogota",
        "Accra", "Lagos", "Tunis", "Dubai", "Mumbai", "Bangkok", "Hanoi", "Shanghai", "Melbourne", "Auckland",
        "Valencia", "Bordeaux", "Cologne", "Leipzig", "Basel", "Salzburg", "Turin", "Venice", "Glasgow", "Bristol",
    ),
    "sky": ("sunny", "cloudy", "rainy", "windy", "clear", "foggy"),
    "lab": ("blocking", "threadpool", "offloaded", "gil", "process"),
    "term": (
        "asyncio.to_thread", "GIL", "backpressure", "continuous batching", "KV cache", "process pool", "spawn",
        "health checks", "streaming", "the scheduler", "temperature", "uvicorn", "readiness", "pickling",
        "rate limits", "FastAPI", "Celery prefork", "cancellation", "gather", "invoices", "release notes",
        "python 3.14",
    ),
    "sentence": (
        "It runs a function in a thread.", "Bounded queues refuse early.", "See chapter four.", "The default is 8.",
        "It was released in May.", "Use it with care.", "Workers are started once.", "It needs Python 3.11.",
        "Two answers were found.", "The limit is 64 requests.", "It is described in the guide.",
        "Nothing has changed.",
    ),
    "status": ("ok", "running", "done", "healthy", "shipped", "pending", "cancelled", "started", "accepted", "sent"),
    "time": ("14:05", "08:30", "23:59", "17:45", "06:10", "12:00"),
    "quoted": (
        "hello world", "the event loop never blocks", "good morning", "one two three", "threads wait", "I like tea",
        "see you soon", "threads share memory", "pools are nice", "hello there world", "a quick brown fox",
        "await me", "the cat sat on the mat", "tokens are cheap", "loops never sleep", "an async poem", "ping",
        "batching is great", "this is a test", "count me please", "Python is slow", "where do queues end",
        "a short text", "where is the station", "keep it small", "pools are reused",
    ),
    "url": (
        "http://localhost:8000", "https://example.com", "http://api.test/healthz", "localhost:9000",
        "https://shop.example.org", "http://127.0.0.1:8080",
    ),
    "email": (
        "anna@example.com", "bob@test.org", "team@example.org", "li@mail.test", "support@example.com",
        "tom@example.net",
    ),
    "currency": ("euros", "yen", "pounds", "francs", "dollars", "kroner"),
    "person": ("Anna", "Bob", "Maria Lopez", "Tom Baker", "Li Wei", "Sarah", "Omar", "Ivan", "Julia Stone", "Ken",
        "Dr. Weber", "Priya", "Carlos", "Yuki", "Fatima", "Ms. Brown", "Jonas", "Elena Rossi", "Peter", "Mina"),
    "role": ("admin", "reader", "editor", "owner", "guest"),
    "modelname": ("tutor", "tutor and qwen", "llama", "mistral"),
    "path": (
        "app/main.py", "README.md", "docs/architecture.md", "/etc/hosts", "notes.txt", "config.json", "Makefile",
        "logs/today.log",
    ),
    "symbol": ("AAPL", "MSFT", "NVDA", "IBM", "TSLA", "AMZN", "SAP"),
    "language": ("French", "German", "Spanish", "Italian", "Japanese", "Chinese", "Dutch"),
    "queue": ("mail", "reports", "default", "video", "batch", "import", "priority"),
    "host": ("web-1", "db-2", "worker-7", "node3", "gpu-4", "cache-1", "api-12"),
}
