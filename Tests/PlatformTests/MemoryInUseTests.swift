import Foundation
import ParablePlatform
import Testing

@Suite struct MemoryInUseTests {
  /// The system counts the peak in another place as well, where nothing is taken off for others who map
  /// the same pages.
  @Test func thePeakIsThatOfTheSystemWithoutWhatOthersHave() throws {
    let bytes = 64 << 20
    let memory = OwnedBuffer<UInt8>(count: bytes)
    for place in stride(from: 0, to: bytes, by: 4096) { memory.base[place] = 1 }
    let peak = try #require(MemoryInUse.peakResidentBytes)
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    let resident = usage.ru_maxrss * 1024
    #expect(peak > bytes && peak <= resident && peak > resident / 2, "\(peak) of \(resident)")
    withExtendedLifetime(memory) {}
  }

  @Test func noMoreIsFreeThanThereIs() throws {
    let free = try #require(MemoryInUse.freeBytes)
    #expect(free > 0 && free <= Int(sysconf(Int32(_SC_PHYS_PAGES))) * sysconf(Int32(_SC_PAGESIZE)))
  }
}
