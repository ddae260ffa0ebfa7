"""A language model of the same network, trained by PyTorch's AdamW: what time_to_loss.py compares with.

usage: torch_lm.py --train IDS --validation IDS --bytes N --seconds S --learning-rate R [options]

IDS are token ids as raw little-endian u16. Steps are as many as fit into the seconds, from the speed of the first
ones, and the cosine is that long; compiling, measuring and evaluating do not count. Prints a line of JSON for
each evaluation: `step`, `seconds`, `bits_per_byte`, and a last one with what was trained.
"""
import argparse, json, math, time

import numpy
import torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
for name in ("train", "validation"):
    parser.add_argument(f"--{name}", required=True)
parser.add_argument("--bytes", type=int, required=True, help="of the validation text, without special tokens")
parser.add_argument("--seconds", type=float, required=True)
parser.add_argument("--learning-rate", type=float, required=True)
parser.add_argument("--warmup", type=float, default=0.05, help="a share of the steps")
parser.add_argument("--batch", type=int, default=32)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--dtype", choices=("fp32", "bf16"), default="fp32")
parser.add_argument("--evaluations", type=int, default=5)
for name, default in dict(vocabulary=4096, context=256, width=128, layers=4, heads=4, hidden=344).items():
    parser.add_argument(f"--{name}", type=int, default=default)
a = parser.parse_args()
torch.manual_seed(a.seed)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(a.width, a.width, bias=False) for _ in range(4))
        head = a.width // a.heads
        angles = torch.outer(torch.arange(a.context), 10000 ** (-torch.arange(0, head, 2) / head))
        angles = torch.cat([angles, angles], -1)
        self.register_buffer("cos", angles.cos())
        self.register_buffer("sin", angles.sin())

    def turn(self, x):
        one, two = x.chunk(2, -1)
        length = x.shape[-2]
        return (x * self.cos[:length] + torch.cat([-two, one], -1) * self.sin[:length]).to(x.dtype)

    def forward(self, x):
        batch, length, _ = x.shape
        q, k, v = (f(x).view(batch, length, a.heads, -1).transpose(1, 2) for f in (self.q, self.k, self.v))
        y = F.scaled_dot_product_attention(self.turn(q), self.turn(k), v, is_causal=True)
        return self.o(y.transpose(1, 2).reshape(batch, length, -1))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.before_attention, self.before_hidden = nn.RMSNorm(a.width, 1e-5), nn.RMSNorm(a.width, 1e-5)
        self.attention = Attention()
        self.gate, self.up = (nn.Linear(a.width, a.hidden, bias=False) for _ in range(2))
        self.down = nn.Linear(a.hidden, a.width, bias=False)

    def forward(self, x):
        x = x + self.attention(self.before_attention(x))
        y = self.before_hidden(x)
        return x + self.down(F.silu(self.gate(y)) * self.up(y))


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.embedding = nn.Embedding(a.vocabulary, a.width)
        self.blocks = nn.ModuleList(Block() for _ in range(a.layers))
        self.norm, self.output = nn.RMSNorm(a.width, 1e-5), nn.Linear(a.width, a.vocabulary, bias=False)
        nn.init.normal_(self.embedding.weight, std=0.02)
        for layer in (m for m in self.modules() if isinstance(m, nn.Linear)):
            nn.init.xavier_uniform_(layer.weight)

    def forward(self, ids, targets):
        x = self.embedding(ids)
        for block in self.blocks:
            x = block(x)
        logits = self.output(self.norm(x)).float()
        return F.cross_entropy(logits.flatten(0, 1), targets.flatten())


network = Network()
compiled = torch.compile(network)
matrices = [p for p in network.parameters() if p.dim() == 2]
gains = [p for p in network.parameters() if p.dim() == 1]
optimizer = torch.optim.AdamW(
    [{"params": matrices, "weight_decay": 0.1}, {"params": gains, "weight_decay": 0.0}], betas=(0.9, 0.95), fused=True)
start_weights = {name: value.clone() for name, value in network.state_dict().items()}
train, validation = (torch.from_numpy(numpy.fromfile(f, "<u2").astype("i8")) for f in (a.train, a.validation))
generator = torch.Generator().manual_seed(a.seed)
sequences = (len(train) - 1) // a.context
order = torch.randperm(sequences, generator=generator)
passed = 0


def loss_of(model, ids):
    with torch.autocast("cpu", torch.bfloat16, enabled=a.dtype == "bf16"):
        return model(ids[:, :-1].contiguous(), ids[:, 1:].contiguous())


def step(rate):
    """The sequences of a pass come in random order, each once, as in Parable."""
    global order, passed
    if passed + a.batch > sequences:
        order, passed = torch.randperm(sequences, generator=generator), 0
    chosen = order[passed:passed + a.batch]
    passed += a.batch
    ids = torch.stack([train[n * a.context:n * a.context + a.context + 1] for n in chosen.tolist()])
    for group in optimizer.param_groups:
        group["lr"] = rate
    loss_of(compiled, ids).backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)


@torch.no_grad()
def bits_per_byte():
    """Over consecutive sequences of the whole text, the last shorter one included."""
    nats = 0.0
    for start in range(0, len(validation) - 1, a.context):
        ids = validation[start:start + a.context + 1][None]
        nats += loss_of(network, ids).item() * (ids.shape[1] - 1)
    return nats / math.log(2) / a.bytes


# Compiles, and finds out how many steps fit; then everything begins anew.
for _ in range(3):
    step(0.0)
began = time.perf_counter()
for _ in range(8):
    step(0.0)
steps = max(a.evaluations, int(a.seconds / ((time.perf_counter() - began) / 8)))
network.load_state_dict(start_weights)
optimizer.state.clear()
passed = 0

warmup = max(1, round(a.warmup * steps))
spent = 0.0
for number in range(1, steps + 1):
    began = time.perf_counter()
    progress = (number - warmup) / max(1, steps - warmup)
    share = number / warmup if number < warmup else 0.1 + 0.9 * (1 + math.cos(math.pi * progress)) / 2
    step(a.learning_rate * share)
    spent += time.perf_counter() - began
    if number * a.evaluations // steps > (number - 1) * a.evaluations // steps:
        print(json.dumps({"step": number, "seconds": round(spent, 2), "bits_per_byte": bits_per_byte()}), flush=True)
print(json.dumps({"params": sum(p.numel() for p in network.parameters()), "batch": a.batch, "world": 1,
                  "dtype": a.dtype, "steps": steps, "torch": torch.__version__}))
