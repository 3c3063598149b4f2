from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models.functions import Coalesce

from categories.patterns import validate_regex
from money.fields import MoneyField


class Palette(models.TextChoices):
    """The eight hues of the design; each is a class of the style sheet, never a colour."""

    HUE_1 = "hue-1", "Hue 1"
    HUE_2 = "hue-2", "Hue 2"
    HUE_3 = "hue-3", "Hue 3"
    HUE_4 = "hue-4", "Hue 4"
    HUE_5 = "hue-5", "Hue 5"
    HUE_6 = "hue-6", "Hue 6"
    HUE_7 = "hue-7", "Hue 7"
    HUE_8 = "hue-8", "Hue 8"


class CategoryQuerySet(models.QuerySet["Category"]):
    def as_tree(self) -> "CategoryQuerySet":
        """Every parent followed by its children, both by name; `path` costs no further query."""
        return self.select_related("parent").order_by(
            Coalesce("parent__display_name", "display_name"),
            Coalesce("parent_id", "id"),
            models.F("parent_id").asc(nulls_first=True),
            "display_name",
            "id",
        )


class Category(models.Model):
    """What money was for, in two levels: a parent without parent, and its children."""

    short_desc = models.SlugField("short name", max_length=64, unique=True, help_text="Stable name; not shown.")
    display_name = models.CharField("name", max_length=64)
    parent = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="children",
        limit_choices_to={"parent": None},
    )
    palette = models.CharField(max_length=8, choices=Palette, default=Palette.HUE_1)
    is_income = models.BooleanField("income", default=False)
    is_excluded_from_spending = models.BooleanField(
        "excluded from spending", default=False, help_text="Transfers and payments between own accounts."
    )
    is_recurring = models.BooleanField("recurring", default=False)

    objects = CategoryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "categories"
        constraints = [
            models.CheckConstraint(condition=~models.Q(parent=models.F("id")), name="category_is_not_its_own_parent"),
        ]

    def __str__(self) -> str:
        return self.display_name

    @property
    def path(self) -> str:
        """The name with its parent's before it; loads the parent unless the query did."""
        return f"{self.parent.display_name} / {self.display_name}" if self.parent else self.display_name

    def clean(self) -> None:
        if self.parent is None:
            return
        if self.parent.parent_id is not None:
            raise ValidationError({"parent": "Choose a category of the first level: there are two levels only."})
        if self.pk and (self.parent_id == self.pk or self.children.exists()):
            raise ValidationError({"parent": "This category has subcategories, so it can't become one itself."})


class AmountRule(models.Model):
    """Tier 1: a charge of a known amount, such as a subscription, always has this category."""

    pattern = models.CharField(
        max_length=200,
        validators=[MinLengthValidator(2)],
        help_text="Text found anywhere in the description or merchant; case does not matter.",
    )
    amount = MoneyField(help_text="Positive is money out.")
    tolerance = MoneyField(
        default=Decimal("0.01"),
        validators=[MinValueValidator(0)],
        help_text="How far the amount may lie from this one.",
    )
    category = models.ForeignKey(Category, models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pattern", "amount"], name="one_amount_rule_per_pattern_and_amount"),
            models.CheckConstraint(condition=~models.Q(pattern=""), name="amount_rule_has_a_pattern"),
            models.CheckConstraint(condition=models.Q(tolerance__gte=0), name="amount_rule_tolerance_is_not_negative"),
        ]

    def __str__(self) -> str:
        return self.pattern


class MerchantMapping(models.Model):
    """Tier 2: lines of this merchant have this category; sure of it after three confirmations."""

    pattern = models.CharField(
        max_length=200,
        unique=True,
        validators=[MinLengthValidator(2)],
        help_text="Text found anywhere in the description or merchant; case does not matter.",
    )
    is_regex = models.BooleanField("regular expression", default=False)
    category = models.ForeignKey(Category, models.CASCADE, related_name="+")
    confirmations = models.PositiveIntegerField(
        default=1, help_text="How often a person agreed. From 3 on, new lines need no review."
    )

    class Meta:
        constraints = [
            models.CheckConstraint(condition=~models.Q(pattern=""), name="merchant_mapping_has_a_pattern"),
        ]

    def __str__(self) -> str:
        return self.pattern

    def clean(self) -> None:
        if self.is_regex:
            try:
                validate_regex(self.pattern)
            except ValidationError as error:
                raise ValidationError({"pattern": error}) from error
