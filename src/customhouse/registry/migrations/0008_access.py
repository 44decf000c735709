"""Who sees which row: the reader's functions, whose a declaration is, the policies. Plain SQL in access.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "access.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_people")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
