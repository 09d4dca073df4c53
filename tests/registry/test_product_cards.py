"""Registry cards: typed, every mistake told at once with its line and the nearest name."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from fr_bench.errors import UsageError
from fr_bench.registry import product_cards
from fr_bench.registry.entry import Product

GOOD = """
[registry]
title = "Products tested by Laboratory A"

[[product]]
recognizer = "a65d089a24696a68"
vendor = "한빛 비전"
algorithm = "HanbitFace"
version = "3.2.1"
category = "server"
number = "LAB-2026-014"
tested = 2026-11-20
valid_from = 2026-11-23
valid_until = 2029-11-22
"""


def mistakes(text: str) -> list[str]:
    with pytest.raises(UsageError) as told:
        product_cards.read(text, where="registry.toml")
    assert told.value.code == "bad_registry_card"
    return told.value.message.splitlines()


def test_a_card_says_who_made_what_and_how_long_it_holds() -> None:
    (product,) = product_cards.read(GOOD, where="registry.toml").products
    assert (product.vendor, product.version, product.number) == ("한빛 비전", "3.2.1", "LAB-2026-014")
    assert (product.valid_from, product.valid_until) == (date(2026, 11, 23), date(2029, 11, 22))
    assert product.recognizer == ("a65d089a24696a68",)
    assert product.where == "registry.toml:5"


def test_the_title_of_the_list_is_read() -> None:
    assert product_cards.read(GOOD).title == "Products tested by Laboratory A"


def test_all_mistakes_are_told_at_once_with_their_lines() -> None:
    told = mistakes('[[prodct]]\n[[product]]\nvendr = "A"\nvalid_until = "2029"\nrun = "xyz"\n')
    assert told == [
        "registry.toml:1: unknown section 'prodct'; did you mean 'product'?",
        "registry.toml:3: unknown key product.vendr; did you mean 'vendor'?",
        "registry.toml:4: valid_until is a day: write it without quotes and without a time, such as 2029-11-22",
        "registry.toml:5: run 'xyz' is no SHA-256: give 12 to 64 of its digits, 0-9 and a-f",
        'registry.toml:2: product: vendor is missing, such as vendor = "Example Vision"',
    ]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("vendor = 7", "vendor is a text: write it in quotes"),
        ('vendor = "' + "a" * 501 + '"', "vendor has 501 characters; at most 500 fit"),
        ("tested = 2026-11-20T10:00:00", "tested is a day"),
        ("recognizer = []", "recognizer is empty"),
        ("recognizer = [7]", "recognizer '7' is no SHA-256"),
        ('withdrawn_because = "recall"', "withdrawn_because without a date"),
        ("valid_from = 2030-01-01\nvalid_until = 2029-01-01", "valid_until 2029-01-01 is before valid_from 2030-01-01"),
    ],
)
def test_a_value_of_the_wrong_kind_is_told(line: str, told: str) -> None:
    assert any(told in one for one in mistakes(f"[[product]]\n{line}\n"))


@pytest.mark.parametrize("text", ["product = 1\n", "registry = 1\n", "[registry]\ntitel = 'x'\n"])
def test_a_section_of_the_wrong_kind_is_told(text: str) -> None:
    assert mistakes(text)


def test_a_product_that_names_no_digest_is_told() -> None:
    assert "names no recognizer and no run" in mistakes('[[product]]\nvendor = "A"\n')[0]


def test_a_card_that_is_no_toml_names_its_line(tmp_path: Path) -> None:
    card = tmp_path / "registry.toml"
    card.write_text("[[product]\n", encoding="utf-8")
    with pytest.raises(UsageError, match=r"registry\.toml:1: "):
        product_cards.read(card)


@pytest.mark.parametrize(
    ("product", "day", "valid"),
    [
        (Product(vendor="A"), date(2026, 1, 1), None),
        (Product(vendor="A", valid_from=date(2026, 1, 2)), date(2026, 1, 1), False),
        (Product(vendor="A", valid_from=date(2026, 1, 2)), date(2026, 1, 2), True),
        (Product(vendor="A", valid_until=date(2026, 1, 2)), date(2026, 1, 2), True),
        (Product(vendor="A", valid_until=date(2026, 1, 2)), date(2026, 1, 3), False),
        (Product(vendor="A", withdrawn=date(2026, 1, 2)), date(2026, 1, 2), False),
        (Product(vendor="A", withdrawn=date(2026, 1, 2)), date(2026, 1, 1), None),
    ],
)
def test_validity_holds_on_its_first_and_last_day_and_ends_by_withdrawal(
    product: Product, day: date, valid: bool | None
) -> None:
    assert product.valid_on(day) is valid


def test_the_card_of_the_documentation_is_one() -> None:
    text = (Path(__file__).parents[2] / "docs" / "howto" / "registry.md").read_text("utf-8")
    (product,) = product_cards.read(text.split("```toml\n")[1].split("```")[0]).products
    assert product.number == "LAB-2026-001"
