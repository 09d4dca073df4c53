"""The terminal table, Markdown and CSV: they fit, they line up, and nothing in them can be executed."""

from __future__ import annotations

import csv
import dataclasses
import io
import json

import pytest

from fr_bench.findings import Analysis, Result
from fr_bench.reports import table
from tests.reports import examples

FORMULA = tuple("=+-@\t\r")


@pytest.mark.parametrize("language", ["en", "ko"])
def test_terminal_table_fits_80_columns(result: Result, language: str) -> None:
    text = table.terminal(result, 80, language=language)
    assert max(table.cell_width(line) for line in text.splitlines()) <= 80


def test_terminal_table_says_what_was_measured_first(result: Result) -> None:
    lines = table.terminal(result).splitlines()
    assert lines[0] == "Data set              Generated faces (generated data)"
    assert lines[2:7] == [
        "Subjects              100", "Samples               1 000", "Without template      6",
        "Mated comparisons     4 500 (54 failed)", "Nonmated comparisons  494 500 (446 failed)",
    ]  # fmt: skip


def test_a_row_gives_value_interval_counts_threshold_and_labels(result: Result) -> None:
    lines = table.terminal(result).splitlines()
    rows = [" ".join(line.split()) for line in lines]
    assert "FNMR@FMR=1e-3 4.82 % [4.21, 5.49] % 217 of 4 500 0.419923 a" in rows
    assert any(line.startswith("a  assumes_independent_comparisons: The interval takes") for line in lines)


def test_reasons_stand_below(result: Result) -> None:
    text = " ".join(table.terminal(result).split())
    assert "FNMR@FMR=1e-6 is not measurable: 1e-6 of 494 500 nonmated comparisons allows no false match" in text


def test_hangul_takes_two_columns_and_the_heads_line_up(result: Result) -> None:
    lines = table.terminal(result, 80, language="ko").splitlines()
    head = next(line for line in lines if line.startswith("척도"))
    row = next(line for line in lines if line.startswith("FTA"))
    assert table.cell_width(head[: head.index("값") + 1]) == table.cell_width(row[: row.index("%") + 1])


