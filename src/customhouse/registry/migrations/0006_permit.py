"""Permits of the border agencies. Plain SQL in permit.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "permit.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0005_manifest")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
