"""The pages and their addresses."""

from django.urls import path

from customhouse.desks.views import account, board, consignment, law, lists, lodge, session, tariff, treasury

urlpatterns = [
    path("", session.home, name="home"),
    path("healthz", session.healthz, name="healthz"),
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("language", session.language, name="language"),
    path("worklist", lists.work, name="worklist"),
    path("declarations", lists.declarations, name="declarations"),
    path("notices", lists.notices, name="notices"),
    path("lodge", lodge.form, name="lodge"),
    path("lodge/files", lodge.upload, name="upload"),
    path("tariff", tariff.look_up, name="tariff"),
    path("declaration/<str:key>", consignment.show, name="declaration"),
    path("declaration/<int:number>/message", consignment.message, name="message"),
    path("declaration/<int:number>/amend", lodge.amendment, name="amend"),
    path("declaration/<int:number>/amend/file", lodge.amend_file, name="amend-file"),
    path("declaration/<int:number>/act/<str:name>", consignment.act, name="act"),
    path("treasury", treasury.show, name="treasury"),
    path("treasury/bank", treasury.bank_file, name="bank-file"),
    path("treasury/entry", treasury.entry, name="bank-entry"),
    path("treasury/months", treasury.months, name="deferment-months"),
    path("treasury/claim", treasury.claim, name="decide-claim"),
    path("order", treasury.payment_order, name="payment-order"),
    path("receipt", treasury.receipt, name="receipt"),
    path("account", account.show, name="account"),
    path("account/order", account.make_order, name="make-order"),
    path("account/pay", account.pay, name="pay-order"),
    path("account/statement", account.statement, name="statement"),
    path("account/claim", account.claim, name="claim"),
    path("pay", account.provider_page, name="provider-page"),
    path("payments/callback/<str:name>", account.callback, name="payment-callback"),
    path("board", board.show, name="board"),
    path("law", law.show, name="law"),
]
