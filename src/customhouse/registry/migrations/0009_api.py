"""Clients of the API, idempotency keys, webhooks. Plain SQL in api.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "api.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0011_entry_summary")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
