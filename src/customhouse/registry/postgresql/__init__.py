"""Django's PostgreSQL with a reader on every connection."""
