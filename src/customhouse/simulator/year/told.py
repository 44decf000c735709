"""The numbers of the telling: how far lies and slips go. The generator throws its dice by them, the oracle reckons with them."""

from __future__ import annotations

import numpy as np

LOW_VALUE = 1000.0  # parcels below it are free of duty
PARCEL_VALUE, PARCEL_SPREAD = float(np.log(600.0)), 0.8
SPLIT_VALUE, SPLIT_SPREAD = float(np.log(2300.0)), 0.35
PIECES = (3, 7)  # a split consignment becomes 3 to 6 rows of one day
LOT_SPREAD = 0.5
ROLLED_BACK = (0.6, 0.1)
"""Mean and deviation of the share of the price that is told (Kim et al., DATE, KDD 2020, section 6: undeclared value was N(0.6, 0.1))."""
LIGHTENED = (0.7, 0.1)
MISTAKEN, MISTAKES = (0.5, 0.97), 0.004
DEARER = (1.03, 2.0)  # a mistake against the trader, as often: nothing is found
SLIPS, SLIP = 0.012, 1.0  # honest slips of the mass, where nothing hangs on mass
BY_HUB, HUBS = 0.08, ("SG", "NL", "AE", "HK")
DIRECT = 0.5  # of false origins are sent straight from where the goods are from
