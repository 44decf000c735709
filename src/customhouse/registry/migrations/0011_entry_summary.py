"""Entry summary declarations with their steps. Plain SQL in entry_summary.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "entry_summary.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0010_draft")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
