"""All settings. This is the only file that reads the environment; nothing in it has to be set."""

import os
import warnings
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from budgetapp.datadir import private_folder, secret_key

os.umask(0o077)  # databases, keys and logs are for their owner only

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()  # every NAME can also be given as NAME_FILE
ENV_FILE = Path(os.environ.get("ENV_FILE", BASE_DIR / ".env"))
environ.Env.read_env(ENV_FILE)


def text(name: str, default: str = "") -> str:
    """The variable `name` without surrounding space; an empty one counts as not set."""
    return str(env.str(name, default=default)).strip() or default


def switch(name: str) -> bool:
    """The variable `name` read strictly as on or off; off when it is not set."""
    value = text(name, "0").lower()
    if value not in {"0", "1", "true", "false", "on", "off"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {value!r}.")
    return value in {"1", "true", "on"}


DATA_DIR = Path(text("DATA_DIR", str(BASE_DIR / "data"))).resolve()
DEBUG = switch("DEBUG")

# Databases: two files in DATA_DIR, or any of the two on a PostgreSQL server.


def database(url: str, file_name: str, synchronous: str, *, patience: int) -> dict[str, Any]:
    """The connection for `url`, or for the file `file_name` in DATA_DIR when there is none.

    `patience`: for how many seconds one waits for a file that another process writes to.
    """
    if url:
        return {**environ.Env.db_url_config(url), "CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
    pragmas = f"PRAGMA journal_mode=WAL; PRAGMA synchronous={synchronous}; PRAGMA foreign_keys=ON;"
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": private_folder(DATA_DIR) / file_name,
        # Without IMMEDIATE a transaction that reads before it writes fails at once beside another writer.
        "OPTIONS": {"transaction_mode": "IMMEDIATE", "timeout": patience, "init_command": pragmas},
        # A file: a test database in memory can't be shared by threads and processes.
        "TEST": {"NAME": str(DATA_DIR / f"test-{file_name}")},
    }


DATABASE_URL = text("DATABASE_URL")
INVESTMENTS_DATABASE_URL = text("INVESTMENTS_DATABASE_URL")
for _name, _url in (("DATABASE_URL", DATABASE_URL), ("INVESTMENTS_DATABASE_URL", INVESTMENTS_DATABASE_URL)):
    if _url and not _url.startswith(("postgres://", "postgresql://")):
        raise ImproperlyConfigured(
            f"{_name} must be a PostgreSQL address (postgres://user:password@host:5432/name). "
            "Leave it empty to keep a SQLite file in DATA_DIR."
        )
DATABASES = {
    "default": database(DATABASE_URL, "budgetapp.sqlite3", "FULL", patience=20),
    # Pages of the books show the investments, too, and shall not wait for a program that holds their file.
    "investments": database(INVESTMENTS_DATABASE_URL, "investments.sqlite3", "NORMAL", patience=5),
}
DATABASE_ROUTERS = ["budgetapp.routers.BookRouter"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
HAS_DATABASE_SERVER = bool(DATABASE_URL or INVESTMENTS_DATABASE_URL)

SECRET_KEY = text("SECRET_KEY")
if not SECRET_KEY:
    if HAS_DATABASE_SERVER:
        raise ImproperlyConfigured(
            "SECRET_KEY must be set beside a database server: every machine needs the same one. "
            "Make one with: python -c 'import secrets; print(secrets.token_urlsafe(64))'"
        )
    SECRET_KEY = secret_key(DATA_DIR / "keys")

# Everything that depends on the address people use derives from SITE_URL.
SITE_URL = text("SITE_URL", "http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
if _site.scheme not in {"http", "https"} or not _site.hostname or _site.path or _site.query:
    raise ImproperlyConfigured(f"SITE_URL must look like https://money.example.org, without a path, not {SITE_URL!r}.")
LOCAL_HOSTS = ["localhost", "127.0.0.1", "[::1]"]
IS_LOCAL = _site.hostname in {"localhost", "127.0.0.1", "::1"}
IS_HTTPS = _site.scheme == "https"
ALLOWED_HOSTS = LOCAL_HOSTS if IS_LOCAL else [_site.hostname, *LOCAL_HOSTS]
CSRF_TRUSTED_ORIGINS = [SITE_URL]
TRUST_PROXY = switch("TRUST_PROXY")
if TRUST_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

SESSION_ENGINE = "budgetapp.session_store"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = IS_HTTPS
SESSION_COOKIE_NAME = "__Host-budgetapp-session" if IS_HTTPS else "budgetapp-session"
CSRF_COOKIE_NAME = "__Host-budgetapp-csrf" if IS_HTTPS else "budgetapp-csrf"
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"  # not Strict: a bank's OAuth page returns from another site
SESSION_COOKIE_AGE = 7 * 24 * 3600  # after the last request; a month after signing in it ends in any case
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if IS_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = IS_HTTPS
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # whoever watches the process asks it without the proxy
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

INSTALLED_APPS = [
    "django_q",  # before budgetapp, which replaces its admin
    "budgetapp",
    "plaid_sync",
    "imports",
    "accounts",
    "investments",
    "categories",
    "money",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "django.forms",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "csp",
    "django_htmx",
    "lucide",
    "chartkick.django",  # for Chart.js, which it brings as a static file
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",  # early: a refused host is answered on the way in
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "budgetapp.sign_ins.SessionLimits",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
ROOT_URLCONF = "budgetapp.urls"
WSGI_APPLICATION = "budgetapp.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

FORM_RENDERER = "budgetapp.rendering.FieldRenderer"

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = True  # a checkout serves its files before `collectstatic` has run
warnings.filterwarnings("ignore", message="No directory at", category=UserWarning)  # ... and that is fine
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "budgetapp.static_storage.CollectedStaticFilesStorage"
    },
}

AUTHENTICATION_BACKENDS = ["budgetapp.sign_ins.ThrottledBackend"]
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "home"  # the accounts, or the first steps while there are none
LOGOUT_REDIRECT_URL = "sign_in"
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en-us"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
HOUSEHOLD_TIME_ZONE = text("HOUSEHOLD_TIME_ZONE")  # here and below: what is not given is asked for on the Settings page
try:
    ZoneInfo(HOUSEHOLD_TIME_ZONE or TIME_ZONE)
except (ZoneInfoNotFoundError, ValueError) as error:
    raise ImproperlyConfigured(
        f"HOUSEHOLD_TIME_ZONE must be a zone like America/New_York, not {HOUSEHOLD_TIME_ZONE!r}."
    ) from error

# Plaid. Nothing set means that bank syncing is off.
PLAID_ENV_AS_GIVEN = text("PLAID_ENV").lower()
if PLAID_ENV_AS_GIVEN not in {"", "emulator", "sandbox", "development", "production"}:
    raise ImproperlyConfigured(f"PLAID_ENV must be sandbox, production or emulator, not {PLAID_ENV_AS_GIVEN!r}.")
PLAID_ENV = "production" if PLAID_ENV_AS_GIVEN == "development" else PLAID_ENV_AS_GIVEN
_IS_EMULATED = PLAID_ENV == "emulator"
PLAID_CLIENT_ID = text("PLAID_CLIENT_ID", "emulator" if _IS_EMULATED else "")
PLAID_SECRET = text("PLAID_SECRET", "emulator" if _IS_EMULATED else "")
PLAID_PRODUCTION_SECRET = text("PLAID_PRODUCTION_SECRET")
PLAID_EMULATOR_URL = text("PLAID_EMULATOR_URL", "http://127.0.0.1:8010").rstrip("/")
if not PLAID_EMULATOR_URL.startswith("http://127.0.0.1:"):
    raise ImproperlyConfigured("PLAID_EMULATOR_URL must be http://127.0.0.1:<port>: the simulated bank is local.")
PLAID_REDIRECT_URI = text("PLAID_REDIRECT_URI")
PLAID_WEBHOOK_URL = text("PLAID_WEBHOOK_URL")
PLAID_TOKEN_ENCRYPTION_KEY = text("PLAID_TOKEN_ENCRYPTION_KEY")
SYNC_INTERVAL_HOURS = text("SYNC_INTERVAL_HOURS")
if SYNC_INTERVAL_HOURS and SYNC_INTERVAL_HOURS not in map(str, range(169)):
    raise ImproperlyConfigured(
        f"SYNC_INTERVAL_HOURS must be from 1 to 168, or 0 for no regular syncs, not {SYNC_INTERVAL_HOURS!r}."
    )

# Whether Yahoo may be asked for prices, which tells it the tickers. The simulated bank has prices of its own.
PRICE_QUOTES = text("PRICE_QUOTES", "yahoo").lower()
if PRICE_QUOTES not in {"yahoo", "off"}:
    raise ImproperlyConfigured(f"PRICE_QUOTES must be yahoo or off, not {PRICE_QUOTES!r}.")

Q_CLUSTER: dict[str, Any] = {
    "name": "budgetapp",
    "label": "Jobs",
    "orm": "default",  # a job that is queued in a transaction exists when that commits
    "workers": 1,
    "queue_limit": 1,
    "bulk": 1,
    "timeout": 300,
    "retry": 1800,  # more than timeout x (queue_limit / workers + 2), or a waiting job runs twice
    "max_attempts": 1,  # with ack_failures: when to try again is decided by our own rows
    "ack_failures": True,
    "catch_up": False,
    "guard_cycle": 1,
    "poll": 1,
    "recycle": 50,
    "save_limit": 200,
    "time_zone": TIME_ZONE,
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "budgetapp.redaction.RedactingFormatter",
            "format": "%(asctime)sZ %(levelname)s %(name)s: %(message)s",
            "datefmt": "%Y-%m-%dT%H:%M:%S",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {"django": {"handlers": [], "propagate": True}},
}
