"""The commands as functions. An option that is not named here is passed on: `pairs=8` is --pairs 8."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, TypeVar, Union, overload

from . import _prompts
from ._errors import UsageError, VerificationError
from ._prompts import Prompts
from ._reports import (
    Ablation,
    Analysis,
    Comparison,
    Report,
    ReportSet,
    WeightAnalysis,
    load,
    vanish,
    workplace,
)
from ._tool import Option, run, words

__all__ = ["ablate", "analyze", "compare", "load", "prompts", "weights"]

#: A model's or an adapter's folder, or its name on the hub where the HuggingFace cache has it.
Folder = Union[str, "os.PathLike[str]"]
_R = TypeVar("_R", bound=Report)
_T = TypeVar("_T")


@overload
def analyze(  # type: ignore[overload-overlap]  # a str is a sequence too
    base: Folder | None,
    adapted: Folder,
    prompts: Prompts,
    *,
    parts: str | Iterable[str] | None = ...,
    output: Folder | None = ...,
    progress: bool = ...,
    **options: Option,
) -> Analysis: ...
@overload
def analyze(
    base: Folder | None,
    adapted: Sequence[Folder],
    prompts: Prompts,
    *,
    parts: str | Iterable[str] | None = ...,
    output: Folder | None = ...,
    progress: bool = ...,
    **options: Option,
) -> ReportSet[Analysis]: ...
def analyze(
    base: Folder | None,
    adapted: Folder | Sequence[Folder],
    prompts: Prompts,
    *,
    parts: str | Iterable[str] | None = None,
    output: Folder | None = None,
    progress: bool = True,
    **options: Option,
) -> Analysis | ReportSet[Analysis]:
    """Says what an adapter changed in attention, and through what.

    base: the base model; None for the one that the adapter names.
    adapted: an adapter or a second checkpoint, or several, which are then compared.
    prompts: a file, texts, lists of token ids, or rows (a data set of messages, say).
    parts: what to look at, as "attention,mass,writers".
    output: the folder to keep the report in; without one it goes when the result does.
    options: those of `leibniz analyze --help`, with _ for -: loss=True, verify=True, separator="<sep>".
    """
    if parts is not None:
        options["parts"] = parts if isinstance(parts, str) else ",".join(parts)
    return _on_prompts(Analysis, "analyze", base, adapted, prompts, output, progress, options)


def ablate(
    base: Folder | None,
    adapted: Folder | Sequence[Folder],
    prompts: Prompts,
    *,
    output: Folder | None = None,
    progress: bool = True,
    **options: Option,
) -> Ablation | ReportSet[Ablation]:
    """Says how much of an adapter's benefit goes with parts of its change.

    options: those of `leibniz ablate --help`: drop="dKtQ", from_="after", to="before", sweep="heads".
    """
    return _on_prompts(Ablation, "ablate", base, adapted, prompts, output, progress, options)


def weights(
    base: Folder | None,
    adapted: Folder,
    *,
    output: Folder | None = None,
    progress: bool = True,
    **options: Option,
) -> WeightAnalysis:
    """Says what an adapted model changes in the weights alone; needs no prompts."""
    models = _models(base, adapted)
    return _kept(output, lambda folder: _report(WeightAnalysis, "weights", models, folder, progress, options))


def compare(
    *reports: Report | Folder,
    groups: dict[str, Sequence[Report | Folder]] | None = None,
    output: Folder | None = None,
    **options: Option,
) -> Comparison:
    """Puts reports of several adapters of one base side by side, or means over groups of training runs."""
    named = [f"--group={name}={','.join(_place(report) for report in members)}" for name, members in (groups or {}).items()]
    places = [_place(report) for report in reports] + named
    return _kept(output, lambda folder: _report(Comparison, "compare", places, folder, False, options))


def prompts(model: Folder, chats: Prompts, **options: Option) -> list[dict[str, Any]]:
    """Makes prompts of conversations, with a region for each role (`leibniz prompts --help`)."""
    if isinstance(chats, (str, os.PathLike)):
        return _of_chats([str(model), str(chats)], "", options)
    return _of_chats([str(model), "-"], _prompts.lines(_prompts.rows(chats)), options)


def _of_chats(subjects: list[str], text: str, options: dict[str, Option]) -> list[dict[str, Any]]:
    told = run(["prompts", *words(options), "--", *subjects], text=text)
    return [json.loads(line) for line in told.splitlines()]


def _on_prompts(
    kind: type[_R],
    command: str,
    base: Folder | None,
    adapted: Folder | Sequence[Folder],
    prompts: Prompts,
    output: Folder | None,
    progress: bool,
    options: dict[str, Option],
) -> Any:
    """Runs a command on models and prompts."""
    several = [adapted] if isinstance(adapted, (str, os.PathLike)) else list(adapted)
    models = _models(base, *several)

    def report(folder: Path) -> Any:
        with tempfile.TemporaryDirectory(prefix="leibniz-") as place:
            file = _prompt_file(prompts, models[0], Path(place), options)
            return _report(
                kind,
                command,
                models,
                folder,
                progress,
                {"prompts": file, **options},
                len(several) > 1,
            )

    return _kept(output, report)


def _prompt_file(prompts: Prompts, model: str, place: Path, options: dict[str, Option]) -> str:
    """The file of prompts. Of chats it has the separator already, if one is asked for."""
    if isinstance(prompts, (str, os.PathLike)):
        return os.fspath(prompts)
    rows = _prompts.rows(prompts)
    if _prompts.are_chats(rows):
        separator = options.pop("separator", None)
        rows = _of_chats([model, "-"], _prompts.lines(rows), {"separator": separator})
    return str(_prompts.write(_prompts.lines(rows), place))


def _report(
    kind: type[_R],
    command: str,
    subjects: Sequence[str],
    folder: Path,
    progress: bool,
    options: dict[str, Option],
    is_set: bool = False,
) -> Any:
    """Runs a command and reads the report that it writes to a folder."""
    if "shard" in options:
        raise UsageError("A shard is no report: divide a run by the command line, and load what leibniz merge makes.")
    arguments = [command, f"--output={folder}", *words(options), "--", *subjects]
    try:
        run(arguments, progress=progress)
    except VerificationError as error:
        error.result = ReportSet(folder, kind) if is_set else kind(folder)
        raise
    return ReportSet(folder, kind) if is_set else kind(folder)


def _kept(output: Folder | None, write: Callable[[Path], _T]) -> _T:
    """Has a result written where it is to be kept, or where it goes once nobody holds it."""
    if output is not None:
        return write(Path(output))
    place = workplace()
    try:
        result = write(place / "report")
    except VerificationError as error:
        vanish(error.result, place)
        raise
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    vanish(result, place)
    return result


def _models(base: Folder | None, *adapted: Folder) -> list[str]:
    return [os.fspath(model) for model in (base, *adapted) if model is not None]


def _place(report: Report | Folder) -> str:
    return str(report.folder) if isinstance(report, Report) else os.fspath(report)
