extension Collection<UInt8> {
  /// The bytes without the byte order mark that some programs put before UTF-8.
  package var withoutByteOrderMark: SubSequence { trimmingPrefix([0xEF, 0xBB, 0xBF] as [UInt8]) }
}
