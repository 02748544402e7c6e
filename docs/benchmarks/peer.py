#!/usr/bin/env python3
"""The table of `leibniz analyze`, computed with transformers, PEFT and torch.

    peer.py BASE ADAPTER PROMPTS [--threads 2] [--limit N] [--tile-rows 32] [--bare] [--output analysis.json]

The base and the adapted model run one after the other in float32, a registered attention function keeps each
layer's queries and keys as the kernel receives them (after bias, QK norm and rotary embedding), and the terms
of c[(k+dk)ᵀ(q+dq) − kᵀq] are products of the two runs' differences. The statistics are vectorised over heads
and computed in tiles of query rows that stay in the cache, or, with `--tile-rows 0`, over whole matrices of a layer.
With `--bare` the same two forward passes with plain `sdpa` attention and nothing kept are timed beside it.
"""
import argparse
import json
import resource
import time
from pathlib import Path

import torch
from peft import PeftModel
from transformers import AttentionInterface, AttentionMaskInterface, AutoModelForCausalLM
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import sdpa_mask

TERMS = ("dKtQ", "KtdQ", "dKtdQ")
BLOCKS = (("before", "before"), ("after", "before"), ("after", "after"))
captured = {}  # layer: (query, key, scale, mask) of the latest forward pass


def capture_attention(module, query, key, value, attention_mask, scaling=None, **kwargs):
    """`sdpa`, after keeping its operands: query [heads, tokens, d], key [keyValueHeads, tokens, d]."""
    scale = query.shape[-1] ** -0.5 if scaling is None else scaling
    captured[module.layer_idx] = (query[0], key[0], scale, attention_mask)
    return sdpa_attention_forward(module, query, key, value, attention_mask, scaling=scaling, **kwargs)


AttentionInterface.register("capture", capture_attention)
AttentionMaskInterface.register("capture", sdpa_mask)


def load(base, adapter, dtype=torch.float32):
    model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, attn_implementation="capture")
    return PeftModel.from_pretrained(model, adapter).eval()


def read_prompts(path, limit=None):
    lines = [line for line in Path(path).read_text().splitlines() if line.strip()]
    return [json.loads(line) for line in lines[:limit]]


def forward(model, prompt, adapted, hidden=True, logits=1):
    """One pass without a cache. Unless asked otherwise only the last token's logits are formed. PEFT finds an
    Activated LoRA's invocation tokens in `input_ids` and applies its own mask."""
    arguments = dict(
        input_ids=torch.tensor([prompt["input_ids"]]),
        use_cache=False,
        output_hidden_states=hidden,
        logits_to_keep=logits,
    )
    if adapted:
        return model(**arguments)
    with model.disable_adapter():
        return model(**arguments)


def run(model, prompt, adapted, logits=1):
    """(operands of each layer, stream entering each layer, the model's output)"""
    captured.clear()
    output = forward(model, prompt, adapted, logits=logits)
    layers = dict(captured)
    stream = [state[0] for state in output.hidden_states[: len(layers)]]
    return layers, stream, output


