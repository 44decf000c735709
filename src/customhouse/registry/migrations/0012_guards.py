"""Who is shown which rows of the rooms of the single window. Plain SQL in guards.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "guards.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0009_api")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
