"""Results that the tests of reports share."""

from __future__ import annotations

import pytest

from fr_bench.findings import Result
from tests.reports import examples


@pytest.fixture(scope="session")
def result() -> Result:
    """A whole result of the generated data set."""
    return examples.example()
