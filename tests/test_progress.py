"""Progress: what, how many of how many, how fast, how long still; plain lines where there is no terminal."""

from __future__ import annotations

import io
import json

import pytest

from fr_bench import progress


class Clock:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(progress.time, "monotonic", clock)
    return clock


def test_plain_lines_come_every_ten_seconds_and_at_the_end(clock: Clock) -> None:
    stream = io.StringIO()
    observer = progress.Plain(stream)
    observer.start("templates", 1000, "images")
    for _ in range(4):
        clock.now += 6
        observer.advance(250)
    observer.finish()
    assert stream.getvalue().splitlines() == [
        "templates: 500 of 1 000 images, 42 images/s, 12 s left",
        "templates: 1 000 of 1 000 images, 42 images/s, took 24 s",
    ]


def test_short_phases_say_nothing(clock: Clock) -> None:
    stream = io.StringIO()
    observer = progress.Plain(stream)
    observer.start("data", 10, "images")
    clock.now += 0.5
    observer.advance(10)
    observer.finish()
    assert stream.getvalue() == ""


def test_json_lines_are_json(clock: Clock) -> None:
    stream = io.StringIO()
    observer = progress.JsonLines(stream)
    observer.start("templates", 10, "images")
    clock.now += 2
    observer.advance(10)
    observer.finish()
    expected = {"phase": "templates", "done": 10, "total": 10, "unit": "images", "seconds": 2.0}
    assert [json.loads(line) for line in stream.getvalue().splitlines()] == [expected]


def test_without_a_terminal_auto_is_plain() -> None:
    assert type(progress.chosen("auto")) is progress.Plain


def test_bars_live_and_end() -> None:
    with progress.Shown("rich") as observer:
        observer.start("templates", 10, "images")
        observer.advance(4)
        observer.advance(6)
        observer.finish()
