"""`frbench registry`: results of many algorithms, vendors and versions, in a list to search and to publish."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from fr_bench.cli.options import PATH, output_file, output_options, print_json, say
from fr_bench.errors import DataError, UsageError, nearest, shown

if TYPE_CHECKING:
    from fr_bench.registry.entry import Entry, Registry
    from fr_bench.registry.index import Answer
    from fr_bench.registry.page import Titles
    from fr_bench.registry.queries import Query

Command = TypeVar("Command", bound=Callable[..., Any])

EPILOG = """\b
Examples:
  frbench registry rebuild runs/ rehearsals/        the index registry.sqlite, from folders of runs and rehearsals
  frbench registry list --valid-on today --sort vendor
  frbench registry search hanbit --scheme kisa-style-face --verdict pass
  frbench registry show 7bb74fdabf68
  frbench registry export -o products.html --lang ko

\b
Exit codes: 0 done; what is left out is told and counted · 2 command line or registry card · 3 no index, no runs, no
such entry, or with --strict something left out · 6 environment, such as another rebuild going on. Whatever it lists is
a rehearsal or a run, and no certificate.
"""


class Commands(click.Group):
    """Commands of a command: a misspelt one names the nearest."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and not args[0].startswith("-") and args[0] not in self.commands:
            raise click.UsageError(f"no command {args[0]!r}{nearest(args[0], self.commands)}", ctx)
        return super().resolve_command(ctx, args)


