"""The tool's line of progress, where somebody looks: below a notebook's cell, or in a terminal."""

from __future__ import annotations

import codecs
import os
import re
import subprocess
import sys
import threading
from typing import Any

#: What the tool begins its line with, to write it anew.
_ANEW = "\r\x1b[K"


def watched(command: list[str], text: str | None) -> tuple[int, str, str]:
    """Runs a command that believes its standard error to be a terminal; its progress is shown.

    Returns the exit code and what it wrote to standard output and, progress aside, to standard error.
    """
    here, there = os.openpty()
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=there, encoding="utf-8") as process:
        os.close(there)
        reader = _Reader(here)
        reader.start()
        try:
            output, _ = process.communicate(text or "")
        except BaseException:
            process.terminate()
            raise
        finally:
            reader.join()
            os.close(here)
    return process.returncode, output, reader.told


class _Reader(threading.Thread):
    """Reads a terminal to its end and passes its line of progress on."""

    def __init__(self, terminal: int):
        super().__init__(daemon=True)
        self._terminal = terminal
        self._written = ""

    @property
    def told(self) -> str:
        """Everything but progress."""
        text = self._written.replace("\r\n", "\n")
        anew = re.escape(_ANEW)
        return re.sub(f"{anew}[^\r\n]*(?={anew})|{anew}", "", text)

    def run(self) -> None:
        decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        line = ProgressLine()
        try:
            while chunk := os.read(self._terminal, 4096):
                self._written += decoder.decode(chunk)
                line.show(self._written.rpartition(_ANEW)[2])
        except OSError:
            pass  # Linux's way to say that nobody is at the other end.
        finally:
            line.clear()


class ProgressLine:
    """A line that is written anew."""

    def __init__(self) -> None:
        self._handle: Any = None

    @staticmethod
    def is_possible() -> bool:
        """Whether somebody looks."""
        return _notebook_display() is not None or sys.stderr.isatty()

    def show(self, text: str) -> None:
        """Shows a text, unless it is more than a line of progress."""
        if not text or "\n" in text:
            return
        display = _notebook_display()
        if display is None:
            sys.stderr.write(_ANEW + text)
            sys.stderr.flush()
        elif self._handle is None:
            self._handle = display({"text/plain": text}, raw=True, display_id=True)
        else:
            self._handle.update({"text/plain": text}, raw=True)

    def clear(self) -> None:
        """Leaves nothing behind."""
        if self._handle is not None:
            self._handle.update({"text/plain": ""}, raw=True)
        elif _notebook_display() is None and sys.stderr.isatty():
            sys.stderr.write(_ANEW)


def _notebook_display() -> Any:
    """IPython's display, in a notebook."""
    python = sys.modules.get("IPython")
    shell = python.get_ipython() if python else None
    if shell is None or not hasattr(shell, "kernel"):
        return None
    from IPython.display import display

    return display
