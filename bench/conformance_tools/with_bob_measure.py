"""bob.measure: each of its functions as its guide uses it; negatives stand before positives there."""

from __future__ import annotations

import bob.measure as bob
import numpy as np
from bob.measure.calibration import cllr, min_cllr
from questions import rate, serve


def rates_at(mated, nonmated, t):
    return bob.farfrr(np.array(nonmated), np.array(mated), float(t))


def fnmr_at_fmr(mated, nonmated, target):
    t = bob.far_threshold(np.array(nonmated), np.array(mated), rate(target))
    return rates_at(mated, nonmated, t)[1], t


def fmr_at_fnmr(mated, nonmated, target):
    t = bob.frr_threshold(np.array(nonmated), np.array(mated), rate(target))
    return rates_at(mated, nonmated, t)[0], t


def eer(mated, nonmated):
    negatives, positives = np.array(nonmated), np.array(mated)
    return bob.eer(negatives, positives), bob.eer_threshold(negatives, positives)


def dcf_at(mated, nonmated, t, prior, cost_miss, cost_fa):
    fmr, fnmr = rates_at(mated, nonmated, t)
    miss, false = rate(cost_miss) * rate(prior), rate(cost_fa) * (1 - rate(prior))
    return (miss * fnmr + false * fmr) / min(miss, false)


def min_dcf(mated, nonmated, prior, cost_miss, cost_fa):
    miss, false = rate(cost_miss) * rate(prior), rate(cost_fa) * (1 - rate(prior))
    t = bob.min_weighted_error_rate_threshold(np.array(nonmated), np.array(mated), false / (miss + false))
    return dcf_at(mated, nonmated, t, prior, cost_miss, cost_fa), t


serve(
    {
        "fmr": lambda mated, nonmated, t: rates_at(mated, nonmated, t)[0],
        "fnmr": lambda mated, nonmated, t: rates_at(mated, nonmated, t)[1],
        "fnmr_at_fmr": fnmr_at_fmr,
        "fmr_at_fnmr": fmr_at_fnmr,
        "zero_fmr": lambda mated, nonmated: fnmr_at_fmr(mated, nonmated, "0"),
        "zero_fnmr": lambda mated, nonmated: fmr_at_fnmr(mated, nonmated, "0"),
        "eer": eer,
        "rocch_eer": lambda mated, nonmated: bob.eer_rocch(np.array(nonmated), np.array(mated)),
        "auc": lambda mated, nonmated: bob.roc_auc_score(np.array(nonmated), np.array(mated)),
        "min_dcf": min_dcf,
        "cllr": lambda mated, nonmated: cllr(np.array(nonmated), np.array(mated)),
        "min_cllr": lambda mated, nonmated: min_cllr(np.array(nonmated), np.array(mated)),
    }
)
