"""The books of the treasury. Plain SQL in treasury.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "treasury.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_permit")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
