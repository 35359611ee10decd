"""The trained network as an ONNX graph, written node by node.

One input, `ids` (texts, pieces), padded with the pad id. Two outputs: `logits` (texts, all labels of all heads in the
order of `train.data.HEADS`) and `embedding`, of unit length. ONNX Runtime's own attention and products of whole numbers are
used directly instead of hoping that an optimiser finds them.

The word embeddings come from 4-bit weights and were frozen, so 4 bits hold them without any loss. The other weights
are 8-bit, with one scale for each column, and so are the activations (train/quantise.py); without ranges the graph is
fp32, which is what the other is compared with.
"""

from __future__ import annotations

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from train.quantise import Range

Array = NDArray[np.float32]
Linear = tuple[Array, Array]
"""Weight (outputs, inputs) and bias."""
WORD_BLOCK = 32
"""As the word embeddings came."""


class Graph:
    """Collects nodes and constants; every method returns the name of its result."""

    def __init__(self, ranges: dict[str, Range] | None) -> None:
        self.ranges = ranges
        self.nodes: list[onnx.NodeProto] = []
        self.constants: list[onnx.TensorProto] = []

    def op(self, kind: str, inputs: list[str], name: str, outputs: int = 1, **attributes: object) -> str:
        domain = "" if kind in STANDARD else "com.microsoft"
        names = [name] if outputs == 1 else [f"{name}.{i}" for i in range(outputs)]
        self.nodes.append(helper.make_node(kind, inputs, names, name=name, domain=domain, **attributes))
        return name

    def constant(self, value: NDArray[np.generic], name: str) -> str:
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def matmul(self, x: str, weight: Array, bias: str, name: str) -> str:
        """x times weight (inputs, outputs), plus bias."""
        if self.ranges is None:
            plain = self.op("MatMul", [x, self.constant(weight, f"{name}.weight")], f"{name}.plain")
            return self.op("Add", [plain, bias], name)
        x, x_scale, x_zero, columns, w_scale, w_zero = self.whole(x, weight, name, self.ranges[name])
        return self.op("MatMulIntegerToFloat", [x, columns, x_scale, w_scale, x_zero, w_zero, bias], name)

    def whole(self, x: str, weight: Array, name: str, found: Range) -> list[str]:
        """x and the weight as whole numbers: x, its scale and zero, the weight, its scales and zeros."""
        even = self.op("Mul", [x, self.constant(1 / found.factor, f"{name}.factor")], f"{name}.even")
        x_scale = self.constant(np.array(found.scale, np.float32), f"{name}.in_scale")
        x_zero = self.constant(np.array(found.zero, np.uint8), f"{name}.in_zero")
        whole = self.op("QuantizeLinear", [even, x_scale, x_zero], f"{name}.in")
        weight = weight * found.factor[:, None]
        scale = (np.abs(weight).max(0) / 127).astype(np.float32)
        columns = self.constant(np.round(weight / scale).astype(np.int8), f"{name}.weight")
        w_scale = self.constant(scale, f"{name}.scale")
        w_zero = self.constant(np.zeros(weight.shape[1], np.int8), f"{name}.zero")
        return [whole, x_scale, x_zero, columns, w_scale, w_zero]

    def words(self, ids: str, table: Array, name: str) -> str:
        """Rows of the word embeddings, in the 4-bit blocks that they came in."""
        blocks = table.reshape(len(table), -1, WORD_BLOCK)
        peak = np.take_along_axis(blocks, np.abs(blocks).argmax(-1)[..., None], -1)
        scale = find_scale(blocks, peak)
        whole = np.round(blocks / scale[..., None]).astype(np.int8)
        if not (
            np.abs(whole * scale[..., None] - blocks).max() < 1e-6 and whole.min() >= -8 and whole.max() <= 7
        ):
            raise ValueError("these word embeddings don't come from 4-bit blocks")
        low, high = whole.reshape(-1)[::2] & 15, whole.reshape(-1)[1::2] & 15
        data = helper.make_tensor(
            f"{name}.blocks",
            TensorProto.INT4,
            table.shape,
            (low | high << 4).astype(np.uint8).tobytes(),
            raw=True,
        )
        self.constants.append(data)
        inputs = [data.name, ids, self.constant(scale.astype(np.float16), f"{name}.scale")]
        half = self.op(
            "GatherBlockQuantized",
            inputs,
            f"{name}.half",
            gather_axis=0,
            quantize_axis=1,
            block_size=WORD_BLOCK,
        )
        return self.op("Cast", [half], name, to=TensorProto.FLOAT)


