#!/usr/bin/env swift  // Writes Sources/CText/CharacterClasses.c, from the properties that the Swift library of this
// toolchain gives Unicode's characters:
//
//     swift Scripts/character-classes.swift > Sources/CText/CharacterClasses.c
//
// Ends with status 2 where the library knows another version of Unicode than the table: a token's id
// must not depend on the toolchain, so that a new version is a decision, not an accident.

import Foundation

let version: Unicode.Version = (17, 0)

/// A class as `parable_character_class` numbers it; characters without a scalar are of class 0.
func characterClass(of codePoint: UInt32) -> UInt32 {
  guard let scalar = Unicode.Scalar(codePoint) else { return 0 }
  if scalar == " " { return 4 }
  if scalar.properties.isWhitespace { return 5 }
  switch scalar.properties.generalCategory {
  case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter: return 1
  case .decimalNumber, .letterNumber, .otherNumber: return 2
  default: return 0
  }
}

let codePoints = UInt32(0)...0x10FFFF
let newest = codePoints.lazy.compactMap { Unicode.Scalar($0)?.properties.age }
  .max { ($0.major, $0.minor) < ($1.major, $1.minor) }
guard let newest, newest == version else {
  let found = newest.map { "\($0.major).\($0.minor)" } ?? "no version"
  FileHandle.standardError.write(
    Data("the Swift library knows Unicode \(found), the table is of \(version.major)\n".utf8))
  exit(2)
}

var runs: [(length: UInt32, characterClass: UInt32)] = []
for codePoint in codePoints {
  let current = characterClass(of: codePoint)
  if runs.last?.characterClass != current { runs.append((0, current)) }
  runs[runs.count - 1].length += 1
}

print(
  """
  #include "Scan.h"

  // Written by Scripts/character-classes.swift from the properties of Unicode \(version.major): general
  // categories L* and N*, and White_Space.
  const uint32_t parable_class_runs[] = {
  """)
var line = "   "
for run in runs {
  let number = " \(run.length << 3 | run.characterClass),"
  if line.count + number.count > 100 {
    print(line)
    line = "   "
  }
  line += number
}
print(line)
print(
  """
  };

  const size_t parable_class_run_count = sizeof parable_class_runs / sizeof parable_class_runs[0];
  """)
