"""Calls Parable's worker from Python: one component, or the tokenizer, a process each.

PARABLE_WORKER names the program. Nothing but torch is needed: safetensors files are read and
written here. Components are differentiable: the gradients are the worker's own.
"""

import json
import math
import os
import struct
import subprocess
import tempfile
from pathlib import Path

import torch

_TYPES = {"F32": torch.float32, "I64": torch.int64, "BOOL": torch.bool}
_NAMES = {type_: name for name, type_ in _TYPES.items()}


class WorkerError(Exception):
    """What the worker says is wrong: its one line."""


class NotBridged(Exception):
    """What a suite asks for and Parable does not do in Python, with the reason."""


def run(*arguments, input=b""):
    """Runs the worker on these bytes and returns those of its standard output."""
    return _finished(arguments, input=input)


def run_on(file, *arguments):
    """Runs the worker with an open file as its standard input."""
    return _finished(arguments, stdin=file)


def _finished(arguments, **streams):
    # A suite may limit the address space of its own process, which the worker would inherit and
    # could not even be loaded in: the shell takes the limit off the worker alone.
    unlimited = 'ulimit -S -v unlimited 2>/dev/null; exec "$0" "$@"'
    command = ["/bin/sh", "-c", unlimited, os.environ["PARABLE_WORKER"], *map(str, arguments)]
    result = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, **streams)
    if result.returncode != 0:
        raise WorkerError(result.stderr.decode(errors="replace").strip())
    return result.stdout


def component(name, hyperparameters=None, **tensors):
    """The outputs of a component by name."""
    return component_of(name, tensors, hyperparameters)


def component_of(name, tensors, hyperparameters=None):
    """The outputs of a component for tensors under names of any kind; those that are None are left
    out. Floats come back in the type of the inputs."""
    given = {key: torch.as_tensor(value) for key, value in tensors.items() if value is not None}
    results = _computed(name, given, hyperparameters)
    floats = [value.dtype for value in given.values() if value.dtype.is_floating_point]
    widest = floats[0] if floats else torch.float32
    for type_ in floats:
        widest = torch.promote_types(widest, type_)
    return {
        key: value.to(widest) if value.dtype.is_floating_point else value
        for key, value in results.items()
    }


def output(name, tensors, hyperparameters=None):
    """The output of a component; its gradients are computed by the worker where they are needed."""
    given = {key: torch.as_tensor(value) for key, value in tensors.items() if value is not None}
    if torch.is_grad_enabled() and any(value.requires_grad for value in given.values()):
        return _Output.apply(name, hyperparameters, tuple(given), *given.values())
    return component_of(name, given, hyperparameters)["output"]


class _Output(torch.autograd.Function):
    """A component's output as a function that PyTorch can differentiate."""

    @staticmethod
    def forward(context, name, hyperparameters, keys, *tensors):
        context.save_for_backward(*tensors)
        context.call = (name, hyperparameters, keys)
        return component_of(name, dict(zip(keys, tensors)), hyperparameters)["output"]

    @staticmethod
    def backward(context, upstream):
        name, hyperparameters, keys = context.call
        given = dict(zip(keys, context.saved_tensors))
        # The gradient of a scalar output is 1 to the worker.
        results = _computed(name, {**given, "grad_output": upstream}, hyperparameters)
        factor = upstream if upstream.dim() == 0 else 1
        gradients = [results.get(f"grad.{key}") for key in keys]
        return None, None, None, *(
            None if gradient is None else (gradient * factor).to(given[key].dtype)
            for key, gradient in zip(keys, gradients)
        )


def _computed(name, tensors, hyperparameters):
    metadata = {key: _decimal(value) for key, value in (hyperparameters or {}).items()}
    metadata["component"] = name
    with tempfile.TemporaryDirectory(prefix="parable-") as folder:
        case, results = Path(folder, f"{name}.safetensors"), Path(folder, "output.safetensors")
        write_safetensors(case, tensors, metadata)
        run("component", case, "--output", results)
        return read_safetensors(results)


def write_safetensors(path, tensors, metadata):
    """Writes tensors, floats as F32 and integers as I64."""
    header, parts, end = {"__metadata__": metadata}, [], 0
    for name, tensor in tensors.items():
        tensor = _plain(tensor)
        data = tensor.numpy().tobytes()
        header[name] = {
            "dtype": _NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [end, end + len(data)],
        }
        parts.append(data)
        end += len(data)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        file.writelines(parts)


def read_safetensors(path):
    """The tensors of a file by name."""
    data = Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    header = json.loads(data[8 : 8 + length])
    header.pop("__metadata__", None)
    tensors = {}
    for name, info in header.items():
        begin, end = (8 + length + offset for offset in info["data_offsets"])
        type_, shape = _TYPES[info["dtype"]], info["shape"]
        if math.prod(shape) == 0:
            tensors[name] = torch.zeros(shape, dtype=type_)
        else:
            flat = torch.frombuffer(bytearray(data[begin:end]), dtype=type_)
            tensors[name] = flat.reshape(shape)
    return tensors


def _plain(tensor):
    tensor = torch.as_tensor(tensor).detach().cpu()
    if tensor.dtype.is_floating_point:
        tensor = tensor.to(torch.float32)
    elif tensor.dtype != torch.bool:
        tensor = tensor.to(torch.int64)
    return tensor.contiguous()


def _decimal(value):
    """A hyperparameter as a case spells it: a number of Python, NumPy or PyTorch, or a word."""
    if isinstance(value, str):
        return value
    value = value.item() if hasattr(value, "item") else value
    return repr(value)


# GPT-2's spelling of bytes as characters: those that print are themselves, the others follow 255.
_PRINTING = [*range(33, 127), *range(161, 173), *range(174, 256)]
_CHARACTERS = {byte: chr(byte) for byte in _PRINTING}
for _byte in range(256):
    _CHARACTERS.setdefault(_byte, chr(256 + len(_CHARACTERS) - len(_PRINTING)))
_BYTES = {character: byte for byte, character in _CHARACTERS.items()}


def spelled(token):
    """A token's bytes as vocab.json and merges.txt write them."""
    return "".join(_CHARACTERS[byte] for byte in token)


def unspelled(text):
    """The bytes that are written so."""
    return bytes(_BYTES[character] for character in text)


def unknown_function(module, name):
    """Stands in for a function of a suite's adapters that there is none for: the tests that call it
    fail, and the others are collected all the same."""
    if not name.startswith(("run_", "create_", "get_")):
        raise AttributeError(f"module {module!r} has no attribute {name!r}")

    def fail(*arguments, **named):
        raise NotImplementedError(f"{module} has no {name}: Parable is not bridged to it")

    fail.__name__ = name
    return fail
