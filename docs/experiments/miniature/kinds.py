"""The kinds of adapter of the miniature and what they share; standard library only."""
SEEDS = [0, 1, 2, 3, 4]
RANK, STEPS, BATCH, RATE = 2, 160, 16, 1e-2

ATTENTION, MLP = ["q", "k", "v", "o"], ["gate", "up", "down"]
SITES = {
    "full": ATTENTION + MLP, "no-k": ["q", "v", "o"] + MLP, "k-only": ["k"], "q-only": ["q"], "v-only": ["v"],
    "mlp-only": MLP, "k-mlp": ["k"] + MLP}
# kind: (sites, where it acts, rank)
KINDS = {name + suffix: (name, mode, RANK) for suffix, mode in (("", "everywhere"), ("-masked", "masked")) for name in SITES}
KINDS |= {
    "two-views": ("full", "two-views", RANK), "full-masked-twice": ("full", "masked", 2 * RANK),
    "full-half": ("full", "everywhere", RANK // 2), "full-masked-half": ("full", "masked", RANK // 2),
    "full-twice": ("full", "everywhere", 2 * RANK),
    # As many parameters as full has, nearly, in one matrix a layer.
    "k-only-wide": ("k-only", "everywhere", 21), "q-only-wide": ("q-only", "everywhere", 16),
    "v-only-wide": ("v-only", "everywhere", 21)}
