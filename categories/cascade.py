"""Which category a new line gets: amount rules first, then merchants, else none."""

import logging
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Self

from django.core.exceptions import ValidationError

from categories.models import AmountRule, MerchantMapping
from categories.patterns import SEARCHED_LENGTH, validate_regex

AMOUNT_RULE_TIER = 1
MERCHANT_TIER = 2
SURE_AFTER = 3  # confirmations

_PLAIN_BEGINNING = re.compile(r"[A-Za-z0-9]+(?![*?{])")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Assignment:
    """A category with the tier that chose it, its confidence (0 to 1) and whether it needs no review."""

    category_id: int | None
    tier: int | None
    confidence: Decimal | None
    is_auto_confirmed: bool


UNASSIGNED = Assignment(None, None, None, is_auto_confirmed=False)


@dataclass(frozen=True, slots=True)
class _AmountRule:
    pattern: str
    amount: Decimal
    tolerance: Decimal
    assignment: Assignment


@dataclass(frozen=True, slots=True)
class _Merchant:
    literal: str  # what the words must contain; for a regular expression what it begins with, if that is plain
    search: Callable[[str], object] | None
    assignment: Assignment


@dataclass(frozen=True, slots=True)
class Cascade:
    """The rules as they were when loaded; assigning is pure and asks no database."""

    amount_rules: tuple[_AmountRule, ...]
    merchants: tuple[_Merchant, ...]

    @classmethod
    def load(cls) -> Self:
        """Reads all rules with two queries."""
        rules = AmountRule.objects.values_list("pattern", "amount", "tolerance", "category_id").order_by("id")
        # Where several match, the longest pattern wins, then the one that people agreed with most.
        mappings = MerchantMapping.objects.order_by("-confirmations", "id")
        return cls(
            amount_rules=tuple(_amount_rule(*rule) for rule in rules),
            merchants=tuple(
                _merchant(mapping) for mapping in sorted(mappings, key=_length, reverse=True) if _is_usable(mapping)
            ),
        )

    def assign(self, description: str, merchant: str, amount: Decimal) -> Assignment:
        """The category for a line of these words of the bank and this amount, positive for money out."""
        text = f"{_folded(description)}\n{_folded(merchant)}"
        return self._by_amount(text, amount) or self._by_merchant(text, description, merchant) or UNASSIGNED

    def _by_amount(self, text: str, amount: Decimal) -> Assignment | None:
        matches = [
            (len(rule.pattern), -abs(amount - rule.amount), -index)
            for index, rule in enumerate(self.amount_rules)
            if rule.pattern in text and abs(amount - rule.amount) <= rule.tolerance
        ]
        return self.amount_rules[-max(matches)[2]].assignment if matches else None

    def _by_merchant(self, text: str, *words: str) -> Assignment | None:
        for candidate in self.merchants:
            if candidate.literal in text and (candidate.search is None or _is_found(candidate.search, words)):
                return candidate.assignment
        return None


def _is_found(search: Callable[[str], object], words: tuple[str, ...]) -> bool:
    return any(search(word[:SEARCHED_LENGTH]) for word in words)


def _folded(text: str) -> str:
    """`text` without differences of case and spacing, which banks change at will."""
    return " ".join(text.casefold().split())


def _length(mapping: MerchantMapping) -> int:
    return len(mapping.pattern)


def _amount_rule(pattern: str, amount: Decimal, tolerance: Decimal, category_id: int) -> _AmountRule:
    assignment = Assignment(category_id, AMOUNT_RULE_TIER, Decimal(1), is_auto_confirmed=True)
    return _AmountRule(_folded(pattern), amount, tolerance, assignment)


def _merchant(mapping: MerchantMapping) -> _Merchant:
    is_sure = mapping.confirmations >= SURE_AFTER
    confidence = Decimal(1) if is_sure else (Decimal(mapping.confirmations) / SURE_AFTER).quantize(Decimal("0.001"))
    assignment = Assignment(mapping.category_id, MERCHANT_TIER, confidence, is_auto_confirmed=is_sure)
    if mapping.is_regex:
        beginning = _PLAIN_BEGINNING.match(mapping.pattern) if "|" not in mapping.pattern else None
        search = re.compile(mapping.pattern, re.IGNORECASE).search
        return _Merchant(beginning.group().casefold() if beginning else "", search, assignment)
    return _Merchant(_folded(mapping.pattern), None, assignment)


def _is_usable(mapping: MerchantMapping) -> bool:
    """False for what no form would accept: a blank pattern matches every line, a bad expression none."""
    if not mapping.is_regex:
        return bool(mapping.pattern.strip())
    try:
        validate_regex(mapping.pattern)
    except ValidationError:
        logger.warning("Merchant mapping %s is ignored: its regular expression is not allowed.", mapping.pk)
        return False
    return True
