"""Django's settings, worked out from `options.TABLE` and the data directory."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from customhouse.house.options import is_on, looks, second_factor, setting
from customhouse.house.paths import data_dir, secret
from customhouse.law.pack import country_directory
from customhouse.registry import bookcase, reader
from customhouse.registry import secret as register_secrets


def database(url: str) -> dict[str, Any]:
    """Django's view of a PostgreSQL URL (host may be a socket directory in the query)."""
    parts = urlsplit(url)
    query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
    return {
        "ENGINE": "customhouse.registry.postgresql",
        "NAME": parts.path.lstrip("/") or "customhouse",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 24, "timeout": 10, "reset": reader.forget}, **query},
    }


def ens_rules() -> Path | None:
    """The rules for entry summary declarations: those named, else those of the country pack."""
    if named := setting("CUSTOMHOUSE_ENS_RULES"):
        return Path(named)
    country = Path(setting("CUSTOMHOUSE_COUNTRY"))
    try:
        place = (country if country.is_dir() else country_directory(str(country))) / "ens_rules.json"
    except FileNotFoundError:
        return None
    return place if place.is_file() else None


register_secrets.use(secret)
bookcase.use(data_dir() / "books")

DEBUG = False
LOG_ORIGIN = setting("CUSTOMHOUSE_LOG_ORIGIN")
SECRET_KEY = secret("django").hex()
LOOKS = looks()
ENS_RULES, ENS_SENDER = ens_rules(), setting("CUSTOMHOUSE_ENS_SENDER")
SELECTED_FOLDER = data_dir() / "selected"  # columns that back-tests read (stream.trials)
LOOK_MINUTES = int(setting("CUSTOMHOUSE_LOOK_MINUTES"))
UPLOADS = Path(setting("CUSTOMHOUSE_UPLOADS") or data_dir() / "uploads")
UPLOAD_MAX_BYTES, UPLOAD_DAYS = int(setting("CUSTOMHOUSE_UPLOAD_MAX_BYTES")), int(setting("CUSTOMHOUSE_UPLOAD_DAYS"))
BULK_PARCELS = int(setting("CUSTOMHOUSE_BULK_PARCELS"))
SHADOW_DAYS = int(setting("CUSTOMHOUSE_SHADOW_DAYS"))
ALLOWED_HOSTS = [h.strip() for h in setting("CUSTOMHOUSE_ALLOWED_HOSTS").split(",")]
ROOT_URLCONF = "customhouse.house.urls"
INSTALLED_APPS = [
    "customhouse.registry",
    "customhouse.desks",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "procrastinate.contrib.django",
    "ninja",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "axes",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "customhouse.desks.csp.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "customhouse.desks.reading.ReaderMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "customhouse.desks.context.desk",
            ]
        },
    }
]
DATABASES = {"default": database(os.environ.get("CUSTOMHOUSE_DATABASE_URL", "postgresql:///customhouse"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "registry.User"
CSRF_FAILURE_VIEW = "customhouse.desks.errors.forged"
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "sign-in", "home", "sign-in"
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
# Lock-out, kept in the database so that every process knows it and a restart forgets nothing: five failures of a name from
# one address close it there for a quarter of an hour, so that nobody can lock out another person from elsewhere.
AXES_FAILURE_LIMIT, AXES_COOLOFF_TIME = 5, timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS, AXES_DISABLE_ACCESS_LOG, AXES_VERBOSE = True, True, False
AXES_LOCKOUT_CALLABLE = "customhouse.desks.views.session.locked_out"
AXES_CLIENT_IP_CALLABLE = "customhouse.desks.audit.address"
# Second factors (desks.views.account). Their attempts are limited by allauth, counted where every process sees it.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "shared_cache"}}
ACCOUNT_LOGIN_METHODS, ACCOUNT_EMAIL_VERIFICATION = {"username"}, "none"
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_RATE_LIMITS = {"login_failed": "10/5m/key", "reauthenticate": "10/5m/user"}
CUSTOMHOUSE_SECOND_FACTOR = second_factor()
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_ADAPTER = "customhouse.desks.second_factor.Adapter"
MFA_TOTP_ISSUER, MFA_TOTP_TOLERANCE = "Customhouse", 1
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = is_on("CUSTOMHOUSE_HTTPS")
SESSION_COOKIE_AGE = 12 * 3600
if is_on("CUSTOMHOUSE_HTTPS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = int(setting("CUSTOMHOUSE_MAX_BYTES"))
DATA_UPLOAD_MAX_NUMBER_FIELDS = 60_000  # the form of a declaration of 999 items with its documents
SANDBOX = is_on("CUSTOMHOUSE_SANDBOX")
STAND_IN_PROVIDER = SANDBOX or is_on(
    "CUSTOMHOUSE_DEMO"
)  # of payments; in a real house no debt is paid by a page of ours
WEBHOOK_PRIVATE = is_on("CUSTOMHOUSE_WEBHOOK_PRIVATE")
WEBHOOK_DELAYS = tuple(float(one) for one in setting("CUSTOMHOUSE_WEBHOOK_DELAYS").split(","))
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
REASONS_OF_PARCELS = "customhouse.desks.explain.parcels.Reasons"
"""Who says reasons of parcels in a language, for the rooms that have no words of their own (`clearance.job`)."""
LOCALE_PATHS = [Path(__file__).resolve().parents[1] / "desks" / "locale"]
USE_TZ, TIME_ZONE = True, "UTC"
STATIC_URL = "/static/"
STATIC_ROOT = data_dir() / "static"
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"out": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["out"], "level": "WARNING"},
}
