"""Whatever banks, files and people write: on no page does it become an element, an attribute or a link."""

from collections.abc import Iterator
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.contrib.auth.models import User
from django.db import models, transaction
from django.test import Client

from tests.security.furnished import furnish

# PostgreSQL takes neither NUL nor what is longer than its column: there such a text can not be stored.
pytestmark = [pytest.mark.django_db, pytest.mark.sqlite]

PAYLOADS = (
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example></SCRIPT>",
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<img/src=x/onerror=alert(1)>",
    "<svg onload=alert(1)>",
    "<svg><script>alert(1)</script></svg>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<body onload=alert(1)>",
    "<iframe src=javascript:alert(1)>",
    "<iframe srcdoc='<script>alert(1)</script>'>",
    "<object data=javascript:alert(1)>",
    "<embed src=javascript:alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<form action=https://evil.example><input name=x>",
    "<input autofocus onfocus=alert(1)>",
    "<button formaction=javascript:alert(1)>x",
    "<details open ontoggle=alert(1)>",
    "<video><source onerror=alert(1)></video>",
    "<audio src=x onerror=alert(1)>",
    "<marquee onstart=alert(1)>",
    "<math><mtext><script>alert(1)</script></mtext></math>",
    "<style>@import 'https://evil.example';</style>",
    "<link rel=stylesheet href=https://evil.example>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<base href=https://evil.example>",
    "<template><script>alert(1)</script></template>",
    "<textarea></textarea><script>alert(1)</script>",
    "</textarea></title></option></select><script>alert(1)</script>",
    "<!-- --><script>alert(1)</script>",
    "--><script>alert(1)</script>",
    "]]><script>alert(1)</script>",
    '" onmouseover=alert(1) x="',
    "' onmouseover=alert(1) x='",
    '"><script>alert(1)</script>',
    "'><script>alert(1)</script>",
    "` onmouseover=alert(1)",
    '" hx-get=/accounts/ hx-trigger=load x="',
    "<b hx-on:click=alert(1) hx-post=/accounts/>",
    "{{ request }}{% debug %}{% load static %}",
    "javascript:alert(1)",
    'JaVaScRiPt:alert(1)//"><x>',
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;script&#62;",
    "\u202e\u0000<script\u2028>alert(1)</script>",
)
HOSTILE = " ".join(PAYLOADS)
PLAIN = "Plain words"

# Who looks for what is written nowhere else: these columns hold words of ours, ids that we make, or codes that
# steer the app (a currency, a feed, a state). All other columns with text are filled with what is hostile.
OURS = {
    "plaid_sync.PlaidItem": {"access_token", "environment", "products", "item_id"},
    "plaid_sync.LinkedAccount": {"lease_token", "feed", "cursor", "plaid_account_id"},
    "plaid_sync.SyncPage": {"feed", "first_cursor", "cursor", "next_cursor", "update_status", "body"},
    "plaid_sync.WebhookEvent": {"fingerprint", "facts"},
    "plaid_sync.LinkSession": {"link_token", "bank_accounts"},
    "plaid_sync.InvestmentLink": {"lease_token", "currency", "plaid_account_id"},
    "plaid_sync.TokenKeyFingerprint": {"fingerprint"},
    "plaid_sync.Halt": {"refused"},
    "imports.ColumnProfile": {"fingerprint", "mapping"},
    "imports.ImportFile": {"sha256", "kind", "preset", "fingerprint", "mapping"},
    "imports.ImportBatch": {"feed", "proof"},
    "imports.ImportedLine": {"external_id", "currency"},
    "accounts.Account": {"currency"},
    "accounts.AuditEvent": {"about", "fingerprint"},
    "accounts.SyncLog": {"source", "cursor_before", "cursor_after"},
    "accounts.Transaction": {"currency", "source", "bank_category_confidence"},
    "accounts.SourceRecord": {"feed", "external_id"},
    "accounts.HeldLine": {"feed", "raw"},
    "accounts.SavedSetting": {"name", "value"},
    "accounts.TransactionChange": {"before", "after"},
    "investments.InvestmentAccount": {"currency"},
    "investments.Security": {"plaid_security_id", "currency"},
    "investments.Holding": {"currency"},
    "investments.DayValue": {"currency"},
    "investments.InvestmentTransaction": {"external_id", "currency"},
    "investments.PriceQuote": {"currency"},
    "investments.PriceRun": {"source", "failures"},
    "categories.Category": {"short_desc"},
    "categories.MerchantMapping": {"pattern"},
}