def test_plain_text_has_no_escape_sequence_and_no_color_is_obeyed(
    result: Result, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    assert "\x1b" not in table.terminal(result)
    assert "\x1b[1m" in table.terminal(result, colour=True)
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in table.terminal(result, colour=True)


def test_ascii_form_is_ascii(result: Result) -> None:
    korean = dataclasses.replace(result, dataset=examples.dataset(title="한국 얼굴"))
    assert table.terminal(korean, unicode=False).isascii()


def test_narrow_terminals_lose_nothing(result: Result) -> None:
    assert "[4.21, 5.49] %" in table.terminal(result, 40)


def test_scores_alone_make_a_table() -> None:
    text = table.terminal(examples.scores_only())
    assert "scores only" in text
    assert "EER is not measurable: there are no nonmated scores" in text


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_texts_reach_no_terminal_control(text: str) -> None:
    shown = table.terminal(examples.hostile(text), 100)
    assert all(character.isprintable() or character == "\n" for character in shown)
    shown.encode("utf-8")


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_no_csv_cell_is_a_formula(text: str) -> None:
    bad = examples.hostile(text)
    made = ((table.metrics_csv(bad), table.METRICS_COLUMNS), (table.failures_csv(bad), table.FAILURE_COLUMNS))
    for content, columns in made:
        content.encode("utf-8")
        rows = list(csv.reader(io.StringIO(content)))
        assert rows[0] == list(columns)
        assert all(len(row) == len(columns) for row in rows)
        cells = [cell for row in rows for cell in row]
        assert [cell for cell in cells if cell.startswith(FORMULA) and not is_number(cell)] == []


def is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def test_metrics_csv_has_all_digits_and_lists_labels(result: Result) -> None:
    rows = {row["measure"]: row for row in csv.DictReader(io.StringIO(table.metrics_csv(result))) if not row["group"]}
    assert float(rows["FNMR@FMR=1e-3"]["value"]) == 217 / 4500
    assert (rows["FNMR@FMR=1e-3"]["errors"], rows["FNMR@FMR=1e-3"]["trials"]) == ("217", "4500")
    assert rows["EER"]["labels"] == "[]"
    assert json.loads(rows["EER"]["fractions"]) == {"FMR": [4459, 494500], "FNMR": [41, 4500]}
    assert rows["FNMR@FMR=1e-6"]["value"] == ""
    assert rows["FNMR@FMR=1e-6"]["reason"].startswith("1e-6 of")


def test_failures_csv_has_a_row_for_each_failure(result: Result) -> None:
    rows = list(csv.DictReader(io.StringIO(table.failures_csv(result))))
    assert [row["sample"] for row in rows] == [failure.sample for failure in result.failures]


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_texts_stay_in_their_markdown_cell(text: str) -> None:
    lines = table.markdown(examples.hostile(text)).splitlines()
    rows = [line for line in lines if line.startswith("|")]
    bars = {row.replace("\\\\", "").replace("\\|", "").count("|") for row in rows}
    assert len(bars) == 1
    assert not any("<img" in line or "<script" in line for line in lines)


def test_markdown_has_a_row_for_each_measurement(result: Result) -> None:
    rows = [line for line in table.markdown(result).splitlines() if line.startswith("|")]
    assert len(rows) == 2 + len(result.measurements)


def test_measurements_as_json(result: Result) -> None:
    assert [row["measure"] for row in json.loads(table.measurements_json(result))][:2] == ["EER", "FNMR@FMR=1e-2"]


def test_a_part_of_the_data_is_told_on_every_output(result: Result) -> None:
    part = dataclasses.replace(result, labels=("limited",))
    assert "LIMITED" in table.terminal(part).splitlines()[0]
    assert "LIMITED" in table.markdown(part).splitlines()[0]
    rows = list(csv.DictReader(io.StringIO(table.metrics_csv(part))))
    assert all("limited" in json.loads(row["labels"]) for row in rows)


def test_markdown_reads_as_text_and_has_the_notes(result: Result) -> None:
    text = table.markdown(result)
    assert "| <= 7.46e-6 (two-sided 95 %) | [0, 7.46e-6] |" in text
    assert "- Warning: Intervals take comparisons as independent" in text


def test_a_long_title_is_wrapped_and_whole(result: Result) -> None:
    title = " ".join(f"word{k}" for k in range(30))
    text = table.terminal(dataclasses.replace(result, dataset=examples.dataset(title=title)))
    assert title in " ".join(text.split())
    assert max(map(len, text.splitlines())) <= 80


def test_the_attained_rate_stands_beside_its_threshold(result: Result) -> None:
    rows = [" ".join(line.split()) for line in table.terminal(result, 120).splitlines()]
    assert "FNMR@FMR=1e-3 4.82 % [4.21, 5.49] % 217 of 4 500 0.419923 FMR 0.0999 % a" in rows


def test_every_value_without_interval_says_why_and_each_reason_stands_once() -> None:
    why = "the scores name no subjects, and more"
    rows = [
        dataclasses.replace(row, interval=None, no_interval=why, labels=()) for row in examples.example().measurements
    ]
    result = dataclasses.replace(examples.example(), measurements=tuple(rows))
    named = [row.measure for row in rows if row.value is not None and not row.group]
    text = " ".join(table.terminal(result).split())
    assert f"No interval for {', '.join(named)}: {why}" in text
    assert text.count(why) == 1
    assert f"{why}" in table.markdown(result)


def test_views_beyond_the_table_are_named(result: Result) -> None:
    views = (Analysis(kind="groups", subject="sex"), Analysis(kind="subjects"), Analysis(kind="groups", subject="age"))
    text = table.terminal(dataclasses.replace(result, analyses=views))
    assert "More in the report and in --json: Groups (sex, age), Subjects." in text
    assert "--json" not in table.terminal(dataclasses.replace(result, analyses=()))
