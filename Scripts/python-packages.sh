# Virtual environments for the other scripts, which source this file.

# Makes a virtual environment in $1 where there is none. With $2 it sees the packages of that python.
make_environment() {
  [ -x "$1/bin/python" ] && "$1/bin/python" -c '' 2> /dev/null && return
  if [ -n "${2-}" ]; then
    "$2" -m venv --clear --system-site-packages "$1" >&2
  else
    python3 -m venv --clear "$1" >&2
  fi
}

# Whether the python $1 can import all of the modules that follow.
can_import() {
  local python=$1
  shift
  "$python" -c "import $(IFS=,; echo "$*")" 2> /dev/null
}

# Installs packages for the python $1; an index that does not answer is given up soon.
install_packages() {
  local python=$1
  shift
  "$python" -m pip install --quiet --disable-pip-version-check --retries 1 --timeout 20 "$@" >&2
}

# Installs PyTorch for the python $1: the wheels for CPUs alone, a tenth as large, where their index
# answers within five seconds, else those of the default index.
install_torch() {
  can_import "$1" torch && return
  local cpu=https://download.pytorch.org/whl/cpu
  if "$1" - "$cpu/torch/" 2> /dev/null << 'PROBE'; then
import sys, urllib.request
urllib.request.urlopen(urllib.request.Request(sys.argv[1], method="HEAD"), timeout=5)
PROBE
    install_packages "$1" --index-url "$cpu" torch && return
  fi
  echo "PyTorch comes from the default index, with parts for GPUs: some gigabytes" >&2
  install_packages "$1" torch
}