@click.group(cls=Commands, epilog=EPILOG, invoke_without_command=True)
@click.pass_context
def command(context: click.Context) -> None:
    """Keep results by algorithm, version, vendor, scheme, date and validity, and search, print and publish them.

    The index is made from run folders and rehearsals, and can be made again at any time. A registry.toml beside them
    says who made which recognizer, and how long its result is taken to hold.
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def index_option(function: Command) -> Command:
    """Which index is meant."""
    text = "The index file. [env: FRBENCH_REGISTRY]"
    option = click.option("--index", type=PATH, default="registry.sqlite", show_default=True, envvar="FRBENCH_REGISTRY",
                          help=text)  # fmt: skip
    made: Command = option(function)
    return made


def filters(function: Command) -> Command:
    """What is asked of the index."""
    for decorate in reversed((
        click.option("--vendor", default="", metavar="TEXT", help="A part of the vendor's name."),
        click.option("--algorithm", default="", metavar="TEXT", help="A part of the algorithm's name."),
        click.option("--scheme", default="", metavar="TEXT", help="Rehearsed by a scheme of this name."),
        click.option("--verdict", type=click.Choice(["pass", "fail", "inconclusive"]), help="With this verdict."),
        click.option("--since", metavar="DATE", help="Tested on this day or later, such as 2026-01-31."),
        click.option("--valid-on", metavar="DATE", help="Valid on this day by its card; `today` will do."),
        click.option("--sort", type=click.Choice(["newest", "oldest", "vendor", "algorithm", "valid-until"]),
                     default="newest", show_default=True, help="The order."),
        index_option,
    )):  # fmt: skip
        function = decorate(function)
    return function


def language(function: Command) -> Command:
    """The language of what is printed."""
    made: Command = click.option("--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True,
                                 help="Language.")(function)  # fmt: skip
    return made


@command.command("rebuild", short_help="Make the index from folders of runs and rehearsals.")
@click.argument("folders", nargs=-1, required=True, type=PATH)
@click.option("--cards", multiple=True, type=PATH, metavar="FILE", help="A registry card that lies elsewhere; every "
              "registry.toml below FOLDERS is read anyway.")  # fmt: skip
@click.option("--quick", is_flag=True, help="Compare sizes and results with the manifests, not every byte.")
@click.option("--strict", is_flag=True, help="Exit 3 where a folder became no entry, a card's product is in none, or a "
              "signature does not hold; the index is made all the same.")  # fmt: skip
@index_option
@output_options
def rebuild(
    folders: tuple[Path, ...],
    cards: tuple[Path, ...],
    quick: bool,
    strict: bool,
    index: Path,
    as_json: bool,
    progress: Any,
    quiet: bool,
) -> int:
    """Make the index anew from all runs and rehearsals below FOLDERS; the folders are only read.

    What is damaged, unfinished or of no use is told and counted, and the index holds the rest.
    """
    from fr_bench.progress import Shown
    from fr_bench.registry import collecting
    from fr_bench.registry import index as indexes

    target = _index_file(index)
    with indexes.locked(target):
        indexes.refuse_others(target)
        with Shown("none" if quiet else progress) as observer:
            found = collecting.collect(folders, target.absolute().parent, observer, cards=cards, quick=quick)
        indexes.write(target, found)
    _tell_made(target, found, as_json=as_json, quiet=quiet)
    if strict:
        _refuse_left_out(target, found)
    return 0


def _tell_made(target: Path, found: Registry, *, as_json: bool, quiet: bool) -> None:
    unnamed = sum(not entry.vendor for entry in found.entries)
    hurt = _badly_signed(found)
    if as_json:
        print_json({"index": str(target), "entries": len(found.entries), "unnamed": unnamed, "bad_signatures": hurt,
                    "problems": [{"place": one.place, "state": one.state, "reason": one.reason}
                                 for one in found.problems]})  # fmt: skip
        return
    count = len(found.entries)
    left = _counted(found)
    click.echo(f"{target}: {count} {'entry' if count == 1 else 'entries'}{f'; left out: {left}' if left else ''}")
    _tell_problems(found.problems)
    if hurt:
        click.echo(f"signatures that do not hold: {', '.join(hurt)}; `frbench registry show` says why")
    if unnamed:
        whose = "1 entry states" if unnamed == 1 else f"{unnamed} entries state"
        say(f"{whose} no vendor: a registry.toml beside the runs says who made what", quiet=quiet)


def _badly_signed(found: Registry) -> list[str]:
    """Entries with a signature that does not hold."""
    return [entry.id for entry in found.entries if any(one.good is False for one in entry.signed)]


def _counted(found: Registry) -> str:
    """How many folders, or products of a card, came to nothing, by their state."""
    states = [one.state for one in found.problems]
    words = (("damaged", "damaged"), ("unfinished", "unfinished"), ("unused", "not used"))
    return ", ".join(f"{states.count(state)} {word}" for state, word in words if state in states)


def _refuse_left_out(target: Path, found: Registry) -> None:
    """Raise DataError `incomplete_registry` where not everything that was found became an entry that holds."""
    hurt = len(_badly_signed(found))
    parts = [_counted(found), f"{hurt} with a signature that does not hold" if hurt else ""]
    told = ", ".join(part for part in parts if part)
    if told:
        raise DataError(f"--strict: {shown(str(target))} is made, but not of all that is there: {told}; mend it, or "
                        "move it out of these folders, and rebuild", code="incomplete_registry")  # fmt: skip


def _index_file(index: Path) -> Path:
    try:
        return output_file(index)
    except UsageError as mistake:
        raise UsageError(mistake.message.replace("--out", "--index"), code=mistake.code) from None


def _tell_problems(problems: Any) -> None:
    from fr_bench.registry import listing
    from fr_bench.reports.wording import wording

    for line in listing.problem_lines(problems, wording("en"), _width())[1:]:
        click.echo(line)


def _width() -> int:
    import shutil

    return max(60, min(shutil.get_terminal_size((100, 24)).columns, 140))


@command.command("list", short_help="List entries, and folders that are none.")
@filters
@language
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
@click.option("--markdown", is_flag=True, help="As a Markdown table on stdout.")
def list_(lang: str, as_json: bool, markdown: bool, index: Path, **asked: Any) -> int:
    """List the entries, and the folders that could not become entries with the reason."""
    return _print(index, _query("", asked), lang, as_json, markdown)


@command.command("search", short_help="List the entries that hold all of some words.")
@click.argument("text", nargs=-1)
@filters
@language
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
@click.option("--markdown", is_flag=True, help="As a Markdown table on stdout.")
def search(text: tuple[str, ...], lang: str, as_json: bool, markdown: bool, index: Path, **asked: Any) -> int:
    """List the entries that hold all words of TEXT: in names, numbers, notes, data sets, digests or folders.

    The fingerprint of a key, such as SHA256:XVJm…, or its first letters, finds what was signed with it.
    """
    return _print(index, _query(" ".join(text), asked), lang, as_json, markdown)


def _query(text: str, asked: dict[str, Any]) -> Query:
    from fr_bench.registry.queries import Query

    return Query(
        text=text, vendor=asked["vendor"], algorithm=asked["algorithm"], scheme=asked["scheme"],
        verdict=asked["verdict"] or "", since=_day("--since", asked["since"]),
        valid_on=_day("--valid-on", asked["valid_on"]), sort=asked["sort"],
    )  # fmt: skip


def _day(option: str, text: str | None) -> date | None:
    """A day as it is written on the command line; `today` is that of this machine's clock."""
    if text is None:
        return None
    if text == "today":
        return date.today()
    try:
        if len(text) != len("2026-01-31"):
            raise ValueError
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{option} {shown(text)!r} is no day; write it as 2026-01-31", code="bad_option") from None


