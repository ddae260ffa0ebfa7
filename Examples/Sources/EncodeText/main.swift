import Foundation
import Parable

// Learns a tokenizer from a text file and encodes a text with it.
// usage: swift run EncodeText FILE TEXT

let arguments = CommandLine.arguments
guard arguments.count == 3 else {
  print("usage: EncodeText FILE TEXT")
  exit(2)
}

do {
  let tokenizer = try Tokenizer(learningFrom: [arguments[1]], vocabularySize: 500)
  let ids = tokenizer.encode(arguments[2])
  for id in ids {
    print("\(id)\t\(try tokenizer.decode([id]).debugDescription)")
  }
  print("\(ids.count) ids for \(arguments[2].utf8.count) bytes: \(try tokenizer.decode(ids))")
} catch {
  print("\(error)")
  exit(1)
}
