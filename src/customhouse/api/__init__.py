"""What machines call: the fast intake, the REST API with its OpenAPI description, live events."""
