"""Cargo reports, their transport documents, and the declarations that ask for their goods. Plain SQL in manifest.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "manifest.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0008_access")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
