import datetime
import json
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from django_q.models import Schedule
from pytest_django import Settings

from accounts import saved_settings
from accounts.models import Account, Transaction
from accounts.worker import beat
from budgetapp.health import examine
from budgetapp.health.finding import Finding
from budgetapp.health.report import CHECKS
from budgetapp.schedules import ensure_schedules
from plaid_sync.models import InvestmentLink, LinkedAccount, PlaidItem, SyncPage
from plaid_sync.vault import encrypt_token
from tests.budgetapp.processes import run

NOW = timezone.now()
DAY = datetime.timedelta(days=1)


@pytest.fixture(autouse=True)
def _an_install(settings: Settings, tmp_path: Path) -> None:
    settings.DATA_DIR, settings.ENV_FILE = tmp_path, tmp_path / ".env"
    tmp_path.chmod(0o700)
    settings.PLAID_TOKEN_ENCRYPTION_KEY, settings.HAS_DATABASE_SERVER = "", False


@pytest.fixture
def well(db: None) -> None:
    """An install in which nothing is wrong."""
    ensure_schedules(timezone.now())
    Schedule.objects.update(next_run=timezone.now())
    beat()


def found(check: str) -> Finding:
    [finding] = [line.finding for line in examine(timezone.now()).lines if line.check.id == check]
    return finding


def a_bank(name: str = "First Platypus Bank", environment: str = "sandbox", **facts) -> PlaidItem:
    token = encrypt_token("access-sandbox-0001", item_id=name)
    return PlaidItem.objects.create(
        item_id=name, institution=name, access_token=token, environment=environment, **facts
    )


def a_link(bank: PlaidItem, **facts) -> LinkedAccount:
    account = Account.objects.create(name="Checking", currency="USD", connection_status="connected", **facts)
    return LinkedAccount.objects.create(account=account, item=bank, plaid_account_id="a", feed=f"plaid:{bank.pk}")


