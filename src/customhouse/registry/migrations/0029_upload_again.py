"""Uploads whose clearing stopped are tried again after a pause. Plain SQL in upload_again.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "upload_again.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0028_law_draft")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
