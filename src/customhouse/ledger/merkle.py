"""The Merkle log of RFC 6962 (and RFC 9162): tree hashes, a frontier to append to, inclusion and consistency proofs."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

EMPTY = hashlib.sha256(b"").digest()
_sha256 = hashlib.sha256


def leaf_hash(data: bytes) -> bytes:
    return _sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    return _sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of the tree: enough to append and to know the root, in log(size) memory."""

    __slots__ = ("nodes", "size")

    def __init__(self, size: int = 0, nodes: Sequence[bytes] = ()) -> None:
        if len(nodes) != size.bit_count():
            raise ValueError(f"a log of {size} leaves has {size.bit_count()} frontier nodes, not {len(nodes)}")
        self.size = size
        self.nodes = list(nodes)

    def append(self, data: bytes) -> None:
        """Append one leaf (its data, not its hash)."""
        node = _sha256(b"\x00" + data).digest()
        n = self.size
        while n & 1:
            node = _sha256(b"\x01" + self.nodes.pop() + node).digest()
            n >>= 1
        self.nodes.append(node)
        self.size += 1

    def root(self) -> bytes:
        """The tree hash of everything appended so far."""
        if not self.nodes:
            return EMPTY
        node = self.nodes[-1]
        for left in reversed(self.nodes[:-1]):
            node = node_hash(left, node)
        return node

    def dump(self) -> bytes:
        """The nodes as bytes; with the size, enough to go on after a restart."""
        return b"".join(self.nodes)

    @classmethod
    def load(cls, size: int, dumped: bytes) -> Frontier:
        return cls(size, [dumped[i : i + 32] for i in range(0, len(dumped), 32)])


def root(leaves: Sequence[bytes]) -> bytes:
    """The tree hash of these leaves (their data)."""
    frontier = Frontier()
    for one in leaves:
        frontier.append(one)
    return frontier.root()


def _split(n: int) -> int:
    """The largest power of two smaller than n."""
    return 1 << ((n - 1).bit_length() - 1)


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The audit path of leaf `index` (RFC 6962, 2.1.1). Raises IndexError outside the log."""
    n = len(leaves)
    if not 0 <= index < n:
        raise IndexError(f"leaf {index} is not in a log of {n}")
    if n == 1:
        return []
    k = _split(n)
    if index < k:
        return [*inclusion_proof(leaves[:k], index), root(leaves[k:])]
    return [*inclusion_proof(leaves[k:], index - k), root(leaves[:k])]


def verify_inclusion(data: bytes, index: int, size: int, proof: Sequence[bytes], tree: bytes) -> bool:
    """Whether leaf `data` stands at `index` in the log of `size` leaves with hash `tree` (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    fn, sn, r = index, size - 1, leaf_hash(data)
    for p in proof:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            r = node_hash(p, r)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = node_hash(r, p)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and r == tree


def consistency_proof(leaves: Sequence[bytes], old: int) -> list[bytes]:
    """Proof that the log of the first `old` leaves is a beginning of this one (RFC 6962, 2.1.2)."""
    if not 0 < old <= len(leaves):
        raise IndexError(f"a log of {len(leaves)} has no state of {old} leaves")
    return _subproof(leaves, old, whole=True)


def _subproof(leaves: Sequence[bytes], old: int, *, whole: bool) -> list[bytes]:
    n = len(leaves)
    if old == n:
        return [] if whole else [root(leaves)]
    k = _split(n)
    if old <= k:
        return [*_subproof(leaves[:k], old, whole=whole), root(leaves[k:])]
    return [*_subproof(leaves[k:], old - k, whole=False), root(leaves[:k])]


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the log of `new` leaves begins with the log of `old` leaves (RFC 9162, 2.1.4.2)."""
    if old == new:
        return not proof and old_root == new_root
    if not 0 < old < new or not proof:
        return False
    path = list(proof)
    if old & (old - 1) == 0:
        path.insert(0, old_root)
    fn, sn = old - 1, new - 1
    while fn & 1:
        fn, sn = fn >> 1, sn >> 1
    fr = sr = path[0]
    for c in path[1:]:
        if sn == 0:
            return False
        if fn & 1 or fn == sn:
            fr, sr = node_hash(c, fr), node_hash(c, sr)
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            sr = node_hash(sr, c)
        fn, sn = fn >> 1, sn >> 1
    return sn == 0 and fr == old_root and sr == new_root
