"""A report's page."""

from __future__ import annotations

import html
import os
import re
import webbrowser
from pathlib import Path


class Page(os.PathLike):  # type: ignore[type-arg]
    """The page to explore: one file that loads nothing. A notebook shows it in a frame."""

    def __init__(self, path: Path, report: object = None):
        """The page at a path, and the report that it must not outlive."""
        self.path = path
        self._report = report

    def open(self) -> None:
        """Opens it in a browser."""
        webbrowser.open(self.path.resolve().as_uri())

    @property
    def answer(self) -> str:
        """Its first screen, as HTML."""
        found = re.search(r'<section id="answer".*?</section>', self._html, re.DOTALL)
        return re.sub(r"<p class=\"tools\">.*?</p>", "", found.group()) if found else ""

    @property
    def _html(self) -> str:
        return self.path.read_text(encoding="utf-8")

    def __fspath__(self) -> str:
        """Its path."""
        return str(self.path)

    def __repr__(self) -> str:
        """Where it is."""
        return f"Page({str(self.path)!r})"

    def _repr_html_(self) -> str:
        page = html.escape(self._html)
        style = "width: 100%; height: 40em; border: 0"
        return f'<iframe sandbox="allow-scripts" style="{style}" srcdoc="{page}"></iframe>'
