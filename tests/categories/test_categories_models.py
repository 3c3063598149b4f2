from decimal import Decimal
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from categories import taxonomy
from categories.models import AmountRule, Category, MerchantMapping
from categories.patterns import validate_regex

pytestmark = pytest.mark.django_db


# The default taxonomy


def test_a_new_install_has_two_levels_of_categories() -> None:
    assert Category.objects.filter(parent=None).count() == 18
    assert 70 <= Category.objects.exclude(parent=None).count() <= 85
    assert not Category.objects.filter(parent__parent__isnull=False).exists()
    for category in Category.objects.select_related("parent"):
        category.full_clean()


def test_transfers_and_their_children_are_kept_out_of_spending() -> None:
    excluded = Category.objects.filter(is_excluded_from_spending=True)
    assert {category.path.split(" / ")[0] for category in excluded} == {"Transfers"}
    assert excluded.filter(display_name="Credit card payment").exists()


def test_only_income_is_income() -> None:
    income = Category.objects.filter(is_income=True).as_tree()
    assert {category.path.split(" / ")[0] for category in income} == {"Income"}


def test_seeding_again_changes_nothing_that_a_person_did() -> None:
    Category.objects.get(short_desc="food-coffee").delete()
    Category.objects.filter(short_desc="food").update(display_name="Eating")
    before = list(Category.objects.order_by("id").values())
    taxonomy.seed(apps)
    assert list(Category.objects.order_by("id").values()) == before


def test_half_a_taxonomy_of_another_machine_is_no_conflict() -> None:
    Category.objects.exclude(parent=None).delete()
    Category.objects.all().delete()
    taxonomy.seed(apps)
    assert Category.objects.filter(parent=None).count() == len(taxonomy.TAXONOMY)


@pytest.mark.django_db(transaction=True)
def test_a_flush_leaves_the_taxonomy() -> None:
    Category.objects.create(short_desc="mine", display_name="Mine")
    call_command("flush", interactive=False, verbosity=0)
    assert Category.objects.filter(parent=None).count() == len(taxonomy.TAXONOMY)
    assert not Category.objects.filter(short_desc="mine").exists()


# Two levels


def test_a_third_level_is_refused() -> None:
    coffee = Category.objects.get(short_desc="food-coffee")
    espresso = Category(short_desc="espresso", display_name="Espresso", parent=coffee)
    with pytest.raises(ValidationError, match="two levels"):
        espresso.full_clean()


def test_a_parent_can_not_become_a_child() -> None:
    food = Category.objects.get(short_desc="food")
    food.parent = Category.objects.get(short_desc="travel")
    with pytest.raises(ValidationError, match="has subcategories"):
        food.full_clean()


def test_a_category_can_not_be_its_own_parent() -> None:
    category = Category.objects.create(short_desc="mine", display_name="Mine")
    category.parent = category
    with pytest.raises(ValidationError):
        category.full_clean()
    with pytest.raises(IntegrityError), transaction.atomic():
        category.save()


def test_a_child_can_move_to_another_parent() -> None:
    coffee = Category.objects.get(short_desc="food-coffee")
    coffee.parent = Category.objects.get(short_desc="travel")
    coffee.full_clean()


def test_a_parent_with_children_can_not_be_deleted() -> None:
    with pytest.raises(ProtectedError):
        Category.objects.get(short_desc="food").delete()