STANDARD = {
    "Add", "Cast", "Concat", "Div", "Equal", "Gemm", "LayerNormalization", "LpNormalization", "MatMul", "Mul",
    "Not", "QuantizeLinear", "ReduceSum", "Shape", "Slice", "Split", "Unsqueeze",
}  # fmt: skip
"""The operators used that are ONNX's own; the others are ONNX Runtime's."""


def find_scale(blocks: Array, peak: Array) -> Array:
    """The scale of each block: Q4_0 sets it so that the weight of largest size is -8 (rarely it is another whole
    number, when the block's own scale was rounded or its peak was cut), and it is a float16."""
    best = np.full(blocks.shape[:2], np.inf, np.float32)
    scale = np.ones(blocks.shape[:2], np.float32)
    for whole in (-8, 8, -7, 7, -6, 6, -5, 5, -4, 4, -3, 3, -2, 2, -1, 1):
        tried = (peak[..., 0] / whole).astype(np.float16).astype(np.float32)
        tried = np.where(tried == 0, 1, tried)
        quotient = np.round(blocks / tried[..., None])
        error = np.abs(quotient * tried[..., None] - blocks).max(-1)
        error = np.where((quotient.min(-1) < -8) | (quotient.max(-1) > 7), np.inf, error)
        better = error < best
        best, scale = np.where(better, error, best), np.where(better, tried, scale)
    return scale


def build(
    state: dict[str, Array], heads: list[str], ranges: dict[str, Range] | None, *, pad: int, attention_heads: int,
    layers: int, eps: float, embedding_layers: tuple[int, ...], embedding: Linear, longest: int,
) -> onnx.ModelProto:  # fmt: skip
    """`embedding` is a linear map of the mean-pooled outputs of `embedding_layers` (1..layers), side by side."""
    g = Graph(ranges)
    g.constant(np.array(pad), "pad")
    g.constant(np.array([0]), "zero")
    g.constant(np.array([1]), "one")
    g.constant(np.array([2]), "two")
    e = "encoder.embeddings."
    kept = g.op("Not", [g.op("Equal", ["ids", "pad"], "is_pad")], "kept")
    g.op("Cast", [kept], "mask", to=TensorProto.INT32)
    g.op("Cast", [g.op("Unsqueeze", [kept, "two"], "kept3")], "share", to=TensorProto.FLOAT)
    g.op("ReduceSum", ["share", "one"], "count", keepdims=1)

    positions = (
        state[f"{e}position_embeddings.weight"][:longest] + state[f"{e}token_type_embeddings.weight"][0]
    )
    g.constant(positions, "positions")
    length = g.op("Shape", ["ids"], "length", start=1, end=2)
    place = g.op("Slice", ["positions", "zero", length, "zero"], "place")
    x = g.op("Add", [g.words("ids", state[f"{e}word_embeddings.weight"], "words"), place], "embedded")
    norm = [g.constant(state[f"{e}LayerNorm.{k}"], f"norm.{k}") for k in ("weight", "bias")]
    x = g.op("LayerNormalization", [x, *norm], "x0", epsilon=eps)
    for i in range(layers):
        x = layer(g, state, i, x, attention_heads, eps)

    def pool(x: str, name: str) -> str:
        total = g.op(
            "ReduceSum", [g.op("Mul", [x, "share"], f"{name}.kept"), "one"], f"{name}.sum", keepdims=0
        )
        return g.op("Div", [total, g.op("ReduceSum", ["count", "two"], f"{name}.count", keepdims=0)], name)

    def linear(x: str, weight: Array, bias: Array, name: str) -> str:
        constants = [g.constant(weight, f"{name}.weight"), g.constant(bias, f"{name}.bias")]
        return g.op("Gemm", [x, *constants], name, transB=1)

    parts = [pool(f"x{i}", f"pooled{i}") for i in embedding_layers]
    mapped = linear(g.op("Concat", parts, "layers", axis=1), *embedding, "mapped")
    g.op("LpNormalization", [mapped], "embedding", axis=1, p=2)
    weight = np.concatenate([state[f"heads.{head}.weight"] for head in heads])
    bias = np.concatenate([state[f"heads.{head}.bias"] for head in heads])
    linear(pool(x, "pooled"), weight, bias, "logits")

    graph = helper.make_graph(
        g.nodes, "snapwatch",
        [helper.make_tensor_value_info("ids", TensorProto.INT64, ["texts", "pieces"])],
        [
            helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["texts", len(bias)]),
            helper.make_tensor_value_info("embedding", TensorProto.FLOAT, ["texts", len(embedding[1])]),
        ],
        g.constants,
    )  # fmt: skip
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("com.microsoft", 1)]
    return helper.make_model(
        graph, opset_imports=opsets, ir_version=10, producer_name="snapwatch train/graph.py"
    )


