"""Token batches: dialogues of like length together, to pad little; only the assistant's tokens are targets."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from tokenizers import Tokenizer

from models.recipe import corpus
from models.recipe.dialogue import END_OF_TEXT, START, Dialogue, segments
from models.recipe.settings import Recipe
from models.recipe.tearing import torn
from models.recipe.trimming import is_composed, may_be_cut

CHUNK = 4096


@dataclass(frozen=True)
class Example:
    """One dialogue as token ids; `is_target[i]` says whether token i is learned."""

    ids: list[int]
    is_target: list[bool]


@dataclass(frozen=True)
class Batch:
    """Inputs [rows, length] int64, right-padded, and targets of the same shape, -100 where nothing is learned."""

    inputs: torch.Tensor
    targets: torch.Tensor


def encode(path: Path, tokenizer: Tokenizer, *, recipe: Recipe) -> list[Example]:
    """Return all dialogues of the corpus file as examples, cut at the recipe's `max_train_len` tokens.

    Of a last answer to know by heart only the first `cut_tokens` stay, but for a share of `whole_share`.
    In every other conversation whose answers are not composed of the user's words, some of these words are torn.
    """
    rng = random.Random(recipe.seed)
    max_len = recipe.max_train_len
    examples: list[Example] = []
    for chunk in _chunks(path):
        pieces = [_pieces(dialogue, rng, torn_share=recipe.torn_share) for dialogue in chunk]
        flat = [text for piece in pieces for text, _ in piece]
        encoded = iter(tokenizer.encode_batch_fast(flat, add_special_tokens=False))
        for dialogue, piece in zip(chunk, pieces, strict=True):
            parts = [(next(encoded).ids, is_target) for _, is_target in piece]
            if may_be_cut(dialogue) and rng.random() >= recipe.whole_share:
                parts[-2:] = [(parts[-2][0][: recipe.cut_tokens], True)]
            ids = [token for part, _ in parts for token in part]
            flags = [is_target for part, is_target in parts for _ in part]
            examples.append(Example(ids[: max_len + 1], flags[: max_len + 1]))
    return examples


def plan(examples: Sequence[Example], *, batch_tokens: int, seed: int) -> list[list[int]]:
    """Return one epoch's batches as lists of indices, in random order, of about `batch_tokens` padded tokens."""
    rng = random.Random(seed)
    order = list(range(len(examples)))
    rng.shuffle(order)
    result: list[list[int]] = []
    for start in range(0, len(order), CHUNK * 2):
        rows: list[int] = []
        for index in sorted(order[start : start + CHUNK * 2], key=lambda i: len(examples[i].ids)):
            if rows and (len(rows) + 1) * len(examples[index].ids) > batch_tokens:
                result.append(rows)
                rows = []
            rows.append(index)
        result.append(rows)
    rng.shuffle(result)
    return result


def collate(rows: Sequence[Example], pad_id: int) -> Batch:
    """Return the rows as one padded batch."""
    length = max(len(row.ids) for row in rows) - 1
    inputs = torch.full((len(rows), length), pad_id)
    targets = torch.full((len(rows), length), -100)
    for number, row in enumerate(rows):
        size = len(row.ids) - 1
        ids = torch.tensor(row.ids)
        inputs[number, :size] = ids[:-1]
        targets[number, :size] = torch.where(torch.tensor(row.is_target[1:]), ids[1:], -100)
    return Batch(inputs, targets)


def pad_id(tokenizer: Tokenizer) -> int:
    """Return the id used for padding."""
    token_id = tokenizer.token_to_id(END_OF_TEXT)
    assert token_id is not None
    return token_id


def _pieces(dialogue: Dialogue, rng: random.Random, *, torn_share: float) -> list[tuple[str, bool]]:
    pieces = segments(dialogue)
    if not torn_share or is_composed(dialogue) or rng.random() < 0.5:
        return pieces
    return [(part, learned) for text, learned in pieces for part in _parts(text, learned, rng, torn_share)]


def _parts(text: str, learned: bool, rng: random.Random, share: float) -> list[str]:
    head = f"{START}user\n"
    if learned or not text.startswith(head):
        return [text]
    first, *rest = torn(text.removeprefix(head), rng, share=share)
    return [head + first, *rest]


def _chunks(path: Path) -> Iterator[Sequence[Dialogue]]:
    dialogues = corpus.read(path)
    while chunk := [dialogue for _, dialogue in zip(range(CHUNK), dialogues, strict=False)]:
        yield chunk
