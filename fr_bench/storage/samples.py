"""What a run knows of its samples, beside its scores: so that failures and groups can be counted again from the folder.

Of the attributes only those are kept that a figure was split by: a run folder is no copy of the data set.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fr_bench.errors import DataError, shown
from fr_bench.reading import read_bytes
from fr_bench.records import ComparisonPlan, References
from fr_bench.storage.files import write_json

FILE, FORMAT = "samples.json", 1
LIMIT = 1 << 30
KINDS = ("all", "listed", "gallery", "search")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TestedSamples:
    """The samples of a run in the order of their ids, and the part that each has in its plan.

    plan         kind of the plan; comparisons that were listed are not repeated here
    failed       indices of the samples without a template
    probes       indices of the probes; None: every sample
    references   the samples of each reference; None: every sample is one
    attributes   columns that figures were split by, one text a sample
    """

    __test__ = False

    plan: str
    ids: tuple[str, ...]
    subjects: tuple[str, ...]
    failed: tuple[int, ...]
    probes: tuple[int, ...] | None = None
    references: tuple[tuple[int, ...], ...] | None = None
    attributes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        n = len(self.ids)
        for name, column in {"subjects": self.subjects, **self.attributes}.items():
            if len(column) != n:
                raise ValueError(f"{len(column)} {name} of {n} samples")
        named = [*self.failed, *(self.probes or ()), *(k for one in self.references or () for k in one)]
        if named and not 0 <= min(named) <= max(named) < n:
            raise ValueError(f"a sample that is none of the {n}")
        if self.plan not in KINDS or (self.probes is None) != (self.references is None):
            raise ValueError("probes and references that fit no plan")
        if any(not one for one in self.references or ()):
            raise ValueError("a reference without samples")

    @property
    def has_template(self) -> NDArray[np.bool_]:
        """(n,) True where the sample has a template."""
        present = np.ones(len(self.ids), dtype=bool)
        present[list(self.failed)] = False
        return present

    @property
    def roles(self) -> ComparisonPlan:
        """The plan, as far as failures are counted by it; listed comparisons count as every pair does."""
        names = {name: code for code, name in enumerate(sorted(set(self.subjects)))}
        everybody = np.arange(len(self.ids), dtype=np.int32)
        members = [list(one) for one in self.references] if self.references is not None else [[k] for k in everybody]
        return ComparisonPlan(
            kind="all" if self.references is None else "gallery",
            subject=np.array([names[subject] for subject in self.subjects], dtype=np.int32),
            references=References(
                offsets=np.cumsum([0, *map(len, members)], dtype=np.int64),
                members=np.array([k for one in members for k in one], dtype=np.int32),
            ),
            probes=everybody if self.probes is None else np.array(self.probes, dtype=np.int32),
            mated=0,
            nonmated=0,
        )


def of(
    plan: ComparisonPlan,
    ids: Sequence[str],
    subjects: Sequence[str],
    has_template: NDArray[np.bool_],
    attributes: Mapping[str, Sequence[str]],
) -> TestedSamples:
    """What is kept of a plan, its samples, which of them have a template, and the columns that figures are split by."""
    with_roles = plan.kind in ("gallery", "search")
    offsets, members = plan.references.offsets.tolist(), plan.references.members.tolist()
    bounds = itertools.pairwise(offsets)
    return TestedSamples(
        plan=plan.kind,
        ids=tuple(ids),
        subjects=tuple(subjects),
        failed=tuple(np.flatnonzero(~has_template).tolist()),
        probes=tuple(plan.probes.tolist()) if with_roles else None,
        references=tuple(tuple(members[low:high]) for low, high in bounds) if with_roles else None,
        attributes={name: tuple(column) for name, column in sorted(attributes.items())},
    )


def write(folder: Path, samples: TestedSamples) -> None:
    """Write `samples.json` into a folder of scores; raises MachineError `write_failed`."""
    kept = ("plan", "ids", "subjects", "failed", "probes", "references", "attributes")
    write_json(folder / FILE, {"format": FORMAT, **{name: getattr(samples, name) for name in kept}})


def read(folder: Path) -> TestedSamples | None:
    """What `write` wrote; None where a run of an earlier version wrote none. Raises DataError `bad_samples`."""
    path = folder / FILE
    if not path.is_file():
        return None
    try:
        said = json.loads(read_bytes(path, LIMIT))
        if not isinstance(said, dict) or said.pop("format", None) != FORMAT:
            raise ValueError(f"no list of samples of format {FORMAT}")
        return TestedSamples(
            plan=said["plan"],
            ids=_column(said["ids"], str),
            subjects=_column(said["subjects"], str),
            failed=_column(said["failed"], int),
            probes=None if said["probes"] is None else _column(said["probes"], int),
            references=None if said["references"] is None else tuple(_column(one, int) for one in said["references"]),
            attributes={name: _column(column, str) for name, column in said["attributes"].items()},
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as problem:
        what = f"{shown(str(path))} holds no samples as a run writes them: {shown(str(problem))}"
        raise DataError(what, code="bad_samples") from problem


def _column(values: Any, kind: type) -> tuple[Any, ...]:
    if not isinstance(values, list) or not all(type(value) is kind for value in values):
        raise ValueError(f"a column that is no list of {kind.__name__}")
    return tuple(values)
