/// Norms around experts that stand beside a dense MLP (Gemma 4): f(h) = N_d(mlp(N₃(h))) + N_o(Σ_e G_e(N_r(h))·E_e(N_i(h))), with N₃ the
/// layer's own norm before its feed-forward half.
package struct MixtureNorms: Sendable, Equatable {
  /// N_r, of what the router reads.
  package var router: Norm
  /// N_i, of what experts read.
  package var input: Norm
  /// N_o, on the sum of the experts.
  package var output: Norm
  /// N_d, on what the dense MLP gives.
  package var dense: Norm

  /// All of them, in the order of the forward pass.
  package var all: [Norm] { [dense, router, input, output] }

  /// Norms from their parts.
  package init(router: Norm, input: Norm, output: Norm, dense: Norm) {
    (self.router, self.input, self.output, self.dense) = (router, input, output, dense)
  }
}
