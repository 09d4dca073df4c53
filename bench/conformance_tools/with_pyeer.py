"""PyEER: what its statistics name, and its operating points at other targets."""

from __future__ import annotations

from pyeer.eer_info import get_eer_stats
from pyeer.eer_stats import calculate_roc, get_fmr_op, get_fnmr_op
from questions import rate, serve


def stats(mated, nonmated):
    return get_eer_stats(list(mated), list(nonmated))


def eer(mated, nonmated):
    found = stats(mated, nonmated)
    return found.eer, found.eer_th


def fnmr_at_fmr(mated, nonmated, target):
    thresholds, fmr, fnmr = calculate_roc(list(mated), list(nonmated))
    k, value = get_fmr_op(fmr, fnmr, rate(target))
    return value, thresholds[k]


def fmr_at_fnmr(mated, nonmated, target):
    thresholds, fmr, fnmr = calculate_roc(list(mated), list(nonmated))
    k, value = get_fnmr_op(fmr, fnmr, rate(target))
    return value, thresholds[k]


def zero_fmr(mated, nonmated):
    found = stats(mated, nonmated)
    return found.fmr0, found.fmr0_th


def zero_fnmr(mated, nonmated):
    found = stats(mated, nonmated)
    return found.fnmr0, found.fnmr0_th


serve(
    {
        "fnmr_at_fmr": fnmr_at_fmr,
        "fmr_at_fnmr": fmr_at_fnmr,
        "zero_fmr": zero_fmr,
        "zero_fnmr": zero_fnmr,
        "eer": eer,
        "auc": lambda mated, nonmated: stats(mated, nonmated).auc,
    }
)
