"""The parts of the network, each computed by the worker."""

import parable

_EPSILON = 1e-5


def silu(x):
    return parable.component("silu", input=x)["output"]


def linear(weight, x):
    return parable.component("linear", weight=weight, x=x)["output"]


def embedding(weight, token_ids):
    return parable.component("embedding", weight=weight, token_ids=token_ids)["output"]


def rmsnorm(weight, x, eps=_EPSILON):
    return parable.component("rmsnorm", {"eps": eps}, weight=weight, x=x)["output"]


def swiglu(w1, w2, w3, x):
    return parable.component("swiglu", w1=w1, w2=w2, w3=w3, x=x)["output"]


def rope(x, token_positions, theta, max_seq_len):
    sizes = {"theta": theta, "max_seq_len": max_seq_len}
    return parable.component("rope", sizes, x=x, token_positions=token_positions)["output"]


def scaled_dot_product_attention(q, k, v, mask=None):
    mask = None if mask is None else mask.bool()
    name = "scaled_dot_product_attention"
    return parable.component(name, q=q, k=k, v=v, mask=mask)["output"]


def multihead_self_attention(num_heads, q, k, v, o, x, rotary=None, token_positions=None):
    """Weights q, k, v and o; `rotary` are theta and max_seq_len where positions count."""
    name = "multihead_self_attention" + ("_with_rope" if rotary else "")
    weights = {"q_proj.weight": q, "k_proj.weight": k, "v_proj.weight": v, "output_proj.weight": o}
    tensors = {"x": x, **weights}
    if token_positions is not None:
        tensors["token_positions"] = token_positions
    sizes = {"num_heads": num_heads, **(rotary or {})}
    return parable.component_of(name, tensors, sizes)["output"]


def transformer_block(num_heads, max_seq_len, theta, weights, x, eps=_EPSILON):
    sizes = {"num_heads": num_heads, "max_seq_len": max_seq_len, "theta": theta, "eps": eps}
    return parable.component_of("transformer_block", {"x": x, **weights}, sizes)["output"]


class TransformerLM:
    """The sizes of a network and, once they are loaded, its weights."""

    def __init__(
        self, vocab_size, context_length, d_model, num_layers, num_heads, d_ff, rope_theta=10000.0
    ):
        self.sizes = {
            "vocab_size": vocab_size,
            "context_length": context_length,
            "d_model": d_model,
            "num_layers": num_layers,
            "num_heads": num_heads,
            "d_ff": d_ff,
        }
        self.rope_theta = rope_theta
        self.weights = None

    def load_weights(self, weights):
        self.weights = dict(weights)

    def __call__(self, token_ids):
        if self.weights is None:
            raise RuntimeError("the network has no weights yet: call load_weights first")
        sizes = {**self.sizes, "rope_theta": self.rope_theta, "eps": _EPSILON}
        tensors = {"token_ids": token_ids, **self.weights}
        return parable.component_of("transformer_lm", tensors, sizes)["output"]


def count_parameters(model):
    return _count("count_parameters", model.sizes)


def count_flops_per_token(**sizes):
    return _count("count_flops_per_token", sizes)


def estimate_memory_bytes(**sizes):
    # Neither heads nor context change the number of parameters.
    return _count("estimate_memory_bytes", {"num_heads": 1, "context_length": 1, **sizes})


def _count(name, sizes):
    return parable.component(name, sizes)["output"].item()
