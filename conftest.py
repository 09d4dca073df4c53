"""For tests and doctests alike: no test reads or writes the template cache of whoever runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest


@pytest.fixture(scope="session", autouse=True)
def template_cache_of_the_tests(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A template cache in a temporary folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FRBENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        yield
