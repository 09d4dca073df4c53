"""A run can be recomputed from its folder by a stranger with numpy: every score from the templates, every figure from
the scores. Nothing here is taken from fr_bench but `run` itself; counting is done the slow way, threshold by threshold.
"""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import fr_bench

REJECT_ALL = "reject_all"
MEASURES = [
    "FTA", "FTE", "EER", "AUC", "d'", "ZeroFMR", "ZeroFNMR", "FMR100", "FNMR@FMR=0.29", "FNMR@FMR=0.1",
    "FNMR@FMR=1/100000", "FMR@FNMR=0.29", "FMR@threshold=0.5", "FNMR@threshold=0.5", "FMR@threshold=reject_all",
    "GFAR@threshold=0.25", "GFRR@threshold=0.25", "GFAR@FMR=0.1", "GFRR@FMR=0.1",
]  # fmt: skip
PLANS: dict[str, dict[str, Any]] = {
    "all": {"plan": "all"},
    "gallery, best": {"plan": "gallery", "combine": "best", "reference": "subject"},
    "gallery, mean": {"plan": "gallery", "combine": "mean", "reference": "subject"},
    "listed": {"plan": "listed"},
}


def asked(text: str, compare: str) -> str:
    """The measure as it is asked for: scores that are minus the distance lie at or below 0, and so do thresholds."""
    return text.replace("threshold=0.", "threshold=-2.") if compare == "euclidean" else text


@dataclass(frozen=True)
class Sample:
    """What the test made up: a sample, its template (None: it fails), and whether it is enrolled or a probe."""

    name: str
    subject: str
    template: NDArray[np.float32] | None
    enrolled: bool
    probe: bool


@dataclass(frozen=True)
class Ran:
    """A run folder, read with json and numpy, and what it was made from."""

    folder: Path
    result: Mapping[str, Any]
    samples: Mapping[str, Sample]
    plan: Mapping[str, Any]
    compare: str
    pairs: list[tuple[str, str, int]]

    def column(self, mated: bool, name: str) -> NDArray[Any]:
        return np.asarray(np.load(self.folder / "scores" / f"{'mated' if mated else 'nonmated'}_{name}.npy"))

    def scores(self, mated: bool) -> list[float]:
        return [float(v) for v in self.column(mated, "values")]

    def measured(self, text: str) -> Mapping[str, Any]:
        return next(m for m in self.result["measurements"] if m["measure"] == text)


def made_up(compare: str, ending: str) -> list[Sample]:
    """12 subjects of 1 to 4 samples: coarse templates, so that scores tie; some repeat, some have no template."""
    rng = np.random.default_rng(11)
    samples = []
    for subject in range(12):
        centre = rng.normal(0, 1.5, 4)
        for k in range(1 + subject % 4):
            rounded = np.round(centre + rng.normal(0, 0.8, 4))
            template = np.float32(rounded if rounded.any() else np.ones(4))
            if compare == "cosine":
                template = np.float32(template / math.sqrt(math.fsum(float(x) ** 2 for x in template)))
            fails = subject == 4 or rng.random() < 0.1  # subject 4 has a single sample: it fails altogether
            both = k == 1 and subject % 3 == 0
            samples.append(
                Sample(f"{subject:02d}-{k}{ending}", f"S{subject}", None if fails else template, k < 2, k >= 2 or both)
            )
    samples[3] = Sample(samples[3].name, samples[3].subject, samples[0].template, True, True)
    return samples


def listed_pairs(samples: list[Sample]) -> list[tuple[str, str, int]]:
    """Probe, reference and fold of every mated pair and of some nonmated ones, in no order, one of them twice."""
    rng = np.random.default_rng(12)
    every = [(a, b) for i, a in enumerate(samples) for b in samples[:i]]
    chosen = [(a.name, b.name, 1 + k % 3) for k, (a, b) in enumerate(every) if a.subject == b.subject or k % 4 == 0]
    return [chosen[k] for k in [*rng.permutation(len(chosen)), 0]]


def write_images(folder: Path, samples: list[Sample]) -> None:
    from PIL import Image

    folder.mkdir()
    for k, sample in enumerate(samples):
        Image.new("RGB", (2, 2), (k, k, k)).save(folder / sample.name)


RUNS = [("all", "cosine"), ("gallery, best", "euclidean"), ("gallery, mean", "cosine"), ("listed", "euclidean")]


