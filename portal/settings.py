"""Settings, all from the environment, with defaults for the embedded product.

A bad value stops start-up with one clear line. With no `DATABASE_URL` the
product runs on what `manage.py up` started and wrote to `.data/embedded.json`.
Every variable is described in docs/configuration.md.
"""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf.locale import LANG_INFO
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP

from portal import env, logs
from valuetopup import is_loopback

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(env.text("DATA_DIR", str(BASE_DIR / ".data")))


def _embedded() -> dict[str, Any]:
    """What `manage.py up` started: addresses and keys, or nothing."""
    path = DATA_DIR / "embedded.json"
    try:
        return dict(json.loads(path.read_text())) if path.exists() else {}
    except PermissionError:
        raise _stop(f"{path} belongs to another user: set DATA_DIR, or be that user.") from None
    except (TypeError, ValueError):
        raise _stop(
            f"{path} cannot be read. It holds the keys of the vouchers: restore it."
        ) from None


def _stop(text: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(text)


EMBEDDED = not env.is_set("DATABASE_URL")
# No TLS and no collected static files: the embedded product, `up`, tests.
PLAIN_HTTP = env.flag("PLAIN_HTTP", default=EMBEDDED)
_local = _embedded() if EMBEDDED else {}
DEBUG = env.flag("DEBUG")
if DEBUG and not PLAIN_HTTP:
    raise _stop("DEBUG shows settings to everybody; it is for this machine, with PLAIN_HTTP=1.")

SECRET_KEY = env.text("SECRET_KEY", _local.get("secret_key", ""))
VOUCHER_KEYS = env.keys("VOUCHER_KEYS", _local.get("voucher_keys", ""))
if EMBEDDED and not SECRET_KEY:
    SECRET_KEY = "not-running-yet"  # noqa: S105  commands that need no data work without `up`
if not SECRET_KEY:
    raise _stop(
        "SECRET_KEY is not set. Make one: "
        "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
if not EMBEDDED and not VOUCHER_KEYS:
    raise _stop("VOUCHER_KEYS is not set. Make one: manage.py make_voucher_key")

# This machine is always allowed: health checks come from there.
ALLOWED_HOSTS = ["127.0.0.1", *env.words("ALLOWED_HOSTS", "localhost,[::1]")]
CSRF_TRUSTED_ORIGINS = env.words("CSRF_TRUSTED_ORIGINS")

# --- database -------------------------------------------------------------
_dsn = env.postgres("DATABASE_URL", _local.get("database_url", "postgresql:///not-running"))
DATABASE_POOL = env.flag("DATABASE_POOL")
DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _dsn.pop("dbname", ""),
        "USER": _dsn.pop("user", ""),
        "PASSWORD": _dsn.pop("password", ""),
        "HOST": _dsn.pop("host", ""),
        "PORT": _dsn.pop("port", ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": {"connect_timeout": "5"}
        | _dsn
        | ({"pool": {"min_size": 2, "max_size": 8, "timeout": 10}} if DATABASE_POOL else {}),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- broker, cache --------------------------------------------------------
REDIS_URL = env.redis("REDIS_URL", _local.get("redis_url", "redis://127.0.0.1:6379/0"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://"),
        # A cache that hangs must not hold a page up.
        "OPTIONS": {"socket_timeout": 0.5, "socket_connect_timeout": 0.5},
    }
}

# --- the provider ---------------------------------------------------------
# True: the provider is a simulator. Off the embedded default only when told so.
SIMULATOR = env.flag("SIMULATOR", default=EMBEDDED and not env.is_set("VALUETOPUP_BASE_URL"))
_public = "simulator"  # the simulator's user and password, known to everybody
VALUETOPUP_BASE_URL = env.text(
    "VALUETOPUP_BASE_URL",
    _local.get("provider_url", "http://127.0.0.1:8099/api/v2") if SIMULATOR else "",
).rstrip("/")
if not VALUETOPUP_BASE_URL:
    raise _stop(
        "VALUETOPUP_BASE_URL is not set, and with DATABASE_URL there is no simulator "
        "unless asked for: up --simulator."
    )
if urlsplit(VALUETOPUP_BASE_URL).scheme not in {"http", "https"}:
    raise _stop(f"VALUETOPUP_BASE_URL must begin with https://, not {VALUETOPUP_BASE_URL!r}.")
PROVIDER_IS_LOOPBACK = is_loopback(VALUETOPUP_BASE_URL)
_is_plain = not PROVIDER_IS_LOOPBACK and urlsplit(VALUETOPUP_BASE_URL).scheme != "https"
if _is_plain and not SIMULATOR:
    raise _stop("VALUETOPUP_BASE_URL must be https:// unless it is this machine.")
_default = _public if SIMULATOR or PROVIDER_IS_LOOPBACK else ""
VALUETOPUP_USER_ID = env.text("VALUETOPUP_USER_ID", _default)
VALUETOPUP_PASSWORD = env.text("VALUETOPUP_PASSWORD", _default)
if not _default and {VALUETOPUP_USER_ID, VALUETOPUP_PASSWORD} & {"", _public}:
    raise _stop("VALUETOPUP_USER_ID and VALUETOPUP_PASSWORD are not set.")
if _is_plain and {VALUETOPUP_USER_ID, VALUETOPUP_PASSWORD} != {_public}:
    raise _stop("SIMULATOR is set: credentials of a real account do not travel without TLS.")
VALUETOPUP_WALLET_CURRENCY = env.text("VALUETOPUP_WALLET_CURRENCY", "USD")
if not re.fullmatch("[A-Z]{3}", VALUETOPUP_WALLET_CURRENCY):
    raise _stop("VALUETOPUP_WALLET_CURRENCY must be three capital letters, such as USD.")
VALUETOPUP_TERMS = env.choice("VALUETOPUP_TERMS", "prepaid", ("prepaid", "credit"))
VALUETOPUP_ESTIMATE_PATH = env.text("VALUETOPUP_ESTIMATE_PATH", "transaction/estimatecost")

# --- selling --------------------------------------------------------------
QUOTE_SECONDS = env.whole("QUOTE_SECONDS", "180", low=10, high=3600)
DEFAULT_MARKUP_PERCENT = env.number("DEFAULT_MARKUP_PERCENT", "8", low=0, high=500)
DEFAULT_COMMISSION_SHARE = env.number("DEFAULT_COMMISSION_SHARE", "50", low=0, high=100)
LOW_BALANCE = env.number("LOW_BALANCE", "100", low=0, high=1e9)  # at the provider: alarm below
LOW_FLOAT = env.number("LOW_FLOAT", "20", low=0, high=1e9)  # of a shop, credit included
# Rows of one bulk file under way at once; by how many percent their price may rise.
BULK_IN_FLIGHT = env.whole("BULK_IN_FLIGHT", "4", low=1, high=8)
BULK_PRICE_TOLERANCE = env.number("BULK_PRICE_TOLERANCE", "1", low=0, high=100)
# A deposit above this is approved by two people.
SECOND_PERSON_ABOVE = env.number("SECOND_PERSON_ABOVE", "1000", low=0, high=1e12)
DEPOSIT_PAY_TO = env.text("DEPOSIT_PAY_TO")  # told to shops beside the reference
# How long a sale can be disputed, and how long the distributor has for an answer.
DISPUTE_DAYS = env.whole("DISPUTE_DAYS", "30", low=1, high=365)
DISPUTE_HOURS = env.whole("DISPUTE_HOURS", "72", low=1, high=720)
# Copies of a receipt after its original; those in charge may print twice as many.
RECEIPT_COPIES = env.whole("RECEIPT_COPIES", "3", low=0, high=100)
# From so many looks at one code on there is an alarm; prints are not counted.
CODE_LOOKS = env.whole("CODE_LOOKS", "5", low=2, high=100)
RECEIPT_LANGUAGES = env.words("RECEIPT_LANGUAGES", "en,es,fr,pt,ht,ar,ur,hi,bn,fil")
for _code in RECEIPT_LANGUAGES or [""]:
    if _code != "en" and not (BASE_DIR / "locale" / _code / "LC_MESSAGES/django.mo").is_file():
        raise _stop(f"RECEIPT_LANGUAGES names {_code!r}, which has no words in locale/.")
# Where customers reach the public page of a sale; empty: where the counter itself is.
PUBLIC_URL = env.text("PUBLIC_URL").rstrip("/")
if PUBLIC_URL and urlsplit(PUBLIC_URL).scheme not in {"http", "https"}:
    raise _stop(f"PUBLIC_URL must begin with https://, not {PUBLIC_URL!r}.")
# How often one address may look at public pages in a minute.
PUBLIC_LOOKS = env.whole("PUBLIC_LOOKS", "30", low=1, high=10000)
# The share of a provider's list that may be gone without a person's word.
CATALOG_MAX_GONE = env.number("CATALOG_MAX_GONE", "0.3", low=0, high=1)
# The share of what is on sale whose currency, or whose cost by more than the factor, may change.
CATALOG_MAX_CHANGED = env.number("CATALOG_MAX_CHANGED", "0.25", low=0, high=1)
CATALOG_COST_FACTOR = env.number("CATALOG_COST_FACTOR", "1.5", low=1.01, high=1000)
# Languages in which the provider's names are kept beside English.
CATALOG_LANGUAGES = [word.lower() for word in env.words("CATALOG_LANGUAGES", "ar")]
if odd := [word for word in CATALOG_LANGUAGES if not re.fullmatch("[a-z]{2,3}", word)]:
    raise _stop(f"CATALOG_LANGUAGES is a list such as ar,fr; {odd[0]!r} is no language.")
CATALOG_LANGUAGES = [word for word in dict.fromkeys(CATALOG_LANGUAGES) if word != "en"]
# How long a provider may claim not to know an order before we believe it.
ABSENT_AFTER_SECONDS = env.whole("ABSENT_AFTER_SECONDS", "150", low=1, high=86400)
ABSENT_APART_SECONDS = env.whole("ABSENT_APART_SECONDS", "60", low=1, high=3600)
if not PROVIDER_IS_LOOPBACK and (ABSENT_AFTER_SECONDS < 150 or ABSENT_APART_SECONDS < 60):
    raise _stop(
        "ABSENT_AFTER_SECONDS below 150 and ABSENT_APART_SECONDS below 60 are for the "
        "simulator of this machine only."
    )

# --- log, metrics -----------------------------------------------------------
LOG_FORMAT = env.choice("LOG_FORMAT", "text" if EMBEDDED else "json", logs.STYLES)
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", logs.LEVELS)
LOGGING = logs.config(LOG_FORMAT, LOG_LEVEL)
# Who shows it may read the metrics; without it they are not there.
METRICS_TOKEN = env.token("METRICS_TOKEN", least=32)
_secrets = [
    METRICS_TOKEN,
    DATABASES["default"]["PASSWORD"],
    env.text("PGPASSWORD"),  # the Postgres library takes it from there by itself
    urlsplit(REDIS_URL).password or "",
]
logs.hide({SECRET_KEY, *VOUCHER_KEYS, *_secrets, VALUETOPUP_PASSWORD} - {_public})

# --- Django ---------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "pgtrigger",
    "ledger",
    "catalog",
    "topup",
    "portal",
]
MIDDLEWARE = [
    "portal.middleware.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.middleware.never_stored",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "portal.kiosk.kiosk_middleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.acting.acting_middleware",
    "portal.second_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.till.till_middleware",
    "portal.languages.language_middleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
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
                "portal.context.counter",
            ],
        },
    }
]
AUTH_USER_MODEL = "topup.Person"
AUTHENTICATION_BACKENDS = ["portal.brake.BrakedBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
# The demo of the embedded product goes on with a password alone.
ADMIN_SECOND_FACTOR = env.flag(
    "ADMIN_SECOND_FACTOR", default=not (EMBEDDED and SIMULATOR and PROVIDER_IS_LOOPBACK)
)
LOGIN_URL = "session:sign_in"
LOGIN_REDIRECT_URL = "sell:start"
LOGOUT_REDIRECT_URL = "session:sign_in"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"

LANGUAGE_CODE = "en"
# By their own names, in the order in which people choose.
LANGUAGES = [
    ("en", "English"), ("es", "Español"), ("fr", "Français"), ("pt", "Português"),
    ("ht", "Kreyòl Ayisyen"), ("ar", "العربيّة"), ("ur", "اردو"), ("hi", "हिंदी"),
    ("bn", "বাংলা"), ("fil", "Filipino"),
]  # fmt: skip
# Django knows no Filipino; all it says on our pages is in portal/djangowords.py.
LANG_INFO.setdefault(
    "fil", {"bidi": False, "code": "fil", "name": "Filipino", "name_local": "Filipino"}
)
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "portal.formats"  # for languages whose ways Django does not know well
TIME_ZONE = env.zone("TIME_ZONE", "UTC")
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = None if PLAIN_HTTP else BASE_DIR / "staticfiles"  # else served from `static/`
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if PLAIN_HTTP
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = WHITENOISE_AUTOREFRESH = PLAIN_HTTP

SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 12 * 3600
CSRF_COOKIE_HTTPONLY = True
SECURE_REFERRER_POLICY = "same-origin"
# No form of ours is large. Only the proof of a deposit has a file, with a handler of its own;
# what a stranger sends is not kept on the disk.
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_MAX_MEMORY_SIZE = 0
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
if not PLAIN_HTTP:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    # A browser takes these from this very site alone: no neighbour can plant one.
    SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "__Host-session", "__Host-csrf"

# --- Celery: the database row is the truth, a message is only a nudge -------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_ACKS_LATE = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
    # A page that nudges a worker does not wait for a broker that is away (else 6 s).
    "max_retries": 0,
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
