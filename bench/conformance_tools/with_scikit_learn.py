"""scikit-learn: decisions counted by its confusion matrix, the rest from its curves with the usual few lines around."""

from __future__ import annotations

import numpy as np
from questions import rate, serve
from sklearn.metrics import confusion_matrix, roc_auc_score, roc_curve


def both(mated, nonmated):
    return np.r_[np.ones(len(mated)), np.zeros(len(nonmated))], np.r_[mated, nonmated]


def rates_at(mated, nonmated, t):
    labels, scores = both(mated, nonmated)
    (tn, fp), (fn, tp) = confusion_matrix(labels, scores >= float(t), labels=[0, 1])
    return fp / (fp + tn), fn / (fn + tp)


def curve(mated, nonmated):
    fmr, tmr, thresholds = roc_curve(*both(mated, nonmated), drop_intermediate=False)
    return fmr, 1 - tmr, thresholds


def fnmr_at_fmr(mated, nonmated, target):
    fmr, fnmr, thresholds = curve(mated, nonmated)
    k = np.flatnonzero(fmr <= rate(target))[-1]
    return fnmr[k], thresholds[k]


def fmr_at_fnmr(mated, nonmated, target):
    fmr, fnmr, thresholds = curve(mated, nonmated)
    k = np.flatnonzero(fnmr <= rate(target))[0]
    return fmr[k], thresholds[k]


def eer(mated, nonmated):
    fmr, fnmr, thresholds = curve(mated, nonmated)
    k = np.nanargmin(np.abs(fnmr - fmr))
    return (fmr[k] + fnmr[k]) / 2, thresholds[k]


def min_dcf(mated, nonmated, prior, cost_miss, cost_fa):
    fmr, fnmr, thresholds = curve(mated, nonmated)
    miss, false = rate(cost_miss) * rate(prior), rate(cost_fa) * (1 - rate(prior))
    cost = miss * fnmr + false * fmr
    return cost.min() / min(miss, false), thresholds[cost.argmin()]


serve(
    {
        "fmr": lambda mated, nonmated, t: rates_at(mated, nonmated, t)[0],
        "fnmr": lambda mated, nonmated, t: rates_at(mated, nonmated, t)[1],
        "fnmr_at_fmr": fnmr_at_fmr,
        "fmr_at_fnmr": fmr_at_fnmr,
        "zero_fmr": lambda mated, nonmated: fnmr_at_fmr(mated, nonmated, "0"),
        "zero_fnmr": lambda mated, nonmated: fmr_at_fnmr(mated, nonmated, "0"),
        "eer": eer,
        "auc": lambda mated, nonmated: roc_auc_score(*both(mated, nonmated)),
        "min_dcf": min_dcf,
    }
)
