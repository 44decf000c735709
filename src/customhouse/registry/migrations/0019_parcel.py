"""Parcels: consolidations, their rows, what could not be read. Plain SQL in parcel.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "parcel.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0018_targeting")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
