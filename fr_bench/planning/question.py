"""A requirement with all that is needed to answer it: the true rate, what counts as shown, how alike trials are."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist

from fr_bench.errors import UsageError, shown
from fr_bench.findings import Result
from fr_bench.numerals import many, short
from fr_bench.planning import assumptions, earlier_run, exact, rules
from fr_bench.planning.assumptions import Aim, Assumed, written
from fr_bench.planning.dependence import BORROWED_ERRORS, ByPair, BySubject, Dependence, Stated, design_effect
from fr_bench.planning.earlier_run import Seen
from fr_bench.planning.requirement import QUANTITIES, Quantity, Requirement
from fr_bench.planning.sizes import Size


@dataclass(frozen=True, slots=True)
class Question:
    """What is to be shown, at which true rate, with which samples, and what an earlier run says of it.

    rate      the true rate; for a difference the share of trials that the systems decide differently
    seen      the measurement of an earlier run that the dependence is taken from, or None
    run_name  name of that run
    """

    requirement: Requirement
    aim: Aim
    assumed: Assumed
    rate: float
    samples: int
    seen: Seen | None = None
    run_name: str | None = None

    @classmethod
    def of(cls, requirement: Requirement, aim: Aim, assumed: Assumed, run: Result | None) -> Question:
        """Complete a requirement. Raises UsageError as `plan` does."""
        _check(requirement, aim, assumed)
        samples = assumptions.samples_of(requirement.quantity, assumed)
        told = None
        if run is not None:
            limit = float(requirement.value) if requirement.kind == "at_most" else None
            nearest_to = aim.true or (limit and limit / 3)
            told = earlier_run.evidence(run, requirement, nearest_to, effect=not assumed.stated)
        rate = _true_rate(requirement, aim, assumed, told)
        return cls(requirement, aim, assumed, rate, samples, told, run.name if run else None)

    @property
    def quantity(self) -> Quantity:
        return self.requirement.quantity

    @property
    def limit(self) -> float:
        """The limit, the absolute half width, or the difference."""
        value = float(self.requirement.value)
        return value * self.rate if self.requirement.relative else value

    @property
    def spread(self) -> float | None:
        """The tau that a difference is planned with: that of the pilot, or as high as it may well be."""
        tau, differing = self.assumed.spread, self.assumed.differing
        if tau is None or differing is None:
            return tau
        return rules.upper_spread(tau, differing, max(0.5, self.aim.power))

    @property
    def judge(self) -> exact.Judge:
        """How the test will be judged: the design effect may come out as high as its quantile of the power."""
        return exact.Judge(self.aim.tail, max(0.0, NormalDist().inv_cdf(self.aim.power)))

    @property
    def enough(self) -> exact.Criterion:
        """What counts as shown."""
        if self.requirement.kind == "half_width":
            return exact.half_width_at_most(self.limit, self.aim.tail)
        return exact.upper_at_most(self.limit, self.aim.tail)

    def dependence(self, samples: int | None) -> Dependence:
        """How alike the trials of a test with `samples` of each subject are; None: without limit."""
        return self.dependence_of(assumptions.trials_each(self.quantity, samples, self.assumed.references))

    def dependence_of(self, each: float) -> Dependence:
        """How alike trials are where a subject, or a pair of subjects, gives `each` of them."""
        if self.seen is not None and not self.assumed.stated:
            return earlier_run.learnt(self.seen, each, self.assumed)
        return assumptions.dependence(self.quantity, each, self.assumed, self.rate)

    def other(self, name: str, run: Result | None) -> Dependence:
        """How alike the trials of another rate in the same test are, such as the FMR at which the FNMR is read."""
        quantity = QUANTITIES[name]
        references = self.assumed.references if quantity.trials in ("mated", "nonmated") else None
        each = assumptions.trials_each(quantity, self.samples, references)
        (target,) = [rate for key, rate in [self.requirement.target or ("", 0)] if key == name]
        if run is not None:
            try:
                row = earlier_run.evidence(run, Requirement.parse(f"{name}<={target}"), float(target))
                return earlier_run.learnt(row, each, Assumed())
            except UsageError:  # the run says nothing of this rate: its default is stated with the plan
                pass
        return assumptions.dependence(quantity, each, Assumed(), float(target))

    def size(self, trials: Dependence, subjects: int | None, samples: int | None, *, power: bool = True) -> Size:
        """A size with its figures at the true rate; `power` False where nothing is counted against a limit."""
        assumed = trials.described(self.rate)
        if subjects is None:
            return Size(subjects=None, samples=samples, assumed=assumed)
        made = float(trials.trials(subjects))
        effect = design_effect(trials, subjects, self.rate)
        _, starred = exact.foreseen(trials, subjects, self.rate, self.judge)
        most = exact.allowed(made, float(starred), self.enough) if power and effect else None
        return Size(
            subjects=subjects,
            samples=samples,
            trials=None if effect is None else round(made),
            effective=min(float(trials.effective(subjects, self.rate)), 1e15),
            design_effect=effect,
            degrees=float(trials.degrees(subjects, self.rate)) if power else None,
            allowed=None if most is None or most < 0 else most,
            power=exact.power_of(trials, subjects, self.rate, self.enough, self.judge) if power else None,
            assumed=assumed,
        )

    def sentences(self, trials: Dependence, size: Size) -> tuple[str, ...]:
        """Everything that the answer takes for granted."""
        return tuple(
            sentence
            for sentence in (
                self._rate_sentence(),
                self._layout_sentence(size),
                self._dependence_sentence(trials, size),
                self._borrowed_sentence(trials, size),
                self._scatter_sentence(trials, size),
                self._target_sentence(),
                f"The {self.quantity.unit}s of the test are drawn at random from the population that the statement is "
                "about, and every planned trial is made: add for samples that will fail.",
            )
            if sentence
        )

    def _rate_sentence(self) -> str:
        p, name = short(self.rate, 3), self.quantity.name
        if self.requirement.kind == "difference":
            if self.assumed.spread is not None:
                return self._pilot_sentence(self.assumed.spread)
            stated = "" if self.assumed.discordant is not None else ", as if the two systems erred independently"
            return f"The two systems decide {p} of the trials differently{stated}."
        if self.aim.true is not None:
            return f"The true {name} is {p}."
        if self.requirement.kind == "at_most":
            return f"The true {name} is {p}, a third of the limit."
        return f"The true {name} is {p}, as in the earlier run."

    def _pilot_sentence(self, tau: float) -> str:
        told = f"In a pilot the difference had tau = {short(tau, 3)}"
        if self.assumed.differing is None:
            return (
                f"{told}. It is taken as exact, which a small pilot does not make it: --differing, the subjects of the "
                "pilot in which the systems differ, allows for that."
            )
        subjects = many(self.assumed.differing, "subject")
        confidence = short(100 * max(0.5, self.aim.power), 4)
        return (
            f"{told}, told by {subjects} in which the systems differ. The size allows for its upper limit at "
            f"{confidence} % confidence, {short(self.spread or tau, 3)}."
        )

    def _layout_sentence(self, size: Size) -> str:
        quantity, references = self.quantity, self.assumed.references
        if size.samples is None and self.seen is not None:
            per = "pair of subjects" if quantity.trials == "nonmated" else quantity.unit
            return f"The comparisons are those of {shown(self.run_name or '')}: {written(self.seen.each)} a {per}."
        if quantity.trials == "once":
            return "Every subject is enrolled once."
        each = int(assumptions.trials_each(quantity, self.samples, references))
        singular = quantity.counted.removesuffix("es" if quantity.counted.endswith("ches") else "s")
        count = many(each, singular, quantity.counted)
        if quantity.trials == "each":
            return f"Every {quantity.unit} gives {count}."
        how = (
            f"{references} of them to be references for the others as probes" if references else
            "each compared with every other"
        )  # fmt: skip
        per = "subject" if quantity.trials == "mated" else "pair of subjects"
        return f"Every subject gives {many(self.samples, 'sample')}, {how}: {count} a {per}."

    def _dependence_sentence(self, trials: Dependence, size: Size) -> str:
        source = self._source()
        if isinstance(trials, ByPair):
            a = short(size.assumed["correlation"], 3)
            spread = written(100 * trials.relative**0.5)
            return (
                f"Two comparisons that share a subject have the correlation a = {a} ({source}): the subjects' own "
                f"{self.quantity.name}s scatter by {spread} % of their mean, so that a falls and rises with the rate. "
                f"Two comparisons of the same two subjects have b = {short(trials.pair, 3)}."
            )
        if isinstance(trials, BySubject):
            if self.assumed.spread is not None:
                return ""
            varied = f" Their number varies by cv = {short(trials.variation, 3)}." if trials.variation else ""
            single = " With one trial each it plays no part." if trials.each == 1 and not varied else ""
            return (
                f"Two trials of the same {self.quantity.unit} have the correlation r = {short(trials.correlation, 3)} "
                f"({source}).{varied}{single}"
            )
        return (
            f"The design effect is {written(size.assumed['design_effect'])} ({source}) at every size; what more "
            "samples or subjects make of it, only a correlation can say."
        )

    def _source(self) -> str:
        if self.assumed.stated:
            return "as stated"
        if self.seen is None or self.seen.design_effect is None:
            return "by default, no pilot being given"
        return (
            f"as in {shown(self.run_name or '')} ({self.seen.measure}: design effect "
            f"{written(self.seen.design_effect)}, {many(self.seen.subjects, self.quantity.unit)})"
        )

    def _borrowed_sentence(self, trials: Dependence, size: Size) -> str:
        if not isinstance(trials, ByPair) or size.trials is None or size.trials * self.rate >= BORROWED_ERRORS:
            return ""
        return (
            "With fewer than 50 false matches expected the interval will take the larger design effect of the "
            "threshold that shows 50; this is counted in."
        )

    def _scatter_sentence(self, trials: Dependence, size: Size) -> str:
        if isinstance(trials, Stated) or self.requirement.kind == "difference" or size.design_effect == 1.0:
            return ""
        return (
            "The design effect that the test will find scatters: it is allowed to come out at its "
            f"{short(100 * self.aim.power, 4)} % quantile."
        )

    def target_written(self, name: str) -> str:
        """The target of another rate as the requirement writes it."""
        return shown(dict(self.requirement.measure.parameters).get(name, ""))

    def _target_sentence(self) -> str:
        if self.requirement.target is None:
            return ""
        name, _ = self.requirement.target
        learnt = self.seen is not None and not self.assumed.stated
        if learnt and self.seen is not None and self.seen.measure == str(self.requirement.measure):
            return "The threshold is set on the same data, as in that run: its cost is part of the design effect."
        return (
            f"The threshold is taken as known: that it is set on the same data at {name} = {self.target_written(name)} "
            "widens the interval further, by how much only a pilot can say."
        )


def _check(requirement: Requirement, aim: Aim, assumed: Assumed) -> None:
    kind, quantity = requirement.kind, requirement.quantity
    if kind == "half_width" and aim.sided == "one":
        raise UsageError("--sided one: a half width has two sides; leave it out", code="bad_option")
    if kind != "difference" and (assumed.discordant is not None or assumed.spread is not None):
        option = "--discordant" if assumed.discordant is not None else "--tau"
        raise UsageError(
            f"{option} belongs to a difference, such as '{quantity.name} difference 0.005'", code="bad_option"
        )
    if assumed.differing is not None and assumed.spread is None:
        raise UsageError("--differing says how well a pilot knows its tau; give --tau as well", code="bad_option")
    if assumed.pair_correlation is not None and quantity.trials != "nonmated":
        raise UsageError(
            f"--pair-correlation belongs to nonmated comparisons; for {quantity.name} give --correlation",
            code="bad_option",
        )
    if assumed.variation and quantity.trials == "nonmated":
        raise UsageError(
            f"--variation belongs to trials a subject; for {quantity.name} give --correlation", code="bad_option"
        )


def _true_rate(requirement: Requirement, aim: Aim, assumed: Assumed, told: Seen | None) -> float:
    value = float(requirement.value)
    measured = told.errors / told.trials if told is not None and told.errors else None
    if requirement.kind == "difference":
        return _discordance(requirement, aim, assumed, measured)
    if requirement.kind == "at_most":
        true = aim.true if aim.true is not None else value / 3
        if true >= value:
            raise UsageError(
                f"--true {true:g} does not lie below the limit {value:g}: no test shows a system to be better than it "
                f"is; try --true {short(value / 3, 2)}",
                code="bad_limit",
            )
        return true
    rate = aim.true if aim.true is not None else measured
    if rate is None:
        raise UsageError(
            f"requirement {requirement.text!r}: a half width hangs on the rate; add --true, such as --true 0.01",
            code="bad_requirement",
        )
    if rate > 0.5:
        raise UsageError(f"--true {rate:g}: a half width is planned for a rate of at most 0.5", code="bad_limit")
    width = value * rate if requirement.relative else value
    if width >= 0.5:
        raise UsageError(
            f"requirement {requirement.text!r}: a half width of {width:g} says nothing; name one below 0.5",
            code="bad_limit",
        )
    return rate


def _discordance(requirement: Requirement, aim: Aim, assumed: Assumed, measured: float | None) -> float:
    value = float(requirement.value)
    p = aim.true if aim.true is not None else measured
    if assumed.discordant is None and p is None and assumed.spread is None:
        raise UsageError(
            f"requirement {requirement.text!r}: add --discordant, the share of trials that the two systems decide "
            "differently (such as --discordant 0.02), --tau of a pilot, or --true, the error rate of both",
            code="bad_requirement",
        )
    if assumed.discordant is not None:
        share = assumed.discordant
    elif p is not None:
        # One system errs with p, the other with as much more as is to be found.
        other = p + value if p + value < 1 else p - value
        share = p + other - 2 * p * other
    else:
        return value
    if share < value and assumed.spread is None:
        raise UsageError(
            f"requirement {requirement.text!r}: systems that decide {short(share, 3)} of the trials differently cannot "
            f"differ by {value:g}; --discordant is at least {value:g}",
            code="bad_limit",
        )
    return share
