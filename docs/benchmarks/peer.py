#!/usr/bin/env python3
"""The table of `leibniz analyze` by transformers + PEFT + torch, as a peer to time it against.

    python3 -m venv venv && venv/bin/pip install torch==2.13.0+cpu transformers peft
    venv/bin/python peer.py BASE ADAPTER prompts.jsonl --threads 2 [--limit N] [--output analysis.json] [--float64]

Queries and keys are taken where the attention kernel receives them, by an attention function of its own; base and adapted
run once each over every prompt, without logits; a layer's terms for all heads are one batched product each, and their
statistics whole-tensor operations over region slices. Beside it two bare forwards are timed.
"""
import argparse, contextlib, json, resource, time
import torch
from peft import PeftModel
from transformers import AutoModelForCausalLM
from transformers.modeling_utils import ALL_ATTENTION_FUNCTIONS
from transformers.integrations.sdpa_attention import sdpa_attention_forward

TERMS, captured = ("dKtQ", "KtdQ", "dKtdQ"), {}


def capture(module, query, key, value, attention_mask, **options):
    captured[module.layer_idx] = (query[0], key[0], options.get("scaling"))
    return sdpa_attention_forward(module, query, key, value, attention_mask, **options)


ALL_ATTENTION_FUNCTIONS.register("capture", capture)


def sums(terms, pattern, slices):
    """Σ, Σ| |, Σ², max, ΣTΔ and wins of three terms and Δ, (heads,) each, raw and centred, by block."""
    delta = terms[0] + terms[1] + terms[2]
    quantities = torch.stack([*terms, delta])
    means = (quantities * pattern).sum(-1, keepdim=True)
    result = {}
    for q, (qa, qb) in slices.items():
        for k, (ka, kb) in slices.items():
            if qa >= qb or ka >= kb or ka >= qb: continue
            allowed = None
            if kb > qa:  # the diagonal runs through this block
                allowed = torch.ones(qb - qa, kb - ka, dtype=torch.bool).tril(qa - ka)
            count = int(allowed.sum()) if allowed is not None else (qb - qa) * (kb - ka)
            block = quantities[:, :, qa:qb, ka:kb]
            forms = []
            for part in (block, block - means[:, :, qa:qb]):
                if allowed is not None: part = part * allowed
                size = part.abs()
                first, second, third = size[0], size[1], size[2]
                wins = torch.stack([
                    ((first > second) & (first > third)).sum((-2, -1)), ((second > first) & (second > third)).sum((-2, -1)),
                    ((third > first) & (third > second)).sum((-2, -1))])
                flat = part.flatten(2)
                forms.append((flat.sum(-1).double(), size.sum((-2, -1)).double(), (flat * flat).sum(-1).double(),
                              size.amax((-2, -1)).double(), (flat[:3] * flat[3:]).sum(-1).double(), wins))
            result[q, k] = (count, forms)
    return result


def merge(table, key, count, forms):
    if key not in table: table[key] = [count, forms]; return
    old = table[key]; old[0] += count
    old[1] = [(a[0] + b[0], a[1] + b[1], a[2] + b[2], torch.maximum(a[3], b[3]), a[4] + b[4], a[5] + b[5])
              for a, b in zip(old[1], forms)]


def statistics(form, head, count):
    def size(i): return {"mean": (form[0][i, head] / count).item(), "meanAbs": (form[1][i, head] / count).item(),
                         "rms": (form[2][i, head] / count).sqrt().item(), "maxAbs": form[3][i, head].item()}
    energy = form[2][3, head].item()
    return {"delta": size(3), "terms": {name: size(i) | {
        "share": form[4][i, head].item() / energy if energy else 0.0,
        "dominance": form[5][i, head].item() / count} for i, name in enumerate(TERMS)}}


