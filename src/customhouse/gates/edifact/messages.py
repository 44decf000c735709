"""The message table: which messages the gate knows, in which directory, with their structure in the notation of `structure`.

Versions stand side by side. D.24A is held equal to the official directory by `customhouse conformance edifact --schema`.
Messages of an older directory are laid over D.24A, and what differs is told: most of what they have is still there.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

from customhouse.gates.edifact.structure import Position, parse


class Known(NamedTuple):
    """A message of a directory. `reads` says whether its content is taken into our record, or its structure only checked."""

    type: str
    directory: str
    title: str
    structure: str
    reads: bool = True


CUSCAR = """
UNH! BGM! DTM9 LOC9 QTY9 (RFF! DTM9)99 (NAD! DTM (CTA! COM9)9)99 FTX9
(TDT! LOC99 DTM99)9 GEI9
(EQD! TSR9 MEA9 DIM9 SEL9 NAD9 GEI9 LOC (TMP! RNG)9)9999 CNT9
(CNI! CNT9
  (RFF! CNT9 MOA9 LOC99 GEI9 CUX9 CPI9
    (TDT! LOC9 DTM9 MEA9 (RFF! TSR9)9)9
    (NAD! DTM9 RFF9 (CTA! COM9)9)99
    (QTY! FTX9)9
    (GID! PAC9 HAN9 FTX99 MEA99 MOA9 SGP9999 DGS99 PCI9 CST LOC9 TMD9
      (GEI! DTM9 DOC9 PAC9 MEA9)9 (QTY! FTX)9)9999!
  )9999
)9999
(AUT! DTM9 RFF9)1 UNT!
"""

CUSDEC = """
UNH! BGM! CST LOC99 DTM15 GEI25 FII MEA5 EQD999 SEL999 FTX99
(RFF! DTM (PAC! (PCI! FTX)999)10)99 (TDT! TPL)5 (DOC! DTM2 LOC)99 (NAD! RFF10 CTA COM5)99 (TOD! LOC2 FTX)1
(MOA! (CUX! DTM)1)25 (EFI! CED99 COM9 RFF9 DTM9 QTY9)99
UNS!
(DMS! DTM MEA5 (MOA! (CUX! DTM)1)25 (TOD! LOC2 FTX)1 (NAD! (DOC! DTM2 LOC)10)10 (PAC! (PCI! FTX RFF)999)10
  (PYT! MOA PCD FTX)5 (ALC! RTE MOA PCD QTY (CUX! DTM)1)10
  (LIN! PIA QTY PRI2 PCD MEA15 QVR5 MOA15 NAD10 GIR9999 GEI99 LOC (DOC! DTM2)10
    (ALC! RTE MOA PCD QTY (CUX! DTM)1)10 (TOD! LOC2)1 (PYT! MOA PCD FTX)5 (IMD! FTX)99
    (PAC! (PCI! FTX RFF)999)10
  )9999
  (EFI! CED99 COM9 RFF9 DTM9 QTY9)99
)999
(CST! FTX9 LOC25 DTM5 MEA20 NAD5 TDT9 (PAC! (PCI! FTX)999)10 (MOA! (CUX! DTM)1)25
  (RFF! DTM GIN99 MOA (IMD! FTX5)1)999 (DOC! DTM2 LOC NAD5)25 (TOD! LOC2 FTX)1 (GDS! FTX)1 (GEI! PCD DTM RFF)25
  (TAX! MOA2 GEI)10 (QVR! QTY (RFF! DTM)1)1
  (GIR! GEI10 NAD MEA5 (MOA! (CUX! DTM)1)10 (TAX! MOA2 GEI)10 (DOC! DTM2 LOC)5)50
)99999
UNS! CNT5 (TAX! MOA2 GEI)50 (AUT! DTM)1 UNT!
"""

CUSREP = """
UNH! BGM! DTM9 QTY9 POC99 FTX9 MEA9 GEI9 GPO STS9 (RFF! DTM)99 (GDS! FTX9)9 (LOC! DTM9)99 (DOC! RFF DTM LOC)9
(TAX! MOA FII LOC RFF DTM9 GEI)9 (NAD! (CTA! COM5)9 (RFF! DTM)9)9
(TDT! TPL DTM (LOC! GPO DTM9 QTY9 NAD99 MEA9 POC9 STS9 FTX9)99)99
(EQD! EQN)999 (AUT! DTM)1 UNT!
"""

CUSRES = """
UNH! BGM! DTM9 FTX99 TDT9 LOC99 GEI10 EQD999 (NAD! (CTA! COM9)9)99 (RFF! DTM9 LOC9)999
(ERP! RFF9 ERC99 FTX99)99999 (TAX! MOA99 GEI99)99
(DOC! PAC9 RFF9 PCI9 FTX99 TDT9 LOC9 DTM9 GEI99 MEA99 EQD999 (NAD! (CTA! COM9)9)9 (MOA! (CUX! DTM)9)99
  (TAX! MOA99 GEI99)99 (CST! FTX9 (TAX! MOA99 GEI99 MEA9 RFF9)99999)9999 (ERP! RFF9 ERC9999 FTX9)9999
)99999
CNT9 (AUT! DTM9)9 UNT!
"""

MESSAGES: tuple[Known, ...] = (
    Known("CUSCAR", "D.24A", "Customs cargo report", CUSCAR),
    Known("CUSDEC", "D.24A", "Customs declaration", CUSDEC),
    Known("CUSREP", "D.24A", "Customs conveyance report", CUSREP, reads=False),
    Known("CUSRES", "D.24A", "Customs response", CUSRES, reads=False),
)
NEWEST = "D.24A"

RENAMED = {"GIS": "GEI"}
"""Segments of older directories whose place another took. GIS (general indicator) has its code in the first element, GEI in
the second."""


@cache
def structure_of(type: str, directory: str = NEWEST) -> tuple[Position, ...] | None:
    """The structure of a message, or None for one the gate does not know."""
    found = next((m for m in MESSAGES if (m.type, m.directory) == (type, directory)), None)
    return parse(found.structure) if found else None


def known(type: str) -> Known | None:
    """The newest version of a message that the gate knows."""
    return next((m for m in MESSAGES if m.type == type), None)
