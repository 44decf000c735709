"""Names and who bears them: compares names across scripts, spelling and order, and finds a name in a long list.

`compare` explains a pair; `Index` finds the few listed names that deserve comparison. A score decides nothing by itself: it
is reported, with its reasons, to people and to the risk office.
"""

from customhouse.labs.identity.index import Index, Near
from customhouse.labs.identity.reading import Kind
from customhouse.labs.identity.score import MATCH, Comparison, compare, sentences

__all__ = ["MATCH", "Comparison", "Index", "Kind", "Near", "compare", "sentences"]
