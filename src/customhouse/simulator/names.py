"""Who trades: the brokers, the kinds of trader with their names, and the words foreign firms are named with."""

from __future__ import annotations

import msgspec


class Profile(msgspec.Struct, frozen=True):
    """A kind of trader: sectors of goods it deals in, shipments a week, whether it exports, its procedure, names."""

    key: str
    sectors: tuple[str, ...]
    weekly: float
    names: tuple[str, ...]
    direction: str = "import"
    procedure: str = "4000"


def words(text: str) -> tuple[str, ...]:
    """The names in a line of text, which stand between upright strokes."""
    return tuple(name.strip() for name in text.split("|"))


PROFILES: tuple[Profile, ...] = (
    Profile(
        "grocer",
        ("grocery", "dairy", "grain", "produce", "drink"),
        6.5,
        words(
            "Island Foods Import | Maison Tamarin | Three Wells Grocers | Comptoir du Lagon | Larder Hill Wholesale | "
            "Basket & Scale | Epicerie Belombre"
        ),
    ),
    Profile(
        "butcher",
        ("meat", "fish", "dairy"),
        5.0,
        words("Coldstore Meridia | Reef & Range Foods | Viandes du Port"),
    ),
    Profile("florist", ("flowers",), 3.0, words("Petal Market")),
    Profile("wine", ("drink", "tobacco"), 4.0, words("Cellar Nine | Cave des Tropiques | Old Customs Spirits")),
    Profile(
        "builder",
        ("building",),
        5.0,
        words("Northern Builders Supply | Corail Batiment | Girder & Beam | Masonry House | Toitures Meridia"),
    ),
    Profile("fuel", ("fuel",), 0.3, words("Meridia Fuel Terminal")),
    Profile(
        "pharmacy",
        ("health", "beauty"),
        4.5,
        words("Lagoon Pharma | Pharmacie Centrale d'Import | Clinic Supply | Sante Plus Meridia"),
    ),
    Profile("beauty", ("beauty",), 3.0, words("Mirror Lane Cosmetics | Parfumerie Alize")),
    Profile(
        "household",
        ("household", "appliances"),
        5.0,
        words("Home & Hearth Stores | Bazar Central | Tidy House | Menage Ocean | Corner Hardware"),
    ),
    Profile(
        "electronics",
        ("electronics",),
        5.5,
        words("Signal Street | Voltaire Informatique | Bright Circuit | Lumen Trading | Handset Depot"),
    ),
    Profile(
        "fashion",
        ("clothing", "footwear", "fashion", "textile"),
        5.5,
        words(
            "Harbour Thread | Galerie Mode | Stride Footwear | Linen & Loom | Soleil Boutique | Weekday Clothing | "
            "Cobbler's Row"
        ),
    ),
    Profile(
        "vehicles",
        ("vehicles",),
        3.5,
        words("Meridia Motors | Garage Belle Vue | Axle Imports | Auto Recif"),
    ),
    Profile("jewel", ("jewellery",), 2.0, words("Carat House | Joaillerie Fontaine")),
    Profile("furniture", ("furniture", "household"), 3.0, words("Oak & Rattan | Meubles Savane")),
    Profile(
        "farm",
        ("chemical", "industry", "machinery"),
        2.5,
        words("Planters' Supply | Agro Vallee | Works & Plant"),
    ),
    Profile("arms", ("arms",), 0.5, words("Hunt & Field")),
    Profile("sewing", ("textile",), 3.0, words("Meridia Shirt Works | Ateliers du Nord"), procedure="5100"),
    Profile(
        "exporter",
        ("export",),
        4.0,
        words(
            "Deep Water Fisheries | Vanille des Hauts | Cane & Copper Distillers | Meridia Spice Board | "
            "Shirt Works Export"
        ),
        direction="export",
        procedure="1000",
    ),
)

# Firms that the demo knows by number; they are honest. The first three are in the trusted trader scheme.
KNOWN: dict[str, str] = {
    "Island Foods Import": "XM100000017",
    "Meridia Motors": "XM100000025",
    "Lagoon Pharma": "XM100000033",
    "Northern Builders Supply": "XM100000041",
    "Harbour Brokers Ltd": "XM100000009",
}

# Brokers with the share of slips they let through, relative to the usual.
BROKERS: tuple[tuple[str, str, float], ...] = (
    ("HBL", "Harbour Brokers Ltd", 1.0),
    ("KYF", "Keyford Customs Agents", 0.6),
    ("LGN", "Lagune Transit", 0.9),
    ("MAS", "Masthead Forwarding", 1.0),
    ("DOC", "Dockside Declarations", 1.8),
    ("ALZ", "Alize Douane Services", 0.8),
    ("PIL", "Pilot & Partners", 0.5),
    ("TRW", "Tradewell Clearing", 1.3),
    ("ORB", "Orbit Air Agents", 1.1),
)

TOWNS: tuple[tuple[str, str], ...] = (
    ("Port Meridia", "1010"),
    ("Port Meridia", "1022"),
    ("Belombre", "2004"),
    ("Northcape", "3050"),
    ("Three Wells", "4100"),
    ("Grande Anse", "5007"),
)
STREETS = words(
    "Quay Street | Rue du Marche | Customs Lane | Chemin des Palmes | Station Road | Rue des Voiles | Mill Hill"
)

STEMS = words(
    "Northgate | Silver Reed | Evergreen | Two Rivers | Bluestone | Rising Star | Old Harbour | Golden Field | "
    "Clearwater | Stonebridge | Meadow | Highland | Sunline | Redwood | Crescent | Amber | "
    "Falcon | Lotus | Cedar | Union"
)
TRADES = words("Trading | Industries | Export | Products | Manufacturing | Supply")
FORMS: dict[str, str] = {
    "DE": "GmbH",
    "CH": "AG",
    "FR": "SARL",
    "BE": "SA",
    "IT": "Srl",
    "ES": "SL",
    "PT": "Lda",
    "NL": "BV",
    "NO": "AS",
    "BR": "Ltda",
    "MX": "SA de CV",
    "PE": "SAC",
    "CL": "SpA",
    "EC": "CA",
    "CO": "SAS",
    "JP": "KK",
    "KR": "Co., Ltd.",
    "CN": "Co., Ltd.",
    "TW": "Co., Ltd.",
    "VN": "JSC",
    "TH": "Co., Ltd.",
    "ID": "PT",
    "MY": "Sdn Bhd",
    "US": "Inc.",
    "TR": "AS",
    "AE": "FZE",
    "ZA": "(Pty) Ltd",
}