@pytest.fixture(scope="module", params=RUNS, ids=", ".join)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ran:
    name, compare = request.param
    plan, folder = PLANS[name], tmp_path_factory.mktemp("recomputed")
    samples = made_up(compare, ".png" if name == "listed" else "")
    pairs = listed_pairs(samples) if name == "listed" else []
    by_name = {s.name: s for s in samples}
    if pairs:
        write_images(folder / "images", samples)
        rows = [(p, r, int(by_name[p].subject == by_name[r].subject), f, by_name[p].subject, by_name[r].subject)
                for p, r, f in pairs]  # fmt: skip
        header = "probe,reference,mated,fold,probe_subject,reference_subject"
        data = {"path": str(folder / "list.csv"), "format": "pairs", "images": str(folder / "images")}
    else:
        role = {(True, True): "both", (True, False): "reference", (False, True): "probe"}
        rows = [(s.name, s.subject, role[s.enrolled, s.probe]) for s in samples]  # type: ignore[misc]
        header, data = "id,subject,role", {"path": str(folder / "list.csv")}
    (folder / "list.csv").write_text("\n".join([header, *(",".join(map(str, row)) for row in rows)]) + "\n")
    given = [s for s in samples if s.template is not None]
    np.savez(folder / "t.npz", ids=np.array([s.name for s in given]), vectors=np.array([s.template for s in given]))
    fr_bench.run(
        {
            "dataset": data,
            "recognizer": {"use": "templates", "templates": str(folder / "t.npz"), "compare": compare},
            "comparison": plan,
            "measures": {"report": [*(asked(m, compare) for m in MEASURES), *["accuracy@folds=3"] * bool(pairs)]},
            "report": {"draw": False, "pictures": False, "worst": 5},
        },
        out=folder / "run",
    )
    result = json.loads((folder / "run" / "result.json").read_text(encoding="utf-8"))
    return Ran(folder / "run", result, by_name, plan, compare, pairs)


# --- from templates to scores ---------------------------------------------------------------------------------------


def unit(template: NDArray[np.float32]) -> NDArray[np.float32]:
    length = math.sqrt(math.fsum(float(x) ** 2 for x in template))
    return np.array([float(x) / length for x in template], dtype=np.float32)


def score(one: NDArray[np.float32], other: NDArray[np.float32], compare: str) -> np.float32:
    """By rational arithmetic; one rounding to float64, (the root,) one to float32."""
    pairs = [(Fraction(float(x)), Fraction(float(y))) for x, y in zip(one, other, strict=True)]
    if compare == "cosine":
        return np.float32(float(sum(x * y for x, y in pairs))) + np.float32(0)
    return np.float32(0) - np.float32(math.sqrt(float(sum((x - y) ** 2 for x, y in pairs))))


def comparisons(ran: Ran) -> list[tuple[Sample, list[Sample]]]:
    """Every planned comparison: the probe, and the samples that its reference is made of."""
    ordered = [ran.samples[name] for name in sorted(ran.samples)]
    if ran.plan["plan"] == "listed":
        return [(ran.samples[p], [ran.samples[r]]) for p, r, _ in ran.pairs]
    if ran.plan["plan"] == "all":
        return [(probe, [ordered[r]]) for k, probe in enumerate(ordered) for r in range(k)]
    subjects = sorted({s.subject for s in ordered})
    references = [[s for s in ordered if s.enrolled and s.subject == name] for name in subjects]
    return [(p, r) for r in references if r for p in ordered if p.probe and p not in r]


def compared(ran: Ran, probe: Sample, members: list[Sample]) -> np.float32 | None:
    """The score, or None where a side has no template."""
    ready: Callable[[Any], Any] = unit if ran.compare == "cosine" else np.float32
    usable = [ready(m.template) for m in members if m.template is not None]
    if probe.template is None or not usable:
        return None
    if ran.plan.get("combine") == "mean" and len(usable) > 1:
        wide = [v.astype(np.float64) for v in usable]
        if ran.compare == "cosine":
            total = sum((v / math.sqrt(v @ v) for v in wide), np.zeros(4))
            usable = [np.float32(total / math.sqrt(total @ total))]
        else:
            usable = [np.float32(sum(wide, np.zeros(4)) / len(wide))]
    return max(score(v, ready(probe.template), ran.compare) for v in usable)


