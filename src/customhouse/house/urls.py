"""Where requests go: pages to the desks, machines to the API."""

from django.urls import include, path

from customhouse.api.document import docs
from customhouse.api.oauth import metadata
from customhouse.api.operation import api

urlpatterns = [
    path("api/v1/docs", docs),
    path("api/v1/", api.urls),
    path(".well-known/oauth-authorization-server", metadata),
    path("", include("customhouse.desks.urls")),
]
handler403 = "customhouse.desks.errors.forbidden"
handler404 = "customhouse.desks.errors.not_found"
handler500 = "customhouse.desks.errors.broken"
