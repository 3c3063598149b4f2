"""A bank whose access has ended is connected anew: the accounts of the books go on, and no row is doubled or lost."""

import datetime
import html
import re

import pytest
from django.urls import reverse

from accounts.models import Account, SourceRecord, SyncLog
from plaid_sync import attach
from plaid_sync.disconnect import disconnect
from plaid_sync.emulator.bank import Phase
from plaid_sync.models import LinkedAccount, LinkSession, PlaidItem, SyncPage
from plaid_sync.steps import Step
from tests.plaid_sync.runs import SYNC, here
from tests.plaid_sync.visits import visit

pytestmark = pytest.mark.django_db
REMOVE = "/item/remove"


def remove_at_the_bank(linked_bank) -> None:
    linked_bank.server.world.items[linked_bank.link().item.item_id].is_removed = True


def revoke_at_the_bank(linked_bank) -> None:
    linked_bank.server.bank.revoke(linked_bank.link().item.item_id)


def forget_the_token(linked_bank) -> None:
    del linked_bank.server.world.items[linked_bank.link().item.item_id]


def lose_the_key(_linked_bank) -> None:
    PlaidItem.objects.update(access_token="gAAAAA-from-another-machine")


ENDINGS = {
    "ITEM_NOT_FOUND": remove_at_the_bank,
    "USER_PERMISSION_REVOKED": revoke_at_the_bank,
    "INVALID_ACCESS_TOKEN": forget_the_token,
    "TOKEN_UNREADABLE": lose_the_key,
}


def relink(linked_bank, user) -> LinkSession:
    """Connects the bank anew with every account where it is proposed."""
    session = visit(linked_bank.server, user)
    proposals = attach.proposals(session, session.item)
    links = attach.attach(session, {proposal.bank.id: proposal.choice for proposal in proposals})
    roles = {linked.account_id: role for role, linked in linked_bank.links.items()}
    linked_bank.links.update({roles[linked.account_id]: linked for linked in links})
    return session


@pytest.mark.parametrize("code", ENDINGS)
def test_an_ended_access_asks_to_be_connected_anew_and_is_replaced(linked_bank, user, code):
    linked_bank.sync()
    old, accounts = linked_bank.link().item, set(Account.objects.values_list("pk", flat=True))
    ENDINGS[code](linked_bank)
    assert linked_bank.sync().log.error_code == code
    old.refresh_from_db()
    assert (old.status, old.next_step) == (PlaidItem.Status.ERROR, Step.RELINK)
    relink(linked_bank, user)
    old.refresh_from_db()
    assert (old.status, old.access_token) == (PlaidItem.Status.REMOVED, "")
    assert set(LinkedAccount.objects.values_list("account_id", flat=True)) == accounts
    assert LinkedAccount.objects.exclude(item=old).count() == 3
    linked_bank.sync()
    assert linked_bank.rows() == linked_bank.ledger()
    assert linked_bank.account().connection_status == Account.ConnectionStatus.CONNECTED


def test_the_page_tells_what_each_account_holds_already(linked_bank, user, signed_in):
    linked_bank.sync()
    count = linked_bank.account().transactions.live().count()
    revoke_at_the_bank(linked_bank)
    linked_bank.sync()
    session = visit(linked_bank.server, user)
    page = " ".join(signed_in.get(reverse("connect_accounts", args=[session.pk])).content.decode().split())
    assert f"It holds {count} transactions from" in page
    assert f"Link to Everyday Checking ••0000 · {count} transactions" in page


def test_connecting_again_names_the_bank_that_is_meant(linked_bank, signed_in, settings):
    settings.SITE_URL = "http://testserver"
    revoke_at_the_bank(linked_bank)
    linked_bank.sync()
    item = linked_bank.link().item
    (address,) = re.findall(r'href="([^"]+)">Connect again', signed_in.get(reverse("transactions")).content.decode())
    page = signed_in.get(html.unescape(address)).content.decode()
    assert "<h1>Connect First Platypus Bank again</h1>" in page
    assert "Choose First Platypus Bank in the window that opens." in page
    repaired = signed_in.get(reverse("sign_in_again", args=[item.pk]))
    assert repaired.url == address


def test_connecting_again_what_works_is_signing_in_again(linked_bank, signed_in):
    item = linked_bank.link().item
    answer = signed_in.get(reverse("connect"), {"item": item.pk})
    assert answer.url == reverse("sign_in_again", args=[item.pk])


