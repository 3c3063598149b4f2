import logging
from decimal import Decimal

import pytest
from pytest_django import DjangoAssertNumQueries

from categories.cascade import Assignment, Cascade
from categories.models import AmountRule, Category, MerchantMapping

pytestmark = pytest.mark.django_db

NOTHING = Assignment(None, None, None, is_auto_confirmed=False)


@pytest.fixture
def coffee() -> Category:
    return Category.objects.get(short_desc="food-coffee")


@pytest.fixture
def music() -> Category:
    return Category.objects.get(short_desc="subscriptions-music")


def assign(description: str, merchant: str = "", amount: str = "5.00") -> Assignment:
    return Cascade.load().assign(description, merchant, Decimal(amount))


def category_of(description: str, merchant: str = "", amount: str = "5.00") -> int | None:
    return assign(description, merchant, amount).category_id


# Tier 1


@pytest.mark.parametrize("amount", ["12.99", "12.98", "13.00"])
def test_a_known_amount_of_a_known_name_is_sure(music: Category, amount: str) -> None:
    AmountRule.objects.create(pattern="Spotify", amount=Decimal("12.99"), category=music)
    expected = Assignment(music.pk, 1, Decimal(1), is_auto_confirmed=True)
    assert assign("SPOTIFY P1A2B3 STOCKHOLM", amount=amount) == expected
    assert assign("SQ *PAYMENT", merchant="spotify", amount=amount) == expected


@pytest.mark.parametrize("amount", ["12.97", "13.0001", "-12.99", "0"])
def test_another_amount_is_not_the_known_one(music: Category, amount: str) -> None:
    AmountRule.objects.create(pattern="Spotify", amount=Decimal("12.99"), category=music)
    assert assign("SPOTIFY", amount=amount) == NOTHING


def test_the_known_amount_of_another_name_is_not_the_known_one(music: Category) -> None:
    AmountRule.objects.create(pattern="Spotify", amount=Decimal("12.99"), category=music)
    assert assign("SPOT IFY", amount="12.99") == NOTHING
    assert assign("SPOT", merchant="IFY", amount="12.99") == NOTHING


def test_money_in_has_rules_of_its_own(coffee: Category) -> None:
    AmountRule.objects.create(pattern="cafe", amount=Decimal("-4.50"), tolerance=0, category=coffee)
    assert category_of("CAFE REFUND", amount="-4.50") == coffee.pk
    assert category_of("CAFE", amount="4.50") is None


def test_the_longest_name_decides_between_amount_rules(coffee: Category, music: Category) -> None:
    AmountRule.objects.create(pattern="apple", amount=Decimal("9.99"), category=coffee)
    AmountRule.objects.create(pattern="apple music", amount=Decimal("10.00"), category=music)
    assert category_of("APPLE MUSIC", amount="9.99") == music.pk
    assert category_of("APPLE STORE", amount="9.99") == coffee.pk


def test_the_nearest_amount_decides_between_rules_of_one_name(coffee: Category, music: Category) -> None:
    AmountRule.objects.create(pattern="apple", amount=Decimal("10.00"), tolerance=Decimal(2), category=coffee)
    AmountRule.objects.create(pattern="apple", amount=Decimal("11.00"), tolerance=Decimal(2), category=music)
    assert category_of("APPLE", amount="10.99") == music.pk
    assert category_of("APPLE", amount="10.10") == coffee.pk
    assert category_of("APPLE", amount="10.50") == coffee.pk


def test_an_amount_rule_goes_before_a_merchant(coffee: Category, music: Category) -> None:
    MerchantMapping.objects.create(pattern="starbucks music", category=coffee, confirmations=9)
    AmountRule.objects.create(pattern="music", amount=Decimal(5), category=music)
    assert assign("STARBUCKS MUSIC").tier == 1
    assert assign("STARBUCKS MUSIC", amount="6").tier == 2


# Tier 2


@pytest.mark.parametrize(
    ("confirmations", "confidence", "is_sure"),
    [(0, "0", False), (1, "0.333", False), (2, "0.667", False), (3, "1", True), (40, "1", True)],
)
def test_three_confirmations_make_a_merchant_sure(
    coffee: Category, confirmations: int, confidence: str, is_sure: bool
) -> None:
    MerchantMapping.objects.create(pattern="Starbucks", category=coffee, confirmations=confirmations)
    assert assign("STARBUCKS #12345 SAN FRANCISCO CA") == Assignment(
        coffee.pk, 2, Decimal(confidence), is_auto_confirmed=is_sure
    )


