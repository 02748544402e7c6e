#!/usr/bin/env python3
"""Trains adapters on the task of verdicts and judges them on held-out prompts; needs torch and transformers.

    train.py MODEL WORK --kinds full no-k --mode plain|masked|late|both --seed 1 [--rates 1e-3] [--steps 100] [--results runs]

`masked` acts from the separator on, `late` from the last token before the first item on; `both` acts everywhere, and tokens from the
separator on find the prefix twice: as the base has it and as the adapter does. Several kinds or rates are trained in turn on the same
prompts, step by step; in the masked modes they share one pass of the base over what lies before their first token (nothing of it
changes). WORK/NAME receives a PEFT adapter, --results/NAME.json the result; a run whose result exists is skipped. One thread: two
cost more than they give at this size.

The recipe: alpha twice the rank, Adam (0.9, 0.99), gradients clipped to length 1, ten steps of warming up, then linearly down to a
twentieth; six prompts a step; the loss is on colours and verdicts alike. All in float32.
"""
import argparse, json, time
from pathlib import Path

import torch
from transformers import AutoModelForCausalLM, DynamicCache

import kinds
from task import Task

BATCH, HELD, UNSEEN = 6, 192, 48
INTERVENTION = 4  # Tokens from the separator to the last before the first item; `late` begins at that last one.


class Active:
    """Which adapter acts; None is the base."""
    name = None


class Low(torch.nn.Module):
    """A frozen linear map with a low-rank change for each adapter that has this site."""

    def __init__(self, base, active):
        super().__init__()
        self.base, self.active, self.a, self.b = base, active, {}, {}

    def add(self, name, rank, seed):
        """PEFT's initial values; A depends on the seed and the place alone, so kinds of a seed begin alike."""
        draw = torch.Generator().manual_seed(seed)
        bound = self.base.in_features ** -0.5
        self.a[name] = torch.nn.Parameter((2 * torch.rand(rank, self.base.in_features, generator=draw) - 1) * bound)
        self.b[name] = torch.nn.Parameter(torch.zeros(self.base.out_features, rank))

    def forward(self, x):
        name = self.active.name
        if name not in self.a: return self.base(x)
        linear = torch.nn.functional.linear
        return self.base(x) + 2 * linear(linear(x, self.a[name]), self.b[name])


class Model:
    def __init__(self, folder):
        self.whole = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).requires_grad_(False)
        self.active, self.sites = Active(), {}
        for path, module in list(self.whole.named_modules()):
            if isinstance(module, torch.nn.Linear) and path.endswith("_proj"):
                self.sites[path] = low = Low(module, self.active)
                parent, _, child = path.rpartition(".")
                setattr(self.whole.get_submodule(parent), child, low)

    def add(self, name, kind, seed):
        """Adds an adapter; returns its parameters."""
        parameters = []
        for index, (path, low) in enumerate(self.sites.items()):
            rank = kinds.KINDS[kind].get(path.rsplit(".", 1)[1].removesuffix("_proj"))
            if not rank: continue
            low.add(name, rank, 10_000 * seed + index)
            parameters += [low.a[name], low.b[name]]
        return parameters

    def prefix(self, ids, name=None):
        """Keys and values over ids, by layer: of the base, or under an adapter."""
        if not ids.shape[1]: return []
        self.active.name = name
        with torch.set_grad_enabled(name is not None and torch.is_grad_enabled()):
            return [(layer.keys, layer.values) for layer in self.whole.model(input_ids=ids, use_cache=True).past_key_values.layers]

    def logits(self, name, mode, ids, past, at):
        """Predictions of the tokens at `at`. The adapter acts from `begin` on; past is what the base has before that."""
        start = past[0][0].shape[2] if past else 0
        if mode == "both":
            own = self.prefix(ids[:, :start], name)
            past = [tuple(torch.cat(seen, 2) for seen in zip(base, adapted)) for base, adapted in zip(past, own)]
        self.active.name = name
        cache = DynamicCache() if past else None  # Of its own: a cache is appended to, and several adapters read the base's.
        for index, (keys, values) in enumerate(past): cache.update(keys, values, index)
        where = torch.arange(start, ids.shape[1])[None]
        output = self.whole.model(input_ids=ids[:, start:], position_ids=where, past_key_values=cache, use_cache=bool(past)).last_hidden_state
        return self.whole.lm_head(output[:, [position - 1 - start for position in at]])

    def save(self, name, folder, kind, mode, separator):
        from safetensors.torch import save_file
        folder.mkdir(parents=True, exist_ok=True)
        tensors = {f"base_model.model.{path}.lora_{letter}.weight": matrix[name].detach().clone()
                   for path, low in self.sites.items() if name in low.a for letter, matrix in (("A", low.a), ("B", low.b))}
        ranks = {f"{site}_proj": rank for site, rank in kinds.KINDS[kind].items()}
        rank = min(ranks.values())
        other = {site: own for site, own in ranks.items() if own != rank}
        save_file(tensors, folder / "adapter_model.safetensors", metadata={"format": "pt"})
        (folder / "adapter_config.json").write_text(json.dumps({
            "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": rank, "lora_alpha": 2 * rank, "lora_dropout": 0.0, "bias": "none",
            "rank_pattern": other, "alpha_pattern": {site: 2 * own for site, own in other.items()},
            "target_modules": list(ranks), "alora_invocation_tokens": [separator] if mode == "masked" else None}))