def layer(g: Graph, state: dict[str, Array], i: int, x: str, attention_heads: int, eps: float) -> str:
    """One encoder layer over `x`; its output is named x1, x2, …"""
    s, n = f"encoder.encoder.layer.{i}.", f"layer{i}"

    def norm(part: str, value: str, name: str) -> str:
        # SkipLayerNormalization does the same in one step, five times slower (ONNX Runtime 1.27 on AVX-512).
        weight, bias = (
            g.constant(state[f"{s}{part}.LayerNorm.{k}"], f"{name}.{k}") for k in ("weight", "bias")
        )
        total = g.op("Add", [value, x], f"{name}.sum")
        return g.op("LayerNormalization", [total, weight, bias], name, epsilon=eps)

    def product(value: str, part: str, name: str) -> str:
        bias = g.constant(state[f"{s}{part}.dense.bias"], f"{name}.bias")
        return g.matmul(value, state[f"{s}{part}.dense.weight"].T, bias, name)

    qkv = [f"{s}attention.self.{part}" for part in ("query", "key", "value")]
    weight = np.concatenate([state[f"{q}.weight"] for q in qkv]).T
    bias = g.constant(np.concatenate([state[f"{q}.bias"] for q in qkv]), f"{n}.qkv.bias")
    if g.ranges is None:
        joined = g.op("MatMul", [x, g.constant(weight, f"{n}.qkv.weight")], f"{n}.qkv")
        g.op("Split", [joined], f"{n}.part", outputs=3, axis=2, num_outputs=3)
        parts = [f"{n}.part.{j}" for j in range(3)]
        seen = g.op("MultiHeadAttention", [*parts, bias, "mask"], f"{n}.attention", num_heads=attention_heads)
    else:
        whole, x_scale, x_zero, columns, w_scale, w_zero = g.whole(
            x, weight, f"{n}.qkv", g.ranges[f"{n}.qkv"]
        )
        inputs = [whole, columns, bias, x_scale, w_scale, "mask", x_zero, w_zero]
        seen = g.op("QAttention", inputs, f"{n}.attention", num_heads=attention_heads)
    x = norm("attention.output", product(seen, "attention.output", f"{n}.seen"), f"{n}.mid")
    wide = g.op("Gelu", [product(x, "intermediate", f"{n}.wide")], f"{n}.gelu")
    return norm("output", product(wide, "output", f"{n}.narrow"), f"x{i + 1}")
