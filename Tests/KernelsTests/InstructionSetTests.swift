import CParableInstructions
import Foundation
import Synchronization
import Testing

/// What the other suites of this module could compare: they go through the sets that the processor
/// has, and a set that it lacks is a skip here.
extension KernelLoops {
  @Suite("Instruction sets") struct InstructionSets {
    @Test("The loops for any x86-64") func baseline() { expectSelectable(.baseline) }

    @Test(
      "The loops for AVX2",
      .enabled(if: InstructionSet.available.contains(.avx2), "the processor lacks AVX2"))
    func avx2() { expectSelectable(.avx2) }

    @Test(
      "The loops for AVX-512",
      .enabled(if: InstructionSet.available.contains(.avx512), "the processor lacks AVX-512"))
    func avx512() { expectSelectable(.avx512) }

    @Test(
      "The loops for AVX-512 with bfloat16",
      .enabled(
        if: InstructionSet.available.contains(.avx512BFloat16),
        "the processor lacks AVX-512 BF16"))
    func avx512BFloat16() { expectSelectable(.avx512BFloat16) }

    @Test("One is chosen for a thread alone: what runs beside a test keeps its bits")
    func ofOneThread() async {
      let usual = parable_active_instruction_set()
      InstructionSet.baseline {
        let ended = DispatchSemaphore(value: 0)
        let found = Mutex(PARABLE_BASELINE)
        Thread.detachNewThread {
          found.withLock { $0 = parable_active_instruction_set() }
          ended.signal()
        }
        ended.wait()
        #expect(found.withLock { $0 } == usual)
      }
    }

    private func expectSelectable(_ set: InstructionSet) {
      set { #expect(parable_active_instruction_set().rawValue == set.rawValue) }
    }
  }
}
