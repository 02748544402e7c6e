import os
import subprocess
import sys
import tempfile

import pytest
from conftest import BASE, FULL, PERSONAS, PROMPTS

import leibniz
from leibniz import _progress
from leibniz._tool import words


def test_errors_are_the_tools_words(tmp_path):
    with pytest.raises(leibniz.InputError, match=f"^{tmp_path}/nowhere: there is no such folder"):
        leibniz.analyze(BASE, tmp_path / "nowhere", PROMPTS)
    with pytest.raises(leibniz.UsageError, match="Did you mean '--loss'"):
        leibniz.analyze(BASE, FULL, PROMPTS, lossy=True)
    with pytest.raises(leibniz.UsageError, match="leibniz merge"):
        leibniz.analyze(BASE, FULL, PROMPTS, shard="1/2")


def test_nothing_is_left_of_what_failed(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with pytest.raises(leibniz.InputError):
        leibniz.analyze(BASE, tmp_path / "nowhere", [[1, 2, 3]], separator="none")
    assert list(tmp_path.iterdir()) == []


def test_options_are_words():
    given = {"two_views": True, "loss": False, "from_": "after", "drop": ["dKtQ", "KtdQ"], "plan": None, "pairs": 8}
    assert words(given) == ["--two-views", "--from=after", "--drop=dKtQ", "--drop=KtdQ", "--pairs=8"]


def test_what_the_tool_wants_known_is_a_warning():
    with pytest.warns(leibniz.LeibnizWarning, match="^full is a plain LoRA"):
        leibniz.analyze(BASE, FULL, PROMPTS)


def test_the_command_line_is_the_tool(analysis):
    python = [sys.executable, "-m", "leibniz"]
    done = subprocess.run(
        [*python, "check", analysis.folder, "--expect", PERSONAS / "expectations.yaml"], capture_output=True, text=True
    )
    assert done.returncode == 0 and "expectations" in done.stdout
    told = subprocess.run([*python, "--version"], capture_output=True, text=True).stdout
    assert told.strip() == leibniz.version()


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="no terminals here")
def test_progress_is_read_apart_from_what_is_told(monkeypatch):
    shown = []
    monkeypatch.setattr(_progress.ProgressLine, "show", lambda self, text: shown.append(text))
    line = r"printf '\r\033[K%s' "
    script = f"({line} '10 %'; sleep 0.2; {line} 'ü 90 %'; {line} ''; echo warning: told) >&2; cat; exit 3"
    code, output, told = _progress.watched(["sh", "-c", script], "text")
    assert (code, output, told) == (3, "text", "warning: told\n")
    assert any("10 %" in text for text in shown)
