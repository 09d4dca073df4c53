"""What is wrong with a data set, what is too small to be measured, and what will count as a failure.

Said before any model is loaded. Every image's bytes are read once: their SHA-256 ties the result to them, their header
says whether there is a picture. What would make figures wrong is an error; all else is a note for the reader.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

import numpy as np

from fr_bench.errors import DataError, shown
from fr_bench.findings import Note
from fr_bench.numerals import grouped, many, short
from fr_bench.progress import Observer, Silent
from fr_bench.provenance import digest_bytes
from fr_bench.records import Dataset, Failure
from fr_bench.sources import COUNTED_FAULTS, ArchiveSource, FileSource, open_tree

if TYPE_CHECKING:
    from fr_bench.images import ImageHeader

FEW_SUBJECTS = 20
SHOWN = 10
READ_AT_ONCE = 64
WALKED = ("folder", "lfw")
"""Layouts whose images are found by walking a folder. Others name their images: what else lies there is no matter."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Inspection:
    """What was seen of a data set's images and comparisons.

    contents          SHA-256 of each sample's bytes; "" where there are none or they cannot be had
    headers           what each image says of itself; None where it failed, or where a sample has no image
    failures          samples that will be counted as failures, by index: read or decode, with the reason
    mated, nonmated   comparisons that the data set gives rise to: listed, by roles, or all pairs
    notes             what the reader of the figures must know, warnings first
    """

    contents: tuple[str, ...]
    headers: tuple[ImageHeader | None, ...]
    failures: Mapping[int, Failure]
    mated: int
    nonmated: int
    notes: tuple[Note, ...]


def inspect(
    dataset: Dataset,
    observer: Observer | None = None,
    *,
    planned: tuple[int, int] | None = None,
    limited: bool = False,
    threads: int = 1,
) -> Inspection:
    """Look at every image of a data set once, and at its ids and counts.

    planned   mated and nonmated comparisons of the run; None: those that the data set gives rise to by itself
    limited   only a part of the data set was asked for: images beside it are not worth a word
    threads   one is fastest for small images on a local disk: the work on each is shorter than a change of threads

    Raises DataError: `file_missing` (all at once, ten by name), `hash_mismatch`, `path_outside`, `not_regular_file`,
    `no_readable_image` if every image fails, `count_mismatch` where images have digests and counts are not the card's.
    """
    looks = _look_at_all(dataset, observer or Silent(), threads)
    failures = {k: look.failure for k, look in enumerate(looks) if look.failure is not None}
    _refuse_missing(dataset, looks)
    contents = tuple(look.digest for look in looks)
    _refuse_other_content(dataset, contents)
    if len(failures) == len(looks):
        first = failures[0]
        raise DataError(
            f"none of the {grouped(len(looks))} images of {dataset.name!r} can be read; the first, "
            f"{shown(dataset.sample_ids[0])!r}: {first.reason} {shown(first.detail)}",
            code="no_readable_image",
        )
    mated, nonmated = planned_comparisons(dataset)
    headers = tuple(look.header for look in looks)
    notes = [
        *dataset.notes,
        *_expected(dataset, mated, nonmated),
        *_on_failures(dataset, failures),
        *_on_equal_bytes(dataset, contents),
        *_on_ids(dataset),
        *_on_comparisons(dataset, *(planned or (mated, nonmated))),
        *_on_images(dataset, headers),
        *_on_files(dataset, limited=limited),
    ]
    notes.sort(key=lambda note: note.level != "warning")
    return Inspection(
        contents=contents, headers=headers, failures=failures, mated=mated, nonmated=nonmated, notes=tuple(notes)
    )


