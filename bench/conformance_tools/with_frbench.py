"""fr_bench: the measures by their texts, as they stand in a command or a configuration."""

from __future__ import annotations

import numpy as np
from questions import serve

from fr_bench.errors import UsageError
from fr_bench.known_measures import resolve
from fr_bench.measuring import measure
from fr_bench.records import Scores, ScoreSet

TEXTS = {
    "fmr": "FMR@threshold={t}",
    "fnmr": "FNMR@threshold={t}",
    "fnmr_at_fmr": "FNMR@FMR={target}",
    "fmr_at_fnmr": "FMR@FNMR={target}",
    "zero_fmr": "ZeroFMR",
    "zero_fnmr": "ZeroFNMR",
    "eer": "EER",
    "rocch_eer": "ROCCH-EER",
    "auc": "AUC",
    "dcf": (
        "DCF@threshold={t},prior={prior},cmiss={cost_miss},cfa={cost_fa}",
        "DCF@threshold={t},prior={prior}",
    ),
    "min_dcf": ("minDCF@prior={prior},cmiss={cost_miss},cfa={cost_fa}", "minDCF@prior={prior}"),
    "cllr": "Cllr",
    "min_cllr": "minCllr",
}


def known(text: str) -> bool:
    """Whether this version has the measure; a bad target is a refusal, and comes when it is measured."""
    try:
        resolve(text)
    except UsageError as mistake:
        return mistake.code not in ("unknown_measure", "unknown_parameter")
    return True


def answer(texts, mated, nonmated, **parameters):
    written = {key: repr(value) if isinstance(value, float) else value for key, value in parameters.items()}
    even = parameters.get("cost_miss", "1") == parameters.get("cost_fa", "1") == "1"
    texts = (texts,) if isinstance(texts, str) else texts if not even else texts[::-1]
    text = next(text for text in (t.format(**written) for t in texts) if known(text))
    scores = ScoreSet(
        mated=Scores(values=np.array(mated, dtype=float)),
        nonmated=Scores(values=np.array(nonmated, dtype=float)),
        mated_planned=len(mated),
        nonmated_planned=len(nonmated),
    )
    found = measure(scores, [text], draws=20, likelihoods=text == "Cllr")[0]
    return None if found.value is None else (found.value, found.threshold)


EXAMPLE = {"t": "0.5", "target": "1/2", "prior": "1/2", "cost_miss": "1", "cost_fa": "1"}
serve(
    {
        name: lambda mated, nonmated, texts=texts, **parameters: answer(texts, mated, nonmated, **parameters)
        for name, texts in TEXTS.items()
        if any(known(text.format(**EXAMPLE)) for text in ((texts,) if isinstance(texts, str) else texts))
    }
)
