"""Results made by hand: what a run of the generated data set gives, one of scores alone, and hostile texts."""

from __future__ import annotations

import base64
import dataclasses
import io
import itertools
import math
from statistics import NormalDist
from typing import Any

from fr_bench.findings import (
    REJECT_ALL,
    ComparisonSummary,
    Curve,
    DatasetSummary,
    Distribution,
    FailedSample,
    Finding,
    Interval,
    Measurement,
    NotableComparison,
    Note,
    Proportion,
    RecognizerSummary,
    Result,
)

MATED, NONMATED = NormalDist(0.62, 0.12), NormalDist(0.08, 0.11)
CP = "Clopper-Pearson"

HOSTILE = (
    "</script><img src=x onerror=alert(1)>", "<script>alert(1)</script>", "<svg onload=alert(1)>", "\"><b>bold</b>",
    "' onmouseover='alert(1)", "javascript:alert(1)", "{{ 7*7 }}", "{% raw %}", "{0} {name}", "%s %n %(x)s",
    "=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", " =1+1",
    "a\x1b[31mred\x1b[0m", "\x07bell", "\x00nul", "\u202eevil\u202cgpj.exe", "zero\u200bwidth", "\u2066iso\u2069",
    "[bold red]markup[/]", ":warning:", "[link=https://example.org]x[/link]", "a|b|c", "# heading", "`code`",
    "**bold** _x_", "![x](https://example.org/a.png)", "<!-- comment -->", "]]>", "&lt;&amp;", "$\\frac{1}{0}$",
    "$unclosed", "_underscore", "\\input{x}", "../../etc/passwd", "C:\\con", "NA", "null", "007", "inf", "nan",
    "김민수", "가", "\udcff\udc80surrogate", "\u3164filler", "a" * 300, "한" * 120, "line\nbreak", "tab\there",
    "😀👨\u200d👩\u200d👧", "𝕬", "\u00e9", "e\u0301", "<style>*{display:none}</style>", "url(https://example.org/x)",
)  # fmt: skip


def face(tone: int) -> str:
    """A small picture as a data URI."""
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (64, 64), (60 + tone % 60, 80, 110))
    draw = ImageDraw.Draw(image)
    draw.ellipse((14, 8, 50, 58), fill=(150 + tone % 90, 120 + tone % 70, 90 + tone % 60))
    for x in (24, 40):
        draw.ellipse((x - 4, 26, x + 4, 31), fill=(250, 250, 250))
        draw.ellipse((x - 2, 26, x + 2, 31), fill=(30, 30, 40))
    draw.arc((24, 36, 40, 50), 20, 160, fill=(130, 40, 50), width=2)
    file = io.BytesIO()
    image.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode("ascii")


def distribution(mated: bool, of: int, shift: float = 0.0) -> Distribution:
    """The histogram of a normal distribution, as counts."""
    law = MATED if mated else NONMATED
    edges = tuple(round(-0.5 + 0.02 * k, 10) for k in range(81))
    counts = tuple(round(of * (law.cdf(b - shift) - law.cdf(a - shift))) for a, b in itertools.pairwise(edges))
    return Distribution(mated=mated, edges=edges, counts=counts, of=sum(counts))


def curve(shift: float = 0.0, mated: int = 4500, nonmated: int = 494_500) -> Curve:
    """Points of a binormal curve as a finite sample of scores attains them, thresholds rising."""
    rows: list[tuple[float, float, Any]] = []
    for k in range(300):
        t = -0.3 + 1.3 * k / 299
        fmr = math.floor(nonmated * (1 - NONMATED.cdf(t))) / nonmated
        fnmr = math.floor(mated * MATED.cdf(t - shift)) / mated
        if not rows or rows[-1][:2] != (fmr, fnmr):
            rows.append((fmr, fnmr, round(t, 6)))
    if rows[-1][0] > 0 or rows[-1][1] < 1:
        rows.append((0.0, 1.0, REJECT_ALL))
    return Curve(
        name="everybody", fmr=tuple(r[0] for r in rows), fnmr=tuple(r[1] for r in rows),
        thresholds=tuple(r[2] for r in rows), labels=("pointwise",),
    )  # fmt: skip


def rate(measure: str, errors: int, trials: int, low: float, high: float, **more: Any) -> Measurement:
    """A measured rate with its interval."""
    settled: dict[str, Any] = {"labels": ("assumes_independent_comparisons",), "subjects": 100, **more}
    return Measurement(
        measure=measure, version=1, unit="proportion", better="lower", value=errors / trials,
        counts=Proportion(errors, trials), interval=Interval(low, high, 0.95, CP, "comparison"), **settled,
    )  # fmt: skip


