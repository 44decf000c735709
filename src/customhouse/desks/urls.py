"""The pages and their addresses."""

from django.urls import path

from customhouse.desks.views import (
    board,
    consignment,
    drafts,
    law,
    lists,
    lodge,
    papers,
    problems,
    session,
    supplementary,
    tariff,
)

urlpatterns = [
    path("", session.home, name="home"),
    path("healthz", session.healthz, name="healthz"),
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("stay", session.stay, name="stay"),
    path("language", session.language, name="language"),
    path("worklist", lists.work, name="worklist"),
    path("declarations", lists.declarations, name="declarations"),
    path("notices", lists.notices, name="notices"),
    path("lodge", lodge.form, name="lodge"),
    path("lodge/offline.html", lodge.offline_form, name="offline-form"),
    path("lodge/files", lodge.upload, name="upload"),
    path("drafts", drafts.show, name="drafts"),
    path("drafts/<str:key>/fields", drafts.save, name="draft-save"),
    path("drafts/<str:key>/drop", drafts.drop, name="draft-drop"),
    path("drafts/<str:key>/template", drafts.template, name="draft-template"),
    path("supplementary", supplementary.show, name="supplementary"),
    path("tariff", tariff.look_up, name="tariff"),
    path("declaration/<str:key>", consignment.show, name="declaration"),
    path("declaration/<int:number>/message", consignment.message, name="message"),
    path("declaration/<int:number>/papers", papers.add, name="papers"),
    path("declaration/<int:number>/paper", papers.take, name="paper"),
    path("declaration/<int:number>/amend", lodge.amendment, name="amend"),
    path("declaration/<int:number>/amend/file", lodge.amend_file, name="amend-file"),
    path("declaration/<int:number>/act/<str:name>", consignment.act, name="act"),
    path("board", board.show, name="board"),
    path("problems", problems.show, name="problems"),
    path("law", law.show, name="law"),
]
