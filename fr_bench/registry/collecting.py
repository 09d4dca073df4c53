"""All that stands in the folders, as one `Registry`: runs with rehearsals, products by the cards, and what is none.

The same folders give the same registry, whatever their order: everything is sorted by what it is.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from fr_bench.errors import DataError, UsageError, shown
from fr_bench.progress import Observer
from fr_bench.provenance import digest_bytes
from fr_bench.reading import read_bytes
from fr_bench.registry import folders, product_cards, rehearsals, sealed_runs, signers
from fr_bench.registry.entry import Entry, Problem, Product, Registry
from fr_bench.registry.rehearsals import Record
from fr_bench.registry.sealed_runs import SealedRun, Unsealed
from fr_bench.storage import runs


def collect(
    roots: Iterable[Path], base: Path, observer: Observer, *, cards: Sequence[Path] = (), quick: bool = False
) -> Registry:
    """Read everything below some folders.

    base    the folder that the places of entries are told from: that of the index
    cards   card files beside those that lie in the folders
    quick   compare sizes of files, and the SHA-256 of the results alone

    Raises UsageError for a root that is no folder and for mistakes in cards, DataError `no_runs` where there is
    nothing at all.
    """
    found = folders.find(roots)
    if not (found.runs or found.rehearsals):
        raise DataError("no run and no rehearsal below these folders; `frbench run` makes runs/NAME", code="no_runs")
    products, title = _cards([*found.cards, *cards])
    problems = [Problem(place=_place(path, base), state="unused", reason=why) for path, why in found.closed]
    observer.start("registry", len(found.runs) + len(found.rehearsals), "folders")
    sealed, unsealed = _runs(found.runs, base, quick, observer)
    records, unread = _records(found.rehearsals, base, observer)
    observer.finish()
    entries = _joined(_without_copies(sealed), _once(records))
    entries, unclaimed = _claimed(entries, products)
    problems += [*unsealed, *unread, *unclaimed]
    ordered = sorted(_repeated(entries), key=lambda one: (one.digest, one.folder))
    return Registry(
        title=title, entries=tuple(ordered), problems=tuple(sorted(problems, key=lambda one: (one.place, one.reason)))
    )


def _place(path: Path, base: Path) -> str:
    """A path as seen from the index: the same however the folder was named, and without the user's home in it."""
    try:
        told = Path(os.path.relpath(path, base)).as_posix()
    except ValueError:  # another drive
        told = path.as_posix()
    return told.encode("utf-8", "backslashreplace").decode("utf-8")


def _runs(paths: Iterable[Path], base: Path, quick: bool, observer: Observer) -> tuple[list[SealedRun], list[Problem]]:
    sealed, problems = [], []
    for path in paths:
        try:
            sealed.append(sealed_runs.read(path, _place(path, base), quick=quick))
        except Unsealed as what:
            problems.append(Problem(place=_place(path, base), state=what.state, reason=what.reason))
        observer.advance(1)
    return sealed, problems


def _records(paths: Iterable[Path], base: Path, observer: Observer) -> tuple[list[Record], list[Problem]]:
    records, problems = [], []
    for path in paths:
        place = _place(path.parent, base)
        try:
            records.append(rehearsals.read(path, place))
        except DataError as fault:
            reason = fault.message.replace(f"{shown(str(path.parent))}/", "")
            state = "unused" if fault.code == "wrong_schema" else "damaged"
            problems.append(Problem(place=place, state=state, reason=reason))
        observer.advance(1)
    return records, problems


def _without_copies(sealed: Iterable[SealedRun]) -> list[SealedRun]:
    """Runs with the same bytes are one entry that names all their folders."""
    found: dict[str, list[SealedRun]] = {}
    for one in sealed:
        found.setdefault(one.entry.digest, []).append(one)
    return [_with_copies(sorted(group, key=lambda one: one.entry.folder)) for group in found.values()]


def _with_copies(same: Sequence[SealedRun]) -> SealedRun:
    first = same[0]
    signed = signers.together(signature for one in same for signature in one.entry.signed)
    entry = replace(first.entry, copies=tuple(one.entry.folder for one in same[1:]), signed=signed)
    return SealedRun(entry, first.environment)


def _once(records: Iterable[Record]) -> list[Record]:
    found: dict[str, list[Record]] = {}
    for one in records:
        found.setdefault(one.rehearsed.digest, []).append(one)
    kept = []
    for group in found.values():
        first, *further = sorted(group, key=lambda one: one.rehearsed.folder)
        copies = tuple(one.rehearsed.folder for one in further)
        rehearsed = replace(first.rehearsed, copies=copies)
        kept.append(replace(first, rehearsed=rehearsed, alone=replace(first.alone, rehearsed=(rehearsed,))))
    return kept


