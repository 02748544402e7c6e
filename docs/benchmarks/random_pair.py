"""Writes a random base model and a random LoRA of the shape of an 8B Llama, to time what reads weights.

    pip install numpy
    python docs/benchmarks/random_pair.py FOLDER --layers 4      # FOLDER/base (0.4 GB a layer, BF16) and FOLDER/adapter
    leibniz weights FOLDER/base FOLDER/adapter --output report

The vocabulary is small: no table is read. Values are normal with a deviation that keeps a vector's size; a tenth of each
weight's rows are copies of each other but for noise, so that the spectrum is not flat.
"""

import argparse
import json
import pathlib
import struct

import numpy

HIDDEN, HEADS, KEY_VALUE_HEADS, WIDTH, INNER, VOCABULARY = 4096, 32, 8, 128, 14336, 512
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
    options = parser.parse_args()
    random = numpy.random.default_rng(1)
    base, adapter = options.folder / "base", options.folder / "adapter"
    for folder in (base, adapter):
        folder.mkdir(parents=True, exist_ok=True)

    def value(name, shape):
        if len(shape) == 1:
            return numpy.ones(shape, numpy.float32)
        array = random.standard_normal(shape, numpy.float32) / numpy.float32(shape[1] ** 0.5)
        array[: shape[0] // 10] += array[0]
        return array

    shapes = {"model.embed_tokens.weight": [VOCABULARY, HIDDEN], "model.norm.weight": [HIDDEN]}
    changes = {}
    for layer in range(options.layers):
        prefix = f"model.layers.{layer}."
        shapes |= {prefix + norm + ".weight": [HIDDEN] for norm in ("input_layernorm", "post_attention_layernorm")}
        for module, (rows, columns) in SHAPES.items():
            shapes[f"{prefix}{module}.weight"] = [rows, columns]
            name = f"base_model.model.{prefix}{module}"
            changes[f"{name}.lora_A.weight"] = [options.rank, columns]
            changes[f"{name}.lora_B.weight"] = [rows, options.rank]
    write(base / "model.safetensors", "BF16", shapes, value)
    write(adapter / "adapter_model.safetensors", "F32", changes, lambda _, s: value(_, s) * numpy.float32(0.05))
    (base / "config.json").write_text(json.dumps({
        "architectures": ["LlamaForCausalLM"], "model_type": "llama", "hidden_act": "silu", "hidden_size": HIDDEN,
        "intermediate_size": INNER, "num_attention_heads": HEADS, "num_key_value_heads": KEY_VALUE_HEADS,
        "head_dim": WIDTH, "num_hidden_layers": options.layers, "vocab_size": VOCABULARY, "rms_norm_eps": 1e-5,
        "rope_theta": 500000.0, "max_position_embeddings": 8192, "tie_word_embeddings": True,
        "torch_dtype": "bfloat16",
    }, indent=2))
    (adapter / "adapter_config.json").write_text(json.dumps({
        "peft_type": "LORA", "task_type": "CAUSAL_LM", "r": options.rank, "lora_alpha": 2 * options.rank,
        "target_modules": [module.split(".")[1] for module in SHAPES], "bias": "none",
    }, indent=2))


if __name__ == "__main__":
    main()
