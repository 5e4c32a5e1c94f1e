from __future__ import annotations

import gc
from collections.abc import Iterator
from types import SimpleNamespace

import pytest

from app.concurrency.collector import collector_resting_for, keep_all_for_good

ABSENT = "app.there_is_no_such_module"


@pytest.fixture(autouse=True)
def _collector_as_before() -> Iterator[None]:
    gc.unfreeze()
    yield
    gc.unfreeze()
    gc.enable()


def is_walked(thing: object) -> bool:
    return any(other is thing for other in gc.get_objects())


def test_nothing_is_collected_during_a_first_import_and_its_objects_are_never_walked() -> None:
    with collector_resting_for(ABSENT):
        assert not gc.isenabled()
        brought = SimpleNamespace()
        assert is_walked(brought)
    assert gc.isenabled()
    assert not is_walked(brought)
    later = SimpleNamespace()
    assert is_walked(later)


def test_an_import_that_fails_leaves_the_collector_on() -> None:
    with pytest.raises(ImportError), collector_resting_for(ABSENT):
        raise ImportError
    assert gc.isenabled()


def test_a_module_that_is_there_already_changes_nothing() -> None:
    made = SimpleNamespace()
    with collector_resting_for("gc"):
        assert gc.isenabled()
    assert is_walked(made)


def test_a_collector_that_was_off_stays_off() -> None:
    gc.disable()
    with collector_resting_for(ABSENT):
        pass
    assert not gc.isenabled()


def test_garbage_goes_and_what_is_left_is_never_walked_again() -> None:
    gone: list[str] = []

    class Ring:
        def __init__(self) -> None:
            self.itself = self

        def __del__(self) -> None:
            gone.append("ring")

    Ring()
    kept = SimpleNamespace()
    keep_all_for_good()
    assert gone == ["ring"]
    assert not is_walked(kept)
