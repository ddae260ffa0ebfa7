"""What a training step costs on several hosts: bytes on their links, seconds, and what runs out first.

usage: cluster_model.py [--hosts N ...] [--ranks N] [--vocabulary N --width N --layers N --hidden N] [--tokens N]
                        [--micro-batch-tokens N] [--core-speed TOKENS/S] [--link BYTES/S] [--latency SECONDS]
                        [--memory BYTES/S] [--wire BYTES/S] [--precision fp32|bf16] [--weak]
Prints a table of predictions. The formulas are those of Documentation/SCALING.md; Benchmarks/cluster.py
measures against them. The deal of micro-batches and the owners of elements are computed here anew, so
that neither side can copy a fault of the other.
"""
import argparse, functools, math
from dataclasses import dataclass

LARGEST_SEARCH = 1 << 21  # micro-batches times parts above which the deal is even
CHUNK = 1 << 16  # elements that have one owner, at most: no tensor's chunk goes into the next one


@dataclass
class Network:
    """The sizes that decide which elements there are."""
    vocabulary: int
    width: int
    layers: int
    hidden: int

    def chunks(self):
        """The lengths of the parts that nobody cuts, in the order of memory."""
        matrix, inner = self.width ** 2, self.width * self.hidden
        block = [self.width, matrix, matrix, matrix, matrix, self.width, inner, inner, inner]
        tensors = [self.vocabulary * self.width, *block * self.layers, self.width, self.vocabulary * self.width]
        return [min(CHUNK, size - start) for size in tensors for start in range(0, size, CHUNK)]


@functools.cache
def subtrees(start, end, leaves):
    """How many whole subtrees of the summation tree over `leaves` micro-batches the range falls into."""
    count = 0
    while start < end:
        size = 1
        while start % (2 * size) == 0 and min(start + 2 * size, leaves) <= end and size < leaves:
            size *= 2
        start, count = min(start + size, leaves), count + 1
    return count