@pytest.mark.django_db
@pytest.mark.usefixtures("well")
class TestChecks:
    def test_find_nothing_where_nothing_is_wrong(self):
        report = examine(timezone.now())
        assert [line.check.id for line in report.lines if line.finding.status != "ok"] == []
        assert report.status == "ok"

    def test_a_worker_that_was_not_seen_for_long(self):
        assert examine(timezone.now() + DAY).status == "error"

    def test_a_missing_schedule(self):
        Schedule.objects.filter(name="Heartbeat").delete()
        assert found("schedules").details == ("missing: Heartbeat",)

    @pytest.mark.parametrize("wrong", [{"args": "not (python"}, {"func": "nowhere.at_all"}, {"minutes": None}])
    def test_a_schedule_that_would_stop_all_of_them(self, wrong: dict[str, object]):
        sane = {"name": "Somebody's own", "func": "math.sqrt", "args": "4", "schedule_type": "I", "minutes": 5}
        Schedule.objects.create(**{**sane, "next_run": timezone.now()})
        assert found("schedules").status == "ok"
        Schedule.objects.filter(name="Somebody's own").update(**wrong)
        assert found("schedules").details == ("can’t be read: Somebody's own",)

    def test_a_schedule_whose_turn_was_long_ago(self):
        Schedule.objects.filter(name="Heartbeat").update(next_run=timezone.now() - DAY)
        finding = found("schedules")
        assert (finding.status, finding.details) == ("warning", ("Heartbeat",))

    def test_half_a_plaid_configuration(self, user: User):
        saved_settings.save("PLAID_ENV", "sandbox", by=user, now=NOW)
        assert found("plaid").sentence == "Bank syncing is off: the client id and secret for sandbox are missing."

    def test_a_key_that_is_gone(self, tmp_path: Path):
        a_bank()
        assert found("key").status == "ok"
        (tmp_path / "keys" / "token.key").unlink()
        finding = found("key")
        assert (finding.status, finding.details) == ("error", ("First Platypus Bank",))

    def test_a_key_file_that_others_may_read(self, tmp_path: Path):
        a_bank()
        (tmp_path / "keys" / "token.key").chmod(0o644)
        finding = found("server")
        assert finding.status == "error"
        assert "chmod 600" in finding.details[0]

    def test_a_bank_that_needs_a_person(self, settings: Settings):
        settings.PLAID_ENV = "sandbox"
        a_bank(status="login_required", next_step="sign_in", error_message="The bank asks you to sign in again.")
        finding = found("banks")
        assert finding.status == "error"
        assert finding.details == ("First Platypus Bank: The bank asks you to sign in again.",)

    def test_a_bank_of_another_environment(self, settings: Settings):
        settings.PLAID_ENV = "production"
        a_bank()
        assert found("banks").details == ("First Platypus Bank: belongs to sandbox",)

    def test_an_account_that_was_not_synced_for_several_intervals(self, settings: Settings):
        settings.PLAID_ENV, settings.SYNC_INTERVAL_HOURS = "sandbox", "4"
        link = a_link(a_bank(), last_synced_at=NOW - datetime.timedelta(hours=11))
        assert found("banks").status == "ok"
        Account.objects.filter(pk=link.account_id).update(last_synced_at=NOW - datetime.timedelta(hours=13))
        assert found("banks").status == "warning"
        settings.SYNC_INTERVAL_HOURS = "0"
        assert found("banks").status == "ok"

    def test_books_that_differ_from_the_bank_without_naming_amounts(self):
        link = a_link(a_bank(), balance_current="100.00", opening_balance="100.00", opening_date=NOW.date() - DAY)
        assert found("proofs").sentence == "1 of 1 linked accounts are proven, none differs."
        Transaction.objects.create(account=link.account, date=NOW.date(), amount="41.97", currency="USD", source="x")
        finding = found("proofs")
        assert (finding.status, finding.details) == ("warning", ("Checking",))
        assert "41.97" not in str(finding)

    def test_a_step_between_the_databases_that_stopped(self):
        InvestmentLink.objects.create(
            item=a_bank(), plaid_account_id="a", name="IRA", account_key="5f0c0f6e-7d3c-4e0e-9a53-0d9a3c1f2b3a"
        )
        assert found("steps").details == ("IRA: being connected",)

    def test_pages_that_were_left_for_more_than_a_day(self):
        facts = {"feed": "f", "number": 1, "has_more": True, "update_status": "", "body": "{}"}
        page = SyncPage.objects.create(linked_account=a_link(a_bank()), fetched_at=NOW, **facts)
        assert found("pages").status == "ok"
        SyncPage.objects.filter(pk=page.pk).update(fetched_at=NOW - 2 * DAY)
        assert found("pages").details == ("Checking",)

    def test_an_access_that_plaid_was_not_told_of(self):
        a_bank(status="removal_pending", error_code="INTERNAL_SERVER_ERROR")
        assert found("removals").details == ("First Platypus Bank: INTERNAL_SERVER_ERROR",)


@pytest.mark.django_db
@pytest.mark.usefixtures("well")
class TestDoctor:
    def test_speaks_json_in_a_form_that_machines_can_rely_on(self, capsys: pytest.CaptureFixture[str]):
        call_command("doctor", "--json")
        said = json.loads(capsys.readouterr().out)
        assert set(said) == {"schema", "status", "checked_at", "checks"}
        assert (said["schema"], said["status"]) == (1, "ok")
        assert datetime.datetime.fromisoformat(said["checked_at"]).tzinfo is not None
        assert [check["id"] for check in said["checks"]] == [
            *("database", "investments_database", "disk", "server", "key", "worker", "schedules", "plaid"),
            *("banks", "proofs", "steps", "pages", "removals"),
        ]
        for check in said["checks"]:
            assert set(check) == {"id", "title", "status", "sentence", "advice", "details"}
            assert check["status"] in {"ok", "warning", "error"}

    def test_exits_with_3_for_warnings_and_with_1_for_errors(self):
        call_command("doctor")
        a_bank(status="removal_pending")
        with pytest.raises(SystemExit) as warned:
            call_command("doctor")
        PlaidItem.objects.update(access_token="gAAAA-foreign")
        with pytest.raises(SystemExit) as failed:
            call_command("doctor")
        assert (warned.value.code, failed.value.code) == (3, 1)

    def test_says_in_words_what_is_wrong_and_what_helps(self, capsys: pytest.CaptureFixture[str]):
        a_bank(status="removal_pending", error_code="X")
        with pytest.raises(SystemExit):
            call_command("doctor")
        said = capsys.readouterr().out
        assert "WARNING  Ended accesses" in said
        assert "- First Platypus Bank: X" in said
        assert "It is tried again every hour." in said

    def test_never_tells_a_token(self, capsys: pytest.CaptureFixture[str]):
        a_bank(status="removal_pending")
        with pytest.raises(SystemExit):
            call_command("doctor", "--json")
        said = capsys.readouterr().out
        assert "access-sandbox" not in said
        assert "gAAAA" not in said


