"""The settings of the house: environment variables CUSTOMHOUSE_*, with defaults that run it on one machine.

`TABLE` is the one list of them; docs/settings.md is made from it and a test holds the two together. This module may be read
before Django is, and before the database has an address.
"""

from __future__ import annotations

import os

# name, default, what it does
TABLE: tuple[tuple[str, str, str], ...] = (
    ("CUSTOMHOUSE_DATA", "", "Data directory: database, logs, secrets, files of published Books, past trade in columns. Empty: `var/` beside the launcher, else the user's data directory"),
    ("CUSTOMHOUSE_DATABASE_URL", "", "PostgreSQL to use as the application role. Empty: the embedded server in the data directory"),
    ("CUSTOMHOUSE_OWNER_DATABASE_URL", "", "The same database as the role that owns the tables, for migrations. Empty: as above"),
    ("CUSTOMHOUSE_POSTGRES_BIN", "", "Directory with the PostgreSQL programs (15 or later) of the embedded server. Empty: those of the installed wheel"),
    ("CUSTOMHOUSE_HOST", "127.0.0.1", "Address the web application listens on"),
    ("CUSTOMHOUSE_PORT", "8400", "Port of the web application"),
    ("CUSTOMHOUSE_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "Host names the web application answers to, with commas"),
    ("CUSTOMHOUSE_HTTPS", "off", "on: cookies are sent over HTTPS only (behind a proxy that ends TLS)"),
    ("CUSTOMHOUSE_DEMO", "on", "on: demo accounts and simulated trade; off: a bare house"),
    ("CUSTOMHOUSE_SECOND_FACTOR", "", "Who needs a second factor (code or passkey) to work: off, staff (officers, agencies, auditors, administrators) or all. Empty: off in a demo house, staff otherwise"),
    ("CUSTOMHOUSE_SANDBOX", "off", "on: a house for makers of software to try theirs against, with a database of its own; `up --sandbox` sets it"),
    ("CUSTOMHOUSE_COUNTRY", "meridia", "Country pack that `up` publishes when no law is published yet"),
    ("CUSTOMHOUSE_LOG_ORIGIN", "meridia.example/customs", "Name of the Merkle log in its checkpoints"),
    ("CUSTOMHOUSE_MAX_BYTES", "10485760", "Largest message taken, in bytes"),
    ("CUSTOMHOUSE_UPLOADS", "", "Folder in which consolidations lie while they are handed in, the same for every web and worker process. Empty: `uploads/` in the data directory"),
    ("CUSTOMHOUSE_UPLOAD_MAX_BYTES", "21474836480", "Largest file with a consolidation, in bytes"),
    ("CUSTOMHOUSE_UPLOAD_DAYS", "3", "Days after which a file that nobody goes on handing in is forgotten"),
    ("CUSTOMHOUSE_PARCEL_WORKERS", "", "Worker processes that `parcels clear` judges a file with; 0: none, all in one process. Empty: one for each core, at most 4, for files of 100,000 rows and more"),
    ("CUSTOMHOUSE_BULK_PARCELS", "200", "So many parcels an officer decides on at once with one confirmation; for more the number is typed as well"),
    ("CUSTOMHOUSE_SHADOW_DAYS", "7", "Days that an officer's rule stands in the shadow before it is approved without a reason of emergency"),
    ("CUSTOMHOUSE_ENS_SENDER", "CUSTOMS.XM", "Name of customs as the sender of answers to entry summary declarations"),
    ("CUSTOMHOUSE_ENS_RULES", "", "File or folder with rules for entry summary declarations. Empty: `ens_rules.json` of the country pack, where it has one"),
    ("CUSTOMHOUSE_LOOKS", "40", "How many consignments an office can look at in a day; others than the usual number by office: `40,XM000010=25`"),
    ("CUSTOMHOUSE_WEBHOOK_PRIVATE", "off", "on: webhooks may go to private addresses and over http; for tests at home only"),
    ("CUSTOMHOUSE_WEBHOOK_DELAYS", "5,30,120,600,1800,3600,7200,14400,28800,43200", "Seconds before a webhook message is tried the second time, the third ..."),
    ("CUSTOMHOUSE_WCO_SCHEMA", "", "Directory with WCO DEC schemas; XML at the intake is validated against them when given"),
)  # fmt: skip
PARENT = "CUSTOMHOUSE_PARENT"  # the supervisor of this process; set by it, for its children only
DEFAULTS = {name: default for name, default, _ in TABLE}


def setting(name: str) -> str:
    """The value of a setting in TABLE. Raises KeyError for one that is not in it."""
    return os.environ.get(name) or DEFAULTS[name]


def second_factor() -> str:
    """Who needs a second factor: `off`, `staff` or `all`. Raises ValueError for another word."""
    chosen = setting("CUSTOMHOUSE_SECOND_FACTOR").lower() or ("off" if is_on("CUSTOMHOUSE_DEMO") else "staff")
    if chosen not in ("off", "staff", "all"):
        raise ValueError(f"CUSTOMHOUSE_SECOND_FACTOR is {chosen}; it is off, staff or all")
    return chosen


def parcel_workers(rows: int) -> int:
    """How many worker processes judge a file of so many rows. Raises ValueError for what is no number."""
    if told := setting("CUSTOMHOUSE_PARCEL_WORKERS"):
        if not told.isdecimal():
            raise ValueError(f"CUSTOMHOUSE_PARCEL_WORKERS is {told}; it is a whole number, 0 for none")
        return int(told)
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(cores, 4) if cores > 1 and rows >= 100_000 and hasattr(os, "fork") else 0


def looks() -> dict[str, int]:
    """How many looks an office has in a day: by office, "" for any other. Raises ValueError for what is no number."""
    told = {}
    for part in setting("CUSTOMHOUSE_LOOKS").split(","):
        office, _, number = part.strip().rpartition("=")
        if not (number.isascii() and number.isdigit() and len(number) < 7):
            raise ValueError(f"CUSTOMHOUSE_LOOKS: {part.strip()!r} is no number of looks; write 40 or 40,XM000010=25")
        told[office.strip()] = int(number)
    return {"": 0, **told}


def is_on(name: str) -> bool:
    return setting(name).lower() in ("on", "yes", "true", "1")
