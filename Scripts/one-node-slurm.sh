#!/usr/bin/env bash
# A Slurm of one node on this machine, for tests and trials: munged, slurmctld and slurmd on the
# loopback, with configuration and state in a folder of their own, beside any Slurm that is there.
#
#   Scripts/one-node-slurm.sh start FOLDER        starts it; FOLDER must not exist
#   SLURM_CONF=FOLDER/slurm.conf srun …           uses it
#   Scripts/one-node-slurm.sh stop FOLDER         ends it, with all its jobs, and removes FOLDER
#   Scripts/one-node-slurm.sh run COMMAND …       does all three around one command
#
# Needs root and, on Debian, slurm-wlm (without what it recommends), munge and libpmix2.
set -euo pipefail

# A port of the loopback at which nobody listens.
free_port() {
  local port
  while port=$((20000 + RANDOM % 10000)); (: < "/dev/tcp/127.0.0.1/$port") 2> /dev/null; do :; done
  echo "$port"
}

# Waits up to 30 seconds until a command succeeds.
wait_until() {
  local attempt
  for attempt in {1..300}; do
    if "$@" &> /dev/null; then return; fi
    sleep 0.1
  done
  return 1
}

fail() {
  echo "one-node-slurm: $1" >&2
  exit 1
}

need() {
  local program
  for program in munged slurmctld slurmd srun; do
    PATH="$PATH:/usr/sbin" command -v "$program" > /dev/null \
      || fail "$program: not installed; apt-get install --no-install-recommends slurm-wlm munge"
  done
  [ "$(id -u)" = 0 ] || fail "$0: it runs daemons as root; start it as root"
}

configure() {
  local folder=$1 name
  name=$(hostname -s)
  # munged wants folders that nobody else can write to, slurmd runs jobs in its own.
  install -d -m 755 "$folder" "$folder/munge" "$folder/state" "$folder/spool"
  (umask 077; head -c 1024 /dev/urandom > "$folder/munge/key")
  cat > "$folder/slurm.conf" << END
ClusterName=one-node
SlurmctldHost=$name(127.0.0.1)
SlurmctldPort=$(free_port)
SlurmdPort=$(free_port)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket
CredType=cred/munge
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool
SlurmctldPidFile=$folder/slurmctld.pid
SlurmdPidFile=$folder/slurmd.pid
SlurmctldLogFile=$folder/slurmctld.log
SlurmdLogFile=$folder/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SchedulerType=sched/backfill
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
# As many cores as the tests want; what there is really does not matter.
SlurmdParameters=config_overrides
NodeName=$name NodeAddr=127.0.0.1 Sockets=1 CoresPerSocket=8 ThreadsPerCore=1 State=UNKNOWN
PartitionName=all Nodes=$name Default=YES MaxTime=INFINITE State=UP OverSubscribe=FORCE:4
KillWait=3
UnkillableStepTimeout=10
END
  # Without it slurmd looks for control groups, which a container may lack.
  echo 'CgroupPlugin=cgroup/v1' > "$folder/cgroup.conf"
}

start() {
  local folder=$1
  need
  [ ! -e "$folder" ] || fail "$folder: there already; stop it or name another folder"
  configure "$folder"
  folder=$(realpath "$folder")
  export SLURM_CONF=$folder/slurm.conf PATH="$PATH:/usr/sbin"
  munged --socket="$folder/munge/socket" --key-file="$folder/munge/key" \
    --pid-file="$folder/munge/pid" --log-file="$folder/munge/log" \
    --seed-file="$folder/munge/seed" &> "$folder/munge/start.log" \
    || fail "$folder/munge/start.log: munged does not start; see there"
  slurmctld &> "$folder/slurmctld.start.log" || true
  slurmd &> "$folder/slurmd.start.log" || true
  wait_until is_idle || { stop "$folder" keep; fail "$folder: Slurm does not start; see its logs"; }
}

is_idle() { [ "$(sinfo -h -o %T 2> /dev/null)" = idle ]; }

stop() {
  local folder=$1 file process
  [ -f "$folder/slurm.conf" ] || fail "$folder: no Slurm of this script; name its folder"
  folder=$(realpath "$folder")
  export SLURM_CONF=$folder/slurm.conf
  scancel --user=root &> /dev/null || true
  wait_until no_jobs || true
  for file in slurmd.pid slurmctld.pid munge/pid; do
    process=$(cat "$folder/$file" 2> /dev/null) || continue
    kill "$process" 2> /dev/null || continue
    wait_until has_ended "$process" || kill -KILL "$process" 2> /dev/null || true
  done
  [ "${2-}" = keep ] || rm -rf "$folder"
}

no_jobs() { [ -z "$(squeue -h 2> /dev/null)" ]; }

has_ended() { ! kill -0 "$1" 2> /dev/null; }

case "${1-}:$#" in
  start:2) start "$2" ;;
  stop:2) stop "$2" ;;
  run:*)
    shift
    parent=$(mktemp -d)
    chmod 755 "$parent"
    trap 'stop "$parent/slurm"; rm -rf "$parent"' EXIT
    (start "$parent/slurm")
    code=0
    SLURM_CONF=$parent/slurm/slurm.conf "$@" || code=$?
    exit "$code"
    ;;
  *) fail "usage: $0 start FOLDER | stop FOLDER | run COMMAND …" ;;
esac
