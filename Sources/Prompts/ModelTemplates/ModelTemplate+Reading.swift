import Files
import Foundation
import StrictJSON

/// Reading a model's folder.
extension ModelTemplate {
  /// A template's file may have so many bytes, and so many the tokenizer's configuration, which can list all added tokens.
  private static let mostBytes = (template: 1 << 20, configuration: 1 << 26)

  /// The template of a model.
  /// - Parameter folder: The model's folder.
  /// - Returns: nil where the folder has none.
  /// - Throws: ``PromptError`` naming the file: it cannot be read, is malformed, or holds what is not supported.
  public static func read(from folder: URL) throws(PromptError) -> ModelTemplate? {
    let opened: Folder
    do { opened = try Folder(folder) } catch {
      throw .unreadable(file: folder.relativePath, reason: error.reason)
    }
    let configuration = try object("tokenizer_config.json", in: opened)
    let tokens = try specialTokens(configuration, in: opened)
    let name = "chat_template.jinja"
    if let bytes = try bytes(name, in: opened, limit: mostBytes.template) {
      let file = "\(opened.path)/\(name)"
      guard let source = String(validating: bytes, as: UTF8.self) else {
        throw .unreadable(file: file, reason: "it is not valid UTF-8")
      }
      return try ModelTemplate(source, tools: try toolSource(in: folder), file: file, specialTokens: tokens)
    }
    guard let configuration, let source = try source(configuration, named: "default") else { return nil }
    var tools: String?
    if case .array = configuration["chat_template"] { tools = try Self.source(configuration, named: "tool_use") }
    return try ModelTemplate(source, tools: tools, file: configuration.file, specialTokens: tokens)
  }

  /// The template for conversations with tools, where it is a file of its own.
  private static func toolSource(in folder: URL) throws(PromptError) -> String? {
    let folder = folder.appending(path: "additional_chat_templates")
    // A model without such a folder is the usual one.
    guard let opened = try? Folder(folder) else { return nil }
    let name = "tool_use.jinja"
    guard let bytes = try bytes(name, in: opened, limit: mostBytes.template) else { return nil }
    guard let source = String(validating: bytes, as: UTF8.self) else {
      throw .unreadable(file: "\(opened.path)/\(name)", reason: "it is not valid UTF-8")
    }
    return source
  }

  private static func bytes(_ name: String, in folder: Folder, limit: Int) throws(PromptError) -> [UInt8]? {
    do { return try folder.open(name).bytes(limit: limit) } catch {
      if error.isMissing { return nil }
      throw .unreadable(file: "\(folder.path)/\(name)", reason: error.reason)
    }
  }

  private static func object(_ name: String, in folder: Folder) throws(PromptError) -> JSONReader? {
    guard let bytes = try bytes(name, in: folder, limit: mostBytes.configuration) else { return nil }
    do { return try JSONReader(file: "\(folder.path)/\(name)", bytes: bytes) } catch { throw .malformed(error) }
  }

  /// The member `chat_template`: a text, or the one of that name of a list, in which one is named `default`.
  private static func source(_ configuration: JSONReader, named wanted: String) throws(PromptError) -> String? {
    do throws(JSONMemberError) {
      guard case .array = configuration["chat_template"] else {
        return try configuration.optionalString("chat_template")
      }
      var names: [String] = []
      for template in try configuration.objects("chat_template") {
        let name = try template.string("name")
        if name.isSpelled(wanted) { return try template.string("template") }
        names.append(name)
      }
      guard wanted == "default" else { return nil }
      throw configuration.error(
        "chat_template", "one is expected to be named default, but they are \(names.joined(separator: ", "))")
    } catch { throw .malformed(error) }
  }

  /// Every `…_token` of the configuration, and of `special_tokens_map.json` where the configuration does not list the
  /// tokenizer's tokens: as transformers reads them.
  private static func specialTokens(
    _ configuration: JSONReader?, in folder: Folder
  ) throws(PromptError) -> [(name: String, token: String)] {
    var sources: [JSONReader] = []
    if let configuration { sources.append(configuration) }
    if configuration?["added_tokens_decoder"] == nil, let map = try object("special_tokens_map.json", in: folder) {
      sources.append(map)
    }
    var tokens: [(name: String, token: String)] = []
    do throws(JSONMemberError) {
      for source in sources {
        for (name, value) in source.object.members where name.ends(with: "_token") {
          switch value {
          case .string(let token): tokens.append((name, token))
          case .object: tokens.append((name, try source.object(name).string("content")))
          // `add_bos_token` is a boolean.
          default: continue
          }
        }
      }
    } catch { throw .malformed(error) }
    return tokens
  }
}