def measurements() -> tuple[Measurement, ...]:
    """A value with many errors, with few, with none; not measurable; without interval; no rate; by group."""
    plain = {"version": 1, "unit": "number", "better": "higher", "subjects": 100}
    return (
        Measurement(
            measure="EER", version=1, unit="proportion", better="lower", value=0.0090111, threshold=0.340671,
            no_interval="an interval of a rate made of two counts needs subjects as unit", subjects=100,
            details={"fractions": {"fmr": [4459, 494500], "fnmr": [41, 4500]}, "low": 0.0090, "high": 0.0091},
        ),
        rate("FNMR@FMR=1e-2", 41, 4500, 0.00654, 0.01234, threshold=0.335900, at=Proportion(4945, 494500)),
        rate("FNMR@FMR=1e-3", 217, 4500, 0.04215, 0.05490, threshold=0.419923, at=Proportion(494, 494500)),
        rate(
            "FNMR@FMR=1e-5", 1238, 4500, 0.2621, 0.2884, threshold=0.549, at=Proportion(4, 494500),
            labels=("assumes_independent_comparisons", "weak_target"),
        ),
        Measurement(
            measure="FNMR@FMR=1e-6", version=1, unit="proportion", better="lower", value=None, subjects=100,
            reason="1e-6 of 494 500 nonmated comparisons allows no false match", labels=("not_measurable",),
        ),
        rate("FMR@threshold=0.7", 0, 494500, 0.0, 7.46e-6, threshold=0.7, labels=(
            "assumes_independent_comparisons", "no_errors")),
        rate("FTA", 6, 1000, 0.002206, 0.01302, labels=("few_errors",)),
        rate("FTE", 0, 1000, 0.0, 0.003683, labels=("no_errors",)),
        Measurement(
            measure="ZeroFMR", version=1, unit="proportion", better="lower", value=1368 / 4500,
            counts=Proportion(1368, 4500),
            no_interval="the largest nonmated score is an extreme value", threshold=0.5531, subjects=100,
            labels=("extreme_value",),
        ),
        Measurement(measure="AUC", value=0.99943712, no_interval="needs subjects as unit", **plain),
        Measurement(measure="d'", value=4.691245, no_interval="needs subjects as unit", **plain),
        rate("FNMR@FMR=1e-3", 105, 2250, 0.0383, 0.0562, threshold=0.419923, group={"sex": "female"}, subjects=50),
        rate("FNMR@FMR=1e-3", 112, 2250, 0.0412, 0.0596, threshold=0.419923, group={"sex": "male"}, subjects=50),
    )  # fmt: skip


def notable(mated: bool, count: int = 6, pictures: bool = True) -> tuple[NotableComparison, ...]:
    """The worst comparisons of one class."""
    rows = []
    for k in range(count):
        first, second = f"s{k:03}", f"s{k:03}" if mated else f"s{k + 40:03}"
        rows.append(NotableComparison(
            probe=f"{first}/smile_{k}.png", reference=f"{second}/neutral_{k}.png", probe_subject=first,
            reference_subject=second, score=0.1 + k / 100 if mated else 0.6 - k / 100, mated=mated,
            probe_picture=face(9 * k) if pictures else None,
            reference_picture=face(9 * k + (0 if mated else 35)) if pictures else None,
        ))  # fmt: skip
    return tuple(rows)


def failures() -> tuple[FailedSample, ...]:
    """Failures of three kinds, some with a picture."""
    kinds = [
        ("decode", "truncated", "image ends after 1 204 bytes"),
        ("detect", "no_face", ""),
        ("template", "zero", ""),
    ]
    return tuple(
        FailedSample(
            sample=f"s{k:03}/yaw45_{k}.png", subject=f"s{k:03}", stage=kinds[k % 3][0], reason=kinds[k % 3][1],
            detail=kinds[k % 3][2], role="probe", picture=face(11 * k) if k % 3 else None,
        )
        for k in range(6)
    )  # fmt: skip


def dataset(**changes: Any) -> DatasetSummary:
    """A generated data set."""
    values: dict[str, Any] = {
        "name": "generated-100", "title": "Generated faces", "format": "generated", "subjects": 100,
        "samples": 1000, "digest": "5e4447f50245bbd7966bd6c0fa52938c61474a04ec7def48753668a9d8b4ea3a",
        "generated": True, "licence": "Apache-2.0", "source": "rendered by fr_bench from seed 20260101",
        "attributes": {
            "sex": {"female": 500, "male": 500},
            "age_band": {"20-34": 430, "35-49": 350, "50-64": 210, "": 10},
            "condition": {"neutral": 200, "smile": 200, "yaw45": 200, "light_left": 200, "glasses": 200},
        },
        "published": (
            {"figure": "EER", "value": 0.0085, "source": "reference figures of the data set"},
            {"figure": "accuracy", "value": "99.55 %", "source": "model card"},
        ),
    }  # fmt: skip
    return DatasetSummary(**{**values, **changes})