class Skeleton(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and where they lead to."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[tuple[str, ...]] = set()
        self.targets: set[str] = set()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add((tag, *sorted(name for name, _ in attrs)))
        leads = {"href", "src", "action", "formaction", "data", "srcdoc", "hx-get", "hx-post"}
        self.targets |= {value or "" for name, value in attrs if name in leads}


def texts() -> Iterator[tuple[type[models.Model], list[str]]]:
    """The columns of each model of the app in which a foreign text can be stored."""
    for model in apps.get_models():
        if model._meta.app_label in {"plaid_sync", "imports", "accounts", "investments", "categories"}:
            kept = OURS.get(model._meta.label, set())
            kinds = (models.CharField, models.TextField, models.JSONField)
            fields = [field for field in model._meta.fields if isinstance(field, kinds) and not field.choices]
            yield model, [field.name for field in fields if field.name not in kept]


def spread(text: str) -> None:
    """Writes `text` into every column that can hold a foreign text, past all forms and clients."""
    for model, columns in texts():
        if columns:
            model.objects.update(**dict.fromkeys(columns, text))


def skeletons(user: User, client: Client, text: str) -> dict[tuple[str, bool], Skeleton]:
    """Every page and fragment of a household with this text everywhere. The household is gone again afterwards."""
    with transaction.atomic(), transaction.atomic(using="investments"):
        furnished = furnish(user, text=text)
        spread(text)
        answers = {
            (address, is_fragment): client.get(address, headers={"HX-Request": "true"} if is_fragment else None)
            for address in [*furnished.pages(), *searches()]
            for is_fragment in (False, True)
        }
        for alias in ("default", "investments"):
            transaction.set_rollback(True, using=alias)
    assert {key: answer.status_code for key, answer in answers.items() if answer.status_code >= 400} == {}
    return {key: Skeleton(answer.content.decode()) for key, answer in answers.items()}


def searches() -> list[str]:
    """Pages that repeat what was asked for."""
    asked = "%22%3E%3Cscript%3Ealert(1)%3C/script%3E"
    return [
        f"/transactions/?q={asked}&since={asked}&account={asked}&before={asked}",
        f"/sync-history/?status={asked}&account={asked}",
        f"/investments/activity/?kind={asked}&since={asked}",
        f"/investments/?period={asked}&sort={asked}",
        f"/needs-you/?line={asked}&sent={asked}",
        f"/connect/?account={asked}",
        f"/settings/?environment={asked}",
    ]


def test_every_column_that_is_left_out_exists() -> None:
    known = {model._meta.label: {field.name for field in model._meta.fields} for model in apps.get_models()}
    assert {
        label: columns - known.get(label, set()) for label, columns in OURS.items() if columns - known.get(label, set())
    } == {}


def test_no_stored_text_becomes_markup_on_any_page(admin_user: User, admin_client: Client, plaid: None) -> None:
    plain = skeletons(admin_user, admin_client, PLAIN)
    hostile = skeletons(admin_user, admin_client, HOSTILE)
    assert hostile.keys() == plain.keys()
    assert len(hostile) > 80
    ours = set().union(*(page.elements for page in plain.values()))  # a search finds rows in one of both only
    for key, page in hostile.items():
        assert page.elements <= (ours if "?" in key[0] else plain[key].elements), key
        assert not [target for target in page.targets if target.lower().lstrip().startswith(("javascript:", "data:"))]


def test_the_hostile_texts_are_on_the_pages_as_text(admin_user: User, admin_client: Client, plaid: None) -> None:
    furnished = furnish(admin_user)
    spread(HOSTILE)
    for name in ("account", "transactions", "transaction", "sync_run", "portfolio", "import_done", "needs_you"):
        assert "&lt;svg onload=alert(1)&gt;" in admin_client.get(furnished.address(name)).content.decode(), name


def test_the_parser_of_these_tests_sees_what_is_not_escaped() -> None:
    page = Skeleton(f'<p title="{HOSTILE}">{HOSTILE}</p>')
    assert {"script", "img", "svg"} <= {element[0] for element in page.elements}
    assert any("onmouseover" in element for element in page.elements)
    assert any(target.startswith("javascript:") for target in page.targets)
