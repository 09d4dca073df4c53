"""What a measure is, in the reader's language: title, formula, inputs, how its interval is made, source.

The English texts are those of the measure itself; a translation stands in `wording/measures/LANGUAGE.toml`, by the
measure's quantity and parameters, and what it leaves out is told in English. Its table `sentences` holds what several
measures share; an explanation names such a sentence in braces.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from fr_bench.contracts import MeasureKind
from fr_bench.reports.table import cell_width, wrapped
from fr_bench.reports.wording import wording


@dataclass(frozen=True, slots=True)
class Row:
    """One fact of a measure: its key for machines, its name and its text for people."""

    key: str
    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """All that is told of a measure."""

    title: str
    explanation: str
    rows: tuple[Row, ...]

    def lines(self, width: int) -> list[str]:
        """The facts for a terminal, their names in a column."""
        size = max(cell_width(row.name) for row in self.rows)
        found = []
        for row in self.rows:
            first, *further = wrapped(row.text, width - size - 2, "")
            blanks = " " * (size - cell_width(row.name))
            found += [f"{row.name}{blanks}  {first}", *(f"{' ' * size}  {line}" for line in further)]
        return found


def explained(kind: MeasureKind, language: str = "en") -> Explanation:
    """What a kind of measure is. Raises UsageError for an unknown language."""
    say, own = wording(language), translations(language).get(text_key(kind), {})
    rows = (
        Row("formula", say("explain.formula"), own.get("formula", kind.formula)),
        Row("inputs", say("explain.inputs"), say(f"explain.needs_{kind.needs}")),
        Row("interval", say("explain.interval"), say(f"explain.interval_{family(kind)}")),
        Row("unit", say("explain.unit"), say(f"explain.unit_{kind.unit}")),
        Row("better", say("explain.better"), say(f"explain.better_{kind.better}")),
        Row("version", say("explain.version"), str(kind.version)),
        Row("source", say("explain.source"), own.get("source", kind.source)),
        Row("example", say("explain.example"), kind.example),
    )
    return Explanation(own.get("title", kind.title), own.get("explanation", kind.explanation), rows)


def family(kind: MeasureKind) -> str:
    """How the interval of a kind is made, as one of the words that have a text.

    >>> from fr_bench.known_measures import resolve
    >>> [family(resolve(text)[1]) for text in ("EER", "IR@FMR=1e-3,by=sex", "ZeroFMR", "template-bytes")]
    ['drawn', 'simultaneous', 'none_extreme', 'none_cost']
    """
    if kind.needs in _MADE_BY_ANALYSES:
        return next(word for end, word in _MADE_BY_ANALYSES[kind.needs] if end in kind.name)
    if kind.interval == "none":
        return {"scores": "none_extreme", "cost": "none_cost", "folds": "none_folds"}.get(kind.needs, "none")
    return _BY_NAME.get(kind.name) or _FAMILIES.get(kind.interval, "drawn")


_FAMILIES: Mapping[str, str] = {
    **{
        name: name
        for name in ("fmr", "fnmr", "fnmr_at_fmr", "units", "trials", "weighed_rates", "fnir_at_fpir", "mean_count")
    },
    "bpcer_at_apcer": "at_target",
    "cllr": "skewed",
    **dict.fromkeys(("min_cllr", "min_dcf", "rocch_eer"), "least"),
}
"""The word of each `MeasureKind.interval`; all others are names of what is drawn by subject."""
_BY_NAME: Mapping[str, str] = {"RIAPAR@threshold": "sum", "GFRR@FMR": "fnmr_at_fmr"}
"""Those whose interval hangs on more than their `MeasureKind.interval`."""
_MADE_BY_ANALYSES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "groups": (("worst-served", "fnmr_taken_fixed"), ("", "simultaneous")),
    "quality": (
        ("correlation", "fisher"),
        ("FNMR-EDC-pAUC", "root"),
        ("FMR-EDC-pAUC", "none"),
        ("FNMR-after-discard@threshold", "fnmr"),
        ("FNMR-after-discard", "fnmr_taken_fixed"),
        ("FMR-after-discard@threshold", "fmr"),
        ("FMR-after-discard", "fmr_taken_fixed"),
    ),
}
"""The intervals that `fr_bench.analyses` makes: what is part of the kind's name, and the word; the first that fits."""


def text_key(kind: MeasureKind) -> str:
    """Where the translation of a kind stands: its quantity with all its parameters, which no other kind has.

    >>> from fr_bench.known_measures import resolve
    >>> text_key(resolve("FNMR@FMR=1e-3")[1]), text_key(resolve("minDCF@prior=0.5")[1]), text_key(resolve("EER")[1])
    ('FNMR@FMR', 'minDCF@prior', 'EER')
    """
    return "@".join(filter(None, [kind.quantity, ",".join(kind.parameters)]))


@lru_cache(maxsize=4)
def translations(language: str) -> Mapping[str, Mapping[str, str]]:
    """Texts of measures by `text_key`, shared sentences written out; empty where the language has none."""
    file = resources.files("fr_bench.reports").joinpath("wording", "measures", f"{language}.toml")
    read = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    shared = read.pop("sentences", {})
    return {key: {**own, "explanation": own["explanation"].format(**shared)} for key, own in read.items()}
