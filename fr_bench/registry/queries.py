"""What may be asked of a registry, and the words of an entry that it is asked against.

Searches compare texts without regard to case. What is asked becomes values beside SQL of our own, never part of it.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from datetime import date

from fr_bench.registry.entry import Entry

DIGITS_OF_A_DIGEST = 8
SORTS = ("newest", "oldest", "vendor", "algorithm", "valid-until")
ORDER = {
    "newest": "tested DESC, vendor, algorithm, digest, number",
    "oldest": "tested = '', tested, vendor, algorithm, digest, number",
    "vendor": "vendor = '', vendor, algorithm, tested DESC, digest, number",
    "algorithm": "algorithm = '', algorithm, vendor, tested DESC, digest, number",
    "valid-until": "number",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """What is asked of a registry; empty parts ask for everything.

    text        words, all of which an entry must hold somewhere: names, numbers, notes, data set, digests, folders
    vendor, algorithm, scheme   a part of the name, in any case
    verdict     pass, fail or inconclusive, of the scheme that is asked for or of any
    since       tested on this day or later
    valid_on    the stated validity covers this day
    sort        one of `SORTS`
    """

    text: str = ""
    vendor: str = ""
    algorithm: str = ""
    scheme: str = ""
    verdict: str = ""
    since: date | None = None
    valid_on: date | None = None
    sort: str = "newest"

    @property
    def everything(self) -> bool:
        """Whether nothing is left out."""
        return self == Query(sort=self.sort)


def legal(text: str) -> str:
    """Text that UTF-8 can say: the half of a surrogate pair, as file names may hold, is spelled as an escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def folded(text: str) -> str:
    """A text as it is compared: case and ways of writing the same letter make no difference.

    >>> folded("HANBIT Straße") == folded("hanbit strasse")
    True
    """
    return legal(unicodedata.normalize("NFC", unicodedata.normalize("NFC", text).casefold()))


def searched(entry: Entry) -> str:
    """All the words that a search looks through, one after the other."""
    product = entry.product
    told = [
        entry.vendor, entry.algorithm, entry.version, entry.recognizer, entry.name, entry.dataset, entry.folder,
        *entry.copies, *entry.labels,
    ]  # fmt: skip
    if product is not None:
        told += [product.category, product.number, product.note, product.withdrawn_because]
    for one in entry.rehearsed:
        told += [one.scheme, one.folder]
    return folded("\n".join(told))


def digests(entry: Entry) -> str:
    """The digests that a search for many digits looks through: two digits occur in every other digest by chance.

    Of keys only those whose signature holds: anybody can put another's key beside a run.
    """
    own = (entry.digest, entry.identity, entry.recognizer_digest, entry.dataset_digest)
    keys = (one.fingerprint for one in entry.signed if one.good)
    return folded(" ".join((*own, *(one.digest for one in entry.rehearsed), *keys)))


def conditions(query: Query) -> tuple[str, list[str]]:
    """The WHERE clause, made of our own words only, and the values of its question marks."""
    parts: list[str] = []
    values: list[str] = []
    for word in folded(query.text).split():
        in_digest = len(word) >= DIGITS_OF_A_DIGEST
        parts.append("(instr(searched, ?) > 0 OR instr(digests, ?) > 0)" if in_digest else "instr(searched, ?) > 0")
        values += [word, word] if in_digest else [word]
    for column, text in (("vendor", query.vendor), ("algorithm", query.algorithm)):
        if text:
            parts.append(f"instr({column}, ?) > 0")
            values.append(folded(text))
    if query.since is not None:
        parts.append("tested >= ?")
        values.append(query.since.isoformat())
    asked = [("instr(scheme, ?) > 0", folded(query.scheme))] if query.scheme else []
    asked += [("verdict = ?", query.verdict)] if query.verdict else []
    if asked:
        parts.append(f"number IN (SELECT number FROM verdicts WHERE {' AND '.join(one for one, _ in asked)})")
        values += [value for _, value in asked]
    return (" WHERE " + " AND ".join(parts) if parts else ""), values
