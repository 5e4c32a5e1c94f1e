"""Which batches a run sees, in which order, and how the learning rate goes."""

from collections.abc import Sequence

from models.recipe import batches
from models.recipe.settings import Recipe


def rate_factor(step: int, *, num_steps: int, recipe: Recipe) -> float:
    """Return the learning rate's factor: linear warm-up, a plateau, then a linear fall over the last `decay_share`."""
    if step < recipe.warmup_steps:
        return (step + 1) / recipe.warmup_steps
    left = (num_steps - step) / max(1.0, num_steps * recipe.decay_share)
    return min(1.0, max(left, 0.02))


def plan_steps(examples: Sequence[batches.Example], recipe: Recipe) -> list[list[int]]:
    """Return the batches of the whole run; a broken number of epochs ends inside one."""
    steps: list[list[int]] = []
    whole = 0
    while whole < recipe.num_epochs:
        epoch = batches.plan(examples, batch_tokens=recipe.batch_tokens, seed=recipe.seed + whole)
        steps += epoch[: round(len(epoch) * min(1.0, recipe.num_epochs - whole))]
        whole += 1
    return steps
