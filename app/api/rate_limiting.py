"""Counts requests and tokens against each key's limits, and tells in every answer what is left."""

from __future__ import annotations

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.api.auth import api_key_of
from app.api.error_answers import error_response
from app.api.rate_limits import Account, RateLimits
from app.api.request_log import request_log_of
from app.errors import RateLimitedError

SCOPE_KEY = "unblocked.token_charge"
CHARS_PER_TOKEN = 4
COUNTED = "/v1/"


class TokenCharge:
    """What one request has taken of its key's tokens. Owner: the task that serves the request."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.num_tokens = 0

    def take(self, num_tokens: int) -> None:
        """Take what the request may need. Raises: RateLimitedError."""
        self._account.take_tokens(num_tokens)
        self.num_tokens = num_tokens

    def settle(self, num_used: int) -> None:
        """Give back what was not used."""
        self._account.settle_tokens(taken=self.num_tokens, used=num_used)


class RateLimiting:
    """Pure ASGI, inside of Authentication, which says whose request it is. Counts what begins with /v1/."""

    def __init__(self, app: ASGIApp, *, limits: RateLimits) -> None:
        self._app = app
        self._limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request, or answer 429; then settle its tokens.

        A whole answer counts what it used, a refused request nothing, and one that broke off what it could have used.
        """
        if scope["type"] != "http" or not scope["path"].startswith(COUNTED):
            await self._app(scope, receive, send)
            return
        account = self._limits.account_of(api_key_of(scope))
        charge = scope[SCOPE_KEY] = TokenCharge(account)

        async def send_with_limits(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [(name.encode(), value.encode()) for name, value in account.headers()]
                message = {**message, "headers": [*message.get("headers", ()), *headers]}
            await send(message)

        try:
            account.take_request()
        except RateLimitedError as error:
            await error_response(error)(scope, receive, send_with_limits)
            return
        try:
            await self._app(scope, receive, send_with_limits)
        finally:
            notes = request_log_of(scope)
            if notes.usage is not None:
                charge.settle(notes.usage.num_prompt_tokens + notes.usage.num_completion_tokens)
            elif 400 <= notes.status < 500 or notes.status == 503:  # refused before any work
                charge.settle(0)


def take_tokens(scope: Any, *, num_chars: int, max_tokens: int) -> None:
    """Take, before any work, what a request may need at most. Raises: RateLimitedError."""
    charge: TokenCharge = scope[SCOPE_KEY]
    charge.take(num_chars // CHARS_PER_TOKEN + max_tokens)
