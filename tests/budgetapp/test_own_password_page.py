import pytest
from django.contrib.auth.models import User
from django.test import Client

from accounts.models import AuditEvent

pytestmark = pytest.mark.django_db

OLD, NEW = "a long enough password", "another quite long one"
PAGE = "/settings/password/"
CHANGE = {"old_password": OLD, "new_password1": NEW, "new_password2": NEW}


def sign_in() -> Client:
    client = Client()
    assert client.post("/sign-in/", {"username": "alice", "password": OLD}).status_code == 302
    return client


def test_a_member_who_is_no_administrator_gets_there_from_the_settings(user: User) -> None:
    client = sign_in()
    assert not user.is_staff
    assert f'href="{PAGE}"' in client.get("/settings/").content.decode()
    assert "Change your password" in client.get(PAGE).content.decode()


def test_it_is_changed_and_every_other_session_ends(user: User) -> None:
    here, elsewhere = sign_in(), sign_in()
    page = here.post(PAGE, CHANGE, follow=True)
    assert page.redirect_chain == [("/settings/", 302)]
    text = page.content.decode()
    assert "Your password is changed." in text
    assert "Password</span>" in text  # among the latest changes
    assert elsewhere.get("/settings/").status_code == 302
    user.refresh_from_db()
    assert user.check_password(NEW)
    assert AuditEvent.objects.filter(kind="setting_changed", user=user, about="own_password").count() == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"old_password": "guessed"}, "This is not your password."),
        ({"new_password2": "something else again"}, "didn’t match"),
        ({"new_password1": "password12", "new_password2": "password12"}, "too common"),
        ({"new_password1": "short", "new_password2": "short"}, "at least 10 characters"),
    ],
)
def test_what_does_not_fit_is_said_and_changes_nothing(user: User, wrong: dict[str, str], said: str) -> None:
    client = sign_in()
    answer = client.post(PAGE, CHANGE | wrong)
    assert answer.status_code == 422
    assert said in answer.content.decode()
    user.refresh_from_db()
    assert user.check_password(OLD)
    assert client.get("/settings/").status_code == 200


def test_the_old_one_can_not_be_guessed_at_a_browser_left_open(user: User) -> None:
    client = sign_in()
    for _ in range(5):
        assert client.post(PAGE, CHANGE | {"old_password": "guessed"}).status_code == 422
    assert client.post(PAGE, CHANGE).status_code == 422
    user.refresh_from_db()
    assert user.check_password(OLD)
