"""Hosts for benchmarks: network namespaces of this machine (Scripts/hosts.sh), with links of a rate and counters."""
import os, pathlib, shutil, subprocess

script = pathlib.Path(__file__).resolve().parent.parent / "Scripts" / "hosts.sh"


class CannotRun(Exception):
    """Why no hosts can be made here."""


def obstacle():
    """What is missing for hosts, in one line, or None."""
    if os.geteuid() != 0:
        return "network namespaces are made as root"
    for program, package in (("ip", "iproute2"), ("tc", "iproute2"), ("unshare", "util-linux"), ("mpirun", "openmpi-bin"),
                             ("mpicc.openmpi", "libopenmpi-dev")):
        if not shutil.which(program):
            return f"{program} is not installed (apt-get install {package})"
    return None if script.exists() else f"{script} is missing"


def output(command, **options):
    result = subprocess.run([str(word) for word in command], capture_output=True, text=True, **options)
    if result.returncode:
        said = (result.stderr + result.stdout).strip().splitlines() or ["?"]
        told = [line for line in said if ": " in line and not line.startswith(("mpirun", "---", "  "))] or said
        raise RuntimeError(f"{command[0]} failed with {result.returncode}: {told[0]}")
    return result.stdout


class Hosts:
    """Some hosts, while a block lasts."""

    def __init__(self, count):
        # A name of letters that no other benchmark has at the same time.
        self.count, self.name = count, "b" + "".join(chr(ord("a") + int(digit)) for digit in str(os.getpid())[-7:]) + "z"

    def __enter__(self):
        missing = obstacle()
        if missing:
            raise CannotRun(missing)
        try:
            lines = output([script, "up", self.count, self.name]).splitlines()
        except RuntimeError as error:
            raise CannotRun(str(error))
        self.names, self.addresses = zip(*(line.split() for line in lines))
        return self

    def __exit__(self, *_):
        subprocess.run([script, "down", self.name])

    def shape(self, gigabits):
        """Gives each host's link a rate each way; None takes it away again.

        A bucket holds packets as the system joins them (64 KiB), so that none is cut up for the link's sake.
        What a host receives is held back where it leaves the bridge.
        """
        for number, name in enumerate(self.names, 1):
            for place in (["-n", name], []):
                device = "eth0" if place else f"{self.name}{number}v"
                subprocess.run(["tc", *place, "qdisc", "del", "dev", device, "root"], capture_output=True)
                if gigabits:
                    output(["tc", *place, "qdisc", "add", "dev", device, "root", "tbf", "rate", f"{gigabits}gbit",
                            "burst", "256kb", "limit", "8mb"])

    def sent(self):
        """The bytes that each host has put on its link, headers included."""
        return [int(pathlib.Path(f"/sys/class/net/{self.name}{number}v/statistics/rx_bytes").read_text())
                for number in range(1, self.count + 1)]

    def on(self, number, command):
        """The words of a command for host `number`, from 0."""
        return [str(script), "exec", self.names[number], *map(str, command)]

    def mpirun(self, ranks, program, environment={}):
        """The words of a job with so many ranks on each host, started from the first."""
        places = ",".join(f"{name}:{count}" for name, count in zip(self.names, ranks))
        return self.on(0, ["mpirun", "--allow-run-as-root", "--bind-to", "none", "--mca", "plm_rsh_agent", f"{script} agent",
                           "--mca", "mpi_yield_when_idle", "1", "--mca", "pml", "ob1", "--mca", "btl", "self,vader,tcp", "--mca", "btl_tcp_if_include", "eth0",
                           "--mca", "oob_tcp_if_include", "eth0", "--mca", "orte_base_help_aggregate", "0", "-H", places,
                           *[word for key, value in environment.items() for word in ("-x", f"{key}={value}")], *program])
