"""Parcels rest in columnar segments, and only in them. Plain SQL in segment.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "segment.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0019_parcel")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
