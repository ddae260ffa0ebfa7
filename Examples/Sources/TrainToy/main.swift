import Foundation
import Parable

// Trains a toy network on a text file and writes a text with it.
// usage: swift run TrainToy TEXT FOLDER

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("usage: TrainToy TEXT FOLDER")
  exit(2)
}

var options = PretrainingOptions()
options.vocabularySize = 400
options.layers = 2
options.width = 32
options.heads = 4
options.hidden = 64
options.context = 64
options.batch = 8
options.steps = 60
options.learningRate = 0.01

do {
  let model = try PretrainedModel(
    pretrainedOn: [arguments[1]], in: arguments[2], options
  ) { step, loss in
    if step.isMultiple(of: 10) { print("step \(step): \(loss) nats per token") }
  }
  print("Once upon" + (try model.continuation(of: "Once upon", count: 40)))
} catch {
  print("\(error)")
  exit(1)
}
