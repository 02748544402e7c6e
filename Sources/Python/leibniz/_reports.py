"""The reports that the tool writes, read."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import weakref
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from ._errors import InputError, LeibnizError
from ._page import Page
from ._tables import Table, is_rows, table


class Markdown(str):
    """A text that a notebook shows as it is meant."""

    def _repr_markdown_(self) -> str:
        return self


class Report:
    """A report's folder. Every member of its JSON is an attribute: a list of rows is a table."""

    #: The files of such a report.
    data_file: ClassVar[str]
    text_file: ClassVar[str]
    page_file: ClassVar[str | None] = None

    def __init__(self, folder: str | os.PathLike[str], among: object = None):
        """The report in a folder, and the set that it must not outlive."""
        #: Where it is.
        self.folder = Path(folder)
        self._among = among

    @cached_property
    def data(self) -> dict[str, Any]:
        """The JSON as it is."""
        return json.loads((self.folder / self.data_file).read_text(encoding="utf-8"))

    def table(self, path: str) -> Table:
        """The rows at a path of the JSON, as `writers.reads`."""
        value: Any = self.data
        for name in path.split("."):
            if not isinstance(value, dict) or value.get(name) is None:
                raise AttributeError(self._missing(path))
            value = value[name]
        return table(value)

    @property
    def answer(self) -> Markdown:
        """What the report says first."""
        text = (self.folder / self.text_file).read_text(encoding="utf-8")
        text = text.partition("\n## The answer\n")[2] or text.partition("\n")[2]
        return Markdown(re.split(r"\n(?=## |\| |> \[!)", text)[0].strip())

    def page(self) -> Page:
        """The page to explore."""
        if self.page_file is None:
            raise LeibnizError(f"Such a report has no page; {self.folder / self.text_file} is the whole.")
        return Page(self.folder / self.page_file, self)

    def save(self, folder: str | os.PathLike[str]) -> Path:
        """Copies the report to a folder that is not there yet."""
        return Path(shutil.copytree(self.folder, folder))

    def __getattr__(self, name: str) -> Any:
        """A member of the JSON."""
        if name.startswith("_") or name == "folder":  # asked for by copy and by notebooks, maybe of what has no folder yet
            raise AttributeError(name)
        if self.data.get(name) is None:
            raise AttributeError(self._missing(name))
        value = self.data[name]
        return table(value) if is_rows(value) else value

    def __dir__(self) -> list[str]:
        """What there is, members of the JSON included."""
        return sorted({*super().__dir__(), *self.data})

    def __repr__(self) -> str:
        """What it is, and of whom."""
        compared = [self.data["adapted"]] if "adapted" in self.data else self.data["adapters"]
        return f"<{type(self).__name__} of {', '.join(one['name'] for one in compared)} over {self.data['base']['name']}>"

    def _repr_html_(self) -> str | None:
        return self.page().answer or None if self.page_file else None

    def _repr_markdown_(self) -> str:
        return self.answer

    def _missing(self, name: str) -> str:
        return f"This {type(self).__name__} has no {name}."


class _Rows:
    """A member of the JSON as a table."""

    def __init__(self, path: str, what: str):
        self._path = path
        self.__doc__ = what

    def __get__(self, report: Report | None, _: type | None = None) -> Table:
        return self if report is None else report.table(self._path)


class Analysis(Report):
    """What changed in attention, by layer, head and part of the prompt (`leibniz analyze`)."""

    data_file, text_file, page_file = "analysis.json", "report.md", "report.html"

    blocks = _Rows("blocks", "The terms of the scores' change, by head.")
    summary = _Rows("summary", "The same over heads, and over layers and heads.")
    attention = _Rows("attention", "What attention felt, in nats, and through what.")
    mass = _Rows("mass", "How much attention moved.")
    writers = _Rows("writers.reads", "Who wrote what keys and queries inherit.")

    def _missing(self, name: str) -> str:
        parts = ", ".join(self.data["parts"]) or "none"
        return f"{super()._missing(name)} It was asked for parts={parts!r}; loss=True gives the losses."


class Ablation(Report):
    """What goes when parts of the change are left out (`leibniz ablate`)."""

    data_file, text_file = "interventions.json", "interventions.md"


class Comparison(Report):
    """Adapters side by side (`leibniz compare`)."""

    data_file, text_file, page_file = "comparison.json", "compare.md", "compare.html"


class WeightAnalysis(Report):
    """What changed in the weights alone (`leibniz weights`)."""

    data_file, text_file = "weights.json", "weights.md"


_R = TypeVar("_R", bound=Report)


class ReportSet(Mapping[str, _R]):
    """Reports of several adapters by their names, beside a comparison of them."""

    def __init__(self, folder: Path, kind: type[_R]):
        """The reports of a kind in the folders of a folder."""
        self.folder = folder
        found = sorted(folder.glob(f"*/{kind.data_file}"))
        self._reports = {file.parent.name: kind(file.parent, self) for file in found}

    @property
    def comparison(self) -> Comparison:
        """The adapters side by side."""
        return Comparison(self.folder, self)

    def page(self) -> Page:
        """The comparison's page, which leads to those of the adapters."""
        return self.comparison.page()

    def __getitem__(self, name: str) -> _R:
        """An adapter's report."""
        return self._reports[name]

    def __iter__(self) -> Iterator[str]:
        """The adapters' names."""
        return iter(self._reports)

    def __len__(self) -> int:
        """How many adapters there are."""
        return len(self._reports)

    def __repr__(self) -> str:
        """Who is in it."""
        return f"<ReportSet of {', '.join(self)}>"

    def _repr_markdown_(self) -> str:
        return self.comparison.answer


KINDS: tuple[type[Report], ...] = (Analysis, Ablation, WeightAnalysis, Comparison)


def load(folder: str | os.PathLike[str]) -> Report:
    """A report that the tool has written, by its folder."""
    for kind in KINDS:
        if (Path(folder) / kind.data_file).is_file():
            return kind(folder)
    raise InputError(f"{folder} holds no report: none of {', '.join(kind.data_file for kind in KINDS)}.")


def workplace() -> Path:
    """A folder for a result that nobody named one for."""
    return Path(tempfile.mkdtemp(prefix="leibniz-"))


def vanish(result: object, folder: Path) -> None:
    """Removes a folder once nobody holds the result that lies in it."""
    weakref.finalize(result, shutil.rmtree, folder, ignore_errors=True)
