"""The pages and their addresses."""

from django.urls import path

from customhouse.desks.views import account, audit, board, consignment, law, lists, lodge, session, tariff

urlpatterns = [
    path("", session.home, name="home"),
    path("healthz", session.healthz, name="healthz"),
    path("sign-in", session.sign_in, name="sign-in"),
    path("sign-out", session.sign_out, name="sign-out"),
    path("sign-in/second", account.second, name="mfa_authenticate"),
    path("account", account.show, name="account"),
    path("account/password", account.password, name="password"),
    path("account/begin/<str:uid>/<str:token>", account.begin, name="begin"),
    path("account/sessions/end", account.end_others, name="end-others"),
    path("account/code", account.totp_on, name="mfa_activate_totp"),
    path("account/code/remove", account.totp_off, name="mfa_deactivate_totp"),
    path("account/passkey", account.passkey_on, name="mfa_add_webauthn"),
    path("account/passkey/<int:pk>/remove", account.passkey_off, name="mfa_remove_webauthn"),
    path("account/recovery", account.codes, name="mfa_view_recovery_codes"),
    path("account/recovery/new", account.codes_new, name="mfa_generate_recovery_codes"),
    path("account/again", account.by_password, name="account_reauthenticate"),
    path("account/again/code", account.by_code, name="mfa_reauthenticate"),
    path("account/again/passkey", account.by_passkey, name="mfa_reauthenticate_webauthn"),
    # Under the names by which django-allauth looks for them.
    path("sign-in", session.sign_in, name="account_login"),
    path("sign-out", session.sign_out, name="account_logout"),
    path("account", account.show, name="mfa_index"),
    path("account", account.show, name="mfa_list_webauthn"),
    path("language", session.language, name="language"),
    path("worklist", lists.work, name="worklist"),
    path("declarations", lists.declarations, name="declarations"),
    path("notices", lists.notices, name="notices"),
    path("lodge", lodge.form, name="lodge"),
    path("lodge/files", lodge.upload, name="upload"),
    path("tariff", tariff.look_up, name="tariff"),
    path("declaration/<str:key>", consignment.show, name="declaration"),
    path("declaration/<int:number>/message", consignment.message, name="message"),
    path("declaration/<int:number>/reads", consignment.read_by, name="read-by"),
    path("declaration/<int:number>/amend", lodge.amendment, name="amend"),
    path("declaration/<int:number>/amend/file", lodge.amend_file, name="amend-file"),
    path("declaration/<int:number>/act/<str:name>", consignment.act, name="act"),
    path("reads", audit.show, name="reads"),
    path("board", board.show, name="board"),
    path("law", law.show, name="law"),
]
