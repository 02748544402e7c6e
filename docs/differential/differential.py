#!/usr/bin/env python3
"""Mutated configurations and adapters, through leibniz and through transformers and PEFT.

    differential.py LEIBNIZ CASE… [--count 100] [--seed 1] [--keys [--only KEY,…]] [--output record.jsonl]

A case is a folder with base/, adapted/ and prompts.jsonl, as in fixtures/oracle. Each mutation changes one or two members of
config.json or adapter_config.json, or the tensors of the adapter, and both sides compute the losses of the base and of the
adapted model on the tokens after the separator. Whatever leibniz accepts has to give the libraries' numbers; a refusal is
always allowed, other numbers never are. With --keys every value of KEYS, and of OWN for members that a case's config.json states, is tried in
each case instead of drawn ones.

What is not held against leibniz is listed apart: it accepts what the libraries refuse ("lenient"), mostly since they check what
no forward pass reads.
"""
import argparse
import collections
import json
import math
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import warnings

import torch
import transformers
from peft import PeftModel
from safetensors.torch import load_file, save_file
from transformers import AutoModelForCausalLM

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
TOLERANCE = 2e-5
ABSENT = object()

# Values that any member may get.
ANY = [None, {}, [], True, False, 0, 1, -1, 2, 3, 0.5, 1e-3, 1e3, "", "none", [0], {"a": 1}, ABSENT]
# Members that change what an adapter or a model computes, or might, with values of their own kind.
KEYS = {
    "adapter_config.json": {
        "r": [1, 2, 4, 8, None, "4", 4.0],
        "lora_alpha": [None, 1, 2.5, 0, -8, "8", True],
        "use_rslora": [True, None, {}, 1, "no"],
        "use_dora": [True, None, {}, 1, "no"],
        "lora_bias": [True, None, 1],
        "bias": ["all", "lora_only", None, "x"],
        "fan_in_fan_out": [True, False, None],
        "rank_pattern": [{"q_proj": 2}, {"q_proj": 4}, {"layers.0.*": 4}, {".*": 4}, {"^q_proj": 2}, None],
        "alpha_pattern": [{"q_proj": 2}, {"layers.1": 3}, {"layers.1.*": 3}, {".*k_proj": 1}, {"^k_proj": 1},
                          {"q_proj": None}, {"q_proj": "2"}, {"model.layers.0.self_attn.q_proj": 3}, None],
        "target_modules": [None, [], "all-linear", "ALL-LINEAR", ".*q_proj", ["q_proj"], "q_proj",
                           ["q_proj", "nothing"], ["proj"], [".q_proj"]],
        "exclude_modules": [None, [], ["q_proj"], ".*q_proj", "", ["nothing"]],
        "layers_to_transform": [0, [0], [0, 1], [], None, [99], [-1]],
        "layers_pattern": ["layers", "h", "", [], None],
        "modules_to_save": [[], ["lm_head"], ["norm"], ["embed_tokens"], None, "norm", [""]],
        "init_lora_weights": [True, False, None, "gaussian", "pissa", "pissa_niter_2", "olora", "eva", "corda", "loftq",
                              "lora_ga", "orthogonal", "mica", "x", 1, {}],
        "task_type": [None, "CAUSAL_LM", "SEQ_CLS", "FEATURE_EXTRACTION", "causal_lm", 1],
        "alora_invocation_tokens": [None, [7], [], [7, 7], [10**6], "7", [7.0], 7, [True]],
        "trainable_token_indices": [None, [], [0], {}, {"embed_tokens": [1]}],
        "megatron_config": [{}, None, {"a": 1}],
        "megatron_core": [None, "", "x"],
        "layer_replication": [[], [[0, 1], [0, 2]], [[0, 2]], None],
        "use_qalora": [True, None, {}],
        "qalora_group_size": [1, 0, None],
        "target_parameters": [[], None, ["q_proj.weight"], ["x"]],
        "ensure_weight_tying": [True, None],
        "runtime_config": [{}, None, {"ephemeral_gpu_offload": False}, {"ephemeral_gpu_offload": True}],
        "auto_mapping": [{}, None, {"base_model_class": "LlamaForCausalLM", "parent_library": "x"}],
        "inference_mode": [False, None],
        "lora_dropout": [0.5, 1, None, -1],
        "loftq_config": [{}, None, {"loftq_bits": 4}],
        "eva_config": [{}, {"rho": 1.0}, None],
        "corda_config": [{}, {"corda_method": "kpm"}, None],
        "lora_ga_config": [{}, {"direction": "ArBr"}, None],
        "velora_config": [{}, {"num_groups": 4}, None],
        "monteclora_config": [{}, {"num_samples": 2}, None],
        "kasa_config": [{}, {"beta": 1e-4}, None],
        "arrow_config": [{}, {"top_k": 1}, None],
        "use_bdlora": [{}, {"nblocks": 1}, {"nblocks": 2, "match_strict": False}, None],
        "peft_type": ["LORA", "lora", "XLORA", "ADALORA", "IA3", None, ABSENT],
        "unknown_key": [{}, [], 0, 1, True, False, "", "x", None],
    },
    "config.json": {
        "is_causal": [False, True, None, 0],
        "is_decoder": [True, False], "is_encoder_decoder": [True, False, None], "add_cross_attention": [True],
        "use_bidirectional_attention": [True, False, None, "all"],
        "architectures": [[], None, ["LlamaModel"], ["X"]],
        "attention_bias": [True, None], "attention_dropout": [0.5], "attention_multiplier": [0.1, 2.0],
        "hidden_act": ["gelu", "relu", "silu", "swish", "gelu_new", "gelu_pytorch_tanh", "quick_gelu", "mish", None],
        "hidden_activation": ["gelu", "silu", None], "activation_function": ["gelu", "relu"],
        "mlp_bias": [True], "rms_norm_eps": [1e-3, 0, -1e-6, 1, "1e-6"], "layer_norm_eps": [1e-2], "norm_eps": [1e-2],
        "layer_norm_epsilon": [1e-2], "norm_epsilon": [1e-2],
        "head_dim": [8, 16, 32, None, 0], "num_attention_heads": [1, 2, 8, 3], "num_key_value_heads": [1, 2, 4, None, 3],
        "num_hidden_layers": [1, 2, 4, 0, True], "hidden_size": [32, 128], "intermediate_size": [48, 1], "vocab_size": [100, 1],
        "max_position_embeddings": [4, 8, 10**6],
        "rope_theta": [100.0, 1e6, 0, -1, 1, None], "partial_rotary_factor": [0.5, 0.25, 1.0, 0.3, 0],
        "rotary_pct": [0.5, 1.0], "rotary_emb_base": [100],
        "rope_scaling": [None, {}, {"type": "linear", "factor": 2.0}, {"rope_type": "linear", "factor": 2.0},
                         {"rope_type": "dynamic", "factor": 2.0}, {"rope_type": "yarn", "factor": 2.0},
                         {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                          "original_max_position_embeddings": 64}, {"rope_type": "default"},
                         {"rope_type": "x"}, {"factor": 2.0}],
        "rope_parameters": [None, {}, {"rope_theta": 50.0, "rope_type": "default"},
                            {"rope_theta": 50.0, "rope_type": "linear", "factor": 2.0},
                            {"rope_theta": 50.0, "rope_type": "default", "partial_rotary_factor": 0.5},
                            {"rope_theta": 50.0, "rope_type": "yarn", "factor": 4.0, "attention_factor": 2.0}],
        "sliding_window": [None, 1, 2, 4, 0, -1, 10**6], "use_sliding_window": [True, False], "max_window_layers": [0, 1, 99],
        "layer_types": [None, [], ["full_attention"], ["sliding_attention"] * 3, ["full_attention"] * 3, ["x"] * 3,
                        ["linear_attention", "full_attention"] * 2, ["full_attention"] * 4, ["conv", "full_attention"] * 2,
                        ["full_attention", "sliding_attention"] * 3],
        "sliding_window_pattern": [1, 2, 3],
        "attn_logit_softcapping": [None, 0.02, 1.0, 50.0, 0, -1], "final_logit_softcapping": [None, 0.5, 5.0, 0],
        "query_pre_attn_scalar": [1, 4, 256, 0.5], "embedding_multiplier": [2.0, 0], "residual_multiplier": [0.5],
        "logits_scaling": [2.0], "logit_scale": [0.5], "scale_attn_weights": [False], "scale_attn_by_inverse_layer_idx": [True],
        "reorder_and_upcast_attn": [True], "use_parallel_residual": [False, True], "use_qk_norm": [True],
        "clip_qkv": [1.0, None], "qk_layernorm": [True], "no_rope_layers": [None, [], [0, 1, 0]],
        "no_rope_layer_interval": [2], "pretraining_tp": [2, 1], "tie_word_embeddings": [True, False, None],
        "quantization_config": [None, {}, {"quant_method": "bitsandbytes"}],
        "dtype": ["float16", "bfloat16", "float32", None, "x"], "torch_dtype": ["float16", None], "use_cache": [False],
        "model_type": ["llama", "mistral", "qwen2", "qwen3", "gemma2", "x", None], "n_inner": [None, 64], "n_head": [2],
        "pruned_heads": [{}, {"0": [1]}], "output_attentions": [True], "chunk_size_feed_forward": [1, 2],
        "problem_type": [None], "unknown_key": [{}, 1, "x", None],
    },
}