def test_the_tree_lists_each_parent_before_its_children(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    with django_assert_num_queries(1):
        paths = [category.path for category in Category.objects.as_tree()]
    assert paths == sorted(paths)
    assert paths.index("Food and drink") + 1 == paths.index("Food and drink / Bars and alcohol")


# Patterns


@pytest.mark.parametrize(
    "pattern",
    [
        r"starbucks\s+#\d+",
        "amzn|amazon",
        r"^sq \*",
        r"(uber|lyft) ?trip",
        r"[a-z]{3}\.com",
        r"\(refund\)",
        "[(+*]",
        "a.*b",
    ],
)
def test_ordinary_expressions_are_accepted(pattern: str) -> None:
    validate_regex(pattern)


@pytest.mark.parametrize(
    "pattern",
    [
        "(",
        "[a",
        "*",
        "a{99999999999}",
        "(a+)+b",
        "(a|aa)*b",
        "((a)+)+b",
        "(a*){2,9}b",
        "(?:a|b)+c",
        "(a?){20}b",
        "a*a*a*a*b",
        ".*x.*y.*z",
        "a?a?a?a?b",
        "(a|a)(a|a)(a|a)(a|a)b",
        r"(a)\1",
        "(?=a)a",
        "(?i)a",
        "(?P<n>a)b",
        "",
        ".*",
        "a|",
        "a?",
        r"\b",
    ],
)
def test_expressions_that_could_hang_a_sync_or_match_everything_are_refused(pattern: str) -> None:
    with pytest.raises(ValidationError):
        validate_regex(pattern)


def test_a_mapping_checks_its_expression() -> None:
    category = Category.objects.get(short_desc="food-coffee")
    with pytest.raises(ValidationError, match="repeated group"):
        MerchantMapping(pattern="(a+)+b", is_regex=True, category=category).full_clean()
    MerchantMapping(pattern="(a+)+b", is_regex=False, category=category).full_clean()


@pytest.mark.parametrize("pattern", ["", "x"])
def test_a_pattern_is_at_least_two_characters(pattern: str) -> None:
    category = Category.objects.get(short_desc="food-coffee")
    with pytest.raises(ValidationError):
        MerchantMapping(pattern=pattern, category=category).full_clean()
    with pytest.raises(ValidationError):
        AmountRule(pattern=pattern, amount=Decimal(1), category=category).full_clean()


def test_the_database_refuses_empty_patterns_and_negative_tolerances() -> None:
    category = Category.objects.get(short_desc="food-coffee")
    with pytest.raises(IntegrityError), transaction.atomic():
        MerchantMapping.objects.create(pattern="", category=category)
    with pytest.raises(IntegrityError), transaction.atomic():
        AmountRule.objects.create(pattern="", amount=Decimal(1), category=category)
    with pytest.raises(IntegrityError), transaction.atomic():
        AmountRule.objects.create(pattern="x", amount=Decimal(1), tolerance=Decimal("-0.0001"), category=category)


# Dump and load


@pytest.mark.parametrize("form", ["json", "xml"])
def test_a_rule_keeps_its_exact_amount_through_dump_and_load(tmp_path: Path, form: str) -> None:
    category = Category.objects.get(short_desc="food-coffee")
    AmountRule.objects.create(pattern="coffee", amount=Decimal("-12.3401"), category=category)
    dump = tmp_path / f"rules.{form}"
    call_command("dumpdata", "categories.amountrule", format=form, output=dump, verbosity=0)
    AmountRule.objects.all().delete()
    call_command("loaddata", dump, verbosity=0)
    rule = AmountRule.objects.get()
    assert (rule.amount, rule.tolerance) == (Decimal("-12.3401"), Decimal("0.01"))


# Admin


@pytest.fixture
def admin() -> Client:
    client = Client()
    client.force_login(User.objects.create_superuser("root", password="a long enough password"))
    return client


@pytest.mark.parametrize("model", ["category", "amountrule", "merchantmapping"])
def test_a_superuser_lists_searches_and_adds(admin: Client, model: str) -> None:
    coffee = Category.objects.get(short_desc="food-coffee")
    AmountRule.objects.create(pattern="coffee", amount=Decimal("4.50"), category=coffee)
    MerchantMapping.objects.create(pattern="coffee", category=coffee)
    page = admin.get(reverse(f"admin:categories_{model}_changelist"), {"q": "coffee"})
    assert page.status_code == 200
    assert page.context["cl"].result_count >= 1
    assert admin.get(reverse(f"admin:categories_{model}_add")).status_code == 200


def test_the_admin_lists_categories_as_a_tree(
    admin: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(8):
        page = admin.get(reverse("admin:categories_category_changelist"))
    paths = [category.path for category in page.context["cl"].result_list]
    assert paths == sorted(paths)
    assert "Food and drink / Coffee" in page.content.decode()


def test_the_admin_saves_an_amount_exactly(admin: Client) -> None:
    coffee = Category.objects.get(short_desc="food-coffee")
    form = {"pattern": "Coffee club", "amount": "12.9901", "tolerance": "0.01", "category": coffee.pk}
    assert admin.post(reverse("admin:categories_amountrule_add"), form).status_code == 302
    rule = AmountRule.objects.get()
    assert rule.amount == Decimal("12.9901")
    page = admin.get(reverse("admin:categories_amountrule_change", args=[rule.pk]))
    assert 'value="12.9901"' in page.content.decode()


def test_the_admin_refuses_a_dangerous_expression(admin: Client) -> None:
    coffee = Category.objects.get(short_desc="food-coffee")
    form = {"pattern": "(a+)+b", "is_regex": "on", "category": coffee.pk, "confirmations": 3}
    page = admin.post(reverse("admin:categories_merchantmapping_add"), form)
    assert page.status_code == 200
    assert "A repeated group" in page.content.decode()
    assert not MerchantMapping.objects.exists()


def test_who_is_no_superuser_does_not_get_in(signed_in: Client) -> None:
    assert signed_in.get(reverse("admin:categories_category_changelist")).status_code == 302
