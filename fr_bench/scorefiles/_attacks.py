"""CSV of presentations: attacks of several species and bona fide ones, with detection scores, recognition scores, both.

Two layouts are known by their columns. Ours has a detection score and a species, and may name the instrument or the
subject and give the score of the recognizer. bob's file of a vulnerability analysis has recognition scores alone, with
both subjects and the type of attack; its bona fide rows are comparisons besides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, UsageError, nearest, shown
from fr_bench.findings import Note
from fr_bench.numerals import many
from fr_bench.reading import CsvTable, parse_number, read_csv, says_missing
from fr_bench.records import Presentations, ScoreSet
from fr_bench.scorefiles._build import build
from fr_bench.scorefiles._raw import Asked, RawScores, Texts, other_delimiter

NAMES: Mapping[str, tuple[str, ...]] = {
    "detection": ("detection", "score", "detection_score", "pad_score", "pad", "liveness"),
    "species": ("species", "attack_type", "pai_species", "probe_attack_type", "attack"),
    "instrument": ("instrument", "instrument_id", "pai", "artefact"),
    "subject": ("subject", "subject_id", "probe_subject_id"),
    "recognition": ("recognition", "recognition_score", "similarity", "match_score"),
}
BOB = ("bio_ref_subject_id", "probe_subject_id", "probe_attack_type", "score")
"""Columns by which bob's file of a vulnerability analysis is known."""
BONA_FIDE = ("", "bonafide", "live", "real", "none")
"""Words in the column of species that say that a presentation is no attack."""
MOST_SPECIES = 500
LONGEST = 200
POLARITIES = ("bona-fide", "attack")

Floats = NDArray[np.float64]


def read(
    path: Path, *, delimiter: str = "", polarity: str = ""
) -> tuple[Presentations, ScoreSet | None, tuple[Note, ...]]:
    """The presentations of a file; and the comparisons of its bona fide rows, where it tells of both subjects.

    polarity   "bona-fide": detection scores are high for bona fide, the default; "attack": they are high for attacks,
               and are negated, thresholds with them

    Raises DataError `unknown_layout`, `bad_number`, `bad_species`, `no_scores`, and what `reading.read_csv` raises;
    UsageError `bad_option`.
    """
    asked = Asked(delimiter=delimiter)
    if polarity and polarity not in POLARITIES:
        raise UsageError(f"polarity of attacks {polarity!r}{nearest(polarity, POLARITIES)}", code="bad_option")
    table = read_csv(path, delimiter=asked.delimiter_of(path))
    if len(table.header) == 1 and (hint := other_delimiter(table.header[0])):
        raise DataError(f"{table.name}:1: {hint}", code="unknown_layout")
    if not len(table):
        raise DataError(f"{table.name}: no presentation in it; there is nothing to measure", code="no_scores")
    lowered = {name.strip().lower(): name for name in reversed(table.header)}
    if all(name in lowered for name in BOB):
        return _vulnerability(table, {name: lowered[name] for name in BOB if name in lowered})
    found = {
        field: lowered[name]
        for field, names in NAMES.items()
        if (name := next((name for name in names if name in lowered), None)) is not None
    }
    _refuse_unknown(table, found)
    return _presented(table, found, polarity)


def _refuse_unknown(table: CsvTable, found: Mapping[str, str]) -> None:
    if "species" in found and ("detection" in found or "recognition" in found):
        return
    missing = "species" if "species" not in found else "detection"
    raise DataError(
        f"{table.name}:1: no column of {'the species of attacks' if missing == 'species' else 'scores'} among "
        f"{', '.join(map(shown, table.header[:20]))}; call it {missing!r}",
        code="unknown_layout",
    )


def _presented(
    table: CsvTable, found: Mapping[str, str], polarity: str
) -> tuple[Presentations, ScoreSet | None, tuple[Note, ...]]:
    species = _species(table, found["species"])
    unknown = ("",) * len(table)
    instruments = _names(table, found["instrument"]) if "instrument" in found else unknown
    subjects = _names(table, found["subject"]) if "subject" in found else unknown
    if "instrument" not in found:
        instruments = subjects
    named = tuple(
        instrument if attack else subject or instrument
        for attack, instrument, subject in zip(species, instruments, subjects, strict=True)
    )
    detection = _numbers(table, found["detection"]) if "detection" in found else np.full(len(table), np.nan)
    recognition = _numbers(table, found["recognition"]) if "recognition" in found else None
    notes = []
    if polarity == "attack":
        detection = -detection + 0.0
        notes.append(Note(level="information", code="detection_turned_round", text=_TURNED))
    if silent := int(np.count_nonzero(np.isnan(detection))) if "detection" in found else 0:
        text = f"{many(silent, 'presentation')} of {len(table)} without a detection score: taken as non-responses."
        notes.append(Note(level="information", code="non_responses", text=text))
    made = Presentations(score=detection, species=species, instrument=named, recognition=recognition)
    return made, None, tuple(notes)