# Members of single families, tried where a case's config.json states them.
OWN = {
    "num_kv_shared_layers": [0, 1, 3, 4, 5, 6, None], "use_double_wide_mlp": [True, False], "attention_k_eq_v": [True, False],
    "hidden_size_per_layer_input": [0, 4, 16, None], "vocab_size_per_layer_input": [100, 200], "enable_moe_block": [True, False],
    "per_layer_config": [ABSENT, None, {}, {"1": {"head_dim": 32}}, {"9": {"head_dim": 16}}, {"0": {"intermediate_size": 32}}],
    "num_experts_per_tok": [1, 2, 3, 0, None], "num_experts": [2, 4, 8], "num_local_experts": [2, 4, 8],
    "n_routed_experts": [2, 4, 8], "n_shared_experts": [1, 2], "norm_topk_prob": [True, False, None],
    "routed_scaling_factor": [0.5, 2.0, None], "n_group": [1, 2, 4, None], "topk_group": [1, 2, None],
    "first_k_dense_replace": [0, 1, 2, 9], "decoder_sparse_step": [1, 2, 9], "mlp_only_layers": [[], [0], [1, 2], None],
    "moe_intermediate_size": [16, 32], "q_lora_rank": [None, 16], "kv_lora_rank": [16, 32], "qk_rope_head_dim": [4, 8],
    "qk_nope_head_dim": [8, 16], "v_head_dim": [8, 16], "rope_interleave": [True, False, None], "swiglu_limit": [0.5, 7.0, None],
    "swiglu_alpha": [1.0, None], "top_k_experts": [1, 2, 3, 0, 9, None], "global_head_dim": [8, 32, None],
    "num_global_key_value_heads": [1, 2, 3, None], "linear_num_key_heads": [1, 2, 3, 4], "linear_num_value_heads": [2, 4, 8, 3],
    "linear_key_head_dim": [8, 16], "linear_value_head_dim": [8, 16], "linear_conv_kernel_dim": [2, 4, 1],
    "full_attention_interval": [1, 2, 4, 0, None], "attn_output_gate": [True, False, None], "conv_L_cache": [2, 3, 4],
    "conv_bias": [True, False], "block_ff_dim": [64, 96, None], "block_auto_adjust_ff_dim": [True, False, None],
    "block_multiple_of": [16, 256], "block_ffn_dim_multiplier": [1.0, 0.5, None], "full_attn_idxs": [[1], [0, 1], [], None],
    "shared_expert_intermediate_size": [16, 32, 0], "output_router_logits": [True, False], "router_aux_loss_coef": [0.5],
}


