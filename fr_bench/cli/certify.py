"""`frbench certify`: would we pass? A rehearsal of a certification scheme, and its dossier."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from fr_bench.cli.options import PATH, RUN, output_options, print_json, say
from fr_bench.errors import UsageError, shown

if TYPE_CHECKING:
    from fr_bench.certification.profile import Profile
    from fr_bench.certification.running import Evidence
    from fr_bench.progress import Observer
    from fr_bench.records import Presentations

EPILOG = """\b
Examples:
  frbench certify runs/generated-baseline-1a2b3c4d --scheme kisa-style-face
  frbench certify my.toml --scheme kisa-style-face --lang ko --pdf --out dossier/
  frbench certify RUN --scheme bio-itc-2.0 --set threshold=0.35
  frbench certify RUN --scheme bio-itc-2.0 --attacks attacks.csv --set threshold=0.35
      --set pad_threshold=0.5
  frbench certify RUN --scheme tta-vv-like --set far=1e-3 --set frr=0.05
  frbench certify yale.toml --scheme kisa-style-face --map enrolment=condition:normal
      --map lighting=condition:leftlight,rightlight ...
  frbench list profiles                  the schemes

\b
Exit codes: 0 all binding limits are met, or the scheme gives no verdict · 1 a limit is not met · 2 command line,
scheme or configuration · 3 data · 4 recognizer · 5 undecided, such as with fewer than 20 subjects · 6 environment.
Whatever it says, it is a rehearsal and no certificate.
"""


@click.command(epilog=EPILOG)
@click.argument("source", metavar="RUN|CONFIG", type=RUN)
@click.option("--scheme", required=True, metavar="NAME|FILE", help="The scheme: a name of `frbench list profiles`, or "
              "a profile of your own (.toml).")  # fmt: skip
@click.option("--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Language.")
@click.option("--out", type=PATH, help="Folder for the dossier and rehearsal.json. Default: "
              "rehearsals/RUN-SCHEME.")  # fmt: skip
@click.option("--pdf", "with_pdf", is_flag=True, help="Write dossier.pdf (PDF/A) as well; needs the extra pdf.")
@click.option("--set", "settings", multiple=True, metavar="NAME=VALUE", help="A parameter of the scheme, such as "
              "threshold=0.35; with a dot a key of the configuration, such as dataset.subjects=200.")  # fmt: skip
@click.option("--map", "mappings", multiple=True, metavar="PART=ATTRIBUTE:VALUE,...", help="Which samples are the "
              "enrolment, or the probes of a category, where your data call them otherwise.")  # fmt: skip
@click.option("--state", "stated", multiple=True, metavar="KEY=TEXT", help="An item of the report that only people "
              "know, such as tester='Laboratory A'.")  # fmt: skip
@click.option("--data", type=PATH, envvar="FRBENCH_DATA", metavar="ROOT",
              help="Folder that the data set's relative paths start from. [env: FRBENCH_DATA]")  # fmt: skip
@click.option("--attacks", type=PATH, help="CSV of presentations, attacks and bona fide, for the limits of attack "
              "detection (`frbench evaluate --attacks`).")  # fmt: skip
@click.option("--attack-polarity", type=click.Choice(["bona-fide", "attack"]), help="What a high score of --attacks "
              "means, where the file does not say it.")  # fmt: skip
@output_options
def command(
    source: Path,
    scheme: str,
    lang: str,
    out: Path | None,
    with_pdf: bool,
    settings: tuple[str, ...],
    mappings: tuple[str, ...],
    stated: tuple[str, ...],
    data: Path | None,
    attacks: Path | None,
    attack_polarity: Literal["bona-fide", "attack"] | None,
    as_json: bool,
    progress: Any,
    quiet: bool,
) -> int:
    """Rehearse a certification scheme on a RUN folder, or on a CONFIG that is compared as the scheme's plan asks."""
    from fr_bench.certification import reading, rehearsal, running, writing
    from fr_bench.certification.items import items, refuse_unknown
    from fr_bench.cli.output import results_only
    from fr_bench.progress import Shown
    from fr_bench.reports.pdf import ask_for_typst
    from fr_bench.reports.wording import wording

    if with_pdf:
        ask_for_typst("frbench certify --pdf")
    parameters, configured = _settings(settings)
    profile = running.mapped(reading.profile(scheme), _mappings(mappings))
    rehearsal.parameters_of(profile, parameters)
    told = dict(_pair("--state", text) for text in stated)
    refuse_unknown(told)
    presented = _presentations(attacks, attack_polarity)
    with results_only(), Shown("none" if quiet else progress) as observer:
        evidence = _evidence(profile, source, (parameters, configured), data, observer)
        evidence = dataclasses.replace(evidence, presentations=presented)
        found = rehearsal.rehearse(profile, evidence, parameters)
    listed = items(found, told, language=lang)
    folder = _write(found, listed, lang=lang, out=out, with_pdf=with_pdf)
    if as_json:
        print_json(writing.as_json(found, listed))
    else:
        click.echo("\n".join(writing.lines(found, wording(lang))))
    _tell_earlier(evidence, quiet=quiet)
    say(f"dossier: {folder / 'dossier.html'}", quiet=quiet)
    return found.exit_code


