"""Questions written one by one, as people would ask them: plain text files, a block for each intent.

A block is a line `# intent_name` and one question a line; blocks are parted by an empty line. The questions are
literal: marks of the grammar do not occur in them.
"""

from pathlib import Path

FOLDER = Path(__file__).with_name("questions")
GRAMMAR_MARKS = frozenset("[]<>{}|")


def read(folder: Path = FOLDER) -> dict[str, tuple[str, ...]]:
    """Return the questions of all files in the folder by intent name.

    Raises: ValueError for a question before the first name, or with a mark of the grammar.
    """
    found: dict[str, list[str]] = {}
    for path in sorted(folder.glob("*.txt")):
        name = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            if line.startswith("# "):
                name = line.removeprefix("# ")
            elif line:
                _check(line, name=name, path=path)
                found.setdefault(name, []).append(line)
    return {name: tuple(questions) for name, questions in found.items()}


def _check(line: str, *, name: str, path: Path) -> None:
    if not name:
        raise ValueError(f"{path.name}: question before the first intent: {line!r}")
    if GRAMMAR_MARKS & set(line):
        raise ValueError(f"{path.name}: question with a mark of the grammar: {line!r}")
