"""`manage.py sync_all`: the command, its exit codes and its output."""

import json
import logging
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Account, SyncLog
from plaid_sync import attach, lease
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.mapping import NEW
from plaid_sync.models import LinkedAccount, PlaidItem, SyncPage
from tests.plaid_sync.visits import OAUTH, visit

pytestmark = pytest.mark.django_db
SYNC = "/transactions/sync"


def sync_all(*arguments: str) -> tuple[int, str]:
    """Exit code and stdout."""
    output, code = StringIO(), 0
    try:
        call_command("sync_all", *arguments, stdout=output)
    except SystemExit as end:
        code = int(end.code or 0)
    return code, output.getvalue()


def results(*arguments: str) -> tuple[int, dict]:
    code, output = sync_all("--json", *arguments)
    return code, json.loads(output)


def test_without_configuration_it_says_so_and_is_fine(db):
    code, output = sync_all()
    assert code == 0
    assert "Plaid is not configured" in output


def test_one_account_cannot_be_synced_without_configuration(db):
    code, answer = results("--account", "1")
    assert (code, answer["exit_code"], answer["accounts"]) == (4, 4, [])


def test_without_a_connected_account_it_says_so_and_is_fine(bank):
    code, output = sync_all()
    assert code == 0
    assert "No account is connected" in output


def test_it_syncs_all_and_prints_what_came(linked_bank):
    code, output = sync_all()
    assert code == 0
    header, *lines = output.splitlines()
    assert header.split()[:3] == ["account", "status", "added"]
    assert len(lines) == 3
    for role in linked_bank.links:
        account, count = linked_bank.account(role), len(linked_bank.ledger(role))
        [line] = [line for line in lines if line.startswith(str(account))]
        assert line.removeprefix(str(account)).split() == ["success", str(count), "0", "0", "0", "0", "0", str(count)]


def test_json_is_one_object_with_the_same_facts(linked_bank):
    linked_bank.sync()
    code, answer = results()
    assert code == answer["exit_code"] == 0
    facts = {each["id"]: each for each in answer["accounts"]}
    checking = facts[linked_bank.account().pk]
    assert (checking["status"], checking["added"]) == ("success", 0)
    assert checking["transactions"] == len(linked_bank.ledger())
    assert checking["institution"] == "First Platypus Bank"


def test_one_account_alone(linked_bank):
    account = linked_bank.account("card")
    code, answer = results("--account", str(account.pk))
    assert code == 0
    assert [each["id"] for each in answer["accounts"]] == [account.pk]
    assert linked_bank.rows("checking") == []


def test_an_account_that_is_unknown_or_not_connected_is_refused(bank):
    manual = Account.objects.create(name="Cash")
    with pytest.raises(CommandError, match="not connected"):
        call_command("sync_all", account=manual.pk)
    with pytest.raises(CommandError, match="no account 99"):
        call_command("sync_all", account=99)


def test_it_goes_on_until_nothing_is_left(linked_bank):
    linked_bank.server.bank.fill(linked_bank.links["savings"].plaid_account_id, 1200)
    assert sync_all()[0] == 0
    assert linked_bank.rows("savings") == linked_bank.ledger("savings")


def test_a_failing_account_does_not_stop_the_others(linked_bank):
    LinkedAccount.objects.filter(pk=linked_bank.links["card"].pk).update(plaid_account_id="closed")
    code, answer = results()
    assert code == 3
    states = {each["id"]: (each["status"], each["error_code"]) for each in answer["accounts"]}
    assert states[linked_bank.account("card").pk] == ("error", "INVALID_ACCOUNT_ID")
    assert linked_bank.rows("checking") == linked_bank.ledger("checking")
    assert linked_bank.rows("savings") == linked_bank.ledger("savings")


