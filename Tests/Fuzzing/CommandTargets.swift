import Foundation
import ParableAnswering
import ParableCommandLineInterface
import ParableLaunchEnvironment
import ParablePlatform
import ParableTraining

extension FuzzTarget {
  /// What people, launchers and the system say.
  static let commands = [
    FuzzTarget("settings-file") { bytes, folder in
      let path = try folder.write(bytes, to: "settings.json")
      var pretraining = PretrainingSettings()
      if (try? pretraining.read(file: path)) != nil { try? pretraining.validate() }
      var fineTuning = FineTuningSettings()
      if (try? fineTuning.read(file: path)) != nil { try? fineTuning.validate() }
    },
    FuzzTarget("command-line") { bytes, _ in
      let words = bytes.split(separator: 10, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      let syntax = CommandSyntax<PretrainingSettings>(
        CommandPlace(program: "worker", command: "pretrain"), summary: "")
      do {
        let parsed = try syntax.parse(words)
        try parsed.options.validate()
      } catch {
        require(!"\(error)".isEmpty, "an error without words")
      }
    },
    FuzzTarget("environment") { bytes, _ in
      let values = bytes.split(separator: 10, omittingEmptySubsequences: false)
        .map { String(decoding: $0, as: UTF8.self) }
      let names = [
        "OMPI_COMM_WORLD_SIZE", "OMPI_COMM_WORLD_RANK", "PMI_SIZE", "PMI_RANK",
        "SLURM_STEP_NUM_TASKS", "SLURM_PROCID", "PMIX_RANK", "PARABLE_ALONE",
      ]
      let environment = Dictionary(uniqueKeysWithValues: zip(names, values))
      _ = AnnouncedRanks(environment, library: .openMPI)
      _ = AnnouncedRanks(environment, library: .mpich)
      _ = processorNumbers(in: values[0])
    },
  ]
}
