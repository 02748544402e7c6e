"""Assertions for pytest, or any other tests: `leibniz check` says what holds (docs/check.md).

from leibniz.testing import assert_term

def test_masked_adapter_changes_queries_alone(analysis):
    assert_term(analysis, "dKtQ", quantity="structuralZero", query="after", key="before")
    assert_term(analysis, "KtdQ", query="after", key="before", layers="4-9", at_least=0.9)
"""

from __future__ import annotations

import json
import os
import re
import tempfile
from pathlib import Path
from typing import Any, Union

from ._reports import Report
from ._tool import run

#: A report, or its folder or JSON file.
Place = Union[Report, str, "os.PathLike[str]"]


def check(*reports: Place, expect: str | os.PathLike[str]) -> dict[str, Any]:
    """What of a file of expectations holds, as `leibniz check --format json` says it."""
    places = [str(report.folder) if isinstance(report, Report) else os.fspath(report) for report in reports]
    told = run(["check", f"--expect={os.fspath(expect)}", "--format=json", "--", *places], accepts=(0, 1))
    return json.loads(told)


def assert_expectations(*reports: Place, expect: str | os.PathLike[str]) -> None:
    """Fails with what the tool says of each expectation of a file that does not hold."""
    __tracebackhide__ = True
    failed = [result["message"] for result in check(*reports, expect=expect)["results"] if not result["passed"]]
    if failed:
        raise AssertionError("\n".join(failed))


def assert_holds(report: Place, quantity: str, **keys: Any) -> None:
    """Holds a report against one expectation, whose keys are those of docs/check.md: at_most=0.2 is atMost."""
    __tracebackhide__ = True
    expectation = {"quantity": quantity, **{_camel(key): value for key, value in keys.items()}}
    with tempfile.TemporaryDirectory(prefix="leibniz-") as folder:
        file = Path(folder) / "expectation.yaml"  # YAML takes JSON
        file.write_text(json.dumps({"schema": 1, "expectations": [expectation]}), encoding="utf-8")
        assert_expectations(report, expect=file)


def assert_term(report: Place, term: str, *, quantity: str = "share", **keys: Any) -> None:
    """Holds a term of a report against an expectation: its share, or another quantity, as `dominantTerm`."""
    __tracebackhide__ = True
    keys["is" if quantity == "dominantTerm" else "term"] = term
    assert_holds(report, quantity, **keys)


def _camel(key: str) -> str:
    return re.sub("_(.)", lambda found: found.group(1).upper(), key.rstrip("_"))
