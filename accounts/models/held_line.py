from collections.abc import Collection
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Exists, OuterRef, Q

from accounts.models.account import Account
from accounts.models.source_record import SourceRecord
from accounts.models.sync_log import SyncLog
from accounts.models.transaction import Transaction


class HeldLineQuerySet(models.QuerySet["HeldLine"]):
    def open(self) -> "HeldLineQuerySet":
        """Lines that still wait for a person or a better parser."""
        return self.filter(resolved_at=None)

    def with_row(self) -> "HeldLineQuerySet":
        """Each with `row_id`: the row that the line's own feed and id name; None where there is none."""
        return self.annotate(row_id=models.Subquery(_named().values("transaction_id")[:1]))

    def touching(self, row_ids: Collection[int]) -> "HeldLineQuerySet":
        """Lines of which one of the two rows is one of these."""
        return self.filter(Q(candidate_id__in=row_ids) | Exists(_named().filter(transaction_id__in=row_ids)))

    def pairs(self) -> "HeldLineQuerySet":
        """Open possible duplicates: two different rows of which at least one counts."""
        are_two = Exists(_named().exclude(transaction=OuterRef("candidate")))
        counts = Q(candidate__removed_at=None) | Exists(_named().filter(transaction__removed_at=None))
        asked = self.open().filter(reason=HeldLine.Reason.POSSIBLE_DUPLICATE, candidate__isnull=False)
        return asked.filter(are_two, counts)

    def set_aside(self) -> "HeldLineQuerySet":
        """Open lines whose edited row is withdrawn and still out of the books."""
        withdrawn = self.open().filter(reason=HeldLine.Reason.WITHDRAWN_BUT_EDITED)
        return withdrawn.filter(candidate__removed_at__isnull=False)

    def unread(self) -> "HeldLineQuerySet":
        """Open lines that could not be posted."""
        return self.open().filter(reason__in=[HeldLine.Reason.MALFORMED, HeldLine.Reason.OTHER_ACCOUNT])

    def needing_a_person(self) -> "HeldLineQuerySet":
        """Lines that a person can decide about; the others wait for their source."""
        return self.pairs() | self.set_aside()

    def listed(self) -> "HeldLineQuerySet":
        """Lines that still say something: those that are decided by events are left out."""
        return self.needing_a_person() | self.unread()

    def about(self, one: Transaction, other: Transaction) -> "HeldLineQuerySet":
        """Lines that ask, or asked, whether these two are one purchase, whichever of them came second."""
        sides = (Q(candidate=a) & Exists(_named().filter(transaction=b)) for a, b in ((one, other), (other, one)))
        return self.filter(next(sides) | next(sides), reason=HeldLine.Reason.POSSIBLE_DUPLICATE)


def _named() -> models.QuerySet[SourceRecord]:
    """The record that a held line's feed and id name; there is at most one."""
    return SourceRecord.objects.filter(
        account=OuterRef("account"), feed=OuterRef("feed"), external_id=OuterRef("external_id")
    ).order_by("id")


class HeldLine(models.Model):
    """A line that could not be posted, or that needs a person to decide."""

    class Reason(models.TextChoices):
        MALFORMED = "malformed", "Could not be read"
        OTHER_ACCOUNT = "other_account", "Belongs to another account"
        POSSIBLE_DUPLICATE = "possible_duplicate", "Possible duplicate"
        WITHDRAWN_BUT_EDITED = "withdrawn_but_edited", "Withdrawn, edited by you"

    class Decision(models.TextChoices):
        SAME = "same", "Same purchase"
        DIFFERENT = "different", "Two purchases"
        RESTORED = "restored", "Restored"
        LET_GO = "let_go", "Let go"

    account = models.ForeignKey(Account, models.CASCADE, related_name="held_lines")
    run = models.ForeignKey(SyncLog, models.SET_NULL, null=True, blank=True, related_name="+")
    feed = models.CharField(max_length=64)
    external_id = models.CharField(max_length=128, blank=True)
    raw = models.JSONField(default=dict, blank=True, help_text="What the source sent, without secrets.")
    reason = models.CharField(max_length=24, choices=Reason)
    detail = models.TextField(blank=True, help_text="One plain sentence.")
    candidate = models.ForeignKey(
        Transaction,
        models.CASCADE,
        null=True,
        blank=True,
        related_name="+",
        help_text="The row it may be the same as, or that was withdrawn.",
    )
    decision = models.CharField(max_length=16, choices=Decision, blank=True, help_text="What a person said.")
    created_at = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True, blank=True)

    objects = HeldLineQuerySet.as_manager()
    if TYPE_CHECKING:
        row_id: int | None  # of `with_row`

    class Meta:
        indexes = [models.Index(fields=["account", "feed", "external_id"], name="held_line_by_id")]

    def __str__(self) -> str:
        return f"{self.get_reason_display()}: {self.external_id or 'no id'}"
