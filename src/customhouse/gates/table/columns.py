"""The columns of the table for small traders: key, our field, headings and help in English and French, code list.

One row is one goods item; what is said of the whole declaration is repeated on each row or stands on a sheet of its own. A
column is found by its key or its heading in any language, whatever the capitals, accents and signs between words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import NamedTuple

LANGUAGES = ("en", "fr")
ITEM = "goods_shipment.items[]."


class Column(NamedTuple):
    """A column. `field` begins with `ITEM` where it is about a goods item. `kind` is text, number, whole, date, codes or documents;
    `list` names the code list of the law that a template offers."""

    key: str
    field: str
    kind: str
    en: str
    fr: str
    help_en: str
    help_fr: str
    list: str = ""

    @property
    def is_item(self) -> bool:
        return self.field.startswith(ITEM)

    def heading(self, language: str) -> str:
        return self.fr if language == "fr" else self.en

    def help(self, language: str) -> str:
        return self.help_fr if language == "fr" else self.help_en


_S, _I = "goods_shipment.", ITEM

COLUMNS: tuple[Column, ...] = (
    Column("reference", "lrn", "text", "Reference", "Référence", "Your own number of the declaration; rows with the same one belong together", "Votre numéro de déclaration ; les lignes de même référence vont ensemble"),
    Column("type", "type", "text", "Type", "Type", "Kind of declaration: IMA import, EXA export", "Genre de déclaration : IMA importation, EXA exportation", "types"),
    Column("office", "office", "text", "Customs office", "Bureau de douane", "Code of the customs office", "Code du bureau de douane", "offices"),
    Column("declarant", "declarant.id", "text", "Declarant", "Déclarant", "Identification number of the declarant", "Numéro d’identification du déclarant"),
    Column("representation", "agent.function", "text", "Representation", "Représentation", "2 direct, 3 indirect; empty when you declare for yourself", "2 directe, 3 indirecte ; vide pour votre propre compte"),
    Column("importer", _S + "importer.id", "text", "Importer", "Importateur", "Identification number of the importer", "Numéro d’identification de l’importateur"),
    Column("exporter_id", "exporter.id", "text", "Exporter number", "Numéro de l’exportateur", "Identification number of the exporter, where there is one", "Numéro d’identification de l’exportateur, s’il en a un"),
    Column("exporter", "exporter.name", "text", "Exporter name", "Nom de l’exportateur", "Name of the exporter", "Nom de l’exportateur"),
    Column("exporter_street", "exporter.address.line", "text", "Exporter street", "Rue de l’exportateur", "Street and number", "Rue et numéro"),
    Column("exporter_city", "exporter.address.city", "text", "Exporter city", "Ville de l’exportateur", "City", "Ville"),
    Column("exporter_postcode", "exporter.address.postcode", "text", "Exporter postcode", "Code postal de l’exportateur", "Postcode", "Code postal"),
    Column("exporter_country", "exporter.address.country", "text", "Exporter country", "Pays de l’exportateur", "Two-letter country code", "Code du pays à deux lettres", "countries"),
    Column("export_country", _S + "export_country", "text", "Country of dispatch", "Pays d’expédition", "Country the goods come from (two letters)", "Pays d’où viennent les marchandises (deux lettres)", "countries"),
    Column("destination", _S + "destination", "text", "Country of destination", "Pays de destination", "Country the goods go to (two letters)", "Pays où vont les marchandises (deux lettres)", "countries"),
    Column("incoterm", _S + "terms.code", "text", "Incoterm", "Incoterm", "Delivery term: FOB, CIF, DAP ...", "Condition de livraison : FOB, CIF, DAP ...", "incoterms"),
    Column("incoterm_place", _S + "terms.location", "text", "Place of delivery", "Lieu de livraison", "Place named with the term (UN/LOCODE)", "Lieu nommé avec la condition (UN/LOCODE)"),
    Column("mode", "border_means.mode", "text", "Mode of transport", "Mode de transport", "1 sea, 2 rail, 3 road, 4 air, 5 post", "1 mer, 2 rail, 3 route, 4 air, 5 poste", "modes"),
    Column("transport", "border_means.id", "text", "Means of transport", "Moyen de transport", "Ship, flight or plate number at the border", "Navire, vol ou immatriculation à la frontière"),
    Column("transport_nationality", "border_means.nationality", "text", "Nationality of transport", "Nationalité du transport", "Two-letter country code", "Code du pays à deux lettres", "countries"),
    Column("containers", _S + "consignment.equipment[].id", "codes", "Containers", "Conteneurs", "Container numbers with a semicolon between", "Numéros de conteneur séparés par un point-virgule"),
    Column("goods_location", _S + "consignment.goods_location.name", "text", "Place of the goods", "Lieu des marchandises", "Code of the place where the goods can be seen", "Code du lieu où voir les marchandises"),
    Column("invoice_total", "invoice.value", "number", "Invoice total", "Total de la facture", "Total of the invoice", "Total de la facture"),
    Column("invoice_currency", "invoice.currency", "text", "Invoice currency", "Monnaie de la facture", "Three-letter currency code", "Code de la monnaie à trois lettres", "currencies"),
    Column("freight", _S + "valuation.charges[1].amount.value", "number", "Freight and insurance", "Fret et assurance", "Carriage and insurance to the border, where the price does not include them", "Transport et assurance jusqu’à la frontière, si le prix ne les comprend pas"),
    Column("freight_currency", _S + "valuation.charges[1].amount.currency", "text", "Freight currency", "Monnaie du fret", "Three-letter currency code", "Code de la monnaie à trois lettres", "currencies"),
    Column("total_gross_mass", "gross_mass.value", "number", "Total gross mass", "Masse brute totale", "Kilograms", "Kilogrammes"),
    Column("total_packages", "package_count", "number", "Total packages", "Total des colis", "Number of packages", "Nombre de colis"),
    Column("transport_document", _S + "previous_documents[]", "documents", "Transport document", "Document de transport", "Code and number, for example N705:BL123", "Code et numéro, par exemple N705:BL123"),
    Column("ucr", _S + "ucr.trader_reference", "text", "Consignment reference", "Référence de l’envoi", "Unique consignment reference", "Référence unique de l’envoi"),
    Column("date", "issued.text", "date", "Date", "Date", "Date of the declaration: 2026-11-20", "Date de la déclaration : 2026-11-20"),
    Column("item", _I + "sequence", "whole", "Item", "Article", "1, 2, 3 ...; empty: in the order of the rows", "1, 2, 3 ... ; vide : dans l’ordre des lignes"),
    Column("description", _I + "commodity.description", "text", "Description of goods", "Désignation des marchandises", "What the goods are, in plain words", "Ce que sont les marchandises, en clair"),
    Column("code", _I + "commodity.classifications[1].id", "text", "Tariff code", "Code tarifaire", "6 to 10 digits", "6 à 10 chiffres"),
    Column("origin", _I + "origins[1].country", "text", "Country of origin", "Pays d’origine", "Two-letter country code", "Code du pays à deux lettres", "countries"),
    Column("procedure", _I + "procedures[1].current|previous", "text", "Procedure", "Régime", "Four digits: 4000 home use, 1000 export", "Quatre chiffres : 4000 mise à la consommation, 1000 exportation", "procedures"),
    Column("additional_procedure", _I + "procedures[2].current", "text", "Additional procedure", "Régime complémentaire", "Three characters, 000 for none", "Trois caractères, 000 pour aucun"),
    Column("preference", _I + "commodity.duties[1].regime", "text", "Preference", "Préférence", "100 none, 300 agreement ...", "100 aucune, 300 accord ..."),
    Column("payment", _I + "commodity.duties[1].payment.method", "text", "Payment method", "Mode de paiement", "A cash, E deferred ...", "A comptant, E différé ..."),
    Column("gross_mass", _I + "commodity.gross_mass.value", "number", "Gross mass", "Masse brute", "Kilograms", "Kilogrammes"),
    Column("net_mass", _I + "commodity.net_mass.value", "number", "Net mass", "Masse nette", "Kilograms", "Kilogrammes"),
    Column("quantity", _I + "commodity.tariff_quantity.value", "number", "Supplementary quantity", "Quantité supplémentaire", "Quantity in the unit of the tariff", "Quantité dans l’unité du tarif"),
    Column("unit", _I + "commodity.tariff_quantity.unit", "text", "Supplementary unit", "Unité supplémentaire", "Unit code: LTR, MTK, NAR ...", "Code de l’unité : LTR, MTK, NAR ..."),
    Column("price", _I + "commodity.price.value", "number", "Price", "Prix", "Price of the item as invoiced", "Prix facturé de l’article"),
    Column("currency", _I + "commodity.price.currency", "text", "Currency", "Monnaie", "Three-letter currency code", "Code de la monnaie à trois lettres", "currencies"),
    Column("valuation_method", _I + "valuation.method", "text", "Valuation method", "Méthode d’évaluation", "1 for the price paid", "1 pour le prix payé", "valuation_methods"),
    Column("packages", _I + "packages[1].quantity", "number", "Packages", "Colis", "Number of packages", "Nombre de colis"),
    Column("package_kind", _I + "packages[1].type", "text", "Kind of packages", "Nature des colis", "Two-letter code: CT carton, PX pallet ...", "Code à deux lettres : CT carton, PX palette ..."),
    Column("marks", _I + "packages[1].marks", "text", "Marks", "Marques", "Marks and numbers on the packages", "Marques et numéros des colis"),
    Column("documents", _I + "documents[]", "documents", "Documents", "Documents", "Code and number with a semicolon between: N935:INV7; N954:EUR1-22", "Code et numéro séparés par un point-virgule : N935:FAC7; N954:EUR1-22"),
)  # fmt: skip


def plain(heading: str) -> str:
    """A heading without capitals, accents and signs, for comparing."""
    apart = unicodedata.normalize("NFKD", heading.replace("’", "'"))
    return re.sub(r"[^a-z0-9]+", " ", apart.encode("ascii", "ignore").decode().lower()).strip()


@cache
def by_heading() -> dict[str, Column]:
    """Every name of every column in its plain form."""
    return {plain(name): c for c in COLUMNS for name in (c.key, c.en, c.fr)}


def letter(column: int) -> str:
    """The letters of a column, counted from 1: A, B ... Z, AA, as spreadsheets show them."""
    name = ""
    while column:
        column, rest = divmod(column - 1, 26)
        name = chr(65 + rest) + name
    return name
