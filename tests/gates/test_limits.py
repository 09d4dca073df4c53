"""Limits: which bound decides, and what is never judged."""

from __future__ import annotations

import dataclasses

import pytest

from fr_bench import gates
from fr_bench.comparing import Side
from fr_bench.errors import UsageError
from fr_bench.findings import Analysis, Interval, Measurement, Proportion
from fr_bench.gates import deciding
from fr_bench.gates.evidence import at_level
from fr_bench.gates.limits import bounds_of
from fr_bench.intervals.clusters import ClusterCounts
from fr_bench.intervals.subject_exact import fnmr
from fr_bench.measuring import measure
from fr_bench.planning import Aim, plan
from tests.gates.making import PEOPLE, run
from tests.two_runs import People

RATE = "FNMR@threshold=1.5"


@pytest.fixture(scope="module")
def made() -> Side:
    return run()


def judged(made: Side, text: str, **more: object) -> gates.Verdict:
    (verdict,) = gates.judge(made, gates.read(text), **more).verdicts  # type: ignore[arg-type]
    return verdict


def limit(at_most: float, *, measure: str = RATE, more: str = "") -> str:
    return f'[[limit]]\nmeasure = "{measure}"\nat_most = {at_most!r}\n{more}\n'


def ends(made: Side, level: float, text: str = RATE) -> Interval:
    found = measure(made.scores, [text], level=level, draws=1000)[0].interval
    assert found is not None
    return found


def test_one_sided_95_percent_is_the_end_of_the_two_sided_90_percent_interval(made: Side) -> None:
    high = ends(made, 0.9).high
    assert judged(made, limit(high * 1.0001)).word == "pass"
    assert judged(made, limit(high * 0.9999)).word == "inconclusive"


def test_a_limit_below_the_lower_bound_fails(made: Side) -> None:
    low = ends(made, 0.9).low
    assert judged(made, limit(low * 0.9999)).word == "fail"
    assert judged(made, limit(low * 1.0001)).word == "inconclusive"


def test_two_sided_limits_are_the_ends_of_the_interval_at_their_level(made: Side) -> None:
    high = ends(made, 0.95).high
    assert judged(made, limit(high * 1.0001, more='sided = "two"')).word == "pass"
    assert judged(made, limit(high * 0.9999, more='sided = "two"')).word == "inconclusive"


def test_a_bound_on_the_limit_decides_nothing(made: Side) -> None:
    assert judged(made, limit(ends(made, 0.9).high)).word == "inconclusive"


def test_the_point_decides_only_where_it_is_asked_for_and_the_verdict_says_so(made: Side) -> None:
    value = measure(made.scores, [RATE])[0].value
    assert value is not None
    found = judged(made, limit(value, more='judge = "point"'))
    assert (found.word, found.finding.judged_on) == ("pass", "point")
    assert judged(made, limit(value * 0.999, more='judge = "point"')).word == "fail"
    assert "judged on the point" in found.sentence
    assert "upper bound" in found.sentence


def test_at_least_is_judged_on_the_lower_bound(made: Side) -> None:
    low = ends(made, 0.9, "AUC").low
    text = '[[limit]]\nmeasure = "AUC"\nat_least = {!r}\n'
    assert judged(made, text.format(low - 1e-6)).word == "pass"
    assert judged(made, text.format(low + 1e-6)).word == "inconclusive"
    assert judged(made, text.format(ends(made, 0.9, "AUC").high + 1e-6)).word == "fail"


def test_every_verdict_tells_limit_estimator_confidence_sidedness_subjects_and_method(made: Side) -> None:
    terms = judged(made, limit(0.5)).terms
    for part in ("limit 50 %", "bound of the interval", "one-sided 95 %", "24 subjects", "subject-exact by subject"):
        assert part in terms


def test_what_stays_open_says_how_many_more_subjects_would_decide_it(made: Side) -> None:
    found = judged(made, limit(ends(made, 0.9).high * 0.9))
    assert found.more is not None
    assert found.more > 0
    assert "more subjects would decide it" in str(found.finding.would_decide)


def test_fewer_than_20_subjects_are_never_judged() -> None:
    found = judged(run(people=People.of(19, 4)), limit(0.999))
    assert found.word == "inconclusive"
    assert found.more == 1
    assert judged(run(people=People.of(19, 4)), limit(0.999, more='judge = "point"')).word == "inconclusive"


