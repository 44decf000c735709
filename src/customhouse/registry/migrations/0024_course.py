"""One place in the record for all that is kept of the past. Plain SQL in course.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "course.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0019_parcel")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
