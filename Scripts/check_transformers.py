#!/usr/bin/env python3
"""Loads a model folder with Hugging Face's transformers as it stands and measures a text with it.

usage: Scripts/check_transformers.py MODEL TEXT

Prints one JSON object with the keys of `worker evaluate --json`, computed by transformers' own Llama and
its tokenizer in float64: `loss` (nats per token), `perplexity`, `bits_per_byte`, `token_accuracy`, `tokens`
and `bytes`; and the ids of a greedy continuation of "Once" by `generate`. Consecutive sequences of
context + 1 ids are measured, the last shorter one included. Needs torch and transformers.
"""
import json, math, sys

import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

folder, path = sys.argv[1:]
tokenizer = AutoTokenizer.from_pretrained(folder)
model, report = AutoModelForCausalLM.from_pretrained(folder, output_loading_info=True)
for kind in ("missing_keys", "unexpected_keys", "mismatched_keys"):
    if report[kind]:
        sys.exit(f"check_transformers: {folder}: {kind.replace('_', ' ')}: {sorted(report[kind])}; convert it anew")
model = model.double().eval()

with open(path, encoding="utf-8", newline="") as file:
    text = file.read()
ids = tokenizer(text, add_special_tokens=False)["input_ids"]
context = model.config.max_position_embeddings
cost, correct = 0.0, 0
with torch.no_grad():
    for start in range(0, len(ids) - 1, context):
        sequence = torch.tensor(ids[start : start + context + 1])
        logits = model(sequence[None, :-1]).logits[0]
        cost += torch.nn.functional.cross_entropy(logits, sequence[1:], reduction="sum").item()
        correct += (logits.argmax(-1) == sequence[1:]).sum().item()
    prompt = torch.tensor([tokenizer("Once", add_special_tokens=False)["input_ids"]])
    continued = model.generate(prompt, max_new_tokens=8, do_sample=False)[0, prompt.shape[1] :].tolist()
for token in tokenizer.all_special_tokens:
    text = text.replace(token, "")
tokens, size = len(ids) - 1, len(text.encode())
print(json.dumps({
    "loss": cost / tokens, "perplexity": math.exp(cost / tokens), "bits_per_byte": cost / math.log(2) / size,
    "token_accuracy": correct / tokens, "tokens": tokens, "bytes": size, "continuation": continued,
}))
