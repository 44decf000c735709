"""The law: everything a country decides, as data. Dated, sourced, compiled to one immutable, hashed Book."""
