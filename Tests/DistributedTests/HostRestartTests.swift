import Foundation
import ParablePlatform
import TestSupport
import Testing

/// Trainings of several hosts that go on elsewhere.
extension HostsTests {
  /// Drawn numbers of ranks on each host, before and after a stop; no bit depends on them.
  @Test func aDrawnTrainingRestartsOnOtherHosts() throws {
    let seed = UInt64.random(in: 0..<1 << 32)
    var random = SplitMix64(seed: seed)
    func drawn(_ range: ClosedRange<Int>) -> Int {
      range.lowerBound + Int(random.next() % UInt64(range.count))
    }
    try #require(try run("$W $P --steps 4 --run alone").exitCode == 0)
    for draw in 0..<3 {
      let (a, b, later, stop) = (drawn(1...4), drawn(1...4), drawn(1...8), drawn(1...3))
      let optionsBefore = "--hosts $A:\(a),$B:\(b)"
      // On the first host alone, or on both with other numbers.
      let optionsAfter =
        draw == 0 ? "-n \(later)" : "--hosts $A:\(drawn(1...4)),$B:\(drawn(1...4))"
      let words: Comment = "seed \(seed): \(optionsBefore) to step \(stop), then \(optionsAfter)"
      for line in [
        "\(optionsBefore) --remote-agent \"$AGENT\" $P --steps 4 --run moved --stop-after \(stop)",
        (draw == 0 ? optionsAfter : "\(optionsAfter) --remote-agent \"$AGENT\"")
          + " pretrain --run moved --resume",
      ] {
        let result = try run("$E $L \(line)")
        try #require(result.exitCode == 0, "\(words): \(result.errors)")
      }
      #expect(try digests("moved") == digests("alone"), words)
      try FileManager.default.removeItem(atPath: folder.file("moved"))
    }
  }

  /// A host is gone with the rank that it had: the training ends on the other one, with the same bits.
  @Test func aRestartGoesOnWithoutALostHost() throws {
    try #require(try run("$W $P --steps 400 --run alone").exitCode == 0)
    let result = try run(
      """
      # Reaches the second host for as long as that is there.
      printf '#!/bin/sh\n[ ! -e %s/gone ] || [ "$1" != %s ] || { echo no route >&2; exit 255; }\nexec %s "$@"\n' \
        "$PWD" "$B" "$AGENT" > reach
      chmod +x reach
      $E $L --restarts 1 --hosts $A:2,$B:1 --remote-agent "$PWD/reach" $P --steps 400 --run run > said 2>&1 &
      LAUNCHER=$!
      until [ -e run/latest ]; do
        kill -0 $LAUNCHER || exit 99
        sleep 0.02
      done
      touch gone
      kill -KILL $(for process in $(ip netns pids $B); do
        [ "$(cat /proc/$process/comm)" != worker ] || echo $process
      done | head -n 1)
      wait $LAUNCHER
      """)
    let said = String(decoding: try folder.read("said"), as: UTF8.self)
    #expect(result.exitCode == 0, "\(said)")
    let notes = said.split(separator: "\n").filter { $0.hasPrefix("launcher: ") }
    #expect(notes.contains { $0.contains("restart 1 of 1, from step-") }, "\(said)")
    #expect(
      notes.contains { $0.contains("left out: \(TwoHosts.hosts[1].name)") }, "\(said)")
    #expect(said.contains("on 2 ranks, steps "), "\(said)")
    #expect(
      try digests("run", step: 400) == digests("alone", step: 400), "\(said)")
  }
}
