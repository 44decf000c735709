"""The pages and their addresses."""

from django.urls import path

from customhouse.desks.views import board, consignment, law, lists, lodge, session, software, tariff

urlpatterns = [
    path("", session.home, name="home"),
    path("healthz", session.healthz, name="healthz"),
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("language", session.language, name="language"),
    path("worklist", lists.work, name="worklist"),
    path("declarations", lists.declarations, name="declarations"),
    path("notices", lists.notices, name="notices"),
    path("software", software.show, name="software"),
    path("software/clients", software.client, name="client"),
    path("software/webhooks", software.webhook, name="webhooks"),
    path("software/webhook", software.show_webhook, name="webhook"),
    path("lodge", lodge.form, name="lodge"),
    path("lodge/files", lodge.upload, name="upload"),
    path("tariff", tariff.look_up, name="tariff"),
    path("declaration/<str:key>", consignment.show, name="declaration"),
    path("declaration/<int:number>/message", consignment.message, name="message"),
    path("declaration/<int:number>/amend", lodge.amendment, name="amend"),
    path("declaration/<int:number>/amend/file", lodge.amend_file, name="amend-file"),
    path("declaration/<int:number>/act/<str:name>", consignment.act, name="act"),
    path("board", board.show, name="board"),
    path("law", law.show, name="law"),
]