def loss(logits, prompt):
    start = prompt["separator"] + 1
    targets = torch.tensor(prompt["input_ids"][start:])
    return torch.nn.functional.cross_entropy(logits[0, start - 1 : -1].double(), targets).item() if len(targets) else None


class Refused(Exception):
    pass


@torch.inference_mode()
def reference(case, prompts):
    """Losses of base and adapted model; Refused where the libraries raise, miss weights or give no numbers."""
    try:
        with warnings.catch_warnings(record=True) as collected:
            warnings.simplefilter("always")
            torch.manual_seed(0)
            model, info = AutoModelForCausalLM.from_pretrained(
                case / "base", dtype=torch.float32, attn_implementation="eager", output_loading_info=True)
            missing = [k for k in info["missing_keys"] if "rotary" not in k]
            if missing or info["mismatched_keys"]:
                raise Refused(f"weights are missing or misshapen: {sorted(missing)[:2]}")
            model.eval()
            run = lambda m: [loss(m(input_ids=torch.tensor([p["input_ids"]]), use_cache=False).logits, p) for p in prompts]
            base = run(model)
            adapted = PeftModel.from_pretrained(model, case / "adapted").eval()
            said = [str(w.message) for w in collected]
            if any("missing adapter keys" in text for text in said):
                raise Refused("PEFT leaves adapter weights as they were drawn")
            numbers = {"base": base, "adapted": run(adapted)}
    except Refused:
        raise
    except Exception as error:  # Whatever the libraries raise is a refusal.
        raise Refused(f"{type(error).__name__}: {str(error).splitlines()[0][:100] if str(error) else ''}")
    if not all(x is None or math.isfinite(x) for values in numbers.values() for x in values):
        raise Refused("the numbers are not finite")
    return numbers


