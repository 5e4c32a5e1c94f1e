"""How people really type: greetings first, lower case, lost punctuation, contractions, slips of the finger."""

import random

OPENERS = (
    "Hi, ",
    "Hello, ",
    "Hey, ",
    "Hi! ",
    "Hello! ",
    "Hey there, ",
    "Quick question: ",
    "A question: ",
    "One more thing: ",
    "Please help: ",
    "I am new to this. ",
    "I'm a beginner. ",
    "Sorry if this is basic: ",
    "I was wondering: ",
    "Just curious: ",
    "Simple question: ",
    "For an interview: ",
    "My colleague asked me: ",
    "My boss asks: ",
    "Help! ",
    "OK, ",
    "So, ",
    "Well, ",
    "Now, ",
    "Tell me, ",
    "Please tell me: ",
    "I read the docs but still wonder: ",
    "In our project we wonder: ",
    "I have a question. ",
    "Dear tutor, ",
    "Tutor, ",
    "Hmm, ",
    "Good morning. ",
    "For my homework: ",
    "While reading your code: ",
    "We argue about this at work: ",
    "I keep forgetting: ",
    "Serious question: ",
    "Stupid question, but ",
)
CLOSERS = (
    " Thanks!",
    " Thank you.",
    " please",
    " Please explain.",
    " thanks",
    " Any advice?",
    " I'm confused.",
    " Help me.",
    " ?",
    "??",
    " Be honest.",
)
CONTRACTIONS = (
    ("What is", "What's"),
    ("what is", "what's"),
    ("How is", "How's"),
    ("do not", "don't"),
    ("does not", "doesn't"),
    ("I am", "I'm"),
    ("is not", "isn't"),
    ("cannot", "can't"),
    ("should not", "shouldn't"),
    ("It is", "It's"),
    ("it is", "it's"),
    ("I have", "I've"),
    ("going to", "gonna"),
    ("want to", "wanna"),
)
SMALL_WORDS = frozenset(
    {"a", "an", "the", "is", "do", "does", "my", "of", "to", "i", "me", "it", "in", "for", "should"}
)
IMPERATIVES = frozenset(
    {
        "explain",
        "describe",
        "tell",
        "define",
        "compare",
        "show",
        "give",
        "please",
        "list",
        "teach",
        "help",
        "write",
        "contrast",
        "name",
        "walk",
        "clarify",
        "remind",
        "say",
        "i",
        "we",
        "my",
        "our",
        "kindly",
        "difference",
        "answer",
        "let",
        "summarise",
        "summarize",
        "return",
    }
)


def as_typed(question: str, rng: random.Random) -> str:
    """Return the English question as some person may type it; mostly only its first letter and end are set."""
    text = question[:1].upper() + question[1:]
    if text[-1:].isalnum() or text[-1:] in ")`":
        text += rng.choice(("?", "?", "?", ".")) if _is_question(text) else rng.choice((".", ".", "", "!"))
    if rng.random() < 0.2:
        old, new = rng.choice(CONTRACTIONS)
        text = text.replace(old, new)
    if rng.random() < 0.15:
        text = rng.choice(OPENERS) + (text[:1].lower() + text[1:] if not text.startswith(("I ", "I'")) else text)
    if rng.random() < 0.06:
        text = text + rng.choice(CLOSERS)
    if rng.random() < 0.06:
        text = _without_a_small_word(text, rng)
    if rng.random() < 0.18:
        text = text.lower()
    if rng.random() < 0.15:
        text = text.rstrip("?.! ")
    if rng.random() < 0.09:
        text = _slip(text, rng)
    return text or question


def _is_question(text: str) -> bool:
    first = text.split(" ", 1)[0].lower()
    return first not in IMPERATIVES


def _without_a_small_word(text: str, rng: random.Random) -> str:
    """Drop one short word that carries little, as people in a hurry do."""
    words = text.split(" ")
    small = [i for i, word in enumerate(words) if word.lower() in SMALL_WORDS]
    if small and len(words) > 4:
        del words[rng.choice(small)]
    return " ".join(words)


def _slip(text: str, rng: random.Random) -> str:
    """Swap, drop or double one letter of one longer word."""
    words = text.split(" ")
    long_words = [i for i, word in enumerate(words) if len(word) > 4 and word.isalpha()]
    if not long_words:
        return text
    index = rng.choice(long_words)
    word = words[index]
    at = rng.randrange(1, len(word) - 1)
    words[index] = rng.choice(
        (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :],
            word[:at] + word[at + 1 :],
            word[:at] + word[at] + word[at:],
        )
    )
    return " ".join(words)
