internal import Foundation

#if canImport(CryptoKit)
  internal import CryptoKit
#else
  internal import CCrypto
#endif

/// SHA-256 over bytes that arrive in pieces (FIPS 180-4), by the system's own library: CryptoKit on a Mac, OpenSSL's
/// libcrypto elsewhere.
package struct Fingerprint: ~Copyable {
  #if canImport(CryptoKit)
    private var hash = SHA256()
  #else
    private let context: OpaquePointer
  #endif

  /// The fingerprint of nothing yet.
  package init() {
    #if !canImport(CryptoKit)
      guard let context = EVP_MD_CTX_new(), EVP_DigestInit_ex(context, EVP_sha256(), nil) == 1 else {
        preconditionFailure("libcrypto has no SHA-256")
      }
      self.context = context
    #endif
  }

  #if !canImport(CryptoKit)
    deinit { EVP_MD_CTX_free(context) }
  #endif

  /// Adds bytes.
  package mutating func add(_ bytes: UnsafeRawBufferPointer) {
    #if canImport(CryptoKit)
      hash.update(bufferPointer: bytes)
    #else
      EVP_DigestUpdate(context, bytes.baseAddress, bytes.count)
    #endif
  }

  /// Adds bytes.
  package mutating func add(_ bytes: [UInt8]) { bytes.withUnsafeBytes { add($0) } }

  /// Adds a text as UTF-8.
  package mutating func add(_ text: String) { add(Array(text.utf8)) }

  /// The digest as 64 lower-case hexadecimal digits.
  package consuming func hexadecimal() -> String {
    digest().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
  }

  /// The digest in base64 (RFC 4648), as content security policies have it.
  package consuming func base64() -> String { Data(digest()).base64EncodedString() }

  private consuming func digest() -> [UInt8] {
    #if canImport(CryptoKit)
      return Array(hash.finalize())
    #else
      var digest = [UInt8](repeating: 0, count: 32)
      EVP_DigestFinal_ex(context, &digest, nil)
      return digest
    #endif
  }
}