def begin(mode, prompt):
    """Where what the base has ends."""
    return {"plain": 0, "masked": prompt["separator"], "both": prompt["separator"], "late": prompt["separator"] + INTERVENTION}[mode]


def tensors(prompts):
    return torch.tensor([prompt["input_ids"] for prompt in prompts]), prompts[0]["answers"]


def judge(logits, wanted, task):
    """Of every answer: whether the colour, and whether the verdict is right (the likelier of yes and no)."""
    colours = logits[:, 0::2].argmax(-1) == wanted[:, 0::2]
    return colours, (logits[:, 1::2, task.yes] > logits[:, 1::2, task.no]) == (wanted[:, 1::2] == task.yes)


@torch.no_grad()
def evaluate(model, names, mode, task, prompts):
    """By adapter: mean losses and accuracies, and of each prompt how many verdicts were right."""
    answers = {name: [] for name in names}
    for chosen in (prompts[i:i + 32] for i in range(0, len(prompts), 32)):
        ids, at = tensors(chosen)
        start, wanted = begin(mode, chosen[0]), ids[:, at]
        past, false = model.prefix(ids[:, :start]), ~torch.tensor([prompt["true"] for prompt in chosen])
        for name in names:
            logits = model.logits(name, mode, ids[:, :-1], past, at)
            loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten(), reduction="none").view_as(wanted)
            answers[name].append((loss[:, 0::2], loss[:, 1::2], *judge(logits, wanted, task), false))
    return {name: summary(*map(torch.cat, zip(*parts))) for name, parts in answers.items()}


def summary(colour_loss, verdict_loss, colours, verdicts, false):
    mean = lambda values: round(values.float().mean().item(), 4)
    return {"verdict": mean(verdicts), "caught": mean(verdicts[false]), "colour": mean(colours),
            "loss": [mean(colour_loss), mean(verdict_loss)], "right": "".join(map(str, verdicts.sum(1).tolist()))}


