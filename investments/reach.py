"""Whether the second database can be used: it may be missing, locked or damaged while everything else works."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import DatabaseError, DataError, IntegrityError

logger = logging.getLogger(__name__)

DATABASE = "investments"
_LOCKED = "The investments database is in use by another program. What waits for it is tried again."
_MISSING = "The investments database has no tables. Put its file back, or create it with “manage.py migrate”."
_DAMAGED = "The investments database is damaged. Put its file back from a backup."
_UNREACHABLE = "The investments database can't be reached. What waits for it is tried again."


class InvestmentsUnavailable(Exception):
    """The investments database can't be used now; the message is a sentence for a person."""


@contextmanager
def reaching() -> Iterator[None]:
    """Raises InvestmentsUnavailable where the block finds the investments database unusable."""
    try:
        yield
    except (IntegrityError, DataError):
        raise  # the database works; what was asked of it was wrong
    except DatabaseError as error:
        logger.warning("The investments database can't be used: %s", error)
        raise InvestmentsUnavailable(_sentence(str(error))) from error


def _sentence(words: str) -> str:
    if "locked" in words:
        return _LOCKED
    if "no such table" in words or "does not exist" in words:
        return _MISSING
    return _DAMAGED if "malformed" in words or "not a database" in words else _UNREACHABLE
