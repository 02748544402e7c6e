import Dispatch

/// y[t, o] = Σᵢ x[t, i]·w[o, i], by plain dot products.
///
/// Each token's row is one thread's work, so that the number of threads changes no result.
/// - Parameters:
///   - x: (tokens × inputs), row-major.
///   - weights: (outputs × inputs), row-major.
///   - threads: How many threads share the tokens, at least 1.
/// - Returns: (tokens × outputs), row-major.
func plainProduct(
  _ x: [Double], _ weights: [Double], tokens: Int, inputs: Int, outputs: Int, threads: Int
) -> [Double] {
  precondition(x.count == tokens * inputs && weights.count == outputs * inputs, "shapes of a product")
  precondition(threads > 0, "a number of threads")
  let parts = max(1, min(threads, tokens))
  var y = [Double](repeating: 0, count: tokens * outputs)
  x.withUnsafeBufferPointer { x in
    weights.withUnsafeBufferPointer { weights in
      y.withUnsafeMutableBufferPointer { y in
        // Each iteration writes rows of its own.
        nonisolated(unsafe) let (x, weights, y) = (x, weights, y)
        DispatchQueue.concurrentPerform(iterations: parts) { part in
          for token in tokens * part / parts..<tokens * (part + 1) / parts {
            let row = UnsafeBufferPointer(rebasing: x[token * inputs..<(token + 1) * inputs])
            for output in 0..<outputs {
              y[token * outputs + output] = dot(
                row, UnsafeBufferPointer(rebasing: weights[output * inputs..<(output + 1) * inputs]))
            }
          }
        }
      }
    }
  }
  return y
}

/// Σᵢ a[i]·b[i] over so many elements from a start in each.
func dot(_ a: [Double], from first: Int, _ b: [Double], from second: Int, count: Int) -> Double {
  a.withUnsafeBufferPointer { a in
    b.withUnsafeBufferPointer { b in
      dot(
        UnsafeBufferPointer(rebasing: a[first..<first + count]),
        UnsafeBufferPointer(rebasing: b[second..<second + count]))
    }
  }
}

/// Σᵢ a[i]·b[i] in four running sums, which a processor can work on side by side.
private func dot(_ a: UnsafeBufferPointer<Double>, _ b: UnsafeBufferPointer<Double>) -> Double {
  var (s0, s1, s2, s3) = (0.0, 0.0, 0.0, 0.0)
  let whole = a.count & ~3
  var index = 0
  while index < whole {
    s0 += a[index] * b[index]
    s1 += a[index + 1] * b[index + 1]
    s2 += a[index + 2] * b[index + 2]
    s3 += a[index + 3] * b[index + 3]
    index += 4
  }
  while index < a.count {
    s0 += a[index] * b[index]
    index += 1
  }
  return (s0 + s1) + (s2 + s3)
}
