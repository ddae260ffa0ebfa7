import ParableCommandLineInterface
import ParableSettings

extension LauncherCommand {
  struct Options: DeclaredSettings {
    var ranks: Int?
    var hosts = ""
    var hostfile = ""
    var remoteAgent = ""
    var grace = TimeSpan(seconds: 60)
    var restarts = 0
    var dryRun = false
    var describe = false
    var verbose = false
    var version = false

    static var settings: [Setting<Options>] {
      [
        Setting(
          \.ranks, "ranks", "how many ranks to start; -np is the same", in: .from(1)
        ).letter("n").unlessGiven(
          "one per core or slot, no more than a training has micro-batches, and one for commands "
            + "that take no more"
        ).heading("Options"),
        Setting(
          \.hosts, "hosts",
          "hosts with the ranks that each may have, such as a:64,b:64 or n[1-4]:32",
          unit: "HOST:SLOTS,…"
        ).unlessGiven("this one, or those of the Slurm job"),
        Setting(
          \.hostfile, "hostfile",
          "the same as lines 'host slots=64' (Open MPI) or 'host:64' (MPICH)",
          unit: "FILE"),
        Setting(
          \.remoteAgent, "remoteAgent",
          "what reaches other hosts, called as ssh is: COMMAND HOST WORD…", unit: "COMMAND"
        ).unlessGiven("ssh, and srun in a Slurm job"),
        Setting(
          \.grace, "grace",
          "how long a training on several ranks may take to finish its step and save when a signal "
            + "asks it to stop"),
        Setting(
          \.restarts, "restarts",
          "how often a training that crashes is started again, from its newest checkpoint and without "
            + "hosts that are gone", in: .from(0)),
        Setting(
          \.dryRun, "dryRun",
          "show what would be started where, the memory that it takes and the command of mpirun"),
        Setting(
          \.describe, "describe",
          "show this host's cores, memory and worker as JSON, which launchers ask of other hosts"),
        Setting(
          \.verbose, "verbose", "show the command that is run, and all that mpirun has to say"),
        Setting(\.version, "version", "show the program's version"),
      ]
    }
  }

  static var syntax: CommandSyntax<Options> {
    CommandSyntax(
      CommandPlace(program: program),
      summary: "Runs the worker that lies beside it, on one rank or on many under mpirun.",
      discussion: [
        "One rank per core, each bound to its own; more ranks than cores share them. One rank alone"
          + " runs without MPI. The commands are the worker's: see worker help.",
        "Several hosts need the same build in the same folder, ssh without a password and a folder "
          + "for runs that all see; in a Slurm job they are the job's (Documentation/CLUSTERS.md). "
          + "Variables that begin with PARABLE_, OMP_, DNNL_ or ONEDNN_ reach the ranks of all.",
        "SIGTERM, SIGINT (ctrl-C), SIGHUP, SIGUSR1, SIGUSR2 and SIGXCPU stop a training in order: its "
          + "ranks finish the step, save, and all ends with 75, to be continued by --resume. A second "
          + "one, two seconds later or more, ends the job at once (Documentation/RELIABILITY.md).",
        "With PARABLE_ALONE=1 there is one rank, whatever else the environment announces; with"
          + " PARABLE_BACKTRACE=1 a crash shows where it was.",
      ],
      remainder: PositionalArgument("COMMAND …", "the worker's command line"))
  }
}
