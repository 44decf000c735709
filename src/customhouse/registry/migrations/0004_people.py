"""Accounts of traders, carriers, agencies and administrators; the office or agency of an officer."""

from django.db import migrations, models

ROLES = (
    "broker", "trader", "carrier", "agency", "officer", "examiner", "cashier", "supervisor", "auditor", "administrator",
)  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("registry", "0003_balance")]
    operations = [
        migrations.AddField("user", "office", models.CharField(max_length=8, blank=True, default="")),
        migrations.AddField("user", "agency", models.CharField(max_length=12, blank=True, default="")),
        migrations.AlterField("user", "role", models.CharField(max_length=20, choices=[(r, r) for r in ROLES])),
    ]
