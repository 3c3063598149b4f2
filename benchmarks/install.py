"""A throw-away install for the benchmarks: settings, migrated databases, fresh copies of them."""

import atexit
import os
import shutil
import tempfile
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="budgetapp-bench-"))


def prepare(**variables: str) -> None:
    """Sets Django up in a folder of its own, with these variables, and creates the tables."""
    atexit.register(shutil.rmtree, FOLDER, ignore_errors=True)
    for name in ("DATABASE_URL", "INVESTMENTS_DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ |= {
        "DATA_DIR": str(FOLDER),
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "budgetapp.settings",
        **variables,
    }
    import django
    from django.core.management import call_command

    django.setup()
    call_command("migrate", verbosity=0)
    call_command("migrate", database="investments", verbosity=0)
    _close()
    shutil.copy(_database(), FOLDER / "template")


def fresh_database(name: str = "budgetapp.sqlite3") -> Path:
    """Points Django to an empty, migrated database of this file name; returns its file."""
    _close()
    for leftover in FOLDER.glob(f"{name}*"):
        leftover.unlink()
    shutil.copy(FOLDER / "template", FOLDER / name)
    return use_database(name)


def use_database(name: str) -> Path:
    """Points Django to one of the databases made before."""
    from django.db import connections

    _close()
    connections["default"].settings_dict["NAME"] = str(FOLDER / name)
    return FOLDER / name


def use_investments(name: str) -> None:
    """Points Django to the investments database of this name: empty and migrated the first time."""
    from django.db import connections

    _close()
    if not (FOLDER / name).exists():
        shutil.copy(FOLDER / "investments.sqlite3", FOLDER / name)
    connections["investments"].settings_dict["NAME"] = str(FOLDER / name)


def _database() -> Path:
    from django.conf import settings

    return Path(settings.DATABASES["default"]["NAME"])


def _close() -> None:
    from django.db import connections

    connections.close_all()