@pytest.mark.parametrize(
    ("description", "merchant"),
    [("star bucks", ""), ("STARBUCK", ""), ("", ""), ("star", "bucks"), ("Peet's Coffee", "Peet's")],
)
def test_another_merchant_gets_nothing(coffee: Category, description: str, merchant: str) -> None:
    MerchantMapping.objects.create(pattern="Starbucks", category=coffee, confirmations=3)
    assert assign(description, merchant) == NOTHING


def test_case_and_spacing_make_no_difference(coffee: Category) -> None:
    MerchantMapping.objects.create(pattern="Blue  Bottle STRASSE", category=coffee)
    assert category_of("SQ *BLUE   BOTTLE\tSTRAßE 7") == coffee.pk


@pytest.mark.parametrize("text", ["AMZN Mktp US*1A2", "amzn  digital"])
def test_a_regular_expression_is_searched_in_either_text(coffee: Category, text: str) -> None:
    MerchantMapping.objects.create(pattern=r"^amzn\s+(mktp|digital)", is_regex=True, category=coffee)
    assert category_of(text) == coffee.pk
    assert category_of("PAYMENT", merchant=text) == coffee.pk
    assert category_of(f"PAYMENT {text}") is None


@pytest.mark.parametrize(
    ("pattern", "text", "other"),
    [
        (r"shells? oil", "SHELL OIL 57", "SHELSOIL"),
        (r"uber\b(?: +trip)?", "UBER TRIP", "UBEREATS"),
        (r"ab*c", "xx ac", "b"),
        (r"b{2,3}q", "ABBQ", "ABQ"),
        (r"kroger|king soopers", "KING SOOPERS 12", "KING"),
        (r"7-eleven.\d+", "7-ELEVEN 123", "7-ELEVEN"),
    ],
)
def test_regular_expressions_match_what_they_say(coffee: Category, pattern: str, text: str, other: str) -> None:
    MerchantMapping.objects.create(pattern=pattern, is_regex=True, category=coffee)
    assert category_of(text) == coffee.pk
    assert category_of(other) is None


def test_the_signs_of_regular_expressions_mean_themselves_in_plain_patterns(coffee: Category) -> None:
    MerchantMapping.objects.create(pattern="SQ *", category=coffee)
    assert category_of("SQ *COFFEE") == coffee.pk
    assert category_of("SQQQ COFFEE") is None


def test_the_longest_pattern_decides_between_merchants(coffee: Category, music: Category) -> None:
    MerchantMapping.objects.create(pattern="amazon", category=coffee, confirmations=50)
    MerchantMapping.objects.create(pattern="amazon music", category=music, confirmations=1)
    assert category_of("AMAZON MUSIC") == music.pk
    assert category_of("AMAZON MARKETPLACE") == coffee.pk


def test_confirmations_decide_between_patterns_of_one_length(coffee: Category, music: Category) -> None:
    MerchantMapping.objects.create(pattern="apple", category=coffee, confirmations=1)
    MerchantMapping.objects.create(pattern="music", category=music, confirmations=2)
    assert category_of("APPLE MUSIC") == music.pk


@pytest.mark.parametrize("pattern", ["(", "(a+)+$", ".*", "x" * 10 + "|"])
def test_a_dangerous_expression_that_got_in_anyway_never_matches(
    coffee: Category, pattern: str, caplog: pytest.LogCaptureFixture
) -> None:
    mapping = MerchantMapping.objects.create(pattern=pattern, is_regex=True, category=coffee)
    with caplog.at_level(logging.WARNING):
        assert assign("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!") == NOTHING
    assert f"mapping {mapping.pk} is ignored" in caplog.text
    assert pattern not in caplog.text


# All of it


def test_without_rules_nothing_is_assigned() -> None:
    assert assign("STARBUCKS", "Starbucks", "4.50") == NOTHING


def test_rules_are_read_with_two_queries_and_assigning_needs_none(
    coffee: Category, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        AmountRule.objects.create(pattern=f"rule {number}", amount=Decimal(number), category=coffee)
        MerchantMapping.objects.create(pattern=f"merchant {number}", category=coffee)
    with django_assert_num_queries(2):
        cascade = Cascade.load()
    with django_assert_num_queries(0):
        assert cascade.assign("MERCHANT 7", "", Decimal(1)).category_id == coffee.pk
