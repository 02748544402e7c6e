#!/usr/bin/env python3
"""Masked training against a plain pass whose adapter's input is zeroed before the separator, as PEFT has it: test_train.py MODEL."""
import sys

import torch

import train
from task import Task

task, model = Task(sys.argv[1]), train.Model(sys.argv[1])
for matrix in model.add("x", "full-q16", 1): matrix.data += 0.02 * torch.randn_like(matrix)
prompts = task.batch(1, 1, 2)
ids, at = train.tensors(prompts)


def gradients(logits):
    loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), ids[:, at].flatten())
    matrices = [matrix["x"] for low in model.sites.values() for matrix in (low.a, low.b)]
    return torch.autograd.grad(loss, matrices)


for mode in ("plain", "masked", "late"):
    start = train.begin(mode, prompts[0])
    logits = model.logits("x", mode, ids[:, :-1], model.prefix(ids[:, :start]), at)
    on = (torch.arange(ids.shape[1] - 1) >= start).float()[None, :, None]
    plain = torch.nn.functional.linear
    for low in model.sites.values():
        low.forward = lambda x, low=low: low.base(x) + 2 * plain(plain(x * on, low.a["x"]), low.b["x"])
    expected = model.whole(input_ids=ids[:, :-1], use_cache=False).logits[:, [position - 1 for position in at]]
    for low in model.sites.values(): del low.forward
    scale = expected.abs().max()
    assert (logits - expected).abs().max() < 1e-4 * scale, mode
    for own, other in zip(gradients(logits), gradients(expected)): assert (own - other).abs().max() <= 1e-4 * other.abs().max() + 1e-6, mode
start = train.begin("both", prompts[0])
both = gradients(model.logits("x", "both", ids[:, :-1], model.prefix(ids[:, :start]), at))
assert all(gradient.abs().max() > 0 for gradient in both), "the adapted prefix is trained too"