def planned_comparisons(dataset: Dataset) -> tuple[int, int]:
    """Numbers of mated and nonmated comparisons: of the listed pairs, else by roles, else of all unordered pairs."""
    if dataset.pairs is not None:
        mated = int(np.count_nonzero(dataset.pairs.mated))
        return mated, len(dataset.pairs.mated) - mated
    names, codes = dataset.subject_codes
    if dataset.roles is not None:
        references = np.bincount(codes[dataset.roles.reference], minlength=len(names))
        probes = np.bincount(codes[dataset.roles.probe], minlength=len(names))
        same = len(np.intersect1d(dataset.roles.reference, dataset.roles.probe))
        alike = int(np.dot(references, probes))
        return alike - same, len(dataset.roles.reference) * len(dataset.roles.probe) - alike
    samples = np.bincount(codes)
    mated = int((samples * (samples - 1) // 2).sum())
    return mated, len(codes) * (len(codes) - 1) // 2 - mated


@dataclass(frozen=True, slots=True)
class _Look:
    """What one sample gave: digest and header, or a failure; `missing` says which file is not there."""

    digest: str = ""
    header: ImageHeader | None = None
    failure: Failure | None = None
    missing: str = ""


def _look_at_all(dataset: Dataset, observer: Observer, threads: int) -> list[_Look]:
    """A look at each sample, in order whatever the number of threads."""
    looks: list[_Look] = []
    n = len(dataset.sources)
    observer.start("data", n, "images")
    with ThreadPoolExecutor(threads) as pool:
        parts = [range(start, min(n, start + READ_AT_ONCE)) for start in range(0, n, READ_AT_ONCE)]
        for seen in pool.map(lambda part: [_look(dataset, k) for k in part], parts):
            looks += seen
            observer.advance(len(seen))
    observer.finish()
    return looks


def _look(dataset: Dataset, index: int) -> _Look:
    from fr_bench.images import UndecodableImage
    from fr_bench.images import inspect as inspect_header

    source = dataset.sources[index]
    if source is None:
        return _Look()
    try:
        data = source.read()
    except DataError as fault:
        if fault.code in COUNTED_FAULTS:
            return _Look(failure=Failure("read", fault.code, fault.message))
        if fault.code == "file_missing":
            return _Look(missing=source.name)
        raise
    digest = digest_bytes(data)
    try:
        return _Look(digest, inspect_header(data))
    except UndecodableImage as fault:
        return _Look(digest, failure=Failure("decode", fault.reason, fault.detail))


def _refuse_missing(dataset: Dataset, looks: Sequence[_Look]) -> None:
    missing = [look.missing for look in looks if look.missing]
    if missing:
        raise DataError(
            f"{_of(len(missing), len(looks), 'image', 'is', 'are')} missing from {dataset.name!r}: {_listed(missing)}",
            code="file_missing",
        )


def _refuse_other_content(dataset: Dataset, contents: Sequence[str]) -> None:
    """Hold digests that the card or the manifest gives against the bytes."""
    if not dataset.card.digests:
        return
    wrong = []
    for source, found in zip(dataset.sources, contents, strict=True):
        expected = dataset.card.digests.get(source.name) if source else None
        if source and expected is not None and expected.lower() != found:
            wrong.append(f"{shown(source.name)} has SHA-256 {found or 'none'}, expected {expected.lower()}")
    if wrong:
        raise DataError(f"{len(wrong)} images are others than expected: {wrong[0]}", code="hash_mismatch")


def _expected(dataset: Dataset, mated: int, nonmated: int) -> list[Note]:
    found = {
        "subjects": len(set(dataset.subjects)),
        "samples": len(dataset.sample_ids),
        "mated": mated,
        "nonmated": nonmated,
    }
    other = [
        f"{grouped(found[key])} {key} where its card says {grouped(value)}"
        for key, value in dataset.card.expected.items()
        if key in found and found[key] != value
    ]
    if not other:
        return []
    text = f"data set {dataset.name!r} has {', '.join(other)}"
    if any(source is not None and source.name in dataset.card.digests for source in dataset.sources):
        raise DataError(f"{text}; it is not the one that the card describes", code="count_mismatch")
    return [Note(level="warning", code="count_mismatch", text=f"{text}.")]


def _on_failures(dataset: Dataset, failures: Mapping[int, Failure]) -> list[Note]:
    if not failures:
        return []
    listed = _listed([f"{dataset.sample_ids[k]} ({failure.reason})" for k, failure in sorted(failures.items())])
    counted = "as a failure" if len(failures) == 1 else "as failures"
    text = f"{_of(len(failures), len(dataset.sample_ids), 'image', 'cannot', 'cannot')} be read as a picture and will "
    return [Note(level="warning", code="unreadable_images", text=f"{text}be counted {counted}: {listed}.")]


def _on_equal_bytes(dataset: Dataset, contents: Sequence[str]) -> list[Note]:
    first: dict[str, int] = {}
    equal = [(first[c], k) for k, c in enumerate(contents) if c and first.setdefault(c, k) != k]
    notes = []
    for crossing in (True, False):
        found = [(a, b) for a, b in equal if (dataset.subjects[a] != dataset.subjects[b]) == crossing]
        if found:
            ids = dataset.sample_ids
            listed = _listed([f"{ids[a]} = {ids[b]}" for a, b in found])
            whose = "under two subjects: a label is wrong" if crossing else "of one subject: trivially alike"
            text = f"{_said(len(found), 'file', 'holds', 'hold')} the same bytes as another {whose}: {listed}."
            notes.append(
                Note(
                    level="warning",
                    code="equal_images_of_two_subjects" if crossing else "equal_images",
                    text=text,
                )
            )
    return notes


def _on_ids(dataset: Dataset) -> list[Note]:
    notes = []
    for kind, ids in (("sample", dataset.sample_ids), ("subject", sorted(set(dataset.subjects)))):
        folded: dict[str, str] = {}
        alike = [(folded[f], i) for i, f in ((i, i.casefold()) for i in ids) if folded.setdefault(f, i) != i]
        if alike:
            text = f"{_said(len(alike), f'{kind} id', 'differs', 'differ')} from another only by case: "
            listed = _listed([f"{a} and {b}" for a, b in alike])
            notes.append(Note(level="warning", code="ids_differ_only_by_case", text=f"{text}{listed}."))
        blank = [i for i in ids if i != i.strip()]
        if blank:
            kept = f"{_said(len(blank), f'{kind} id', 'begins or ends', 'begin or end')} with a blank, which is kept: "
            notes.append(
                Note(level="warning", code="ids_with_blanks", text=f"{kept}{_listed([repr(i) for i in blank])}.")
            )
    return notes


def _on_comparisons(dataset: Dataset, mated: int, nonmated: int) -> list[Note]:
    counts = Counter(dataset.subjects)
    notes = []
    if mated == 0:
        why = "no subject has two samples" if max(counts.values()) == 1 else "none is listed or follows from the roles"
        counted = f"{many(len(counts), 'subject')}, {many(len(dataset.sample_ids), 'sample')}"
        text = f"{why} ({counted}): FNMR cannot be measured."
        notes.append(Note(level="warning", code="empty_mated", text=f"No mated comparison is possible: {text}"))
    if nonmated == 0:
        text = f"No nonmated comparison is possible ({many(len(counts), 'subject')}): FMR cannot be measured."
        notes.append(Note(level="warning", code="empty_nonmated", text=text))
    else:
        made = many(nonmated, "planned nonmated comparison")
        text = f"The smallest FMR that {made} can show is {_rounded_up(nonmated)}."
        notes.append(Note(level="information", code="smallest_fmr", text=text))
    if len(counts) < FEW_SUBJECTS:
        text = f"Only {many(len(counts), 'subject')}: figures say little about other people."
        notes.append(Note(level="warning", code="few_subjects", text=text))
    single = sum(count == 1 for count in counts.values())
    if single and dataset.pairs is None:
        text = f"{_of(single, len(counts), 'subject', 'has', 'have')} one sample: nonmated comparisons only."
        notes.append(Note(level="information", code="single_samples", text=text))
    return notes + _on_pairs(dataset)


def _on_pairs(dataset: Dataset) -> list[Note]:
    if dataset.pairs is None:
        return []
    notes = []
    sides = np.sort(np.stack([dataset.pairs.probe, dataset.pairs.reference], axis=1), axis=1)
    repeated = len(sides) - len(np.unique(sides, axis=0))
    if repeated:
        text = f"{_of(repeated, len(sides), 'comparison', 'is', 'are')} listed more than once; each is counted."
        notes.append(Note(level="warning", code="repeated_comparisons", text=text))
    if dataset.card.options.get("subjects_from_pairs"):
        text = (
            "The list names no subjects: images that mated pairs join are taken as one. Comparisons that are not "
            "listed have no known label."
        )
        notes.append(Note(level="warning", code="subjects_from_pairs", text=text))
    return notes


def _on_images(dataset: Dataset, headers: Sequence[ImageHeader | None]) -> list[Note]:
    notes = []
    sizes = Counter((h.width, h.height) for h in headers if h is not None)
    if sizes:
        common = sorted(sizes.items(), key=lambda item: (-item[1], item[0]))
        listed = ", ".join(f"{w} x {h} ({grouped(count)})" for (w, h), count in common[:5])
        more = f" and {many(len(common) - 5, 'further size')}" if len(common) > 5 else ""
        notes.append(Note(level="information", code="image_sizes", text=f"Sizes of images: {listed}{more}."))
    if dataset.landmarks is not None:
        bare = int(np.isnan(dataset.landmarks).any(axis=(1, 2)).sum())
        if bare:
            text = f"{_of(bare, len(headers), 'sample', 'has', 'have')} no landmarks."
            notes.append(Note(level="warning", code="without_landmarks", text=text))
    return notes


def _on_files(dataset: Dataset, *, limited: bool) -> list[Note]:
    """Images that lie beside those that are used, and files that were left out, where a folder was walked."""
    if dataset.format not in WALKED:
        return []
    sources = [source for source in dataset.sources if isinstance(source, FileSource | ArchiveSource)]
    if not sources:
        return []
    first = sources[0]
    tree = open_tree(first.root if isinstance(first, FileSource) else first.archive.path)
    used = {source.relative if isinstance(source, FileSource) else source.member for source in sources}
    unused = 0 if limited else sum(path not in used for path in tree.images)
    left = [(unused, "image that the data set does not name", "images that the data set does not name")]
    left += [(tree.ignored["hidden"], "hidden entry", "hidden entries")]
    left += [(tree.ignored["repeated"], "folder that a link shows again", "folders that links show again")]
    if dataset.format == "folder":
        left += [(tree.ignored["other"], "file without an image's suffix", "files without an image's suffix")]
    said = [many(count, one, several) for count, one, several in left if count]
    if not said:
        return []
    return [Note(level="information", code="files_left_out", text=f"Left out: {', '.join(said)}.")]


def _said(count: int, noun: str, one: str, several: str) -> str:
    """A count with its noun and the verb that agrees: "1 file holds", "2 files hold"."""
    return f"{many(count, noun)} {one if count == 1 else several}"


def _of(count: int, total: int, noun: str, one: str, several: str) -> str:
    """A part of a total: "1 of 3 subjects has", "2 of 3 subjects have"."""
    return f"{grouped(count)} of {many(total, noun)} {one if count == 1 else several}"


def _listed(items: Sequence[str]) -> str:
    more = f" and {grouped(len(items) - SHOWN)} more" if len(items) > SHOWN else ""
    return "; ".join(shown(item) for item in items[:SHOWN]) + more


def _rounded_up(trials: int) -> str:
    """One error of so many trials, rounded up to two digits: a target just below it could not be measured.

    >>> _rounded_up(9960), _rounded_up(10000)
    ('0.00011', '0.0001')
    """
    exact = Decimal(1) / trials
    return short(float(exact.quantize(Decimal(1).scaleb(exact.adjusted() - 1), ROUND_CEILING)), 2)
