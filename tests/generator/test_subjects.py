"""Subjects: balanced design, traits by sex and age, independence of one another."""

from __future__ import annotations

from collections import Counter
from dataclasses import fields

import numpy as np
import pytest

from fr_bench.generator import subject_parameters


def test_a_subject_does_not_depend_on_the_others() -> None:
    assert subject_parameters(1, [5])[0] == subject_parameters(1, range(9))[5]


def test_eight_subjects_in_a_row_hold_each_sex_and_age_band_evenly() -> None:
    groups = Counter((s.sex, s.age_band) for s in subject_parameters(1, range(80)))
    assert set(groups.values()) == {10}
    assert len(groups) == 8


def test_the_id_is_text_of_the_index() -> None:
    assert [s.id for s in subject_parameters(1, [7, 12345])] == ["G0007", "G12345"]


def test_every_trait_is_finite_and_varies_between_subjects() -> None:
    everyone = subject_parameters(1, range(120))
    for field in fields(everyone[0]):
        if field.name == "sex":
            continue
        values = np.array([getattr(s, field.name) for s in everyone], dtype=float)
        assert np.isfinite(values).all(), field.name
        assert values.std() > 0.0, field.name


def test_hair_and_jaw_differ_by_sex() -> None:
    everyone = subject_parameters(1, range(200))
    women = [s for s in everyone if s.sex == "female"]
    men = [s for s in everyone if s.sex == "male"]
    assert min(s.hair_length for s in women) > max(s.hair_length for s in men)
    assert np.mean([s.jaw_square for s in men]) > np.mean([s.jaw_square for s in women]) + 0.2


def test_a_negative_index_is_refused() -> None:
    with pytest.raises(ValueError, match="subject index -1 is negative"):
        subject_parameters(1, [-1])