class TestPage:
    def test_shows_every_check_with_what_helps(self, signed_in: Client):
        page = signed_in.get("/settings/health/").content.decode()
        for check in CHECKS:
            assert f"<h2>{check.title}</h2>" in page
        assert "Start it with manage.py worker" in page

    @pytest.mark.parametrize(("path", "answer"), [("/healthz", b"ok\n"), ("/readyz", b"ready\n")])
    def test_probes_need_nobody_signed_in_and_tell_nothing(self, db: None, path: str, answer: bytes):
        response = Client().get(path)
        assert (response.status_code, response.content) == (200, answer)

    @pytest.mark.parametrize("path", ["/healthz", "/readyz"])
    def test_probes_are_not_sent_to_https(self, db: None, settings: Settings, path: str):
        settings.SECURE_SSL_REDIRECT = True
        assert Client().get(path).status_code == 200
        assert Client().get("/sign-in/").status_code == 301


LOOK = """
import json, shutil, sys
from pathlib import Path
import django; django.setup()
from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import connections
from django.test import Client
settings.ALLOWED_HOSTS.append("testserver")
def statuses():
    try:
        call_command("doctor", "--json", stdout=(out := __import__("io").StringIO()))
    except SystemExit:
        pass
    return {c["id"]: c["status"] for c in json.loads(out.getvalue())["checks"]}
seen = {"unmigrated": statuses(), "unmigrated ready": Client().get("/readyz").status_code}
call_command("migrate", verbosity=0)
call_command("migrate", verbosity=0, database="investments")
seen["migrated"], seen["ready"] = statuses(), Client().get("/readyz").status_code
client = Client()
client.force_login(User.objects.create_user("alice"))
connections.close_all()
investments = Path(settings.DATABASES["investments"]["NAME"])
investments.write_bytes(b"this is no database at all" * 1000)
for rest in investments.parent.glob("investments.sqlite3-*"): rest.unlink()
seen["damaged"] = statuses()
page = client.get("/settings/health/")
seen["damaged page"] = [page.status_code, "put the file back from a backup" in page.content.decode()]
connections.close_all()
investments.unlink()
seen["missing"] = statuses()
page = client.get("/settings/health/")
seen["missing page"] = [page.status_code, "The file is missing." in page.content.decode()]
seen["missing alive"] = Client().get("/healthz").status_code
print(json.dumps(seen))
"""


def test_a_missing_or_damaged_database_is_told_and_hides_nothing_else(tmp_path: Path) -> None:
    seen = run(LOOK, DATA_DIR=str(tmp_path / "data"))
    assert seen["unmigrated"]["database"] == "error"
    assert seen["unmigrated ready"] == 503
    assert {seen["migrated"][name] for name in ("database", "investments_database", "key")} == {"ok"}
    assert seen["ready"] == 200
    for how in ("damaged", "missing"):
        assert seen[how] == {**seen["migrated"], "investments_database": "error"}
        assert seen[f"{how} page"] == [200, True]
    assert seen["missing alive"] == 200