@pytest.mark.parametrize("mated", [True, False])
def test_scores_follow_bit_for_bit_from_the_templates(ran: Ran, mated: bool) -> None:
    kind = "mated" if mated else "nonmated"
    listed = {side: ran.folder / "scores" / f"{side}s.json" for side in ("probe", "reference")}
    people = {side: json.loads(path.read_text(encoding="utf-8")) for side, path in listed.items()}
    planned = [(p, m) for p, m in comparisons(ran) if (p.subject == m[0].subject) is mated]
    wanted = [(p.name, m[0].subject, s.tobytes()) for p, m in planned if (s := compared(ran, p, m)) is not None]
    found = [
        (people["probe"]["ids"][p], people["reference"]["subjects"][r], v.tobytes())
        for p, r, v in zip(*(ran.column(mated, name) for name in ("probe", "reference", "values")), strict=True)
    ]
    assert sorted(found) == sorted(wanted)
    counted = ran.result["comparison"]
    assert [counted[f"{kind}_{word}"] for word in ("planned", "made", "failed")] == [
        len(planned), len(wanted), len(planned) - len(wanted)
    ]  # fmt: skip
    assert len(wanted) < len(planned) or mated


# --- from scores to figures -----------------------------------------------------------------------------------------


def false_matches(ran: Ran, t: Any) -> int:
    return 0 if t == REJECT_ALL else sum(s >= t for s in ran.scores(False))


def false_non_matches(ran: Ran, t: Any) -> int:
    return len(ran.scores(True)) if t == REJECT_ALL else sum(s < t for s in ran.scores(True))


def candidates(ran: Ran) -> list[Any]:
    return [*sorted({*ran.scores(True), *ran.scores(False)}), REJECT_ALL]


def at_fmr(ran: Ran, target: str) -> Any:
    """The smallest candidate at which at most floor(x N) nonmated comparisons are accepted; None if that is none."""
    allowed = math.floor(Fraction(target) * len(ran.scores(False)))
    return next(t for t in candidates(ran) if false_matches(ran, t) <= allowed) if allowed else None


def at_fnmr(ran: Ran, target: str) -> Any:
    allowed = math.floor(Fraction(target) * len(ran.scores(True)))
    return [t for t in candidates(ran) if false_non_matches(ran, t) <= allowed][-1] if allowed else None


def threshold_of(ran: Ran, text: str) -> Any:
    """Where a rate is read, found by trying every candidate."""
    key, _, value = text.partition("@")[2].partition("=")
    if key == "threshold":
        return value if value == REJECT_ALL else float(value)
    if text == "ZeroFMR":
        return next(t for t in candidates(ran) if false_matches(ran, t) == 0)
    if text == "ZeroFNMR":
        return [t for t in candidates(ran) if false_non_matches(ran, t) == 0][-1]
    return at_fnmr(ran, value) if key == "FNMR" else at_fmr(ran, "1/100" if text == "FMR100" else value)


@pytest.mark.parametrize("text", [m for m in MEASURES if m not in ("FTA", "FTE", "EER", "AUC", "d'")])
def test_rates_are_counted_at_their_thresholds(ran: Ran, text: str) -> None:
    text = asked(text, ran.compare)
    found, t = ran.measured(text), threshold_of(ran, text)
    if t is None:
        assert found["value"] is None
        assert found["reason"]
        assert "not_measurable" in found["labels"]
        return
    name = text.partition("@")[0]
    side = "nonmated" if name in ("FMR", "ZeroFNMR", "GFAR") else "mated"
    made, failed = (ran.result["comparison"][f"{side}_{word}"] for word in ("made", "failed"))
    errors, trials = (false_matches(ran, t), made) if side == "nonmated" else (false_non_matches(ran, t), made)
    if name.startswith("G"):
        errors, trials = errors + failed * (side == "mated"), trials + failed
    assert (found["counts"], found["value"]) == ({"errors": errors, "trials": trials}, errors / trials)
    assert found["threshold"] == t
    rare = {"no_errors", "few_errors"} & set(found["labels"])
    assert rare == ({"no_errors"} if not errors else {"few_errors"} if errors < 10 else set())
    assert "too_few_subjects" in found["labels"]


def test_the_eer_is_at_the_crossing_candidate(ran: Ran) -> None:
    m, n = len(ran.scores(True)), len(ran.scores(False))
    rates = [(t, Fraction(false_matches(ran, t), n), Fraction(false_non_matches(ran, t), m)) for t in candidates(ran)]
    first = [r for r in rates if r[2] <= r[1]][-1]
    second = next(r for r in rates if r[2] >= r[1])
    t, fmr, fnmr = first if sum(first[1:]) <= sum(second[1:]) else second
    found = ran.measured("EER")
    assert (found["value"], found["threshold"]) == (float((fmr + fnmr) / 2), t)
    assert found["details"]["low"] == float(min(fmr, fnmr))
    assert found["details"]["high"] == float(max(fmr, fnmr))


