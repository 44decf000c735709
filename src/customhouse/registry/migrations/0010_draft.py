"""Unfinished declarations, saved field by field, papers, what simplified ones owe. Plain SQL in draft.sql, paper.sql, supplementary.sql."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).resolve().parents[1]
SQL = (HERE / "draft.sql").read_text() + (HERE / "paper.sql").read_text()
SQL += (HERE / "supplementary.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0007_treasury")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
