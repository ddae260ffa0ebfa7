import Foundation
import ParablePlatform

/// An error as the line that is printed: our own errors say it themselves, those of the libraries
/// below get words.
package func explanation(of error: any Error) -> String {
  switch error {
  case EncodingError.invalidValue(let value, let context):
    let path = context.codingPath.map(\.stringValue).joined(separator: ".")
    return "\(path): \(quoted("\(value)")) cannot be written as JSON; report this as a fault"
  case is DecodingError:
    return "a file: it does not hold what was expected; name another or make it again"
  default:
    let foundations = error as NSError
    guard [NSCocoaErrorDomain, NSPOSIXErrorDomain].contains(foundations.domain) else {
      return "\(error)"
    }
    let path = foundations.userInfo[NSFilePathErrorKey] as? String ?? "the system"
    let failure = SystemFailure(.writing, error)
    return "\(quoted(path)): \(failure.reason); \(failure.remedy)"
  }
}
