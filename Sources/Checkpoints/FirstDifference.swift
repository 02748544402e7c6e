/// Where two values of the same type differ first, found by their mirrors: "layers[3].attention.window".
func firstDifference(
  between left: Any, and right: Any, path: String = ""
) -> (path: String, left: String, right: String)? {
  let (leftChildren, rightChildren) = (
    Array(Mirror(reflecting: left).children), Array(Mirror(reflecting: right).children)
  )
  if leftChildren.isEmpty || leftChildren.count != rightChildren.count {
    let (leftText, rightText) = (text(of: left), text(of: right))
    if leftText == rightText { return nil }
    let isCollection = Mirror(reflecting: left).displayStyle == .collection
    return isCollection
      ? ("the number of \(path)", "\(leftChildren.count)", "\(rightChildren.count)") : (path, leftText, rightText)
  }
  for (index, (leftChild, rightChild)) in zip(leftChildren, rightChildren).enumerated() {
    let name: String =
      switch leftChild.label {
      case nil: "\(path)[\(index)]"
      case "some": path
      case let label?: path.isEmpty ? label : "\(path).\(label)"
      }
    if let difference = firstDifference(between: leftChild.value, and: rightChild.value, path: name) {
      return difference
    }
  }
  return nil
}

/// A value for people: what an optional holds, or "none".
private func text(of value: Any) -> String {
  let mirror = Mirror(reflecting: value)
  guard mirror.displayStyle == .optional else { return "\(value)" }
  return mirror.children.first.map { text(of: $0.value) } ?? "none"
}
