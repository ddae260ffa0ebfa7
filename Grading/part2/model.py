"""The parts of the network, each computed by the worker."""

import parable
import torch
from torch import nn

_EPSILON = 1e-5


def silu(x):
    return parable.output("silu", {"input": x})


def softmax(x, dim=-1):
    x = torch.as_tensor(x)
    if x.dim() == 0:
        return softmax(x.reshape(1)).reshape(())
    return parable.output("softmax", {"x": x}, {"dim": dim})


def linear(weight, x):
    return parable.output("linear", {"weight": weight, "x": x})


def embedding(weight, token_ids):
    return parable.output("embedding", {"weight": weight, "token_ids": token_ids})


def rmsnorm(weight, x, eps=_EPSILON):
    return parable.output("rmsnorm", {"weight": weight, "x": x}, {"eps": eps})


def swiglu(w1, w2, w3, x):
    return parable.output("swiglu", {"w1": w1, "w2": w2, "w3": w3, "x": x})


def rope(x, token_positions, theta, max_seq_len):
    sizes = {"theta": theta, "max_seq_len": max_seq_len}
    tensors = {"x": x, "token_positions": _rows(token_positions)}
    return parable.output("rope", tensors, sizes)


def apply_rope(x, d_model, theta, max_seq_len, token_positions):
    return rope(x, token_positions, theta, max_seq_len)


def _rows(token_positions):
    """Positions without sizes of 1 between those of the batch and the sequence."""
    if token_positions is None:
        return None
    positions = torch.as_tensor(token_positions)
    while positions.dim() > 1 and positions.shape[-2] == 1:
        positions = positions.squeeze(-2)
    return positions


def scaled_dot_product_attention(Q, K, V, mask=None):
    parts = [torch.as_tensor(part) for part in (Q, K, V)]
    if mask is not None:
        parts.append(torch.as_tensor(mask).bool())
    leading = torch.broadcast_shapes(*(part.shape[:-2] for part in parts))
    parts = [part.expand(*leading, *part.shape[-2:]) for part in parts]
    return parable.output("scaled_dot_product_attention", dict(zip(("q", "k", "v", "mask"), parts)))


def multihead_self_attention(num_heads, q, k, v, o, x, rotary=None, token_positions=None):
    """Weights q, k, v and o; `rotary` are theta and max_seq_len where positions count."""
    name = "multihead_self_attention" + ("_with_rope" if rotary else "")
    weights = {"q_proj.weight": q, "k_proj.weight": k, "v_proj.weight": v, "output_proj.weight": o}
    tensors = {"x": x, **weights}
    if rotary:
        tensors["token_positions"] = _rows(token_positions)
    return parable.output(name, tensors, {"num_heads": num_heads, **(rotary or {})})


def transformer_block(
    num_heads, max_seq_len, theta, weights, x, eps=_EPSILON, token_positions=None
):
    positions = _rows(token_positions)
    if positions is not None and positions.dim() > 1:
        # To the worker the sequences of a block have the same positions.
        return torch.stack(
            [
                transformer_block(num_heads, max_seq_len, theta, weights, part, eps, row)
                for part, row in zip(x, positions)
            ]
        )
    sizes = {"num_heads": num_heads, "max_seq_len": max_seq_len, "theta": theta, "eps": eps}
    tensors = {"x": x, "token_positions": positions, **weights}
    return parable.output("transformer_block", tensors, sizes)


class Linear(nn.Module):
    def __init__(self, d_in, d_out):
        super().__init__()
        self.d_in, self.d_out = d_in, d_out
        self.weight = nn.Parameter(torch.empty(d_out, d_in))
        nn.init.normal_(self.weight, std=(2 / (d_in + d_out)) ** 0.5)

    def forward(self, x):
        return linear(self.weight, x)


class Embedding(nn.Module):
    def __init__(self, vocab_size, d_model):
        super().__init__()
        self.vocab_size, self.d_model = vocab_size, d_model
        self.weight = nn.Parameter(torch.empty(vocab_size, d_model))
        nn.init.normal_(self.weight, std=0.02)

    def forward(self, token_ids):
        return embedding(self.weight, token_ids)


class RMSNorm(nn.Module):
    def __init__(self, d_model, eps=_EPSILON):
        super().__init__()
        self.d_model, self.eps = d_model, eps
        self.weight = nn.Parameter(torch.ones(d_model))

    def forward(self, x):
        return rmsnorm(self.weight, x, self.eps)


class SwiGLU(nn.Module):
    def __init__(self, d_model, d_ff):
        super().__init__()
        self.d_model, self.d_ff = d_model, d_ff
        self.w1, self.w2, self.w3 = (
            Linear(d_model, d_ff), Linear(d_ff, d_model), Linear(d_model, d_ff)
        )

    def forward(self, x):
        return swiglu(self.w1.weight, self.w2.weight, self.w3.weight, x)


class RotaryPositionEmbedding(nn.Module):
    def __init__(self, d_model, max_seq_len, theta=10000.0):
        super().__init__()
        self.d_model, self.max_seq_len, self.theta = d_model, max_seq_len, theta

    def forward(self, x, token_positions):
        return rope(x, token_positions, self.theta, self.max_seq_len)


