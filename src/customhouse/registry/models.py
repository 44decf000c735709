"""People and what they are told. The register of declarations itself is plain SQL (migration 0001), written by `files`."""

from __future__ import annotations

from django.contrib.auth.models import AbstractUser
from django.db import models

from customhouse.record.declaration import Role


class Trader(models.Model):
    """A person or company that declares, imports or exports; `number` is its EORI or TIN."""

    number = models.CharField(max_length=35, unique=True)
    name = models.CharField(max_length=140)
    country = models.CharField(max_length=2, blank=True)
    address = models.CharField(max_length=250, blank=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.number})"


class User(AbstractUser):
    """An account: one role; for people of the trade the trader they act for, for officers their office or agency.

    `office` is a customs office of the law (empty: all of them), `agency` the code of another border agency.
    """

    role = models.CharField(max_length=20, choices=[(r.value, r.value) for r in Role if r is not Role.SYSTEM])
    trader = models.ForeignKey(Trader, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    office = models.CharField(max_length=8, blank=True, default="")
    agency = models.CharField(max_length=12, blank=True, default="")
    language = models.CharField(max_length=5, default="en")


class ApiToken(models.Model):
    """A bearer token of a trader's software; only its SHA-256 is kept."""

    digest = models.CharField(max_length=64, unique=True)
    label = models.CharField(max_length=80)
    trader = models.ForeignKey(Trader, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    revoked = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return self.label


class Notice(models.Model):
    """Something a declarant is told; one per declaration and act, however often the job runs."""

    declaration = models.BigIntegerField()
    act = models.IntegerField()
    declarant = models.CharField(max_length=35, db_index=True)
    text = models.CharField(max_length=500)
    at = models.DateTimeField(auto_now_add=True)
    read = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["declaration", "act"], name="one_notice_per_act")]

    def __str__(self) -> str:
        return self.text