def test_a_figure_that_is_missing_never_passes_a_build(made: Side) -> None:
    text = '[settings]\ninconclusive = "pass"\n' + limit(0.5, measure="FNMR@FMR=1e-9")
    found = gates.judge(made, gates.read(text))
    assert found.verdicts[0].missing
    assert found.exit_code == 5


def test_without_subjects_a_limit_is_refused_unless_forced(made: Side) -> None:
    scores = dataclasses.replace(
        made.scores,
        probes=None,
        references=None,
        crossing=None,
        mated=dataclasses.replace(made.scores.mated, probe=None, reference=None),
        nonmated=dataclasses.replace(made.scores.nonmated, probe=None, reference=None),
    )
    nameless = Side(name="a", result=made.result, scores=scores)
    with pytest.raises(UsageError) as mistake:
        gates.judge(nameless, gates.read(limit(0.5)))
    assert mistake.value.code == "independent_comparisons"
    forced = gates.judge(nameless, gates.read(limit(0.5)), allow=["independent"])
    assert forced.allowed
    assert forced.verdicts[0].word == "pass"


def test_no_errors_are_judged_on_trials_that_share_no_subject() -> None:
    found = Measurement(
        measure=RATE, version=1, unit="proportion", better="lower", value=0.0, counts=Proportion(0, 100),
        interval=Interval(0.0, 0.03, 0.9, "subject-exact", "comparison"), details={"sober": 0.1},
    )  # fmt: skip
    bounds = bounds_of(found)
    assert bounds is not None
    assert bounds.high == 0.1


@pytest.mark.parametrize("level", [0.8, 0.9, 0.99])
def test_an_interval_is_made_again_at_another_level_from_its_account(level: float) -> None:
    counts = ClusterCounts([2, 0, 0, 1, 0, 3] * 8, [4] * 48)
    first, wanted = fnmr(counts, level=0.95), fnmr(counts, level=level)
    account = {"deff": first.deff, "degrees": first.degrees}
    found = Measurement(
        measure=RATE, version=1, unit="proportion", better="lower", value=first.rate,
        counts=Proportion(first.errors, first.trials), interval=first.interval, details={"precision": account},
    )  # fmt: skip
    again = at_level(found, level).interval
    assert again is not None
    assert (again.low, again.high) == pytest.approx((wanted.interval.low, wanted.interval.high), rel=1e-12)


def group(name: str, errors: int, subjects: int) -> Measurement:
    counts = Proportion(errors, subjects * 10)
    return Measurement(
        measure="FNMR@threshold=0.5", version=1, unit="proportion", better="lower", value=counts.rate, counts=counts,
        interval=Interval(0.01, 0.2, 0.9, "subject-exact", "subject"), subjects=subjects, group={"sex": name},
        threshold=0.5, details={"point": "FMR=0.05"},
    )  # fmt: skip


def grouped(made: Side, *groups: Measurement) -> Side:
    analysis = Analysis(kind="groups", subject="sex", measurements=groups)
    return Side(name="a", result=dataclasses.replace(made.result, analyses=(analysis,)), scores=made.scores)


BY_SEX = '[[limit]]\nmeasure = "FNMR@FMR=0.05"\nby = "sex"\nat_most = 0.25\n'


def test_every_group_is_judged_and_small_ones_stay_open(made: Side) -> None:
    found = gates.judge(grouped(made, group("f", 30, 100), group("m", 3, 12)), gates.read(BY_SEX)).verdicts
    assert [(one.name.rpartition(": ")[2], one.word) for one in found] == [("f", "pass"), ("m", "inconclusive")]
    assert found[1].more == 8


def test_small_groups_may_be_left_out_but_not_all_of_them(made: Side) -> None:
    rules = gates.read(BY_SEX + 'small_groups = "leave out"\n')
    found = gates.judge(grouped(made, group("f", 30, 100), group("m", 3, 12)), rules).verdicts
    assert [one.word for one in found] == ["pass"]
    (nobody,) = gates.judge(grouped(made, group("m", 3, 12)), rules).verdicts
    assert (nobody.word, nobody.missing) == ("inconclusive", True)


def test_one_group_may_be_asked_for_and_an_unknown_one_is_told(made: Side) -> None:
    split = grouped(made, group("f", 30, 100), group("m", 3, 120))
    assert [one.word for one in gates.judge(split, gates.read(BY_SEX + 'group = "m"\n')).verdicts] == ["pass"]
    (absent,) = gates.judge(split, gates.read(BY_SEX + 'group = "x"\n')).verdicts
    assert "groups with this measure: f, m" in absent.finding.reason


