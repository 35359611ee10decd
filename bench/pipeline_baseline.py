"""What bench/classifier_speed.py compares with: `transformers.pipeline` in fp32 at its default batch size.

    python -m bench.pipeline_baseline TOKENIZER LAYERS < in.jsonl > out.jsonl

Run by a Python that has torch and transformers. The network has the shipped one's architecture and random weights,
which cost the same. The last line on standard error is {"ready": seconds, "answered": seconds} since the start.
"""

from __future__ import annotations

import json
import sys
import time

BEGIN = time.perf_counter()
SIZES = {"hidden_size": 384, "num_attention_heads": 12, "intermediate_size": 1536}


def main(tokenizer: str, layers: int) -> None:
    import torch
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast, pipeline

    words = PreTrainedTokenizerFast(tokenizer_file=tokenizer, pad_token="<pad>")  # noqa: S106
    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=len(words),
        num_hidden_layers=layers,
        pad_token_id=words.pad_token_id,
        num_labels=2,
        **SIZES,
    )
    model = BertForSequenceClassification(config).eval()
    classify = pipeline("text-classification", model=model, tokenizer=words, device="cpu")
    items = [json.loads(line) for line in sys.stdin]
    ready = time.perf_counter()
    found = classify([item["text"] for item in items])
    answered = time.perf_counter()
    for item, answer in zip(items, found, strict=True):
        print(json.dumps({"id": item["id"], **answer}))
    print(json.dumps({"ready": ready - BEGIN, "answered": answered - BEGIN}), file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
