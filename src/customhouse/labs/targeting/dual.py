"""A dual-task attentive model over trees, made anew from the equations of DATE (Kim et al., KDD 2020): the rival to beat.

The leaves that a row falls into are embedded; they attend to each other; importer and code, multiplied, attend to the leaves; from
importer, code and leaves together one head says the probability of a find and another the logarithm of the revenue. Gradients
are written by hand (numpy alone) and checked against finite differences in the tests. No line of the authors' code is used: it is not free to use.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from customhouse.labs.targeting.declared import Floats, Ints
from customhouse.labs.targeting.forest import Forest
from customhouse.labs.targeting.side import odds

SIZE = 16
BATCH = 512
RATE, BETA1, BETA2, TINY = 0.004, 0.9, 0.999, 1e-8
DUAL = 0.1  # weight of the revenue beside the find
DECAY = 1e-5

Weights = dict[str, Any]


def leaves(forest: Forest, rows: Any) -> Ints:
    """The leaf of each tree that each row falls into."""
    out = np.zeros((len(rows), len(forest.trees)), np.int64)
    for t, tree in enumerate(forest.trees):
        for bit, (feature, border) in enumerate(zip(tree.features, tree.borders, strict=True)):
            out[:, t] |= (rows[:, feature] > np.float32(border)).astype(np.int64) << bit
    return out


def begin(trees: int, deepest: int, importers: int, codes: int, seed: int, kind: Any = np.float32) -> Weights:
    """Random weights to start from."""
    dice, d = np.random.default_rng(seed), SIZE
    shapes = {
        "leaf": (trees << deepest, d), "importer": (importers, d), "code": (codes, d),
        "query": (d, d), "key": (d, d), "value": (d, d), "keep": (d, d),
        "leaf_in": (d, d), "pair_in": (d, d), "ask_bias": (d,), "ask": (d,),
        "fuse": (3 * d, d), "fuse_bias": (d,), "find": (d,), "find_bias": (1,), "money": (d,), "money_bias": (1,),
    }  # fmt: skip
    return {
        name: (np.zeros(shape) if name.endswith("bias") else dice.normal(0, 1 / np.sqrt(d), shape)).astype(kind)
        for name, shape in shapes.items()
    }


def forward(w: Weights, leaf: Ints, importer: Ints, code: Ints) -> dict[str, Any]:
    """All that lies between a row and its answer; `logit` and `money` are the answers."""
    d = w["query"].shape[0]
    x = w["leaf"][leaf]
    q, k, v = x @ w["query"], x @ w["key"], x @ w["value"]
    heed = _softmax(q @ k.transpose(0, 2, 1) / np.sqrt(d).astype(x.dtype))
    h = np.maximum(heed @ v + x @ w["keep"], 0)
    u, c = w["importer"][importer], w["code"][code]
    asked = np.maximum(h @ w["leaf_in"] + ((u * c) @ w["pair_in"] + w["ask_bias"])[:, None], 0)
    heard = _softmax(asked @ w["ask"])
    t = (heard[:, :, None] * h).sum(axis=1)
    joined = np.concatenate([u, c, t], axis=1)
    z = np.maximum(joined @ w["fuse"] + w["fuse_bias"], 0)
    logit, money = z @ w["find"] + w["find_bias"], z @ w["money"] + w["money_bias"]
    return {
        "x": x, "q": q, "k": k, "v": v, "heed": heed, "h": h, "u": u, "c": c, "asked": asked, "heard": heard, "joined": joined, "z": z,
        "logit": logit, "money": money,
    }  # fmt: skip


def loss(w: Weights, leaf: Ints, importer: Ints, code: Ints, found: Floats, money: Floats, weight: Floats) -> float:
    """The weighted mean of both tasks' losses: cross entropy of the find, squared error of the revenue."""
    f = forward(w, leaf, importer, code)
    both = np.logaddexp(0, f["logit"]) - found * f["logit"] + DUAL * (f["money"] - money) ** 2
    return float((weight * both).sum() / len(found))


def gradients(
    w: Weights, leaf: Ints, importer: Ints, code: Ints, found: Floats, money: Floats, weight: Floats
) -> Weights:
    """The derivative of the loss by every weight."""
    f = forward(w, leaf, importer, code)
    scale = (weight / len(found)).astype(f["z"].dtype)
    by_logit = scale * (odds(f["logit"]) - found)
    by_money = scale * 2 * DUAL * (f["money"] - money)
    g: Weights = {
        "find": f["z"].T @ by_logit, "find_bias": by_logit.sum(keepdims=True),
        "money": f["z"].T @ by_money, "money_bias": by_money.sum(keepdims=True),
    }  # fmt: skip
    by_z = (by_logit[:, None] * w["find"] + by_money[:, None] * w["money"]) * (f["z"] > 0)
    g["fuse"], g["fuse_bias"] = f["joined"].T @ by_z, by_z.sum(axis=0)
    by_u, by_c, by_t = np.split(by_z @ w["fuse"].T, 3, axis=1)
    by_h, by_pair = _through_asking(w, f, by_t, g)
    by_u, by_c = by_u + by_pair * f["c"], by_c + by_pair * f["u"]
    by_x = _through_heeding(w, f, by_h, g)
    g["leaf"] = _gathered(leaf.reshape(-1), by_x.reshape(-1, by_x.shape[2]), w["leaf"])
    g["importer"], g["code"] = _gathered(importer, by_u, w["importer"]), _gathered(code, by_c, w["code"])
    return g