def _presentations(attacks: Path | None, polarity: Literal["bona-fide", "attack"] | None) -> Presentations | None:
    from fr_bench.cli import attack_files

    if attacks is None and polarity is None:
        return None
    return attack_files.read((Path("run"),), attacks, polarity).presentations


def _evidence(
    profile: Profile,
    source: Path,
    settings: tuple[dict[str, float], tuple[str, ...]],
    data: Path | None,
    observer: Observer,
) -> Evidence:
    from fr_bench.certification import running
    from fr_bench.cli.options import specification
    from fr_bench.judged_runs import judged_run

    parameters, configured = settings
    folder = source if source.is_dir() else source.parent
    if source.is_dir() or source.name == "result.json":
        if configured:
            raise UsageError(f"--set {configured[0]}: a run is finished and takes no configuration", code="bad_option")
        return running.of_run(profile, judged_run(source), folder, observer, data=data)
    if not source.exists():
        raise UsageError(
            f"{shown(str(source))}: no such run folder, and no such configuration file; `frbench init` writes one",
            code="no_such_file",
        )
    spec = specification(source, data=data, settings=configured)
    return running.of_configuration(profile, spec, observer, parameters)


def _tell_earlier(evidence: Evidence, *, quiet: bool) -> None:
    """How many runs on the same data came before a rehearsal of a configuration, which is one more of them."""
    from fr_bench import earlier_runs

    if evidence.source == "configuration":
        told = evidence.side.result.environment[earlier_runs.KEY]
        if told.get("others") or not told["known"]:
            say(f"earlier runs: {earlier_runs.sentence(told)}", quiet=quiet)


def _write(found: Any, listed: Any, *, lang: str, out: Path | None, with_pdf: bool) -> Path:
    """Write all files of a dossier, once each of them is made; the folder that they stand in."""
    import json

    from fr_bench.certification import dossier, writing
    from fr_bench.storage.files import write_atomic

    machine = writing.as_json(found, listed)
    record = (json.dumps(machine, indent=2, ensure_ascii=False, allow_nan=False, sort_keys=True) + "\n").encode("utf-8")
    files = {"dossier.html": dossier.html(found, listed, language=lang).encode("utf-8"), "rehearsal.json": record}
    if with_pdf:
        files["dossier.pdf"] = dossier.pdf(found, listed, language=lang, record=_digest(found, record))
    folder = _folder(out, f"{found.evidence.side.result.name}-{found.profile.name}")
    for name, data in files.items():
        write_atomic(folder / name, data)
    return folder


def _digest(found: Any, record: bytes) -> tuple[str, str]:
    """What stands on every page: the seal of the run that was judged, or the rehearsal where no run was stored."""
    import hashlib

    if found.evidence.sealed is not None:
        return "manifest.json", found.evidence.sealed.manifest
    return "rehearsal.json", hashlib.sha256(record).hexdigest()


def _folder(out: Path | None, name: str) -> Path:
    """The folder of the dossier, made where it is not there; never inside of a finished run."""
    from fr_bench.cli.options import output_file
    from fr_bench.storage.files import write_failure

    folder = out or Path("rehearsals") / name
    if folder.is_file():
        raise UsageError(f"--out {folder} is a file; name a folder", code="bad_output")
    there = next(one for one in (folder.absolute(), *folder.absolute().parents) if one.is_dir())
    output_file(there / "dossier.html")
    with write_failure(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _settings(texts: tuple[str, ...]) -> tuple[dict[str, float], tuple[str, ...]]:
    """Parameters of the scheme, and keys of the configuration, which have a dot."""
    found: dict[str, float] = {}
    configured = []
    for text in texts:
        name, value = _pair("--set", text)
        if "." in name:
            configured.append(text)
            continue
        found[name] = _number(name, value)
    return found, tuple(configured)


def _number(name: str, text: str) -> float:
    from fr_bench.planning.requirement import number

    try:
        value = float(text)
    except ValueError:
        value = float(number(text, f"--set {name}")[0])
    if not -1e308 < value < 1e308:
        raise UsageError(f"--set {name}={shown(text)}: no finite number", code="bad_option")
    return value


def _mappings(texts: tuple[str, ...]) -> dict[str, dict[str, tuple[str, ...]]]:
    found: dict[str, dict[str, tuple[str, ...]]] = {}
    for text in texts:
        part, rest = _pair("--map", text)
        attribute, colon, values = rest.partition(":")
        chosen = tuple(value.strip() for value in values.split(",") if value.strip())
        if not colon or not attribute or not chosen:
            raise UsageError(
                f"--map {shown(text)!r} is not of the form PART=ATTRIBUTE:VALUE,VALUE, such as "
                "lighting=condition:leftlight,rightlight",
                code="bad_option",
            )
        found.setdefault(part, {})[attribute.strip()] = chosen
    return found


def _pair(option: str, text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip() or not value.strip():
        raise UsageError(f"{option} {shown(text)!r} is not of the form NAME=VALUE", code="bad_option")
    return name.strip(), value.strip()
