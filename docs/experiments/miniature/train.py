#!/usr/bin/env python3
"""Trains the bases and adapters of the miniature. What is there already is skipped, so a run that was stopped goes on.

    train.py WORK bases                           one tiny Llama a seed
    train.py WORK adapters [--kinds full k-only]  every kind for every seed

WORK receives base-SEED/ (HuggingFace), adapters/KIND-SEED/ (PEFT), each with a training.json, and games.jsonl, the held-out
games. See README.md.
"""
import argparse, json, math, time
from pathlib import Path
import torch
from safetensors.torch import load_file, save_file
import game, model
from kinds import BATCH, KINDS, RANK, RATE, SEEDS, SITES, STEPS

BASE_STEPS, BASE_BATCH, BASE_RATE, BASE_LOSS = 6000, 32, 3e-3, 0.04
FACTS, QUESTIONS = (3, 5), (1, 2)


def fit(weights, steps, rates, draw, loss_of, done=None):
    """Adam with cosine decay for stacked copies, each clipped on its own. `rates` holds a peak rate a copy.

    With `done` (a function of the losses) the rate is constant and training ends when it says so."""
    rates, start = torch.tensor(rates), time.time()
    first, second = ([torch.zeros_like(w) for w in weights] for _ in range(2))
    for step in range(1, steps + 1):
        losses = loss_of(*draw())
        gradients = torch.autograd.grad(losses.sum(), weights)
        length = torch.stack([g.flatten(1).square().sum(1) for g in gradients]).sum(0).sqrt()
        clip = (1 / length).clamp(max=1)
        rate = rates * min(1, step / 50) * (1 if done else 0.5 * (1 + math.cos(math.pi * (step - 1) / steps)))
        with torch.no_grad():
            for w, g, m, v in zip(weights, gradients, first, second):
                shape = (-1,) + (1,) * (w.dim() - 1)
                g = g * clip.view(shape)
                m.lerp_(g, 0.1); v.lerp_(g * g, 0.02)
                w -= rate.view(shape) * (m / (1 - 0.9 ** step)) / ((v / (1 - 0.98 ** step)).sqrt() + 1e-8)
        if step % 100 == 0:
            print(f"  {step}/{steps}  {time.time() - start:.0f} s  loss", *(f"{l:.3f}" for l in losses.tolist()), flush=True)
        if done and done(losses): return step


def answers(logits, labels):
    """The mean loss over the labelled tokens of each copy, and the fraction of them that is right."""
    rows = labels[0, 0, 1:] != -100  # the same in every game of a batch
    logits, labels = logits[:, :, :-1][:, :, rows], labels[:, :, 1:][:, :, rows]
    losses = torch.nn.functional.cross_entropy(logits.flatten(0, 2), labels.flatten(), reduction="none")
    return losses.view(len(labels), -1).mean(1), (logits.argmax(-1) == labels).flatten(1).float().mean(1)


def games(seeds, shape, batch, after, persona):
    """A batch of games for each copy, all of one shape."""
    facts, before = game.number(*FACTS, shape), game.number(*QUESTIONS, shape)
    drawn = [game.play(batch, facts, before, after, seed, persona) for seed in seeds]
    return torch.stack([d[0] for d in drawn]), torch.stack([d[1] for d in drawn]), drawn[0][2]


@torch.no_grad()
def judge(base, adapter, mode, seed, persona=True, rounds=16, **forward):
    """Loss and accuracy of each copy on the first answer after the separator, over 1024 games."""
    shape, generator, totals = torch.Generator().manual_seed(seed), torch.Generator().manual_seed(seed + 1), 0
    for _ in range(rounds):
        ids, labels, separator = games([generator], shape, 64, 1, persona)
        labels[:, :, :separator] = -100
        copies = len(base["model.norm.weight"])
        ids, labels = ids.expand(copies, -1, -1), labels.expand(copies, -1, -1)
        totals = totals + torch.stack(answers(run(base, ids, adapter, mode, separator, **forward), labels))
    return (totals / rounds).tolist()


def run(base, ids, adapter, mode, separator):
    return model.forward(base, ids, adapter, separator=separator, masked=mode == "masked", two_views=mode == "two-views")


def lessons(base, seed):
    """What a base learns from: games and copying in turn, until it does both; and the loss of a lesson."""
    shape, generator = (torch.Generator().manual_seed(s + seed) for s in (200, 300))
    recent, step = [3.0, 3.0], 0

    def draw():
        if step % 2 == 0: return games([generator], shape, BASE_BATCH, 3, False)[:2]
        return [t[None] for t in game.copying(BASE_BATCH, generator)]

    def loss_of(ids, labels):
        logits = model.forward(base, ids)[0, :, :-1]
        return torch.nn.functional.cross_entropy(logits.flatten(0, 1), labels[0, :, 1:].flatten())[None]

    def done(losses):
        nonlocal step
        recent[step % 2] = 0.95 * recent[step % 2] + 0.05 * losses.item()
        step += 1
        return recent[0] < BASE_LOSS and recent[1] < 5 * BASE_LOSS

    return draw, loss_of, done


