"""Django's settings, worked out from `options.TABLE` and the data directory."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from customhouse.house.options import is_on, setting
from customhouse.house.paths import data_dir, secret
from customhouse.registry import bookcase
from customhouse.registry import secret as register_secrets


def database(url: str) -> dict[str, Any]:
    """Django's view of a PostgreSQL URL (host may be a socket directory in the query)."""
    parts = urlsplit(url)
    query = {k: v[-1] for k, v in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": parts.path.lstrip("/") or "customhouse",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.pop("host", parts.hostname or ""),
        "PORT": str(parts.port or query.pop("port", "")),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 10, "timeout": 10}, **query},
    }


register_secrets.use(secret)
bookcase.use(data_dir() / "books")

DEBUG = False
SECRET_KEY = secret("django").hex()
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
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
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
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = is_on("CUSTOMHOUSE_HTTPS")
SESSION_COOKIE_AGE = 12 * 3600
if is_on("CUSTOMHOUSE_HTTPS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = FILE_UPLOAD_MAX_MEMORY_SIZE = int(setting("CUSTOMHOUSE_MAX_BYTES"))
SANDBOX = is_on("CUSTOMHOUSE_SANDBOX")
WEBHOOK_PRIVATE = is_on("CUSTOMHOUSE_WEBHOOK_PRIVATE")
WEBHOOK_DELAYS = tuple(float(one) for one in setting("CUSTOMHOUSE_WEBHOOK_DELAYS").split(","))
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "Français")]
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
