"""Drafts of law that are tried. Plain SQL in law_draft.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "law_draft.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0027_parcel_void")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
