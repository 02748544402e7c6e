"""Writes the fixtures of CheckpointsTests: tiny random models, adapters saved by PEFT, and what those adapters do.

    python generate.py        (torch, transformers and peft from PyPI; made with 2.13, 5.23 and 0.21.2)

For each adapter, change.safetensors holds what the adapted model computes minus what the base computes, module by
module, in the orientation (outputs, inputs). It is read off the running PEFT model in float64: a linear layer is fed the
unit vectors and zero, a table each of its rows. Entries without any change are left out.
"""

import json
import pathlib
import shutil

import torch
from peft import LoraConfig, PeftModel, get_peft_model
from safetensors.torch import save_file
from transformers import AutoModelForCausalLM, GPT2Config, LlamaConfig
from transformers.pytorch_utils import Conv1D

HERE = pathlib.Path(__file__).parent
LLAMA = dict(
    hidden_size=8, intermediate_size=12, num_hidden_layers=2, num_attention_heads=2, num_key_value_heads=1,
    vocab_size=16, max_position_embeddings=32)
BASES = {
    "llama": LlamaConfig(attention_bias=True, mlp_bias=True, tie_word_embeddings=False, **LLAMA),
    "tied": LlamaConfig(tie_word_embeddings=True, **LLAMA),
    "gpt2": GPT2Config(n_embd=8, n_layer=2, n_head=2, vocab_size=16, n_positions=32, n_inner=12),
}
QV = ["q_proj", "v_proj"]
ADAPTERS = {
    "patterns": ("llama", dict(
        r=2, target_modules=["q_proj", "k_proj", "down_proj"], use_rslora=True,
        rank_pattern={r"^model\.layers\.1.*k_proj": 3, "down_proj": 1}, alpha_pattern={"0.self_attn.q_proj": 5})),
    "all-linear": ("llama", dict(r=2, target_modules="all-linear", exclude_modules=r".*\.1\..*_proj")),
    "regular-expression": ("llama", dict(
        r=2, target_modules=r"model\.layers\.\d+\.(?:self_attn|mlp)\.(q_proj|up_proj)")),
    "layers": ("llama", dict(r=2, target_modules=QV, layers_to_transform=[1], layers_pattern="layers")),
    "lora-bias": ("llama", dict(r=2, lora_alpha=6, target_modules=QV, lora_bias=True)),
    "bias-all": ("llama", dict(r=2, target_modules=QV, bias="all")),
    "bias-lora-only": ("llama", dict(r=2, target_modules=QV, bias="lora_only")),
    "saved-modules": ("llama", dict(r=2, target_modules=QV, modules_to_save=["norm", "lm_head", "o_proj"])),
    "saved-tied": ("tied", dict(r=2, target_modules=QV, modules_to_save=["embed_tokens"])),
    "tokens": ("llama", dict(
        r=2, target_modules=QV, trainable_token_indices={"embed_tokens": [3, 1], "lm_head": [5]})),
    "tokens-tied": ("tied", dict(r=2, target_modules=QV, trainable_token_indices=[9, 2])),
    "vocabulary": ("llama", dict(r=2, target_modules=["q_proj", "embed_tokens", "lm_head"])),
    "vocabulary-tied": ("tied", dict(r=2, target_modules=["embed_tokens"])),
    "head-tied": ("tied", dict(r=2, target_modules=["lm_head"])),
    "dora": ("llama", dict(r=2, target_modules=["q_proj", "embed_tokens"], use_dora=True)),
    "pissa": ("llama", dict(r=2, lora_alpha=6, target_modules=["q_proj", "up_proj"], init_lora_weights="pissa")),
    "olora": ("llama", dict(r=2, lora_alpha=6, target_modules=["q_proj", "up_proj"], init_lora_weights="olora")),
    "activated": ("tied", dict(r=2, target_modules=QV, alora_invocation_tokens=[4, 7])),
    "gpt2": ("gpt2", dict(r=2, target_modules=["c_attn", "c_fc", "wpe"], fan_in_fan_out=True)),
    "gpt2-dora": ("gpt2", dict(r=2, target_modules=["c_attn"], fan_in_fan_out=True, use_dora=True)),
    "gpt2-pissa": ("gpt2", dict(
        r=2, target_modules=["c_attn"], fan_in_fan_out=True, init_lora_weights="pissa")),
}


def load(base):
    return AutoModelForCausalLM.from_pretrained(HERE / base, dtype=torch.float32, attn_implementation="eager")


def disturb(model, seed, trainable_only):
    torch.manual_seed(seed)
    for _, parameter in model.named_parameters():
        if parameter.requires_grad or not trainable_only:
            parameter.data += 0.3 * torch.randn_like(parameter)


def effective(model, names):
    """What each module computes: {name.weight, name.bias}."""
    result = {}
    with torch.no_grad():
        for name, inputs in names.items():
            module = model.get_submodule(name)
            if inputs is None:
                result[name + ".weight"] = module.weight
                if getattr(module, "bias", None) is not None:
                    result[name + ".bias"] = module.bias
            elif isinstance(inputs, tuple):
                result[name + ".weight"] = module(torch.arange(inputs[0])[None])[0]
            else:
                zero = module(torch.zeros(1, 1, inputs, dtype=torch.float64))[0, 0]
                rows = module(torch.eye(inputs, dtype=torch.float64)[None])[0]
                result[name + ".weight"] = (rows - zero).T
                result[name + ".bias"] = zero
    return {key: value.detach().clone() for key, value in result.items()}


def modules(model):
    """Names of modules with weights, with the width of a linear layer's input or the size of a table."""
    names = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear):
            names[name] = module.in_features
        elif isinstance(module, Conv1D):
            names[name] = module.weight.shape[0]
        elif isinstance(module, torch.nn.Embedding):
            names[name] = (module.num_embeddings,)
        elif getattr(module, "weight", None) is not None:
            names[name] = None
    return names


def plain(path):
    """Sorts the keys' sets and drops what names this machine."""
    config = json.loads(path.read_text())
    config["base_model_name_or_path"] = None
    for key in ("target_modules", "modules_to_save", "exclude_modules"):
        if isinstance(config[key], list):
            config[key].sort()
    path.write_text(json.dumps(config, indent=1, sort_keys=True) + "\n")


def main():
    for index, (name, config) in enumerate(BASES.items()):
        model = AutoModelForCausalLM.from_config(config)
        disturb(model, index, trainable_only=False)
        model.tie_weights()
        model.save_pretrained(HERE / name)
        (HERE / name / "generation_config.json").unlink(missing_ok=True)
    for index, (name, (base, options)) in enumerate(ADAPTERS.items()):
        folder = HERE / "adapters" / name
        shutil.rmtree(folder, ignore_errors=True)
        model = get_peft_model(load(base), LoraConfig(task_type="CAUSAL_LM", **options))
        disturb(model, 100 + index, trainable_only=True)
        model.save_pretrained(folder)
        (folder / "README.md").unlink(missing_ok=True)
        before = load(base).double()
        names = modules(before)
        adapted = PeftModel.from_pretrained(load(base), folder).double().eval()
        after = adapted.base_model.model
        if "alora_invocation_tokens" in options:
            # The adapter is on from the first token: the whole product shows.
            for module in after.modules():
                if hasattr(module, "lora_variant"):
                    module.lora_variant.clear()
        old, new = effective(before, names), effective(after, names)
        change = {key: (new[key] - old[key]).float().contiguous() for key in old}
        save_file({key: value for key, value in change.items() if value.abs().max() > 1e-12},
                  folder / "change.safetensors")
        plain(folder / "adapter_config.json")


main()
