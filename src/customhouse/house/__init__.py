"""The composition root: settings, embedded services, the supervisor and the `customhouse` command."""
