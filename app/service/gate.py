"""Who is let in: whether an engine runs, whether there is room, and whether the end would come in time."""

from __future__ import annotations

from app.errors import (
    DeadlineUnreachableError,
    DrainingError,
    EngineDeadError,
    EngineRestartingError,
    OverShareError,
    QueueFullError,
    UnblockedError,
)
from app.observability.metrics import Metrics
from app.service.admission import Permit
from app.service.chat_parts import AdmissionLike, EngineLike
from app.service.rates import ServiceRates

# A longer line does not make the engine faster, only every answer later: the rest of the limit is for the answer.
_MAX_WAIT_SHARE = 0.25
# Of who has little in line beside others: it is they who fill it, and a burst of its own is soon over.
_MAX_WAIT_SHARE_OF_THE_MODEST = 0.5

# The first that fits names the refusal in the metrics.
_REASONS: tuple[tuple[type[UnblockedError], str], ...] = (
    (OverShareError, "over_share"),
    (QueueFullError, "queue_full"),
    (DeadlineUnreachableError, "deadline"),
    (DrainingError, "draining"),
    (EngineRestartingError, "engine_restarting"),
    (EngineDeadError, "engine_dead"),
)


class Gate:
    """Refuses and counts why, or reserves. Nothing here awaits, so no burst gets past it. Thread: the event loop's."""

    def __init__(
        self, *, engine: EngineLike, admission: AdmissionLike, rates: ServiceRates, metrics: Metrics, max_model_len: int
    ) -> None:
        self._engine = engine
        self._admission = admission
        self._rates = rates
        self._metrics = metrics
        self._max_model_len = max_model_len

    def check(self, *, owner: str, timeout_s: float) -> None:
        """Raise what even the smallest request of this owner would be refused with now.

        Raises: QueueFullError, OverShareError, DeadlineUnreachableError, DrainingError, EngineDeadError,
        EngineRestartingError.
        """
        try:
            self._engine.check()
            self._admission.check(owner=owner)
            self._check_line(owner, timeout_s)
        except UnblockedError as error:
            self._count(error)
            raise

    def reserve(self, *, num_prompt_tokens: int, max_tokens: int, owner: str, timeout_s: float) -> Permit:
        """Take in an answer to a request that `check` let through.

        Raises: QueueFullError, OverShareError, DeadlineUnreachableError, DrainingError.
        """
        num_tokens = min(num_prompt_tokens + max_tokens, self._max_model_len)
        try:
            num_ahead = self._admission.num_tokens_ahead(num_tokens, owner=owner)
            run_s = self._rates.run_s(num_prompt_tokens=num_prompt_tokens, max_tokens=max_tokens)
            self._check_reachable(num_ahead, run_s, timeout_s)
            return self._admission.reserve(num_tokens, owner=owner)
        except UnblockedError as error:
            self._count(error)
            raise

    def _check_line(self, owner: str, timeout_s: float) -> None:
        """Refuse who would stand in line for too much of its time. Rates that are unknown refuse nobody."""
        wait_s = self._rates.wait_s(self._admission.num_tokens_ahead(1, owner=owner))
        if wait_s <= timeout_s * _MAX_WAIT_SHARE:
            return
        share = _MAX_WAIT_SHARE_OF_THE_MODEST if self._admission.holds_less(owner) else _MAX_WAIT_SHARE
        if wait_s > timeout_s * share:
            raise DeadlineUnreachableError(
                f"the line is {wait_s:.1f} s long, more than {share:.0%} of the time limit of {timeout_s:g} s",
                retry_after_s=self._admission.retry_after_s(),
            )

    def _check_reachable(self, num_ahead: int, run_s: float, timeout_s: float) -> None:
        """Refuse what would run out of time by the rates measured lately.

        Not where nobody waits: the rates may tell of a crowd long gone, and only work that is begun corrects them.
        """
        needed_s = self._rates.wait_s(num_ahead) + run_s
        if num_ahead and needed_s > timeout_s:
            raise DeadlineUnreachableError(
                f"the answer would take about {needed_s:.1f} s and its time limit is {timeout_s:g} s",
                retry_after_s=self._admission.retry_after_s(),
            )

    def _count(self, error: UnblockedError) -> None:
        self._metrics.request_refused(next((word for kind, word in _REASONS if isinstance(error, kind)), "other"))