def dealt(first, last, limits, leaves):
    """Neighbouring micro-batches for parts with limits: the fewest subtrees, then the most even, then more first."""
    best, room = {first: ((0, 0), (first,))}, sum(limits)
    if (last - first) * len(limits) > LARGEST_SEARCH:
        ends = [first + (last - first) * sum(limits[:count]) // room for count in range(len(limits) + 1)]
        return list(zip(ends, ends[1:]))
    for limit in limits:
        room -= limit
        found = {}
        for start, (cost, ends) in sorted(best.items(), reverse=True):
            for end in range(min(start + limit, last), max(start, last - room) - 1, -1):
                longer = (cost[0] + subtrees(start, end, leaves), cost[1] + (end - start) ** 2)
                if end not in found or longer < found[end][0]:
                    found[end] = (longer, ends + (end,))
        best = found
    ends = best[last][1]
    return list(zip(ends, ends[1:]))


def shares(sizes, count):
    """How many elements each of `count` parts gets: a chunk goes where its middle falls."""
    total, before, owned = sum(sizes), 0, [0] * count
    for size in sizes:
        owned[min(count - 1, (before + size // 2) * count // total)] += size
        before += size
    return owned


@dataclass
class Host:
    """One host's part of a step."""
    ranks: int
    roots: int  # subtrees left over after the additions within the host
    inner: int  # those of its ranks, which it adds up
    owned: float  # the share of all elements
    sum_out: float = 0  # bytes of gradients that it sends
    sum_in: float = 0
    share_out: float = 0  # bytes of weights
    share_in: float = 0

    @property
    def sent(self):
        return self.sum_out + self.share_out


def traffic(network, micro_batches, ranks_of_hosts, alone=False):
    """The hosts of a job and what they send in a step: 4P·[r·(1 − s) + s·(H − 1)] each.

    With `alone`, no ranks share memory (--collective messages): every rank is a group of its own, and what
    stays within a host does not count.
    """
    ranks = sum(ranks_of_hosts)
    host_of = [host for host, count in enumerate(ranks_of_hosts) for _ in range(count)]
    groups = [1] * ranks if alone else list(ranks_of_hosts)
    place = host_of if alone else list(range(len(groups)))
    chunks = network.chunks()
    most = -(-micro_batches // ranks)
    owned = shares(chunks, len(groups))
    parameters = sum(chunks)
    hosts = [Host(count, 0, 0, 0) for count in ranks_of_hosts]
    deal = dealt(0, micro_batches, [count * most for count in groups], micro_batches)
    roots = [subtrees(*leaves, micro_batches) for leaves in deal]
    for group, (leaves, count) in enumerate(zip(deal, groups)):
        host, away = hosts[place[group]], [other for other in range(len(groups)) if place[other] != place[group]]
        host.roots += roots[group]
        host.inner += sum(subtrees(*own, micro_batches) for own in dealt(*leaves, [most] * count, micro_batches))
        host.owned += owned[group] / parameters
        host.sum_out += 4 * roots[group] * sum(owned[other] for other in away)
        host.sum_in += 4 * owned[group] * sum(roots[other] for other in away)
        host.share_out += 4 * owned[group] * len(away)
        host.share_in += 4 * sum(owned[other] for other in away)
    return hosts


@dataclass
class Machine:
    """What hosts and the links between them can do, in bytes per second and seconds."""
    link: float  # of one host's link, each way
    memory: float  # of all cores of one host together, read and written
    wire: float  # sent and received at once by all cores of a host where the link is no limit
    latency: float
    machines: int = 0  # as many machines bear all hosts; 0: each host is one
    limited: float = math.inf  # as wire, of all hosts together, with the links as they are and nothing to add


def communication(hosts, parameters, machine):
    """Seconds in which gradients and weights travel and are added.

    Both ways of a link are used at once, and pieces are added while others travel: what takes longest
    decides. The host's own work is to add and to pass bytes through the system's network code.
    """
    size, several = 4 * parameters, len(hosts) > 1
    others = [sum(host.roots for host in hosts) - host.roots for host in hosts]
    # Every buffer is read once; the owner reads what arrives, and a sum is written, owned or to be sent.
    added = [size * (host.inner + host.owned * (arriving + 1) + (host.roots * (1 - host.owned) if host.inner > host.roots else 0))
             if host.ranks * len(hosts) > 1 else 0 for host, arriving in zip(hosts, others)]
    if not several:
        return added[0] / machine.memory

    def slowest(work):
        return sum(work) / machine.machines if machine.machines else max(work)

    seconds = 0
    for ways, adding in (([(host.sum_out, host.sum_in) for host in hosts], added),
                         ([(host.share_out, host.share_in) for host in hosts], [0] * len(hosts))):
        link = max(max(max(way) for way in ways) / machine.link, sum(map(sum, ways)) / machine.limited)
        work = slowest([sum(way) / machine.wire + bytes_added / machine.memory for way, bytes_added in zip(ways, adding)])
        seconds += max(link, work) + 2 * machine.latency
    # A barrier and one gathering of norms and losses by all ranks.
    ranks = sum(host.ranks for host in hosts)
    return seconds + 2 * math.ceil(math.log2(ranks)) * machine.latency


def optimizer(network, ranks, memory_of_core, packed):
    """Seconds of norm, AdamW and packing on the rank that owns most."""
    chunks = network.chunks()
    most = max(shares(chunks, ranks))
    # The norm reads gradients; AdamW reads four arrays and writes three; everybody packs all weights.
    return (8 * 4 * most + (4 + packed) * (sum(chunks) - network.vocabulary * network.width)) / memory_of_core


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hosts", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32, 64, 128])
    parser.add_argument("--ranks", type=int, default=64, help="of a host, one a core")
    for name, value in (("vocabulary", 10000), ("width", 512), ("layers", 4), ("hidden", 1344)):
        parser.add_argument("--" + name, type=int, default=value)
    parser.add_argument("--tokens", type=int, default=8192 * 256, help="of a step, all ranks together")
    parser.add_argument("--micro-batch-tokens", type=int, default=1024)
    parser.add_argument("--core-speed", type=float, default=900, help="tokens per second of one core by itself")
    parser.add_argument("--link", type=float, default=1.25e9, help="of a host, each way, bytes per second")
    parser.add_argument("--latency", type=float, default=20e-6, help="of a message between hosts")
    parser.add_argument("--memory", type=float, default=4e9, help="a core's share of its host's memory, bytes per second")
    parser.add_argument("--wire", type=float, default=10e9, help="bytes per second that a host's network code passes on")
    parser.add_argument("--precision", choices=["fp32", "bf16"], default="fp32")
    parser.add_argument("--weak", action="store_true", help="let the batch grow with the hosts from the first number on")
    a = parser.parse_args()
    network = Network(a.vocabulary, a.width, a.layers, a.hidden)
    parameters = sum(network.chunks())
    print(f"{parameters / 1e6:,.1f} million parameters, {len(network.chunks()):,} chunks\n")
    print("| hosts | ranks | step, s | compute | accumulation | communication | optimizer | sent per host, MB | tokens/s | "
          "efficiency |\n" + "| --- " * 10 + "|")
    first = None
    for count in a.hosts:
        ranks = count * a.ranks
        tokens = a.tokens * count // a.hosts[0] if a.weak else a.tokens
        micro_batches = tokens // a.micro_batch_tokens
        most = -(-micro_batches // ranks)
        hosts = traffic(network, micro_batches, [a.ranks] * count)
        machine = Machine(a.link, a.memory * a.ranks, a.wire, a.latency)
        parts = [most * a.micro_batch_tokens / a.core_speed,
                 # Each buffer is cleared, and all but one added: two are read and one is written.
                 4 * parameters * (most + 3 * (most - 1)) / a.memory,
                 communication(hosts, parameters, machine),
                 optimizer(network, ranks, a.memory, {"fp32": 8, "bf16": 4}[a.precision])]
        total = sum(parts)
        first = first or tokens / total / ranks
        columns = " | ".join(f"{100 * part / total:.1f} %" for part in parts)
        print(f"| {count} | {ranks:,} | {total:.3f} | {columns} | {max(host.sent for host in hosts) / 1e6:,.0f} | "
              f"{tokens / total:,.0f} | {100 * tokens / total / ranks / first:.0f} % |")


if __name__ == "__main__":
    main()
