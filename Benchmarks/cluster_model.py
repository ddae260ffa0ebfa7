"""Predicts the time of a training step on a cluster, and what runs out first.

usage: cluster_model.py [--parameters N] [--tokens N] [--micro-batch-tokens N] [--core-speed TOKENS/S] [--cores-a-host N]
                        [--latency SECONDS] [--bandwidth BYTES/S] [--memory-bandwidth BYTES/S] [--weak]
The formulas are those of Documentation/SCALING.md. By default `base`, a batch of 1,024 windows of 256.
"""
import argparse, math

parser = argparse.ArgumentParser()
parser.add_argument("--parameters", type=float, default=22_696_448)
parser.add_argument("--tokens", type=float, default=1024 * 256, help="of a step, all ranks together")
parser.add_argument("--micro-batch-tokens", type=float, default=4 * 256)
parser.add_argument("--core-speed", type=float, default=900, help="tokens per second of one core, without communication")
parser.add_argument("--cores-a-host", type=int, default=8)
parser.add_argument("--latency", type=float, default=20e-6, help="of a message between hosts")
parser.add_argument("--bandwidth", type=float, default=1.25e9, help="of a host's link, bytes per second")
parser.add_argument("--memory-bandwidth", type=float, default=25e9, help="of a core's share of a host")
parser.add_argument("--disk", type=float, default=0.5e9, help="bytes per second of the folder of the run")
parser.add_argument("--weak", action="store_true", help="let the batch grow with the ranks from 8 on")
a = parser.parse_args()


def step(ranks, parameters, tokens, speed, cores_a_host, latency, bandwidth, memory_bandwidth, micro_batch_tokens):
    """Seconds of a step by part."""
    micro_batches = tokens / micro_batch_tokens
    most = math.ceil(micro_batches / ranks)  # the rank with the most micro-batches sets the pace
    compute = most * micro_batch_tokens / speed
    gradients = 4 * parameters
    # A rank's own micro-batches form about log2 subtrees at worst, one where ranges are powers of two.
    roots = 1 if micro_batches % ranks == 0 and math.log2(max(1, micro_batches // ranks)).is_integer() else max(1, math.ceil(math.log2(most + 1)))
    hosts = math.ceil(ranks / cores_a_host)
    here = min(ranks, cores_a_host)
    if hosts == 1:
        # Through shared memory: each rank reads its slice of every subtree and writes its sum.
        moved = gradients * (roots * ranks + 2) / ranks * (ranks > 1)
        communication = moved / memory_bandwidth * here
    else:
        away = 1 - here / ranks
        bytes_a_host = here * gradients * (roots + 1) * away
        communication = bytes_a_host / bandwidth + 2 * (ranks - 1) * latency
    # AdamW reads and writes parameters and moments and reads gradients; the norm reads gradients; packing.
    optimizer = 12 * gradients / memory_bandwidth
    return dict(compute=compute, communication=communication, optimizer=optimizer)


print("| ranks | hosts | step, s | compute | communication | optimizer | tokens/s | efficiency | checkpoint, s |\n" + "| --- " * 9 + "|")
base = None
for ranks in [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]:
    tokens = a.tokens * max(1, ranks / 8) if a.weak else a.tokens
    parts = step(ranks, a.parameters, tokens, a.core_speed, a.cores_a_host, a.latency, a.bandwidth, a.memory_bandwidth, a.micro_batch_tokens)
    total = sum(parts.values())
    base = base or tokens / total
    # Parameters and moments are written, hashed and read again for the manifest by one rank.
    checkpoint = 12 * a.parameters * (1 / a.disk + 2 / 1.7e9)
    shares = " | ".join(f"{100 * part / total:.1f} %" for part in parts.values())
    print(f"| {ranks:,} | {math.ceil(ranks / a.cores_a_host)} | {total:.3f} | {shares} | {tokens / total:,.0f} | "
          f"{100 * tokens / total / base / ranks:.0f} % | {checkpoint:.1f} |")
