"""torchmetrics: its functions for two classes; scores outside 0 to 1 it takes through a sigmoid by itself."""

from __future__ import annotations

import torch
from questions import rate, serve
from torchmetrics.functional.classification import (
    binary_auroc,
    binary_eer,
    binary_recall,
    binary_sensitivity_at_specificity,
    binary_specificity,
    binary_specificity_at_sensitivity,
)


def both(mated, nonmated):
    scores = torch.tensor([*mated, *nonmated], dtype=torch.float64)
    return scores, torch.tensor([1] * len(mated) + [0] * len(nonmated))


def fnmr_at_fmr(mated, nonmated, target):
    found, threshold = binary_sensitivity_at_specificity(*both(mated, nonmated), min_specificity=1 - rate(target))
    return 1 - float(found), threshold


def fmr_at_fnmr(mated, nonmated, target):
    found, threshold = binary_specificity_at_sensitivity(*both(mated, nonmated), min_sensitivity=1 - rate(target))
    return 1 - float(found), threshold


serve(
    {
        "fmr": lambda mated, nonmated, t: 1 - float(binary_specificity(*both(mated, nonmated), threshold=float(t))),
        "fnmr": lambda mated, nonmated, t: 1 - float(binary_recall(*both(mated, nonmated), threshold=float(t))),
        "fnmr_at_fmr": fnmr_at_fmr,
        "fmr_at_fnmr": fmr_at_fnmr,
        "zero_fmr": lambda mated, nonmated: fnmr_at_fmr(mated, nonmated, "0"),
        "zero_fnmr": lambda mated, nonmated: fmr_at_fnmr(mated, nonmated, "0"),
        "eer": lambda mated, nonmated: binary_eer(*both(mated, nonmated)),
        "auc": lambda mated, nonmated: binary_auroc(*both(mated, nonmated)),
    }
)
