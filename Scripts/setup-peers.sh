#!/usr/bin/env bash
# Makes a virtual environment with what benchmarks compare with: PyTorch for CPUs, tiktoken and
# rustbpe; prints the path of its python. PARABLE_PEERS names another folder than the one in the
# user's cache.
set -euo pipefail
folder=${PARABLE_PEERS:-${XDG_CACHE_HOME:-$HOME/.cache}/parable-peers}
python=$folder/bin/python
. "$(dirname "${BASH_SOURCE[0]}")/python-packages.sh"
make_environment "$folder"
can_import "$python" numpy tiktoken rustbpe || install_packages "$python" numpy tiktoken rustbpe
install_torch "$python"
# torch.compile wants a C++ compiler.
command -v c++ > /dev/null || command -v g++ > /dev/null ||
  echo "setup-peers: PATH: no C++ compiler, so that PyTorch cannot compile; apt-get install g++" >&2
echo "$python"
