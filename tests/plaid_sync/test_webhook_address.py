"""Which address Plaid is told of for its webhooks, when, and that it is never one that leads nowhere."""

import pytest
from django.core.checks import run_checks
from django.utils import timezone

from plaid_sync.addresses import webhook_url
from plaid_sync.disconnect import disconnect
from plaid_sync.emulator import errors as bank_errors
from plaid_sync.linking import start
from plaid_sync.models import PlaidItem
from plaid_sync.public_url import is_loopback, is_public
from plaid_sync.tasks import tidy_connections

UPDATE = "/item/webhook/update"
HERE = "http://127.0.0.1:9/webhooks/plaid/"
PUBLIC = [
    "https://money.example.org/webhooks/plaid/",
    "https://money.example.org:8443/webhooks/plaid/",
    "https://MONEY.example.org/hooks?key=1",
    "https://1.1.1.1/webhooks/plaid/",
    "https://[2606:4700:4700::1111]/webhooks/plaid/",
    "https://xn--bcher-kva.example.xn--p1ai/webhooks/plaid/",
]
NOT_PUBLIC = [
    "",
    "money.example.org/webhooks/plaid/",
    "http://money.example.org/webhooks/plaid/",
    "ftp://money.example.org/",
    "https://",
    "https:///webhooks/plaid/",
    "https://localhost/webhooks/plaid/",
    "https://nas/webhooks/plaid/",
    "https://nas.local/webhooks/plaid/",
    "https://nas.home.arpa/webhooks/plaid/",
    "https://money.internal/webhooks/plaid/",
    "https://127.0.0.1/webhooks/plaid/",
    "https://127.1/webhooks/plaid/",
    "https://2130706433/webhooks/plaid/",
    "https://0x7f000001/webhooks/plaid/",
    "https://0177.0.0.1/webhooks/plaid/",
    "https://10.0.0.5/webhooks/plaid/",
    "https://172.16.0.1/webhooks/plaid/",
    "https://192.168.1.10/webhooks/plaid/",
    "https://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/webhooks/plaid/",
    "https://0.0.0.0/webhooks/plaid/",
    "https://[::1]/webhooks/plaid/",
    "https://[fe80::1]/webhooks/plaid/",
    "https://[fd00::1]/webhooks/plaid/",
    "https://[::ffff:127.0.0.1]/webhooks/plaid/",
    "https://user:pass@money.example.org/",
    "https://money.example.org#@evil.example.com/",
    "https://money.example.org\\@evil.example.com/",
    "https://money.example.org/a b",
    "https://money.example.org/\n",
    "https://b\u00fccher.example.org/",
    "https://money.example.org:0/",
    "https://money.example.org:99999/",
    "https://-money.example.org/",
    "https://money..example.org/",
    "https://money.example.org./",
    "https://[::1/",
    "https://money.example.org/" + "x" * 500,
]


@pytest.mark.parametrize("url", PUBLIC)
def test_public_addresses_are_told(url):
    assert is_public(url)
    assert not is_loopback(url)


@pytest.mark.parametrize("url", NOT_PUBLIC)
def test_addresses_that_lead_nowhere_or_home_are_not_told(url):
    assert not is_public(url)


def test_the_simulated_bank_is_told_of_this_machine_only(settings):
    settings.PLAID_ENV = "emulator"
    for site, told in (
        ("http://127.0.0.1:8000", True),
        ("http://localhost:8000", True),
        ("https://x.example.org", False),
    ):
        settings.SITE_URL, settings.PLAID_WEBHOOK_URL = site, ""
        assert webhook_url() == (f"{site}/webhooks/plaid/" if told else "")


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_plaid_is_told_of_a_public_site_only(settings, environment):
    settings.PLAID_ENV, settings.PLAID_WEBHOOK_URL = environment, ""
    for site, told in (("https://money.example.org", True), ("http://money.example.org", False), (HERE, False)):
        settings.SITE_URL = site
        assert webhook_url() == (f"{site}/webhooks/plaid/" if told else "")
    settings.PLAID_WEBHOOK_URL = "https://hooks.example.org/plaid"
    assert webhook_url() == "https://hooks.example.org/plaid"


def test_a_useless_address_is_reported_by_the_checks(settings):
    settings.PLAID_WEBHOOK_URL = "https://nas.local/webhooks/plaid/"
    assert "budgetapp.W007" in [message.id for message in run_checks()]
    settings.PLAID_WEBHOOK_URL = "https://hooks.example.org/plaid"
    assert "budgetapp.W007" not in [message.id for message in run_checks()]


@pytest.mark.django_db
def test_a_new_login_gets_the_address_with_its_link_token(settings, bank, user):
    settings.PLAID_WEBHOOK_URL = HERE
    start(user)
    assert [token.webhook for token in bank.world.link_tokens.values()] == [HERE]
    settings.PLAID_WEBHOOK_URL = "http://nas.local/"
    start(user)
    assert [token.webhook for token in bank.world.link_tokens.values()] == [HERE, None]


def told(linked_bank) -> list[str | None]:
    return [item.webhook for item in linked_bank.server.world.items.values()]


@pytest.mark.django_db
def test_logins_of_before_are_given_the_address_once(settings, linked_bank):
    settings.PLAID_WEBHOOK_URL = HERE
    tidy_connections()
    tidy_connections()
    assert told(linked_bank) == [HERE]
    assert PlaidItem.objects.get().webhook_url == HERE
    assert linked_bank.server.calls[UPDATE] == 1


@pytest.mark.django_db
def test_an_address_that_changes_or_ends_is_told(settings, linked_bank):
    for url in (HERE, "http://127.0.0.1:10/elsewhere/"):
        settings.PLAID_WEBHOOK_URL = url
        tidy_connections()
        assert told(linked_bank) == [url]
    settings.PLAID_WEBHOOK_URL = "http://nas.local/"
    tidy_connections()
    assert told(linked_bank) == [None]
    assert PlaidItem.objects.get().webhook_url == ""


@pytest.mark.django_db
def test_a_login_that_needs_its_owner_is_given_the_address_too(settings, linked_bank):
    linked_bank.server.bank.reset_login(linked_bank.links["checking"].item.item_id)
    linked_bank.sync()
    settings.PLAID_WEBHOOK_URL = HERE
    tidy_connections()
    assert told(linked_bank) == [HERE]


@pytest.mark.django_db
@pytest.mark.parametrize("fault", [bank_errors.internal_server_error(), bank_errors.item_not_found()])
def test_what_could_not_be_told_is_told_the_next_time(settings, linked_bank, fault):
    settings.PLAID_WEBHOOK_URL = HERE
    linked_bank.server.script.refuse(UPDATE, fault)
    tidy_connections()
    assert PlaidItem.objects.get().webhook_url == ""
    tidy_connections()
    assert told(linked_bank) == [HERE]


@pytest.mark.django_db
def test_logins_of_another_environment_and_given_back_ones_are_left_alone(settings, linked_bank):
    settings.PLAID_WEBHOOK_URL = HERE
    PlaidItem.objects.update(environment="production", created_at=timezone.now())
    tidy_connections()
    PlaidItem.objects.update(environment="emulator")
    for role in linked_bank.links:
        disconnect(linked_bank.account(role))
    tidy_connections()
    assert linked_bank.server.calls[UPDATE] == 0
