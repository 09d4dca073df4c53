"""`frbench evaluate`: measures from the score files of any tool."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import click

from fr_bench.cli.options import PATH, RUN, output_file, say
from fr_bench.cli.output import Form, show_result
from fr_bench.errors import UsageError

if TYPE_CHECKING:
    from fr_bench.metrics.combining import RuleName

EPILOG = """\b
Examples:
  frbench evaluate scores.csv                              columns are recognised by their names
  frbench evaluate scores.csv --score distance --label same --polarity distance
  frbench evaluate mated.txt nonmated.txt                  two files: the mated scores first
  frbench evaluate scores-dev.txt --measure FNMR@FMR=1e-3  bob's four- and five-column files
  frbench evaluate scores.npz --json
  frbench evaluate eval.csv --development dev.csv          thresholds set on dev.csv, judged on eval.csv
  frbench evaluate scores.csv --calibrate affine           scores to likelihood ratios, on a part of the subjects
  frbench evaluate a.csv --with b.csv --fuse logistic      two systems on the same comparisons, fused
  frbench evaluate scores.csv --quality ofiq.csv           what a requirement on image quality would do
  frbench evaluate scores.csv --by gender                  by columns probe_gender and reference_gender
  frbench evaluate --attacks attacks.csv                   attack detection: columns score, species, instrument

