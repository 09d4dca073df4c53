"""Sentences and words that are told in English first, in another language: `wording/sentences/LANGUAGE.toml`.

Those of plans stand apart, in `LANGUAGE-plans.toml`, and those of gates in `LANGUAGE-gates.toml`.

A result is written once, in English, and read in any language. A sentence of the catalogue is a form: `{name}` stands
for figures, `{name_text}` for any text, `{name_reason}` for another sentence of the catalogue, `[a|b]` for one of two
words and `[s]` for an ending that may be missing. A text that fits no form has no translation, which the caller tells.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

LONGEST = 2000
"""Characters of a text that is looked up; longer ones are lists that nobody wrote a form for."""
_FIGURES = r"[-+\d](?:[-+\d\u00a0\u202f ,.e%]{0,39}[\d%])?|[+-]?inf"
_PART = re.compile(r"\{(\w+)\}|\[([^\]|]+)(?:\|([^\]]+))?\]")


@dataclass(frozen=True, slots=True)
class Form:
    """One sentence: the pattern of the English text, and the text of the other language."""

    pattern: re.Pattern[str]
    text: str


def translated(text: str, language: str) -> str | None:
    """A sentence of a result in another language; None where the catalogue has none.

    >>> translated("Only 3 subjects: figures say little about other people.", "ko")
    '대상자가 3명뿐이어서 다른 사람들에 대해서는 거의 말할 수 없습니다.'
    >>> translated("no attack was presented", "ko"), translated("Something new.", "ko")
    ('공격 제시가 없습니다', None)
    """
    if len(text) > LONGEST:
        return None
    for form in forms(language):
        if found := form.pattern.fullmatch(text):
            return form.text.format(**{name: _value(name, part, language) for name, part in found.groupdict().items()})
    return None


def word(kind: str, text: str, language: str) -> str:
    """A word of a result, such as the name of a plan, with the original in brackets; as it is if unknown.

    >>> word("plan", "all", "ko"), word("plan", "new", "ko"), word("plan", "all", "en")
    ('모든 조합(all)', 'new', 'all')
    """
    told = words(language).get(kind, {}).get(text)
    return f"{told}({text})" if told else text


def _value(name: str, part: str, language: str) -> str:
    told = translated(part, language) if name.endswith("_reason") else None
    return told or part


@lru_cache(maxsize=4)
def forms(language: str) -> tuple[Form, ...]:
    """The sentences of a language; none for English."""
    return tuple(Form(_pattern(one["en"]), one["text"]) for one in _read(language).get("sentence", ()))


def words(language: str) -> Mapping[str, Mapping[str, str]]:
    """The words of a language by kind; none for English."""
    found: Mapping[str, Mapping[str, str]] = _read(language).get("words", {})
    return found


def _pattern(form: str) -> re.Pattern[str]:
    parts, end = [], 0
    for found in _PART.finditer(form):
        parts += [re.escape(form[end : found.start()]), _group(found)]
        end = found.end()
    # The same words open a sentence or stand within one: the first letter and the full stop are no difference.
    return re.compile("".join([*parts, re.escape(form[end:].rstrip(".")), r"\.?"]), re.DOTALL | re.IGNORECASE)


def _group(found: re.Match[str]) -> str:
    name, one, other = found.groups()
    if name:
        return f"(?P<{name}>{'.+?' if name.endswith(('_text', '_reason')) else _FIGURES})"
    return f"(?:{re.escape(one)}|{re.escape(other)})" if other else f"(?:{re.escape(one)})?"


@lru_cache(maxsize=4)
def _read(language: str) -> dict[str, Any]:
    folder, found = resources.files("fr_bench.reports").joinpath("wording", "sentences"), dict[str, Any]()
    # Those of results last: some of their forms begin with a single word and take the rest as it is.
    for part in ("-plans", "-gates", ""):
        file = folder.joinpath(f"{language}{part}.toml")
        told = tomllib.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
        found["sentence"] = [*found.get("sentence", ()), *told.get("sentence", ())]
        found["words"] = {**found.get("words", {}), **told.get("words", {})}
    return found
