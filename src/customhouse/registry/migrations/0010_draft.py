"""Unfinished declarations, saved field by field. Plain SQL in draft.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "draft.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_treasury")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
