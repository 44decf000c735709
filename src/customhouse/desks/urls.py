"""The pages and their addresses."""

from django.urls import path

from customhouse.desks.views import agency, board, consignment, genuine, law, lists, lodge, permits, session, tariff

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
    path("agency", agency.desk, name="agency"),
    path("agency/consignment/<int:consignment>", agency.consignment, name="agency-consignment"),
    path("agency/consignment/<int:consignment>/act/<str:name>", agency.act, name="agency-act"),
    path("government", agency.government, name="government"),
    path("permits", permits.listed, name="permits"),
    path("permits/verify", genuine.verify, name="verify-permit"),
    path("permits/apply/<str:code>", permits.application, name="permit-apply"),
    path("permit/<int:permit>", permits.show, name="permit"),
    path("permit/<int:permit>/correct", permits.correct, name="permit-correct"),
    path("permit/<int:permit>/paper", permits.paper, name="permit-paper"),
    path("permit/<int:permit>/file", permits.file, name="permit-file"),
    path("permit/<int:permit>/act/<str:name>", permits.act, name="permit-act"),
    path("board", board.show, name="board"),
    path("law", law.show, name="law"),
]
