"""Writes a random base model and a random LoRA of the shape of an 8B Llama, to time what reads weights.

    pip install numpy
    python docs/benchmarks/random_pair.py FOLDER --layers 4      # FOLDER/base (0.4 GB a layer, BF16) and FOLDER/adapter
    leibniz weights FOLDER/base FOLDER/adapter --output report

    python docs/benchmarks/random_pair.py FOLDER --layers 32 --vocabulary 128256      # all of it, 16.1 GB in 33 files
    leibniz analyze FOLDER/base FOLDER/adapter --prompts FOLDER/prompts.jsonl --output report

Without --vocabulary it is small and its head tied: no table is read. Values are normal with a deviation that keeps a vector's size;
a tenth of each weight's rows are copies of each other but for noise, so that the spectrum is not flat. The prompts are random
tokens with a separator in the middle.
"""

import argparse
import json
import pathlib
import struct

import numpy

HIDDEN, HEADS, KEY_VALUE_HEADS, WIDTH, INNER = 4096, 32, 8, 128, 14336
SHAPES = {
    "self_attn.q_proj": (HEADS * WIDTH, HIDDEN),
    "self_attn.k_proj": (KEY_VALUE_HEADS * WIDTH, HIDDEN),
    "self_attn.v_proj": (KEY_VALUE_HEADS * WIDTH, HIDDEN),
    "self_attn.o_proj": (HIDDEN, HEADS * WIDTH),
    "mlp.gate_proj": (INNER, HIDDEN),
    "mlp.up_proj": (INNER, HIDDEN),
    "mlp.down_proj": (HIDDEN, INNER),
}


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
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--rank", type=int, default=16)
    parser.add_argument("--vocabulary", type=int)
    parser.add_argument("--prompts", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=128)
    options = parser.parse_args()
    random = numpy.random.default_rng(1)
    base, adapter = options.folder / "base", options.folder / "adapter"
    for folder in (base, adapter):
        folder.mkdir(parents=True, exist_ok=True)

    # Drawn once and used from a random place on, which takes a tenth of the time; no row is as long as its period.
    pool = random.standard_normal(16_777_213, numpy.float32)

    def value(name, shape):
        if len(shape) == 1:
            return numpy.ones(shape, numpy.float32)
        array = numpy.resize(pool[random.integers(0, 1 << 20):], shape) / numpy.float32(shape[1] ** 0.5)
        array[: shape[0] // 10] += array[0]
        return array

    # A file a layer, and one for the tables.
    vocabulary = options.vocabulary or 512
    tables = {"model.embed_tokens.weight": [vocabulary, HIDDEN], "model.norm.weight": [HIDDEN]}
    if options.vocabulary:
        tables["lm_head.weight"] = [vocabulary, HIDDEN]
    files, changes = [tables], {}
    for layer in range(options.layers):
        prefix = f"model.layers.{layer}."
        files.append({prefix + norm + ".weight": [HIDDEN] for norm in ("input_layernorm", "post_attention_layernorm")})
        for module, (rows, columns) in SHAPES.items():
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
    (base / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": HIDDEN,
        "intermediate_size": INNER, "num_attention_heads": HEADS, "num_key_value_heads": KEY_VALUE_HEADS,
        "head_dim": WIDTH, "num_hidden_layers": options.layers, "vocab_size": vocabulary, "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0, "max_position_embeddings": 8192, "tie_word_embeddings": not options.vocabulary,
        "torch_dtype": "bfloat16",
    }, indent=2))
    (adapter / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": options.rank, "lora_alpha": 2 * options.rank,
        "target_modules": [module.split(".")[1] for module in SHAPES], "bias": "none",
    }, indent=2))
    with open(options.folder / "prompts.jsonl", "w") as file:
        for number in range(options.prompts):
            tokens = random.integers(0, vocabulary, options.tokens).tolist()
            prompt = {"id": f"p{number}", "input_ids": tokens, "separator": options.tokens // 2}
            file.write(json.dumps(prompt) + "\n")


if __name__ == "__main__":
    main()
