"""The words that names are made of and that do not tell one party from another: forms, titles, particles, numbers.

Everything is written as `reading.folded()` leaves it: lower case, ASCII. Legal forms are those of ISO 20275 (ELF) that
trade uses most, by what they are; two spellings of one form are the same form, related forms share a family.
"""

from __future__ import annotations

# family: its spellings, longest first where one begins another
FORMS: dict[str, tuple[str, ...]] = {
    "limited": (
        "limited liability company", "limited liability partnership", "private limited company", "private limited",
        "pte limited", "pty limited", "pvt limited", "pte ltd", "pty ltd", "pvt ltd", "pte", "pty", "pvt", "ltd", "limited", "llc", "llp",
        "lc", "limitada", "ltda", "co limited", "co ltd", "company limited",
        "gesellschaft mit beschrankter haftung", "gesellschaft mit beschraenkter haftung", "gmbh and co kg", "gmbh", "ggmbh",
        "societe a responsabilite limitee", "sarl", "eurl", "sociedad de responsabilidad limitada", "srl", "s de rl de cv", "s de rl", "sl", "slu",
        "societa a responsabilita limitata", "societatea cu raspundere limitata", "besloten vennootschap", "bv", "bvba",
        "obshchestvo s ogranichennoi otvetstvennostiu", "obshchestvo s ogranichennoy otvetstvennostyu",
        "obshestvo s ogranichennoj otvetstvennostju", "ooo", "tov", "too", "doo", "d o o", "sp z oo", "sp z o o", "spolka z oo", "spolka z ograniczona odpowiedzialnoscia",
        "sro", "s r o", "spol s ro", "kft", "eood", "ood", "uab", "sia", "ou", "limited sirketi", "ltd sti", "sti",
        "sdn bhd", "bhd", "aps", "anpartsselskab", "godo kaisha", "youxian gongsi",
    ),
    "stock": (
        "open joint stock company", "public joint stock company", "closed joint stock company", "private joint stock company",
        "joint stock company", "ojsc", "pjsc", "cjsc", "jsc", "aktsionernoe obshchestvo", "aktsionernoye obshchestvo", "aktsionernoe obshestvo",
        "otkrytoe aktsionernoe obshchestvo", "publichnoe aktsionernoe obshchestvo", "zakrytoe aktsionernoe obshchestvo", "oao", "zao", "pao", "ao", "at", "pat",
        "public limited company", "plc", "incorporated", "inc", "corporation", "corp", "aktiengesellschaft", "ag", "kgaa",
        "naamloze vennootschap", "nv", "se", "sociedad anonima de capital variable", "sa de cv", "sab de cv", "sociedad anonima", "societe anonyme",
        "sociedade anonima", "sa", "sau", "sas", "saa", "spa", "societa per azioni", "spolka akcyjna", "akciova spolecnost", "as", "a s", "asa", "ab",
        "aktiebolag", "oy", "oyj", "osakeyhtio", "aksjeselskap", "anonim sirketi", "anonim sti", "kabushiki kaisha", "kabushikigaisha", "kk", "pt", "tbk", "perseroan terbatas", "saog", "saoc", "psc", "pjs",
        "ad", "dd", "rt", "nyrt", "zrt",
    ),
    "": ("company", "co"),  # goes with every form
    "partnership": ("limited partnership", "general partnership", "lp", "kommanditgesellschaft", "kg", "ohg", "gbr", "snc", "scs", "sca", "kd", "cv"),
    "foundation": ("eingetragener verein", "ev", "stiftung", "vzw", "asbl"),
}  # fmt: skip

# Before or after the name of a person; they say who honours him, not who he is.
TITLES = frozenset(
    [
        "mr",
        "mrs",
        "ms",
        "miss",
        "mx",
        "dr",
        "doctor",
        "prof",
        "professor",
        "sir",
        "dame",
        "lord",
        "lady",
        "rev",
        "reverend",
        "fr",
        "father",
        "hon",
        "honourable",
        "honorable",
        "excellency",
        "he",
        "hrh",
        "hm",
        "president",
        "minister",
        "general",
        "gen",
        "colonel",
        "col",
        "major",
        "maj",
        "captain",
        "capt",
        "lieutenant",
        "lt",
        "sergeant",
        "sgt",
        "admiral",
        "brigadier",
        "sheikh",
        "shaikh",
        "shaykh",
        "sheik",
        "cheikh",
        "haji",
        "hajji",
        "hadji",
        "hajj",
        "qari",
        "mullah",
        "mulla",
        "maulavi",
        "mawlawi",
        "maulana",
        "ustad",
        "imam",
        "ayatollah",
        "monsieur",
        "madame",
        "mme",
        "mlle",
        "herr",
        "frau",
        "senor",
        "senora",
        "don",
        "dona",
        "signor",
        "signora",
        "pan",
        "pani",
        "ing",
        "dipl",
        "mag",
        "jr",
        "sr",
        "phd",
        "md",
        "esq",
        "na",
    ]
)

