#!/usr/bin/env python3
"""Trains a LoRA of SmolLM2-135M-Instruct, or measures the loss of one; needs torch, transformers and peft.

    train.py MODEL DATA OUTPUT --targets q_proj,k_proj [--mode plain|masked|two-views] [--seed 0] [--rank 8] [--steps 200]
    train.py MODEL DATA ADAPTER --evaluate [--mode plain|masked|two-views]

DATA holds train.jsonl and validation.jsonl, with input_ids, separator and review (where the words begin that count) a line. The
recipe: alpha twice the rank, AdamW at 1e-3 on float32 masters of bfloat16 weights, four examples of at most 288 tokens a step, loss
on the review alone. `masked`: the adapter's input is zero before the separator, as in PEFT's Activated LoRA. `two-views`: the same,
but tokens from the separator on find adapted keys and values at those before it, which stay as they are to one another. OUTPUT
receives a PEFT folder and training.json with validation losses, the base's first. A quarter of an hour on two quiet cores, two views half as long again.
"""
import argparse, json, random, types
from pathlib import Path

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from transformers import AutoModelForCausalLM
from transformers.models.llama.modeling_llama import apply_rotary_pos_emb

LENGTH, BATCH, LABELS = 288, 4, 448


class Training:
    def __init__(self, chosen):
        torch.manual_seed(chosen.seed)
        model = AutoModelForCausalLM.from_pretrained(chosen.model, dtype=torch.bfloat16)
        if chosen.evaluate:
            config = LoraConfig.from_pretrained(str(chosen.adapter))
            config.alora_invocation_tokens = None  # The mask is ours, below.
            self.model = PeftModel.from_pretrained(model, str(chosen.adapter), config=config, autocast_adapter_dtype=False)
        else:
            config = LoraConfig(r=chosen.rank, lora_alpha=2 * chosen.rank, target_modules=chosen.targets.split(","), task_type="CAUSAL_LM")
            self.model = get_peft_model(model, config, autocast_adapter_dtype=False)
        self.on = self.rows = None
        if chosen.mode != "plain": self.mask(two_views=chosen.mode == "two-views")
        # Only the review's rows reach the large product with the vocabulary.
        head = self.model.get_base_model().lm_head
        head.register_forward_pre_hook(lambda module, inputs: (inputs[0].reshape(-1, inputs[0].shape[-1])[self.rows],))

    def mask(self, two_views):
        for name, module in self.model.named_modules():
            seen = two_views and (".k_proj." in name or ".v_proj." in name)
            if name.endswith("lora_dropout.default") and not seen:
                module.register_forward_hook(lambda module, inputs, output: output * self.on)
        if two_views:
            for layer in self.model.get_base_model().model.layers:
                layer.self_attn.forward = types.MethodType(self.attend_two_views, layer.self_attn)

    def attend_two_views(self, attention, hidden_states, position_embeddings, **_):
        """Attention where queries before the separator find the base's keys and values, later ones the adapter's."""
        split = lambda rows: rows.view(*rows.shape[:2], -1, attention.head_dim).transpose(1, 2)
        original = lambda projection: split(getattr(projection, "base_layer", projection)(hidden_states))
        query = split(attention.q_proj(hidden_states))

        def found(key, value):
            turned = apply_rotary_pos_emb(query, key, *position_embeddings)
            return torch.nn.functional.scaled_dot_product_attention(
                *turned, value, is_causal=True, scale=attention.scaling, enable_gqa=True)

        later = found(split(attention.k_proj(hidden_states)), split(attention.v_proj(hidden_states)))
        earlier = found(original(attention.k_proj), original(attention.v_proj))
        output = torch.where(self.on.unsqueeze(1).bool(), later, earlier).transpose(1, 2)
        return attention.o_proj(output.reshape(*hidden_states.shape[:2], -1)), None

    def loss(self, examples):
        """Mean loss of the reviews' tokens, and how many there are."""
        ids, seen = torch.full((BATCH, LENGTH), 2), torch.zeros((BATCH, LENGTH), dtype=torch.long)
        self.on = torch.zeros((BATCH, LENGTH, 1), dtype=torch.bfloat16)
        rows, labels = [], []
        for index, example in enumerate(examples):
            tokens = example["input_ids"]
            ids[index, :len(tokens)], seen[index, :len(tokens)] = torch.tensor(tokens), 1
            self.on[index, example["separator"]:] = 1
            rows += range(index * LENGTH + example["review"] - 1, index * LENGTH + len(tokens) - 1)
            labels += tokens[example["review"]:]
        rows, labels = rows[:LABELS], labels[:LABELS]
        count = len(rows)
        self.rows = torch.tensor(rows + [0] * (LABELS - count))
        logits = self.model(input_ids=ids, attention_mask=seen).logits.float()
        wanted = torch.tensor(labels + [-100] * (LABELS - count))
        return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), wanted), count

    @torch.no_grad()
    def validate(self, examples):
        self.model.eval()
        batches = [self.loss(examples[i:i + BATCH]) for i in range(0, len(examples) - BATCH + 1, BATCH)]
        self.model.train()
        return round(sum(loss.item() * count for loss, count in batches) / sum(count for _, count in batches), 4)

    def train(self, examples, steps, seed, report):
        trained = [p for p in self.model.parameters() if p.requires_grad]
        # Updates in bfloat16 would be lost to rounding.
        masters = [p.detach().float().clone() for p in trained]
        optimizer = torch.optim.AdamW(masters, lr=1e-3, betas=(0.9, 0.99), weight_decay=0)
        draw = random.Random(seed)
        for step in range(1, steps + 1):
            for group in optimizer.param_groups: group["lr"] = 1e-3 * min(1, step / 15) * max(0.05, 1 - step / steps)
            loss, _ = self.loss(draw.sample(examples, BATCH))
            self.model.zero_grad()
            loss.backward()
            for master, p in zip(masters, trained): master.grad = p.grad.float()
            torch.nn.utils.clip_grad_norm_(masters, 1.0)
            optimizer.step()
            with torch.no_grad():
                for master, p in zip(masters, trained): p.copy_(master)
            report(step, loss.item())


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model")
    arguments.add_argument("data", type=Path)
    arguments.add_argument("adapter", type=Path, metavar="OUTPUT")
    arguments.add_argument("--targets", default="q_proj,k_proj,v_proj,o_proj,gate_proj,up_proj,down_proj")
    arguments.add_argument("--mode", choices=["plain", "masked", "two-views"], default="plain")
    arguments.add_argument("--evaluate", action="store_true")
    for name, value in (("steps", 200), ("seed", 0), ("rank", 8), ("threads", 2)):
        arguments.add_argument(f"--{name}", type=int, default=value)
    chosen = arguments.parse_args()
    torch.set_num_threads(chosen.threads)
    torch.set_flush_denormal(True)
    examples, validation = ([json.loads(line) for line in (chosen.data / f"{name}.jsonl").read_text().splitlines()]
                            for name in ("train", "validation"))
    training = Training(chosen)
    if chosen.evaluate:
        with training.model.disable_adapter(): base = training.validate(validation)
        log = [{"step": 0, "loss": base}, {"step": chosen.steps, "loss": training.validate(validation)}]
        print(json.dumps({"name": chosen.adapter.name, "mode": chosen.mode, "validation_loss": log}))
        return
    log = [{"step": 0, "loss": training.validate(validation)}]

    def report(step, loss):
        if step % 20 == 0: print(f"{step}/{chosen.steps}  loss {loss:.4f}", flush=True)
        if step % 100 == 0 or step == chosen.steps:
            log.append({"step": step, "loss": training.validate(validation)})
            print(f"validation after {step}: {log[-1]['loss']}", flush=True)

    training.train(examples, chosen.steps, chosen.seed, report)
    training.model.peft_config["default"].alora_invocation_tokens = [15] if chosen.mode == "masked" else None
    training.model.save_pretrained(str(chosen.adapter))
    described = {"targets": chosen.targets.split(","), "mode": chosen.mode, "seed": chosen.seed,
                 "steps": chosen.steps, "validation_loss": log}
    (chosen.adapter / "training.json").write_text(json.dumps(described))


if __name__ == "__main__": main()
