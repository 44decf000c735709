"""One place in the record for all that is kept of the past, and outcomes counted by day. Plain SQL in course.sql and outcome_day.sql."""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).resolve().parents[1]
SQL = (FOLDER / "course.sql").read_text() + (FOLDER / "outcome_day.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0023_parcel_seen")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
