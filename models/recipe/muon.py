"""Muon in the dtype that the machine multiplies fast.

torch's own computes in bf16 only: 18 s a step on a CPU without such instructions.
"""

from collections.abc import Iterable
from concurrent.futures import Executor
from typing import Any

import torch

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
NUM_ITERATIONS = 5
MOMENTUM = 0.95


class Muon(torch.optim.Optimizer):
    """Momentum whose matrices are orthogonalised (Keller Jordan, github.com/KellerJordan/Muon), Nesterov form.

    The step is scaled to the size of AdamW's, as `match_rms_adamw` of torch.optim.Muon does. Parameters are
    matrices; each is updated as a job of its own in `executor`.
    """

    def __init__(
        self,
        params: Iterable[torch.nn.Parameter],
        *,
        lr: float,
        weight_decay: float,
        dtype: torch.dtype,
        executor: Executor,
    ) -> None:
        super().__init__(params, {"lr": lr, "weight_decay": weight_decay})
        self.dtype, self.executor = dtype, executor

    def step(self, closure: Any = None) -> Any:
        """Update all parameters that have gradients; `closure` has to be None."""
        assert closure is None
        for group in self.param_groups:
            jobs = [self.executor.submit(self._update, p, group) for p in group["params"] if p.grad is not None]
            for job in jobs:
                job.result()

    @torch.no_grad()
    def _update(self, parameter: torch.Tensor, group: dict[str, Any]) -> None:
        gradient = parameter.grad
        assert gradient is not None
        state = self.state[parameter]
        if "momentum_buffer" not in state:
            state["momentum_buffer"] = torch.zeros_like(gradient)
        momentum = state["momentum_buffer"].lerp_(gradient, 1 - MOMENTUM)
        direction = orthogonal(gradient.lerp(momentum, MOMENTUM).to(self.dtype)).to(parameter.dtype)
        parameter.mul_(1 - group["lr"] * group["weight_decay"])
        parameter.add_(direction, alpha=-group["lr"] * 0.2 * float(max(parameter.shape)) ** 0.5)


def orthogonal(matrix: torch.Tensor) -> torch.Tensor:
    """Return the nearest matrix with singular values of 0.7 to 1.2, by a quintic Newton-Schulz iteration."""
    is_tall = matrix.shape[0] > matrix.shape[1]
    x = matrix.T if is_tall else matrix
    x = x / x.norm().clamp(min=1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(NUM_ITERATIONS):
        gram = x @ x.T
        x = torch.addmm(x, torch.addmm(gram, gram, gram, beta=b, alpha=c), x, beta=a)
    return x.T if is_tall else x
