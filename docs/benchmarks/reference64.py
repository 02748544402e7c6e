#!/usr/bin/env python3
"""Reference values in float64: blocks, centered statistics, stream and loss, by transformers, PEFT and torch.

    reference64.py BASE ADAPTER PROMPTS [--threads 2] [--limit N] --output expected.json

The computation of peer.py with every float32 step of the models' code widened to float64. The inverse
frequencies of the rotary embedding keep their float32 values, which belong to the model's definition.
"""
import argparse
import json
from contextlib import contextmanager
from pathlib import Path

import torch

import peer


@contextmanager
def widened():
    """Modelling code that asks for float32 (norms, rotary angles, softmax) gets float64."""
    kept = torch.float32, torch.float, torch.Tensor.float
    torch.float32 = torch.float = torch.float64
    torch.Tensor.float = torch.Tensor.double
    try:
        yield
    finally:
        torch.float32, torch.float, torch.Tensor.float = kept


def loss(output, prompt):
    """Mean over the tokens after the separator; None where there is none."""
    start = prompt["separator"] + 1
    targets = torch.tensor(prompt["input_ids"][start:])
    if not len(targets):
        return None
    return torch.nn.functional.cross_entropy(output.logits[0, start - 1 : -1], targets).item()


@torch.inference_mode()
def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("base")
    parser.add_argument("adapter")
    parser.add_argument("prompts")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--limit", type=int, help="the first N prompts only")
    parser.add_argument("--output", required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)

    model = peer.load(options.base, options.adapter).double()
    config = model.config.get_text_config()
    sums = peer.Sums(config.num_hidden_layers, config.num_attention_heads)
    losses = {"base": [], "adapted": []}
    for prompt in peer.read_prompts(options.prompts, options.limit):
        with widened():
            base, adapted = (peer.run(model, prompt, side, logits=0) for side in (False, True))
        assert all(x.dtype == torch.float64 for x in (base[0][0][0], adapted[0][0][0], adapted[2].logits))
        peer.add_prompt(sums, prompt, base, adapted)
        for side, (_, _, output) in (("base", base), ("adapted", adapted)):
            losses[side].append(loss(output, prompt))
    Path(options.output).write_text(json.dumps(sums.table() | {"loss": losses}))


if __name__ == "__main__":
    main()
