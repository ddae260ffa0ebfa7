"""The functions that the tests of part 2 call."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

import model as parts
import parable
import torch
from model import TransformerLM


def __getattr__(name):
    return parable.unknown_function(__name__, name)


def run_silu(x):
    return parts.silu(x)


def run_softmax(in_features, dim=-1):
    return parts.softmax(in_features, dim)


def run_linear(d_in, d_out, weights, in_features):
    return parts.linear(weights, in_features)


def run_embedding(vocab_size, d_model, weights, token_ids):
    return parts.embedding(weights, token_ids)


def run_rmsnorm(d_model, eps, weights, in_features):
    return parts.rmsnorm(weights, in_features, eps)


def run_swiglu(d_model, d_ff, w1_weight, w2_weight, w3_weight, in_features):
    return parts.swiglu(w1_weight, w2_weight, w3_weight, in_features)


def run_rope(d_model, theta, max_seq_len, in_query_or_key, token_positions):
    return parts.rope(in_query_or_key, token_positions, theta, max_seq_len)


def run_scaled_dot_product_attention(Q, K, V, mask=None):
    return parts.scaled_dot_product_attention(Q, K, V, mask)


def run_multihead_self_attention(
    d_model,
    num_heads,
    q_proj_weight,
    k_proj_weight,
    v_proj_weight,
    o_proj_weight,
    in_features,
):
    weights = (q_proj_weight, k_proj_weight, v_proj_weight, o_proj_weight)
    return parts.multihead_self_attention(num_heads, *weights, in_features)


def run_multihead_self_attention_with_rope(
    d_model,
    num_heads,
    max_seq_len,
    theta,
    q_proj_weight,
    k_proj_weight,
    v_proj_weight,
    o_proj_weight,
    in_features,
    token_positions=None,
):
    weights = (q_proj_weight, k_proj_weight, v_proj_weight, o_proj_weight)
    rotary = {"theta": theta, "max_seq_len": max_seq_len}
    return parts.multihead_self_attention(
        num_heads, *weights, in_features, rotary, token_positions
    )


def run_transformer_block(d_model, num_heads, d_ff, max_seq_len, theta, weights, in_features):
    block = parts.TransformerBlock(d_model, num_heads, d_ff, max_seq_len, theta)
    parts.load(block, weights)
    with torch.no_grad():
        return block(in_features)


def create_transformer_lm(
    vocab_size, context_length, d_model, num_layers, num_heads, d_ff, rope_theta=10000.0
):
    return TransformerLM(
        vocab_size, context_length, d_model, num_layers, num_heads, d_ff, rope_theta
    )


def run_transformer_lm(
    vocab_size,
    context_length,
    d_model,
    num_layers,
    num_heads,
    d_ff,
    rope_theta,
    weights,
    in_indices,
):
    network = create_transformer_lm(
        vocab_size, context_length, d_model, num_layers, num_heads, d_ff, rope_theta
    )
    network.load_weights(weights)
    with torch.no_grad():
        return network(in_indices)


def run_count_parameters(model):
    return parts.count_parameters(model)


def run_count_flops_per_token(
    vocab_size, context_length, d_model, num_layers, num_heads, d_ff
):
    return parts.count_flops_per_token(
        vocab_size, context_length, d_model, num_layers, num_heads, d_ff
    )


def run_estimate_memory_bytes(vocab_size, d_model, num_layers, d_ff, dtype_bytes=4):
    return parts.estimate_memory_bytes(vocab_size, d_model, num_layers, d_ff, dtype_bytes)
