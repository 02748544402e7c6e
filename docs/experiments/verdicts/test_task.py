#!/usr/bin/env python3
"""Whether task.py makes the prompts that it promises: test_task.py [MODEL]. Standard library only."""
import json, sys, tempfile
from pathlib import Path

from task import COLOURS, FACTS, ITEMS, SEPARATORS, Task, lines


def vocabulary(distinct=10 ** 6):
    """Tokens for every word, with a space before it and without; of at most so many ids."""
    words = "Notes : Claims The notes said the is , .".split() + sum([*ITEMS.values(), *COLOURS.values()], [])
    ids = {space + word: 4 + index % (distinct - 4) for index, word in enumerate(words) for space in ("", "Ġ")}
    return ids | {"<|im_start|>": 0, "Ġyes": 1, "Ġno": 2, SEPARATORS[0]: 3}


def write(folder, distinct=10 ** 6):
    (folder / "tokenizer.json").write_text(json.dumps({"model": {"type": "BPE", "vocab": vocabulary(distinct), "merges": []}, "added_tokens": []}))


def test(task):
    usual, unseen = task.held(300), task.held(50, "unseen")
    assert usual[:5] == task.held(5), "held-out prompts do not depend on how many"
    assert len({len(prompt["input_ids"]) for prompt in usual + unseen}) == 1, "all are equally long"
    assert len({prompt["separator"] for prompt in usual + unseen}) == 1
    for prompt in usual + unseen:
        ids, separator = prompt["input_ids"], prompt["separator"]
        assert ids[separator] == task.separator and ids.count(task.separator) == 1
        sentence = 2 + 5 * FACTS
        facts = {kind: {ids[start + 5 * i + 1]: ids[start + 5 * i + 3] for i in range(FACTS)}
                 for kind, start in (("notes", 3), ("claims", 3 + sentence))}
        for index, true in enumerate(prompt["true"]):
            colour, verdict = prompt["answers"][2 * index:2 * index + 2]
            item = ids[colour - 1]
            assert ids[colour] == facts["notes"][item], "the persona says what the notes say"
            assert true == (facts["claims"][item] == ids[colour])
            assert ids[verdict] == (task.yes if true else task.no)
    true = sum(sum(prompt["true"]) for prompt in usual)
    assert 0.45 < true / (FACTS * len(usual)) < 0.55, "half of the claims are true"
    trained = [prompt for step in range(20) for prompt in task.batch(1, step, 6)]
    assert not {tuple(prompt["input_ids"]) for prompt in trained} & {tuple(prompt["input_ids"]) for prompt in usual}, "held out"
    assert all(sum(line["loss_mask"]) == FACTS for line in lines(usual)), "verdicts alone are judged by leibniz"


if __name__ == "__main__":
    if sys.argv[1:]: test(Task(sys.argv[1]))
    else:
        with tempfile.TemporaryDirectory() as folder:
            write(Path(folder))
            test(Task(folder))
