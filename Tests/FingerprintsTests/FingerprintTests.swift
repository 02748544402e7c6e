import Fingerprints
import Testing

/// SHA-256 on the examples of FIPS 180-2 and on pieces.
@Suite struct FingerprintTests {
  @Test(arguments: [
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
  ])
  func `The standard's examples`(text: String, digest: String) {
    var fingerprint = Fingerprint()
    fingerprint.add(text)
    let found = fingerprint.hexadecimal()
    #expect(found == digest)
  }

  @Test func `Pieces are as the whole`() {
    let bytes = (0..<1000).map { UInt8($0 % 251) }
    var whole = Fingerprint()
    whole.add(bytes)
    var pieces = Fingerprint()
    for start in stride(from: 0, to: bytes.count, by: 37) {
      pieces.add(Array(bytes[start..<min(start + 37, bytes.count)]))
    }
    let (a, b) = (whole.hexadecimal(), pieces.hexadecimal())
    #expect(a == b)
  }
}
