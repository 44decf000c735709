"""Bank files for tests, written by hand in the shapes that banks send: several versions, batches, charges."""

from __future__ import annotations

import uuid
from html import escape
from typing import NamedTuple

IBAN = "XM21MERI0000000000777"
BEFORE_8 = ("02", "03", "04", "06")


class E(NamedTuple):
    """An entry: its amount in major units, side, and what the payer said."""

    amount: str
    reference: str = ""
    text: str = ""
    party: str = "Island Foods Import"
    side: str = "CRDT"
    name: str = ""
    charge: str = ""
    status: str = "BOOK"
    batch: tuple[tuple[str, str], ...] = ()
    currency: str = "USD"


def statement(
    *entries: E, version: str = "08", name: str = "", opening: str = "1000.00", closing: str = "", iban: str = IBAN
) -> bytes:
    """A camt.053 file of one statement; the closing balance is worked out unless given."""
    moved = sum(round(float(e.amount) * 100) * (1 if e.side == "CRDT" else -1) for e in entries if e.status == "BOOK")
    closing = closing or f"{(round(float(opening) * 100) + moved) / 100:.2f}"
    body = "".join(_entry(e, version) for e in entries)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.{version}"><BkToCstmrStmt>
<GrpHdr><MsgId>M-{uuid.uuid4().hex[:12]}</MsgId><CreDtTm>2026-11-25T18:00:00Z</CreDtTm></GrpHdr>
<Stmt><Id>{name or uuid.uuid4().hex[:12]}</Id><ElctrncSeqNb>1</ElctrncSeqNb><CreDtTm>2026-11-25T18:00:00Z</CreDtTm>
<Acct><Id><IBAN>{iban}</IBAN></Id><Ccy>USD</Ccy></Acct>
{_balance("OPBD", opening)}{_balance("CLBD", closing)}
{body}</Stmt></BkToCstmrStmt></Document>""".encode()


def _balance(code: str, amount: str) -> str:
    return (
        f'<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry></Tp><Amt Ccy="USD">{amount}</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
        "<Dt><Dt>2026-11-25</Dt></Dt></Bal>"
    )


def _entry(e: E, version: str) -> str:
    status = e.status if version in BEFORE_8 else f"<Cd>{e.status}</Cd>"
    charge = ""
    if e.charge:
        inner = f'<Amt Ccy="USD">{e.charge}</Amt><CdtDbtInd>DBIT</CdtDbtInd><ChrgInclInd>true</ChrgInclInd>'
        charge = f"<Chrgs>{inner}</Chrgs>" if version == "02" else f"<Chrgs><Rcrd>{inner}</Rcrd></Chrgs>"
    details = "".join(_details(e, version, amount, ref) for amount, ref in e.batch) or _details(
        e, version, "", e.reference
    )
    return (
        f'<Ntry><NtryRef>1</NtryRef><Amt Ccy="{e.currency}">{e.amount}</Amt><CdtDbtInd>{e.side}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-11-25</Dt></BookgDt><AcctSvcrRef>{e.name or uuid.uuid4().hex[:16]}</AcctSvcrRef>"
        f"<BkTxCd/>{charge}<NtryDtls>{details}</NtryDtls></Ntry>"
    )


def _details(e: E, version: str, amount: str, reference: str) -> str:
    who = "Dbtr" if e.side == "CRDT" else "Cdtr"
    party = f"<Nm>{escape(e.party)}</Nm>" if version in BEFORE_8 else f"<Pty><Nm>{escape(e.party)}</Nm></Pty>"
    own = (
        f'<Refs><AcctSvcrRef>{uuid.uuid4().hex[:16]}</AcctSvcrRef></Refs><Amt Ccy="USD">{amount}</Amt>'
        if amount
        else "<Refs/>"
    )
    structured = f"<Strd><CdtrRefInf><Ref>{reference}</Ref></CdtrRefInf></Strd>" if reference else ""
    words = f"<Ustrd>{e.text}</Ustrd>" if e.text else ""
    return f"<TxDtls>{own}<RltdPties><{who}>{party}</{who}></RltdPties><RmtInf>{words}{structured}</RmtInf></TxDtls>"
