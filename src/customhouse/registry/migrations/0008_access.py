"""Who sees which row: the reader's functions, whose a declaration is, the policies. Plain SQL in access.sql; what was
read, what happened to accounts, and who authorised whom in reads.sql."""

from pathlib import Path

from django.db import migrations

HERE = Path(__file__).resolve().parents[1]


class Migration(migrations.Migration):
    dependencies = [("registry", "0004_people")]
    operations = [
        migrations.RunSQL((HERE / name).read_text(), migrations.RunSQL.noop) for name in ("access.sql", "reads.sql")
    ]
