"""The tariff office: under which line of the national tariff each item's code falls on the day of acceptance.

Source: Harmonized System Convention, article 3; national lines are those of the Book in force.
"""

from __future__ import annotations

from customhouse.kernel.problem import Problem
from customhouse.law.book import Law
from customhouse.record.acts import Classified
from customhouse.record.declaration import ClassCheck, ItemClass
from customhouse.record.lodgement import Lodgement

PLACE = "GoodsShipment/GovernmentAgencyGoodsItem[{}]/Commodity/Classification"


def classify(lodged: Lodgement, law: Law) -> Classified:
    """The tariff line of every item; a code that the tariff knows only in part is classified there, with a warning."""
    classes: list[ItemClass] = []
    warnings: list[Problem] = []
    for number, item in enumerate(lodged.items, 1):
        code = item.commodity.code
        line = law.line(code)
        if line is None:
            warnings.append(
                Problem(
                    "UnknownHeading",
                    "The tariff has no line for this code",
                    PLACE.format(number),
                    "Look the goods up in the tariff and give the full code",
                    code,
                    "warning",
                )
            )
            continue
        classes.append(ItemClass(item.sequence, code, line.code, line.text["en"], line.unit))
    return Classified(ClassCheck(tuple(classes), tuple(warnings)))
