#!/usr/bin/env bash
# Several hosts on this machine, for tests and trials: network namespaces on one bridge, each with an
# address, a name and a /dev/shm of its own. Nothing outside of them changes: the names of the hosts
# are known inside alone.
#
#   Scripts/hosts.sh up N [NAME]          makes hosts NAME1 to NAMEN (NAME is "host" unless given) and
#                                         prints a line "name address" for each
#   Scripts/hosts.sh exec HOST COMMAND …  runs a command on one
#   Scripts/hosts.sh agent HOST COMMAND …  the same as ssh would, for launcher --remote-agent
#   Scripts/hosts.sh down [NAME]          ends what runs there and removes them
#
# All hosts share this machine's files, cores and memory. To try a job, from the first host:
#
#   Scripts/hosts.sh up 2
#   Scripts/hosts.sh exec host1 launcher --hosts host1:2,host2:1 \
#     --remote-agent "$PWD/Scripts/hosts.sh agent" pretrain --run /tmp/run
#
# Needs root, iproute2 and util-linux, and a kernel that lets root make namespaces: many containers
# do not.
set -euo pipefail

fail() {
  echo "hosts: $1" >&2
  exit 1
}

need() {
  local program
  for program in ip unshare flock; do
    command -v "$program" > /dev/null \
      || fail "$program: not installed; apt-get install iproute2 util-linux"
  done
  [ "$(id -u)" = 0 ] || fail "namespaces: they are made as root; start $0 as root"
}

# Where the names and addresses of a host stand, and what `ip netns exec` shows there as /etc/hosts.
names_of() { echo "/etc/netns/$1/hosts"; }

# The third number of a network 10.77.x.0/24 that no other has.
free_network() {
  local number used
  used=$(ip -4 -o address show)
  for number in {1..250}; do
    if ! grep -q "inet 10\.77\.$number\." <<< "$used"; then
      echo "$number"
      return
    fi
  done
  fail "10.77.0.0/16: no network is free; end some with $0 down NAME"
}

up() {
  local count=$1 name=$2 network host address
  need
  [[ $count =~ ^[1-9][0-9]?$ ]] || fail "up $count: give a number of hosts from 1 to 99"
  [[ $name =~ ^[a-z][a-z0-9-]{0,8}[a-z]$ ]] \
    || fail "up $count $name: give a name of 2 to 10 letters, the last one no digit"
  [ -z "$(hosts_of "$name")" ] || fail "$name: there are such hosts; $0 down $name"
  # Two that begin at once must not choose the same network.
  exec 9> /tmp/parable-hosts.lock
  flock 9
  network=$(free_network)
  if ! ip link add "${name}br" type bridge 2> /dev/null; then
    fail "this machine: it lets nobody make a network (ip link add … type bridge); use another, or a container with --privileged"
  fi
  ip address add "10.77.$network.254/24" dev "${name}br"
  ip link set "${name}br" up
  for host in $(seq 1 "$count"); do
    address=10.77.$network.$host
    if ! ip netns add "$name$host" 2> /dev/null; then
      flock -u 9
      down "$name"
      fail "this machine: it lets nobody make a namespace (ip netns add); use another, or a container with --privileged"
    fi
    ip link add "$name${host}v" type veth peer name eth0 netns "$name$host"
    ip link set "$name${host}v" master "${name}br" up
    ip -n "$name$host" address add "$address/24" dev eth0
    ip -n "$name$host" link set eth0 up
    ip -n "$name$host" link set lo up
    mkdir -p "/etc/netns/$name$host"
    echo "$name$host $address"
  done
  exec 9>&-
  for host in $(seq 1 "$count"); do
    {
      echo "127.0.0.1 localhost"
      for other in $(seq 1 "$count"); do echo "10.77.$network.$other $name$other"; done
    } > "$(names_of "$name$host")"
  done
}

# The hosts there are with a name, one a line.
hosts_of() { ip netns list | cut -d ' ' -f 1 | grep -E "^$1[0-9]+$" || true; }

down() {
  local name=$1 host process
  need
  for host in $(hosts_of "$name"); do
    for process in $(ip netns pids "$host"); do kill -KILL "$process" 2> /dev/null || true; done
    ip netns delete "$host"
    rm -rf "/etc/netns/${host:?}"
  done
  if ip link show "${name}br" &> /dev/null; then ip link delete "${name}br"; fi
}

# The name of a host that was given by name or by address.
known_host() {
  local host
  if [ -e "$(names_of "$1")" ]; then
    echo "$1"
    return
  fi
  host=$(cat /etc/netns/*/hosts 2> /dev/null | awk -v address="$1" '$1 == address { print $2; exit }')
  [ -n "$host" ] || fail "$1: no such host; see $0 up"
  echo "$host"
}

# A command on a host; its name and its /dev/shm are those of what the command starts, too.
run_on() {
  local host
  host=$(known_host "$1") || exit 1
  shift
  exec ip netns exec "$host" unshare --uts --ipc -- bash -c \
    'hostname "$0" && mount -t tmpfs none /dev/shm && exec "$@"' "$host" "$@"
}

case "${1-}:$#" in
  up:2 | up:3) up "$2" "${3-host}" ;;
  down:1 | down:2) down "${2-host}" ;;
  exec:[0-2]) fail "usage: $0 exec HOST COMMAND …" ;;
  exec:*) run_on "${@:2}" ;;
  agent:*)
    shift
    # Options that are for ssh.
    while [[ ${1-} == -* ]]; do shift; done
    [ $# -ge 2 ] || fail "usage: $0 agent HOST COMMAND …"
    # As ssh does: in the home folder, with few variables; and what a sanitizer of the programs is told.
    cd ~
    told=()
    for name in ASAN_OPTIONS LSAN_OPTIONS TSAN_OPTIONS UBSAN_OPTIONS UCX_MEM_MMAP_HOOK_MODE; do
      [ -z "${!name-}" ] || told+=("$name=${!name}")
    done
    run_on "$1" env -i HOME="$HOME" PATH="$PATH" SHELL=/bin/bash USER=root "${told[@]}" bash -c "${*:2}"
    ;;
  *) fail "usage: $0 up N [NAME] | down [NAME] | exec HOST COMMAND … | agent HOST COMMAND …" ;;
esac
