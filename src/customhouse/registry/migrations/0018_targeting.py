"""Past trade as a targeting officer asks for it, and draws over lists. Plain SQL in traffic.sql."""

from pathlib import Path

from django.db import migrations

SQL = (Path(__file__).resolve().parents[1] / "traffic.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("registry", "0017_outcome")]
    operations = [migrations.RunSQL(SQL, migrations.RunSQL.noop)]