def train_bases(work, seeds):
    for seed in seeds:
        folder = work / f"base-{seed}"
        if (folder / "training.json").exists(): continue
        print(f"base-{seed}", flush=True)
        base = model.new_base([seed], game.VOCABULARY)
        weights = [w.requires_grad_() for w in base.values()]
        steps = fit(weights, BASE_STEPS, [BASE_RATE], *lessons(base, seed))
        base = {name: w.detach() for name, w in base.items()}
        folder.mkdir(parents=True, exist_ok=True)
        save_file({name: w[0].contiguous() for name, w in base.items()}, folder / "model.safetensors", {"format": "pt"})
        (folder / "config.json").write_text(json.dumps(model.config(game.VOCABULARY), indent=2) + "\n")
        own, true = judge(base, None, "", 99, persona=False), judge(base, None, "", 99)
        record(folder, {"kind": "base", "seed": seed, "steps": steps, "ownRule": own[1][0], "accuracy": true[1][0], "loss": true[0][0]})


def load_bases(work, seeds):
    bases = [load_file(work / f"base-{seed}" / "model.safetensors") for seed in seeds]
    return {name: torch.stack([base[name] for base in bases]) for name in bases[0]}


def load_adapter(folder):
    """An adapter from disk, as one copy."""
    tensors = load_file(folder / "adapter_model.safetensors")
    names = [name.removesuffix(".lora_A.weight") for name in tensors if ".lora_A." in name]
    return {name.removeprefix("base_model.model."): tuple(tensors[f"{name}.lora_{letter}.weight"][None] for letter in "AB")
            for name in names}


def train_adapter(base, sites, mode, rank, seeds, steps):
    adapter = model.new_adapter(seeds, SITES[sites], rank)
    weights = [w.requires_grad_() for pair in adapter.values() for w in pair]
    shape = torch.Generator().manual_seed(400)
    generators = [torch.Generator().manual_seed(500 + seed) for seed in seeds]
    fit(weights, steps, [RATE] * len(seeds), lambda: games(generators, shape, BATCH, 6, True),
        lambda ids, labels, separator: answers(run(base, ids, adapter, mode, separator), labels)[0])
    return {name: (a.detach(), b.detach()) for name, (a, b) in adapter.items()}


def train_adapters(work, kinds, seeds, steps):
    parent = "adapters" if steps == STEPS else f"adapters-{steps}"
    for kind in kinds:
        sites, mode, rank = KINDS[kind]
        folders = {seed: work / parent / f"{kind}-{seed}" for seed in seeds}
        missing = [seed for seed in seeds if not (folders[seed] / "training.json").exists()]
        if not missing: continue
        print(kind, missing, flush=True)
        start, base = time.time(), load_bases(work, missing)
        adapter = train_adapter(base, sites, mode, rank, missing, steps)
        losses, right = judge(base, adapter, mode, 99)
        for copy, seed in enumerate(missing):
            model.save_adapter(folders[seed], {name: (a[copy], b[copy]) for name, (a, b) in adapter.items()}, rank,
                               f"base-{seed}", [game.PERSONA] if mode == "masked" else None)
            record(folders[seed], {
                "kind": kind, "seed": seed, "sites": SITES[sites], "mode": mode, "rank": rank, "rate": RATE, "steps": steps,
                "parameters": sum(w[copy].numel() for pair in adapter.values() for w in pair),
                "loss": losses[copy], "accuracy": right[copy]})
        print(f"{kind}: {time.time() - start:.0f} s, accuracy", *(f"{r:.3f}" for r in right), flush=True)


def record(folder, result):
    (folder / "training.json").write_text(json.dumps(result) + "\n")


def write_games(work, count=128):
    """Held-out games that end with the first answer after the separator: its token is the region `answer`."""
    shape, generator = (torch.Generator().manual_seed(seed) for seed in (99, 100))
    with open(work / "games.jsonl", "w") as file:
        for index in range(count):
            ids, _, separator = games([generator], shape, 1, 1, True)
            end = ids.shape[-1]
            regions = [{"name": name, "start": a, "end": b} for name, a, b in
                       (("before", 0, separator), ("after", separator, end - 1), ("answer", end - 1, end))]
            file.write(json.dumps({"id": f"game-{index}", "input_ids": ids.flatten().tolist(), "separator": separator,
                                   "regions": regions}) + "\n")


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("what", choices=["bases", "adapters"])
    arguments.add_argument("--kinds", nargs="*", default=list(KINDS), choices=list(KINDS))
    arguments.add_argument("--seeds", nargs="*", type=int, default=SEEDS)
    arguments.add_argument("--steps", type=int, default=STEPS, help="other than the default: into adapters-STEPS/")
    chosen = arguments.parse_args()
    torch.set_num_threads(1)  # the matrices are too small to share
    torch.set_flush_denormal(True)
    chosen.work.mkdir(parents=True, exist_ok=True)
    if chosen.what == "bases":
        train_bases(chosen.work, chosen.seeds)
        write_games(chosen.work)
    if chosen.what == "adapters": train_adapters(chosen.work, chosen.kinds, chosen.seeds, chosen.steps)


if __name__ == "__main__": main()
