"""Telling apart a database that can't be reached from a statement that it refuses."""

from django.db import DatabaseError, DataError, IntegrityError, NotSupportedError, ProgrammingError

_REFUSED = (DataError, IntegrityError, NotSupportedError, ProgrammingError)


def is_out_of_reach(error: DatabaseError) -> bool:
    """Whether the database is missing, locked, corrupt or does not answer; False if it refused a statement."""
    return not isinstance(error, _REFUSED)
