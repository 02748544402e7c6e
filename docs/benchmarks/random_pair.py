"""Writes a random base model and a random LoRA of the shape of a published model, to time what reads weights.

    pip install numpy
    python docs/benchmarks/random_pair.py FOLDER --layers 4      # FOLDER/base (0.4 GB a layer, BF16) and FOLDER/adapter
    leibniz weights FOLDER/base FOLDER/adapter --output report

    python docs/benchmarks/random_pair.py FOLDER --layers 32 --vocabulary 128256      # all of it, 16.1 GB in 33 files
    leibniz analyze FOLDER/base FOLDER/adapter --prompts FOLDER/prompts.jsonl --output report

Shapes are those of an 8B Llama, with `--shape mixture` of a mixture of 64 experts (OLMoE's, 7B in 16 layers), with `--shape active` of
a dense model with as many parameters as a token of that mixture meets, with `--shape hybrid` of a hybrid of recurrences and attention
(Qwen 3.5's, 9B in 32 layers). Without --vocabulary it is small and its head tied: no table is
read. Values are normal with a deviation that keeps a vector's size; a tenth of each weight's rows are copies of each other but for
noise, so that the spectrum is not flat. The prompts are random tokens with a separator in the middle.
"""

import argparse
import json
import pathlib
import struct

import numpy


def gated(inner, hidden, prefix="mlp."):
    """A gated MLP's weights."""
    return {f"{prefix}gate_proj": (inner, hidden), f"{prefix}up_proj": (inner, hidden), f"{prefix}down_proj": (hidden, inner)}


def attention(hidden, query, key, output):
    """An attention's weights."""
    shapes = {"q": (query, hidden), "k": (key, hidden), "v": (key, hidden), "o": (hidden, output)}
    return {f"self_attn.{name}_proj": shape for name, shape in shapes.items()}


def dense():
    """An 8B Llama: what config.json says, and of a layer its norms, the weights that the adapter changes, and others."""
    config = {
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_size": 4096, "intermediate_size": 14336,
        "num_attention_heads": 32, "num_key_value_heads": 8, "head_dim": 128, "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0,
    }
    return config, lambda layer: ({}, attention(4096, 4096, 1024, 4096) | gated(14336, 4096), {})


def mixture():
    """OLMoE-1B-7B: 8 of 64 experts; the adapter changes attention, router and experts."""
    config = {
        "architectures": ["OlmoeForCausalLM"], "model_type": "olmoe", "hidden_size": 2048, "intermediate_size": 1024,
        "num_attention_heads": 16, "num_key_value_heads": 16, "num_experts": 64, "num_experts_per_tok": 8,
        "norm_topk_prob": False, "rms_norm_eps": 1e-5, "rope_theta": 10000.0,
    }
    modules = attention(2048, 2048, 2048, 2048) | {"mlp.gate": (64, 2048)}
    for expert in range(64):
        modules |= gated(1024, 2048, f"mlp.experts.{expert}.")
    return config, lambda layer: ({"self_attn.q_norm": 2048, "self_attn.k_norm": 2048}, modules, {})


def active():
    """What a token of the mixture meets: its attention, and a gated MLP as wide as 8 experts."""
    config, _ = dense()
    config |= {"hidden_size": 2048, "intermediate_size": 8192, "num_attention_heads": 16, "num_key_value_heads": 16}
    return config, lambda layer: ({}, attention(2048, 2048, 2048, 2048) | gated(8192, 2048), {})


def hybrid():
    """Qwen3.5-9B: three layers with a gated delta rule, then one with attention, whose output is gated."""
    config = {
        "architectures": ["Qwen3_5ForCausalLM"], "model_type": "qwen3_5_text", "hidden_size": 4096,
        "intermediate_size": 12288, "num_attention_heads": 16, "num_key_value_heads": 4, "head_dim": 256,
        "rms_norm_eps": 1e-6, "full_attention_interval": 4, "linear_num_key_heads": 16, "linear_num_value_heads": 32,
        "linear_key_head_dim": 128, "linear_value_head_dim": 128, "linear_conv_kernel_dim": 4,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000000.0, "partial_rotary_factor": 0.25},
    }
    rows = {"in_proj_qkv": 8192, "in_proj_z": 4096, "in_proj_b": 32, "in_proj_a": 32}
    recurrence = {f"linear_attn.{name}": (count, 4096) for name, count in rows.items()}
    recurrence["linear_attn.out_proj"] = (4096, 4096)
    others = {"linear_attn.conv1d.weight": [8192, 1, 4], "linear_attn.A_log": [32], "linear_attn.dt_bias": [32]}

    def layer(index):
        mlp = gated(12288, 4096)
        if index % 4 == 3:
            return {"self_attn.q_norm": 256, "self_attn.k_norm": 256}, attention(4096, 8192, 1024, 4096) | mlp, {}
        return {"linear_attn.norm": 128}, recurrence | mlp, others

    return config, layer