def test_a_run_that_was_not_split_says_how_to_split_it(made: Side) -> None:
    (absent,) = gates.judge(made, gates.read(BY_SEX)).verdicts
    assert "not split by sex" in absent.finding.reason
    assert absent.missing


@pytest.mark.parametrize(("at_most", "word"), [(3.5, "pass"), (2.0, "inconclusive"), (1.1, "fail")])
def test_the_worst_group_is_held_against_the_best_one(made: Side, at_most: float, word: str) -> None:
    ratio = Measurement(
        measure="FNMR-max-min-ratio@FMR=0.05,by=sex", version=1, unit="number", better="lower", value=1.9,
        interval=Interval(1.2, 3.1, 0.95, "log-t", "subject"), subjects=100,
    )  # fmt: skip
    text = f'[[limit]]\nmeasure = "FNMR@FMR=0.05"\nby = "sex"\nratio_to_best = {at_most}\n'
    found = judged(grouped(made, ratio), text)
    assert found.word == word
    # The interval of the run is two-sided at 95 %: more than was asked for, and told so.
    assert "one-sided 97.5 %" in found.terms


def test_how_many_more_subjects_is_what_planning_says(made: Side) -> None:
    (found,) = measure(made.scores, [RATE], level=0.9)
    result = dataclasses.replace(made.result, measurements=(found,))
    assert found.value is not None
    at_most = found.value * 1.6
    needed = plan(
        f"{RATE}<={at_most!r}", Aim(power=0.9, level=0.95, sided="one", true=found.value), run=result
    ).needed.subjects  # fmt: skip
    more, told = deciding.for_limit(
        found, at_most, 0.5, subjects=24, level=0.95, sided="one", result=result
    )  # fmt: skip
    assert needed is not None
    assert more is not None
    assert needed - 24 <= more <= 1.1 * (needed - 24)
    assert "with 90 % probability" in told


def test_a_value_on_the_limit_is_decided_by_no_number_of_subjects(made: Side) -> None:
    (found,) = measure(made.scores, [RATE])
    assert found.value is not None
    more, told = deciding.for_limit(found, found.value, 0.5, subjects=24, level=0.95, sided="one", result=None)
    assert more is None
    assert "no number of subjects" in told


def test_template_size_is_judged_as_it_is(made: Side) -> None:
    text = '[[cost]]\nquantity = "template_bytes"\nat_most = {}\n'
    assert judged(made, text.format(16)).word == "pass"
    assert judged(made, text.format(15)).word == "fail"


def test_a_limited_run_is_refused_unless_forced(made: Side) -> None:
    run_record = {**made.result.run, "run": {"limit": 5}}
    limited = Side(name="a", result=dataclasses.replace(made.result, run=run_record), scores=made.scores)
    with pytest.raises(UsageError) as mistake:
        gates.judge(limited, gates.read(limit(0.5)))
    assert mistake.value.code == "limited_run"
    assert gates.judge(limited, gates.read(limit(0.5)), allow=["limited"]).allowed[0].startswith("limited")


def test_an_unknown_word_to_force_is_refused(made: Side) -> None:
    with pytest.raises(UsageError, match="did you mean 'data'"):
        gates.judge(made, gates.read(limit(0.5)), allow=["dat"])


def test_people_are_not_in_the_verdicts(made: Side) -> None:
    assert not any(name in judged(made, limit(0.5)).sentence for name in PEOPLE.names)


def test_a_higher_limit_is_never_harder_to_pass(made: Side) -> None:
    order = {"fail": 0, "inconclusive": 1, "pass": 2}
    words = [order[judged(made, limit(at_most / 100)).word] for at_most in range(1, 60, 3)]
    assert words == sorted(words)
    assert {*words} == {0, 1, 2}


def test_failures_to_acquire_are_judged_from_the_result(made: Side) -> None:
    assert judged(made, '[[limit]]\nmeasure = "FTA"\nat_most = 0.5\n').word == "pass"


def test_a_measure_that_the_run_does_not_report_never_passes(made: Side) -> None:
    found = judged(made, '[[limit]]\nmeasure = "APCER@threshold=0.5"\nat_most = 0.5\n')
    assert (found.word, found.missing) == ("inconclusive", True)
    assert "add it to [measures] report" in found.finding.reason
