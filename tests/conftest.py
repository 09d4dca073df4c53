"""Fixtures that every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder with real faces and models, named by FRBENCH_TEST_DATA; without it the test is skipped, visibly."""
    folder = os.environ.get("FRBENCH_TEST_DATA")
    if not folder:
        pytest.skip("FRBENCH_TEST_DATA names no folder with real faces")
    return Path(folder)