SHAPES = {"dense": dense, "mixture": mixture, "active": active, "hybrid": hybrid}


def write(path, dtype, shapes, values):
    """A safetensors file whose tensors are formed one at a time."""
    header, start = {}, 0
    for name, shape in shapes.items():
        size = int(numpy.prod(shape)) * (2 if dtype == "BF16" else 4)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [start, start + size]}
        start += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, shape in shapes.items():
            array = values(name, shape).astype("<f4")
            if dtype == "BF16":
                array = (array.view("<u4") >> 16).astype("<u2")
            file.write(array.tobytes())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--shape", choices=SHAPES, default="dense")
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--vocabulary", type=int)
    parser.add_argument("--prompts", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=128)
    options = parser.parse_args()
    random = numpy.random.default_rng(1)
    config, layer_shapes = SHAPES[options.shape]()
    hidden = config["hidden_size"]
    base, adapter = options.folder / "base", options.folder / "adapter"
    for folder in (base, adapter):
        folder.mkdir(parents=True, exist_ok=True)

    # Drawn once and used from a random place on, which takes a tenth of the time; no row is as long as its period.
    pool = random.standard_normal(16_777_213, numpy.float32)

    def value(name, size):
        if len(size) == 1:
            return numpy.ones(size, numpy.float32)
        start = random.integers(0, 1 << 20)
        array = numpy.resize(pool[start:start + int(numpy.prod(size))], size) / numpy.float32(size[-1] ** 0.5)
        array[: size[0] // 10] += array[0]
        return array

    # A file a layer, and one for the tables.
    vocabulary = options.vocabulary or 512
    tables = {"model.embed_tokens.weight": [vocabulary, hidden], "model.norm.weight": [hidden]}
    if options.vocabulary:
        tables["lm_head.weight"] = [vocabulary, hidden]
    files, changes = [tables], {}
    for layer in range(options.layers):
        prefix = f"model.layers.{layer}."
        norms, modules, others = layer_shapes(layer)
        norms = {"input_layernorm": hidden, "post_attention_layernorm": hidden} | norms
        files.append({f"{prefix}{norm}.weight": [width] for norm, width in norms.items()})
        files[-1] |= {prefix + name: size for name, size in others.items()}
        for module, (rows, columns) in modules.items():
            files[-1][f"{prefix}{module}.weight"] = [rows, columns]
            name = f"base_model.model.{prefix}{module}"
            changes[f"{name}.lora_A.weight"] = [options.rank, columns]
            changes[f"{name}.lora_B.weight"] = [rows, options.rank]
    places = {}
    for number, shapes in enumerate(files):
        file = f"model-{number + 1:05}-of-{len(files):05}.safetensors"
        write(base / file, "BF16", shapes, value)
        places |= {name: file for name in shapes}
    (base / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}, indent=1))
    write(adapter / "adapter_model.safetensors", "F32", changes, lambda _, s: value(_, s) * numpy.float32(0.05))
    (base / "config.json").write_text(json.dumps(config | {
        "hidden_act": "silu", "num_hidden_layers": options.layers, "vocab_size": vocabulary, "max_position_embeddings": 8192,
        "tie_word_embeddings": not options.vocabulary, "torch_dtype": "bfloat16",
    }, indent=2))
    targets = sorted({name.split(".")[-3] for name in changes})
    (adapter / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": options.rank, "lora_alpha": 2 * options.rank,
        "target_modules": targets, "bias": "none",
    }, indent=2))
    with open(options.folder / "prompts.jsonl", "w") as file:
        for number in range(options.prompts):
            tokens = random.integers(0, vocabulary, options.tokens).tolist()
            prompt = {"id": f"p{number}", "input_ids": tokens, "separator": options.tokens // 2}
            file.write(json.dumps(prompt) + "\n")


if __name__ == "__main__":
    main()
