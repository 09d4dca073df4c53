"""Tiny networks in ONNX files, each with one habit that a recognizer may have."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

SIDE = 8
LENGTH = 6


def weights(rows: int = 3 * SIDE * SIDE, seed: int = 3) -> np.ndarray:
    return np.random.default_rng(seed).standard_normal((rows, LENGTH)).astype(np.float32)


def save(
    path: Path,
    nodes: Sequence[onnx.NodeProto],
    *,
    shape: Sequence[Any] = ("N", 3, SIDE, SIDE),
    kind: int = TensorProto.FLOAT,
    outputs: Sequence[str] = ("template",),
    tensors: dict[str, np.ndarray] | None = None,
    inputs: Sequence[tuple[str, Sequence[Any]]] = (),
) -> Path:
    """A graph from `picture` to `outputs`, written to `path`."""
    taken = [helper.make_tensor_value_info("picture", kind, list(shape))]
    taken += [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(more)) for name, more in inputs]
    graph = helper.make_graph(
        list(nodes),
        "tiny",
        taken,
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
        [numpy_helper.from_array(array, name) for name, array in (tensors or {"w": weights()}).items()],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save(model, path)
    return path


def linear(path: Path, **options: Any) -> Path:
    """Flatten, then a product with `w`."""
    return save(path, [node("Flatten", ["picture"], "flat"), node("MatMul", ["flat", "w"], "template")], **options)


def one_at_a_time(path: Path) -> Path:
    return linear(path, shape=(1, 3, SIDE, SIDE))


def batch_dependent(path: Path) -> Path:
    """Subtracts half the mean of the batch: company changes the template."""
    nodes = [
        node("Flatten", ["picture"], "flat"),
        node("MatMul", ["flat", "w"], "raw"),
        node("ReduceMean", ["raw"], "mean", axes=[0], keepdims=1),
        node("Mul", ["mean", "half"], "shift"),
        node("Sub", ["raw", "shift"], "template"),
    ]
    return save(path, nodes, tensors={"w": weights(), "half": np.array(0.5, dtype=np.float32)})


def of_changing_length(path: Path) -> Path:
    """The positions of bright values: as many as there are."""
    nodes = [
        node("Greater", ["picture", "zero"], "bright"),
        node("NonZero", ["bright"], "places"),
        node("Cast", ["places"], "numbers", to=TensorProto.FLOAT),
        node("Unsqueeze", ["first", "axis"], "template"),
    ]
    nodes.insert(3, node("Gather", ["numbers", "row"], "first", axis=0))
    tensors = {
        "zero": np.array(0.0, dtype=np.float32),
        "row": np.array(3, dtype=np.int64),
        "axis": np.array([0], dtype=np.int64),
    }
    return save(path, nodes, shape=(1, 3, SIDE, SIDE), tensors=tensors)


def not_finite(path: Path) -> Path:
    """Divides by the mean of the picture: a grey picture of mean 0 gives NaN or infinity."""
    nodes = [
        node("Flatten", ["picture"], "flat"),
        node("ReduceMean", ["flat"], "mean", axes=[1], keepdims=1),
        node("Div", ["flat", "mean"], "template"),
    ]
    return save(path, nodes, tensors={"w": weights()})


def node(kind: str, inputs: Sequence[str], output: str, **attributes: Any) -> onnx.NodeProto:
    return helper.make_node(kind, list(inputs), [output], **attributes)
