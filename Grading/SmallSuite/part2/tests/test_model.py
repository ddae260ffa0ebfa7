import math

import pytest
import torch
import torch.nn.functional as F

from . import adapters

D_MODEL, D_FF, HEADS, LAYERS, VOCAB, CONTEXT, THETA = 24, 40, 3, 2, 50, 12, 10000.0
EPS = 1e-5


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(5)


def close(actual, expected):
    torch.testing.assert_close(actual, expected, atol=1e-5, rtol=1e-4)


def rmsnorm(x, gain):
    return x * torch.rsqrt((x * x).mean(-1, keepdim=True) + EPS) * gain


def rotated(x, positions):
    half = x.shape[-1] // 2
    angles = positions[..., None] * THETA ** (-torch.arange(half, dtype=torch.float64) / half)
    sine, cosine = angles.sin().float(), angles.cos().float()
    a, b = x[..., :half], x[..., half:]
    return torch.cat([a * cosine - b * sine, b * cosine + a * sine], -1)


def attention(x, weights, positions=None):
    batch, sequence, _ = x.shape

    def heads(name):
        return (x @ weights[name].T).view(batch, sequence, HEADS, -1).transpose(1, 2)

    q, k, v = heads("q_proj.weight"), heads("k_proj.weight"), heads("v_proj.weight")
    if positions is not None:
        q, k = rotated(q, positions), rotated(k, positions)
    y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
    return y.transpose(1, 2).reshape(x.shape) @ weights["output_proj.weight"].T


def part(weights, prefix):
    return {n.removeprefix(prefix): w for n, w in weights.items() if n.startswith(prefix)}


def block(x, weights):
    positions = torch.arange(x.shape[-2])
    x = x + attention(rmsnorm(x, weights["ln1.weight"]), part(weights, "attn."), positions)
    h, ffn = rmsnorm(x, weights["ln2.weight"]), part(weights, "ffn.")
    return x + (F.silu(h @ ffn["w1.weight"].T) * (h @ ffn["w3.weight"].T)) @ ffn["w2.weight"].T


def projections():
    names = ["q_proj", "k_proj", "v_proj", "output_proj"]
    return {f"{name}.weight": torch.randn(D_MODEL, D_MODEL) / 5 for name in names}


def block_weights():
    return {
        **{f"attn.{name}": weight for name, weight in projections().items()},
        "ffn.w1.weight": torch.randn(D_FF, D_MODEL) / 5,
        "ffn.w2.weight": torch.randn(D_MODEL, D_FF) / 5,
        "ffn.w3.weight": torch.randn(D_FF, D_MODEL) / 5,
        "ln1.weight": torch.rand(D_MODEL) + 0.5,
        "ln2.weight": torch.rand(D_MODEL) + 0.5,
    }


def network_weights():
    weights = {
        "token_embeddings.weight": torch.randn(VOCAB, D_MODEL),
        "final_ln.weight": torch.rand(D_MODEL) + 0.5,
        "output.weight": torch.randn(VOCAB, D_MODEL) / 5,
    }
    for layer in range(LAYERS):
        weights |= {f"layers.{layer}.{name}": w for name, w in block_weights().items()}
    return weights


def test_linear():
    weight, x = torch.randn(7, 5), torch.randn(2, 3, 5)
    close(adapters.run_linear(d_in=5, d_out=7, weights=weight, in_features=x), x @ weight.T)


def test_embedding():
    weight, ids = torch.randn(VOCAB, 5), torch.randint(VOCAB, (2, 3))
    close(adapters.run_embedding(VOCAB, 5, weight, ids), weight[ids])


def test_rmsnorm():
    gain, x = torch.randn(9), torch.randn(2, 3, 9)
    expected = rmsnorm(x, gain)
    close(adapters.run_rmsnorm(d_model=9, eps=EPS, weights=gain, in_features=x), expected)


