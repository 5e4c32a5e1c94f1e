"""Finer questions on streaming: the format, proxies, errors in the middle, reading a stream, websockets."""

# fmt: off

from models.recipe.grammar import Intent

INTENTS = (
    Intent(
        "sse_format", "serving",
        ask=(
            "What does [a server-sent event|an SSE message|a stream chunk] look like", "SSE format",
            "Which [content type|media type|MIME type] has [a stream|an event stream|SSE]",
            "<howdo> [separate|part] events in SSE", "What is on each line of the stream",
        ),
        say=(
            "A server-sent event is a line `data: {...}` followed by a blank line; the response has the media type "
            "text/event-stream and stays open. The JSON holds the next piece of text in choices[0].delta.content. "
            "The last event is `data: [DONE]`. An error comes as such an event too, and then no [DONE] follows.",
        ),
        subject=("the format of server-sent events", "text/event-stream"),
        brief="A line `data: {...}` and a blank line, in a response of type text/event-stream.",
    ),
    Intent(
        "sse_proxy", "serving",
        ask=(
            "<why> does my stream [arrive|come] [all at once|in one lump] behind [nginx|a proxy|the load balancer]",
            "<howdo> turn off [buffering|proxy buffering] for [SSE|streams|a stream]", "nginx and SSE",
            "[The stream|My stream] is buffered", "What does X-Accel-Buffering do",
        ),
        say=(
            "A proxy in between buffers the stream. Switch that off: proxy_buffering off in nginx, or the header "
            "X-Accel-Buffering: no, which this service sends. Compression buffers too, and curl needs -N. And ask "
            "with \"stream\": true, or the answer comes in one lump at the end.",
        ),
        subject=("proxies and streams", "proxy buffering"),
        brief="A proxy buffers it: set proxy_buffering off or X-Accel-Buffering: no.",
    ),
    Intent(
        "sse_error", "serving",
        ask=(
            "What happens [if|when] an error [occurs|comes] in the middle of a stream",
            "<howdo> [report|signal|send] an error [after the first token|in a stream|once streaming has begun]",
            "<why> is the status 200 although the stream failed", "errors in a stream",
        ),
        say=(
            "Once the first byte is sent the status 200 cannot be changed, so an error comes as an event in the "
            "stream, "
            "a `data:` line with an error object, and no `data: [DONE]` follows. A client that saw no [DONE] must "
            "treat "
            "the answer as incomplete.",
        ),
        subject=("errors in a stream",),
        brief="As an error event in the stream, with no [DONE] after it, because the status is already sent.",
    ),
    Intent(
        "stream_read", "serving",
        ask=(
            "<howdo> [read|consume|parse|print] [a stream|the stream|streamed tokens] in Python",
            "<howdo> stream with the openai package", "read server-sent events in [Python|JavaScript]",
        ),
        say=(
            "With the openai package pass stream=True and loop: `for chunk in stream:` prints "
            "chunk.choices[0].delta.content. With httpx use client.stream and iter_lines: each line that begins with "
            "`data: ` holds JSON, blank lines part the events, and `data: [DONE]` ends them.",
        ),
        subject=("reading a stream",),
        brief="Pass stream=True and loop over the chunks; each holds choices[0].delta.content.",
    ),
    Intent(
        "sse_websocket", "serving",
        ask=(
            "SSE or [websockets|a websocket]", "<diff> [SSE|server-sent events] and [websockets|WebSocket|polling]",
            "<why> does the service not use websockets", "Do I need a websocket to stream tokens",
        ),
        say=(
            "For tokens server-sent events are enough: they go one way, over plain HTTP, through proxies, and as "
            "text/event-stream any client can read them; `data: [DONE]` ends the stream. WebSockets go both ways "
            "and need a protocol of their own; take them when the client must keep sending as well. Polling costs a "
            "request for every look.",
        ),
        subject=("SSE and websockets",),
        brief="SSE is enough for tokens: one way over plain HTTP; WebSockets go both ways.",
    ),
)
