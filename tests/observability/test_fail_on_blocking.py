"""The plugin, over tests that hold the loop on purpose and tests that do not: those of blocking_samples.py."""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SAMPLES = "tests/observability/blocking_samples.py"
TIMEOUT_S = 300
THRESHOLD_MS = 250
# of the call that sleeps
LINE = 2 + (ROOT / SAMPLES).read_text().splitlines().index("async def sleep() -> None:")


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Each sample's name, and why it failed: "" if it passed."""
    report = tmp_path_factory.mktemp("judged") / "report.xml"
    command = [sys.executable, "-m", "pytest", SAMPLES, f"--fail-on-blocking={THRESHOLD_MS}", f"--junitxml={report}"]
    subprocess.run(command, cwd=ROOT, check=False, timeout=TIMEOUT_S, stdout=subprocess.DEVNULL)
    verdicts: dict[str, str] = {}
    for case in ElementTree.parse(report).iter("testcase"):
        faults = [*case.iter("failure"), *case.iter("error")]
        verdicts[case.attrib["name"]] = "\n".join(fault.attrib["message"] + (fault.text or "") for fault in faults)
    return verdicts


@pytest.mark.slow
def test_no_innocent_test_fails(judged: dict[str, str]) -> None:
    innocent = {name: why for name, why in judged.items() if name.startswith("test_innocent")}
    assert len(innocent) == 10
    assert set(innocent.values()) == {""}


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("test_guilty_handler[/sleep]", f"blocking_samples.py:{LINE} sleep <"),
        ("test_guilty_handler[/socket]", "read_a_socket <"),
        ("test_guilty_handler[/compute]", "compute_here <"),
        ("test_guilty_handler[/encode]", ""),  # it kept the GIL: who is seen as it lets go is chance
        ("test_guilty_handler[/encode_in_thread]", "keeps the GIL: "),
        ("test_guilty_handler_on_another_threads_loop[/sleep]", f"blocking_samples.py:{LINE} sleep <"),
        ("test_guilty_handler_on_another_threads_loop[/encode_in_thread]", "keeps the GIL: "),
        ("test_guilty_callback", "at sleep"),
        ("test_guilty_in_a_fixture", f"blocking_samples.py:{LINE} sleep <"),
    ],
)
def test_whatever_holds_the_loop_fails_its_test_and_is_named(judged: dict[str, str], name: str, where: str) -> None:
    assert "the event loop was held" in judged[name]
    assert where in judged[name]


def test_every_guilty_sample_has_its_claim(judged: dict[str, str]) -> None:
    assert len([name for name in judged if name.startswith("test_guilty")]) == 9
