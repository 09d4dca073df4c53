"""Fixtures that every test may use, and how many random examples a law is tried on.

`pytest` tries 50 examples of each law; `pytest -m slow` and `nox -s slow` (`-m ""`) try 2,000. Settings are read when a
test module is imported, so the profile is chosen before; a test that names a number of its own keeps it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import settings

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
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                item.add_marker(pytest.mark.slow)


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real faces and models, named by FRBENCH_TEST_DATA; without it the test is skipped, visibly."""
    folder = os.environ.get("FRBENCH_TEST_DATA")
    if not folder:
        pytest.skip("FRBENCH_TEST_DATA names no folder with real faces")
    return Path(folder)