def _order(record: Record) -> tuple[str, str]:
    return record.rehearsed.scheme, record.rehearsed.digest


def _joined(sealed: Iterable[SealedRun], records: Iterable[Record]) -> list[Entry]:
    """Rehearsals beside the runs that they are of; the others are entries by themselves."""
    by_key: dict[str, list[Record]] = {}
    for record in sorted(records, key=_order):
        by_key.setdefault(record.key if record.of_run else "", []).append(record)
    alone, entries = by_key.pop("", []), []
    for run in sealed:
        entry = run.entry
        key = rehearsals.run_key(entry.name, entry.dataset_digest, entry.recognizer_digest, run.environment)
        mine = sorted([*by_key.get(entry.digest, ()), *by_key.get(key, ())], key=_order)
        stated = next((one.alone.stated for one in mine if one.alone.stated), "")
        entries.append(replace(entry, rehearsed=tuple(one.rehearsed for one in mine), stated=stated))
    used = {one.digest for entry in entries for one in entry.rehearsed}
    alone += [one for group in by_key.values() for one in group if one.rehearsed.digest not in used]
    return [*entries, *(one.alone for one in alone)]


def _repeated(entries: Sequence[Entry]) -> list[Entry]:
    """Entries of one identity name the runs of it: the same run, made more than once, or since it was rehearsed."""
    same: dict[str, list[str]] = {}
    for one in entries:
        if one.identity and one.kind == "run":
            same.setdefault(one.identity, []).append(one.id)
    return [
        replace(one, same_as=tuple(sorted(set(same.get(one.identity, ())) - {one.id}))) if one.identity else one
        for one in entries
    ]


def _cards(paths: Iterable[Path]) -> tuple[list[Product], str]:
    """The products of all card files, and the one title that they give."""
    unique = sorted({Path(os.path.realpath(path)) for path in paths})
    read = [product_cards.read(path) for path in unique]
    titles = sorted({one.title for one in read if one.title})
    if len(titles) > 1:
        told = " and ".join(f"{one.title!r} ({one.where})" for one in read if one.title)
        raise UsageError(f"the cards give several titles: {shown(told, 300)}; keep one", code=product_cards.BAD)
    return [product for one in read for product in one.products], titles[0] if titles else ""


@dataclass(frozen=True, slots=True)
class _Claim:
    product: Product
    of_run: bool


def _claimed(entries: Iterable[Entry], products: Sequence[Product]) -> tuple[list[Entry], list[Problem]]:
    """Entries with their products. A product that names a run wins over one that names its recognizer.

    Raises UsageError where two products claim one entry in the same way.
    """
    made, used = [], set()
    for entry in entries:
        claims = [claim for product in products if (claim := _claim(product, entry)) is not None]
        used |= {claim.product.where for claim in claims}
        nearest = [claim for claim in claims if claim.of_run] or claims
        if len(nearest) > 1:
            places = " and ".join(claim.product.where for claim in nearest)
            raise UsageError(
                f"{places} claim the same entry {entry.id} ({shown(entry.folder)}); let one name the run, or leave one "
                "out",
                code=product_cards.BAD,
            )
        product = replace(nearest[0].product, where=_card_place(nearest[0].product)) if nearest else None
        made.append(replace(entry, product=product))
    reason = "names no recognizer and no run that is in these folders"
    unclaimed = [product for product in products if product.where not in used]
    return made, [
        Problem(place=_card_place(product), state="unused", reason=f"{reason} ({product.vendor} {product.algorithm})")
        for product in unclaimed
    ]


def _card_place(product: Product) -> str:
    name, _, line = product.where.rpartition(":")
    return f"{Path(name).name}:{line}"


def _claim(product: Product, entry: Entry) -> _Claim | None:
    if any(entry.digest.startswith(one) or entry.identity.startswith(one) for one in product.run):
        return _Claim(product, of_run=True)
    if any(entry.recognizer_digest.startswith(one) for one in product.recognizer):
        return _Claim(product, of_run=False)
    return None


def state_now(entry: Entry, base: Path) -> Literal["unchanged", "changed", "gone"]:
    """Whether the folder of an entry still bears the seal, or holds the record, that was indexed."""
    folder = base / entry.folder
    path = folder / (runs.MANIFEST if entry.kind == "run" else folders.REHEARSAL)
    try:
        digest = digest_bytes(read_bytes(path, sealed_runs.SMALL))
    except DataError:
        return "gone"
    return "unchanged" if digest == entry.digest else "changed"
