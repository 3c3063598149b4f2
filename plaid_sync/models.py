from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q

from accounts.models import Account, SyncLog
from investments.models import InvestmentAccount
from plaid_sync.steps import Step


class PlaidItemQuerySet(models.QuerySet["PlaidItem"]):
    def active(self) -> "PlaidItemQuerySet":
        """Items that Plaid still keeps for us, healthy or not."""
        return self.exclude(status__in=[PlaidItem.Status.REMOVAL_PENDING, PlaidItem.Status.REMOVED])

    def in_use(self) -> "PlaidItemQuerySet":
        """Items that feed an account of any kind."""
        return self.exclude(linked_accounts=None, investment_links=None)

    def unused(self) -> "PlaidItemQuerySet":
        """Items that feed no account of any kind."""
        return self.filter(linked_accounts=None, investment_links=None)


class PlaidItem(models.Model):
    """One login at one bank. Holds the access token once, shared by the accounts of the login."""

    class Status(models.TextChoices):
        ACTIVE = "active", "Active"
        LOGIN_REQUIRED = "login_required", "Sign in again"
        ERROR = "error", "Needs attention"
        REMOVAL_PENDING = "removal_pending", "Removal pending"
        REMOVED = "removed", "Removed"

    item_id = models.CharField(max_length=64, unique=True)
    institution_id = models.CharField(max_length=64, blank=True)
    institution = models.CharField(max_length=120, blank=True)
    access_token = models.TextField(help_text="Encrypted and bound to item_id; empty once removed.", blank=True)
    environment = models.CharField(max_length=16)
    status = models.CharField(max_length=16, choices=Status, default=Status.ACTIVE)
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.CharField(max_length=500, blank=True, help_text="Plain words for the user.")
    next_step = models.CharField(max_length=12, choices=Step, blank=True, help_text="What ends the error.")
    consent_expires_at = models.DateTimeField(null=True, blank=True)
    products = models.JSONField(default=list, blank=True, help_text="What may be asked for: added or consented to.")
    has_new_accounts = models.BooleanField(default=False, help_text="The bank has accounts that are not shared yet.")
    webhook_url = models.CharField(
        max_length=500, blank=True, help_text="Where Plaid sends its webhooks, as last told."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = PlaidItemQuerySet.as_manager()

    def __str__(self) -> str:
        return self.institution or self.item_id

    @property
    def is_in_use(self) -> bool:
        """Whether it feeds an account of any kind."""
        return PlaidItem.objects.in_use().filter(pk=self.pk).exists()

    @property
    def is_pending_removal(self) -> bool:
        return self.status == self.Status.REMOVAL_PENDING

    @property
    def may_read_investments(self) -> bool:
        return "investments" in self.products


class Stream(models.Model):
    """Something that is synced when its time has come, by one run at a time."""

    lease_token = models.CharField(max_length=36, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True)
    attempts = models.PositiveIntegerField(
        default=0, help_text="Runs in a row that brought nothing (not ready or failed); sets the back-off."
    )
    next_sync_at = models.DateTimeField(null=True, blank=True, help_text="Null: not scheduled.")
    next_step = models.CharField(
        max_length=12, choices=Step, blank=True, help_text="What ends this account's own error; its login's goes first."
    )
    is_wanted = models.BooleanField(
        default=True, help_text="A sync was asked for, and none has begun since: however many ask, one run does."
    )

    class Meta:
        abstract = True


class LinkedAccount(Stream):
    """How one account of the books is fed by one account of a Plaid item.

    Each linked account is a stream of its own (Plaid's `options.account_id`) with its own cursor,
    and a lease so that one run at a time works on it.
    """

    class History(models.TextChoices):
        UNKNOWN = "", "Not asked yet"
        NOT_READY = "NOT_READY", "Bank is still preparing"
        INITIAL = "INITIAL_UPDATE_COMPLETE", "Last 30 days loaded"
        HISTORICAL = "HISTORICAL_UPDATE_COMPLETE", "History complete"

    account = models.OneToOneField(Account, models.CASCADE, related_name="+")
    item = models.ForeignKey(PlaidItem, models.PROTECT, related_name="linked_accounts")
    plaid_account_id = models.CharField(max_length=64)
    persistent_account_id = models.CharField(max_length=128, blank=True)
    feed = models.CharField(max_length=64, unique=True, help_text="plaid:<uuid>, new at every link, re-map and reset.")
    cursor = models.TextField(blank=True)
    history_status = models.CharField(max_length=32, choices=History, default=History.UNKNOWN, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "plaid_account_id"], name="one_local_account_per_bank_account"),
        ]

    def __str__(self) -> str:
        return f"{self.account} at {self.item}"

    @property
    def step(self) -> str:
        """What has to happen before the account syncs again; "" while it is fine."""
        return self.item.next_step or self.next_step