def leibniz(binary, case, output):
    command = [binary, "analyze", case / "base", case / "adapted", "--prompts", case / "prompts.jsonl", "--output", output,
               "--loss", "--quiet"]
    result = subprocess.run(list(map(str, command)), capture_output=True, text=True, timeout=300)
    if result.returncode == 2:
        raise Refused(result.stderr.strip())
    if result.returncode != 0:
        raise RuntimeError(f"exit {result.returncode}: {result.stderr.strip()[-400:]}")
    return json.loads((output / "analysis.json").read_text())["loss"]


def differ(ours, theirs):
    worst = 0.0
    for side in ("base", "adapted"):
        for a, b in zip(ours[side], theirs[side], strict=True):
            if (a is None) != (b is None):
                return math.inf
            if a is not None:
                worst = max(worst, abs(a - b) / max(1e-6, abs(b)))
    return worst


def spelled(value):
    return "absent" if value is ABSENT else json.dumps(value)


def members(draw, seeds):
    """A drawn mutation: file, key and value, once or twice."""
    result = []
    for _ in range(draw.choice([1, 1, 1, 2])):
        file = draw.choice(["adapter_config.json"] * 3 + ["config.json"] * 2)
        if file == "adapter_config.json" and "adapter_config.json" not in seeds:
            file = "config.json"
        keys = sorted(set(KEYS[file]) | set(seeds[file]))
        key = draw.choice(keys)
        value = draw.choice(KEYS[file].get(key, OWN.get(key, ANY)) if draw.random() < 0.7 else ANY)
        result.append((file, key, value))
    return result


def tensors(draw):
    """A drawn mutation of the adapter's tensors."""
    return draw.choice(["rename", "drop", "scale", "module", "transpose", "cast", "extra"])


def change_tensors(path, kind, draw):
    content = load_file(path)
    path.unlink()  # A link to the original.
    name = draw.choice(sorted(content))
    match kind:
        case "rename": content[name.replace("lora_A", "lora_B") if "lora_A" in name else name + ".x"] = content.pop(name)
        case "drop": del content[name]
        case "scale": content[name] = content[name] * draw.choice([0.0, -1.0, 3.0])
        case "module": content[name.replace("layers.0", "layers.7").replace("h.0", "h.7")] = content.pop(name)
        case "transpose": content[name] = content[name].t().contiguous() if content[name].dim() == 2 else content[name]
        case "cast": content = {k: v.to(draw.choice([torch.float16, torch.bfloat16, torch.float64])) for k, v in content.items()}
        case "extra":
            module = draw.choice(["model.norm", "lm_head", "model.embed_tokens", "model.layers.0.input_layernorm"])
            content[f"base_model.model.{module}.weight"] = torch.ones(64 if "norm" in module else (320, 64))
    save_file(content, path)
    return f"{kind} {name}"


