"""Progress as an observer that is handed in: stages tell it what they do; they never know how it is shown."""

from __future__ import annotations

import json
import sys
import time
from types import TracebackType
from typing import IO, Any, Literal, Protocol

from fr_bench.numerals import grouped

ProgressStyle = Literal["auto", "rich", "plain", "json", "none"]

PLAIN_EVERY = 10.0
"""Seconds between two plain lines of one phase; a phase that ends sooner than one second says nothing."""


class Observer(Protocol):
    """What a stage tells while it works. Phases follow each other; they do not nest."""

    def start(self, phase: str, total: int, unit: str) -> None:
        """A phase begins: what is done ("templates"), of how many, of what ("images")."""

    def advance(self, done: int) -> None:
        """So many more are done."""

    def finish(self) -> None:
        """The phase is over."""


class Silent:
    """Shows nothing."""

    def start(self, phase: str, total: int, unit: str) -> None: ...

    def advance(self, done: int) -> None: ...

    def finish(self) -> None: ...


class Plain:
    """A line every ten seconds and at the end of each phase, for logs and places without a terminal."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        self.stream = stream or sys.stderr
        self.phase, self.total, self.unit, self.done = "", 0, "", 0
        self.began = self.told = 0.0
        self.told_done = -1

    def start(self, phase: str, total: int, unit: str) -> None:
        self.phase, self.total, self.unit, self.done, self.told_done = phase, total, unit, 0, -1
        self.began = self.told = time.monotonic()

    def advance(self, done: int) -> None:
        self.done += done
        now = time.monotonic()
        if now - self.told >= PLAIN_EVERY:
            self.told, self.told_done = now, self.done
            self.tell(now)

    def finish(self) -> None:
        now = time.monotonic()
        if now - self.began >= 1.0 and self.told_done != self.done:
            self.tell(now)

    def tell(self, now: float) -> None:
        """Write what there is to say of the phase now."""
        took = max(now - self.began, 1e-9)
        rate = self.done / took
        left = (self.total - self.done) / rate if rate > 0 else float("inf")
        done = f"{grouped(self.done)} of {grouped(self.total)} {self.unit}"
        line = f"{self.phase}: {done}, {grouped(round(rate))} {self.unit}/s"
        if self.done < self.total and left != float("inf"):
            line += f", {duration(left)} left"
        else:
            line += f", took {duration(took)}"
        print(line, file=self.stream, flush=True)


class JsonLines(Plain):
    """The same as JSON, one object a line."""

    def tell(self, now: float) -> None:
        took = now - self.began
        record = {"phase": self.phase, "done": self.done, "total": self.total, "unit": self.unit, "seconds": took}
        print(json.dumps(record), file=self.stream, flush=True)


class Bars:
    """Live bars in a terminal, by rich: what, how many of how many, rate, time left."""

    def __init__(self, stream: IO[str] | None = None) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

        self.progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            console=Console(file=stream or sys.stderr),
            transient=True,
        )
        self.task: Any = None
        self.unit = ""
        self.began = 0.0

    def start(self, phase: str, total: int, unit: str) -> None:
        self.progress.start()
        self.unit, self.began = unit, time.monotonic()
        self.task = self.progress.add_task(phase, total=total, rate="")

    def advance(self, done: int) -> None:
        completed = self.progress.tasks[-1].completed + done
        rate = completed / max(time.monotonic() - self.began, 1e-9)
        self.progress.update(self.task, advance=done, rate=f"{rate:,.0f} {self.unit}/s")

    def finish(self) -> None:
        if self.task is not None:
            self.progress.remove_task(self.task)
            self.task = None
        self.progress.stop()


class Shown:
    """The observer that a command line asks for, stopped cleanly whatever happens: `with Shown("auto") as observer`."""

    def __init__(self, style: ProgressStyle) -> None:
        self.observer = chosen(style)

    def __enter__(self) -> Observer:
        return self.observer

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(self.observer, Bars):
            self.observer.finish()


def chosen(style: ProgressStyle) -> Observer:
    """The observer for a style; "auto" is live bars in a terminal and plain lines elsewhere."""
    if style == "auto":
        style = "rich" if sys.stderr.isatty() else "plain"
    if style == "rich":
        return Bars()
    if style == "plain":
        return Plain()
    if style == "json":
        return JsonLines()
    return Silent()


def duration(seconds: float) -> str:
    """A duration as people say it.

    >>> duration(0.4), duration(75), duration(7322)
    ('0.4 s', '1 min 15 s', '2 h 2 min')
    """
    if seconds < 10:
        return f"{seconds:.1f} s"
    if seconds < 60:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60} h {minutes % 60} min"
