"""Watch lists, every version for ever. Plain SQL in watch_list.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "watch_list.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0012_guards")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
