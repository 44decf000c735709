"""The verbs of the `customhouse` command, one module each; `house.cli.VERBS` lists them."""