class Sums:
    """Sums over pairs and prompts, in double. Index: [layer, block, raw or centered, term (Δ last), head]."""

    def __init__(self, layers, heads):
        shape = (layers, len(BLOCKS), 2, 4, heads)
        self.sum, self.absolute, self.squares, self.largest, self.with_delta, self.dominant = (
            torch.zeros(shape, dtype=torch.float64) for _ in range(6)
        )
        self.pairs = torch.zeros(layers, len(BLOCKS), dtype=torch.int64)
        self.stream_change, self.stream_base = (torch.zeros(layers, 2, dtype=torch.float64) for _ in range(2))

    def add(self, index, values):
        """values: [term, head, pairs], Δ last; a forbidden pair is 0 and so counts nowhere."""
        magnitude = values.abs()
        first, second, third = magnitude[:3]
        self.sum[index] += values.sum(-1)
        self.absolute[index] += magnitude.sum(-1)
        self.largest[index] = torch.maximum(self.largest[index], magnitude.amax(-1).double())
        products = torch.linalg.vecdot(values, values[3])
        self.with_delta[index] += products
        self.squares[index][:3] += torch.linalg.vecdot(values[:3], values[:3])
        self.squares[index][3] += products[3]
        self.dominant[index][0] += (first > torch.maximum(second, third)).sum(-1)
        self.dominant[index][1] += (second > torch.maximum(first, third)).sum(-1)
        self.dominant[index][2] += (third > torch.maximum(first, second)).sum(-1)

    def statistics(self, layer, block, form, head):
        at, n = (layer, block, form), self.pairs[layer, block].item()

        def magnitudes(term):
            return {
                "mean": self.sum[at][term, head].item() / n,
                "meanAbs": self.absolute[at][term, head].item() / n,
                "rms": (self.squares[at][term, head].item() / n) ** 0.5,
                "maxAbs": self.largest[at][term, head].item(),
            }

        energy = self.squares[at][3, head].item()
        terms = {
            name: magnitudes(term)
            | {
                "share": self.with_delta[at][term, head].item() / energy if energy else 0.0,
                "dominance": self.dominant[at][term, head].item() / n,
            }
            for term, name in enumerate(TERMS)
        }
        return {"delta": magnitudes(3), "terms": terms}

    def table(self):
        layers, _, _, _, heads = self.sum.shape
        blocks = [
            {"layer": layer, "head": head, "query": query, "key": key, "pairs": self.pairs[layer, block].item()}
            | self.statistics(layer, block, 0, head)
            | {"centered": self.statistics(layer, block, 1, head)}
            for layer in range(layers)
            for head in range(heads)
            for block, (query, key) in enumerate(BLOCKS)
            if self.pairs[layer, block]
        ]
        relative = (self.stream_change / self.stream_base).sqrt()
        stream = [
            {"layer": layer, "region": region, "relative": relative[layer, index].item()}
            for layer in range(layers)
            for index, region in enumerate(("before", "after"))
            if self.stream_base[layer, index]
        ]
        return {"schema": 1, "blocks": blocks, "stream": stream}


def add_stream(sums, base, adapted, separator):
    for layer, (x, y) in enumerate(zip(base, adapted)):
        for region, rows in enumerate((slice(0, separator), slice(separator, None))):
            sums.stream_change[layer, region] += (y[rows] - x[rows]).square().sum()
            sums.stream_base[layer, region] += x[rows].square().sum()


def add_layer(sums, layer, base, adapted, separator, tile_rows):
    """All pairs of one layer and prompt, tile by tile of query rows."""
    (q, k, scale, mask), (q_adapted, k_adapted, _, _) = base, adapted
    tokens = q.shape[1]
    q, dq = q * scale, (q_adapted - q) * scale
    dk = k_adapted - k
    allowed = None if mask is None else mask[0, 0]
    if allowed is not None and allowed.dtype != torch.bool:
        allowed = allowed == 0
    for region, (start, end) in enumerate(((0, separator), (separator, tokens))):
        for first in range(start, end, tile_rows or tokens):
            last = min(first + (tile_rows or tokens), end)
            keys = [(0, min(last, separator), region)] + ([(separator, last, 2)] if region else [])
            add_tile(sums, layer, q, dq, k, dk, first, last, [part for part in keys if part[0] < part[1]], allowed)


