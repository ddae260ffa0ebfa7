"""Writing on from a prompt: the worker's passes, and the worker's choice among the logits."""

import parable
import torch
from part2.model import TransformerLM


def greedy_decode(model, input_ids, max_new_tokens, eos_token_id=None, pad_token_id=None):
    if isinstance(model, TransformerLM) and len(input_ids) > 0:
        # Every token of every sequence in one call.
        tensors = {"input_ids": input_ids, **dict(model.named_parameters())}
        sizes = {**model.hyperparameters, "max_new_tokens": max_new_tokens}
        written = parable.component_of("greedy_decode", tensors, sizes)["output"]
        return _until_end(written, input_ids.shape[1], eos_token_id)
    return _decode(model, input_ids, max_new_tokens, eos_token_id, {"strategy": "greedy"})


def top_k_decode(
    model,
    input_ids,
    max_new_tokens,
    k=50,
    temperature=1.0,
    eos_token_id=None,
    pad_token_id=None,
):
    choice = {"strategy": "top-k", "top_k": k, "temperature": float(temperature)}
    return _decode(model, input_ids, max_new_tokens, eos_token_id, choice)


def nucleus_decode(
    model,
    input_ids,
    max_new_tokens,
    p=0.9,
    temperature=1.0,
    eos_token_id=None,
    pad_token_id=None,
):
    choice = {"strategy": "top-p", "top_p": float(p), "temperature": float(temperature)}
    return _decode(model, input_ids, max_new_tokens, eos_token_id, choice)


@torch.no_grad()
def _decode(model, input_ids, max_new_tokens, eos_token_id, choice):
    """Extends the sequences token by token; all chance comes from PyTorch's generator."""
    model.eval()
    written = input_ids.clone()
    context = getattr(model, "context_length", None) or written.shape[1] + max_new_tokens
    for _ in range(max_new_tokens):
        logits = model(written[:, -context:])[:, -1, :]
        seed = torch.randint(2**31, ()).item()
        drawn = parable.component_of("sampling", {"logits": logits}, {**choice, "seed": seed})
        written = torch.cat([written, drawn["output"].unsqueeze(1)], dim=1)
        if eos_token_id is not None and (written[:, -1] == eos_token_id).all():
            break
    return written


def _until_end(written, prompt_length, eos_token_id):
    """The sequences up to the first place behind the prompt where all of them end."""
    if eos_token_id is None:
        return written
    ends = (written[:, prompt_length:] == eos_token_id).all(dim=0).nonzero()
    return written if len(ends) == 0 else written[:, : prompt_length + int(ends[0]) + 1]


def generate_text(
    model,
    tokenizer,
    prompt,
    max_new_tokens=50,
    method="greedy",
    k=50,
    p=0.9,
    temperature=1.0,
    eos_token_id=None,
):
    """The prompt and what the model makes of it."""
    ids = torch.tensor([tokenizer.encode(prompt)])
    if method == "greedy":
        written = greedy_decode(model, ids, max_new_tokens, eos_token_id)
    elif method == "top_k":
        written = top_k_decode(model, ids, max_new_tokens, k, temperature, eos_token_id)
    elif method == "nucleus":
        written = nucleus_decode(model, ids, max_new_tokens, p, temperature, eos_token_id)
    else:
        raise ValueError(f"unknown method {method!r}: greedy, top_k and nucleus are there")
    return tokenizer.decode(written[0].tolist())
