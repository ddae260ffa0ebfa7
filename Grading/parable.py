"""Calls Parable's worker from Python: one component, or the tokenizer, a process each.

PARABLE_WORKER names the program. Nothing but torch is needed: safetensors files are read and
written here.
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
    """The outputs of a component by name; a dot in a tensor's name is written as two underscores."""
    named = {key.replace("__", "."): value for key, value in tensors.items() if value is not None}
    return component_of(name, named, hyperparameters)


def component_of(name, tensors, hyperparameters=None):
    """The outputs of a component for tensors under names of any kind."""
    metadata = {key: _decimal(value) for key, value in (hyperparameters or {}).items()}
    metadata["component"] = name
    with tempfile.TemporaryDirectory(prefix="parable-") as folder:
        case, output = Path(folder, f"{name}.safetensors"), Path(folder, "output.safetensors")
        write_safetensors(case, tensors, metadata)
        run("component", case, "--output", output)
        return read_safetensors(output)


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
    return value if isinstance(value, str) else repr(value)


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
