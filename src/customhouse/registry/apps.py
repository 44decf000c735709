from django.apps import AppConfig


class RegistryConfig(AppConfig):
    name = "customhouse.registry"
    label = "registry"
    verbose_name = "Register"
