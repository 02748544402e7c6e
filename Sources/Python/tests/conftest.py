"""The bundled pair, analysed once, and a tokenizer for it."""

import json
import shutil
from pathlib import Path

import pytest

import leibniz

PERSONAS = Path(__file__).resolve().parents[3] / "fixtures/personas"
BASE, FULL, MASKED, PROMPTS = (PERSONAS / name for name in ("base", "full", "full-masked", "prompts.jsonl"))


@pytest.fixture(scope="session")
def analysis():
    return leibniz.analyze(BASE, FULL, PROMPTS, parts=["attention", "mass", "writers"], loss=True)


@pytest.fixture(scope="session")
def both():
    return leibniz.analyze(BASE, [FULL, MASKED], PROMPTS)


@pytest.fixture
def speaking(tmp_path):
    """The base with a tokenizer: a token a letter, and those of ChatML."""
    folder = shutil.copytree(BASE, tmp_path / "speaking")
    special = ["<|im_start|>", "<|im_end|>", "<sep>"]
    vocabulary = {token: index for index, token in enumerate([*"abcdefghijklmnopqrstuvwxyz\n .?", *special])}
    flags = dict.fromkeys(("single_word", "lstrip", "rstrip", "normalized"), False)
    added = [{"id": vocabulary[token], "content": token, "special": True, **flags} for token in special]
    model = {"type": "BPE", "vocab": vocabulary, "merges": []}
    (folder / "tokenizer.json").write_text(json.dumps({"added_tokens": added, "model": model}))
    return folder


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """A HuggingFace cache with the bundled base as personas/base, in links to blobs as huggingface_hub lays it out."""
    commit = "0123456789abcdef0123456789abcdef01234567"
    repository = tmp_path / "home/hub/models--personas--base"
    snapshot = repository / "snapshots" / commit
    for folder in ("blobs", "refs", f"snapshots/{commit}"):
        (repository / folder).mkdir(parents=True)
    (repository / "refs/main").write_text(commit)
    for file in BASE.iterdir():
        shutil.copy(file, repository / "blobs" / file.name)
        (snapshot / file.name).symlink_to(f"../../blobs/{file.name}")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    return commit
