"""Outcomes of selection, folded from the record. Plain SQL in outcome.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "outcome.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0016_model")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
