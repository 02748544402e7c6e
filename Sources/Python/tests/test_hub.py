import pytest
from conftest import BASE, FULL, PROMPTS

import leibniz


def test_a_name_on_the_hub_is_found_in_the_cache(cache):
    analysis = leibniz.analyze("personas/base", FULL, PROMPTS)
    assert analysis.base == leibniz.analyze(BASE, FULL, PROMPTS).base
    assert analysis.command.startswith("leibniz analyze personas/base full --prompts")
    at = leibniz.analyze(f"personas/base@{cache}", FULL, PROMPTS)
    assert at.data == analysis.data


def test_the_base_is_the_one_that_the_adapter_names(cache):
    analysis = leibniz.analyze(None, FULL, PROMPTS)
    assert analysis.data["base"]["name"] == "base" and analysis.command.startswith("leibniz analyze personas/base full ")
    assert len(leibniz.weights(None, FULL).forms) == 64


@pytest.mark.parametrize("name", ["personas/other", "personas/base@other"])
def test_what_is_not_in_the_cache_is_refused_with_the_command_that_fetches_it(cache, name):
    command = "hf download " + name.replace("@", " --revision ")
    with pytest.raises(leibniz.InputError, match=command):
        leibniz.analyze(name, FULL, PROMPTS)


def test_a_base_that_an_adapter_names_and_nobody_has_is_refused_alike(monkeypatch, tmp_path):
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.delenv("HF_HUB_CACHE", raising=False)
    with pytest.raises(leibniz.InputError, match="hf download personas/base"):
        leibniz.weights(None, FULL)