class MultiHeadSelfAttention(nn.Module):
    def __init__(self, d_model, num_heads):
        super().__init__()
        if d_model % num_heads != 0:
            raise AssertionError("d_model must be divisible by num_heads")
        self.d_model, self.num_heads, self.d_k = d_model, num_heads, d_model // num_heads
        self.q_proj, self.k_proj, self.v_proj, self.output_proj = (
            Linear(d_model, d_model) for _ in range(4)
        )

    def forward(self, x):
        return self._attend(x)

    def _attend(self, x, *rotary):
        projections = (self.q_proj, self.k_proj, self.v_proj, self.output_proj)
        weights = [projection.weight for projection in projections]
        return multihead_self_attention(self.num_heads, *weights, x, *rotary)


class MultiHeadSelfAttentionWithRoPE(MultiHeadSelfAttention):
    def __init__(self, d_model, num_heads, max_seq_len, theta=10000.0):
        super().__init__(d_model, num_heads)
        self.max_seq_len, self.theta = max_seq_len, theta

    def forward(self, x, token_positions=None):
        rotary = {"theta": self.theta, "max_seq_len": self.max_seq_len}
        return self._attend(x, rotary, token_positions)


class TransformerBlock(nn.Module):
    def __init__(self, d_model, num_heads, d_ff, max_seq_len, theta=10000.0, eps=_EPSILON):
        super().__init__()
        self.ln1, self.ln2 = RMSNorm(d_model, eps), RMSNorm(d_model, eps)
        self.attn = MultiHeadSelfAttentionWithRoPE(d_model, num_heads, max_seq_len, theta)
        self.ffn = SwiGLU(d_model, d_ff)

    def forward(self, x, token_positions=None):
        attn = self.attn
        weights = dict(self.named_parameters())
        return transformer_block(
            attn.num_heads, attn.max_seq_len, attn.theta, weights, x, self.ln1.eps, token_positions
        )


class TransformerLM(nn.Module):
    """A network whose parameters PyTorch holds and whose passes the worker makes."""

    def __init__(
        self,
        vocab_size,
        context_length,
        d_model,
        num_layers,
        num_heads,
        d_ff,
        rope_theta=10000.0,
        eps=_EPSILON,
    ):
        super().__init__()
        self.sizes = {
            "vocab_size": vocab_size,
            "context_length": context_length,
            "d_model": d_model,
            "num_layers": num_layers,
            "num_heads": num_heads,
            "d_ff": d_ff,
        }
        self.vocab_size, self.context_length = vocab_size, context_length
        self.d_model, self.num_layers = d_model, num_layers
        self.rope_theta, self.eps = rope_theta, eps
        self.token_embeddings = Embedding(vocab_size, d_model)
        self.layers = nn.ModuleList(
            TransformerBlock(d_model, num_heads, d_ff, context_length, rope_theta, eps)
            for _ in range(num_layers)
        )
        self.final_ln = RMSNorm(d_model, eps)
        self.output = Linear(d_model, vocab_size)

    @property
    def hyperparameters(self):
        """The sizes and constants by their names in a case."""
        return {**self.sizes, "rope_theta": self.rope_theta, "eps": self.eps}

    def forward(self, token_ids, token_positions=None):
        if token_positions is not None:
            return self.output(self.hidden_states(token_ids, token_positions))
        tensors = {"token_ids": token_ids, **dict(self.named_parameters())}
        return parable.output("transformer_lm", tensors, self.hyperparameters)

    def hidden_states(self, token_ids, token_positions=None):
        """What the projection to the vocabulary gets, layer by layer."""
        x = self.token_embeddings(token_ids)
        for layer in self.layers:
            x = layer(x, token_positions)
        return self.final_ln(x)

    def load_weights(self, state_dict):
        load(self, state_dict)


def load(module, state_dict):
    """Takes the weights that are there; the others stay as they are."""
    with torch.no_grad():
        for name, parameter in module.named_parameters():
            if name in state_dict:
                parameter.copy_(state_dict[name])


def count_parameters(model):
    if isinstance(model, TransformerLM):
        return _count("count_parameters", model.sizes)
    return sum(parameter.numel() for parameter in model.parameters())


def count_flops_per_token(vocab_size, context_length, d_model, num_layers, num_heads, d_ff):
    sizes = {
        "vocab_size": vocab_size,
        "context_length": context_length,
        "d_model": d_model,
        "num_layers": num_layers,
        "num_heads": num_heads,
        "d_ff": d_ff,
    }
    return _count("count_flops_per_token", sizes)


def estimate_memory_bytes(vocab_size, d_model, num_layers, d_ff, dtype_bytes=4):
    sizes = {
        "vocab_size": vocab_size,
        "d_model": d_model,
        "num_layers": num_layers,
        "d_ff": d_ff,
        "dtype_bytes": dtype_bytes,
        # Neither changes the number of parameters.
        "num_heads": 1,
        "context_length": 1,
    }
    return _count("estimate_memory_bytes", sizes)


def _count(name, sizes):
    return parable.component_of(name, {}, sizes)["output"].item()
