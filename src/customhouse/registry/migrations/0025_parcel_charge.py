"""What is due on the parcels of a consolidation as one charge. Plain SQL in parcel_charge.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "parcel_charge.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0024_course")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
