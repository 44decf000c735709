"""The pages and their addresses."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import path

from customhouse.desks.views import board, consignment, lists, lodge, session

urlpatterns = [
    path("", session.home, name="home"),
    path("healthz", session.healthz, name="healthz"),
    path(
        "sign-in",
        LoginView.as_view(template_name="desks/sign_in.html", redirect_authenticated_user=True),
        name="sign-in",
    ),
    path("sign-out", LogoutView.as_view(), name="sign-out"),
    path("worklist", lists.worklist, name="worklist"),
    path("declarations", lists.declarations, name="declarations"),
    path("notices", lists.notices, name="notices"),
    path("lodge", lodge.form, name="lodge"),
    path("lodge/files", lodge.upload, name="upload"),
    path("tariff", lodge.tariff, name="tariff"),
    path("declaration/<str:key>", consignment.show, name="declaration"),
    path("declaration/<int:number>/message", consignment.message, name="message"),
    path("declaration/<int:number>/<str:name>", consignment.act, name="act"),
    path("board", board.show, name="board"),
]
