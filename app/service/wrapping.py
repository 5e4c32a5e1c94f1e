"""The seam around what a request passes through: where faults are injected, and by default nothing is."""

from __future__ import annotations

from app.engine.protocol import Engine
from app.service.chat_parts import AdmissionLike, ChatEncoder
from app.service.text_stream import StopScanner, TextDecoder


class Wrapping:
    """Returns each part as it is. Whoever wants to stand before one overrides its method."""

    def admission(self, admission: AdmissionLike) -> AdmissionLike:
        return admission

    def encoder(self, encoder: ChatEncoder) -> ChatEncoder:
        return encoder

    def engine(self, engine: Engine) -> Engine:
        """Thread: the engine's own, once it was built."""
        return engine

    def decoder(self, decoder: TextDecoder) -> TextDecoder:
        return decoder

    def scanner(self, scanner: StopScanner) -> StopScanner:
        return scanner
