"""The two databases: there, migrated, whole, and with room to grow."""

import shutil
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, connections
from django.db.migrations.executor import MigrationExecutor

from budgetapp.health.finding import Finding, error, warning, well

LITTLE_ROOM = 1024**3
NO_ROOM = 100 * 1024**2
_RESTORE = "Stop web and worker, and put the file back from a backup."


def look_at(alias: str) -> Finding:
    """The database `alias`: reachable, migrated, and on SQLite undamaged and in WAL mode."""
    connection = connections[alias]
    if connection.vendor == "sqlite" and not Path(str(connection.settings_dict["NAME"])).is_file():
        return error(
            "The file is missing.",
            f"Put it back from a backup, or make an empty one with: {_migrate(alias)}",
            str(connection.settings_dict["NAME"]),
        )
    try:
        connection.ensure_connection()
        if count := len(missing_migrations(alias)):
            return error(f"{count} migration{' is' if count == 1 else 's are'} missing.", f"Run: {_migrate(alias)}")
        return _sqlite(alias) if connection.vendor == "sqlite" else well("Reachable and migrated.")
    except (DatabaseError, ImproperlyConfigured) as failure:
        what_helps = _RESTORE if connection.vendor == "sqlite" else "Start the server, or correct its address."
        return error("It can’t be used.", what_helps, type(failure).__name__)


def missing_migrations(alias: str) -> list[str]:
    """The names of the migrations that the database has not seen. Raises DatabaseError."""
    executor = MigrationExecutor(connections[alias])
    return [str(migration) for migration, _ in executor.migration_plan(executor.loader.graph.leaf_nodes())]


def _sqlite(alias: str) -> Finding:
    damage = _pragma(alias, "quick_check(1)")
    if damage != "ok":
        return error("The file is damaged.", _RESTORE, str(damage))
    if orphans := _pragma(alias, "foreign_key_check"):
        return error("Rows refer to others that are gone.", _RESTORE, f"in {orphans}")
    if _pragma(alias, "journal_mode") != "wal":
        return warning(
            "It is not in WAL mode, so readers and writers wait for each other.",
            "Keep it on a local disk: network shares don’t offer what WAL needs.",
        )
    return well("Reachable, migrated and undamaged.")


def _pragma(alias: str, name: str) -> object:
    """The first column of the pragma's first row; None without one."""
    with connections[alias].cursor() as cursor:
        row = cursor.execute(f"PRAGMA {name}").fetchone()
    return row[0] if row else None


def disk(_now: datetime) -> Finding:
    """Room for the files in DATA_DIR."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    words = f"{free / 1024**3:.1f} GB are free where the data lies."
    if free < NO_ROOM:
        return error(words, "Make room: without it nothing can be saved.")
    return warning(words, "Make room soon.") if free < LITTLE_ROOM else well(words)


def _migrate(alias: str) -> str:
    return "manage.py migrate" + ("" if alias == "default" else f" --database {alias}")
