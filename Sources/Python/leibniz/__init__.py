"""What did an adapter change in attention, and through what?

    import leibniz

    analysis = leibniz.analyze("model", "adapter", "prompts.jsonl", loss=True)
    analysis  # in a notebook: the answer
    analysis.blocks  # a DataFrame
    analysis.page()  # the page to explore

Every function runs the command of its name (`leibniz analyze --help`) and reads the report that it
writes. What the tool says of a wrong input is the message of a `LeibnizError`.
"""

from ._commands import ablate, analyze, compare, load, prompts, weights
from ._errors import InputError, LeibnizError, LeibnizWarning, UsageError, VerificationError
from ._page import Page
from ._reports import Ablation, Analysis, Comparison, Report, ReportSet, WeightAnalysis
from ._tables import Table
from ._tool import executable, version
from .testing import assert_expectations, assert_holds, assert_term, check

__all__ = [
    "Ablation",
    "Analysis",
    "Comparison",
    "InputError",
    "LeibnizError",
    "LeibnizWarning",
    "Page",
    "Report",
    "ReportSet",
    "Table",
    "UsageError",
    "VerificationError",
    "WeightAnalysis",
    "ablate",
    "analyze",
    "assert_expectations",
    "assert_holds",
    "assert_term",
    "check",
    "compare",
    "executable",
    "load",
    "prompts",
    "version",
    "weights",
]
