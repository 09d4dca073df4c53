"""The sentences of a report, one TOML file a language in `wording/`; both have the same keys.

Korean terms follow the usage of KISA and TTA with the English abbreviation in brackets, such as 오일치율(FMR).
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from fr_bench.errors import UsageError, nearest
from fr_bench.findings import Measure, Measurement, Note
from fr_bench.reports import sentences


@dataclass(frozen=True, slots=True)
class Wording:
    """The texts of one language by dotted key.

    >>> say = wording("en")
    >>> say("numbers.of", errors="3", trials="1 200")
    '3 of 1 200'
    """

    language: str
    texts: Mapping[str, str]

    def __call__(self, key: str, /, **values: object) -> str:
        """The text under a key with its values filled in. A missing key or value is a bug: ValueError."""
        if key not in self.texts:
            raise ValueError(f"wording {self.language}: no text {key!r}")
        try:
            return self.texts[key].format(**values)
        except (KeyError, IndexError) as missing:
            raise ValueError(f"wording {self.language}: {key!r} lacks the value {missing}") from missing

    def get(self, key: str, otherwise: str) -> str:
        """The text under a key that comes from data, such as a label of a newer version; `otherwise` if unknown."""
        return self.texts.get(key, otherwise)

    def note(self, note: Note) -> str:
        """A note in this language: its sentence, else what its code says with the text behind it, else its text.

        >>> wording("ko").note(Note(level="warning", code="few_subjects", text="Only 3 subjects."))
        '대상자가 적어 다른 사람들에 대해서는 거의 말할 수 없습니다 (Only 3 subjects.)'
        """
        told = sentences.translated(note.text, self.language)
        return told or self.get(f"note.{note.code}", "{text}").format(text=note.text)

    def reason(self, measurement: Measurement) -> str:
        """Why there is no value, in this language where the reason is a known sentence or has a code."""
        if told := sentences.translated(measurement.reason or "", self.language):
            return told
        template = self.get(f"reason.{measurement.details.get('code')}", "{text}")
        return template.format(text=measurement.reason or "")

    def no_interval(self, text: str) -> str:
        """Why there is no interval: the same sentence in this language, or as it is if it is none that we know."""
        known = {sentence: key for key, sentence in wording("en").texts.items() if key.startswith("no_interval.")}
        return self.texts[known[text]] if text in known else self.sentence(text)

    def sentence(self, text: str) -> str:
        """A text of the result in this language; as it is if it is none that we know."""
        return sentences.translated(text, self.language) or text

    def word(self, kind: str, text: str) -> str:
        """A word of the result, such as the name of a plan, with the original in brackets; as it is if unknown."""
        return sentences.word(kind, text, self.language)

    def measure(self, text: str) -> str:
        """What a measure is called: its name in words and the condition that its parameters set.

        >>> wording("en").measure("FNMR@FMR=1e-4")
        'False non-match rate at FMR <= 1e-4'
        """
        try:
            found = Measure.parse(text)
        except UsageError:
            return text
        if named := re.fullmatch(r"FMR(\d+)", found.name):
            condition = self("measure_parts.at_most", key="FMR", value=f"1/{named[1]}")
            return self("measure_parts.at", title=self("measure.FNMR"), conditions=condition)
        title = self.get(f"measure.{found.name}", found.name)
        if not found.parameters:
            return title
        names = sentences.words(self.language).get("parameter", {})
        forms = {True: "measure_parts.at_most", False: "measure_parts.equal"}
        conditions = [self(forms[key.isupper()], key=names.get(key, key), value=v) for key, v in found.parameters]
        return self("measure_parts.at", title=title, conditions=", ".join(conditions))


def languages() -> list[str]:
    """The languages there are texts for.

    >>> languages()
    ['en', 'ko']
    """
    folder = resources.files("fr_bench.reports").joinpath("wording")
    return sorted(entry.name.removesuffix(".toml") for entry in folder.iterdir() if entry.name.endswith(".toml"))


@lru_cache(maxsize=8)
def wording(language: str = "en") -> Wording:
    """The texts of a language. Raises UsageError (`unknown_language`) naming the languages there are."""
    if language not in languages():
        message = f"no report language {language!r}{nearest(language, languages())}"
        raise UsageError(message, code="unknown_language")
    file = resources.files("fr_bench.reports").joinpath("wording", f"{language}.toml")
    return Wording(language, _flat(tomllib.loads(file.read_text(encoding="utf-8"))))


def _flat(tree: Mapping[str, Any], prefix: str = "") -> dict[str, str]:
    texts: dict[str, str] = {}
    for key, value in tree.items():
        if isinstance(value, Mapping):
            texts.update(_flat(value, f"{prefix}{key}."))
        else:
            texts[f"{prefix}{key}"] = str(value)
    return texts
