"""Decisions about parties on watch lists, and who is the same trader. Plain SQL in party.sql and entity.sql."""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).resolve().parents[1]
SQL = "".join((FOLDER / name).read_text() for name in ("party.sql", "entity.sql"))


class Migration(migrations.Migration):
    dependencies = [("registry", "0013_watch_list")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
