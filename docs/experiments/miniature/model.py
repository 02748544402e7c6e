"""A tiny Llama as plain functions, several of them at once: every weight has a leading dimension, the copy.

Copies share nothing but the batch's shape, so five seeds train in one go. `test_model.py` holds it to transformers and PEFT.
"""
import json
import torch
import torch.nn.functional as F
from safetensors.torch import save_file

LAYERS, HIDDEN, HEADS, GROUPS, WIDTH, INNER, EPSILON, THETA = 4, 64, 4, 2, 16, 128, 1e-5, 10000.0
SHAPES = {
    "self_attn.q_proj": (HEADS * WIDTH, HIDDEN), "self_attn.k_proj": (GROUPS * WIDTH, HIDDEN),
    "self_attn.v_proj": (GROUPS * WIDTH, HIDDEN), "self_attn.o_proj": (HIDDEN, HEADS * WIDTH),
    "mlp.gate_proj": (INNER, HIDDEN), "mlp.up_proj": (INNER, HIDDEN), "mlp.down_proj": (HIDDEN, INNER)}


def new_base(seeds, vocabulary):
    """Weights by their HuggingFace names, each (copies, …)."""
    def draw(generator):
        normal = lambda *shape: 0.08 * torch.randn(*shape, generator=generator)
        weights = {"model.embed_tokens.weight": normal(vocabulary, HIDDEN), "lm_head.weight": normal(vocabulary, HIDDEN),
                   "model.norm.weight": torch.ones(HIDDEN)}
        for layer in range(LAYERS):
            for name, shape in SHAPES.items(): weights[f"model.layers.{layer}.{name}.weight"] = normal(*shape)
            for name in ("input_layernorm", "post_attention_layernorm"):
                weights[f"model.layers.{layer}.{name}.weight"] = torch.ones(HIDDEN)
        return weights
    copies = [draw(torch.Generator().manual_seed(seed)) for seed in seeds]
    return {name: torch.stack([copy[name] for copy in copies]) for name in copies[0]}


def new_adapter(seeds, sites, rank):
    """A and B of every adapted projection, {"model.layers.0.self_attn.q_proj": (A, B)}, drawn as PEFT does: B is zero."""
    generators = [torch.Generator().manual_seed(1000 + seed) for seed in seeds]
    adapter = {}
    for layer in range(LAYERS):
        for name, (rows, columns) in SHAPES.items():
            if name.split(".")[1][:-5] not in sites: continue
            draws = [torch.rand(rank, columns, generator=generator) for generator in generators]
            adapter[f"model.layers.{layer}.{name}"] = ((2 * torch.stack(draws) - 1) / columns ** 0.5, torch.zeros(len(seeds), rows, rank))
    return adapter


def norm(x, gain):
    return gain[:, None] * (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + EPSILON))


def turn(x, cosine, sine):
    """Rotary embedding, the halves' convention."""
    half = x.shape[-1] // 2
    return x * cosine + torch.cat([-x[..., half:], x[..., :half]], -1) * sine


def attend(q, k, v, allowed):
    """q (…, heads, queries, width), k and v (…, groups, keys, width)."""
    k, v = (t.repeat_interleave(HEADS // GROUPS, -3) for t in (k, v))
    return F.scaled_dot_product_attention(q.flatten(0, 1), k.flatten(0, 1), v.flatten(0, 1), allowed).unflatten(0, q.shape[:2])


def forward(base, ids, adapter=None, scaling=2.0, separator=0, masked=False, two_views=False):
    """Logits (copies, batch, length, vocabulary) for ids (copies, batch, length).

    `masked`: the adapter's input is zero before the separator, as in PEFT's Activated LoRA. `two_views`: the same, but tokens
    from the separator on attend to keys and values of the prefix that the adapter did act on; tokens of the prefix attend to the
    base's own, so that their stream stays the base's."""
    copies, batch, length = ids.shape
    rows = lambda x: x.reshape(copies, batch * length, -1)
    on = torch.ones(length, 1)
    if masked or two_views: on[:separator] = 0
    on = on.repeat(batch, 1)

    def project(x, name, switch):
        y = torch.bmm(x, base[name + ".weight"].transpose(1, 2))
        if adapter is None or name not in adapter or switch is None: return y
        a, b = adapter[name]
        return y + scaling * torch.bmm(torch.bmm(x * switch, a.transpose(1, 2)), b.transpose(1, 2))

    split = lambda x: x.reshape(copies, batch, length, -1, WIDTH).transpose(2, 3)
    angle = torch.outer(torch.arange(length).float(), THETA ** (-torch.arange(0, WIDTH, 2).float() / WIDTH)).repeat(1, 2)
    cosine, sine = angle.cos(), angle.sin()
    allowed = torch.ones(length, length, dtype=torch.bool).tril()
    # The embedding's rows of every copy.
    x = torch.stack([table[row] for table, row in zip(base["model.embed_tokens.weight"], ids.reshape(copies, -1))])
    for layer in range(LAYERS):
        at = f"model.layers.{layer}."
        h = norm(x, base[at + "input_layernorm.weight"])
        q = turn(split(project(h, at + "self_attn.q_proj", on)), cosine, sine)
        keys = lambda switch: turn(split(project(h, at + "self_attn.k_proj", switch)), cosine, sine)
        values = lambda switch: split(project(h, at + "self_attn.v_proj", switch))
        if two_views:
            early = attend(q[..., :separator, :], keys(None)[..., :separator, :], values(None)[..., :separator, :],
                           allowed[:separator, :separator])
            late = attend(q[..., separator:, :], keys(1.0), values(1.0), allowed[separator:])
            z = torch.cat([early, late], -2)
        else:
            z = attend(q, keys(on), values(on), allowed)
        x = x + project(rows(z.transpose(2, 3)), at + "self_attn.o_proj", on)
        h = norm(x, base[at + "post_attention_layernorm.weight"])
        gate, up = (project(h, at + f"mlp.{site}_proj", on) for site in ("gate", "up"))
        x = x + project(F.silu(gate) * up, at + "mlp.down_proj", on)
    x = norm(x, base["model.norm.weight"])
    return torch.bmm(x, base["lm_head.weight"].transpose(1, 2)).reshape(copies, batch, length, -1)


def config(vocabulary):
    """config.json of a base."""
    return {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": vocabulary, "hidden_size": HIDDEN,
        "intermediate_size": INNER, "num_hidden_layers": LAYERS, "num_attention_heads": HEADS, "num_key_value_heads": GROUPS,
        "head_dim": WIDTH, "max_position_embeddings": 128, "rms_norm_eps": EPSILON, "rope_theta": THETA, "hidden_act": "silu",
        "tie_word_embeddings": False, "attention_bias": False, "mlp_bias": False, "dtype": "float32", "bos_token_id": 0,
        "eos_token_id": None}


def save_adapter(folder, adapter, rank, base, invocation):
    """A PEFT folder; `invocation` makes it an Activated LoRA."""
    folder.mkdir(parents=True, exist_ok=True)
    tensors = {f"base_model.model.{name}.lora_{letter}.weight": w.contiguous()
               for name, pair in adapter.items() for letter, w in zip("AB", pair)}
    save_file(tensors, folder / "adapter_model.safetensors", {"format": "pt"})
    settings = {
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "base_model_name_or_path": base, "r": rank, "lora_alpha": 2 * rank,
        "lora_dropout": 0.0, "bias": "none", "target_modules": sorted({name.split(".")[-1] for name in adapter}),
        "alora_invocation_tokens": invocation, "inference_mode": True}
    (folder / "adapter_config.json").write_text(json.dumps(settings, indent=2) + "\n")