class SyncPage(models.Model):
    """One page of /transactions/sync as it arrived, kept until its run is posted.

    The chain of one run is `first_cursor` -> page 1 -> page 2 ..., ordered by `number`.
    """

    linked_account = models.ForeignKey(LinkedAccount, models.CASCADE, related_name="pages")
    feed = models.CharField(max_length=64)
    first_cursor = models.TextField(blank=True)
    number = models.PositiveIntegerField()
    cursor = models.TextField(blank=True, help_text="The cursor that this page was asked with.")
    next_cursor = models.TextField(blank=True)
    has_more = models.BooleanField()
    update_status = models.CharField(max_length=40)
    request_id = models.CharField(max_length=64, blank=True)
    body = models.TextField(help_text="The answer's JSON, numbers as Plaid wrote them.")
    fetched_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["linked_account", "number"], name="one_staged_page_per_number"),
        ]

    def __str__(self) -> str:
        return f"Page {self.number} of {self.linked_account_id}"


class WebhookEvent(models.Model):
    """One webhook that Plaid has signed: what it says, without amounts, and what came of it."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", "Waiting"
        DONE = "done", "Acted on"
        NOTED = "noted", "Nothing to do"
        UNKNOWN_ITEM = "unknown_item", "No such connection"
        FAILED = "failed", "Failed"

    received_at = models.DateTimeField()
    kind = models.CharField(max_length=40, blank=True, help_text="Plaid's webhook_type.")
    code = models.CharField(max_length=80, blank=True, help_text="Plaid's webhook_code.")
    item_id = models.CharField(max_length=64, blank=True, help_text="Plaid's item_id, whether it is known or not.")
    environment = models.CharField(max_length=16, blank=True)
    facts = models.JSONField(default=dict, blank=True, help_text="What the code adds, as far as it is used.")
    fingerprint = models.CharField(max_length=64, unique=True, help_text="Of what was signed; a replay has the same.")
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.WAITING)

    class Meta:
        indexes = [
            models.Index(fields=["outcome", "id"], name="webhook_events_by_outcome"),
            models.Index(fields=["received_at"], name="webhook_events_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.code}"


class LinkSession(models.Model):
    """One visit to Plaid Link: who, for what, with which link token, and how it ended."""

    class Purpose(models.TextChoices):
        CONNECT = "connect", "Connect a bank"
        INVEST = "invest", "Connect a brokerage"
        SIGN_IN = "sign_in", "Sign in again"
        ADD_ACCOUNTS = "accounts", "Add accounts"

    class Outcome(models.TextChoices):
        OPEN = "open", "Open"
        EXCHANGING = "exchanging", "Connecting"  # claimed by the one request that may exchange its public token
        EXCHANGED = "exchanged", "Connected"
        REPAIRED = "repaired", "Repaired"
        DUPLICATE = "duplicate", "Already connected"
        EXITED = "exited", "Left without connecting"
        FAILED = "failed", "Failed"

    REPAIRS = (Purpose.SIGN_IN, Purpose.ADD_ACCOUNTS)
    WORKED = (Outcome.EXCHANGED, Outcome.REPAIRED)

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=12, choices=Purpose, default=Purpose.CONNECT)
    account = models.ForeignKey(
        Account, models.SET_NULL, null=True, blank=True, related_name="+", help_text="The account it was started from."
    )
    item = models.ForeignKey(PlaidItem, models.SET_NULL, null=True, blank=True, related_name="sessions")
    link_token = models.TextField(blank=True, help_text="Encrypted; emptied when the session ends.")
    expires_at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome, default=Outcome.OPEN)
    bank_accounts = models.JSONField(
        default=list,
        blank=True,
        help_text="The bank's accounts at the time of linking: id, name, mask, type, subtype, currency.",
    )
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    link_session_id = models.CharField(max_length=64, blank=True, help_text="Plaid's reference of the visit.")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ended_sessions_keep_no_link_token", condition=Q(outcome="open") | Q(link_token="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.get_outcome_display()}"

    @property
    def is_repair(self) -> bool:
        """Whether Link was opened for a login that exists: then nothing is exchanged."""
        return self.purpose in self.REPAIRS

    @property
    def has_worked(self) -> bool:
        return self.outcome in self.WORKED


class InvestmentLink(Stream):
    """How one account of the investments database is fed by one account of a Plaid item.

    No transaction spans the two databases. A step that concerns both is written here first (`state`), then done
    there so that doing it twice changes nothing, then marked as done here; `reconcile` finishes what stopped between.
    """

    class State(models.TextChoices):
        ATTACHING = "attaching", "Being connected"
        ACTIVE = "active", "Connected"
        DETACHING = "detaching", "Being disconnected"
        DELETING = "deleting", "Being deleted"

    item = models.ForeignKey(PlaidItem, models.PROTECT, related_name="investment_links")
    plaid_account_id = models.CharField(max_length=64)
    account_key = models.UUIDField(unique=True, help_text="InvestmentAccount.key in the other database.")
    name = models.CharField(max_length=120, help_text="As the institution called it when it was connected.")
    mask = models.CharField(max_length=8, blank=True)
    subtype = models.CharField(max_length=64, blank=True)
    currency = models.CharField(max_length=16, default="USD")
    state = models.CharField(max_length=12, choices=State, default=State.ATTACHING)
    connection_status = models.CharField(
        max_length=16, choices=InvestmentAccount.ConnectionStatus, default=InvestmentAccount.ConnectionStatus.CONNECTED
    )
    last_sync_error = models.TextField(blank=True, help_text="One plain sentence; empty when the last sync was fine.")
    read_from = models.DateField(
        null=True, blank=True, help_text="The first day that was asked for; null: nothing was read through this link."
    )
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "plaid_account_id"], name="one_investment_link_per_bank_account"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ••{self.mask}" if self.mask else self.name


class InvestmentRun(models.Model):
    """One sync of one investment account, written before the first call; it outlives the connection."""

    account_key = models.UUIDField(help_text="InvestmentAccount.key in the other database.")
    name = models.CharField(max_length=140, help_text="What the account was called.")
    institution = models.CharField(max_length=120, blank=True)
    trigger = models.CharField(max_length=12, choices=SyncLog.Trigger)
    status = models.CharField(max_length=12, choices=SyncLog.Status, default=SyncLog.Status.RUNNING)
    pages = models.PositiveIntegerField(default=0)
    positions = models.PositiveIntegerField(default=0)
    ended = models.PositiveIntegerField(default=0, help_text="Positions that are not held any more.")
    added = models.PositiveIntegerField(default=0)
    modified = models.PositiveIntegerField(default=0)
    withdrawn = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    malformed = models.PositiveIntegerField(default=0, help_text="Positions and transactions that can't be read.")
    unknown = models.PositiveIntegerField(default=0, help_text="Transactions of a kind that nobody knows.")
    error_code = models.CharField(max_length=80, blank=True)
    error_message = models.TextField(blank=True, help_text="Plain words for the user; never a raw exception text.")
    request_id = models.CharField(max_length=64, blank=True, help_text="Plaid's reference of the last answer.")
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="investment_runs_newest_first"),
            models.Index(fields=["account_key", "-started_at"], name="investment_runs_of_account"),
        ]

    def __str__(self) -> str:
        return f"{self.get_trigger_display()}: {self.get_status_display()}"

    @property
    def duration(self) -> timedelta | None:
        """How long the run took; None while it is running."""
        return self.finished_at - self.started_at if self.finished_at else None

    @property
    def story(self) -> str:
        """What it brought, in words."""
        counts = (
            (self.positions, "held"),
            (self.ended, "ended"),
            (self.added, "new"),
            (self.modified, "changed"),
            (self.withdrawn, "withdrawn"),
        )
        return ", ".join(f"{count} {word}" for count, word in counts if count) or "nothing new"


class TokenKeyFingerprint(models.Model):
    """Which key encrypted what is stored, so that a holder of another key stops instead of writing."""

    fingerprint = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.fingerprint[:12]


class Halt(models.Model):
    """Plaid refuses the app itself: one row, which keeps the schedule from asking it for every account.

    It holds for the credentials that were refused; with others it means nothing.
    """

    refused = models.CharField(max_length=32, help_text="Fingerprint of the credentials.")
    error_code = models.CharField(max_length=80)
    error_message = models.CharField(max_length=500)
    request_id = models.CharField(max_length=64, blank=True)
    since = models.DateTimeField()
    checked_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.error_code
