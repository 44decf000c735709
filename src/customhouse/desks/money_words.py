"""The words of the desks for the books: accounts, events, claims, in every language."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from customhouse.record.account import AccountKind as K

ACCOUNTS = {
    K.CASH: _("Cash in the drawer"),
    K.BANK: _("Money at the bank"),
    K.AWAITED: _("Announced, not arrived yet"),
    K.PROVIDER: _("At payment providers"),
    K.RECEIVABLE: _("Owed on declarations"),
    K.DEFERMENT: _("Deferred by traders"),
    K.GUARANTOR: _("Called from guarantors"),
    K.UNALLOCATED: _("Received, not placed yet"),
    K.REFUND: _("Refunds ordered"),
    K.DRAWBACK: _("Drawback granted"),
    K.PAYOUT: _("Sent to the bank"),
    K.REVENUE: _("Revenue assessed"),
    K.BANK_CHARGE: _("Charges of the bank"),
    K.GUARANTEE: _("Guarantees reserved"),
    K.SECURED: _("Secured by guarantees"),
}
FACILITIES = {K.DEFERMENT: _("Deferment account"), K.GUARANTEE: _("Guarantee account")}
EVENTS = {
    "assessed": _("Duties assessed and due"),
    "amended": _("Duties assessed anew"),
    "invalidated": _("Declaration invalidated"),
    "taken_over": _("Parcel has a file of its own"),
    "paid_cash": _("Paid in cash"),
    "paid_announced": _("Paid by transfer or card"),
    "paid_online": _("Paid online"),
    "paid_bank": _("Paid from money at the bank"),
    "paid_with_consolidation": _("Paid with its consolidation"),
    "deferred": _("Charged to the deferment account"),
    "settled_cash": _("Deferment settled in cash"),
    "settled_online": _("Deferment settled online"),
    "settled_bank": _("Deferment settled from the bank"),
    "guaranteed": _("Reserved of the guarantee"),
    "guarantee_released": _("Guarantee released"),
    "guarantee_called": _("Guarantee called"),
    "guarantor_paid": _("Guarantor paid"),
    "received": _("Received at the bank"),
    "arrived": _("Announced payment arrived"),
    "overpaid_online": _("Paid twice online"),
    "banked": _("Cash of the drawer"),
    "provider_paid": _("Payout of a payment provider"),
    "returned": _("Sent back to the payer"),
    "paid_out": _("Paid out by the bank"),
    "bank_charge": _("Charge of the bank"),
    "refund": _("Refund granted"),
    "repayment": _("Repayment granted"),
    "refund_sent": _("Refund sent to the bank"),
    "drawback": _("Drawback granted"),
    "drawback_sent": _("Drawback sent to the bank"),
}
# What a payment came in by, for takings and receipts.
WAYS = {
    "paid_cash": _("Cash"),
    "paid_announced": _("Transfer or card, announced"),
    "paid_online": _("Online"),
    "paid_bank": _("Bank transfer"),
    "paid_with_consolidation": _("With its consolidation"),
    "settled_cash": _("Cash, for deferment"),
    "settled_online": _("Online, for deferment"),
    "settled_bank": _("Bank transfer, for deferment"),
}
CLAIMS = {"refund": _("Refund"), "drawback": _("Drawback"), "repayment": _("Repayment of an overpayment")}
STATES = {
    "asked": pgettext_lazy("claim", "asked"),
    "granted": pgettext_lazy("claim", "granted"),
    "refused": pgettext_lazy("claim", "refused"),
    "sent": pgettext_lazy("claim", "sent to the bank"),
}
# Why the limit of an account cannot be set so.
LIMITS = {
    "there is no trader of this number": _("There is no trader of this number"),
    "the number of an account is written in capital letters, digits and dashes": _(
        "The number of an account is written in capital letters, digits and dashes"
    ),
    "the trader has an account of this number already": _("The trader has an account of this number already"),
    "the trader has no account of this number": _("The trader has no account of this number"),
    "an account is opened with a limit above zero": _("An account is opened with a limit above zero"),
    "a limit needs a reason": _("A limit needs a reason"),
    "a limit is not below zero": _("A limit is not below zero"),
    "somebody else changed the limit in the meantime": _("Somebody else changed the limit in the meantime; look again"),
    "the limit cannot be lower than what is drawn already": _(
        "The limit cannot be lower than what is used already; an account is closed when that is paid or discharged"
    ),
}
# Where the cashier may put money that is for no debt.
ELSEWHERE = {"banked": EVENTS["banked"], "provider_paid": EVENTS["provider_paid"], "returned": EVENTS["returned"]}
# Why a claim, or a step of it, is not possible.
REFUSALS = {
    "somebody else decides a claim than who made it": _("Somebody else decides a claim than who made it"),
    "the claim has been decided": _("The claim has been decided already"),
    "money is claimed back when a declaration is released or invalidated": _(
        "Money is claimed back when the declaration is released or invalidated"
    ),
    "a claim needs a reason": _("A claim needs a reason"),
    "a decision needs a reason": _("A decision needs a reason"),
    "what is due has not been paid": _("What is due has not been paid yet"),
    "more is claimed than is left of what was paid": _("More is claimed than is left of what was paid"),
    "there is nothing to claim back": _("There is nothing to claim back"),
    "only a granted claim that was not sent yet is paid out": _(
        "Only a granted claim that was not sent yet is paid out"
    ),
}
