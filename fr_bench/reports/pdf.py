"""Sections as a PDF for keeping: PDF/A-2a and PDF/UA-1, set by Typst with the fonts that frbench carries.

The typesetter reads one template of ours and one JSON file; texts reach it as data and are never read as markup. It
works in a folder of its own, out of which it cannot read, and asks for nothing from outside. Equal sections give equal
bytes: the only time in the file is that of the run.
"""

from __future__ import annotations

import importlib.util
import json
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import resources
from pathlib import Path

from fr_bench.errors import MachineError, UsageError, shown
from fr_bench.findings import Result
from fr_bench.reports.document import Section
from fr_bench.reports.escaping import shortened
from fr_bench.reports.fonts import OWN_FAMILY
from fr_bench.reports.pdf_blocks import Blocks
from fr_bench.reports.pdf_text import drawn, exact, printed
from fr_bench.reports.wording import Wording

MONO_FAMILY = "DejaVu Sans Mono"
"""Typst carries it; digests and settings are set in it."""
_ESCAPE = re.compile(r"\\\\\u200b?[uU][0-9a-f]{4}")
"""A letter spelled as `pdf_text.drawn` does, in JSON."""
UNDATED = datetime(1970, 1, 1, tzinfo=UTC)
"""PDF/A wants a date. A result that holds none gets this one, which nobody takes for the day of a measurement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """What stands on every page beside its number.

    badge    on top, what the document is not; "" for none
    note     at the foot, how it is to be read; "" for none
    digest   at the foot, the file whose SHA-256 is printed, and the SHA-256; None for none
    """

    badge: str = ""
    note: str = ""
    digest: tuple[str, str] | None = None


def ask_for_typst(command: str) -> None:
    """Raise UsageError `missing_extra` where PDF cannot be made, before any work is done for it.

    command   what was typed, for the message
    """
    if importlib.util.find_spec("typst") is None:
        raise UsageError(f"{command} needs the extra pdf: pip install 'fr-bench-toolkit[pdf]'", code="missing_extra")


def pdf(
    name: str,
    sections: Sequence[Section],
    say: Wording,
    running: Running,
    *,
    kicker: str = "",
    made: datetime = UNDATED,
) -> bytes:
    """The document: `name` is its title, `kicker` stands above it, `made` is its date.

    Raises UsageError `missing_extra` without the extra `pdf`, MachineError `write_failed` where the machine has no room
    for a temporary folder, ValueError where the typesetter warns: that is a bug.
    """
    ask_for_typst("a PDF")
    blocks = Blocks(say("page.picture_missing"))
    badge, note = printed(running.badge), printed(running.note)
    file, digest = running.digest or ("", "")
    data = {
        "language": say.language, "title": printed(shortened(name, 160)), "short": printed(shortened(name, 72)),
        "plain_title": shortened(drawn(name), 160),
        "kicker": printed(kicker), "badge": badge, "note": note,
        "digest": printed(say("pdf.digest", file=file)) if digest else "", "sha256": exact(digest),
        "page": say("pdf.page", page="{page}", pages="{pages}"), "font": OWN_FAMILY, "mono": MONO_FAMILY,
        "date": [made.year, made.month, made.day, made.hour, made.minute, made.second],
        "sections": blocks.sections(sections),
    }  # fmt: skip
    spelled = _ESCAPE.search(json.dumps(data, ensure_ascii=False)) is not None
    data["escapes"] = printed(say("pdf.escapes")) if spelled else ""
    return _set({"data.json": json.dumps(data, ensure_ascii=False).encode("utf-8"), **blocks.files}, made)


def measured(result: Result) -> datetime:
    """When a run was finished, to the second in UTC; `UNDATED` where the result does not say it."""
    try:
        time = datetime.fromisoformat(str(result.environment.get("finished", "")))
        return (time if time.tzinfo else time.replace(tzinfo=UTC)).astimezone(UTC).replace(microsecond=0)
    except (ValueError, OverflowError):
        return UNDATED


def _set(files: dict[str, bytes], made: datetime) -> bytes:
    """The PDF of our template and these files, made in a folder that is gone afterwards."""
    import typst

    fonts = resources.as_file(resources.files("fr_bench.reports").joinpath("fonts_of_pages"))
    with _workplace({**files, "printed.typ": _asset("templates", "printed.typ")}) as folder, fonts as ours:
        # Fonts of this system would make another document on another machine.
        known = typst.Fonts(include_system_fonts=False, font_paths=[str(ours)])
        # PDF/A-2a: the same in decades, text and order of reading included. PDF/UA-1: for everybody.
        document, warnings = typst.compile_with_warnings(
            str(folder / "printed.typ"), format="pdf", root=str(folder), font_paths=known, ignore_system_fonts=True,
            pdf_standards=["a-2a", "ua-1"], timestamp=int(made.timestamp()), package_path=str(folder),
            package_cache_path=str(folder),
        )  # fmt: skip
    if warnings:
        raise ValueError(f"the typesetter warned: {warnings[0].message}")
    return document


@contextmanager
def _workplace(files: dict[str, bytes]) -> Iterator[Path]:
    """A folder with these files. Raises MachineError `write_failed` where there is no room for one."""
    with ExitStack() as until_done:
        try:
            folder = Path(until_done.enter_context(tempfile.TemporaryDirectory(prefix="frbench-pdf-")))
            for name, data in files.items():
                (folder / name).write_bytes(data)
        except OSError as problem:
            where = shown(tempfile.gettempdir())
            raise MachineError(
                f"cannot write in {where}, where a PDF is made: {problem.strerror or problem}; free some space there "
                "or name another folder with TMPDIR",
                code="write_failed",
            ) from problem
        yield folder


def _asset(*names: str) -> bytes:
    return resources.files("fr_bench.reports").joinpath(*names).read_bytes()
