"""A result, or several, as one HTML file: nothing is loaded, nothing is sent, all of it readable without JavaScript.

Jinja2 escapes everything that is no markup of our own templates; text from data is made visible first. The content
security policy allows the one script of the page by its hash, pictures and fonts inside the file, and nothing else.
Equal results give equal bytes: the page holds no time but what the result holds.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from fr_bench.findings import Analysis, Result
from fr_bench.reports import side_by_side
from fr_bench.reports.document import Page, Plot, Section, sections
from fr_bench.reports.drawn import Drawn
from fr_bench.reports.escaping import picture, script_json, shortened, visible
from fr_bench.reports.fonts import faces
from fr_bench.reports.sections import differences as differences_section
from fr_bench.reports.table import limited
from fr_bench.reports.wording import Wording, wording

if TYPE_CHECKING:
    from jinja2 import Environment

PICTURE_LIMIT = 20_000_000
"""Characters of pictures that a page may hold; above it shows none."""
_SOFT = re.compile("([/_])")
"""Where a path or a label may break; escapes of HTML hold neither."""
SIZE_TO_SAY = 5_000_000
"""A page above this says how large it is."""


def html(
    results: Result | Sequence[Result],
    *,
    language: str = "en",
    differences: Analysis | None = None,
    drawn: Drawn | None = None,
) -> str:
    """The page of a result, or of several side by side, in one language; `"ko"` uses the terms of KISA and TTA.

    differences   what `fr_bench.comparing` found between two results: it stands first on their page
    drawn         the figures of these results in this language, where they are wanted elsewhere too

    Raises UsageError (`unknown_language`) for a language there are no texts for, ValueError for no result.
    """
    several = [results] if isinstance(results, Result) else list(results)
    found = content(several, language, differences=differences, drawn=drawn)
    return _document(wording(language), found.name, found.sections, several[0].schema, found.kicker, found.badge)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What a page of results shows, however it is set: the line above its name, its badge if any, its sections."""

    name: str
    kicker: str
    sections: Sequence[Section]
    badge: str = ""


def content(
    several: Sequence[Result], language: str, *, differences: Analysis | None = None, drawn: Drawn | None = None
) -> Content:
    """The sections of the page of a result, or of several side by side; arguments and mistakes are those of `html`."""
    if not several:
        raise ValueError("a page needs at least one result")
    say = wording(language)
    drawn = drawn or Drawn(several, language)
    if len(several) == 1:
        page = _page(several[0], say, drawn)
        badge = say("summary.limited") if limited(several[0]) else ""
        kicker = say("page.kicker") + measured_on(several[0], say)
        return Content(name=several[0].name, kicker=kicker, sections=sections(page), badge=badge)
    found = side_by_side.sections(several, say, drawn)
    if differences is not None:
        blocks = tuple(differences_section.blocks(differences, say))
        found = [Section("differences", say(differences_section.TITLE), blocks), *found]
        names = [one.recognizer.name if one.recognizer else one.name for one in several]
        first, second = names if len({*names}) > 1 else [one.name for one in several]
        name = say("differences.page", first=first, second=second)
        return Content(name=name, kicker=say("differences.kicker"), sections=found)
    name = say("side.name", count=len(several))
    return Content(name=name, kicker=say("page.kicker_several"), sections=found)


def measured_on(result: Result, say: Wording) -> str:
    """When the run was finished, for the head of the page; "" where the result does not say it."""
    try:
        time = datetime.fromisoformat(str(result.environment.get("finished", "")))
        told = (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        return ""
    return f", {say('page.measured_on', time=f'{told:%Y-%m-%d %H:%M}')}"


def _page(result: Result, say: Wording, drawn: Drawn) -> Page:
    allowed, reason = True, ""
    if result.dataset is not None and not result.dataset.pictures_allowed:
        allowed, reason = False, say("notable.forbidden")
    elif _picture_size(result) > PICTURE_LIMIT:
        allowed, reason = False, say("notable.too_big", limit=PICTURE_LIMIT // 1_000_000)
    return Page(result=result, say=say, pictures=allowed, pictures_reason=reason, plots=drawn)


def _picture_size(result: Result) -> int:
    uris: list[str | None] = [failure.picture for failure in result.failures]
    for row in (*result.false_matches, *result.false_non_matches):
        uris += [row.probe_picture, row.reference_picture]
    return sum(len(shown) for uri in uris if (shown := picture(uri)) is not None)


def _document(
    say: Wording, name: str, found: Sequence[Section], schema: str, kicker: str, badge: str = "", note: str = ""
) -> str:
    script, style = _asset("script.js"), _asset("style.css") + faces(say.language)
    digest = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode("ascii")
    values: dict[str, Any] = {
        "say": say, "name": name, "kicker": kicker, "badge": badge, "note": note, "sections": found, "schema": schema,
        "script": script, "style": style, "policy": policy(digest), "points": script_json(_points(found)),
        "size_note": "",
    }  # fmt: skip
    template = _environment().get_template("page.html")
    text = template.render(values)
    if len(text) > SIZE_TO_SAY:
        note = say("page.size_note", size=f"{len(text) / 1e6:.1f}")
        text = template.render({**values, "size_note": note})
    return text


def policy(script_digest: str) -> str:
    """The content security policy of a page whose script has this SHA-256 in base64."""
    return (
        f"default-src 'none'; img-src data:; font-src data:; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{script_digest}'; base-uri 'none'; form-action 'none'"
    )


def _points(found: Iterable[Section]) -> dict[str, list[list[Any]]]:
    """The read-out of each plot for the script: x, y and a text, from left to right."""
    plots = [block for section in found for block in section.blocks if isinstance(block, Plot)]
    return {plot.name: [[x, y, visible(text)] for x, y, text in plot.points] for plot in plots if plot.points}


def _asset(name: str) -> str:
    return resources.files("fr_bench.reports").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined
    from markupsafe import Markup, escape

    def shown(value: Any) -> Any:
        return visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value

    environment = Environment(
        loader=PackageLoader("fr_bench.reports", "templates"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True, finalize=shown, auto_reload=False,
    )  # fmt: skip
    # Only our own script, style and figures pass as markup; `own` names every place where that happens.
    environment.filters["own"] = Markup
    environment.filters["unbroken"] = unbroken
    environment.filters["shortened"] = shortened
    environment.filters["softened"] = lambda text: Markup(_SOFT.sub(r"\1<wbr>", str(escape(visible(text)))))
    return environment


def unbroken(text: str) -> str:
    r"""The text with no-break spaces inside numbers and before a percent sign; <= and >= become one character.

    >>> unbroken("4 459 of 494 500")
    '4\xa0459 of 494\xa0500'
    """
    joined = re.sub(r"(?<=\d) (?=\d{3}(?!\d))|(?<=[\d\]]) (?=%)|(?<=\d,) (?=[\d.e-]+\])", "\u00a0", text)
    for said, sign in (("<= ", "\u2264"), (">= ", "\u2265"), ("\u2264 ", "\u2264"), ("\u2265 ", "\u2265")):
        joined = joined.replace(said, f"{sign}\u00a0")
    return joined