@torch.inference_mode()
def main():
    a = argparse.ArgumentParser(); a.add_argument("base"); a.add_argument("adapter"); a.add_argument("prompts")
    a.add_argument("--threads", type=int, default=2); a.add_argument("--limit", type=int)
    a.add_argument("--output"); a.add_argument("--float64", action="store_true"); o = a.parse_args()
    torch.set_num_threads(o.threads)
    prompts = [json.loads(line) for line in open(o.prompts)][:o.limit]
    clock = time.perf_counter
    start = clock()
    dtype = torch.float64 if o.float64 else torch.float32
    model = AutoModelForCausalLM.from_pretrained(o.base, dtype=torch.float32, attn_implementation="capture")
    frequencies = {n: b.clone() for n, b in model.named_buffers() if "inv_freq" in n}
    model = PeftModel.from_pretrained(model, o.adapter).eval().to(dtype)
    for name, buffer in model.named_buffers():  # the float32 values, widened, are the model's own
        for old, value in frequencies.items():
            if name.endswith(old): buffer.data = value.to(dtype)
    def adapter_off(): return model.disable_adapter()
    invocation = model.peft_config["default"].alora_invocation_tokens
    loading = clock() - start
    forwards = bare = 0.0
    table, stream = {}, {}
    work = clock()
    for prompt in prompts:
        ids = torch.tensor([prompt["input_ids"]])
        # With an Activated LoRA PEFT has to see the ids itself; without one the inner model does, and no logits are made.
        keep = {"logits_to_keep": 1}
        start = clock()
        with adapter_off(): base = model(input_ids=ids, output_hidden_states=True, use_cache=False, **keep)
        base_kernel = dict(captured)
        adapted = model(input_ids=ids, output_hidden_states=True, use_cache=False, **keep)
        adapted_kernel = dict(captured)
        forwards += clock() - start
        length, separator = ids.shape[1], prompt["separator"]
        slices = {"before": (0, separator), "after": (separator, length)}
        causal = torch.ones(length, length, dtype=torch.bool).tril()
        for layer, (q, k, scale) in base_kernel.items():
            q2, k2, _ = adapted_kernel[layer]
            groups = q.shape[0] // k.shape[0]
            k, dk = (x.repeat_interleave(groups, 0) for x in (k, k2 - k))
            scale = scale if scale is not None else q.shape[-1] ** -0.5
            dq = q2 - q
            pattern = (q @ k.mT * scale).masked_fill_(~causal, float("-inf")).softmax(-1)
            terms = [(x @ y.mT * scale).mul_(causal) for x, y in ((q, dk), (dq, k), (dq, dk))]
            for block, (count, forms) in sums(terms, pattern, slices).items():
                merge(table, (layer, *block), count, forms)
            x, y = base.hidden_states[layer][0], adapted.hidden_states[layer][0]
            for region, (from_, to) in slices.items():
                old = stream.get((layer, region), (0.0, 0.0))
                stream[layer, region] = (old[0] + (y - x)[from_:to].double().pow(2).sum().item(),
                                         old[1] + x[from_:to].double().pow(2).sum().item())
    work = clock() - work
    model.base_model.model.config._attn_implementation = "sdpa"
    for prompt in prompts:
        ids = torch.tensor([prompt["input_ids"]])
        start = clock()
        with adapter_off(): model(input_ids=ids, use_cache=False, logits_to_keep=1)
        model(input_ids=ids, use_cache=False, logits_to_keep=1)
        bare += clock() - start
    tokens = sum(len(p["input_ids"]) for p in prompts)
    print(f"tokens          {tokens} in {len(prompts)} prompts, {o.threads} threads, invocation {invocation}")
    print(f"loading         {loading:.1f} s\nafter loading   {work:.1f} s\n  two forwards  {forwards:.1f} s")
    print(f"  statistics    {work - forwards:.1f} s\nbare forwards   {bare:.1f} s (two, beside it)")
    print(f"peak resident   {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MiB")
    if not o.output: return
    blocks = [{"layer": layer, "head": head, "query": q, "key": k, "pairs": count, **statistics(forms[0], head, count),
               "centered": statistics(forms[1], head, count)}
              for (layer, q, k), (count, forms) in table.items() for head in range(forms[0][0].shape[1])]
    rows = [{"layer": l, "region": r, "relative": (d / b) ** 0.5 if b else 0.0} for (l, r), (d, b) in stream.items()]
    json.dump({"blocks": blocks, "stream": rows}, open(o.output, "w"))


if __name__ == "__main__": main()
