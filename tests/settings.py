"""The settings of the tests: the real ones, in a folder of their own, deaf to the developer's environment."""

import atexit
import os
import shutil
import tempfile

SERVERS = {"DATABASE_URL", "INVESTMENTS_DATABASE_URL"}  # all tests that use a database run there when these are set
OURS = (
    "PLAID_",
    "DATABASE_",
    "INVESTMENTS_",
    "SECRET_",
    "SITE_",
    "DEBUG",
    "TRUST_",
    "HOUSEHOLD_",
    "SYNC_",
    "DATA_",
    "PRICE_",
)
for _name in [name for name in os.environ if name.startswith(OURS) and name not in SERVERS]:
    del os.environ[_name]
_folder = tempfile.mkdtemp(prefix="budgetapp-tests-")
atexit.register(shutil.rmtree, _folder, ignore_errors=True)
os.environ |= {
    "DATA_DIR": _folder,
    "HOUSEHOLD_TIME_ZONE": "UTC",  # so that a time can be shown without a database
    "ENV_FILE": os.devnull,
    "PRICE_QUOTES": "off",  # no test asks Yahoo
    "SECRET_KEY": "only-for-tests-" + "0123456789abcdef" * 4,
}

from budgetapp.settings import *  # noqa: E402, F403  the environment has to be set first

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # Argon2 is slow by design
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}  # noqa: F405