def add_tile(sums, layer, q, dq, k, dk, first, last, keys, allowed):
    """Query rows first..<last against the key ranges `keys`: (start, end, index in BLOCKS)."""
    heads, rows, groups = q.shape[0], last - first, k.shape[0]
    # Under grouped-query attention the heads of a group are further rows of one product.
    q, dq = (x[:, first:last].reshape(groups, -1, x.shape[-1]) for x in (q, dq))

    def forbid(values, start, end, fill):
        """Overwrites the pairs that the model's mask forbids. values: [..., rows, keys start..<end]"""
        if allowed is not None:
            values.masked_fill_(~allowed[first:last, start:end], fill)
        elif end > first:  # causal: only the square on the diagonal holds forbidden pairs
            corner = values[..., max(first - start, 0) :]
            corner.masked_fill_(torch.ones(corner.shape[-2:], dtype=torch.bool).triu(1), fill)

    score = torch.matmul(q, k[:, :last].mT).view(heads, rows, last)
    forbid(score, 0, last, -torch.inf)
    pattern = score.softmax(-1)

    parts, row_mean = [], 0
    for start, end, block in keys:
        values = q.new_empty(4, groups, q.shape[1], end - start)
        torch.matmul(q, dk[:, start:end].mT, out=values[0])
        torch.matmul(dq, k[:, start:end].mT, out=values[1])
        torch.matmul(dq, dk[:, start:end].mT, out=values[2])
        torch.sum(values[:3], 0, out=values[3])
        values = values.view(4, heads, rows, end - start)
        forbid(values, start, end, 0)
        row_mean = row_mean + torch.linalg.vecdot(values, pattern[..., start:end])
        parts.append(values)
    for (start, end, block), values in zip(keys, parts):
        if allowed is None:
            forbidden = rows * (rows - 1) // 2 if end > first else 0
            sums.pairs[layer, block] += rows * (end - start) - forbidden
        else:
            sums.pairs[layer, block] += allowed[first:last, start:end].sum()
        sums.add((layer, block, 0), values.flatten(2))
        values -= row_mean.unsqueeze(-1)
        forbid(values, start, end, 0)
        sums.add((layer, block, 1), values.flatten(2))


def add_prompt(sums, prompt, base, adapted, tile_rows=32):
    (layers, stream, _), (layers_adapted, stream_adapted, _) = base, adapted
    add_stream(sums, stream, stream_adapted, prompt["separator"])
    for layer in layers:
        add_layer(sums, layer, layers[layer], layers_adapted[layer], prompt["separator"], tile_rows)


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base")
    parser.add_argument("adapter")
    parser.add_argument("prompts")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="the first N prompts only")
    parser.add_argument("--tile-rows", type=int, default=32, help="16 to 64 are alike, 128 takes twice as long")
    parser.add_argument("--bare", action="store_true", help="time two bare forward passes before each pair")
    parser.add_argument("--output", help="where to write the table")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    phases = ["loading", "two forwards", "statistics"] + ["two bare forwards"] * options.bare
    seconds = {phase: [0.0, 0.0] for phase in phases}

    def now():
        return time.perf_counter(), time.process_time()

    clock = now()

    def lap(phase):
        nonlocal clock
        before, clock = clock, now()
        seconds[phase] = [total + b - a for total, a, b in zip(seconds[phase], before, clock)]

    model, prompts = load(options.base, options.adapter), read_prompts(options.prompts, options.limit)
    warm = {"input_ids": prompts[0]["input_ids"][:8]}
    forward(model, warm, False), forward(model, warm, True)
    lap("loading")

    config = model.config.get_text_config()
    sums = Sums(config.num_hidden_layers, config.num_attention_heads)
    for prompt in prompts:
        if options.bare:
            model.get_base_model().set_attn_implementation("sdpa")
            clock = now()
            forward(model, prompt, False, hidden=False), forward(model, prompt, True, hidden=False)
            lap("two bare forwards")
            model.get_base_model().set_attn_implementation("capture")
            clock = now()
        base, adapted = run(model, prompt, False), run(model, prompt, True)
        lap("two forwards")
        add_prompt(sums, prompt, base, adapted, options.tile_rows)
        lap("statistics")
    table = sums.table()
    lap("statistics")
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if options.output:
        Path(options.output).write_text(json.dumps(table))

    tokens = sum(len(prompt["input_ids"]) for prompt in prompts)
    print(f"{len(prompts)} prompts, {tokens} tokens, {options.threads} threads")
    for phase, (wall, processor) in seconds.items():
        print(f"{phase:18} {wall:8.2f} s {processor:8.2f} s of processor time")
    print(f"{'peak memory':18} {peak / 1024:8.0f} MiB")


if __name__ == "__main__":
    main()