class TestOverlap:
    """A savings account with twins, an edited row, a hold and a row that the bank will not send again."""

    @pytest.fixture
    def day(self, linked_bank) -> datetime.date:
        return linked_bank.server.world.today - datetime.timedelta(days=20)

    @pytest.fixture
    def books(self, linked_bank, day):
        bank, savings = linked_bank.server.bank, linked_bank.links["savings"].plaid_account_id
        bank.clear(savings)
        for _ in range(2):
            bank.add(savings, "4.50", date=day, authorized_date=day)
        edited = bank.add(savings, "80.00", date=day, authorized_date=day)
        gone = bank.add(savings, "13.00", date=day, authorized_date=day)
        hold = bank.add(savings, "50.00", pending=True)
        linked_bank.sync("savings")
        row = self.row(edited)
        row.edit(description="Shoes", notes="for Tom")
        revoke_at_the_bank(linked_bank)
        linked_bank.sync("savings")
        return {"edited": row.pk, "gone": self.row(gone).pk, "hold": self.row(hold).pk}

    def row(self, external_id: str):
        return SourceRecord.objects.get(external_id=external_id).transaction

    def test_is_matched_one_to_one_over_several_runs(self, linked_bank, user, books, day):
        bank = linked_bank.server.bank
        bank.begin_items_at(Phase.NOT_READY)
        session = relink(linked_bank, user)
        savings = linked_bank.links["savings"].plaid_account_id
        assert linked_bank.sync("savings").status == SyncLog.Status.NOT_READY
        bank.advance(session.item.item_id, Phase.INITIAL)
        bank.clear(savings)
        for _ in range(2):
            bank.add(savings, "4.50", date=day, authorized_date=day)
        linked_bank.sync("savings")
        assert self.live(linked_bank) == ["13.00", "4.50", "4.50", "50.00", "80.00"]
        bank.add(savings, "80.00", date=day, authorized_date=day)
        bank.add(savings, "2.00", date=day - datetime.timedelta(days=40))
        bank.add(savings, "52.00", date=linked_bank.server.world.today)
        bank.advance(session.item.item_id, Phase.HISTORICAL)
        linked_bank.sync("savings")
        assert linked_bank.link("savings").history_status == LinkedAccount.History.HISTORICAL
        assert self.live(linked_bank) == ["2.00", "4.50", "4.50", "52.00", "80.00"]
        assert linked_bank.rows("savings") == linked_bank.ledger("savings")
        rows = linked_bank.account("savings").transactions
        kept = rows.get(pk=books["edited"])
        assert (kept.description, kept.notes, kept.removed_at) == ("Shoes", "for Tom", None)
        assert rows.get(pk=books["gone"]).removal_reason == "bank"
        assert rows.get(pk=books["hold"]).removal_reason == "bank"
        linked_bank.sync("savings")
        assert linked_bank.rows("savings") == linked_bank.ledger("savings")

    def live(self, linked_bank) -> list[str]:
        amounts = linked_bank.account("savings").transactions.live().values_list("amount", flat=True)
        return sorted(f"{amount:.2f}" for amount in amounts)


@pytest.mark.django_db(transaction=True)
def test_a_sync_of_the_old_connection_posts_nothing_once_the_new_one_has_its_account(linked_bank, user):
    linked_bank.server.bank.fill(linked_bank.links["savings"].plaid_account_id, 700)

    def replace() -> None:
        PlaidItem.objects.update(status=PlaidItem.Status.ERROR, next_step=Step.RELINK)
        relink(linked_bank, user)

    linked_bank.server.script.after(SYNC, here(replace), call=2)
    assert linked_bank.sync("savings").status == SyncLog.Status.CANCELLED
    assert not SyncPage.objects.exists()
    assert not linked_bank.account("savings").transactions.exists()
    assert linked_bank.server.calls[REMOVE] == 1
    assert linked_bank.sync("savings").status == SyncLog.Status.SUCCESS
    assert linked_bank.rows("savings") == linked_bank.ledger("savings")


def test_an_account_without_rows_has_its_balance_again(linked_bank, user):
    """Plaid names an account's balance beside its rows only."""
    bank = linked_bank.server.bank
    bank.clear(linked_bank.links["savings"].plaid_account_id)
    linked_bank.sync("savings")
    disconnect(linked_bank.account("savings"))
    revoke_at_the_bank(linked_bank)
    linked_bank.sync()
    relink(linked_bank, user)
    bank.clear(linked_bank.links["savings"].plaid_account_id)
    assert linked_bank.account("savings").balance_current is None
    linked_bank.sync("savings")
    assert linked_bank.account("savings").balance_current is not None
