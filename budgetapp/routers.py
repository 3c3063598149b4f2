"""Which database a model lives in."""

from typing import Any

from django.db.models import Model

INVESTMENTS = "investments"


class BookRouter:
    """Sends the `investments` app to its own database and every other app to `default`."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        return database_of(model._meta.app_label)

    def db_for_write(self, model: type[Model], **_hints: Any) -> str:
        return database_of(model._meta.app_label)

    def allow_relation(self, first: Model, second: Model, **_hints: Any) -> bool:
        """No foreign key crosses the two databases."""
        return database_of(first._meta.app_label) == database_of(second._meta.app_label)

    def allow_migrate(self, db: str, app_label: str, **_hints: Any) -> bool:
        return db == database_of(app_label)


def database_of(app_label: str) -> str:
    return INVESTMENTS if app_label == INVESTMENTS else "default"