def test_a_login_in_error_is_asked_once_and_other_banks_are_synced(linked_bank, user):
    session = visit(linked_bank.server, user, OAUTH)
    attach.attach(session, {offer.id: NEW for offer in attach.offered(session)})
    linked_bank.server.bank.reset_login(linked_bank.links["checking"].item.item_id)
    code, answer = results()
    assert code == 3
    assert sorted(each["status"] for each in answer["accounts"]) == ["error"] * 3 + ["success"] * 2
    assert linked_bank.server.calls[SYNC] == 1 + 2


def test_all_failed(linked_bank):
    linked_bank.server.bank.take_down("ins_109508")
    code, output = sync_all()
    assert code == 1
    assert "temporarily unavailable" in output


def test_everything_is_already_running(linked_bank):
    for link in linked_bank.links.values():
        lease.acquire(link.pk)
    code, answer = results()
    assert code == 5
    assert {each["status"] for each in answer["accounts"]} == {"already_running"}


def test_what_is_already_running_is_no_failure(linked_bank):
    lease.acquire(linked_bank.links["card"].pk)
    assert sync_all()[0] == 0


def test_an_unforeseen_failure_is_logged_and_the_others_are_synced(linked_bank, caplog):
    """A page that was staged by a version with another idea of a page."""
    link = linked_bank.links["card"]
    facts = {"feed": link.feed, "number": 1, "next_cursor": "c", "has_more": False, "fetched_at": timezone.now()}
    SyncPage.objects.create(linked_account=link, update_status="", body='{"old": true}', **facts)
    code, answer = results()
    assert code == 3
    states = {each["id"]: each["status"] for each in answer["accounts"]}
    assert states[linked_bank.account("card").pk] == "interrupted"
    assert linked_bank.rows("checking") == linked_bank.ledger("checking")
    assert "Traceback" in caplog.text


def test_an_item_that_is_being_removed_is_not_asked(linked_bank):
    PlaidItem.objects.update(status=PlaidItem.Status.REMOVAL_PENDING)
    code, output = sync_all()
    assert (code, linked_bank.server.calls[SYNC]) == (0, 0)
    assert "No account is connected" in output


def test_a_bank_that_is_preparing_is_no_failure(linked_bank):
    linked_bank.server.script.refuse(SYNC, bank_errors.product_not_ready())
    code, answer = results("--account", str(linked_bank.account().pk))
    assert code == 0
    assert answer["accounts"][0]["status"] == SyncLog.Status.NOT_READY
    assert answer["accounts"][0]["request_id"]


def test_output_has_no_secret(linked_bank, caplog):
    caplog.set_level(logging.DEBUG)
    linked_bank.server.bank.reset_login(linked_bank.links["checking"].item.item_id)
    _code, output = sync_all()
    assert "access-" not in output + caplog.text


def test_investment_accounts_are_synced_too(brokerage):
    code, answer = results()
    assert (code, answer["accounts"]) == (0, [])
    first, second = answer["investments"]
    assert (first["account"], first["status"], first["institution"]) == (
        "Gingham Individual ••6011",
        "success",
        "Gingham Brokerage",
    )
    assert first["positions"] == len(brokerage.book("6011").holdings())
    assert second["added"] == len(brokerage.book("6022").trades)


def test_a_login_in_error_is_asked_once_for_books_and_investments(brokerage):
    brokerage.server.bank.reset_login(brokerage.link().item.item_id)
    code, answer = results()
    assert code == 1
    assert [each["error_code"] for each in answer["investments"]] == ["ITEM_LOGIN_REQUIRED"] * 2
    assert brokerage.server.calls["/investments/holdings/get"] == 1


def test_investments_that_fail_leave_the_bank_accounts_synced(linked_bank, brokerage):
    for call in (1, 2):
        fault = bank_errors.institution_down()
        brokerage.server.script.refuse("/investments/holdings/get", fault, call=call)
    code, answer = results()
    assert code == 3
    assert {each["status"] for each in answer["accounts"]} == {"success"}
    assert {each["status"] for each in answer["investments"]} == {"error"}
