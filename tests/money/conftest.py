from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests.money.entries import Entry


@pytest.fixture(scope="module")
def entry_table(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    with django_db_blocker.unblock():
        with connection.schema_editor() as editor:
            editor.create_model(Entry)
        yield
        with connection.schema_editor() as editor:
            editor.delete_model(Entry)
