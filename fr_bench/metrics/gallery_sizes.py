"""What 1:N search would have found in smaller galleries: parts of the gallery that was searched, never a larger one.

The identities of the gallery stand in an order that is keyed by their names, and a gallery of g identities is made of
the first of them: small galleries lie within large ones, whoever else is enrolled. A mated search keeps its mate: it
meets the mate and the first g - 1 others, so that every size is asked by the same searches.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from fr_bench.findings import Threshold
from fr_bench.metrics.identification import accepted
from fr_bench.metrics.scores import NotMeasurable
from fr_bench.numerals import grouped
from fr_bench.records import Floats, Indices, ScoreSet, Searches

PARTS = (8, 4, 2, 1)
"""Galleries of an eighth, a quarter, a half, and all of the identities."""
SMALLEST = 2

Whole = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class NestedGalleries:
    """Every nonmated comparison of the searches, with the place of its identity in the keyed order.

    probes    how many entries `ScoreSet.probes` has
    probe     (k,) number of the probe among them
    identity  (k,) code of the reference's subject, below `identities`
    place     (k,) place of that identity among the others of the search: the mate's own is left out
    values    (k,) score
    """

    searches: Searches
    probes: int
    probe: Indices
    identity: Whole
    identities: int
    place: Whole
    values: Floats

    @classmethod
    def of(cls, scores: ScoreSet, searches: Searches, seed: int) -> NestedGalleries:
        """Order the gallery of a run. Raises NotMeasurable `below_floor` unless every nonmated score was kept."""
        kept, probes, references = scores.nonmated, scores.probes, scores.references
        if scores.rest is not None and scores.rest.count:
            raise NotMeasurable(
                f"galleries of other sizes need every score, and the {grouped(scores.rest.count)} nonmated scores "
                "below the floor were counted and not kept; search a smaller part of the data",
                code="below_floor",
            )
        if kept.probe is None or kept.reference is None or probes is None or references is None:
            raise NotMeasurable("the searches came without the ids of probes and references", code="no_subjects")
        names = sorted(set(references.subjects))
        code = {name: k for k, name in enumerate(names)}
        identity = np.array([code[name] for name in references.subjects], dtype=np.int64)[kept.reference]
        # Enrolled is whom anybody met: who has a template.
        enrolled = np.zeros(len(names), dtype=bool)
        enrolled[identity] = True
        if scores.mated.reference is not None:
            enrolled[[code[references.subjects[k]] for k in np.unique(scores.mated.reference).tolist()]] = True
        place = _places(names, enrolled, seed)
        own = np.array([place[code[name]] if name in code else len(names) for name in probes.subjects], dtype=np.int64)
        own[own < 0] = len(names)
        at = place[identity]
        return cls(
            searches=searches,
            probes=len(probes.ids),
            probe=kept.probe,
            identity=identity,
            identities=len(names),
            place=at - (at > own[kept.probe]),
            values=kept.values,
        )

    @property
    def sizes(self) -> tuple[int, ...]:
        """How many identities each gallery has, the whole one last."""
        whole = self.searches.gallery
        return tuple(sorted({size for part in PARTS if (size := -(-whole // part)) >= min(SMALLEST, whole)}))

    def better(self, size: int) -> Whole:
        """(m,) how many others score at least as high as the mate, by mated search, in a gallery of `size`."""
        mate = np.full(self.probes, np.nan)
        mated = self.searches.mated & (self.searches.rank > 0)
        mate[self.searches.probe[mated]] = self.searches.mate[mated]
        chosen = (self.values >= mate[self.probe]) & (self.place < size - 1)
        pairs = np.unique(self.probe[chosen].astype(np.int64) * self.identities + self.identity[chosen])
        return np.bincount(pairs // self.identities, minlength=self.probes)[self.searches.probe[self.searches.mated]]

    def found_first(self, size: int) -> NDArray[np.bool_]:
        """(m,) which mated searches return the mate at rank 1 in a gallery of `size`."""
        return np.asarray((self.better(size) == 0) & (self.searches.rank[self.searches.mated] > 0))

    def returned(self, size: int, threshold: Threshold) -> NDArray[np.bool_]:
        """(n,) which nonmated searches return anybody at a threshold in a gallery of `size`."""
        anybody = np.zeros(self.probes, dtype=bool)
        anybody[self.probe[accepted(self.values, threshold) & (self.place < size)]] = True
        return np.asarray(anybody[self.searches.probe[~self.searches.mated]])


def _places(names: list[str], enrolled: NDArray[np.bool_], seed: int) -> Whole:
    """The place of each name in the keyed order of those who are enrolled; -1 for the others."""
    keyed = sorted(
        (hashlib.sha256(f"{seed}\0gallery\0{name}".encode("utf-8", "surrogatepass")).digest(), k)
        for k, name in enumerate(names)
        if enrolled[k]
    )
    place = np.full(len(names), -1, dtype=np.int64)
    place[[k for _, k in keyed]] = np.arange(len(keyed))
    return place
