"""Officers' criteria: versions, what happened to them, and the sets that lanes were decided on. Plain SQL in criterion.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "criterion.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0014_identity")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
