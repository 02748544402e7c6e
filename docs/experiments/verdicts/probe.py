#!/usr/bin/env python3
"""Is the verdict in the prefix already? A linear probe on the stream, in the base and under an adapter; needs torch and transformers.

    probe.py MODEL WORK NAME... [--prompts 384]        writes probes.json

Of each claim the probe reads the stream entering each layer at the token of the claimed colour and tells whether the claim is true:
there, at the earliest, both facts have been read. Ridge regression on the centred stream, fitted on half of held-out-like prompts, judged on
the other half. `base` is the base; an adapter is read as it acts everywhere.
"""
import argparse, json, random
from pathlib import Path

import torch
from safetensors.torch import load_file

import kinds
from task import FACTS, Task
from train import Model

HERE = Path(__file__).resolve().parent


def load(model, work, name):
    """Gives the adapter WORK/NAME to the model."""
    row = json.loads((work / name / "adapter_config.json").read_text())
    kind = next(kind for kind, ranks in kinds.KINDS.items() if {f"{site}_proj": rank for site, rank in ranks.items()} ==
                dict.fromkeys(row["target_modules"], row["r"]) | row["rank_pattern"])
    model.add(name, kind, 0)
    tensors = load_file(work / name / "adapter_model.safetensors")
    for path, low in model.sites.items():
        for letter, matrix in (("A", low.a), ("B", low.b)):
            if name in matrix: matrix[name] = tensors[f"base_model.model.{path}.lora_{letter}.weight"]


def claims(task, prompt):
    """Where each claimed colour is, and whether the claim is true."""
    start = prompt["separator"] - 5 * FACTS
    ids, colours = prompt["input_ids"], {}
    for index, true in enumerate(prompt["true"]): colours[ids[prompt["answers"][2 * index] - 1]] = true
    return [(start + 5 * index + 3, colours[ids[start + 5 * index + 1]]) for index in range(FACTS)]


@torch.no_grad()
def streams(model, name, task, prompts):
    """[layer][claim] of the stream, and the truth of every claim."""
    model.active.name, states, truth = name, [], []
    for chosen in (prompts[i:i + 32] for i in range(0, len(prompts), 32)):
        before = chosen[0]["separator"]
        ids = torch.tensor([prompt["input_ids"][:before] for prompt in chosen])
        output = model.whole.model(input_ids=ids, output_hidden_states=True, use_cache=False)
        places = [claims(task, prompt) for prompt in chosen]
        at = torch.tensor([[place for place, _ in row] for row in places])
        states.append(torch.stack([state[torch.arange(len(chosen))[:, None], at].flatten(0, 1) for state in output.hidden_states]))
        truth += [true for row in places for _, true in row]
    return torch.cat(states, 1), torch.tensor(truth)


def accuracy(states, truth):
    """Of the second half, by a ridge fitted to the first; the dual form, since there are about as many claims as dimensions."""
    half = len(truth) // 2
    x, sign = states.double(), truth.double() * 2 - 1
    x = (x - x[:half].mean(0)) / x[:half].std(0).clamp_min(1e-6)
    kernel = x @ x[:half].T / x.shape[1]
    weights = torch.linalg.solve(kernel[:half] + 0.1 * torch.eye(half, dtype=torch.double), sign[:half] - sign[:half].mean())
    return ((kernel[half:] @ weights > -sign[:half].mean()) == truth[half:]).double().mean().item()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model", type=Path)
    arguments.add_argument("work", type=Path)
    arguments.add_argument("names", nargs="+")
    arguments.add_argument("--prompts", type=int, default=384)
    arguments.add_argument("--results", type=Path, default=HERE / "probes.json")
    chosen = arguments.parse_args()
    torch.set_num_threads(1)
    task, model = Task(chosen.model), Model(chosen.model)
    prompts = [task.prompt(random.Random(f"probe {index}")) for index in range(chosen.prompts)]
    rows = json.loads(chosen.results.read_text()) if chosen.results.exists() else {}
    for name in chosen.names:
        if name in rows: continue
        if name != "base": load(model, chosen.work, name)
        states, truth = streams(model, None if name == "base" else name, task, prompts)
        rows[name] = [round(accuracy(state, truth), 3) for state in states]
        chosen.results.write_text("{\n" + ",\n".join(f'  "{key}": {json.dumps(row)}' for key, row in rows.items()) + "\n}\n")
        print(name, max(rows[name]), flush=True)


if __name__ == "__main__": main()
