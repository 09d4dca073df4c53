"""Reads the options of a recognizer: every complaint names the key, its place, and the nearest valid word."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from fr_bench.contracts import Options, Points
from fr_bench.errors import UsageError, nearest, shown


@dataclass(frozen=True, slots=True)
class Settings:
    """Options by key, with the place that each of them came from.

    origin   the place of the keys that did not come from `where`, such as the model's own description file
    prefix   what stands before a key in messages: "input." for the table `input`
    """

    values: Mapping[str, Any]
    where: str = ""
    origin: Mapping[str, str] = field(default_factory=dict)
    prefix: str = ""

    @classmethod
    def of(cls, options: Options) -> Settings:
        """The options of a plug-in; `use`, which named the plug-in, is none of them."""
        return cls({key: value for key, value in options.values.items() if key != "use"}, options.where)

    def place(self, key: str) -> str:
        """The key and where it stands, to begin a message with."""
        where = self.origin.get(key, self.where)
        return f"{where}: {self.prefix}{key}" if where else f"{self.prefix}{key}"

    def complaint(self, key: str, problem: str, code: str = "bad_value") -> UsageError:
        """The error to raise about the value of `key`."""
        return UsageError(f"{self.place(key)} {problem}", code=code)

    def refuse_unknown(self, known: Collection[str]) -> None:
        """Raise UsageError for a key that is not in `known`, naming the nearest."""
        for key in self.values:
            if key not in known:
                raise self.complaint(shown(str(key)), f"is no option here{nearest(str(key), known)}", "unknown_key")

    def text(self, key: str, default: str = "") -> str:
        """The text under `key`."""
        value = self.values.get(key, default)
        if not isinstance(value, str):
            raise self.complaint(key, f"must be a text, not {shown(repr(value))}")
        return value

    def sha256(self) -> str:
        """The digest under `sha256` in small letters, empty where the key is missing."""
        value = self.text("sha256").strip().lower()
        if value and (len(value) != 64 or not set(value) <= set("0123456789abcdef")):
            raise self.complaint(
                "sha256",
                f"must be 64 hexadecimal digits, not {shown(repr(value), 80)}; `sha256sum FILE` prints them, and "
                f"without the key any file is taken",
                "bad_digest",
            )
        return value

    def choice(self, key: str, known: Sequence[str], default: str) -> str:
        """One of the known words under `key`."""
        value = self.values.get(key, default)
        if value not in known:
            raise self.complaint(key, f"is {shown(repr(value))}{nearest(str(value), known)}", "unknown_value")
        return str(value)

    def whole(self, key: str, default: int, *, at_least: int, at_most: int) -> int:
        """A whole number within bounds."""
        value = self.values.get(key, default)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10:
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not at_least <= value <= at_most:
            raise self.complaint(key, f"must be a whole number from {at_least} to {at_most}, not {shown(repr(value))}")
        return value

    def size(self, key: str) -> tuple[int, int] | None:
        """(width, height) given as two whole numbers, or as one for a square; None where the key is missing."""
        value = self.values.get(key)
        if value is None:
            return None
        pair = [value, value] if isinstance(value, int) and not isinstance(value, bool) else value
        if not is_sequence(pair) or len(pair) != 2 or not all(type(side) is int and 1 <= side <= 4096 for side in pair):
            raise self.complaint(key, f"must be [width, height] in pixels, each 1 to 4096, not {shown(repr(value))}")
        return int(pair[0]), int(pair[1])

    def three(self, key: str, default: float) -> tuple[float, float, float]:
        """A finite number for each colour channel, given as one number for all or as three."""
        value = self.values.get(key, default)
        many = list(value) if is_sequence(value) else [value] * 3
        if len(many) != 3 or not all(is_finite(number) for number in many):
            raise self.complaint(key, f"must be one finite number or three, not {shown(repr(value))}")
        first, second, third = (float(number) for number in many)
        return first, second, third

    def template(self, size: tuple[int, int] | None, default: str) -> Points | None:
        """The five-point template under `template`: a known name, ten numbers, five pairs, or "none"."""
        from fr_bench.images.align import TEMPLATES, five_point_template

        value = self.values.get("template", default)
        if isinstance(value, str):
            if value == "none":
                return None
            if value not in TEMPLATES:
                raise self.complaint(
                    "template", f"is {shown(repr(value))}{nearest(value, [*TEMPLATES, 'none'])}", "unknown_value"
                )
            if size is None:
                raise self.complaint("template", f"{value!r} needs a size of the crop beside it")
            return points_of(five_point_template(value, size).tolist())
        rows = value if is_sequence(value) else []
        flat = [number for row in rows for number in (row if is_sequence(row) else [row])]
        if len(flat) != 10 or not all(is_finite(number) for number in flat):
            known = ", ".join(sorted(TEMPLATES))
            raise self.complaint("template", f"must be a name ({known}), 'none', or ten numbers x1, y1 ... x5, y5")
        if size is None:
            raise self.complaint("template", "needs a size of the crop beside it")
        return points_of([flat[at : at + 2] for at in range(0, 10, 2)])

    def table(self, key: str) -> Settings:
        """The options in the table under `key`, empty where it is missing."""
        value = self.values.get(key, {})
        if not isinstance(value, Mapping):
            raise self.complaint(key, f"must be a table such as {key} = {{ size = [112, 112] }}")
        return Settings(value, self.origin.get(key, self.where), prefix=f"{self.prefix}{key}.")


def is_sequence(value: Any) -> bool:
    """Whether it is a list or tuple, as TOML and Python callers give them."""
    return isinstance(value, (list, tuple))


def is_finite(value: Any) -> bool:
    """Whether it is a number that is neither NaN nor infinite; True and False are no numbers here."""
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def points_of(rows: Sequence[Sequence[float]]) -> Points:
    """Rows of x, y as the immutable points of `ImageInput`."""
    return tuple((float(x), float(y)) for x, y in rows)
