"""How counts and small numbers are written in sentences: the same everywhere, in notes as in tables."""

from __future__ import annotations

import re
from fractions import Fraction

_PADDED = re.compile(r"e([+-])0*(?=\d)")


def grouped(count: int) -> str:
    """A count in groups of three digits.

    >>> grouped(87307271)
    '87 307 271'
    """
    return f"{count:,}".replace(",", " ")


def many(count: int, one: str, several: str = "") -> str:
    """A count with its noun: `several` is the plural where an s does not make it.

    >>> many(1, "image"), many(1200, "image"), many(0, "entry", "entries")
    ('1 image', '1 200 images', '0 entries')
    """
    return f"{grouped(count)} {one if count == 1 else several or f'{one}s'}"


def trials_for_one(target: Fraction) -> str:
    """How many trials it takes until a target allows one error: rounded up where all digits would fill lines.

    >>> trials_for_one(Fraction(1, 10**6)), trials_for_one(Fraction(3, 10**300))
    ('1 000 000', '3.34e299')
    """
    count = -(-target.denominator // target.numerator)
    if count < 10**15:
        return grouped(count)
    power = len(str(count)) - 1
    leading = -(-count // 10 ** (power - 2))  # three digits, or 1000
    return f"{leading / 100:g}e{power}" if leading < 1000 else f"1e{power + 1}"


def short(value: float, digits: int) -> str:
    """A number with at most `digits` significant digits, its exponent without zeros in front and without a plus.

    >>> short(0.340671234, 6), short(5.1e-5, 2), short(1e20, 3)
    ('0.340671', '5.1e-5', '1e20')
    """
    return _PADDED.sub(lambda found: "e" + found[1].replace("+", ""), f"{value:.{digits}g}")


def written_target(share: Fraction | float) -> str:
    """A target as it is written in the text of a measure: with an exponent where that is shorter.

    >>> [written_target(share) for share in (Fraction(1, 10_000), 1e-9, 0.0025, 0.05)]
    ['1e-4', '1e-9', '0.0025', '0.05']
    """
    plain = f"{float(share):.12f}".rstrip("0").rstrip(".")
    digits, _, exponent = f"{float(share):.11e}".partition("e")
    scientific = f"{digits.rstrip('0').rstrip('.')}e{int(exponent)}"
    return scientific if len(scientific) < len(plain) or float(plain) != float(share) else plain
