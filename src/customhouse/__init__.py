"""Customhouse: one open program in which every office of a national customs administration works on the same consignment."""

__version__ = "0.1.0"
