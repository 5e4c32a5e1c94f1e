"""How people really type: greetings first, lower case, lost punctuation, contractions, slips of the finger."""

import random

from models.recipe.rewording import reworded
from models.recipe.topics import filler

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
SMALL_WORDS = frozenset({
    "a", "an", "the", "is", "are", "do", "does", "did", "my", "our", "your", "of", "to", "i", "me", "we", "you",
    "it", "in", "for", "on", "at", "by", "should", "would", "could", "can", "will", "may", "be", "am", "been",
    "was", "were", "what", "which", "who", "when", "where", "why", "how", "that", "this", "there", "and", "or",
    "but", "please", "tell", "explain", "give", "show", "so", "as", "have", "has", "had", "get", "if", "with",
})  # fmt: skip
IMPERATIVES = frozenset({
    "explain", "describe", "tell", "define", "compare", "show", "give", "please", "list", "teach", "help", "write",
    "contrast", "name", "walk", "clarify", "remind", "say", "i", "we", "my", "our", "kindly", "difference",
    "answer", "let", "summarise", "summarize", "return",
})  # fmt: skip


def as_typed(question: str, rng: random.Random) -> str:
    """Return the English question as some person may type it; mostly only its first letter and end are set."""
    text = question[:1].upper() + question[1:]
    if rng.random() < 0.07:
        text = _as_keywords(text, rng)
    elif text[-1:].isalnum() or text[-1:] in ")`":
        text += rng.choice(("?", "?", "?", ".")) if _is_question(text) else rng.choice((".", ".", "", "!"))
    if rng.random() < 0.2:
        old, new = rng.choice(CONTRACTIONS)
        text = text.replace(old, new)
    if rng.random() < 0.35:
        text = reworded(text, rng)
    if rng.random() < 0.22:
        text = _disturbed(text, rng)
    text = _surrounded(text, rng)
    if rng.random() < 0.18:
        text = text.lower()
    if rng.random() < 0.15:
        text = text.rstrip("?.! ")
    if rng.random() < 0.09:
        text = _slip(text, rng)
    return text or question


def as_said(text: str, rng: random.Random) -> str:
    """Return small talk as people type it: its case and its end vary, nothing else."""
    text = text[:1].upper() + text[1:]
    if text[-1:].isalnum():
        text += rng.choice(
            ("", "", ".", "!", "?" if not text.startswith(("I", "That", "OK", "Thank", "Good")) else ".")
        )
    return text.lower() if rng.random() < 0.25 else text


def _surrounded(text: str, rng: random.Random) -> str:
    """Put a greeting, a remark before or a remark after around some questions."""
    roll = rng.random()
    if roll < 0.12:
        return rng.choice(OPENERS) + (text if text.startswith(("I ", "I'")) else text[:1].lower() + text[1:])
    if roll < 0.18:
        return f"{rng.choice(filler.BEFORE)} {text}"
    if roll < 0.24:
        return f"{text} {rng.choice(filler.AFTER)}"
    return text + rng.choice(CLOSERS) if roll < 0.28 else text


def _as_keywords(text: str, rng: random.Random) -> str:
    """Keep the words that carry the question, as people type into a search box."""
    kept = [word for word in text.rstrip("?.!").split(" ") if word.lower() not in SMALL_WORDS or rng.random() < 0.2]
    return " ".join(kept).lower() if kept else text


def _disturbed(text: str, rng: random.Random) -> str:
    """Drop, replace or insert a word here and there, so that no single word decides."""
    words: list[str] = []
    for word in text.split(" "):
        roll = rng.random()
        if roll < 0.05:
            continue
        words.append(rng.choice(filler.WORDS) if roll < 0.09 else word)
        if roll > 0.93:
            words.append(rng.choice(filler.WORDS))
    return " ".join(words)


def _is_question(text: str) -> bool:
    first = text.split(" ", 1)[0].lower()
    return first not in IMPERATIVES


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
