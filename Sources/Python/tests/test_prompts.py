import pytest
from conftest import BASE, FULL, PROMPTS

import leibniz

CHAT = [{"role": "user", "content": "where is it?"}, {"role": "assistant", "content": "there."}]


class Array:
    """As NumPy and PyTorch have them."""

    def tolist(self):
        return [0, 3, 5, 7]


def tokens(analysis):
    return [prompt["tokens"] for prompt in analysis.data["prompts"]]


def test_lists_of_token_ids():
    assert tokens(leibniz.analyze(BASE, FULL, [[0, 3, 5, 7], (1, 2, 3)], separator="none")) == [4, 3]


def test_rows_and_columns():
    rows = [{"id": "first", "input_ids": Array(), "separator": 2, "source": "mine"}]
    analysis = leibniz.analyze(BASE, FULL, rows)
    assert analysis.data["prompts"][0]["id"] == "first" and tokens(analysis) == [4]
    columns = {"input_ids": [[0, 3, 5, 7], [1, 2, 3]], "attention_mask": [[1] * 4, [1] * 3]}
    assert tokens(leibniz.analyze(BASE, FULL, columns, separator="none")) == [4, 3]


def test_texts(speaking):
    analysis = leibniz.analyze(speaking, FULL, ["where is it?<sep>there."], separator="<sep>")
    assert analysis.regions == ["before", "after"] and tokens(analysis) == [19]


def test_a_data_set_of_messages(speaking):
    analysis = leibniz.analyze(speaking, FULL, ({"messages": CHAT, "source": "mine"} for _ in range(2)), loss=True)
    assert analysis.regions == ["user", "assistant"] and len(analysis.prompts) == 2
    assert analysis.loss["tokens"] == [7, 7]


def test_prompts_of_chats(speaking):
    lines = leibniz.prompts(speaking, [{"messages": CHAT}])
    assert [region["name"] for region in lines[0]["regions"]] == ["user", "assistant"]
    assert leibniz.analyze(speaking, FULL, lines).regions == ["user", "assistant"]


def test_what_is_no_prompt_is_refused_in_the_tools_words():
    with pytest.raises(leibniz.InputError, match="prompts.jsonl"):
        leibniz.analyze(BASE, FULL, [[0, 3, 5, 7]])
    with pytest.raises(leibniz.InputError, match="tokenizer.json"):
        leibniz.analyze(BASE, FULL, ["text"], separator="none")


def test_a_file_stays_a_file():
    assert leibniz.analyze(BASE, FULL, str(PROMPTS)).command.endswith("--prompts prompts.jsonl --output report")
