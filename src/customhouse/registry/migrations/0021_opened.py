"""Files of parcels opened afterwards: what waits, and what could not be opened. Plain SQL in opened.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "opened.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0020_segment")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
