"""Files on their way into the books: the upload, one batch per account, its lines, and remembered columns."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Self

from django.conf import settings
from django.db import models
from django.db.models import Count, Q, Sum
from django.urls import reverse

from accounts.lines import StatementLine
from accounts.lookup import CHUNK
from accounts.models import Account, SyncLog
from imports.reading import Mapping
from money.fields import MoneyField

FORGOTTEN_AFTER = timedelta(days=30)
STALLED_AFTER = timedelta(minutes=10)  # the worker ends a job after five


class ColumnProfile(models.Model):
    """What the columns of an account's files with this header mean: answered once, remembered."""

    account = models.ForeignKey(Account, models.CASCADE, null=True, related_name="+")
    fingerprint = models.CharField(max_length=64, help_text="Identifies the header row.")
    mapping = models.JSONField()
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["fingerprint", "account"], name="one_profile_per_header_and_account")
        ]

    def __str__(self) -> str:
        return self.fingerprint[:12]

    @property
    def columns(self) -> Mapping | None:
        """The remembered answers; None if an earlier version wrote what this one can't read: they are asked again."""
        try:
            return Mapping.from_json(self.mapping)
        except ValueError:
            return None


class ImportFile(models.Model):
    """An upload. Its content is kept until every batch of it is in the books, then dropped."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(max_length=200, help_text="As the browser named it; shown, never used as a path.")
    sha256 = models.CharField(max_length=64)
    content = models.BinaryField(help_text="Empty once it is no longer needed.")
    kind = models.CharField(max_length=8)
    is_archive = models.BooleanField(default=False, help_text="Imported by hand from an archive of old files.")
    preset = models.CharField(max_length=64, blank=True)
    fingerprint = models.CharField(max_length=64, blank=True)
    mapping = models.JSONField(default=dict, blank=True, help_text="The columns as used; empty for OFX.")
    statement_count = models.PositiveSmallIntegerField(default=0, help_text="0 while the columns are not known.")
    uploaded_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name

    @property
    def columns(self) -> Mapping | None:
        """The mapping in use; None while nothing is known, and for files that need none."""
        return Mapping.from_json(self.mapping) if self.mapping else None


class ImportBatchQuerySet(models.QuerySet["ImportBatch"]):
    def open(self) -> Self:
        """On their way: neither posted nor taken back."""
        return self.exclude(state__in=[ImportBatch.State.POSTED, ImportBatch.State.UNDONE])

    def changeable(self) -> Self:
        """What is still to be answered or decided, and no job works on."""
        return self.filter(state__in=[ImportBatch.State.UPLOADED, ImportBatch.State.MAPPED, ImportBatch.State.REVIEWED])

    def abandoned(self, now: datetime) -> Self:
        """Begun more than thirty days ago and never finished."""
        state = ImportBatch.State
        waiting = [state.UPLOADED, state.MAPPED, state.REVIEWED, state.FAILED]
        return self.filter(state__in=waiting, created_at__lt=now - FORGOTTEN_AFTER)


class ImportBatch(models.Model):
    """One account's part of a file on its way into the books.

    uploaded -> (staging) -> mapped -> reviewed -> posting -> posted, failed or undone. `statement` is the place
    of its part in the file, None while a file of several accounts waits to be told apart.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", "Waiting for answers"
        STAGING = "staging", "Being compared"
        MAPPED = "mapped", "To review"
        REVIEWED = "reviewed", "To confirm"
        POSTING = "posting", "Being imported"
        POSTED = "posted", "Imported"
        FAILED = "failed", "Failed"
        UNDONE = "undone", "Undone"

    file = models.ForeignKey(ImportFile, models.CASCADE, related_name="batches")
    account = models.ForeignKey(Account, models.CASCADE, related_name="+")
    statement = models.PositiveSmallIntegerField(null=True, blank=True)
    feed = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.UPLOADED)
    run = models.ForeignKey(SyncLog, models.SET_NULL, null=True, blank=True, related_name="+")
    line_count = models.PositiveIntegerField(default=0)
    staged_count = models.PositiveIntegerField(default=0)
    prepared_count = models.PositiveIntegerField(default=0, help_text="Lines made ready by the job that posts them.")
    proof = models.CharField(max_length=4, blank=True, help_text="Whether the running balance chains.")
    proof_detail = models.CharField(max_length=300, blank=True)
    warning = models.CharField(max_length=300, blank=True)
    error_message = models.CharField(max_length=300, blank=True)
    work_started_at = models.DateTimeField(null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True, help_text="When it was compared with the books.")
    posted_at = models.DateTimeField(null=True, blank=True)
    undone_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField()

    objects = ImportBatchQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "import batches"
        indexes = [models.Index(fields=["-created_at", "-id"], name="import_newest_first")]

    def __str__(self) -> str:
        return f"{self.file} into {self.account}"

    def get_absolute_url(self) -> str:
        return reverse("import_batch", args=[self.pk])

    def move(self, *states: str, to: str, **columns: object) -> bool:
        """Changes the state if it is one of `states`; False if somebody else was faster."""
        moved = ImportBatch.objects.filter(pk=self.pk, state__in=states).update(state=to, **columns)
        if not moved:
            return False
        for name, value in {"state": to, **columns}.items():
            setattr(self, name, value)
        return True

    @property
    def is_at_work(self) -> bool:
        return self.state in (self.State.STAGING, self.State.POSTING)

    def is_stalled(self, now: datetime) -> bool:
        """Whether the job that should work on it has been silent for too long."""
        return self.is_at_work and (self.work_started_at or self.created_at) < now - STALLED_AFTER

    @property
    def is_open(self) -> bool:
        return self.state not in (self.State.POSTED, self.State.UNDONE)


