import Foundation
import Testing

@testable import Checkpoints

/// Names on the hub, looked up in a cache that is laid out as huggingface_hub does it.
@Suite struct HubCacheTests {
  private static let commit = String(repeating: "0123456789abcdef", count: 2) + "01234567"

  /// A cache that holds one model, whose files are links into `blobs`.
  private struct Sample {
    let scratch: ScratchFolder
    var cache: HubCache { HubCache(folder: scratch.url) }
    var repository: URL { scratch.file("models--tiny--model-1.5B") }
    var snapshot: URL { repository.appending(path: "snapshots/\(HubCacheTests.commit)") }

    init() throws {
      scratch = try ScratchFolder(name: "hub")
      let model = try TinyFolder().written()
      for folder in ["refs", "blobs", "snapshots/\(HubCacheTests.commit)"] {
        try FileManager.default.createDirectory(
          at: repository.appending(path: folder), withIntermediateDirectories: true)
      }
      try Data(HubCacheTests.commit.utf8).write(to: repository.appending(path: "refs/main"))
      for name in ["config.json", "model.safetensors"] {
        try FileManager.default.copyItem(at: model.file(name), to: repository.appending(path: "blobs/\(name)"))
        try FileManager.default.createSymbolicLink(
          atPath: snapshot.appending(path: name).path, withDestinationPath: "../../blobs/\(name)")
      }
    }
  }

  @Test func `Names are those that the hub takes`() {
    for name in ["gpt2", "HuggingFaceTB/SmolLM2-135M-Instruct", "a/b@v1.0", "a_/b__c.d"] {
      #expect(HubID(name)?.description == name)
    }
    for name in ["", "a/", "/a", "a/b/c", "../a", "a/..", "a--b/c", ".a/b", "a b/c", "a/b@", "a/b@../c", "a/b\u{301}"] {
      #expect(HubID(name) == nil, "\(name)")
    }
  }

  @Test func `The cache is where huggingface_hub has it`() {
    func path(_ environment: [String: String]) -> String { HubCache(environment: environment).folder.path }
    #expect(path([:]) == NSHomeDirectory() + "/.cache/huggingface/hub")
    #expect(path(["XDG_CACHE_HOME": "/x"]) == "/x/huggingface/hub")
    #expect(path(["XDG_CACHE_HOME": "/x", "HF_HOME": "/h"]) == "/h/hub")
    #expect(path(["HF_HOME": "/h", "HF_HUB_CACHE": "/c"]) == "/c")
    #expect(path(["HF_HOME": "~/h", "HF_HUB_CACHE": ""]) == NSHomeDirectory() + "/h/hub")
  }

  @Test func `A model is found by branch and by commit, and called as on the hub`() throws {
    let sample = try Sample()
    for name in ["tiny/model-1.5B", "tiny/model-1.5B@main", "tiny/model-1.5B@\(Self.commit)"] {
      let folder = try sample.cache.folder(named: name)
      #expect(folder.path == sample.snapshot.path, "\(name)")
      #expect(try Model(folder: folder).name == "model-1.5B")
      #expect(HubID(snapshot: folder)?.description == "tiny/model-1.5B")
    }
    try Data(String(repeating: "f", count: 40).utf8).write(to: sample.repository.appending(path: "refs/main"))
    #expect(HubID(snapshot: sample.snapshot)?.description == "tiny/model-1.5B@\(Self.commit)")
    #expect(HubID(snapshot: sample.repository) == nil)
  }

  @Test func `What is not there is refused with the command that fetches it`() throws {
    let sample = try Sample()
    for (name, command) in [
      ("tiny/other", "hf download tiny/other."), ("tiny/model-1.5B@v2", "hf download tiny/model-1.5B --revision v2."),
    ] {
      #expect(message { _ = try sample.cache.folder(named: name) }.contains(command), "\(name)")
    }
    try FileManager.default.removeItem(at: sample.snapshot.appending(path: "model.safetensors"))
    let refusal = message { _ = try Model(folder: sample.cache.folder(named: "tiny/model-1.5B")) }
    #expect(refusal.contains("Fetch the rest: hf download tiny/model-1.5B"), "\(refusal)")
  }

  @Test func `A folder of this machine always wins, and a reference leads nowhere else`() throws {
    let sample = try Sample()
    #expect(try sample.cache.folder(named: "/").path == "/")
    #expect(try sample.cache.folder(named: "nowhere").relativePath == "nowhere")
    try Data("../../..".utf8).write(to: sample.repository.appending(path: "refs/main"))
    #expect(throws: CheckpointError.self) { try sample.cache.folder(named: "tiny/model-1.5B") }
  }
}
