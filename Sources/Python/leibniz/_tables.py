"""Rows of a report's JSON as tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

#: A pandas DataFrame, or a list of dicts where there is no pandas.
Table = Any


def table(rows: Iterable[Mapping[str, Any]]) -> Table:
    """Rows with a column a number: of {"terms": {"dKtQ": {"rms": 1}}} it is `terms.dKtQ.rms`. Where a row is comes first."""
    flat = [dict(sorted(_flattened(row), key=lambda column: "." in column[0])) for row in rows]
    try:
        import pandas
    except ImportError:
        return flat
    return pandas.DataFrame(flat)


def is_rows(value: Any) -> bool:
    """Whether a member is a list of rows."""
    return isinstance(value, list) and all(isinstance(row, dict) for row in value)


def _flattened(row: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in row.items():
        if isinstance(value, dict):
            yield from _flattened(value, f"{prefix}{name}.")
        else:
            yield prefix + name, value
