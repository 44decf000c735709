from django.apps import AppConfig


class DesksConfig(AppConfig):
    name = "customhouse.desks"
    label = "desks"
    verbose_name = "Desks"

    def ready(self) -> None:
        from customhouse.desks import signals

        signals.connect()
