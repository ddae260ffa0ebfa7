import CParableText
import Foundation
import ParableTokenization
import TestSupport
import Testing

/// The table of classes, which decides about ids and therefore never follows the toolchain's Unicode.
@Suite struct CharacterClassesTests {
  @Test func tableIsThatOfUnicode17() {
    var hash: UInt64 = 0
    for value in UInt32(0)...0x10FFFF {
      hash = (hash ^ UInt64(CharacterClasses.characterClass(of: value))) &* 0x100_0000_01B3
    }
    #expect(hash == 0xB696_006C_1224_0F24)
  }

  @Test(
    arguments: [
      (" ", PARABLE_CLASS_SPACE), ("\t", PARABLE_CLASS_WHITE), ("\u{A0}", PARABLE_CLASS_WHITE),
      ("\u{3000}", PARABLE_CLASS_WHITE), ("\u{200B}", PARABLE_CLASS_OTHER),
      ("a", PARABLE_CLASS_LETTER), ("é", PARABLE_CLASS_LETTER), ("日", PARABLE_CLASS_LETTER),
      ("ʰ", PARABLE_CLASS_LETTER), ("\u{301}", PARABLE_CLASS_OTHER), ("7", PARABLE_CLASS_NUMBER),
      ("½", PARABLE_CLASS_NUMBER), ("Ⅷ", PARABLE_CLASS_NUMBER), ("𝟘", PARABLE_CLASS_NUMBER),
      ("_", PARABLE_CLASS_OTHER), ("🙂", PARABLE_CLASS_OTHER),
    ] as [(Unicode.Scalar, parable_character_class)])
  func classIsThatOfTheCharacter(_ scalar: Unicode.Scalar, _ expected: parable_character_class) {
    #expect(UInt32(CharacterClasses.characterClass(of: scalar.value)) == expected.rawValue)
  }

  @Test func tableIsWhatItsGeneratorWrites() throws {
    let root = URL(fileURLWithPath: #filePath)
      .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    let result = try runProcess("swift", ["Scripts/character-classes.swift"], in: root.path)
    // A toolchain of another Unicode version has nothing to say about the table.
    guard result.exitCode != 2 else { return #expect(result.errors.contains("Unicode")) }
    #expect(result.exitCode == 0, "\(result.errors)")
    let table = root.appendingPathComponent("Sources/CText/CharacterClasses.c")
    #expect(try Array(Data(contentsOf: table)) == result.outputBytes)
  }
}
