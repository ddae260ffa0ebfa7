"""What a training computes in a step, and whether a peer's result is of the same work.

usage: same_work.py RUN PRECISION < the peer's line of JSON
Says what differs and fails, or says nothing. Two speeds of different work are no comparison.
"""
import json, pathlib, sys
from dataclasses import dataclass


@dataclass
class Work:
    """What a training computed in a step: what has to be the same where speeds are compared."""
    vocabulary: int
    context: int
    width: int
    layers: int
    heads: int
    hidden: int
    tokens: int  # a step
    precision: str

    @classmethod
    def of(cls, run, precision):
        """Of a run of Parable, from the files that it left: not from what was asked for."""
        checkpoint = max(pathlib.Path(run, "checkpoints").iterdir())
        found = json.loads((checkpoint / "config.json").read_text())
        lines = map(json.loads, pathlib.Path(run, "metrics.jsonl").read_text().splitlines())
        first = next(line for line in lines if "loss" in line)
        return cls(found["vocab_size"], found["max_position_embeddings"], found["hidden_size"],
                   found["num_hidden_layers"], found["num_attention_heads"], found["intermediate_size"],
                   first["tokens"], precision)

    @property
    def parameters(self):
        block = 4 * self.width ** 2 + 3 * self.width * self.hidden + 2 * self.width
        return 2 * self.vocabulary * self.width + self.layers * block + self.width

    def options(self):
        """The same sizes as the peer is told them."""
        return ["--vocab", self.vocabulary, "--ctx", self.context, "--d", self.width, "--layers", self.layers,
                "--heads", self.heads, "--ff", self.hidden]

    def compare(self, peer):
        """Refuses a peer's result that is not of this work."""
        try:
            found = {"parameters": peer["params"], "tokens per step": peer["batch"] * peer["world"] * self.context,
                     "precision": peer["dtype"]}
        except KeyError as missing:
            raise ValueError(f"the peer does not say {missing} of its work, so that its speed cannot be compared")
        wanted = {"parameters": self.parameters, "tokens per step": self.tokens, "precision": self.precision}
        differing = [f"{name} {found[name]} where Parable has {wanted[name]}"
                     for name in wanted if found[name] != wanted[name]]
        if differing:
            raise ValueError("the peer does other work: " + ", ".join(differing))


if __name__ == "__main__":
    try:
        Work.of(sys.argv[1], sys.argv[2]).compare(json.load(sys.stdin))
    except ValueError as error:
        sys.exit(f"same_work.py: {error}")
