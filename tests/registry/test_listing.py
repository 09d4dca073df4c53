"""Entries in words: figures with interval and counts, verdicts that say what they are, hostile names made harmless."""

from __future__ import annotations

from datetime import date

import pytest

from fr_bench.registry import listing
from fr_bench.registry.entry import Entry, Product
from fr_bench.registry.index import Answer
from fr_bench.reports.wording import wording
from tests.registry.test_index import ENTRIES, KISA, entry
from tests.reports import examples

SAY = wording("en")


def answer(*entries: Entry) -> Answer:
    return Answer("", entries, len(entries), ())


def listed(*entries: Entry, language: str = "en") -> str:
    return "\n".join(listing.lines(answer(*entries), wording(language)))


def test_an_entry_tells_product_vendor_dates_figures_and_folder() -> None:
    text = listed(ENTRIES[0])
    for told in ("Hanbit", "한빛 Vision", "tested 2026-03-01", "valid 2026-04-01 to 2029-04-01", "runs/1"):
        assert told in text
    assert "FNMR@FMR=1e-2 0.911 % [0.654, 1.234] % (95 %), 41 of 4 500" in text


def test_a_figure_without_interval_says_so() -> None:
    text = listing.figure(examples.measurements()[0], SAY)
    assert text == "EER 0.901 % (no interval), FMR 4 459 of 494 500, FNMR 41 of 4 500"


def test_no_errors_are_told_as_a_bound() -> None:
    assert (
        listing.figure(examples.rate("FTE", 0, 1000, 0.0, 0.003683), SAY)
        == "FTE <= 0.369 % (two-sided 95 %), 0 of 1 000"
    )


@pytest.mark.parametrize(("language", "told"), [("en", "rehearsal, not a certificate"), ("ko", "예행 시험, 인증 아님")])
def test_every_verdict_says_that_it_is_no_certificate(language: str, told: str) -> None:
    assert f"({told})" in listed(ENTRIES[1], language=language)
    assert told in "\n".join(listing.shown(ENTRIES[1], wording(language)))
    assert told in listing.markdown(answer(ENTRIES[1]), wording(language))


@pytest.mark.parametrize("text", examples.HOSTILE)
def test_hostile_names_change_no_line_and_no_cell(text: str) -> None:
    made = entry(1, name=text, recognizer=text, dataset=text, folder=text, rehearsed=(KISA,),
                 product=Product(vendor=text, number=text, note=text, category=text))  # fmt: skip
    plain = entry(1, rehearsed=(KISA,))
    for lines in (listing.lines(answer(made), SAY, width=4000), listing.shown(made, SAY, width=4000)):
        assert all(line.isprintable() for line in lines)
    assert len(listing.lines(answer(made), SAY, width=4000)) == len(listing.lines(answer(plain), SAY, width=4000))
    row = listing.markdown(answer(made), SAY).splitlines()[2]
    assert row.replace("\\\\", "").replace("\\|", "").count("|") == len(listing.MARKDOWN) + 1
    assert "<script" not in row
    assert "<img" not in row


@pytest.mark.parametrize(
    ("product", "told"),
    [
        (Product(vendor="A"), "no validity stated"),
        (Product(vendor="A", valid_from=date(2026, 1, 1)), "valid from 2026-01-01"),
        (Product(vendor="A", valid_until=date(2026, 1, 1)), "valid until 2026-01-01"),
        (
            Product(vendor="A", withdrawn=date(2026, 1, 1), withdrawn_because="recall"),
            "withdrawn on 2026-01-01 (recall)",
        ),
    ],
)
def test_validity_is_told_as_the_card_states_it(product: Product, told: str) -> None:
    assert listing.validity(entry(1, product=product), SAY) == told


def test_generated_and_limited_data_are_stamped() -> None:
    text = listing.data(entry(1, generated=True, labels=("limited",)), SAY)
    assert "LIMITED" in text
    assert "generated" in text


def test_a_rehearsal_without_its_run_shows_its_limits_and_says_so() -> None:
    alone = entry(1, kind="rehearsal", rehearsed=(KISA,), figures=())
    text = listed(alone)
    assert "EER 3.00 % [2.00, 4.00] % (95 %), 30 of 1 000" in text
    assert "rest on its record" in text


def test_copies_repetitions_and_unhashed_contents_are_told() -> None:
    text = listed(entry(1, copies=("backup/1",), same_as=("abcdef012345",), hashed=False))
    for told in ("also in: backup/1", "see also abcdef012345", "--quick"):
        assert told in text


def test_all_digests_of_an_entry_are_shown_in_full() -> None:
    text = "\n".join(listing.shown(ENTRIES[1], SAY, width=200))
    for digest in (ENTRIES[1].digest, ENTRIES[1].recognizer_digest, "d" * 64, "e" * 64):
        assert digest in text


def test_json_is_never_a_certificate() -> None:
    told = listing.as_json(answer(ENTRIES[1]))
    assert told["certificate"] is False
    assert told["entries"][0]["certificate"] is False
    assert told["entries"][0]["vendor"] == "Straße GmbH"