def prepare(case, scratch, changes, kind, draw):
    """A copy of the case with the changes; weights are linked."""
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir()
    shutil.copy(case / "prompts.jsonl", scratch)
    for side in ("base", "adapted"):
        (scratch / side).mkdir()
        for file in (case / side).iterdir():
            if file.suffix == ".safetensors":
                (scratch / side / file.name).symlink_to(file.resolve())
            else:
                shutil.copy(file, scratch / side)
    said = []
    for file, key, value in changes:
        path = scratch / ("base" if file == "config.json" else "adapted") / file
        content = json.loads(path.read_text())
        if value is ABSENT:
            content.pop(key, None)
        else:
            content[key] = value
        path.write_text(json.dumps(content))
        said.append(f"{file} {key} {spelled(value)}")
    weights = scratch / "adapted" / "adapter_model.safetensors"
    if kind and weights.exists():
        said.append(change_tensors(weights, kind, draw))
    return ", ".join(said)


def outcome(binary, scratch, prompts):
    try:
        theirs, refusal = reference(scratch, prompts), None
    except Refused as error:
        theirs, refusal = None, str(error)
    try:
        ours = leibniz(binary, scratch, scratch / "report")
    except Refused as error:
        return "both refuse" if theirs is None else "refused", str(error)
    except (RuntimeError, subprocess.TimeoutExpired) as error:
        return "BROKEN", str(error)
    if theirs is None:
        return "lenient", refusal
    worst = differ(ours, theirs)
    return ("same" if worst <= TOLERANCE else "OTHER NUMBERS"), f"{worst:.1e}"


def mutations(case, options, draw):
    seeds = {p.name: json.loads(p.read_text()) for p in (case / "base/config.json", case / "adapted/adapter_config.json")
             if p.exists()}
    yield [], None
    if options.keys:
        for file in seeds:
            own = {key: values for key, values in OWN.items() if file == "config.json" and key in seeds[file]}
            for key, values in (KEYS[file] | own).items():
                for value in values if not options.only or key in options.only else []:
                    yield [(file, key, value)], None
    else:
        for _ in range(options.count):
            yield ([], tensors(draw)) if draw.random() < 0.15 else (members(draw, seeds), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("leibniz")
    parser.add_argument("cases", nargs="+", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=100, help="mutations of each case")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--keys", action="store_true", help="all values of KEYS, one at a time")
    parser.add_argument("--only", type=lambda text: text.split(","), help="with --keys, these keys alone")
    parser.add_argument("--output", type=pathlib.Path, help="a line of JSON for each mutation")
    options = parser.parse_args()
    torch.set_num_threads(1)
    tally = collections.Counter()
    record = options.output.open("w") if options.output else None
    with tempfile.TemporaryDirectory() as folder:
        for case in options.cases:
            draw = random.Random(f"{options.seed} {case.name}")
            prompts = [json.loads(line) for line in (case / "prompts.jsonl").read_text().splitlines() if line.strip()]
            for changes, kind in mutations(case, options, draw):
                scratch = pathlib.Path(folder) / "case"
                said = prepare(case, scratch, changes, kind, draw)
                what, detail = outcome(options.leibniz, scratch, prompts)
                tally[what] += 1
                line = {"case": case.name, "mutation": said, "outcome": what, "detail": detail.replace(folder, "")}
                if record:
                    print(json.dumps(line), file=record, flush=True)
                if what in ("OTHER NUMBERS", "BROKEN"):
                    print(f"{what}: {case.name}: {said or 'as it is'}: {detail}", flush=True)
    print(", ".join(f"{name} {count}" for name, count in sorted(tally.items())))
    sys.exit(1 if tally["OTHER NUMBERS"] or tally["BROKEN"] else 0)


if __name__ == "__main__":
    main()