def test_auc_and_d_prime_follow_from_the_scores(ran: Ran) -> None:
    mated, nonmated = np.array(ran.scores(True)), np.array(ran.scores(False))
    wins = 2 * np.sum(mated[:, None] > nonmated) + np.sum(mated[:, None] == nonmated)
    assert ran.measured("AUC")["value"] == float(Fraction(int(wins), 2 * len(mated) * len(nonmated)))
    spread = math.sqrt((mated.var(ddof=1) + nonmated.var(ddof=1)) / 2)
    assert ran.measured("d'")["value"] == pytest.approx((mated.mean() - nonmated.mean()) / spread, rel=1e-12)


def test_failures_of_samples_are_counted_by_role(ran: Ran) -> None:
    planned = comparisons(ran)
    everybody = {id(s): s for p, members in planned for s in (p, *members)}.values()
    if ran.plan["plan"] == "gallery":
        tried = [s.template is None for s in ran.samples.values() if s.probe]
        enrolled = {tuple(s.name for s in m): all(s.template is None for s in m) for _, m in planned}.values()
    else:
        tried = [s.template is None for s in everybody]
        subjects = {s.subject for s in everybody}
        enrolled = [all(s.template is None for s in everybody if s.subject == name) for name in subjects]
    assert ran.measured("FTA")["counts"] == {"errors": sum(tried), "trials": len(tried)}
    assert ran.measured("FTE")["counts"] == {"errors": sum(enrolled), "trials": len(enrolled)}


def test_accuracy_over_folds_uses_the_best_threshold_of_the_others(ran: Ran) -> None:
    if not ran.pairs:
        assert "accuracy@folds=3" not in [m["measure"] for m in ran.result["measurements"]]
        return
    rows = [(float(v), k, mated) for mated in (True, False)
            for v, k in zip(ran.column(mated, "values"), ran.column(mated, "fold"), strict=True)]  # fmt: skip
    shares = []
    for fold in (1, 2, 3):
        others, own = [r for r in rows if r[1] != fold], [r for r in rows if r[1] == fold]
        best = max({r[0] for r in others}, key=lambda t: (sum((r[0] >= t) == r[2] for r in others), -t))
        shares.append(Fraction(sum((r[0] >= best) == r[2] for r in own), len(own)))
    found = ran.measured("accuracy@folds=3")
    assert found["value"] == float(sum(shares) / 3)
    assert found["details"]["standard_deviation"] == pytest.approx(np.std([float(s) for s in shares]), rel=1e-12)


# --- what is drawn and listed, and the other files -------------------------------------------------------------------


def test_every_point_of_the_curve_is_attained(ran: Ran) -> None:
    (curve,) = ran.result["curves"]
    m, n = len(ran.scores(True)), len(ran.scores(False))
    points = list(zip(curve["thresholds"], curve["fmr"], curve["fnmr"], strict=True))
    assert points[-1] == (REJECT_ALL, 0, 1)
    assert points[0][1:] == (1, 0)
    for t, fmr, fnmr in points:
        assert (fmr, fnmr) == (false_matches(ran, t) / n, false_non_matches(ran, t) / m)
        assert t in candidates(ran)


def test_histograms_hold_every_score_once(ran: Ran) -> None:
    for drawn in ran.result["distributions"]:
        counts, _ = np.histogram(ran.scores(drawn["mated"]), bins=drawn["edges"])
        assert drawn["counts"] == counts.tolist()
        assert sum(drawn["counts"]) == drawn["of"] == len(ran.scores(drawn["mated"]))


def test_the_worst_comparisons_are_the_most_extreme_scores(ran: Ran) -> None:
    assert [c["score"] for c in ran.result["false_non_matches"]] == sorted(ran.scores(True))[:5]
    assert [c["score"] for c in ran.result["false_matches"]] == sorted(ran.scores(False), reverse=True)[:5]


def test_the_table_says_the_same_to_the_last_digit(ran: Ran) -> None:
    with (ran.folder / "metrics.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row, found in zip(rows, ran.result["measurements"], strict=True):
        assert (float(row["value"]) if row["value"] else None) == found["value"]
        threshold = found["threshold"]
        assert row["threshold"] == ("" if threshold is None else str(threshold))
        assert json.loads(row["labels"]) == found["labels"] == sorted(found["labels"])
