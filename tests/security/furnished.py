"""A household with one of everything that a page can show, all of it with texts of the test's choice."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.contrib.auth.models import User
from django.urls import reverse
from django.utils import timezone

from accounts.models import Account, HeldLine, SourceRecord, SyncLog, TransactionChange
from categories.models import AmountRule, Category, MerchantMapping
from imports.models import ImportBatch, ImportedLine
from investments.models import PriceRun
from plaid_sync.models import InvestmentLink, InvestmentRun, LinkedAccount, LinkSession, PlaidItem, WebhookEvent
from tests.household import make_linked_account, make_pair, make_row, make_run, make_unread, make_withdrawn
from tests.imports.conftest import Desk, card_file
from tests.imports.test_wizard import TWO_ACCOUNTS
from tests.investments.believable import Believable, believable_portfolio
from tests.security.routes import ROUTES

MODELS = {"run": SyncLog, "visit": LinkSession, "batch": ImportBatch, "account": Account}
Ids = Mapping[str, tuple[int | str, ...]]


@dataclass(frozen=True)
class Furnished:
    """The ids that addresses need, by what they are ids of."""

    ids: Ids

    def address(self, name: str) -> str:
        return reverse(name, args=self.ids[ROUTES[name].of] if ROUTES[name].of else ())

    def pages(self) -> list[str]:
        """The address of every page and fragment for who is signed in: runs, files and visits of every state."""
        pages = []
        for name, route in ROUTES.items():
            if route.is_page and name != "set_up":
                model = MODELS.get(route.of)
                others = model.objects.values_list("pk", flat=True) if model else []
                pages += [self.address(name), *(reverse(name, args=[pk]) for pk in others)]
        return list(dict.fromkeys(pages))


def furnish(user: User, *, text: str = "Plain words") -> Furnished:
    """Everything at once. Bank syncing should be set up, so that its pages show themselves."""
    account, row, runs = _books(text)
    item = _bank(account, text)
    believable = _investments(item, text)
    position = believable.by_hand.holdings.order_by("pk").last()
    return Furnished(
        {
            "account": (account.pk,),
            "transaction": (row,),
            "held_line": (make_withdrawn(account).pk,),
            "run": (runs[0].pk,),
            "item": (item.pk,),
            "visit": (_visits(user, account, item, text),),
            "investment_account": (believable.brokerage.pk,),
            "account_by_hand": (believable.by_hand.pk,),
            "position_by_hand": (believable.by_hand.pk, position.security_id),
            "environment": ("sandbox",),
            "token": ("x",),
            **_files(text),
        }
    )


def _books(text: str) -> tuple[Account, int, list[SyncLog]]:
    account = make_linked_account(institution=text, last_sync_error=text)
    category = Category.objects.create(short_desc="texts", display_name=text)
    AmountRule.objects.create(pattern=text, amount=Decimal("4.50"), category=category)
    MerchantMapping.objects.create(pattern=text, category=category)
    row = make_row(account, bank_description=text, bank_merchant=text, category=category, notes=text, description=text)
    SourceRecord.objects.create(account=account, transaction=row, feed="plaid:first", external_id="row-1")
    runs = [
        make_run(
            account, status, trigger=trigger, error_message=text, error_code="ITEM_LOGIN_REQUIRED", request_id=text
        )
        for trigger in ("scheduled", "import")
        for status in SyncLog.Status.values
    ]
    TransactionChange.objects.create(
        transaction=row,
        run=runs[1],
        kind=TransactionChange.Kind.UPDATED,
        before={"bank_description": "before"},
        after={"bank_description": text},
        reason=text,
    )
    make_row(account, "1.00", days_ago=1, is_pending=True, bank_description=text)
    make_pair(account)
    unread = make_unread(account)
    HeldLine.objects.filter(pk=unread.pk).update(raw={"transaction_id": text, "name": text}, detail=text)
    return account, row.pk, runs


def _bank(account: Account, text: str) -> PlaidItem:
    item = PlaidItem.objects.create(
        item_id="item-1",
        institution=text,
        environment="emulator",
        access_token="unreadable",  # as after the loss of a key
        products=["transactions", "investments"],
        status=PlaidItem.Status.LOGIN_REQUIRED,
        error_code="ITEM_LOGIN_REQUIRED",
        error_message=text,
        next_step="sign_in",
        has_new_accounts=True,
        consent_expires_at=timezone.now() + timedelta(days=3),
    )
    LinkedAccount.objects.create(account=account, item=item, plaid_account_id="bank-1", feed="plaid:first")
    WebhookEvent.objects.create(received_at=timezone.now(), kind="ITEM", code="ERROR", fingerprint="f" * 64)
    return item


def _visits(user: User, account: Account, item: PlaidItem, text: str) -> int:
    bank = {"id": "bank-2", "name": text, "mask": "0001", "type": "depository"}
    facts = {"user": user, "account": account, "expires_at": timezone.now() + timedelta(hours=1)}
    for outcome in ("failed", "duplicate", "exited"):
        LinkSession.objects.create(outcome=outcome, error_message=text, error_code=text, request_id=text, **facts)
    visit = LinkSession.objects.create(
        outcome="exchanged",
        item=item,
        bank_accounts=[bank | {"subtype": "savings", "currency": "USD"}],
        **facts,
    )
    return visit.pk


def _investments(item: PlaidItem, text: str) -> Believable:
    believable = believable_portfolio()
    key = believable.brokerage.key
    InvestmentLink.objects.create(
        item=item, plaid_account_id="inv-1", account_key=key, name=text, state="active", last_sync_error=text
    )
    now = timezone.now()
    for status in ("success", "error"):
        InvestmentRun.objects.create(
            account_key=key, name=text, institution=text, trigger="manual", status=status, started_at=now,
            finished_at=now, error_message=text, request_id=text,
        )  # fmt: skip
    PriceRun.objects.create(started_at=now, finished_at=now, status="success", source="yahoo", failures={text: text})
    return believable


def _files(text: str) -> Ids:
    desk = Desk(make_linked_account("Sapphire", account_type="credit", mask="4242"))
    unread = desk.receive(_unknown_columns(text), name="unknown.csv")
    parted = desk.receive(TWO_ACCOUNTS, name="two.ofx")
    reviewed = desk.stage(card_file((3, "BAKERY", "-4.00")), name="april.csv")
    ImportedLine.objects.create(batch=reviewed, position=99, row=99, part="problem", column="Amount", cell="x")
    posted = desk.bring_in()
    return {
        "unread_batch": (unread.pk,),
        "parted_batch": (parted.pk,),
        "reviewed_batch": (reviewed.pk,),
        "batch": (posted.pk,),
    }


def _unknown_columns(text: str) -> bytes:
    """A file that nobody knows the columns of, with the text as a heading and in cells."""
    cell = "".join(letter for letter in text if letter not in "\0\t,;|\"'")
    return f"When;{cell};How much\n03/04/2026;{cell};-4,50\n05/04/2026;{cell};-2,00\n".encode()
