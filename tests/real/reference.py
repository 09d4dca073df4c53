"""Figures measured on the same images and models by an independent script, and how far a figure may lie from them.

`COUNTS` holds, for a configuration: mated, nonmated, EER, and false non-matches by FMR target. On another machine, with
another decoder, warp or processor, single scores move: a count may differ by the larger of 3 and 2 %, the EER by the
larger of 2 % and one error, the ten-fold accuracy by 0.001, a threshold by 0.002.
"""

from __future__ import annotations

from typing import NamedTuple


class Reference(NamedTuple):
    """Reference figures of one configuration."""

    mated: int
    nonmated: int
    eer: float
    eer_threshold: float
    false_non_matches: dict[str, int]
    accuracy: float | None = None


REFERENCES = {
    "lfw-mobilefacenet-paddle": Reference(
        3000, 3000, 0.004667, 0.254841, {"0.1": 4, "0.01": 12, "0.001": 25}, 0.995833
    ),
    "lfw-mobilefacenet-b": Reference(3000, 3000, 0.006667, 0.258556, {"0.1": 9, "0.01": 19, "0.001": 45}, 0.992333),
    "lfw-w600k-mbf-int8": Reference(3000, 3000, 0.005000, 0.203023, {"0.1": 3, "0.01": 10, "0.001": 26}, 0.996000),
    "lfw-all-mobilefacenet-paddle": Reference(
        242257, 87307271, 0.001156, 0.315462, {"1e-2": 137, "1e-3": 299, "1e-4": 860, "1e-5": 2614, "1e-6": 46763}
    ),
    "lfw-all-mobilefacenet-b": Reference(
        242257, 87307271, 0.003525, 0.303136, {"1e-2": 559, "1e-3": 1618, "1e-4": 4777, "1e-5": 13185, "1e-6": 53029}
    ),
    "lfw-all-w600k-mbf-int8": Reference(
        242257, 87307271, 0.000900, 0.250083, {"1e-2": 119, "1e-3": 210, "1e-4": 488, "1e-5": 1667, "1e-6": 41851}
    ),
    "lfw-fold1-raw-mobilefacenet-paddle": Reference(300, 300, 0.003333, 0.280781, {"0.1": 0, "0.01": 1}),
    "lfw-fold1-raw-mobilefacenet-b": Reference(300, 300, 0.013333, 0.256976, {"0.1": 0, "0.01": 4}),
    "lfw-fold1-raw-w600k-mbf-int8": Reference(300, 300, 0.010000, 0.185448, {"0.1": 0, "0.01": 2}),
    "yale-mobilefacenet-paddle": Reference(825, 12705, 0.0, 0.476626, {"0.1": 0, "0.01": 0, "0.001": 0}),
    "yale-mobilefacenet-b": Reference(825, 12705, 0.000039, 0.384967, {"0.1": 0, "0.01": 0, "0.001": 0}),
    "yale-w600k-mbf-int8": Reference(825, 12705, 0.0, 0.440977, {"0.1": 0, "0.01": 0, "0.001": 0}),
    "orl-mobilefacenet-paddle": Reference(
        1800, 78000, 0.000553, 0.376255, {"0.1": 0, "0.01": 0, "0.001": 1, "0.0001": 2}
    ),
    "orl-mobilefacenet-b": Reference(1800, 78000, 0.002774, 0.392778, {"0.1": 0, "0.01": 3, "0.001": 11, "0.0001": 17}),
    "orl-w600k-mbf-int8": Reference(1800, 78000, 0.000019, 0.347280, {"0.1": 0, "0.01": 0, "0.001": 0, "0.0001": 0}),
}

FOLD1_ALL_PAIRS = {
    "mobilefacenet-paddle": Reference(931, 324290, 0.002485, 0.283456, {"0.01": 1, "0.001": 4, "0.0001": 15}),
    "mobilefacenet-b": Reference(931, 324290, 0.006443, 0.280320, {"0.01": 5, "0.001": 19, "0.0001": 38}),
    "w600k-mbf-int8": Reference(931, 324290, 0.003221, 0.212679, {"0.01": 3, "0.001": 3, "0.0001": 8}),
}
"""All 325,221 comparisons of the 807 raw images of fold 1, aligned by landmarks."""

FLIP_SUM = {
    "mobilefacenet-paddle": Reference(3000, 3000, 0.005000, 0.255830, {"0.1": 4, "0.01": 13, "0.001": 19}, 0.995667),
    "mobilefacenet-b": Reference(3000, 3000, 0.006333, 0.264377, {"0.1": 7, "0.01": 18, "0.001": 45}, 0.994167),
    "w600k-mbf-int8": Reference(3000, 3000, 0.004667, 0.209916, {"0.1": 3, "0.01": 9, "0.001": 18}, 0.996000),
}
"""The 6,000 pairs with `flip = "sum"`."""

WORST_NONMATED = ("Bart_Hendricks/Bart_Hendricks_0001.jpg", "Ricky_Ray/Ricky_Ray_0001.jpg", 0.986206)
"""The highest nonmated score of all LFW comparisons with mobilefacenet-paddle: two names for one picture."""
