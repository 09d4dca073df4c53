"""How many random examples a law is tried on: 50 in the ordinary suite, 2,000 where slow tests are asked for.

`pytest` tries 50; `pytest -m slow` and `nox -s slow` (`-m ""`) try 2,000. Settings are read when a test module is
imported, so the profile is chosen before.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

HERE = Path(__file__).parent
FAST, THOROUGH = 50, 2000

settings.register_profile("fast", max_examples=FAST, deadline=None)
settings.register_profile("thorough", max_examples=THOROUGH, deadline=None)


def thorough(config: pytest.Config) -> bool:
    """Whether slow tests are asked for: `-m ""` takes them in, `-m slow` names them."""
    expression = str(config.getoption("markexpr", default=""))
    return not expression or ("slow" in expression and "not slow" not in expression)


def pytest_configure(config: pytest.Config) -> None:
    """Choose the profile."""
    settings.load_profile("thorough" if thorough(config) else "fast")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With 2,000 examples every law is a slow test, so that `-m slow` finds it."""
    if thorough(config):
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(pytest.mark.slow)
