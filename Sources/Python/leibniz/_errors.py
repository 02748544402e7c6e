"""What goes wrong, in the tool's words."""

from __future__ import annotations

from typing import Any


class LeibnizError(Exception):
    """What the tool says is wrong, and what to do."""


class InputError(LeibnizError):
    """A model, an adapter, prompts or a report cannot be used as they are."""


class UsageError(LeibnizError, ValueError):
    """The tool does not know an option, or not its value."""


class VerificationError(LeibnizError):
    """The report is written, and a verification failed or a promised zero is none."""

    #: The report all the same.
    result: Any = None


class LeibnizWarning(UserWarning):
    """What the tool wants to be known; reports repeat it."""


#: By exit code, as `leibniz --help` lists them.
BY_EXIT_CODE = {1: VerificationError, 2: InputError, 64: UsageError}