def test_silu():
    x = torch.randn(4, 3) * 100
    close(adapters.run_silu(x), F.silu(x))


def test_swiglu():
    w1, w2, w3 = torch.randn(8, 6), torch.randn(6, 8), torch.randn(8, 6)
    x = torch.randn(2, 5, 6)
    expected = (F.silu(x @ w1.T) * (x @ w3.T)) @ w2.T
    close(
        adapters.run_swiglu(
            d_model=6, d_ff=8, w1_weight=w1, w2_weight=w2, w3_weight=w3, in_features=x
        ),
        expected,
    )


def test_rope():
    x, positions = torch.randn(2, 4, 8), torch.tensor([3, 0, 9, 1])
    close(adapters.run_rope(8, THETA, 10, x, positions), rotated(x, positions))


def test_attention_with_and_without_mask():
    q, k, v = torch.randn(2, 3, 4, 8), torch.randn(2, 3, 6, 8), torch.randn(2, 3, 6, 8)
    mask = torch.rand(4, 6) < 0.6
    mask[:, 0] = True
    scores = q @ k.transpose(-1, -2) / math.sqrt(8)
    expected = scores.masked_fill(~mask, -math.inf).softmax(-1) @ v
    close(adapters.run_scaled_dot_product_attention(Q=q, K=k, V=v, mask=mask), expected)
    close(adapters.run_scaled_dot_product_attention(q, k, v, None), scores.softmax(-1) @ v)


def test_multihead_self_attention():
    weights, x = projections(), torch.randn(2, 5, D_MODEL)
    close(
        adapters.run_multihead_self_attention(D_MODEL, HEADS, *weights.values(), x),
        attention(x, weights),
    )


def test_multihead_self_attention_with_rope():
    weights, x = projections(), torch.randn(2, 5, D_MODEL)
    positions = torch.tensor([0, 4, 2, 7, 11])
    actual = adapters.run_multihead_self_attention_with_rope(
        D_MODEL, HEADS, CONTEXT, THETA, *weights.values(), x, positions[None]
    )
    close(actual, attention(x, weights, positions))


def test_transformer_block():
    weights, x = block_weights(), torch.randn(2, 5, D_MODEL)
    actual = adapters.run_transformer_block(
        D_MODEL, HEADS, D_FF, CONTEXT, THETA, weights, x
    )
    close(actual, block(x, weights))


@pytest.mark.parametrize("sequence", [CONTEXT, 5])
def test_transformer_lm(sequence):
    weights, ids = network_weights(), torch.randint(VOCAB, (2, sequence))
    x = weights["token_embeddings.weight"][ids]
    for layer in range(LAYERS):
        x = block(x, part(weights, f"layers.{layer}."))
    expected = rmsnorm(x, weights["final_ln.weight"]) @ weights["output.weight"].T
    actual = adapters.run_transformer_lm(
        VOCAB, CONTEXT, D_MODEL, LAYERS, HEADS, D_FF, THETA, weights, ids
    )
    close(actual, expected)


def test_accounting():
    sizes = {
        "vocab_size": VOCAB,
        "context_length": CONTEXT,
        "d_model": D_MODEL,
        "num_layers": LAYERS,
        "num_heads": HEADS,
        "d_ff": D_FF,
    }
    count = sum(weight.numel() for weight in network_weights().values())
    network = adapters.create_transformer_lm(**sizes)
    assert adapters.run_count_parameters(network) == count
    assert adapters.run_estimate_memory_bytes(VOCAB, D_MODEL, LAYERS, D_FF, 2) == 2 * count
    layer = 8 * D_MODEL**2 + 4 * D_MODEL * CONTEXT + 6 * D_MODEL * D_FF + 4 * D_MODEL
    flops = LAYERS * layer + 2 * D_MODEL + 2 * D_MODEL * VOCAB
    assert adapters.run_count_flops_per_token(**sizes) == flops
