"""Runs the tool: where it is, what it is told, what it says."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn, Union

from ._errors import BY_EXIT_CODE, LeibnizError, LeibnizWarning
from ._progress import ProgressLine, watched

#: A switch, a value, or several of a repeatable option.
Option = Union[None, bool, int, float, str, "os.PathLike[str]", Sequence[Union[str, int]]]


def executable() -> Path:
    """The tool: the one in this package, or the one that the variable LEIBNIZ names."""
    named = os.environ.get("LEIBNIZ")
    tool = Path(named) if named else Path(__file__).parent / "bin/leibniz"
    if not tool.is_file():
        raise LeibnizError(f"There is no tool at {tool}. Install the wheel, or set LEIBNIZ to a built one.")
    return tool


def version() -> str:
    """The tool's version."""
    return run(["--version"]).strip()


def words(options: Mapping[str, Option]) -> list[str]:
    """Options as the command line has them: `from_="after", loss=True` are --from=after --loss."""
    result = []
    for name, value in options.items():
        option = "--" + name.rstrip("_").replace("_", "-")
        if value is True:
            result.append(option)
        elif isinstance(value, Sequence) and not isinstance(value, str):
            result += [f"{option}={one}" for one in value]
        elif value is not None and value is not False:
            result.append(f"{option}={value}")
    return result


def run(
    arguments: Sequence[str],
    *,
    text: str | None = None,
    progress: bool = False,
    accepts: Sequence[int] = (0,),
) -> str:
    """Runs a command on a text as its standard input and returns its standard output.

    Raises a `LeibnizError` for exit codes other than those that are accepted.
    """
    command = [str(executable()), *arguments]
    if progress and ProgressLine.is_possible():
        code, output, told = watched(command, text)
    else:
        done = subprocess.run(command, input=text or "", capture_output=True, encoding="utf-8")
        code, output, told = done.returncode, done.stdout, done.stderr
    if code not in accepts:
        raise _error(code, told)
    for line in told.splitlines():
        warnings.warn(re.sub("^warning: ", "", line), LeibnizWarning, stacklevel=4)
    return output


def _error(code: int, told: str) -> LeibnizError:
    kind = BY_EXIT_CODE.get(code, LeibnizError)
    said = re.split("error: ", told.strip(), maxsplit=1, flags=re.IGNORECASE)[-1]
    return kind(said or f"leibniz ended with {'signal' if code < 0 else 'status'} {abs(code)}.")


def main() -> NoReturn:
    """The command line itself, in place of this process."""
    try:
        tool = str(executable())
    except LeibnizError as error:
        sys.exit(f"error: {error}")
    os.execv(tool, ["leibniz", *sys.argv[1:]])
