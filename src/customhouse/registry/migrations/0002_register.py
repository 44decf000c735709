"""The register: declarations, entries, the log, the law. Plain SQL in register.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "register.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0001_initial")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