_TURNED = "Detection scores were high for attacks; they and their thresholds are shown negated, high for bona fide."


def _species(table: CsvTable, column: str) -> tuple[str, ...]:
    """The species of each row, "" for bona fide. Raises DataError `bad_species`."""
    known: dict[str, str] = {}
    for row, text in enumerate(table.column(column)):
        if text in known:
            continue
        name = text.strip()
        plain = name.casefold().replace("-", "").replace("_", "").replace(" ", "")
        known[text] = "" if plain in BONA_FIDE else _checked(name, table.where(row, column))
        if len(known) > MOST_SPECIES:
            raise DataError(
                f"{table.where(row, column)}: more than {MOST_SPECIES} species; is this the instrument's column?",
                code="bad_species",
            )
    return tuple(known[text] for text in table.column(column))


def _checked(name: str, where: str) -> str:
    if "," in name or not name.isprintable() or len(name) > LONGEST:
        raise DataError(
            f"{where}: {shown(name, 60)!r} is no name of a species: no comma, no invisible characters, at most "
            f"{LONGEST} letters",
            code="bad_species",
        )
    return name


def _names(table: CsvTable, column: str) -> tuple[str, ...]:
    return tuple(text.strip() for text in table.column(column))


def _numbers(table: CsvTable, column: str) -> Floats:
    """A column of scores; NaN where a cell says that there is none. Raises DataError `bad_number`."""
    return np.array(
        [
            np.nan if says_missing(text) else parse_number(text, table.where(row, column)) + 0.0
            for row, text in enumerate(table.column(column))
        ]
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Bob's columns: the subjects of both sides, the species of attack, the scores."""

    references: tuple[str, ...]
    probes: tuple[str, ...]
    species: tuple[str, ...]
    scores: Floats


def _vulnerability(
    table: CsvTable, found: Mapping[str, str]
) -> tuple[Presentations, ScoreSet | None, tuple[Note, ...]]:
    """Attacks on their own target and mated bona fide rows are presentations; all bona fide rows are comparisons.

    The instruments are not named: all attacks of a species on one subject are taken as one instrument.
    """
    rows = _Rows(
        references=_names(table, found["bio_ref_subject_id"]),
        probes=_names(table, found["probe_subject_id"]),
        species=_species(table, found["probe_attack_type"]),
        scores=_numbers(table, found["score"]),
    )
    own = [a == b for a, b in zip(rows.references, rows.probes, strict=True)]
    used = [k for k, mine in enumerate(own) if mine]
    made = Presentations(
        score=np.full(len(used), np.nan),
        species=tuple(rows.species[k] for k in used),
        instrument=tuple(rows.probes[k] for k in used),
        recognition=rows.scores[used],
    )
    notes = [Note(level="information", code="instruments_unnamed", text=_UNNAMED)]
    elsewhere = sum(1 for k, mine in enumerate(own) if rows.species[k] and not mine)
    if elsewhere:
        text = f"{many(elsewhere, 'attack')} on another subject than the imitated one: left out."
        notes.append(Note(level="warning", code="attacks_elsewhere", text=text))
    scores, more = _comparisons(table, rows, own)
    return made, scores, (*notes, *more)


_UNNAMED = "The file names no instruments: all attacks of a species on one subject are taken as one instrument."


def _comparisons(
    table: CsvTable, rows: _Rows, own: Sequence[bool]
) -> tuple[ScoreSet | None, tuple[Note, ...]]:  # fmt: skip
    """The bona fide rows as comparisons; None where there are none."""
    licit = [k for k, species in enumerate(rows.species) if not species]
    if not licit:
        return None, ()

    def texts(names: Sequence[str]) -> Texts:
        distinct, codes = np.unique([names[k] for k in licit], return_inverse=True)
        return Texts(codes.astype(np.int32), [str(name) for name in distinct])

    keys = table.column("probe_key") if "probe_key" in table else None
    raw = RawScores(
        values=rows.scores[licit],
        mated=np.array([own[k] for k in licit]),
        name=table.name,
        place=lambda row: table.where(licit[row]),
        probe=texts(keys) if keys else None,
        reference=texts(rows.references) if keys else None,
        probe_subject=texts(rows.probes),
        reference_subject=texts(rows.references),
        same_namespace=False,
    )
    return build(raw, Asked())
