"""Prompts as Python has them, written as the tool reads them."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Union

#: Texts, lists of token ids, or rows with `input_ids`, `text` or `messages`, as a HuggingFace data set has them; or columns, as
#: a tokenizer returns them for several texts.
Rows = Union[Iterable[Union[str, Sequence[int], Mapping[str, Any]]], Mapping[str, Any]]
#: Such prompts, or a file of the tool's form.
Prompts = Union[str, "os.PathLike[str]", Rows]


def rows(prompts: Rows) -> list[dict[str, Any]]:
    """A prompt a row."""
    if isinstance(prompts, Mapping):  # a column a member, as tokenizers return them
        return [dict(zip(prompts, values)) for values in zip(*prompts.values())]
    return [_row(prompt) for prompt in prompts]


def are_chats(prompts: list[dict[str, Any]]) -> bool:
    """Whether the tool has to write turns first: there are neither tokens nor a text that is complete."""
    chats = {"messages", "conversations"}
    return any("input_ids" not in row and ("text" not in row or chats & row.keys()) for row in prompts)


def lines(prompts: Iterable[Mapping[str, Any]]) -> str:
    """A JSON object a line. What is no type of JSON says itself what it is as a list, as arrays and tensors do."""
    return "".join(json.dumps(row, default=lambda value: value.tolist()) + "\n" for row in prompts)


def write(prompts: str, folder: Path) -> Path:
    """Puts lines into a file."""
    file = folder / "prompts.jsonl"
    file.write_text(prompts, encoding="utf-8")
    return file


def _row(prompt: Any) -> dict[str, Any]:
    if isinstance(prompt, str):
        return {"text": prompt}
    return dict(prompt) if isinstance(prompt, Mapping) else {"input_ids": prompt}
