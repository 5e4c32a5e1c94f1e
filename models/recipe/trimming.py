"""Which answers may be cut short in training: those that are known by heart, once they have begun.

After the first stage the answers to questions are remembered; what is left to learn is which of them a question calls
for, and that is decided in its first tokens. Learning only those lets two to three times more questions through.
"""

from models.recipe.dialogue import Dialogue

COMPOSED = frozenset({"echo", "json", "tools"})
"""Topics whose answers are put together from what the user says."""


def may_be_cut(dialogue: Dialogue) -> bool:
    """Return whether the last answer is one to know by heart: neither composed from the question nor code."""
    return not is_composed(dialogue) and "```" not in dialogue.turns[-1].content


def is_composed(dialogue: Dialogue) -> bool:
    """Return whether answers are put together from what the user says."""
    return dialogue.topic in COMPOSED or bool(dialogue.tools)
