"""Settings, all from the environment, with defaults for the embedded product.

A bad value stops start-up with one clear line. With no `DATABASE_URL` the
product runs on what `manage.py up` started and wrote to `.data/embedded.json`.
"""

import json
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
DATA_DIR = Path(env("DATA_DIR", default=str(BASE_DIR / ".data")))


def _embedded() -> dict[str, str]:
    """What `manage.py up` started: addresses and keys, or nothing."""
    path = DATA_DIR / "embedded.json"
    return json.loads(path.read_text()) if path.exists() else {}


def _stop(text: str) -> ImproperlyConfigured:
    return ImproperlyConfigured(text)


def _number(name: str, default: str, *, low: float, high: float) -> float:
    text = env(name, default=default)
    try:
        value = float(text)
    except ValueError:
        raise _stop(f"{name} must be a number, not {text!r}.") from None
    if not low <= value <= high:
        raise _stop(f"{name} must be between {low:g} and {high:g}, not {text}.")
    return value


def is_loopback(url: str) -> bool:
    """True if the address can only be this machine."""
    host = urlsplit(url).hostname or ""
    return host in {"localhost", "::1"} or host.startswith("127.")


EMBEDDED = "DATABASE_URL" not in env.ENVIRON
_local = _embedded() if EMBEDDED else {}
DEBUG = env.bool("DEBUG", default=False)

SECRET_KEY = env("SECRET_KEY", default=_local.get("secret_key", ""))
VOUCHER_KEYS = env.list("VOUCHER_KEYS", default=_local.get("voucher_keys", "").split() or [])
if EMBEDDED and not SECRET_KEY:
    SECRET_KEY = "not-running-yet"  # noqa: S105  commands that need no data work without `up`
if not SECRET_KEY:
    raise _stop(
        "SECRET_KEY is not set. Make one: "
        "python -c 'import secrets; print(secrets.token_urlsafe(50))'"
    )
if not EMBEDDED and not VOUCHER_KEYS:
    raise _stop("VOUCHER_KEYS is not set. Make one: manage.py make_voucher_key")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

# --- database -------------------------------------------------------------
DATABASE_URL = env("DATABASE_URL", default=_local.get("database_url", "postgresql:///not-running"))
try:
    _dsn = conninfo_to_dict(DATABASE_URL)
except Exception as error:
    raise _stop(f"DATABASE_URL cannot be read: {error}".strip()) from None
DATABASE_POOL = env.bool("DATABASE_POOL", default=False)
DATABASES: dict[str, Any] = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _dsn.pop("dbname", ""),
        "USER": _dsn.pop("user", ""),
        "PASSWORD": _dsn.pop("password", ""),
        "HOST": _dsn.pop("host", ""),
        "PORT": _dsn.pop("port", ""),
        "CONN_MAX_AGE": 0,
        "OPTIONS": dict(_dsn)
        | ({"pool": {"min_size": 2, "max_size": 8, "timeout": 10}} if DATABASE_POOL else {}),
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- broker, cache --------------------------------------------------------
REDIS_URL = env("REDIS_URL", default=_local.get("redis_url", "redis://127.0.0.1:6379/0"))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL.replace("redis+socket://", "unix://"),
    }
}

# --- the provider ---------------------------------------------------------
VALUETOPUP_BASE_URL = env(
    "VALUETOPUP_BASE_URL", default=_local.get("provider_url", "http://127.0.0.1:8099/api/v2")
).rstrip("/")
VALUETOPUP_USER_ID = env("VALUETOPUP_USER_ID", default="simulator")
VALUETOPUP_PASSWORD = env("VALUETOPUP_PASSWORD", default="simulator")
VALUETOPUP_WALLET_CURRENCY = env("VALUETOPUP_WALLET_CURRENCY", default="USD")
VALUETOPUP_TERMS = env("VALUETOPUP_TERMS", default="prepaid")
VALUETOPUP_ESTIMATE_PATH = env("VALUETOPUP_ESTIMATE_PATH", default="transaction/estimatecost")
if urlsplit(VALUETOPUP_BASE_URL).scheme not in {"http", "https"}:
    raise _stop(f"VALUETOPUP_BASE_URL must begin with https://, not {VALUETOPUP_BASE_URL!r}.")
PROVIDER_IS_LOOPBACK = is_loopback(VALUETOPUP_BASE_URL)
if not PROVIDER_IS_LOOPBACK:
    if urlsplit(VALUETOPUP_BASE_URL).scheme != "https":
        raise _stop("VALUETOPUP_BASE_URL must be https:// unless it is this machine.")
    if VALUETOPUP_USER_ID == "simulator" or VALUETOPUP_PASSWORD == "simulator":  # noqa: S105
        raise _stop("VALUETOPUP_USER_ID and VALUETOPUP_PASSWORD are not set.")
if len(VALUETOPUP_WALLET_CURRENCY) != 3 or not VALUETOPUP_WALLET_CURRENCY.isupper():
    raise _stop("VALUETOPUP_WALLET_CURRENCY must be three capital letters, such as USD.")
if VALUETOPUP_TERMS not in {"prepaid", "credit"}:
    raise _stop("VALUETOPUP_TERMS must be prepaid or credit.")

# --- selling --------------------------------------------------------------
QUOTE_SECONDS = int(_number("QUOTE_SECONDS", "180", low=10, high=3600))
DEFAULT_MARKUP_PERCENT = _number("DEFAULT_MARKUP_PERCENT", "8", low=0, high=500)
DEFAULT_COMMISSION_SHARE = _number("DEFAULT_COMMISSION_SHARE", "50", low=0, high=100)
LOW_BALANCE = _number("LOW_BALANCE", "100", low=0, high=1e9)  # at the provider: alarm below
# How long a provider may claim not to know an order before we believe it.
ABSENT_AFTER_SECONDS = int(_number("ABSENT_AFTER_SECONDS", "150", low=1, high=86400))
ABSENT_APART_SECONDS = int(_number("ABSENT_APART_SECONDS", "60", low=1, high=3600))
if not PROVIDER_IS_LOOPBACK and (ABSENT_AFTER_SECONDS < 150 or ABSENT_APART_SECONDS < 60):
    raise _stop(
        "ABSENT_AFTER_SECONDS below 150 and ABSENT_APART_SECONDS below 60 are for the "
        "simulator only."
    )

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
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
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
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_URL = "session:sign_in"
LOGIN_REDIRECT_URL = "sell:start"
LOGOUT_REDIRECT_URL = "session:sign_in"

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = env("TIME_ZONE", default="UTC")
USE_TZ = True

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = BASE_DIR / "staticfiles"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if EMBEDDED
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = EMBEDDED

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
SECURE_REFERRER_POLICY = "same-origin"
if not EMBEDDED and not env.bool("PLAIN_HTTP", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SECURE_REDIRECT_EXEMPT = [r"^health/"]
    SECURE_HSTS_SECONDS = 31536000
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True

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
}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TIMEZONE = "UTC"
