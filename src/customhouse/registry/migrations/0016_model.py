"""What is known of actors, and targeting models with what was decided about them. Plain SQL in actors.sql and targeting.sql."""

from pathlib import Path

from django.db import migrations

FOLDER = Path(__file__).resolve().parents[1]
SQL = (FOLDER / "actors.sql").read_text() + (FOLDER / "targeting.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0015_criterion")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
