"""Progress is told from the steps of this run, not of the one it resumes."""

from models.recipe.progress import Progress


def test_the_line_names_step_and_smoothed_loss() -> None:
    progress = Progress(first_step=40, num_steps=100)
    progress.add(2.0, num_tokens=10)
    progress.add(1.0, num_tokens=10)
    line = progress.line(42)
    assert line.startswith("step 42/100  loss 1.950  ")
    assert line.endswith(" min left")


def test_a_run_at_its_end_has_no_time_left() -> None:
    progress = Progress(first_step=40, num_steps=100)
    progress.add(2.0, num_tokens=10)
    assert progress.line(100).endswith("  0 min left")
