"""Every mistake a user can mend, with the exit code it leads to.

    FrBenchError
    ├── UsageError        2   command line or configuration
    ├── DataError         3   data set or input file
    ├── RecognizerError   4   recognizer or model
    ├── MachineError      6   disk, memory, locks
    └── Interrupted     130   stopped by the user; finished work is kept

A message is one sentence that says what is wrong, where (file and line, or key), and what to do. `code` is the
machine-readable word for the mistake (`nan_score`, `path_outside` ...). Errors are raised where the fact
is known and caught only in `fr_bench.cli`. A caller's bug is a `ValueError`, with its traceback.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class FrBenchError(Exception):
    """A mistake that the user can mend: shown as one sentence, without a traceback."""

    exit_code = 70

    def __init__(self, message: str, *, code: str = "error") -> None:
        super().__init__(message)
        self.message = message
        self.code = code


class UsageError(FrBenchError):
    """The command line or the configuration asks for something that does not exist or does not fit."""

    exit_code = 2


class DataError(FrBenchError):
    """A data set, a score file or another input file cannot be used as it is."""

    exit_code = 3


class RecognizerError(FrBenchError):
    """A recognizer or its model cannot be loaded, or answers in a way that cannot be measured."""

    exit_code = 4


class MachineError(FrBenchError):
    """The environment does not allow it: disk full, folder locked, too little memory."""

    exit_code = 6


class Interrupted(FrBenchError):  # noqa: N818 - the word of the shell, and no error of anybody's
    """Stopped by Ctrl-C (130) or SIGTERM (143); what was finished is kept."""

    exit_code = 130


MOST_NAMED = 24
"""Known words that a message lists; of more it says how many there are."""


def nearest(word: str, known: Iterable[str], beside: Iterable[str] = ()) -> str:
    """Say which known word was probably meant, as the tail of an error message.

    beside   further words that may have been meant, and are too many to be listed where none is near

    >>> nearest("onix", ["onnx", "baseline"])
    "; did you mean 'onnx'?"
    >>> nearest("zzz", ["onnx", "baseline"])
    '; known: baseline, onnx'
    >>> nearest("facs", ["lfw", "orl"], beside=["faces", "notes.txt"])
    "; did you mean 'faces'?"
    """
    known = sorted(set(known))
    close = difflib.get_close_matches(word, sorted({*known, *beside}), n=1, cutoff=0.55)
    if close:
        return f"; did you mean {shown(close[0])!r}?"
    if len(known) > MOST_NAMED:
        return f"; known: {', '.join(known[:MOST_NAMED])} ... ({len(known)} in all)"
    return f"; known: {', '.join(known)}" if known else ""


def shown(text: str, limit: int = 120) -> str:
    r"""Make hostile text safe for one line of a terminal: control, bidi and other invisible characters are escaped.

    >>> shown("a\x1b[31mb")
    'a\\x1b[31mb'
    >>> shown("김민수")
    '김민수'
    """
    safe = "".join(c if c.isprintable() else c.encode("unicode_escape").decode("ascii") for c in text)
    return safe if len(safe) <= limit else f"{safe[: limit - 1]}…"