def _print(index: Path, query: Query, lang: str, as_json: bool, markdown: bool) -> int:
    from fr_bench.registry import index as indexes
    from fr_bench.registry import listing
    from fr_bench.reports.wording import wording

    if as_json and markdown:
        raise UsageError("--json and --markdown exclude each other; give one", code="bad_option")
    answer = indexes.read(index, query)
    if as_json:
        print_json(listing.as_json(answer))
    elif markdown:
        click.echo(listing.markdown(answer, wording(lang)), nl=False)
    else:
        click.echo("\n".join(listing.lines(answer, wording(lang), _width(), everything=query.everything)))
    return 0


@command.command("show", short_help="Show all of one entry.")
@click.argument("entry", metavar="ID|NUMBER|FOLDER")
@index_option
@language
@click.option("--json", "as_json", is_flag=True, help="As JSON on stdout.")
def show(entry: str, index: Path, lang: str, as_json: bool) -> int:
    """Show all that is known of one entry, and whether its folder is still what was indexed.

    Who signed it is told by the key of the signature; whose key that is, `frbench verify RUN --key FILE` says.
    """
    from fr_bench.registry import collecting, listing, signers
    from fr_bench.reports.wording import wording

    base = index.absolute().parent
    found = _found(index, entry, base)
    now = collecting.state_now(found, base)
    same = signers.unchanged(found, base)
    if as_json:
        print_json(
            {**listing.entry_json(found), "folder_now": now, "signatures_now": "unchanged" if same else "changed"}
        )
        return 0
    texts = wording(lang)
    click.echo("\n".join(listing.shown(found, texts, _width())))
    if now != "unchanged":
        click.echo(texts(f"registry.now_{now}"))
    elif not same:
        click.echo(texts("registry.now_signed"))
    return 0


def _found(index: Path, entry: str, base: Path) -> Entry:
    """The entry that is named, or whose folder is, from here: the index may lie elsewhere, and `runs/latest` points."""
    import os

    from fr_bench.registry import index as indexes
    from fr_bench.storage import runs

    try:
        return indexes.find(index, entry)
    except DataError as fault:
        path = Path(entry)
        if fault.code != "no_such_entry" or not (path.is_dir() or (path.name == runs.LATEST and path.exists())):
            raise
        return indexes.find(index, Path(os.path.relpath(runs.meant(path).absolute(), base)).as_posix())


@command.command("export", short_help="Write the list as a page to publish.")
@click.option("-o", "--out", type=PATH, required=True, help="The page, one HTML file that loads nothing.")
@filters
@language
def export(out: Path, lang: str, index: Path, **asked: Any) -> int:
    """Write the list as a page to publish: search and sort in the browser, readable without JavaScript."""
    from fr_bench.registry import index as indexes
    from fr_bench.registry import page
    from fr_bench.storage.files import write_atomic

    target = output_file(out)
    answer = indexes.read(index, _query("", asked))
    write_atomic(target, page.html(answer, language=lang, titles=_titles(answer, lang)).encode("utf-8"))
    click.echo(str(target))
    return 0


def _titles(answer: Answer, lang: str) -> Titles:
    """Names of categories from the schemes that ship; those of other schemes stay as their records tell them."""
    from fr_bench.certification import reading

    used = {one.scheme for entry in answer.entries for one in entry.rehearsed}
    known = {name: reading.profile(name) for name in reading.available() if name in used}

    def title(scheme: str, category: str) -> str:
        found = [one for one in known[scheme].categories if one.name == category] if scheme in known else []
        return found[0].title[lang] if found else category

    return title
