"""How webhooks of the simulated bank travel: again and again for a while, and never off this machine."""

import pytest

from plaid_sync.emulator import courier
from tests.emulator.receiver import receiving


@pytest.fixture
def swift_clock(monkeypatch):
    """The seconds between two tries pass at once."""
    monkeypatch.setattr(courier, "RETRY_AFTER", (0.01, 0.01, 0.01))


@pytest.mark.usefixtures("swift_clock")
def test_an_application_that_is_away_is_tried_again(server, app):
    linked = server.bank.link(days=1)
    server.bank.send_webhooks(linked.item_id, app.url)
    app.statuses = [500, 404]

    server.bank.reset_login(linked.item_id)
    server.webhooks.settle()

    assert app.codes() == ["ERROR"] * 3
    assert len({request.body for request in app.requests}) == 1
    assert [status for _code, status in server.webhooks.answers] == [500, 404, 200]


@pytest.mark.usefixtures("swift_clock")
def test_an_application_that_stays_away_is_given_up(server):
    linked = server.bank.link(days=1)
    with receiving() as receiver:
        server.bank.send_webhooks(linked.item_id, receiver.url)

    server.bank.reset_login(linked.item_id)
    server.webhooks.settle()

    assert list(server.webhooks.answers) == [("ERROR", 0)] * 4


@pytest.mark.parametrize(
    "url",
    [
        "https://money.example.org/webhooks/plaid/",
        "http://192.168.1.2:8000/",
        "https://127.0.0.1/",
        "file:///x",
        "http://127.0.0.1:x/",
        "http://[",
    ],
)
def test_webhooks_never_leave_this_machine(server, url):
    linked = server.bank.link(days=1)
    server.bank.send_webhooks(linked.item_id, url)

    server.bank.reset_login(linked.item_id)
    server.webhooks.settle()

    assert list(server.webhooks.answers) == [("ERROR", -1)]
