import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import Account

pytestmark = pytest.mark.django_db

ALICE = {"username": "alice", "password": "a long enough password"}


@pytest.mark.parametrize(
    "path", ["/accounts/", "/accounts/1/", "/transactions/", "/transactions/1/", "/sync-history/", "/sync-history/1/"]
)
def test_nobody_sees_a_page_without_signing_in(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"] == f"/sign-in/?next={path}"


def test_signing_in_leads_to_the_page_that_was_asked_for(client: Client, user: User) -> None:
    response = client.post("/sign-in/", ALICE | {"next": "/sync-history/?status=error"})
    assert response["Location"] == "/sync-history/?status=error"


def test_signing_in_never_leads_to_another_site(client: Client, user: User) -> None:
    response = client.post("/sign-in/", ALICE | {"next": "https://evil.example.org/"})
    assert response["Location"] == "/"


def test_signing_in_to_empty_books_leads_to_the_first_steps(client: Client, user: User) -> None:
    assert client.post("/sign-in/", ALICE, follow=True).redirect_chain == [("/", 302), ("/welcome/", 302)]
    assert client.get("/sign-in/", follow=True).redirect_chain[-1] == ("/welcome/", 302)


def test_signing_in_to_books_with_accounts_leads_to_them(client: Client, user: User) -> None:
    Account.objects.create(name="Wallet")
    assert client.post("/sign-in/", ALICE, follow=True).redirect_chain == [("/", 302), ("/accounts/", 302)]


def test_a_wrong_password_is_told_without_saying_which_half_was_wrong(client: Client, user: User) -> None:
    page = client.post("/sign-in/", ALICE | {"password": "wrong"}).content.decode()
    assert "Please enter a correct username and password" in page
    assert 'role="alert"' in page


def test_signing_out_needs_a_form(signed_in: Client) -> None:
    assert signed_in.get("/sign-out/").status_code == 405
    assert signed_in.post("/sign-out/")["Location"] == "/sign-in/"


def test_a_theme_is_remembered_in_the_browser(signed_in: Client) -> None:
    response = signed_in.post("/theme/", {"theme": "dark", "next": "/sync-history/"})
    assert response["Location"] == "/sync-history/"
    assert 'data-theme="dark"' in signed_in.get("/sync-history/").content.decode()


def test_an_unknown_theme_is_refused_and_another_site_is_not_returned_to(signed_in: Client) -> None:
    assert signed_in.post("/theme/", {"theme": "<script>"}).status_code == 400
    response = signed_in.post("/theme/", {"theme": "light", "next": "https://evil.example.org/"})
    assert response["Location"] == "/accounts/"


def test_a_missing_page_says_so_in_words(signed_in: Client) -> None:
    response = signed_in.get("/no-such-page/")
    assert response.status_code == 404
    assert "There is no page at this address" in response.content.decode()
