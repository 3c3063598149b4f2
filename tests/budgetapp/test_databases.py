import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections

from budgetapp.routers import database_of

BOTH = ["default", "investments"]
pytestmark = pytest.mark.django_db(databases=BOTH)


@pytest.mark.parametrize("alias", BOTH)
def test_every_table_is_in_its_own_database_only(alias: str) -> None:
    tables = set(connections[alias].introspection.table_names())
    models = [model for model in apps.get_models() if model._meta.managed and not model._meta.proxy]
    here = {model._meta.db_table for model in models if database_of(model._meta.app_label) == alias}
    elsewhere = {model._meta.db_table for model in models if database_of(model._meta.app_label) != alias}
    assert here <= tables
    assert not elsewhere & tables


@pytest.mark.parametrize("alias", BOTH)
def test_migrations_are_complete(alias: str) -> None:
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
    call_command("migrate", "--check", database=alias, verbosity=0)


def test_tests_run_on_files_or_a_server_and_not_in_memory() -> None:
    for alias in BOTH:
        assert "memory" not in str(connections[alias].settings_dict["NAME"])
