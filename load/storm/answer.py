"""One HTTP/1.1 answer, read as its bytes come. Knows no socket; as strict as a client may be, because it judges."""

from __future__ import annotations

from dataclasses import dataclass

_MAX_HEAD_BYTES = 65_536


class BrokenAnswerError(Exception):
    """The server sent something that is not HTTP, or ended in the middle of an answer."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole answer. moments: when pieces of the body came, in seconds of the caller's clock.

    offsets: how many bytes of the body had come at each moment. The headers' names are lower case.
    """

    status: int
    headers: dict[bytes, bytes]
    body: bytes
    moments: tuple[float, ...]
    num_bytes: int
    offsets: tuple[int, ...] = ()

    @property
    def is_stream(self) -> bool:
        return self.headers.get(b"content-type", b"").startswith(b"text/event-stream")

    @property
    def is_complete(self) -> bool:
        """A good answer that says everything: JSON, or a stream with its end and no error event."""
        if self.status != 200:
            return False
        if self.is_stream:
            return (
                self.body.endswith((b"data: [DONE]\n\n", b"data: [DONE]\r\n\r\n"))
                and b'data: {"error"' not in self.body
            )
        return self.body[:1] == b"{"

    @property
    def is_last(self) -> bool:
        """Whether the server closes the connection behind it."""
        return self.headers.get(b"connection", b"").lower() == b"close"


class AnswerReader:
    """Feed it bytes until it says that the answer is whole, then take the answer."""

    def __init__(self, *, has_body: bool = True) -> None:
        self._has_body = has_body
        self._rest = b""
        self._status = 0
        self._headers: dict[bytes, bytes] = {}
        self._num_left: int | None = None  # of the body or its present chunk; None: up to the connection's end
        self._is_chunked = False
        self._is_whole = False
        self._pieces: list[bytes] = []
        self._moments: list[float] = []
        self._offsets: list[int] = []
        self.num_bytes = 0

    @property
    def has_begun(self) -> bool:
        """Whether the head of an answer has come."""
        return self._status != 0

    def feed(self, data: bytes, now: float) -> bool:
        """Take bytes that came at `now`; returns whether the answer is whole. Raises: BrokenAnswerError."""
        self.num_bytes += len(data)
        self._rest += data
        while not self.has_begun:
            if not self._read_head():
                return False
        num_pieces = len(self._pieces)
        if self._is_chunked:
            self._read_chunks()
        elif not self._is_whole:
            self._read_plain()
        if len(self._pieces) > num_pieces:
            self._moments.append(now)
            before = self._offsets[-1] if self._offsets else 0
            self._offsets.append(before + sum(map(len, self._pieces[num_pieces:])))
        return self._is_whole

    def end(self) -> bool:
        """The connection ended; returns whether the answer is whole all the same."""
        if self.has_begun and not self._is_chunked and self._num_left is None:
            self._is_whole = True
        return self._is_whole

    @property
    def answer(self) -> Answer:
        """Raises: BrokenAnswerError, if it is not whole."""
        if not self._is_whole:
            raise BrokenAnswerError(f"an answer broke off after {self.num_bytes} bytes (status {self._status})")
        body, moments, offsets = b"".join(self._pieces), tuple(self._moments), tuple(self._offsets)
        return Answer(self._status, self._headers, body, moments, self.num_bytes, offsets)

    def _read_head(self) -> bool:
        head, end, rest = self._rest.partition(b"\r\n\r\n")
        if not end:
            if len(self._rest) > _MAX_HEAD_BYTES:
                raise BrokenAnswerError("a head without end")
            return False
        self._rest = rest
        first, *lines = head.split(b"\r\n")
        version, _, words = first.partition(b" ")
        if version not in (b"HTTP/1.1", b"HTTP/1.0") or not words[:3].isdigit():
            raise BrokenAnswerError(f"not HTTP: {first[:40]!r}")
        status = int(words[:3])
        if 100 <= status < 200:  # "go on", before the answer itself
            return bool(rest)
        self._status = status
        self._headers = {name.strip().lower(): value.strip() for name, _, value in (x.partition(b":") for x in lines)}
        self._choose_framing()
        return True

    def _choose_framing(self) -> None:
        length = self._headers.get(b"content-length")
        if not self._has_body or self._status in (204, 304):
            self._is_whole = True
        elif self._headers.get(b"transfer-encoding", b"").lower() == b"chunked":
            self._is_chunked = True
        elif length is not None:
            if not length.isdigit():
                raise BrokenAnswerError("a length that is no number")
            self._num_left = int(length)

    def _read_plain(self) -> None:
        """What follows behind the announced length is another answer, to bytes that were another request."""
        piece, self._rest = self._rest[: self._num_left], b""
        if self._num_left is not None:
            self._num_left -= len(piece)
            self._is_whole = self._num_left == 0
        if piece:
            self._pieces.append(piece)

    def _read_chunks(self) -> None:
        while not self._is_whole:
            size_line, end, rest = self._rest.partition(b"\r\n")
            if not end:
                return
            try:
                size = int(size_line.partition(b";")[0], 16)
            except ValueError:
                raise BrokenAnswerError(f"not a chunk's size: {size_line[:20]!r}") from None
            if len(rest) < size + 2:
                return
            if size:
                self._pieces.append(rest[:size])
            self._is_whole = size == 0
            self._rest = rest[size + 2 :]
