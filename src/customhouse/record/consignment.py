"""The file of one consignment: everything customs knows about one movement of goods.

Several declarations under one UCR are normal (split, partial, supplementary), so stage and lane belong to the
declaration; the file shows the least advanced of them.
"""

from __future__ import annotations

import msgspec

from customhouse.record.declaration import Declaration, Stage

ORDER = {stage: n for n, stage in enumerate(Stage)}


class Consignment(msgspec.Struct, frozen=True, gc=False):
    """One file: its internal id, its UCR (empty until one is declared) and its declarations in order of lodgement."""

    id: int
    ucr: str = ""
    declarations: tuple[Declaration, ...] = ()

    @property
    def stage(self) -> Stage:
        """The stage of the least advanced declaration that is still alive; NEW when there is none."""
        alive = [d.stage for d in self.declarations if d.stage not in (Stage.REFUSED, Stage.INVALIDATED)]
        return min(alive, key=ORDER.__getitem__, default=Stage.NEW)

    @property
    def containers(self) -> tuple[str, ...]:
        """Container numbers named by any declaration, each once, in order of appearance."""
        seen: dict[str, None] = {}
        for declaration in self.declarations:
            transport = declaration.lodged.goods_shipment.consignment
            for equipment in transport.equipment if transport else ():
                seen.setdefault(equipment.id)
        return tuple(seen)