def _through_asking(w: Weights, f: Weights, by_t: Any, g: Weights) -> tuple[Any, Any]:
    """Back through the attention that importer and code pay to the leaves: by each leaf, and by the pair of importer and code."""
    d = by_t.shape[1]
    by_h = f["heard"][:, :, None] * by_t[:, None]
    by_score = _softmax_back(f["heard"], (f["h"] * by_t[:, None]).sum(axis=2))
    g["ask"] = (f["asked"] * by_score[:, :, None]).sum(axis=(0, 1))
    by_asked = by_score[:, :, None] * w["ask"] * (f["asked"] > 0)
    g["leaf_in"] = f["h"].reshape(-1, d).T @ by_asked.reshape(-1, d)
    per_row = by_asked.sum(axis=1)
    g["ask_bias"], g["pair_in"] = per_row.sum(axis=0), (f["u"] * f["c"]).T @ per_row
    return by_h + by_asked @ w["leaf_in"].T, per_row @ w["pair_in"].T


def _through_heeding(w: Weights, f: Weights, by_h: Any, g: Weights) -> Any:
    """Back through the attention of leaves to each other: by the embedding of each leaf."""
    d = by_h.shape[2]
    x = f["x"].reshape(-1, d)
    by_sum = by_h * (f["h"] > 0)
    by_v = f["heed"].transpose(0, 2, 1) @ by_sum
    by_scores = _softmax_back(f["heed"], by_sum @ f["v"].transpose(0, 2, 1)) / np.sqrt(d).astype(by_h.dtype)
    by_q, by_k = by_scores @ f["k"], by_scores.transpose(0, 2, 1) @ f["q"]
    out = by_sum @ w["keep"].T
    g["keep"] = x.T @ by_sum.reshape(-1, d)
    for name, by in (("query", by_q), ("key", by_k), ("value", by_v)):
        g[name] = x.T @ by.reshape(-1, d)
        out = out + by @ w[name].T
    return out


def _softmax(scores: Any) -> Any:
    e = np.exp(scores - scores.max(axis=-1, keepdims=True))
    return e / e.sum(axis=-1, keepdims=True)


def _softmax_back(share: Any, by: Any) -> Any:
    return share * (by - (share * by).sum(axis=-1, keepdims=True))


def _gathered(places: Ints, by: Any, like: Any) -> Any:
    """Sums of rows by the place they came from."""
    out = np.empty_like(like)
    for column in range(like.shape[1]):
        out[:, column] = np.bincount(places, by[:, column], len(like))
    return out


class Dual:
    """The fitted model. `money` it speaks of is the logarithm of 1 + revenue, in deviations."""

    def __init__(self, forest: Forest, importers: Ints, codes: Ints, seed: int) -> None:
        self.forest, self.deepest = forest, max(len(t.features) for t in forest.trees)
        self.known = tuple(_frequent(k) for k in (importers, codes))
        self.weights = begin(len(forest.trees), self.deepest, *(len(k) + 1 for k in self.known), seed)
        self.seed, self.scale = seed, 1.0

    def places(self, rows: Any, importers: Ints, codes: Ints) -> tuple[Ints, Ints, Ints]:
        """Where each row's leaves, importer and code stand among the embeddings; 0 is for who is not known."""
        at = leaves(self.forest, rows) + (np.arange(len(self.forest.trees)) << self.deepest)
        who, what = (_place(k, asked) for k, asked in zip(self.known, (importers, codes), strict=True))
        return at, who, what

    def fit(self, at: tuple[Ints, Ints, Ints], found: Floats, lost: Floats, weight: Floats, epochs: int = 5) -> Dual:
        """Adam (Kingma and Ba 2015) over shuffled batches."""
        money = np.log1p(lost * found)
        self.scale = float(money.std()) or 1.0
        money, found, weight = ((v).astype(np.float32) for v in (money / self.scale, found, weight))
        dice, step = np.random.default_rng(self.seed), 0
        first = {k: np.zeros_like(v) for k, v in self.weights.items()}
        second = {k: np.zeros_like(v) for k, v in self.weights.items()}
        for epoch in range(epochs):
            rate = RATE * (1 - epoch / epochs)
            mixed = dice.permutation(len(found))
            for start in range(0, len(mixed), BATCH):
                b = mixed[start : start + BATCH]
                step += 1
                g = gradients(self.weights, at[0][b], at[1][b], at[2][b], found[b], money[b], weight[b])
                for name, bare in g.items():
                    by = bare + DECAY * self.weights[name]
                    first[name] += (1 - BETA1) * (by - first[name])
                    second[name] += (1 - BETA2) * (by * by - second[name])
                    move = first[name] / (1 - BETA1**step) / (np.sqrt(second[name] / (1 - BETA2**step)) + TINY)
                    self.weights[name] -= np.float32(rate) * move
        return self

    def answer(self, at: tuple[Ints, Ints, Ints]) -> tuple[Floats, Floats]:
        """The probability of a find, and the logarithm of the revenue."""
        sure, money = np.empty(len(at[1])), np.empty(len(at[1]))
        for start in range(0, len(at[1]), BATCH):
            b = slice(start, start + BATCH)
            f = forward(self.weights, at[0][b], at[1][b], at[2][b])
            sure[b], money[b] = odds(f["logit"]), f["money"] * self.scale
        return sure, money


FREQUENT = 3  # rows that make an importer or code known by name


def _frequent(values: Ints) -> Ints:
    distinct, many = np.unique(values, return_counts=True)
    return distinct[many >= FREQUENT]


def _place(known: Ints, asked: Ints) -> Ints:
    at = np.searchsorted(known, asked).clip(0, max(len(known) - 1, 0))
    return np.where(known[at] == asked, at + 1, 0) if len(known) else np.zeros(len(asked), np.int64)
