import math
import sys
from pathlib import Path

import pytest
import torch
import torch.nn.functional as F

from . import adapters
from .adapters import (  # noqa: F401, the names that suites import
    create_transformer_lm,
    run_count_flops_per_token,
    run_count_parameters,
    run_embedding,
    run_estimate_memory_bytes,
    run_linear,
    run_multihead_self_attention,
    run_multihead_self_attention_with_rope,
    run_rmsnorm,
    run_rope,
    run_scaled_dot_product_attention,
    run_silu,
    run_softmax,
    run_swiglu,
    run_transformer_block,
    run_transformer_lm,
)

sys.path.insert(0, str(Path(__file__).parent.parent))
from model import (  # noqa: E402
    Embedding,
    Linear,
    MultiHeadSelfAttention,
    MultiHeadSelfAttentionWithRoPE,
    RMSNorm,
    RotaryPositionEmbedding,
    SwiGLU,
    TransformerBlock,
    TransformerLM,
    apply_rope,
    count_flops_per_token,
    count_parameters,
    estimate_memory_bytes,
    scaled_dot_product_attention,
    silu,
    softmax,
)

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
    scores = q @ k.transpose(-1, -2) / math.sqrt(q.shape[-1])
    causal = torch.ones(sequence, sequence).tril().bool()
    y = scores.masked_fill(~causal, -math.inf).softmax(-1) @ v
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


def test_softmax():
    x = torch.randn(3, 4, 5) * 50
    x[0, 0, 0] = -math.inf
    for dim in (-3, -2, -1, 0, 1, 2):
        close(run_softmax(x, dim), x.softmax(dim))
        close(run_softmax(in_features=x.transpose(0, 2), dim=dim), x.transpose(0, 2).softmax(dim))
    close(softmax(torch.tensor(3.0), dim=-1), torch.tensor(1.0))
    assert run_softmax(x.double(), -1).dtype == torch.float64
    assert run_softmax(x.bfloat16(), dim=-1).dtype == torch.bfloat16


def test_views_and_leading_sizes():
    x, weight = torch.randn(2, 3, 4, 6)[:, ::2].transpose(1, 2), torch.randn(6, 7).T
    close(run_linear(6, 7, weight, x), x @ weight.T)
    close(run_linear(6, 7, weight, x[0, 0, 0]), weight @ x[0, 0, 0])
    gain = torch.rand(12)[::2]
    close(run_rmsnorm(6, EPS, gain, x), rmsnorm(x, gain))
    table = torch.randn(7, 6)
    for ids in (torch.tensor(3), torch.tensor([[1, 2]], dtype=torch.int32), torch.tensor([])):
        close(run_embedding(7, 6, table, ids.long()), table[ids.long()])
    positions = torch.tensor([[0, 3, 1, 2], [5, 4, 6, 7]])
    q = torch.randn(2, 3, 4, 8)
    expected = rotated(q, positions[:, None])
    for rows in (positions, positions[:, None]):
        close(run_rope(8, THETA, 10, q, rows), expected)
    close(run_rope(8, THETA, 10, q[0, 0], torch.arange(4)), rotated(q[0, 0], torch.arange(4)))


def test_masks():
    q, k, v = torch.randn(2, 3, 4, 8), torch.randn(2, 3, 6, 8), torch.randn(2, 3, 6, 5)
    allowed = torch.rand(2, 1, 4, 6) < 0.6
    allowed[..., 0] = True
    scores = q @ k.transpose(-1, -2) / math.sqrt(8)
    expected = scores.masked_fill(~allowed, -math.inf).softmax(-1) @ v
    for mask in (allowed, allowed.float(), allowed.int(), allowed.expand(2, 3, 4, 6)):
        close(scaled_dot_product_attention(q, k, v, mask), expected)
    allowed[..., 1, :] = False
    assert (run_scaled_dot_product_attention(q, k, v, allowed)[..., 1, :] == 0).all()
    # One key and value for all heads.
    close(
        run_scaled_dot_product_attention(q, k[:, :1], v[:, :1], None),
        (q @ k[:, :1].transpose(-1, -2) / math.sqrt(8)).softmax(-1) @ v[:, :1],
    )


def test_classes():
    x, ids, positions = torch.randn(2, 5, D_MODEL), torch.randint(VOCAB, (2, 5)), torch.arange(5)
    layer = Linear(D_MODEL, D_FF)
    close(layer(x), x @ layer.weight.T)
    table = Embedding(vocab_size=VOCAB, d_model=D_MODEL)
    close(table(ids), table.weight[ids])
    close(RMSNorm(D_MODEL)(x), rmsnorm(x, torch.ones(D_MODEL)))
    ffn = SwiGLU(d_model=D_MODEL, d_ff=D_FF)
    close(ffn(x), (silu(ffn.w1(x)) * ffn.w3(x)) @ ffn.w2.weight.T)
    turned = RotaryPositionEmbedding(D_MODEL, max_seq_len=CONTEXT)(x, positions)
    close(turned, rotated(x, positions))
    close(apply_rope(x, D_MODEL, THETA, CONTEXT, positions), turned)
    attn = MultiHeadSelfAttention(D_MODEL, HEADS)
    close(attn(x), attention(x, attn.state_dict()))
    attn = MultiHeadSelfAttentionWithRoPE(D_MODEL, HEADS, CONTEXT, theta=THETA)
    close(attn(x), attention(x, attn.state_dict(), positions))
    close(attn(x, positions + 3), attention(x, attn.state_dict(), positions + 3))
    layer = TransformerBlock(D_MODEL, HEADS, D_FF, CONTEXT)
    close(layer(x), block(x, layer.state_dict()))
    rows = torch.stack([positions, positions])
    close(layer(x, rows), block(x, layer.state_dict()))
    network = TransformerLM(VOCAB, CONTEXT, D_MODEL, LAYERS, HEADS, D_FF)
    close(network(ids, rows), network(ids))
    assert set(network.state_dict()) == set(network_weights())
    assert count_parameters(network) == sum(p.numel() for p in network.parameters())
    with pytest.raises(AssertionError):
        MultiHeadSelfAttention(D_MODEL, 5)


def test_gradients():
    network = TransformerLM(VOCAB, CONTEXT, D_MODEL, LAYERS, HEADS, D_FF)
    network.load_weights(network_weights())
    ids = torch.randint(VOCAB, (2, 5))
    weights = {n: p.detach().clone().requires_grad_() for n, p in network.named_parameters()}
    x = weights["token_embeddings.weight"][ids]
    for layer in range(LAYERS):
        x = block(x, part(weights, f"layers.{layer}."))
    logits = rmsnorm(x, weights["final_ln.weight"]) @ weights["output.weight"].T
    upstream = torch.randn(logits.shape)
    (logits * upstream).sum().backward()
    (network(ids) * upstream).sum().backward()
    for name, parameter in network.named_parameters():
        torch.testing.assert_close(parameter.grad, weights[name].grad, atol=1e-4, rtol=1e-3)


def test_accounting_by_place():
    assert count_flops_per_token(VOCAB, CONTEXT, D_MODEL, 0, HEADS, D_FF) == (
        2 * D_MODEL + 2 * D_MODEL * VOCAB
    )
    assert estimate_memory_bytes(VOCAB, D_MODEL, 0, D_FF) == 4 * (2 * VOCAB + 1) * D_MODEL


def test_a_function_that_is_not_there_fails_alone():
    with pytest.raises(NotImplementedError):
        adapters.run_something_else(1, name=2)
    with pytest.raises(AttributeError):
        adapters.something_else
