"""From templates to scores: every comparison of a plan, streamed in blocks; no square array of scores ever exists.

Every mated score is kept; nonmated scores are kept at or above a floor (`keep`), those below are counted, and in a
full pass also counted beside each mated score and summed exactly (`rest`). A score is the one number that `exact`
defines, so the result is the same to the last bit whatever the blocks, threads and interruptions.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from fr_bench.comparison import compiled
from fr_bench.comparison.bands import BAND_ROWS, BLOCK_COLUMNS, Parts, Pass, Sweep, sweep
from fr_bench.comparison.by_subject import SubjectLedger, ledger_of, subject_sums
from fr_bench.comparison.choosing import Screening, one_blas_thread, screen_of
from fr_bench.comparison.device import Device
from fr_bench.comparison.grid import Grid, grid_of, mated_scores, nonmated_subjects
from fr_bench.comparison.keep import (
    KeepPolicy,
    choose_floor,
    drawn_from,
    eer_of,
    floor_at,
    lower_floor,
    promised_share,
    sample_nonmated,
    sample_size,
)
from fr_bench.comparison.listed import score_listed
from fr_bench.comparison.memory import refuse_too_large
from fr_bench.comparison.plan import reference_subjects
from fr_bench.comparison.rest import RestCounts
from fr_bench.comparison.screen import Screen
from fr_bench.comparison.search import Aim, Hits, aim_of, whole_identities
from fr_bench.comparison.tail import Tail
from fr_bench.progress import Observer, Silent
from fr_bench.provenance import digest_array, digest_value, usable_cores
from fr_bench.records import ComparisonPlan, Crossing, Party, Rest, Scores, ScoreSet, Searches, TemplateSet

ENGINE = 2
"""Raised whenever a stored band would mean something else."""
EASY = 0.05
"""Searches to which a larger share of the gallery matters are not screened: products of blocks cost less."""


def score(
    plan: ComparisonPlan,
    templates: TemplateSet,
    subjects: Sequence[str],
    *,
    keep: KeepPolicy | None = None,
    full_pass: bool = False,
    observer: Observer | None = None,
    threads: int | None = None,
    checkpoint: Parts | None = None,
    band_rows: int = BAND_ROWS,
    block_columns: int = BLOCK_COLUMNS,
    screening: Screening = "auto",
    sweeping: Sweep = sweep,
    device: Device | None = None,
) -> ScoreSet:
    """The scores of a plan.

    templates    a row for each sample of the data set that the plan was built of
    subjects     the subject of each sample
    keep         which nonmated scores are kept; listed plans keep all
    full_pass    count the scores below the floor beside each mated score and sum them up (`Rest`), exactly
    threads      None: as many as this process may use
    checkpoint   where finished bands are kept, so that a killed run goes on; None: nowhere
    band_rows, block_columns   how the work is cut; no result depends on it
    screening    which cells are passed over unseen, where only the floor counts; no result depends on it
    sweeping     who makes the bands: the threads of this process, or other machines; no result depends on it
    device       a card that finds the cells that may reach the floor, opened (`device.opened`); no result depends on it

    A comparison without a template on a side is failed and counted, never a score. Raises ValueError where templates,
    subjects and plan are not of one data set; MachineError `needs_memory` where the kept scores cannot be held,
    `device_memory` and `device_failed` where a card cannot go on.
    """
    if not len(plan.subject) == len(templates.sample_ids) == len(subjects):
        raise ValueError(
            f"a plan of {len(plan.subject)} samples, {len(templates.sample_ids)} templates, {len(subjects)} subjects"
        )
    observer = observer or Silent()
    if plan.kind == "listed":
        return score_listed(plan, templates, subjects, observer)
    policy = keep or KeepPolicy()
    few = plan.nonmated <= policy.everything_up_to
    refuse_too_large(plan, templates.vectors.shape[1], plan.nonmated if few else min(plan.nonmated, policy.cap))
    run = _Run(
        plan=plan,
        templates=templates,
        grid=grid_of(plan, templates),
        policy=policy,
        full_pass=full_pass,
        observer=observer,
        threads=threads or usable_cores(),
        checkpoint=checkpoint,
        band_rows=band_rows,
        block_columns=block_columns,
        screening=screening,
        sweeping=sweeping,
        device=device,
    )
    with one_blas_thread():
        return run.scores(subjects)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class _Run:
    """One call of `score` on a grid; the fields are its arguments."""

    plan: ComparisonPlan
    templates: TemplateSet
    grid: Grid
    policy: KeepPolicy
    full_pass: bool
    observer: Observer
    threads: int
    checkpoint: Parts | None
    band_rows: int
    block_columns: int
    screening: Screening
    sweeping: Sweep
    device: Device | None

    def scores(self, subjects: Sequence[str]) -> ScoreSet:
        """Mated scores, then the floor, then nonmated scores; lowered and done again where the floor was too high."""
        values, probe, reference = mated_scores(self.grid)
        ascending = np.sort(values)
        everything = self.grid.nonmated <= self.policy.everything_up_to
        sample = np.zeros(0, dtype=np.float32) if everything else sample_nonmated(self.grid, sample_size(self.policy))
        floor = choose_floor(self.policy, self.grid, ascending, sample)
        aim = aim_of(self.grid, values, probe) if self.plan.kind == "search" else None
        while True:
            at = np.unique(ascending) if self.full_pass and floor != -math.inf else None
            # There may be no ledger where all scores are counted, too: they are looked at all the same.
            ledger = None if at is None else ledger_of(self.grid, ascending)
            screen = self.screen(floor, aim, sample) if at is None else None
            nonmated, rest, searches = self.nonmated_from(floor, at, ledger, aim, screen)
            lower = floor if floor == -math.inf else self.checked(floor, ascending, nonmated, sample)
            if lower == floor:
                break
            # Two tails need not stand in memory, nor two screens.
            del nonmated, rest, searches, screen
            floor = lower
        probes, references = parties(self.plan, self.templates, subjects)
        crossing, order = crossing_of(self.grid, self.plan, subjects)
        return ScoreSet(
            mated=Scores(values=values, probe=probe, reference=reference),
            nonmated=nonmated,
            mated_planned=self.plan.mated,
            nonmated_planned=self.plan.nonmated,
            mated_failed=self.plan.mated - self.grid.mated,
            nonmated_failed=self.plan.nonmated - self.grid.nonmated,
            floor=floor,
            rest=None if floor == -math.inf else self.rest_of(rest, ledger, order),
            drawn=None if floor == -math.inf else drawn_from(sample),
            probes=probes,
            references=references,
            crossing=crossing,
            searches=searches,
            distances=self.templates.comparison == "euclidean",
        )

    def rest_of(self, counts: RestCounts, ledger: SubjectLedger | None, order: NDArray[np.int64]) -> Rest:
        """The record of what was counted below the floor, by subject in the order of the crossing."""
        return replace(
            counts.rest(),
            subjects=nonmated_subjects(self.grid),
            by_subject=subject_sums(ledger, counts.by_subject, order) if ledger else None,
        )

    def nonmated_from(
        self,
        floor: float,
        at: NDArray[np.float32] | None,
        ledger: SubjectLedger | None,
        aim: Aim | None,
        screen: Screen | None,
    ) -> tuple[Scores, RestCounts, Searches | None]:
        """One pass: nonmated scores at or above the floor, what is counted of the rest, and what searches found."""
        starts = np.append(np.arange(0, self.grid.shape[0], self.band_rows), self.grid.shape[0])
        if aim is not None:
            starts = whole_identities(self.grid.row_subject, self.band_rows)
        job = Pass(
            grid=self.grid,
            floor=floor,
            at=at,
            ledger=ledger,
            aim=aim,
            screen=screen,
            compiled=compiled.wanted(self.grid.nonmated),
            starts=starts,
            columns=self.block_columns,
        )
        tail, rest, made, hits = Tail(), job.no_counts(), 0, Hits.none(self.grid.shape[1])
        bands_done = self.sweeping(
            job, threads=self.threads, parts=self.checkpoint, key=self.key(floor, at), observer=self.observer
        )
        # Closed at once, so that Ctrl-C in this loop stops the threads, too.
        with closing(bands_done):
            for number, band in bands_done:
                tail.put(number, band)
                rest.add(band.rest)
                if aim is not None and band.hits is not None:
                    hits.add(band.hits, aim.returned)
                made += band.made
                if tail.size > self.policy.cap:
                    refuse_too_large(self.plan, self.templates.vectors.shape[1], tail.size)
        if made != self.grid.nonmated:
            raise ValueError(f"{made} nonmated comparisons made of {self.grid.nonmated}")
        return tail.scores(), rest, hits.searches(aim, self.grid, self.plan) if aim is not None else None

    def screen(self, floor: float, aim: Aim | None, sample: NDArray[np.float32]) -> Screen | None:
        """What passes over most comparisons of a pass in which only those at or above a floor, or an aim, matter."""
        least = None if aim is None else aim.least(floor, floor_at(sample, EASY), self.grid.comparison)
        fast = compiled.wanted(self.grid.nonmated)
        return screen_of(self.grid, floor, self.screening, least=least, compiled=fast, device=self.device)

    def checked(self, floor: float, mated: NDArray[np.float32], nonmated: Scores, sample: NDArray[np.float32]) -> float:
        """The floor if the tail holds what the policy promises, or the cap allows no lower one; else a lower one."""
        made = self.grid.nonmated
        eer = eer_of(mated, np.sort(np.asarray(nonmated.values, dtype=np.float32)), made)
        wanted = math.ceil(promised_share(self.policy, eer) * made)
        if eer is None and len(mated):
            wanted = max(wanted, min(made, 2 * len(nonmated) + 1))
        if len(nonmated) >= wanted:
            return floor
        return lower_floor(self.policy, sample, floor, wanted / max(len(nonmated), 1), made)

    def key(self, floor: float, at: NDArray[np.float32] | None) -> str:
        """Names all that a stored band depends on."""
        if self.checkpoint is None:
            return ""
        grid = self.grid
        return digest_value(
            {
                "engine": ENGINE,
                "comparison": grid.comparison,
                "kind": self.plan.kind,
                "rows": [digest_array(a) for a in (grid.rows.vectors, grid.rows.starts, grid.rows.numbers)],
                "columns": [digest_array(a) for a in (grid.column_vectors, grid.column_numbers)],
                "subjects": [digest_array(grid.row_subject), digest_array(grid.column_subject)],
                "floor": floor.hex(),
                "at": None if at is None else digest_array(at),
                "band_rows": self.band_rows,
            }
        )[:32]


def crossing_of(grid: Grid, plan: ComparisonPlan, subjects: Sequence[str]) -> tuple[Crossing, NDArray[np.int64]]:
    """Who met whom in a grid, subjects by name; and the number of each subject among the grid's codes, ascending."""
    codes, first = np.unique(plan.subject, return_index=True)
    rows, columns = (
        np.bincount(side, minlength=int(codes[-1]) + 1) for side in (grid.row_subject, grid.column_subject)
    )
    present = (rows + columns)[codes] > 0
    codes = codes[present]
    names = [subjects[sample] for sample in first[present].tolist()]
    order = np.array(sorted(range(len(names)), key=names.__getitem__), dtype=np.int64)
    return Crossing(
        subjects=tuple(names[k] for k in order.tolist()),
        references=rows[codes][order].astype(np.int64),
        probes=columns[codes][order].astype(np.int64),
        unordered=grid.triangular,
    ), order


def parties(plan: ComparisonPlan, templates: TemplateSet, subjects: Sequence[str]) -> tuple[Party, Party]:
    """Ids and subjects of probes and references. A reference of one sample is called after it, one of several after
    its subject, with the id of its first sample where a subject has several references."""
    ids = templates.sample_ids
    probes = Party(ids=tuple(ids[i] for i in plan.probes.tolist()), subjects=tuple(subjects[i] for i in plan.probes))
    references = plan.references
    first = references.members[references.offsets[:-1]].tolist()
    lengths = np.diff(references.offsets).tolist()
    codes, times = np.unique(reference_subjects(references, plan.subject), return_counts=True)
    several = set(codes[times > 1].tolist())
    names = tuple(
        ids[sample] if length == 1
        else f"{subjects[sample]} ({ids[sample]} and {length - 1} more)" if int(plan.subject[sample]) in several
        else subjects[sample]
        for sample, length in zip(first, lengths, strict=True)
    )  # fmt: skip
    return probes, Party(ids=names, subjects=tuple(subjects[sample] for sample in first))
