"""Question patterns: choices in brackets and named macros, expanded with a seeded random generator.

A pattern is text with two constructs: `[a|b|c]` stands for one of its parts, which may be empty or hold further
brackets, and `<name>` stands for the macro of that name. Answers are never expanded: code may hold any character.
"""

import random
import re
from dataclasses import dataclass

MACROS: dict[str, str] = {
    "please": "[|||please |can you |could you |would you ]",
    "use": "[use|use|use|choose|pick|go for|go with|reach for|prefer|take]",
    "should": "[should I|should I|should we|should one|do I|would you|would I|ought I to|must I]",
    "mp": "[multiprocessing|multiprocessing|multiprocessing|processes|a process pool|multiple processes"
    "|separate processes"
    "|several processes|worker processes|the multiprocessing module|ProcessPoolExecutor]",
    "th": "[threads|threads|threading|a thread pool|multithreading|multiple threads|ThreadPoolExecutor"
    "|the threading module]",
    "aio": "[asyncio|asyncio|asyncio|async/await|coroutines|async code|the event loop|an event loop]",
    "cpu": "[CPU-bound|CPU-bound|CPU-heavy|CPU-intensive|compute-bound|compute-heavy|computation-heavy|cpu bound]",
    "io": "[I/O-bound|I/O-bound|IO-bound|I/O-heavy|network-bound|i/o bound|waiting-heavy]",
    "work": "[work|work|tasks|jobs|code|a task|a job|workloads|functions]",
    "py": "[| in Python| in Python| in python 3| in my program| in my code| in my app|, in Python]",
    "explain": "[explain|explain|describe|tell me about|tell me|clarify|walk me through|help me understand|teach me"
    "|say]",
    "canyou": "[|||can you |could you |please |would you |I need you to |can you please |kindly ]",
    "whatis": "[what is|what is|what's|what exactly is|what does one mean by|what do people mean by|define|explain"
    "|describe"
    "|tell me about|can you explain|what do you know about|please explain|give me a definition of"
    "|how would you define"
    "|I have never heard of|I don't understand|help me understand|remind me what is]",
    "svc": "[this service|the service|this server|this project|this app|Unblocked|this API|your service|the server]",
    "run": "[run|start|launch|start up|bring up|boot|spin up]",
    "howdo": "[how do I|how do I|how can I|how do you|how does one|how should I|how would I|how to"
    "|what is the way to"
    "|what's the best way to|show me how to|I want to|is there a way to]",
    "diff": "[what is the difference between|what's the difference between|difference between|how do|compare"
    "|what distinguishes"
    "|tell me the difference between|explain the difference between|contrast]",
    "block": "[block|block|freeze|stall|stop|hang|hold up]",
    "loop": "[the event loop|the event loop|the loop|my event loop|the asyncio loop|asyncio's loop]",
    "happens": "[what happens|what happens|what will happen|what goes on|what is the effect|what are the consequences]",
    "good": "[good|right|suitable|the right choice|appropriate|a good idea|a good fit|recommended|sensible]",
    "why": "[why|why|how come|what is the reason that|for what reason|why exactly]",
}

_MACRO = re.compile(r"<([a-z_]+)>")


@dataclass(frozen=True)
class Intent:
    """One thing a user may want: how it is asked (patterns), how it is answered (literal), and what may follow.

    `subject` holds names for "what is ..." and "what about ..."; `brief` answers "in one sentence", `why` "why?",
    `code` "show me code", `example` "give me an example", `simple` "for a beginner". Empty means: not offered.
    """

    name: str
    topic: str
    ask: tuple[str, ...]
    say: tuple[str, ...]
    subject: tuple[str, ...] = ()
    brief: str = ""
    why: tuple[str, ...] = ()
    code: str = ""
    example: str = ""
    simple: str = ""
    lang: str = "en"
    weight: float = 1.0


def expand(pattern: str, rng: random.Random) -> str:
    """Return one random text of the pattern.

    Raises: KeyError for an unknown macro, ValueError for unbalanced brackets.
    """
    text = pattern
    while _MACRO.search(text):
        text = _MACRO.sub(lambda match: MACROS[match[1]], text)
    result, rest = _sequence(text, 0, rng)
    if rest != len(text):
        raise ValueError(f"unbalanced brackets in {pattern!r}")
    return re.sub(r"  +", " ", result).strip()


def _sequence(text: str, start: int, rng: random.Random) -> tuple[str, int]:
    parts: list[str] = []
    at = start
    while at < len(text) and text[at] not in "|]":
        if text[at] == "[":
            choice, at = _choice(text, at + 1, rng)
            parts.append(choice)
        else:
            parts.append(text[at])
            at += 1
    return "".join(parts), at


def _choice(text: str, start: int, rng: random.Random) -> tuple[str, int]:
    options: list[str] = []
    at = start
    while True:
        option, at = _sequence(text, at, rng)
        options.append(option)
        if at >= len(text):
            raise ValueError(f"unclosed bracket in {text!r}")
        at += 1
        if text[at - 1] == "]":
            return rng.choice(options), at
