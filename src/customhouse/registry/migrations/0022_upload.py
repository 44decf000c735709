"""Consolidations handed in over HTTP, and what officers order in them. Plain SQL in upload.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "upload.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0021_opened")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
