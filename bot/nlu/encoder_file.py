"""Writes and reads the sentence encoder's file: an ONNX graph with its weights, applied by `transformer`.

A BERT encoder (Devlin et al., NAACL 2019) of 384 dimensions and 12 heads, with the mean of its last layer as the text's
vector. Matrices lie as whole numbers of 8 bits with a scale for each row of `emb` and for each column of the others;
most are multiplied as such, and what they are multiplied with is rounded too. Needs the package onnx: for
`make encoder` and tests, not at run time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from bot.nlu.transformer import DIMENSIONS, HEADS, IDS, PIECES, SCORES, VECTOR, Floats

# Its operators do in one step what the common ones do in several.
_ONNXRUNTIME: Final = "com.microsoft"
_OPSETS: Final = (("", 17), (_ONNXRUNTIME, 1))
_FORMAT: Final = 8
_EPSILON: Final = 1e-5
_SCALE: Final = "_scale"
_MIDDLES: Final = "_middles"
_START: Final = "first_place"
# Whole numbers without a sign: with one, processors without VNNI round sums of products off.
_MIDDLE: Final = 128
_LAYER_NORM: Final[dict[str, Any]] = {"domain": _ONNXRUNTIME, "epsilon": _EPSILON}


class _Graph:
    """Nodes and weights, each node named by what it gives."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def holds(self, name: str, values: Any) -> str:
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def gives(self, name: str, kind: str, *inputs: str, **settings: Any) -> str:
        self.nodes.append(helper.make_node(kind, list(inputs), [name], **settings))
        return name

    def rounded(self, name: str, values: Floats, axis: int) -> list[str]:
        """Holds values as whole numbers and their scale; gives the names of both."""
        whole, scale = _rounded(values, axis)
        return [self.holds(name, whole), self.holds(name + _SCALE, scale)]

    def times(self, name: str, x: str, matrix: Floats) -> str:
        """x @ matrix, both rounded to 8 bits."""
        whole, scale = _rounded(matrix, axis=0)
        rounded = (
            self.holds(name, (whole.astype(np.int16) + _MIDDLE).astype(np.uint8)),
            self.holds(name + _SCALE, scale[0]),
            self.holds(name + _MIDDLES, np.full(len(scale[0]), _MIDDLE, np.uint8)),
        )
        return self.gives(f"{name}_out", "DynamicQuantizeMatMul", x, *rounded, domain=_ONNXRUNTIME)

    def times_whole(self, name: str, x: str, matrix: Floats) -> str:
        """x @ matrix, of which only the second is rounded, and made whole again when the file is opened."""
        rounded, scale = self.rounded(name, matrix, axis=0)
        self.gives(f"{name}_cast", "Cast", rounded, to=TensorProto.FLOAT)
        return self.gives(f"{name}_out", "MatMul", x, self.gives(f"{name}_whole", "Mul", f"{name}_cast", scale))


def _rounded(values: Floats, axis: int) -> tuple[Any, Floats]:
    scale = np.maximum(np.abs(values).max(axis=axis, keepdims=True) / 127, 1e-12).astype(np.float32)
    return np.round(values / scale).astype(np.int8), scale


def save(path: Path, weights: Mapping[str, Floats], pieces: Sequence[str], scores: Sequence[float]) -> None:
    """Write weights by name and the vocabulary with the logarithm of how common each piece is."""
    g = _Graph()
    g.rounded("emb", weights["emb"], axis=1)
    g.gives("whole", "Gather", "emb", IDS)
    g.gives("cast", "Cast", "whole", to=TensorProto.FLOAT)
    g.gives("own_scale", "Gather", "emb" + _SCALE, IDS)
    g.gives("words", "Mul", "cast", "own_scale")
    g.holds("pos", weights["pos"].astype(np.float32))
    g.holds(_START, np.array([0], np.int64))
    g.gives("length", "Shape", IDS, start=1, end=2)
    g.gives("places", "Slice", "pos", _START, "length")
    g.gives("placed", "Add", "words", "places")
    for name in ("eln_w", "eln_b"):
        g.holds(name, weights[name])
    x = g.gives("x", "LayerNormalization", "placed", "eln_w", "eln_b", axis=-1, epsilon=_EPSILON)
    layer = 0
    while f"l{layer}_qkv" in weights:
        x = _layer(g, f"l{layer}_", x, weights)
        layer += 1
    g.gives("mean", "ReduceMean", x, axes=[1], keepdims=0)
    g.gives(VECTOR, "LpNormalization", "mean", axis=-1, p=2)
    graph = helper.make_graph(
        g.nodes,
        "sentence encoder",
        [helper.make_tensor_value_info(IDS, TensorProto.INT64, ["texts", "pieces"])],
        [helper.make_tensor_value_info(VECTOR, TensorProto.FLOAT, ["texts", DIMENSIONS])],
        g.weights,
    )
    opsets = [helper.make_opsetid(*one) for one in _OPSETS]
    model = helper.make_model(graph, opset_imports=opsets, ir_version=_FORMAT, producer_name="radinfo")
    helper.set_model_props(model, {PIECES: "\n".join(pieces), SCORES: "\n".join(map(repr, map(float, scores)))})
    onnx.save(model, str(path))


def _layer(g: _Graph, prefix: str, x: str, weights: Mapping[str, Floats]) -> str:
    own = {name.removeprefix(prefix): values for name, values in weights.items() if name.startswith(prefix)}
    for name, values in own.items():
        if values.ndim < 2:
            g.holds(prefix + name, values)

    def named(*names: str) -> list[str]:
        return [prefix + name for name in names]

    heads = g.times(f"{prefix}qkv", x, own["qkv"])
    parts = [f"{prefix}{part}" for part in ("query", "key", "value")]
    g.nodes.append(helper.make_node("Split", [heads], parts, axis=-1))
    seen = g.gives(f"{prefix}seen", "MultiHeadAttention", *parts, *named("qkvb"), domain=_ONNXRUNTIME, num_heads=HEADS)
    seen = g.times(f"{prefix}o", seen, own["o"])
    x = g.gives(f"{prefix}x1", "SkipLayerNormalization", x, seen, *named("l1w", "l1b", "ob"), **_LAYER_NORM)
    inner = g.gives(f"{prefix}inner", "FastGelu", g.times(f"{prefix}a", x, own["a"]), *named("ab"), domain=_ONNXRUNTIME)
    # A few of these numbers are far larger than all others: rounded by them, vectors have a cosine of 0.991 (at worst
    # 0.981) with those of 32 bits in place of 0.998 (0.996), for 0.6 ms less.
    inner = g.times_whole(f"{prefix}b", inner, own["b"])
    return g.gives(f"{prefix}x2", "SkipLayerNormalization", x, inner, *named("l2w", "l2b", "bb"), **_LAYER_NORM)


def stored(path: Path) -> tuple[dict[str, Floats], list[str], list[float]]:
    """What `save` was given, but for the rounding: weights by name, the pieces and their scores."""
    model = onnx.load(str(path))
    known = {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}
    extra = {prop.key: prop.value for prop in model.metadata_props}
    weights = {
        name: np.asarray(
            values if name + _SCALE not in known else _whole(values) * known[name + _SCALE], dtype=np.float32
        )
        for name, values in known.items()
        if not name.endswith((_START, _SCALE, _MIDDLES))
    }
    return weights, extra[PIECES].split("\n"), [float(score) for score in extra[SCORES].split("\n")]


def _whole(values: Any) -> Any:
    return values.astype(np.float32) - (_MIDDLE if values.dtype == np.uint8 else 0)
