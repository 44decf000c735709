"""The charge of a consolidation by tax, voided and sealed. Plain SQL in parcel_void.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "parcel_void.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0026_parcel_models")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
