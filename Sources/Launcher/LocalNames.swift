import Foundation
import ParablePlatform

/// Whether a host's name or address is one of this machine's.
func isThisMachine(_ host: String) -> Bool {
  let own = CoreBinding.thisHost
  if ["localhost", own, String(own.prefix { $0 != "." })].contains(host) { return true }
  var found: UnsafeMutablePointer<addrinfo>?
  var hints = addrinfo()
  hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
  guard getaddrinfo(host, nil, &hints, &found) == 0 else { return false }
  defer { freeaddrinfo(found) }
  let addresses = ownAddresses()
  return sequence(first: found) { $0?.pointee.ai_next }.contains { entry in
    guard let address = entry?.pointee.ai_addr, let text = numeric(address) else { return false }
    return addresses.contains(text)
  }
}

/// The addresses of this machine's interfaces.
private func ownAddresses() -> Set<String> {
  var first: UnsafeMutablePointer<ifaddrs>?
  guard getifaddrs(&first) == 0 else { return [] }
  defer { freeifaddrs(first) }
  let interfaces = sequence(first: first) { $0?.pointee.ifa_next }
  return Set(interfaces.compactMap { $0?.pointee.ifa_addr.flatMap { numeric($0) } })
}

/// An address in digits; nil where it is of no Internet.
private func numeric(_ address: UnsafeMutablePointer<sockaddr>) -> String? {
  let lengths = [
    AF_INET: MemoryLayout<sockaddr_in>.size, AF_INET6: MemoryLayout<sockaddr_in6>.size,
  ]
  guard let length = lengths[Int32(address.pointee.sa_family)] else { return nil }
  return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { text in
    text.initialize(repeating: 0)
    let flags = Int32(NI_NUMERICHOST)
    guard
      getnameinfo(
        address, socklen_t(length), text.baseAddress, socklen_t(text.count - 1), nil, 0, flags) == 0
    else { return nil }
    return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }
}
