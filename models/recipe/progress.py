"""What a training run says about itself: smoothed loss, speed, remaining time."""

import time


class Progress:
    """Smoothed loss, speed and remaining time of a run."""

    def __init__(self, *, first_step: int, num_steps: int) -> None:
        self.first_step, self.num_steps = first_step, num_steps
        self.began, self.num_tokens, self.loss = time.monotonic(), 0, 0.0

    def add(self, loss: float, *, num_tokens: int) -> None:
        """Count one step."""
        self.loss = 0.95 * self.loss + 0.05 * loss if self.loss else loss
        self.num_tokens += num_tokens

    def line(self, step: int) -> str:
        """Return the line to print after the given step."""
        spent_s = time.monotonic() - self.began
        left_s = spent_s / max(1, step - self.first_step) * (self.num_steps - step)
        speed = self.num_tokens / max(spent_s, 1e-9)
        return f"step {step}/{self.num_steps}  loss {self.loss:.3f}  {speed:.0f} tokens/s  {left_s / 60:.0f} min left"
