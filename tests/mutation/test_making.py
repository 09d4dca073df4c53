"""The wrong changes that mutation testing makes: each is one change, wording is left alone, a sample is stable."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from bench.mutants.making import mutants_of, sample

SOURCE = b'''"""A docstring with 1 < 2."""

LIMIT = 10
MEASURES = (1, "text")


def share(errors: int, trials: int = 4) -> float:
    """What 1 + 1 is."""
    if errors < trials and trials:
        return errors / trials
    raise ValueError(f"{errors + 1} of {trials}")
'''


def kinds(source: bytes = SOURCE) -> list[str]:
    return [m.kind for m in mutants_of("x.py", source)]


def test_comparisons_logic_arithmetic_constants_and_returns_are_changed() -> None:
    assert sorted(kinds()) == sorted(
        ["10 to 11", "10 to 9", "4 to 5", "4 to 3", "and to or", "< to <=", "return value dropped", "/ to *"]
    )


def test_a_change_is_one_change_and_parses() -> None:
    for mutant in mutants_of("x.py", SOURCE):
        changed = mutant.applied(SOURCE)
        assert changed != SOURCE
        ast.parse(changed)
        assert len(mutant.diff(SOURCE).splitlines()) == 2


def test_docstrings_messages_and_tables_of_wording_are_left_alone() -> None:
    assert all(m.before not in ('MEASURES = (1, "text")', '"""What 1 + 1 is."""') for m in mutants_of("x.py", SOURCE))
    assert not any("raise" in m.before for m in mutants_of("x.py", SOURCE))


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ('k = np.searchsorted(a, t, side="left")', "side turned"),
        ("k = a[start:]", "lower end of slice one further"),
        ("k = max(a)", "max to min"),
        ("k = a if b else c", "branches exchanged"),
        ("k = not a", "not dropped"),
        ("k = -a", "- dropped"),
        ("k += a", "+= to -="),
        ("k = a is None", "is to is not"),
    ],
)
def test_what_goes_wrong_in_counting_is_among_the_changes(line: str, kind: str) -> None:
    assert kind in kinds(line.encode())


def test_columns_are_right_after_letters_of_several_bytes() -> None:
    (mutant,) = [m for m in mutants_of("x.py", 'k = ("Brümmer", a < b)'.encode()) if m.kind == "< to <="]
    assert mutant.applied('k = ("Brümmer", a < b)'.encode()).decode() == 'k = ("Brümmer", (a <= b))'


def test_a_function_names_its_lines_and_import_has_none() -> None:
    assert {m.function for m in mutants_of("x.py", SOURCE)} == {None, (7, 11)}


def test_a_key_stays_when_the_text_around_it_moves() -> None:
    moved = b"# a comment\n\n" + SOURCE
    assert [m.key for m in mutants_of("x.py", moved)] == [m.key for m in mutants_of("x.py", SOURCE)]


def test_a_new_file_changes_no_draw_between_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SOURCE)
    before = {m.key for m in sample(tmp_path, ["."], 5, seed=1)}
    (tmp_path / "b.py").write_bytes(SOURCE.replace(b"share", b"part"))
    after = sample(tmp_path, ["."], 5, seed=1)
    assert {m.key for m in after if m.path == "a.py"} <= before
    assert len(after) == 5


def test_another_seed_draws_another_sample(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_bytes(SOURCE)
    assert len({tuple(m.key for m in sample(tmp_path, ["."], 4, seed=k)) for k in range(6)}) > 1
