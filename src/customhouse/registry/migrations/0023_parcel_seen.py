"""Consolidations side by side: each counts what had been stored when it was begun. Plain SQL in parcel_seen.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "parcel_seen.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0022_upload")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