\b
Exit codes: 0 done · 2 command line · 3 score file · 6 environment
"""


@click.command(epilog=EPILOG)
@click.argument("scores", nargs=-1, type=RUN)
@click.option("--attacks", type=PATH, help="CSV of presentations, attacks and bona fide, alone or beside SCORES.")
@click.option("--attack-polarity", type=click.Choice(["bona-fide", "attack"]),
              help="attack: a higher detection score means attack; default: bona-fide.")  # fmt: skip
@click.option("--quality", type=PATH, metavar="FILE",
              help="CSV of image quality, such as OFIQ's, joined by the ids of probes and references; its columns are "
              "measured, of OFIQ's the unified score.")  # fmt: skip
@click.option("--measure", "measures", multiple=True, metavar="TEXT", help="A measure; may be given several times.")
@click.option("--by", multiple=True, metavar="ATTRIBUTE",
              help="Split by an attribute that two columns tell, such as gender by probe_gender and reference_gender "
              "(or bio_ref_gender); gender*age crosses two; may be given several times.")  # fmt: skip
@click.option("--level", type=click.FloatRange(0.5, 1, max_open=True), default=0.95, show_default=True,
              help="Confidence level of the intervals.")  # fmt: skip
@click.option("--method", type=click.Choice(["subject-exact", "independent", "fpp-wilson", "annex-b", "conservative"]),
              default="subject-exact", show_default=True,
              help="How the interval of a rate at a fixed threshold is made.")  # fmt: skip
@click.option("--draws", type=click.IntRange(20, 100_000), default=1000, show_default=True,
              help="How often subjects are drawn for measures of a curve.")  # fmt: skip
@click.option("--seed", type=click.IntRange(0), default=20260101, show_default=True, help="Name of the draws.")
@click.option("--likelihoods", is_flag=True, help="Scores are natural-log likelihood ratios: Cllr can be judged.")
@click.option("--development", type=RUN, metavar="FILE",
              help="Scores of other people, or a run: thresholds are set there and judged on SCORES.")  # fmt: skip
@click.option("--calibrate", type=click.Choice(["affine", "pav"]),
              help="Turn scores into log-likelihood ratios, learnt on --development or --train-subjects.")  # fmt: skip
@click.option("--fuse", type=click.Choice(["z-sum", "min-max-sum", "tanh-sum", "logistic"]),
              help="Make one score of SCORES and those of --with, learnt on --train-subjects.")  # fmt: skip
@click.option("--with", "others", multiple=True, type=RUN, metavar="FILE",
              help="Scores of a further system on the same comparisons; may be given several times.")  # fmt: skip
@click.option("--train-subjects", type=click.FloatRange(0, 1, min_open=True, max_open=True), metavar="SHARE",
              help="Share of the subjects that --calibrate or --fuse learns from; the others are judged; "
              "default: 0.5.")  # fmt: skip
@click.option("--polarity", type=click.Choice(["similarity", "distance"]),
              help="distance: a lower score is more alike; default: similarity.")  # fmt: skip
@click.option("--missing", type=click.Choice(["refuse", "as-failure"]), default="refuse", show_default=True,
              help="as-failure: a missing score is a comparison that failed to match.")  # fmt: skip
@click.option("--layout", default="", help="Layout of the file, where it is not recognised.")
@click.option("--delimiter", default="", help="Character between the fields of a text file.")
@click.option("--score", default="", help="Name of the column with the scores.")
@click.option("--label", default="", help="Name of the column that says mated or nonmated.")
@click.option("--mated", default="", help="Name of the column with mated scores.")
@click.option("--nonmated", default="", help="Name of the column with nonmated scores.")
@click.option("--probe", default="", help="Name of the column with the probe's id.")
@click.option("--reference", default="", help="Name of the column with the reference's id.")
@click.option("--probe-subject", default="", help="Name of the column with the probe's subject.")
@click.option("--reference-subject", default="", help="Name of the column with the reference's subject.")
@click.option("--fold", default="", help="Name of the column with the fold.")
@click.option("--ids", type=click.Choice(["reliable", "unreliable"]), default="reliable",
              show_default=True,
              help="unreliable: ids and subjects are left aside; labels may contradict them.")  # fmt: skip
@click.option("--out", type=PATH, help="Write the report (HTML) here.")
@click.option(
    "--lang", type=click.Choice(["en", "ko"]), default="en", show_default=True, help="Language of the report."
)
@click.option("--format", "form", type=click.Choice(["table", "md", "csv"]), default="table", help="Form of the table.")
@click.option("--json", "as_json", is_flag=True, help="The result as JSON on stdout, for machines.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but the result and mistakes.")
def command(
    scores: tuple[Path, ...],
    attacks: Path | None,
    attack_polarity: Literal["bona-fide", "attack"] | None,
    quality: Path | None,
    measures: tuple[str, ...],
    by: tuple[str, ...],
    level: float,
    method: str,
    draws: int,
    seed: int,
    likelihoods: bool,
    development: Path | None,
    calibrate: Literal["affine", "pav"] | None,
    fuse: RuleName | None,
    others: tuple[Path, ...],
    train_subjects: float | None,
    out: Path | None,
    lang: str,
    form: Form,
    as_json: bool,
    quiet: bool,
    **columns: Any,
) -> int:
    """Measure SCORES, one file or two, made by any tool.

    Read are: CSV with scores and labels, CSV with a mated and a nonmated column, two files of scores (mated first),
    bob's four- and five-column files, .npy and .npz, Parquet, and the folder of a run.
    """
    from fr_bench import known_measures, pipeline
    from fr_bench.analyses import Calibration
    from fr_bench.cli import attack_files, further_scores, quality_files, score_groups
    from fr_bench.precision import Method

    for text in measures:
        known_measures.resolve(text, where="--measure")
    target = None if out is None else output_file(out)
    further_scores.refuse_unfit(fuse, others, development, calibrate, train_subjects)
    train = 0.5 if train_subjects is None else train_subjects
    presented = attack_files.read(scores, attacks, attack_polarity)
    names = score_groups.asked(by, measures)
    file = score_groups.read(scores, columns, names) if scores else None
    found, notes = (file.scores, file.notes) if file else (presented.comparisons, ())
    fused = None
    if fuse is not None:
        if found is None:
            raise UsageError("--fuse makes one score of several files; name them", code="bad_option")
        fused = further_scores.fused(scores, found, others, columns, fuse, train=train, seed=seed)
        found, notes = fused.test, (*notes, *fused.notes)
        likelihoods = fused.rule.likelihoods
    qualities = quality_files.of_scores(found, quality)
    if file:
        score_groups.refuse_unknown(names, [*file.offered, *qualities.attributes], scores[0])
    result = pipeline.evaluate(
        found,
        measures=measures,
        level=level,
        method=method,
        draws=draws,
        seed=seed,
        likelihoods=likelihoods,
        development=None if development is None else further_scores.read((development,), columns)[0],
        calibration=None if calibrate is None else Calibration(method=calibrate, train=train),
        presentations=presented.presentations,
        attributes={**(file.attributes if file else {}), **qualities.attributes},
        by=by,
        quality=qualities.measured,
        name=(scores[0] if scores else attacks or Path("scores")).stem,
        notes=(*notes, *presented.notes, *qualities.notes),
    )
    if fused is not None:
        ways = Method(name=method, level=level, draws=draws, seed=seed)
        result = further_scores.with_fusion(result, fused, [path.stem for path in (scores[0], *others)], ways)
    if target is not None:
        from fr_bench.reports import render
        from fr_bench.storage.files import write_atomic

        write_atomic(target, render.html(result, language=lang).encode("utf-8"))
    show_result(result, "json" if as_json else form, language=lang)
    if out is not None:
        say(f"report: {out}", quiet=quiet)
    return 0