def recognizer(**changes: Any) -> RecognizerSummary:
    """A recognizer with preprocessing and a check of its batch."""
    values: dict[str, Any] = {
        "name": "baseline", "version": "1", "provider": "cpu", "batch_size": 64, "dimension": 60,
        "digest": "6ced4e0c36abba9dd24b48d725f7dbb94089f75b3d3445d3d67b85157cb64743", "comparison": "cosine",
        "preprocessing": {"size": [112, 112], "colour": "grey", "mean": 127.5, "std": 127.5, "flip": False,
                          "alignment": {"template": "five points", "otherwise": "refuse"}},
        "batch_check": {"batch": 64, "lowest_cosine": 1.0, "invariant": True}, "licence": "Apache-2.0",
    }  # fmt: skip
    return RecognizerSummary(**{**values, **changes})


def example(**changes: Any) -> Result:
    """A whole result of the generated data set."""
    values: dict[str, Any] = {
        "name": "generated-100-baseline-4f2a91c7",
        "run": {"dataset": {"card": "generated"}, "recognizer": {"use": "baseline"}, "comparison": {"plan": "all"},
                "measures": {"report": ["EER", "FNMR@FMR=1e-3"]}, "intervals": {"level": 0.95, "seed": 20260101}},
        "dataset": dataset(), "recognizer": recognizer(),
        "comparison": ComparisonSummary(
            plan="all", mated_planned=4554, nonmated_planned=494946, mated_made=4500, nonmated_made=494500,
            mated_failed=54, nonmated_failed=446, references=1000, probes=1000, floor=0.0,
        ),
        "measurements": measurements(), "curves": (curve(),),
        "distributions": (distribution(True, 4500), distribution(False, 494500)),
        "failures": failures(), "false_matches": notable(False), "false_non_matches": notable(True),
        "notes": (
            Note(level="warning", code="assumed_independent", text="Intervals take comparisons as independent; each "
                 "subject is in many of them, so the true uncertainty is larger."),
            Note(level="information", code="generated", text="The faces of this data set are generated."),
        ),
        "environment": {"versions": {"fr_bench": "0.1.0", "python": "3.11.7", "numpy": "2.3.1"},
                        "machine": {"system": "Linux 6.1", "processor": "Example CPU", "cores": 2,
                                    "switches": {"ORT_DISABLE_TELEMETRY": "1"}}, "command": ["frbench", "run"]},
        "timing": {"decode_s": 1.25, "embed_s": 3.5, "images_per_s": 285.7},
    }  # fmt: skip
    return Result(**{**values, **changes})


def scores_only() -> Result:
    """What `frbench evaluate` makes: no data set, no recognizer, no pictures, one class empty."""
    counts = ComparisonSummary(
        plan="given", mated_planned=12, nonmated_planned=0, mated_made=12, nonmated_made=0, mated_failed=0,
        nonmated_failed=0, references=0, probes=0,
    )  # fmt: skip
    missing = Measurement(
        measure="EER", version=1, unit="proportion", better="lower", value=None,
        reason="there are no nonmated scores", labels=("not_measurable",),
    )  # fmt: skip
    return Result(name="scores", run={}, dataset=None, recognizer=None, comparison=counts, measurements=(missing,))


def hostile(text: str) -> Result:
    """The example with one text in every field that data can reach."""
    base = example()
    bad_row = dataclasses.replace(
        base.false_matches[0], probe=text, reference=text, probe_subject=text, reference_subject=text,
        probe_picture=text,
    )  # fmt: skip
    failed = FailedSample(
        sample=text,
        subject=text,
        stage=text,
        reason=text,
        detail=text,
        role=text,
        picture=f"data:image/png;base64,{text}",
    )
    bad = dataclasses.replace(
        base.measurements[1], measure=text, reason=text, no_interval=text, labels=(text,), group={},
        details={text: text},
        interval=Interval(0.1, 0.2, 0.95, text, text),
    )  # fmt: skip
    grouped = dataclasses.replace(base.measurements[-1], group={text: text})
    reasoned = dataclasses.replace(base.measurements[4], reason=text)
    return example(
        name=text, run={text: {text: [text]}},
        dataset=dataset(name=text, title=text, format=text, digest=text, licence=text, source=text,
                        attributes={text: {text: 3}}, published=({"figure": text, "value": text, "source": text},)),
        recognizer=recognizer(name=text, version=text, digest=text, provider=text, comparison=text, licence=text,
                              preprocessing={text: text}, batch_check={text: {text: text}}),
        comparison=dataclasses.replace(base.comparison, plan=text),
        measurements=(bad, reasoned, grouped, *base.measurements),
        curves=(dataclasses.replace(base.curves[0], name=text, labels=(text,)),),
        failures=(failed,), false_matches=(bad_row,), false_non_matches=(dataclasses.replace(bad_row, mated=True),),
        findings=(Finding(requirement=text, measurement=bad, verdict="fail", reason=text, would_decide=text),),
        notes=(Note(level="warning", code=text, text=text),), labels=(text,),
        environment={text: {text: text}}, timing={text: text},
    )  # fmt: skip