class ImportedLineQuerySet(models.QuerySet["ImportedLine"]):
    def to_post(self) -> Self:
        """The lines that a post takes along, in the order of the file."""
        return self.filter(part=ImportedLine.Part.LINE).exclude(choice=ImportedLine.Choice.SKIP).order_by("position")

    def in_chunks(self) -> Iterator[Sequence["ImportedLine"]]:
        """The lines of one batch by place, 500 at a time; between two chunks no query is open, so others may write."""
        last = -1
        while chunk := list(self.filter(position__gt=last).order_by("position")[:CHUNK]):
            yield chunk
            last = chunk[-1].position

    def tally(self) -> dict[str, int]:
        """How many lines there are of each kind, by the names of the review's tabs."""
        part, verdict = ImportedLine.Part, ImportedLine.Verdict
        return self.aggregate(
            new=Count("pk", filter=Q(part=part.LINE, verdict=verdict.NEW)),
            known=Count("pk", filter=Q(part=part.LINE, verdict__in=[verdict.KNOWN, verdict.SAME])),
            doubtful=Count("pk", filter=Q(part=part.LINE, verdict=verdict.DOUBTFUL)),
            problems=Count("pk", filter=Q(part=part.PROBLEM)),
            aside=Count("pk", filter=Q(part__in=[part.PENDING, part.NOTE])),
        )

    def outlook(self) -> dict[str, object]:
        """What a post of these lines will do: counts, days and sums, as last compared with the books."""
        verdict, choice = ImportedLine.Verdict, ImportedLine.Choice
        added = ~Q(choice=choice.SKIP) & (Q(verdict__in=[verdict.NEW, verdict.DOUBTFUL]) | Q(choice=choice.ANYWAY))
        as_read = Q(choice=choice.NONE)
        return self.filter(part=ImportedLine.Part.LINE).aggregate(
            added=Count("pk", filter=added),
            listed=Count("pk", filter=as_read & Q(verdict=verdict.DOUBTFUL)),
            merged=Count("pk", filter=as_read & Q(verdict=verdict.SAME)),
            unchanged=Count("pk", filter=as_read & Q(verdict=verdict.KNOWN)),
            skipped=Count("pk", filter=Q(choice=choice.SKIP)),
            first=models.Min("date", filter=added),
            last=models.Max("date", filter=added),
            money_out=Sum("amount", filter=added & Q(amount__gt=0)),
            money_in=Sum("amount", filter=added & Q(amount__lt=0)),
        )


class ImportedLine(models.Model):
    """One row of the file as it was read, what the books say to it, and what the user chose.

    Later it says which imports brought a line, so that one can be undone while the other vouches.
    """

    class Part(models.TextChoices):
        LINE = "line", "Transaction"
        PENDING = "pending", "Pending"
        PROBLEM = "problem", "Error"
        NOTE = "note", "No transaction"

    class Verdict(models.TextChoices):
        NEW = "new", "New"
        KNOWN = "known", "Already there"
        SAME = "same", "Already there from another source"
        DOUBTFUL = "doubtful", "Possible duplicate"
        NONE = "", "Not compared"

    class Choice(models.TextChoices):
        NONE = "", "As proposed"
        SKIP = "skip", "Skipped"
        ANYWAY = "anyway", "Imported anyway"

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="lines")
    position = models.PositiveIntegerField()
    row = models.PositiveIntegerField(help_text="As a spreadsheet counts.")
    part = models.CharField(max_length=8, choices=Part, default=Part.LINE)
    external_id = models.CharField(max_length=128, blank=True)
    date = models.DateField(null=True)
    authorized_date = models.DateField(null=True)
    amount = MoneyField(null=True, help_text="Positive = money out.")
    currency = models.CharField(max_length=16, blank=True)
    description = models.TextField(blank=True)
    merchant = models.TextField(blank=True)
    verdict = models.CharField(max_length=8, choices=Verdict, default=Verdict.NONE, blank=True)
    candidate_id = models.BigIntegerField(null=True, help_text="The row of the books that it meets; may be gone later.")
    choice = models.CharField(max_length=6, choices=Choice, default=Choice.NONE, blank=True)
    column = models.CharField(max_length=200, blank=True)
    cell = models.CharField(max_length=300, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    objects = ImportedLineQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "position"], name="one_line_per_place_in_a_batch")]
        indexes = [
            models.Index(fields=["batch", "part", "verdict", "position"], name="imported_line_by_verdict"),
            models.Index(fields=["external_id"], name="imported_line_by_id"),
        ]

    def __str__(self) -> str:
        return f"Row {self.row}"

    @property
    def is_likely_new(self) -> bool:
        """Whether it was new when last compared with the books."""
        return self.verdict in (self.Verdict.NEW, self.Verdict.DOUBTFUL) or self.choice == self.Choice.ANYWAY

    def as_line(self) -> StatementLine:
        """The line as the ledger takes it. Only lines of part LINE have all of it."""
        if self.date is None or self.amount is None:
            raise ValueError(f"Row {self.row} holds no transaction.")
        return StatementLine(
            external_id=self.external_id,
            date=self.date,
            amount=self.amount,
            currency=self.currency,
            description=self.description,
            merchant=self.merchant,
            authorized_date=self.authorized_date,
        )
