"""What a process leaves behind before it forks."""

import gc

from django.db import connections

from plaid_sync.gateway import _gateway


def let_go() -> None:
    """Closes what two processes must not share: database connections and the one to Plaid.

    SQLite forbids to carry an open database across a fork (sqlite.org/howtocorrupt.html, 2.6): the child would
    close it again and delete the log that both write to. Those of ended threads lie in cycles until they are
    collected.
    """
    connections.close_all()
    _gateway.cache_clear()
    gc.collect()
