#!/usr/bin/env python3
"""Holds model.py to transformers and PEFT: same weights, same logits, masked (Activated LoRA) or not.

    test_model.py WORK      WORK is what train.py made
"""
import sys
from pathlib import Path
import torch
from peft import PeftModel
from transformers import LlamaForCausalLM
import game, model, train


def main(work):
    seed = train.SEEDS[0]
    base = train.load_bases(work, [seed])
    ids, _, separator = game.play(8, 6, 2, 2, torch.Generator().manual_seed(5), True)
    with torch.no_grad():
        expected = LlamaForCausalLM.from_pretrained(work / f"base-{seed}")(input_ids=ids).logits
        report("base", model.forward(base, ids[None])[0], expected)
        for kind, (_, mode, rank) in train.KINDS.items():
            folder = work / "adapters" / f"{kind}-{seed}"
            if not folder.exists(): continue
            adapter = train.load_adapter(folder)
            ours = train.run(base, ids[None], adapter, mode, separator)[0]
            peft = PeftModel.from_pretrained(LlamaForCausalLM.from_pretrained(work / f"base-{seed}"), folder).eval()
            # PEFT knows no two views; there both must agree where the adapter is masked: before the separator.
            logits = peft(input_ids=ids).logits
            if mode != "two-views": report(kind, ours, logits)
            else: report(kind + " (prefix)", ours[:, :separator], expected[:, :separator])


def report(name, found, expected):
    difference = float((found - expected).abs().max() / expected.abs().max())
    print(f"{name}: relative difference {difference:.1e}")
    assert difference < 1e-4, name


main(Path(sys.argv[1]))
