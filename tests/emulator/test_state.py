"""The state file: a restart goes on where the last run ended."""

import json

import pytest

from plaid_sync.emulator.bank import Phase
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.emulator.state import StateUnreadable
from tests.emulator.asking import poster, read_all, send
from tests.emulator.conftest import TODAY


@pytest.fixture
def file(tmp_path):
    return tmp_path / "bank" / "state.json"


def link(ask, **fields):
    token = ask(
        "/sandbox/public_token/create", institution_id="ins_109508", initial_products=["transactions"], **fields
    ).body["public_token"]
    return ask("/item/public_token/exchange", public_token=token).body


def test_tokens_cursors_and_rows_survive_a_restart(file):
    with EmulatorServer(file, today=TODAY) as server:
        linked = server.bank.link(days=60)
        server.bank.tick(2)
        cursor = read_all(poster(server.url), linked, linked.accounts["card"], count=10).cursor
        row = server.bank.add(linked.accounts["card"], "12.34")
        before = send(f"{server.url}/emulator/ledger", None).body

    with EmulatorServer(file, today=TODAY) as server:
        after = send(f"{server.url}/emulator/ledger", None).body
        update = read_all(poster(server.url), linked, linked.accounts["card"], cursor)

    assert without_request_id(after) == without_request_id(before)
    assert [entry["transaction_id"] for entry in update.added] == [row]


def without_request_id(body):
    return {key: value for key, value in body.items() if key != "request_id"}


def test_every_answer_is_on_disk_before_it_is_given(file):
    with EmulatorServer(file, today=TODAY) as server:
        linked = link(poster(server.url))
        kept = json.loads(file.read_text())

    assert [item["access_token"] for item in kept["items"]] == [linked["access_token"]]
    assert kept["public_tokens"] == []


def test_link_tokens_survive_a_restart(file):
    with EmulatorServer(file, today=TODAY) as server:
        created = poster(server.url)(
            "/link/token/create",
            client_name="App",
            language="en",
            country_codes=["US"],
            products=["transactions"],
            user={"client_user_id": "household"},
        ).body
    with EmulatorServer(file, today=TODAY) as server:
        found = poster(server.url)("/link/token/get", link_token=created["link_token"]).body

    assert found["expiration"] == created["expiration"]


def test_days_that_passed_while_it_was_off_are_lived_through(file):
    with EmulatorServer(file, today=TODAY) as server:
        linked = server.bank.link(days=60)
        cursor = read_all(poster(server.url), linked, linked.accounts["card"]).cursor

    with EmulatorServer(file, today=TODAY.replace(month=8)) as server:
        update = read_all(poster(server.url), linked, linked.accounts["card"], cursor)

    assert max(row["date"] for row in update.added) > "2026-08-15"


def test_phases_and_troubles_survive_a_restart(file):
    with EmulatorServer(file, today=TODAY) as server:
        server.bank.begin_items_at(Phase.NOT_READY)
        linked = server.bank.link(days=60)
        server.bank.take_down("ins_109508")

    with EmulatorServer(file, today=TODAY) as server:
        answer = poster(server.url)("/accounts/get", access_token=linked.access_token)
        server.bank.bring_up("ins_109508")
        assert answer.body["error_code"] == "INSTITUTION_DOWN"
        assert read_all(poster(server.url), linked, None).status == "NOT_READY"


def test_the_file_is_the_owners_alone_and_nothing_lies_beside_it(file):
    with EmulatorServer(file, today=TODAY) as server:
        server.bank.link(days=30)

    assert file.stat().st_mode & 0o777 == 0o600
    assert list(file.parent.iterdir()) == [file]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"version": 99}'])
def test_a_file_that_is_no_state_is_left_alone(file, content):
    file.parent.mkdir()
    file.write_text(content)

    with pytest.raises(StateUnreadable):
        EmulatorServer(file, today=TODAY)

    assert file.read_text() == content


def test_two_lasting_banks_share_no_token(tmp_path):
    one, two = (EmulatorServer.lasting(tmp_path / name, 0) for name in ("one.json", "two.json"))
    with one, two:
        assert one.bank.link(days=1).access_token != two.bank.link(days=1).access_token
