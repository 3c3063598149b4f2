import pytest

from budgetapp.routers import BookRouter, database_of


def test_investments_live_in_a_database_of_their_own() -> None:
    assert database_of("investments") == "investments"


@pytest.mark.parametrize("app", ["accounts", "plaid_sync", "categories", "auth", "sessions", "django_q"])
def test_everything_else_lives_in_the_default_database(app: str) -> None:
    assert database_of(app) == "default"
    assert BookRouter().allow_migrate("default", app)
    assert not BookRouter().allow_migrate("investments", app)


def test_investments_are_migrated_only_in_their_own_database() -> None:
    assert BookRouter().allow_migrate("investments", "investments")
    assert not BookRouter().allow_migrate("default", "investments")
