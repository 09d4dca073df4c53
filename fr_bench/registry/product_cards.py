"""Registry cards: `registry.toml` says whose product a recognizer is, and how long its result is taken to hold.

A run folder is sealed when it is finished, and knows the recognizer by its digest alone. The card stands beside the
folders and names digests, so that a card can never speak for a model that was exchanged. Every mistake of a file is
told at once with its line.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from fr_bench.errors import UsageError, nearest, shown
from fr_bench.keylines import KeyPath
from fr_bench.reading import TomlDocument, read_toml
from fr_bench.registry.entry import ID_DIGITS, Product

NAME = "registry.toml"
BAD = "bad_registry_card"
TEXTS = ("vendor", "algorithm", "version", "category", "number", "note", "withdrawn_because")
DATES = ("tested", "valid_from", "valid_until", "withdrawn")
DIGESTS = ("recognizer", "run")
LONGEST = 500
_DIGEST = re.compile(rf"[0-9a-f]{{{ID_DIGITS},64}}")


@dataclass(frozen=True, slots=True)
class Cards:
    """What one card file says: the title of the list, if it gives one, and the products."""

    title: str
    products: tuple[Product, ...]
    where: str


def read(source: Path | str, *, where: str = "") -> Cards:
    r"""Read a registry card (a Path), or its text.

    Raises UsageError `bad_registry_card` that names all mistakes, each with file and line; `bad_toml`.

    >>> card = read('[[product]]\nrecognizer = "a65d089a2469"\nvendor = "A"\nvalid_until = 2029-11-22\n')
    >>> card.products[0].vendor, card.products[0].valid_until
    ('A', datetime.date(2029, 11, 22))
    >>> read('[[product]]\nrecognizer = "a65d089a2469"\nvendr = "A"\n', where="registry.toml")
    Traceback (most recent call last):
    ...
    fr_bench.errors.UsageError: registry.toml:3: unknown key product.vendr; did you mean 'vendor'?
    registry.toml:1: product: vendor is missing, such as vendor = "Example Vision"
    """
    document = read_toml(source, name=where)
    reader = _Reader(document, [])
    cards = reader.cards()
    if reader.mistakes:
        raise UsageError("\n".join(reader.mistakes), code=BAD)
    return cards


@dataclass
class _Reader:
    """One pass over a document; `mistakes` collects what is wrong."""

    document: TomlDocument
    mistakes: list[str]

    def cards(self) -> Cards:
        data = self.document.data
        for name in data:
            if name not in ("registry", "product"):
                known = nearest(name, ["registry", "product"])
                self.wrong((name,), f"unknown section {shown(name)!r}{known}")
        products = data.get("product", [])
        if not isinstance(products, list) or not all(isinstance(one, Mapping) for one in products):
            self.wrong(("product",), "'product' is a list of tables: write [[product]] above its keys")
            products = []
        made = tuple(self.product(("product", place), values) for place, values in enumerate(products))
        return Cards(title=self.title(), products=made, where=self.document.name)

    def wrong(self, path: KeyPath, what: str) -> None:
        self.mistakes.append(f"{self.document.where(path)}: {what}")

    def title(self) -> str:
        values = self.document.data.get("registry", {})
        if not isinstance(values, Mapping):
            self.wrong(("registry",), "'registry' is a section: write [registry] above its keys")
            return ""
        for key in values:
            if key != "title":
                self.wrong(("registry", key), f"unknown key registry.{shown(key)}{nearest(key, ['title'])}")
        return self.text(("registry", "title"), values.get("title", ""))

    def product(self, path: KeyPath, values: Mapping[str, Any]) -> Product:
        known = (*TEXTS, *DATES, *DIGESTS)
        for key in values:
            if key not in known:
                self.wrong((*path, key), f"unknown key product.{shown(key)}{nearest(key, known)}")
        found: dict[str, Any] = {key: self.text((*path, key), values[key]) for key in TEXTS if key in values}
        found |= {key: self.day((*path, key), values[key]) for key in DATES if key in values}
        found |= {key: self.digests((*path, key), values[key]) for key in DIGESTS if key in values}
        if not values.get("vendor"):
            self.wrong(path, 'product: vendor is missing, such as vendor = "Example Vision"')
        if "recognizer" not in values and "run" not in values:
            what = "names no recognizer and no run by its SHA-256; `frbench registry show` prints both"
            self.wrong(path, f"product: {what}")
        made = Product(**{"vendor": "", **found, "where": self.document.where(path)})
        if made.valid_from and made.valid_until and made.valid_until < made.valid_from:
            self.wrong((*path, "valid_until"), f"valid_until {made.valid_until} is before valid_from {made.valid_from}")
        if made.withdrawn_because and made.withdrawn is None:
            self.wrong((*path, "withdrawn_because"), "withdrawn_because without a date: add withdrawn = YYYY-MM-DD")
        return made

    def text(self, path: KeyPath, value: Any) -> str:
        if not isinstance(value, str):
            self.wrong(path, f"{path[-1]} is a text: write it in quotes")
            return ""
        if len(value) > LONGEST:
            self.wrong(path, f"{path[-1]} has {len(value):,} characters; at most {LONGEST} fit")
        return value

    def day(self, path: KeyPath, value: Any) -> date | None:
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        self.wrong(path, f"{path[-1]} is a day: write it without quotes and without a time, such as 2029-11-22")
        return None

    def digests(self, path: KeyPath, value: Any) -> tuple[str, ...]:
        given = value if isinstance(value, list) else [value]
        for one in given:
            if not isinstance(one, str) or not _DIGEST.fullmatch(one):
                told = shown(str(one), 70)
                what = f"{told!r} is no SHA-256: give {ID_DIGITS} to 64 of its digits, 0-9 and a-f"
                self.wrong(path, f"{path[-1]} {what}")
        if not given:
            self.wrong(path, f"{path[-1]} is empty: give at least one SHA-256, or leave the key out")
        return tuple(str(one) for one in given)
