"""Books to try files on: settings of their own and two empty databases in a folder that goes with the process."""

import atexit
import os
import shutil
import tempfile

import django
from django.core.management import call_command


def prepare() -> None:
    """Sets Django up. What the process's own environment says about databases is left aside."""
    folder = tempfile.mkdtemp(prefix="budgetapp-corpus-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    for name in ("DATABASE_URL", "INVESTMENTS_DATABASE_URL"):
        os.environ.pop(name, None)
    os.environ |= {"DATA_DIR": folder, "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "budgetapp.settings"}
    django.setup()
    for database in ("default", "investments"):
        call_command("migrate", database=database, verbosity=0)
