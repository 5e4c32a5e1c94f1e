"""Words for invented tools: what they read, do and find, and how people ask for it."""

# fmt: off

QUANTITY_VERBS = (
    ("get", "Returns"), ("get", "Get"), ("read", "Reads"), ("fetch", "Fetches"), ("check", "Checks"),
    ("show", "Shows"), ("query", "Queries"), ("current", "Tells"), ("measure", "Measures"), ("report", "Reports"),
    ("count", "Counts"), ("list", "Lists"), ("inspect", "Inspects"), ("get", "Gives"), ("describe", "Describes"),
)
MEASURES = (
    "number of", "rate of", "size of", "current", "average", "total", "open", "pending", "failed", "running", "active",
    "recent", "last", "maximum", "free", "used", "remaining",
)
OF = ("", "", "", " of the server", " of the service", " of this machine", " in milliseconds", " in percent",
" right now",
    " at the moment", ", in seconds", " of the host", " as JSON")
QUANTITY_ASK = (
    "[What is|What's] the {x}[| right now| at the moment| currently| today]",
    "<please>[check|show|read|look up] the {x}",
    "[Tell|Give|Show] me the {x}", "How [high|big|large|bad|good] is the {x}[| now| at present]", "{x}[?| please| now]",
    "I [need|want to know|would like to see] the {x}", "[And the|And what about the] {x}", "Do we know the {x}",
    "[Can|Could] you [check|look at|find out] the {x}[ for me|]", "What does the {x} look like", "is the {x} OK",
)
SERVER_ASK = (
    "Look at the {x}, please", "Find out the {x}", "the {x}, check it", "please look up the {x}",
)
SERVER_THINGS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("loop lag", (
        "How late is the event loop[| right now| at the moment]? [Check|Look|Measure it][, please|]",
        "What is the [loop lag|event-loop lag|lag of the loop][| right now]", "Does the loop lag[| at the moment]",
        "is the event loop late", "[Check|Measure|Get] the [loop lag|lag of the event loop]",
        "how much lag has the loop",
    )),
    ("cpu usage", (
        "How busy is the [CPU|processor|machine|box|server]", "What is the CPU [load|usage]", "cpu load of this box",
        "Is the processor busy", "How much CPU do we use", "[Check|Show|Get] the CPU usage",
        "How hard is the server working [now|at the moment]",
    )),
    ("models", (
        "Which models are [loaded|available|served|there]", "[List|Show|Look up] the models", "What models do we have",
        "which models does the server know? look it up", "Is there more than one model loaded",
    )),
    ("queue length", (
        "How many requests [wait|are waiting|are in the queue]", "How long is the [queue|line]", "queue length now",
        "Is anybody waiting[| right now]", "[Check|Look at] the queue", "how full is the waiting line",
    )),
    ("active requests", (
        "How many requests are [active|running|being served][| now]", "What is running at the moment",
        "[Count|Show] the active requests", "are there any requests in progress",
    )),
    ("memory usage", (
        "How much memory [is used|do we use|does the service take]", "Is memory running out", "RAM usage",
        "[Check|Show] the memory", "how much RAM is gone",
    )),
    ("gpu temperature", (
        "How hot is the [GPU|graphics card]", "GPU temperature", "Is the card too warm",
        "[Check|Read] the GPU temperature",
    )),
    ("worker count", (
        "How many workers [are alive|do we have|run]", "[Count|Show] the workers", "number of worker processes now",
    )),
    ("error rate", (
        "How many requests fail", "What is the error rate", "Are there many errors[| right now]",
        "[Check|Show] the errors",
    )),
    ("token throughput", (
        "How many tokens per second do we make", "What is the throughput", "[Check|Show] the tokens per second",
        "how fast is generation at the moment",
    )),
    ("uptime", (
        "How long has it been up", "When did the server start", "[Check|Show] the uptime", "since when are we running",
    )),
    ("open connections", (
        "How many clients are connected", "[Count|Show] the open connections", "connections right now",
    )),
    ("disk space", (
        "Is the disk full", "How much disk is left", "[Check|Show] the disk space", "free space on the disk",
    )),
    ("current time", (
        "What time is it", "[Tell|Give] me the time", "time now", "How late is it", "what's the time, please",
    )),
    ("loop delay", (
        "Is my event loop [being |]held up[| just now]", "By how many milliseconds is the loop late",
        "how responsive is the loop at this moment", "how far behind is the event loop", "event loop latency please",
    )),
    ("cpu load", (
        "How loaded is the [box|host|machine|node]", "Is the processor [sweating|idle|at its limit]",
        "what percentage of cpu is in use", "are the cores busy", "how much of the processor do we burn right now",
        "Tell me how busy the [processor|cpu] is",
    )),
    ("loaded models", (
        "Which models [do you serve|are in memory|can be called|do we host]", "name the models that are loaded",
        "what models is this server running", "give me the list of models", "which checkpoints are up",
    )),
    ("waiting requests", (
        "How many [clients|people|prompts|calls] are [in line|queued|pending][| now]", "Is there a jam in the queue",
        "how deep is the backlog at present", "count what is waiting", "how many prompts have not started yet",
    )),
    ("running sequences", (
        "How many sequences [run|are generating] [| right now]", "what is the engine working on",
        "How big is the present batch", "number of streams in flight",
    )),
    ("cache usage", (
        "How full is the [KV cache|cache]", "Is there room left in the cache", "cache fill level",
        "what share of the KV cache is taken",
    )),
    ("pool state", (
        "Is the process pool [alive|healthy]", "Are all [pool workers|worker processes] up", "state of the pool",
        "has a worker died",
    )),
    ("free memory", (
        "How much RAM is left", "Are we short of memory", "how many gigabytes are free", "what memory remains",
    )),
    ("server version", (
        "Which release is installed", "What version am I talking to", "build number of the server", "version info",
    )),
    ("last errors", (
        "What went wrong last", "Show the latest errors", "any exceptions recently", "list the recent failures",
    )),
    ("rejected requests", (
        "How many requests have been [refused|rejected|turned away]", "number of 503 answers so far",
        "Do we refuse many calls",
    )),
    ("temperature", ("How warm is it in the server room", "Room temperature", "Is the rack overheating")),
    ("battery level", ("How much battery is left", "Is the battery low", "charge level of the device")),
    ("public ip", ("What is my IP", "Which address do we have to the outside", "our external IP address please")),
    ("today", ("What day is it", "Which date is today", "today's date", "what is the date")),
)
TEXT_VERBS = (
    ("count_tokens", "Counts the tokens of a {x}"), ("count_words", "Counts the words in a {x}"),
    ("count_characters", "Count the characters of the {x}"), ("reverse", "Reverses a {x}"),
    ("summarize", "Summarizes a {x}"), ("translate", "Translates a {x}"), ("classify", "Classifies a {x}"),
    ("tokenize", "Splits a {x} into tokens"), ("detect_language", "Detects the language of a {x}"),
    ("hash", "Returns the hash of a {x}"), ("embed", "Returns the embedding of the {x}"),
    ("spell_check", "Checks the spelling of a {x}"), ("search", "Searches for a {x}"), ("save_note",
    "Saves a {x} as a note"),
    ("speak", "Says a {x} aloud"), ("post", "Posts a {x} to the channel"), ("encode", "Encodes a {x}"),
    ("print", "Prints a {x}"), ("rate", "Rates a {x}"), ("store", "Stores a {x}"), ("check", "Checks a {x}"),
    ("measure_length", "Measures the length of a {x}"),
)
TEXT_ASK = (
    "<please>{do} {value}", "<please>{do} the text {value}", "{do} this: {value}", "[Can|Could] you {do} {value}",
    "{do} for me: {value}", "I want you to {do} {value}", "{value}, {do} it", "{do} {value}[ please| for me|]",
    "[Take|Here is a text:] {value}. {do} it", "{do} the [phrase|sentence|words|string] {value}[ please|]",
)
DESCRIBED_TEXT: dict[str, tuple[str, ...]] = {
    "count_tokens": (
        "How many tokens [is|are in|has|does it take for] {value}",
        "Count the tokens [of|in] [the text |]{value}[ for me|]",
        "How long is {value} in tokens", "token count of {value}", "tokens in {value}",
        "What does {value} cost in tokens",
        "number of tokens in {value}", "How many tokens would {value} be",
    ),
    "count_words": ("How many words [are in|has] {value}", "Count the words [of|in] {value}", "word count of {value}"),
    "count_characters": ("How many characters has {value}", "How long is {value}", "Count the letters in {value}"),
    "reverse": ("What is {value} backwards", "Turn {value} around", "Write {value} backwards"),
    "translate": ("What does {value} mean in German", "How do you say {value} in French", "Translate {value} for me"),
    "detect_language": ("Which language is {value}", "What language is {value} written in"),
    "spell_check": ("Is {value} spelled right", "Are there mistakes in {value}"),
    "save_note": ("Write down {value}", "Remember this: {value}", "Make a note: {value}"),
    "search": ("Find {value}", "Look for {value}", "What is known about {value}"),
    "speak": ("Say {value}", "Read {value} to me"),
    "hash": ("What is the hash of {value}", "sha of {value}"),
    "summarize": ("Make {value} shorter", "Give me a summary of {value}"),
    "measure_length": ("How long is {value}", "length of {value}"),
}
LOOKUP_VERBS = ("describe", "open", "get", "find", "track", "inspect", "view", "retrieve", "explain", "locate")
ABOUT = ("", "", " by its name", " by id", " in the database", " from the archive", " and its details", " for the user")
LOOKUP_ASK = (
    "[Show|Get|Find|Check|Look up|Give me|Fetch|Open|Bring up] the {noun} {value}",
    "What [is|about] the {noun} {value}",
    "<please>[find|get|show|look up|check] the {noun} [for |of |named |with the id |called |]{value}", "{noun} {value}",
    "I need the {noun} [for |of |]{value}", "Can I see the {noun} {value}", "Use {tool} with {value}",
    "Call {tool} for {value}", "[Is there|Do you have|Do we have] a {noun} [for|called|named] {value}",
    "What do you know about the {noun} {value}", "{value}: what {noun} is that", "Where is the {noun} {value}",
    "Please use {tool} on {value}", "How is the {noun} {value} doing", "tell me about {noun} {value}",
    "Look into {noun} {value}", "anything on the {noun} {value}",
)
ACTIONS: tuple[tuple[str, str, dict[str, str], tuple[str, ...]], ...] = (
    ("book_table", "Books a {noun} for some people", {"people": "int", "name": "person"}, (
        "<please>book a {noun} for {people} [people|persons|guests][,|] [under the name|name|for] {name}",
        "I need a {noun} for {people}, name {name}", "Reserve a {noun} for {people} people on {name}")),
    ("create_ticket", "Creates a {noun} with a title and a priority", {"title": "words", "priority": "level"}, (
        "<please>[create|open|file] a {noun} {title} with {priority} priority",
        "New {noun}: {title}, priority {priority}",
        "[Make|Add] a {noun} titled {title}, it has {priority} priority")),
    ("scale_service", "Sets the number of replicas of a {noun}", {"name": "host", "replicas": "int"}, (
        "<please>[scale|set] the {noun} {name} to {replicas}[| replicas| instances]",
        "Run {name} with {replicas} replicas",
        "[Give|Let] {name} have {replicas} replicas")),
    ("schedule_meeting", "Schedules a {noun}", {"person": "person", "hour": "int"}, (
        "<please>[schedule|plan|set up] a {noun} with {person} at {hour}[| o'clock]",
        "{noun} with {person}, {hour} o'clock",
        "Put a {noun} with {person} at {hour} into my calendar")),
    ("transfer_money", "Transfers an amount of {noun} to a person", {"amount": "int", "to": "person"}, (
        "<please>[transfer|send|pay] {amount} [euros|dollars|] to {to}", "{amount} [euros|dollars] to {to}, please",
        "Give {to} {amount} euros")),
    ("get_forecast", "Returns the {noun} of a city for some days", {"city": "city", "days": "int"}, (
        "[What is|What's] the {noun} [for|in] {city} for [the next |]{days} days", "{noun} {city} {days} days",
        "<please>[get|show] the {noun} of {city}, {days} days ahead")),
    ("convert_unit", "Converts a {noun}", {"value": "int", "unit": "unit"}, (
        "<please>convert {value} to {unit}", "How much is {value} in {unit}", "{value} in {unit}[ please|]",
        "What are {value} in {unit}")),
    ("add_item", "Adds a number of things to the {noun}", {"item": "any", "quantity": "int"}, (
        "<please>[add|put] {quantity} {item} [to|into|on] the {noun}", "{quantity} {item} for the {noun}",
        "I want {quantity} {item} on the {noun}")),
    ("send_message", "Sends a {noun} to somebody", {"to": "person", "text": "words"}, (
        "<please>[send|write] [a {noun} to |]{to}: {text}", "Tell {to} {text}", "{noun} to {to}: {text}",
        "<please>send {to} the {noun} {text}")),
    ("set_limit", "Sets the limit of a {noun}", {"name": "any", "value": "int"}, (
        "<please>set {name} to {value}", "[Change|Raise|Lower] the {noun} {name} to {value}",
        "{name} should be {value}",
        "Make {name} {value}")),
    ("get_logs", "Returns the last lines of a {noun}", {"service": "host", "lines": "int"}, (
        "<please>[show|get] the last {lines} lines of {service}", "last {lines} log lines from {service}",
        "What did {service} write in its last {lines} lines")),
    ("find_route", "Finds a {noun} between two cities", {"start": "city", "end": "city"}, (
        "How do I get from {start} to {end}", "{noun} from {start} to {end}",
        "<please>find a {noun} from {start} to {end}",
        "I want to go from {start} to {end}")),
    ("create_event", "Creates a {noun} in the calendar", {"title": "words", "date": "date"}, (
        "<please>[create|add|enter] a {noun} {title} on {date}", "{noun} {title}, {date}",
        "Put {title} into the calendar for {date}", "On {date} we have {title}, note the {noun}")),
    ("book_room", "Reserves a {noun} on a day", {"room": "any", "date": "date", "people": "int"}, (
        "<please>[book|reserve] the {noun} {room} on {date} for {people} people",
        "I need {noun} {room}, {date}, {people} persons", "{noun} {room} for {people} on {date}, please")),
    ("set_flag", "Switches a {noun} on or off", {"name": "any", "enabled": "bool"}, (
        "<please>set the {noun} {name} to {enabled}", "{noun} {name} = {enabled}", "Make {name} {enabled}",
        "The {noun} {name} should be {enabled}")),
    ("set_alarm", "Sets an alarm for a {noun}", {"time": "time", "label": "words"}, (
        "<please>set an alarm at {time} called {label}", "Wake me at {time}, label {label}",
        "alarm {time}, name it {label}", "Ring at {time} with the text {label}")),
    ("find_flights", "Finds flights between two cities on a day", {"start": "city", "end": "city", "date": "date"}, (
        "[Which|What] flights go from {start} to {end} on {date}", "<please>find a flight {start} {end} {date}",
        "I want to fly from {start} to {end} on {date}", "flights {start} to {end}, {date}")),
    ("get_weather", "Returns the present weather of a city", {"city": "city"}, (
        "How is the weather in {city}", "What's it like outside in {city}", "Will I get wet in {city}",
        "weather in {city} please", "Is it [hot|cold|nice|stormy] in {city}[ today| at the moment|]",
        "and what about {city}, weather-wise", "Which temperature has {city}")),
    ("get_population", "Returns a {noun} of a city", {"city": "city"}, (
        "How many people live in {city}", "population of {city}", "How big is {city}", "Tell me the {noun} of {city}")),
    ("get_distance", "Returns the distance between two cities", {"start": "city", "end": "city"}, (
        "How far is it from {start} to {end}", "distance {start} {end}",
        "How many kilometres lie between {start} and {end}")),
    ("random_number", "Draws a random number between two limits", {"low": "int", "high": "int"}, (
        "[Give|Pick|Draw] me a number between {low} and {high}", "random number from {low} to {high}",
        "Throw a number, {low} to {high}")),
    ("restart_service", "Restarts a {noun}", {"name": "host"}, (
        "<please>restart {name}", "{name} is stuck, [restart|bounce] it", "Could you reboot the {noun} {name}",
        "give {name} a kick")),
    ("create_user", "Creates a {noun}", {"name": "person", "email": "email", "admin": "bool"}, (
        "<please>create a {noun} for {name}, {email}, admin {admin}",
        "New {noun} {name} with mail {email}, admin: {admin}",
        "Add {name} ({email}) as {noun}, admin {admin}")),
    ("log_time", "Logs working hours for a {noun}", {"hours": "int", "date": "date", "task": "words"}, (
        "<please>log {hours} hours on {date} for {task}", "{hours} hours, {date}, {task}",
        "I worked {hours} hours on {task} on {date}")),
    ("search_products", "Searches {noun} below a price", {"query": "words", "max_price": "int"}, (
        "<please>find {query} for at most {max_price} euros", "{query} under {max_price}",
        "Show me {query} cheaper than {max_price}")),
    ("translate_text", "Translates a text into a language", {"text": "words", "language": "language"}, (
        "<please>translate {text} [to|into] {language}", "What is {text} in {language}", "{language} for {text}",
        "How would one say {text} in {language}")),
    ("run_query", "Runs a {noun} with a limit of rows", {"table": "any", "limit": "int"}, (
        "<please>[show|get] {limit} rows of {table}", "First {limit} rows from the {noun} {table}",
        "What do the top {limit} rows of {table} look like")),
    ("set_priority", "Sets the priority of a request", {"request_id": "id", "priority": "level"}, (
        "<please>[make|set] request {request_id} [to |]{priority}", "{request_id}: priority {priority}",
        "Give request {request_id} {priority} priority")),
    ("get_exchange_rate", "Returns the {noun} between two currencies", {"base": "symbol", "target": "symbol"}, (
        "How many {target} do I get for one {base}", "{noun} {base} {target}", "<please>convert {base} to {target}",
        "What is {base} worth in {target}")),
    ("get_stock_price", "Returns the price of a {noun}", {"symbol": "symbol"}, (
        "What does {symbol} cost at the moment", "How is {symbol} doing today", "{noun} {symbol}",
        "price of {symbol} please")),
    ("check_url", "Tests whether a {noun} answers", {"url": "url", "timeout_s": "int"}, (
        "Does {url} answer within {timeout_s} seconds", "<please>check {url}, timeout {timeout_s}",
        "Is {url} up? Give it {timeout_s} seconds", "ping {url}, {timeout_s} s at most")),
    ("read_file", "Reads some lines of a {noun}", {"path": "path", "lines": "int"}, (
        "<please>[show|read|print] the first {lines} lines of {path}", "{path}, first {lines} lines",
        "What stands in the first {lines} lines of {path}")),
    ("delete_file", "Deletes a {noun}", {"path": "path"}, (
        "<please>[delete|remove] {path}", "get rid of the {noun} {path}", "{path} can go, delete it")),
    ("send_email", "Sends a {noun} to an address", {"to": "email", "subject": "words"}, (
        "<please>[send|write] a mail to {to} with the subject {subject}", "Mail {to}, subject {subject}",
        "{subject} is the subject, send it to {to}")),
    ("get_request_status", "Tells what a {noun} is doing", {"request_id": "id"}, (
        "What is {request_id} doing", "Is {request_id} finished", "<please>look up the status of {request_id}",
        "how far is {noun} {request_id}", "Where does {request_id} stand")),
    ("cancel_request", "Cancels a running {noun}", {"request_id": "id", "reason": "words"}, (
        "<please>[cancel|abort|stop] {request_id}, reason {reason}", "{request_id} has to go: {reason}",
        "Stop {request_id} because of {reason}")),
    ("set_max_tokens", "Sets the longest {noun} in tokens", {"max_tokens": "int"}, (
        "<please>[set|change] max tokens to {max_tokens}", "No {noun} longer than {max_tokens} tokens",
        "limit the {noun} to {max_tokens} tokens", "Cap it at {max_tokens} tokens")),
    ("resize_pool", "Changes the number of workers of a {noun}", {"pool": "any", "workers": "int"}, (
        "<please>[resize|grow|shrink] {pool} to {workers} workers", "{pool} needs {workers} workers",
        "Run {workers} workers in the {noun} {pool}")),
    ("measure_latency", "Measures the {noun} of a host some times", {"host": "host", "samples": "int"}, (
        "How fast does {host} answer? Try {samples} times", "<please>measure {host} {samples} times",
        "{samples} samples of the {noun} of {host}")),
    ("add_reminder", "Adds a {noun} for a day and time", {"text": "words", "date": "date", "time": "time"}, (
        "Remind me of {text} on {date} at {time}", "<please>add a {noun} {text}, {date} {time}",
        "{date}, {time}: {text}, remind me")),
    ("get_timezone", "Returns the {noun} of a city", {"city": "city"}, (
        "Which {noun} has {city}", "<please>tell me the {noun} of {city}", "How many hours is {city} ahead of us",
        "Are they awake in {city} now")),
)