# Before the name of a ship.
SHIP_TITLES = frozenset(["mv", "mt", "ms", "ss", "mts", "msc", "fv", "sv", "vessel", "motor", "tanker"])

# Links between names; they are written, left out and spelled at will.
PARTICLES: dict[str, str] = {
    **dict.fromkeys(("bin", "ben", "ibn", "bint", "binti", "b"), "bin"),
    **dict.fromkeys(("al", "el", "ul", "ur", "ud", "as", "ad", "ar", "an", "ash", "il"), "al"),
    **dict.fromkeys(("de", "da", "do", "dos", "das", "del", "della", "di", "du", "des", "la", "le", "los", "las", "y", "e"), "de"),
    **dict.fromkeys(("van", "von", "vom", "der", "den", "ter", "zu", "zur"), "van"),
}  # fmt: skip

# Words of organisations that carry little.
STOP = frozenset(
    [
        "the",
        "of",
        "and",
        "for",
        "in",
        "a",
        "an",
        "und",
        "et",
        "y",
        "de",
        "des",
        "du",
        "la",
        "le",
        "di",
        "per",
        "na",
        "i",
        "v",
        "dlya",
    ]
)
GENERIC = frozenset(
    [
        "group",
        "groupe",
        "gruppe",
        "grupo",
        "holding",
        "holdings",
        "international",
        "global",
        "trading",
        "trade",
        "services",
        "service",
        "enterprises",
        "enterprise",
        "industries",
        "industry",
        "industrial",
        "general",
        "solutions",
        "systems",
        "management",
        "partners",
        "ventures",
        "import",
        "export",
    ]
)

_UNITS = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
_TENS = dict(
    zip(["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], range(20, 100, 10), strict=True)
)
_ORDINALS = [
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
]
NUMBERS: dict[str, int] = (
    {word: number for number, word in enumerate(_UNITS)}
    | _TENS
    | {word: number for number, word in enumerate(_ORDINALS, 1)}
)

ABBREVIATIONS: dict[str, str] = {
    "intl": "international", "int": "international", "mfg": "manufacturing", "bros": "brothers", "dept": "department", "govt": "government",
    "natl": "national", "assn": "association", "assoc": "association", "univ": "university", "engg": "engineering", "tech": "technology",
    "organisation": "organization", "centre": "center", "cie": "company", "und": "and", "et": "and", "st": "saint",
}  # fmt: skip

# Short and familiar forms: the first word of each row is the name in full. Where a short form has two names, it stands twice.
_FAMILIAR = """
alexander alex sasha sascha alec sandy iskander aleksandr
alexandra sasha sandra alex
andrew andy drew
anthony tony
benjamin ben benny
charles charlie chuck
christopher chris kit
daniel dan danny
david dave davy
dmitry dima mitya
edward ed eddie ted ned
elizabeth liz beth betty lisa eliza
evgeny zhenya
francis frank
frederick fred freddy fritz
gregory greg
henry harry hank
ivan vanya
james jim jimmy jamie
jennifer jen jenny
john jack johnny
jonathan jon
joseph joe joey sepp
katherine kate katie kathy cathy
kenneth ken
lawrence larry lars
leonard len leo
margaret maggie meg peggy
matthew matt
michael mike mick misha mikhail
mohammed mohd md mohamad muhammad mehmet mohamed mohammad muhammed mahomed mamadou
nicholas nick kolya nikolai
patrick pat paddy
peter pete petya
philip phil
richard rick dick ricky
robert bob rob bobby bert
ronald ron
samuel sam
sergey serge seryozha sergei
stephen steve steven
susan sue suzy
theodore ted theo
thomas tom tommy
timothy tim
tatiana tanya
victor vic
vladimir vova volodya volodymyr uladzimir
william bill will billy liam
yuri yura
abdullah abdallah abdulla
yusuf yousef youssef josef joseph
"""
FAMILIAR: dict[str, frozenset[str]] = {}
for _row in _FAMILIAR.strip().splitlines():
    for _word in _row.split():
        FAMILIAR[_word] = FAMILIAR.get(_word, frozenset()) | {_row.split()[0]}

ROMAN: dict[str, int] = {
    "ii": 2, "iii": 3, "iv": 4, "vi": 6, "vii": 7, "viii": 8, "ix": 9, "xi": 11, "xii": 12, "xiii": 13, "xiv": 14,
}  # fmt: skip
