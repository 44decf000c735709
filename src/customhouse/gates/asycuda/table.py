"""The mapping table of the ASYCUDAWorld SAD: every element known, the box of the SAD it is printed in, our field.

A line has the box, the element below the last ``@`` heading (below ASYCUDA), and the field of the record; ``-`` says that the
record has no place for it, and a value found there is reported. After the field may stand ``name=value`` for what hangs on
it. ``[]`` is the next entry of a list: one for each of the repeated elements around, or of the element itself. Spelling of
element names differs between releases in capitals only, so they are compared without regard to them.

Sources: element names as ASYCUDAWorld writes them; boxes of the Single Administrative Document.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

REPEATED = frozenset(
    (
        "item",
        "container",
        "prev_decl",
        "suppliers_documents",
        "supplier_documents",
        "global_taxes/global_tax_item",
        "item/attached_documents",
        "item/suppliers_link",
        "item/taxation/taxation_line",
        "item/tarification/supplementary_unit",
        "assessment_notice/item_tax_total",
    )
)
"""Elements that may stand several times."""

FLAGS = {"true": "1", "false": "0"}
ITEMS, SHIPMENT, CARRIAGE = "goods_shipment.items[]", "goods_shipment", "goods_shipment.consignment"

TEXT = """
@Identification
A    Office_segment/Customs_clearance_office_code      office
A    Office_segment/Customs_Clearance_office_name      -
1    Type/Type_of_declaration                          type:kind
1    Type/Declaration_gen_procedure_code               -:general
1    Type/Type_of_transit_document                     -
A    Manifest_reference_number                         $S.previous_documents[].id  category=N type=785
A    Registration/Number                               -
A    Registration/Date                                 -
A    Registration/Serial_number                        -
A    Assessment/Number                                 -
A    Assessment/Date                                   -
A    Assessment/Serial_number                          -
A    receipt/Number                                    -
A    receipt/Date                                      -
A    receipt/Serial_number                             -
@Property
-    Sad_flow                                          -:flow
3    Forms/Number_of_the_form                          -
3    Forms/Total_number_of_forms                       -
4    Nbers/Number_of_loading_lists                     loading_lists
5    Nbers/Total_number_of_items                       item_count
6    Nbers/Total_number_of_packages                    package_count
54   Place_of_declaration                              issue_location
54   Date_of_declaration                               issued.text
-    Selected_page                                     -
@Traders
2    Exporter/Exporter_code                            exporter.id
2    Exporter/Exporter_name                            exporter.name:party
8    Consignee/Consignee_code                          $S.importer.id
8    Consignee/Consignee_name                          $S.importer.name:party
9    Financial/Financial_code                          $S.payer.id
9    Financial/Financial_name                          $S.payer.name:party
@Declarant
14   Declarant_code                                    declarant.id
14   Declarant_name                                    declarant.name:party
54   Declarant_representative                          authentication.authenticator
7    Reference/Number                                  lrn
@General_information
10   Country/Country_first_destination                 -
11   Country/Trading_country                           -
15   Country/Export/Export_country_code                $S.export_country
15   Country/Export/Export_country_name                -
15   Country/Export/Export_country_region              -
16   Country/Country_of_origin_name                    -
17   Country/Destination/Destination_country_code      $S.destination
17   Country/Destination/Destination_country_name      -
17   Country/Destination/Destination_country_region    $S.destination_region
12   Value_details                                     -
13   CAP                                               -
44   Additional_information                            information[].text
44   Comments_free_text                                information[].text
@Transport
18   Means_of_transport/Departure_arrival_information/Identity      $C.arrival_means.id
18   Means_of_transport/Departure_arrival_information/Nationality   $C.arrival_means.nationality
21   Means_of_transport/Border_information/Identity                 border_means.id
21   Means_of_transport/Border_information/Nationality              border_means.nationality
25   Means_of_transport/Border_information/Mode                     border_means.mode
26   Means_of_transport/Inland_mode_of_transport                    $C.arrival_means.mode
19   Container_flag                                    $C.container_code:flag
20   Delivery_terms/Code                               $S.terms.code
20   Delivery_terms/Place                              $S.terms.location_name
20   Delivery_terms/Situation                          $S.terms.text
29   Border_office/Code                                presentation_office
29   Border_office/Name                                -
27   Place_of_loading/Code                             $C.loading_location
27   Place_of_loading/Name                             $C.loading_location_name
27   Place_of_loading/Country                          -
30   Location_of_goods                                 $C.goods_location.name
-    Single_waybill_flag                               -
@Financial
28   Bank/Code                                         -
28   Bank/Name                                         -
28   Bank/Branch                                       -
28   Bank/Reference                                    -
28   Terms/Code                                        -
28   Terms/Description                                 -
24   Financial_transaction/code1                       $S.transaction_nature
24   Financial_transaction/code2                       -
22   Total_invoice                                     -
48   Deffered_payment_reference                        -
47   Mode_of_payment                                   -
47   Amounts/Total_manual_taxes                        -
47   Amounts/Global_taxes                              -
47   Amounts/Totals_taxes                              -
52   Guarantee/Name                                    guarantees[1].id
52   Guarantee/Amount                                  guarantees[1].amount.value:cost
52   Guarantee/Date                                    -
52   Guarantee/Excluded_country/Code                   -
52   Guarantee/Excluded_country/Name                   -
@Warehouse
49   Identification                                    $S.warehouse.id
49   Delay                                             -
@Transit
50   Principal/Code                                    -
50   Principal/Name                                    -
50   Principal/Representative                          -
50   Signature/Place                                   -
50   Signature/Date                                    -
53   Destination/Office                                -
53   Destination/Country                               -
D    Seals/Number                                      -
D    Seals/Identity                                    -
D    Result_of_control                                 -
D    Time_limit                                        -
D    Officer_name                                      -
@Export_release
-    Date_of_exit                                      -
-    Time_of_exit                                      -
-    Actual_office_of_exit_code                        -
-    Actual_office_of_exit_name                        -
-    Exit_reference                                    -
-    Comments                                          -
@Valuation
-    Calculation_working_mode                          -
35   Weight/Gross_weight                               gross_mass.value
-    Total_cost                                        -
-    Total_CIF                                         -
22   Total/Total_invoice                               -
35   Total/Total_weight                                -
22   Gs_Invoice/Amount_foreign_currency                invoice.value
22   Gs_Invoice/Currency_code                          invoice.currency
23   Gs_Invoice/Currency_rate                          currency_exchanges[1].rate
22   Gs_Invoice/Amount_national_currency               -
22   Gs_Invoice/Currency_name                          -
{charges}
@Item
31   Packages/Number_of_packages                       $I.packages[1].quantity
31   Packages/Kind_of_packages_code                    $I.packages[1].type
31   Packages/Kind_of_packages_name                    -
31   Packages/Marks1_of_packages                       $I.packages[1].marks
31   Packages/Marks2_of_packages                       -:more
20   IncoTerms/Code                                    $S.terms.code:again
20   IncoTerms/Place                                   $S.terms.location_name:again
44   Free_text_1                                       $I.information[].text
44   Free_text_2                                       $I.information[].text
44   Licence_number                                    $I.documents[].id:reads  category=N type=911
44   Amount_deducted_from_licence                      -
44   Quantity_deducted_from_licence                    -
-    Suppliers_link/Suppliers_link_code                -
@Item/Tarification
33   HScode/Commodity_code                             $I.commodity.classifications[1].id  type=TSP
33   HScode/Precision_1                                $I.commodity.classifications[2].id  type=TRC
33   HScode/Precision_2                                $I.commodity.classifications[3].id  type=GN
33   HScode/Precision_3                                $I.commodity.classifications[4].id  type=GN
33   HScode/Precision_4                                $I.commodity.classifications[5].id  type=GN
37   Extended_customs_procedure                        $I.procedures[1].current|previous:split2
37   National_customs_procedure                        $I.procedures[2].current
36   Preference_code                                   $I.commodity.duties[1].regime
39   Quota_code                                        $I.commodity.duties[1].quota
-    Quota/QuotaCode                                   -
-    Quota/QuotaId                                     -
-    Quota/QuotaItem/ItmNbr                            -
41   Supplementary_unit/Suppplementary_unit_code       $I.commodity.tariff_quantity.unit:first
41   Supplementary_unit/Suppplementary_unit_quantity   $I.commodity.tariff_quantity.value:first
41   Supplementary_unit/Suppplementary_unit_name       -
42   Item_price                                        $I.commodity.price.value
43   Valuation_method_code                             $I.valuation.method
-    Value_item                                        -
44   Attached_doc_item                                 -
44   A.I._code                                         $I.information[].code
44   AI_code                                           $I.information[].code
-    Tarification_data                                 -
@Item/Goods_description
34   Country_of_origin_code                            $I.origins[1].country  type=1
34   Country_of_origin_region                          $I.origins[1].region
31   Commercial_Description                            $I.commodity.description
31   Description_of_goods                              -:fallback
@Item/Previous_doc
40   Summary_declaration                               $I.previous_documents[].id  category=X type=355
40   Summary_declaration_sl                            -
40   Previous_document_reference                       $I.previous_documents[].id  category=Z type=ZZZ
40   Previous_warehouse_code                           -
@Item/Attached_documents
44   Attached_document_code                            $I.documents[].category|type:document
44   Attached_document_name                            $I.documents[].name
44   Attached_document_reference                       $I.documents[].id
44   Attached_document_date                            $I.documents[].effective.text
44   Attached_document_from_rule                       -
@Item/Taxation
47   Item_taxes_amount                                 -
47   Item_taxes_guaranted_amount                       -
47   Item_taxes_mode_of_payment                        -
47   Counter_of_normal_mode_of_payment                 -
47   Displayed_item_taxes_amount                       -
47   Taxation_line/Duty_tax_code                       $I.commodity.duties[].type
47   Taxation_line/Duty_tax_Base                       $I.commodity.duties[].base_amount.value:cost
47   Taxation_line/Duty_tax_rate                       $I.commodity.duties[].rate:cost
47   Taxation_line/Duty_tax_amount                     $I.commodity.duties[].payment.tax_assessed.value:cost
47   Taxation_line/Duty_tax_MP                         $I.commodity.duties[].payment.method
47   Taxation_line/Duty_tax_Type_of_calculation        -
@Item/Valuation_item
35   Weight_itm/Gross_weight_itm                       $I.commodity.gross_mass.value
38   Weight_itm/Net_weight_itm                         $I.commodity.net_mass.value
42   Item_Invoice/Amount_foreign_currency              $I.commodity.price.value:again
42   Item_Invoice/Currency_code                        $I.commodity.price.currency
42   Item_Invoice/Amount_national_currency             -
42   Item_Invoice/Currency_name                        -
42   Item_Invoice/Currency_rate                        -
45   Rate_of_adjustement                               $I.valuation_adjustment
46   Statistical_value                                 $I.statistical_value.value
-    Total_cost_itm                                    -
-    Total_CIF_itm                                     -
-    Alpha_coeficient_of_apportionment                 -
-    Market_valuer/Basis_amount                        -
-    Market_valuer/Basis_description                   -
-    Market_valuer/Currency_amount                     -
-    Market_valuer/Currency_code                       -
-    Market_valuer/Rate                                -
{shares}
@Container
31   Container_identity                                $C.equipment[].id
31   Item_Number                                       -
31   Container_type                                    -
31   Empty_full_indicator                              -
31   Goods_description                                 -
31   Gross_weight                                      -
31   Packages_number                                   -
31   Packages_type                                     -
31   Packages_weight                                   -
@Suppliers_documents
44   Suppliers_document_invoice_nbr                    documents[].id  category=N type=935
44   Suppliers_document_date                           documents[].effective.text
44   Suppliers_document_name                           documents[].name
44   Suppliers_document_code                           -
44   Suppliers_document_type_code                      -
44   Suppliers_document_invoice_amt                    -
44   Suppliers_document_itmlink                        -
44   Suppliers_document_street                         -
44   Suppliers_document_city                           -
44   Suppliers_document_country                        -
44   Suppliers_document_zip_code                       -
44   Suppliers_document_telephone                      -
44   Suppliers_document_fax                            -
@Supplier_documents
44   Invoice_supplier_name                             $S.seller.name
44   Invoice_supplier_street                           $S.seller.address.line
44   Invoice_supplier_city                             $S.seller.address.city
44   Invoice_supplier_country                          $S.seller.address.country
44   Invoice_supplier_zip_code                         $S.seller.address.postcode
44   Invoice_supplier_telephone                        -
44   Invoice_supplier_fax                              -
44   Invoice_suppliert_email_address                   -
@Prev_decl
{previous}
@
47   Assessment_notice/Item_tax_total                  -
47   Global_taxes/Global_tax_item                      -
"""

COSTS = (
    ("external_freight", "AK"),
    ("internal_freight", "AK"),
    ("insurance", "AW"),
    ("other_cost", "AK"),
    ("deduction", "BA"),
)
"""Costs of the valuation note and the code of addition or deduction (DE 4/9) that they are in our record."""

PREVIOUS = [
    "office_code",
    "reg_serial",
    "reg_number",
    "reg_year",
    "item_number",
    "current_item",
    "HS_code",
    "HS_prec",
    "country_origin",
    "number_packages",
    "number_packages_written_off",
    "weight",
    "weight_written_off",
    "supp_quantity",
    "supp_quantity_written_off",
    "ref_value",
    "ref_value_written_off",
]


class Row(NamedTuple):
    """A line of the table. `path` is below ASYCUDA as written, `field` empty where the record has no place, `rule` how to read it."""

    box: str
    path: str
    field: str
    rule: str = ""
    fixed: tuple[tuple[str, str], ...] = ()


def _costs() -> str:
    lines = []
    for n, (name, code) in enumerate(COSTS, 1):
        place = f"$S.valuation.charges[{n}]"
        lines.append(f"22  Gs_{name}/Amount_foreign_currency  {place}.amount.value:cost  type={code}")
        lines.append(f"22  Gs_{name}/Currency_code            {place}.amount.currency")
        lines += [f"22  Gs_{name}/{x}  -" for x in ("Amount_national_currency", "Currency_name", "Currency_rate")]
    return "\n".join(lines)


def _shares() -> str:
    parts = ("Amount_foreign_currency", "Amount_national_currency", "Currency_code", "Currency_name", "Currency_rate")
    return "\n".join(f"45  item_{name}/{part}  -" for name, _ in COSTS for part in parts)


@cache
def rows() -> tuple[Row, ...]:
    """Every row of the table, in the order in which a SAD is written."""
    previous = "\n".join(f"40  Prev_decl_{name}  -" for name in PREVIOUS)
    found, head = [], ""
    text = TEXT.replace("{charges}", _costs()).replace("{shares}", _shares()).replace("{previous}", previous)
    for line in text.strip().splitlines():
        if line.startswith("@"):
            head = line[1:]
            continue
        box, path, field, *fixed = line.split()
        field, _, rule = field.partition(":")
        for sign, whole in (("$I", ITEMS), ("$S", SHIPMENT), ("$C", CARRIAGE)):
            field = field.replace(sign, whole)
        hangs = tuple((name, value) for name, _, value in (f.partition("=") for f in fixed))
        found.append(Row(box, f"{head}/{path}" if head else path, "" if field == "-" else field, rule, hangs))
    return tuple(found)


@cache
def by_path() -> dict[str, Row]:
    """The rows by their path in small letters."""
    return {row.path.lower(): row for row in rows()}
