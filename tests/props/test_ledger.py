"""The Merkle log: proofs verify for what is in it and for nothing else; signatures cover every byte."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from customhouse.ledger import checkpoint, merkle
from customhouse.ledger.chain import START, leaf, leaves

logs = st.lists(st.binary(max_size=8), min_size=1, max_size=40)


def _rfc6962(data: list[bytes]) -> bytes:
    """The definition of the Merkle tree hash, word for word."""
    if not data:
        return merkle.EMPTY
    if len(data) == 1:
        return merkle.leaf_hash(data[0])
    k = 1
    while k * 2 < len(data):
        k *= 2
    return merkle.node_hash(_rfc6962(data[:k]), _rfc6962(data[k:]))


@given(st.lists(st.binary(max_size=8), max_size=40))
def test_frontier_is_the_tree_hash_of_the_rfc(data: list[bytes]) -> None:
    frontier = merkle.Frontier()
    for one in data:
        frontier = merkle.Frontier.load(frontier.size, frontier.dump())
        frontier.append(one)
    assert frontier.root() == _rfc6962(data)


@given(logs, st.data())
def test_inclusion(data: list[bytes], draw: st.DataObject) -> None:
    i = draw.draw(st.integers(0, len(data) - 1))
    proof, tree = merkle.inclusion_proof(data, i), merkle.root(data)
    assert merkle.verify_inclusion(data[i], i, len(data), proof, tree)
    assert not merkle.verify_inclusion(data[i] + b"x", i, len(data), proof, tree)
    assert not merkle.verify_inclusion(data[i], len(data), len(data), proof, tree)
    assert not merkle.verify_inclusion(data[i], i, len(data), [*proof, b"y" * 32], tree)
    assert not merkle.verify_inclusion(data[i], i, len(data), proof, bytes(32))


@given(logs, st.data())
def test_consistency(data: list[bytes], draw: st.DataObject) -> None:
    old = draw.draw(st.integers(1, len(data)))
    proof = merkle.consistency_proof(data, old)
    before, after = merkle.root(data[:old]), merkle.root(data)
    assert merkle.verify_consistency(old, len(data), before, after, proof)
    if old < len(data):
        assert not merkle.verify_consistency(old, len(data), bytes(32), after, proof)
        assert not merkle.verify_consistency(old, len(data), before, bytes(32), proof)
        assert not merkle.verify_consistency(old, len(data), before, after, proof[:-1])


@given(st.integers(0, 2**40), st.binary(min_size=32, max_size=32), st.integers(0, 200))
def test_checkpoint_round_trip_and_tamper(size: int, root: bytes, at: int) -> None:
    signer = checkpoint.Signer("meridia.example/log", bytes(range(32)))
    verifier = checkpoint.Verifier.parse(str(signer.verifier))
    told = checkpoint.Checkpoint("meridia.example/log", size, root)
    note = checkpoint.sign(told, signer)
    assert checkpoint.parse(checkpoint.open_note(note, verifier)) == told
    broken = note[: at % len(told.text)] + "~" + note[at % len(told.text) + 1 :]
    with pytest.raises(checkpoint.InvalidNote):
        checkpoint.open_note(broken, verifier)


def test_a_note_by_another_key_is_refused() -> None:
    one, other = checkpoint.Signer.new("a"), checkpoint.Signer.new("a")
    note = one.sign_note("text\n")
    with pytest.raises(checkpoint.InvalidNote, match="not signed by"):
        checkpoint.open_note(note, other.verifier)


def test_chain_covers_order() -> None:
    assert leaves(START, [b"a", b"b"])[-1] == leaf(leaf(START, b"a"), b"b") != leaf(leaf(START, b"b"), b"a")
