"""The model from simulated trade: repeatable, bounded, explained; its file refuses whatever is not what it says."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec
import numpy as np
import pytest

from customhouse.labs.targeting import boards, card, page
from customhouse.labs.targeting.actors import NAMES as ACTORS
from customhouse.labs.targeting.declared import Declared, split
from customhouse.labs.targeting.fault import TargetingProblem
from customhouse.labs.targeting.features import NAMES
from customhouse.labs.targeting.file import Stored, load, save
from customhouse.labs.targeting.model import Model, train_model
from customhouse.labs.targeting.reasons import ABOUT, PLACE, explain
from customhouse.labs.targeting.side import PRIOR, named, train


def test_probabilities_are_probabilities_and_tell_finds_from_the_rest(model: Model, declared: Declared) -> None:
    probability = model.probability(declared)
    assert ((probability > 0) & (probability < 1)).all()
    assert probability[declared.found == 1].mean() > 2 * probability[declared.found == 0].mean()
    assert probability.mean() == pytest.approx(declared.found.mean(), abs=0.03)


def test_the_same_seed_gives_the_same_file(model_file: Path, declared: Declared, tmp_path: Path) -> None:
    assert save(train_model(declared), tmp_path).name == model_file.name


def test_a_stored_model_scores_as_before(model: Model, model_file: Path, declared: Declared) -> None:
    assert (load(model_file).probability(declared) == model.probability(declared)).all()


def test_rows_score_alike_alone_and_together(model: Model, declared: Declared) -> None:
    alone = np.concatenate([model.probability(declared.take(np.array([i]))) for i in range(20)])
    assert (alone == model.probability(declared)[:20]).all()


def test_reasons_sum_to_what_the_trees_say(model: Model, declared: Declared) -> None:
    rows = np.ascontiguousarray(model.rows_of(declared)[:, : PRIOR.width])
    forest = model.prior.forest
    assert forest is not None
    assert np.abs(forest.reasons(rows).sum(axis=1) + forest.usual - forest.margin(rows)).max() < 1e-3
    for said in explain(declared.take(np.arange(30)), model, most=len(ABOUT)):
        left_out = len(ABOUT) * 0.02
        assert sum(b.adds for b in said.reasons) + said.usual == pytest.approx(said.margin, abs=left_out)
        assert said.reasons == tuple(sorted(said.reasons, key=lambda b: -abs(b.adds)))
        assert all(b.text for b in said.reasons) and said.own


def test_an_absurdly_low_price_is_told_as_such(model: Model, declared: Declared) -> None:
    from customhouse.labs.targeting.features import median
    from customhouse.labs.targeting.reasons import SENTENCES

    usual, kind = median(declared, model.past, "unit")
    at = int(np.flatnonzero(kind == 0)[0])
    text = SENTENCES["unit"]({"unit": usual[at] / 5}, {"unit": (float(usual[at]), "this code and this origin")})
    assert "far below the median" in text and text.endswith("for this code and this origin")


def test_every_feature_belongs_to_a_reason() -> None:
    assert len(PLACE) == len(ACTORS) + len(NAMES) and set(PLACE) == set(range(len(ABOUT)))


def test_a_changed_byte_is_refused(model_file: Path, tmp_path: Path) -> None:
    raw = bytearray(model_file.read_bytes())
    raw[len(raw) // 2] ^= 1
    other = tmp_path / model_file.name
    other.write_bytes(raw)
    with pytest.raises(TargetingProblem, match="was changed"):
        load(other)


def _forged(model_file: Path, folder: Path, **change: object) -> Path:
    """The model with something changed in it, honestly named by its new hash."""
    stored = msgspec.json.decode(model_file.read_bytes(), type=Stored)
    raw = msgspec.json.encode(msgspec.structs.replace(stored, **change))
    path = folder / f"{hashlib.sha256(raw).hexdigest()}.json"
    path.write_bytes(raw)
    return path


def test_another_version_is_refused(model_file: Path, tmp_path: Path) -> None:
    with pytest.raises(TargetingProblem, match="another version"):
        load(_forged(model_file, tmp_path, version=2))
    with pytest.raises(TargetingProblem, match="another version"):
        load(_forged(model_file, tmp_path, features=NAMES[:-1]))
    with pytest.raises(TargetingProblem, match="no targeting model"):
        load(_forged(model_file, tmp_path, format="something else"))


def test_broken_tables_are_refused_although_the_hash_is_right(model_file: Path, tmp_path: Path) -> None:
    stored = msgspec.json.decode(model_file.read_bytes(), type=Stored)
    twisted = msgspec.structs.replace(stored.found[0], values=stored.found[0].values[::-1])
    short = msgspec.structs.replace(stored.found[0], keys="AAAA")
    tree = stored.prior.forest.trees[0]
    outside = msgspec.structs.replace(tree, features=(len(NAMES), *tree.features[1:]))
    forest = msgspec.structs.replace(stored.prior.forest, trees=(outside,))
    for change in (
        {"found": (twisted, *stored.found[1:])},
        {"found": (short, *stored.found[1:])},
        {"found": stored.found[1:]},
        {"prior": msgspec.structs.replace(stored.prior, forest=forest)},
        {"mean": 2.0},
    ):
        with pytest.raises(TargetingProblem):
            load(_forged(model_file, tmp_path, **change))


@pytest.mark.parametrize("raw", [b"", b"\x80\x04K\x01.", b"{}", b"[1]", b"\xff\xfe"])
def test_what_is_no_model_is_refused(raw: bytes, tmp_path: Path) -> None:
    path = tmp_path / f"{hashlib.sha256(raw).hexdigest()}.json"
    path.write_bytes(raw)
    with pytest.raises(TargetingProblem):
        load(path)


def test_names_that_are_no_hash_and_files_that_are_not_there_are_refused(tmp_path: Path) -> None:
    with pytest.raises(TargetingProblem, match="not named by a SHA-256"):
        load(tmp_path / "model.json")
    with pytest.raises(TargetingProblem, match="not there"):
        load(tmp_path / f"{'0' * 64}.json")


def test_any_scikit_learn_classifier_can_be_tried_but_not_kept(declared: Declared, tmp_path: Path) -> None:
    make = named("sklearn.ensemble:HistGradientBoostingClassifier")
    foreign = train_model(declared, 1, make)
    probability = foreign.probability(declared)
    assert ((probability > 0) & (probability < 1)).all() and not foreign.storable
    with pytest.raises(TargetingProblem, match="pickle"):
        save(foreign, tmp_path)
    assert not list(tmp_path.iterdir())
    with pytest.raises(TargetingProblem, match="need trees"):
        explain(declared, foreign)


@pytest.mark.parametrize("path", ["nowhere:Thing", "sklearn.ensemble:Nothing", "json:JSONDecoder", ""])
def test_estimators_that_are_none_are_refused(path: str) -> None:
    with pytest.raises(TargetingProblem):
        named(path)


def test_too_little_to_learn_from_is_said(declared: Declared) -> None:
    with pytest.raises(TargetingProblem, match="too few"):
        train(declared.take(np.arange(100)), PRIOR, 1)
    blind = declared.take(np.arange(len(declared)))
    blind.found[:] = np.nan
    with pytest.raises(TargetingProblem, match="No row has a result"):
        train_model(blind)


def test_boards_page_and_card(declared: Declared, model: Model) -> None:
    early, late = split(declared, 30)
    assert early.day.max() < late.day.min()
    first, _ = boards.board_a(early, late)
    second = boards.board_b(declared)
    for board in (first, second):
        low, high = board.measured.intervals["auc"]
        assert low <= board.measured.values["auc"] <= high
        assert board.random is not None and board.random.low <= board.random.middle <= board.random.high
    told = page.html((first, second))
    assert "dictionary of past results" in told and told.count("<svg") == 6 and "<script" not in told
    written = card.card(model, "f" * 64, (("trade.csv", "e" * 64),), first)
    assert "## Limits" in written and "trade.csv" in written and f"{model.rows:,} examined" in written
    with pytest.raises(TargetingProblem, match="both learned from and scored"):
        boards.board_a(declared, late)


def test_board_b_keeps_goods_tuples_whole(declared: Declared) -> None:
    """Shuffled results cannot be guessed on it, although tuples repeat."""
    doubled = declared.take(np.repeat(np.arange(len(declared)), 2))
    doubled.ids = tuple(str(n) for n in range(len(doubled)))
    dice = np.random.default_rng(5)
    doubled.found = np.repeat(dice.permutation(declared.found), 2)
    assert boards.board_b(doubled).measured.values["auc"] == pytest.approx(0.5, abs=0.09)
