"""Shared balances and their movements. Plain SQL in balance.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "balance.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0002_register")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