class Run:
    """One adapter, its optimizer and its course."""

    def __init__(self, model, name, chosen, kind, rate):
        self.name, self.kind, self.rate, self.steps = name, kind, rate, chosen.steps
        self.parameters = model.add(name, kind, chosen.seed)
        self.optimizer = torch.optim.Adam(self.parameters, lr=rate, betas=(0.9, 0.99))
        self.course, self.recent = [], []

    def step(self, number, logits, wanted, task):
        loss = torch.nn.functional.cross_entropy(logits.flatten(0, 1), wanted.flatten())
        self.optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
        self.optimizer.param_groups[0]["lr"] = self.rate * min(1, number / 10) * max(0.05, 1 - number / self.steps)
        self.optimizer.step()
        self.recent.append((loss.item(), judge(logits, wanted, task)[1].float().mean().item()))
        if number % 10 == 0 or number == self.steps:
            loss, verdict = (sum(values) / len(self.recent) for values in zip(*self.recent))
            self.course.append([number, round(loss, 4), round(verdict, 4)])
            self.recent = []


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("--kinds", nargs="+", choices=kinds.KINDS, default=["full"])
    arguments.add_argument("--mode", choices=kinds.MODES, default="plain")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--rates", type=float, nargs="+", default=[1e-3])
    arguments.add_argument("--names", nargs="+", help="one for each kind and rate; by default from what they are")
    arguments.add_argument("--steps", type=int, default=100)
    arguments.add_argument("--held", type=int, default=HELD)
    arguments.add_argument("--unseen", type=int, default=UNSEEN)
    arguments.add_argument("--also", choices=kinds.MODES, help="judge under this mask too")
    arguments.add_argument("--base", action="store_true", help="judge the base too, as base.json")
    arguments.add_argument("--results", type=Path, default=Path(__file__).resolve().parent / "runs")
    chosen = arguments.parse_args()
    torch.set_num_threads(1)
    torch.set_flush_denormal(True)
    task = Task(chosen.model)
    pairs = [(kind, rate) for kind in chosen.kinds for rate in chosen.rates]
    named = chosen.names or [kinds.name(kind, chosen.mode, chosen.seed, rate if len(chosen.rates) > 1 else None) for kind, rate in pairs]
    result = lambda name: chosen.results / f"{name}.json"
    wanted = [(name, *pair) for name, pair in zip(named, pairs, strict=True) if not result(name).exists()]
    if not wanted: return
    model, clock = Model(chosen.model), time.process_time()
    sets = {"held": task.held(chosen.held), "unseen": task.held(chosen.unseen, "unseen")}
    chosen.results.mkdir(parents=True, exist_ok=True)
    write = lambda name, row: result(name).write_text(json.dumps(row) + "\n")
    if chosen.base and not result("base").exists():
        write("base", {"name": "base", "scores": {which: evaluate(model, [None], "plain", task, prompts)[None] for which, prompts in sets.items()}})
    runs = [Run(model, name, chosen, kind, rate) for name, kind, rate in wanted]
    for step in range(1, chosen.steps + 1):
        prompts = task.batch(chosen.seed, step, BATCH)
        ids, at = tensors(prompts)
        start = begin(chosen.mode, prompts[0])
        past = model.prefix(ids[:, :start])
        for run in runs: run.step(step, model.logits(run.name, chosen.mode, ids[:, :-1], past, at), ids[:, at], task)
        if step % 10 == 0: print(step, f"{time.process_time() - clock:.0f} s", *(f"{run.name} {run.course[-1][1:]}" for run in runs), flush=True)
    names = [run.name for run in runs]
    scores = {which: evaluate(model, names, chosen.mode, task, prompts) for which, prompts in sets.items()}
    if chosen.also: scores[f"held, {chosen.also}"] = evaluate(model, names, chosen.also, task, sets["held"])
    for run in runs:
        model.save(run.name, chosen.work / run.name, run.kind, chosen.mode, task.separator)
        write(run.name, {"name": run.name, "kind": run.kind, "mode": chosen.mode, "seed": chosen.seed, "rate": run.rate, "steps": chosen.steps,
                         "parameters": sum(p.numel() for p in run.parameters), "scores": {which: rows[run.name] for which, rows in scores.items()},
                         "seconds": round((time.process_time() - clock) / len(runs)), "course": run.course})
        print(run.name, scores["held"][run.name]["verdict"], flush=True)


if __name__ == "__main__": main()
