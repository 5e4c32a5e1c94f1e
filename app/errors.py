"""Every error that this service raises on purpose. Knows no HTTP and no torch.

    UnblockedError
    ├── InvalidRequestError          the caller sent something that can't be served as it is
    │   ├── PromptTooLongError       the prompt leaves no room in the context
    │   ├── UnsupportedFieldError    a known field that is not supported yet
    │   ├── ModelNotFoundError       no model of that name is served here
    │   └── NoEmbeddingModelError    embeddings are switched off
    ├── AccessError                  who asks, or from where, is not let in
    │   ├── UnauthorizedError        no API key, or not one of ours
    │   ├── WrongHostError           asked under a name that is not this server's
    │   └── ForeignOriginError       a web page from elsewhere asks
    ├── RefusedError                 a good request that is not taken now; carries retry_after_s
    │   ├── QueueFullError           as many requests or tokens wait as may wait
    │   │   └── OverShareError       the caller holds its share of them already
    │   ├── RateLimitedError         this key has used up its requests or tokens of the minute
    │   ├── TooManyConnectionsError  as many connections are being served as may be
    │   ├── DeadlineUnreachableError its time limit would run out before its answer is whole
    │   ├── EngineRestartingError    the engine failed and is being built anew
    │   └── DrainingError            the process is shutting down
    ├── DeadlineExceededError        the time limit of the request ran out
    ├── EngineError                  inference failed
    │   ├── OutOfSlotsError          the KV cache has no room for what was asked of it
    │   ├── SequenceFailedError      this sequence failed; the others go on
    │   └── EngineDeadError          the engine is gone; no request can finish
    │       └── EngineStalledError   it has not finished a step for too long
    ├── OffloadError                 work handed to a pool failed to run
    │   ├── PoolClosedError          the pool was shut down
    │   ├── WorkerLostError          a worker died twice under this very item
    │   └── WorkTimedOutError        the work did not end within its time limit
    └── ConfigurationError           the service can't start as configured
        └── ModelLoadError           the model can't be loaded, or must not be

`InvalidRequestError` names the field, the limit and the value; nothing of the user's text is ever in a message.
"""

from __future__ import annotations


class UnblockedError(Exception):
    """Base of every error raised on purpose. Its text is meant for the person who caused it."""


class InvalidRequestError(UnblockedError):
    """The request can't be served as it is. `param` is the field's path in the request, `code` OpenAI's short word."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None) -> None:
        super().__init__(message)
        self.param = param
        self.code = code


class PromptTooLongError(InvalidRequestError):
    """The prompt does not leave room for one generated token."""

    def __init__(self, *, num_tokens: int, max_tokens: int, param: str = "messages") -> None:
        super().__init__(
            f"the prompt has {num_tokens} tokens; this model takes at most {max_tokens} and needs room to answer",
            param=param,
            code="context_length_exceeded",
        )


class UnsupportedFieldError(InvalidRequestError):
    """A field that OpenAI's API knows and this service does not support yet: refused by name, never ignored."""

    def __init__(self, param: str, *, hint: str = "") -> None:
        super().__init__(f"'{param}' is not supported by this server{hint}", param=param, code="unsupported_parameter")


class ModelNotFoundError(InvalidRequestError):
    """No model of that name is served. The name is not repeated: it may be of any length."""

    def __init__(self, *, served: str) -> None:
        super().__init__(f"that model is not served here; this server has '{served}'", param="model")
        self.code = "model_not_found"


class NoEmbeddingModelError(InvalidRequestError):
    """Embeddings are switched off."""

    def __init__(self) -> None:
        super().__init__(
            "this server has no embedding model; to switch embeddings on, start it with UNBLOCKED_EMBEDDING_MODEL set "
            "to a folder or a hub id, such as sentence-transformers/all-MiniLM-L6-v2",
            param="model",
        )


class AccessError(UnblockedError):
    """Who asks, or from where, is not let in."""


class UnauthorizedError(AccessError):
    """The request has no API key, or not one of ours. The key is never repeated."""


class WrongHostError(AccessError):
    """The request asks for a host name that is not this server's."""


class ForeignOriginError(AccessError):
    """A browser sent the request for a web page that is not this server's."""


class RefusedError(UnblockedError):
    """A good request that is not taken now. `retry_after_s` is when it is worth trying again, in seconds."""

    def __init__(self, message: str, *, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class QueueFullError(RefusedError):
    """As many requests, or as many tokens, are accepted as the limits allow."""


class RateLimitedError(RefusedError):
    """The key has used up its requests or its tokens of the minute."""


class TooManyConnectionsError(RefusedError):
    """As many connections are being served as the limit allows."""


class OverShareError(QueueFullError):
    """The caller holds as much of what is accepted as it may, so that there is room for others."""


class DeadlineUnreachableError(RefusedError):
    """By what this server does per second, the request's time limit would run out before its answer is whole.

    Not a DeadlineExceededError: nothing was tried and time is left, so another server may still do it.
    """


class EngineRestartingError(RefusedError):
    """The engine failed and is being built anew."""


class DrainingError(RefusedError):
    """The process is shutting down and finishes only what it has accepted."""


class DeadlineExceededError(UnblockedError):
    """The request's time limit ran out before its answer was whole."""


class EngineError(UnblockedError):
    """Inference failed."""


class OutOfSlotsError(EngineError):
    """The KV cache has no room for what was asked of it. The cache is unchanged."""


class SequenceFailedError(EngineError):
    """This sequence failed; the rest of the batch goes on."""


class EngineDeadError(EngineError):
    """The engine is gone: no request that it held can finish, and no new one can start."""


class EngineStalledError(EngineDeadError):
    """The engine has not finished a step for too long and was given up."""


class OffloadError(UnblockedError):
    """Work handed to a thread or process pool could not be run."""


class PoolClosedError(OffloadError):
    """The pool was shut down."""


class WorkerLostError(OffloadError):
    """Worker processes died under this item more often than it may be retried."""


class WorkTimedOutError(OffloadError):
    """The work did not end within its time limit; its worker was replaced."""


class ConfigurationError(UnblockedError):
    """The service can't start as configured."""


class ModelLoadError(ConfigurationError):
    """The model can't be loaded, or must not be (pickled weights, code of its own)."""
