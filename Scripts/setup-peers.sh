#!/usr/bin/env bash
# Makes a virtual environment with what benchmarks compare with: PyTorch for CPUs, tiktoken and
# rustbpe; prints the path of its python. PARABLE_PEERS names another folder than the one in the
# user's cache.
set -euo pipefail
folder=${PARABLE_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/parable-peers}
python=$folder/bin/python
[ -x "$python" ] || python3 -m venv "$folder"
install() { "$python" -m pip install --quiet --disable-pip-version-check "$@" >&2; }
"$python" -c 'import numpy, tiktoken, rustbpe' 2> /dev/null || install numpy tiktoken rustbpe
# The wheels for CPUs alone are a tenth as large.
"$python" -c 'import torch' 2> /dev/null ||
  install torch --index-url https://download.pytorch.org/whl/cpu || install torch
# torch.compile wants a C++ compiler.
command -v c++ > /dev/null || command -v g++ > /dev/null ||
  echo "setup-peers: PATH: no C++ compiler, so that PyTorch cannot compile; apt-get install g++" >&2
echo "$python"
