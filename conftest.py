"""For tests and doctests alike: no test touches the template cache, or the log of runs, of whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def template_cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A template cache, and a log of runs, in temporary folders."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        patch.setenv("FRBENCH_HISTORY", str(tmp_path_factory.mktemp("history") / "history.jsonl"))
        yield
