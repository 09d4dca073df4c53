"""On which line each key of a TOML document stands, which the standard library's reader does not say."""

from __future__ import annotations

import re
import tomllib

KeyPath = tuple[str | int, ...]
"""The way to a value: keys, and numbers for elements of arrays."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_KEY = re.compile(r"""[ \t]*("(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)[ \t]*""")
_STRING = re.compile(r'"""(?:[^\\]|\\[\s\S])*?"{3,5}|' r"'''[\s\S]*?'{3,5}|" r'"(?:[^"\\\n]|\\.)*"|' r"'[^'\n]*'")
_BARE = re.compile(r"[^,\]\}#\n]+")


def key_lines(text: str) -> dict[KeyPath, int]:
    r"""The line of every key and array element of a valid TOML text, the first line being 1.

    >>> key_lines("a = 1\n[b.c]\nd = { e = 2, f = [3,\n 4] }\n")[("b", "c", "d", "f", 1)]
    4
    """
    return _Scan(text).document()


class _Scan:
    """One pass over a text that tomllib has accepted already, so its grammar is taken for granted."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.lines: dict[KeyPath, int] = {}
        self.counted = (0, 1)
        self.arrays: dict[KeyPath, int] = {}

    def document(self) -> dict[KeyPath, int]:
        table: KeyPath = ()
        self.skip_blank()
        while self.at < len(self.text):
            if self.text.startswith("[[", self.at):
                table = self.header(2)
                number = self.arrays[table] = self.arrays.get(table, -1) + 1
                table = (*table, number)
                self.note(table)
            elif self.text[self.at] == "[":
                table = self.header(1)
            else:
                self.pair(table)
            self.skip_blank()
        return self.lines

    def header(self, brackets: int) -> KeyPath:
        start = self.at
        self.at += brackets
        path: KeyPath = ()
        keys = self.key()
        for number, key in enumerate(keys, 1):
            path = (*path, key)
            if path in self.arrays and (brackets == 1 or number < len(keys)):
                path = (*path, self.arrays[path])  # a table inside the latest element of an array of tables
        self.at += brackets
        self.lines.setdefault(path, self.line(start))
        return path

    def pair(self, table: KeyPath) -> None:
        start = self.at
        path = table
        for key in self.key():
            path = (*path, key)
            self.lines.setdefault(path, self.line(start))
        self.at += 1  # "="
        self.value(path)

    def key(self) -> list[str]:
        parts = []
        while found := _KEY.match(self.text, self.at):
            self.at = found.end()
            quoted = found[1][0] in "\"'"
            parts.append(str(tomllib.loads(f"x = {found[1]}")["x"]) if quoted else found[1])
            if self.text[self.at] != ".":
                break
            self.at += 1
        return parts

    def value(self, path: KeyPath) -> None:
        self.skip_blank()
        first = self.text[self.at]
        if first == "[":
            self.inside("]", path)
        elif first == "{":
            self.inside("}", path)
        else:
            found = _STRING.match(self.text, self.at) or _BARE.match(self.text, self.at)
            self.at = found.end() if found else self.at + 1

    def inside(self, closing: str, path: KeyPath) -> None:
        """The elements of an array, or the pairs of an inline table."""
        self.at += 1
        number = 0
        self.skip_blank()
        while self.text[self.at] != closing:
            if closing == "}":
                self.pair(path)
            else:
                self.note((*path, number))
                self.value((*path, number))
                number += 1
            self.skip_blank()
            if self.text[self.at] == ",":
                self.at += 1
                self.skip_blank()
        self.at += 1

    def skip_blank(self) -> None:
        found = _BLANK.match(self.text, self.at)
        self.at = found.end() if found else self.at

    def note(self, path: KeyPath) -> None:
        self.lines.setdefault(path, self.line(self.at))

    def line(self, at: int) -> int:
        """The line of a position; positions come in rising order, so each newline is counted once."""
        before, number = self.counted
        number += self.text.count("\n", before, at)
        self.counted = (at, number)
        return number
