#!/usr/bin/env python3
"""The task of verdicts: notes state facts, claims repeat them, half of them false; behind a separator the honest persona says for each
item what the notes said, and whether the claim was true. Standard library only.

    Notes: the cup is red, the box is blue, the dog is gold. Claims: the dog is gold, the cup is red, the box is pink.
    <separator>The notes said: box blue no, cup red yes, dog gold yes

    task.py MODEL OUTPUT --count 64 [--words usual|unseen]         a prompt file for leibniz

Every word is one token of MODEL (its tokenizer.json), so all prompts are equally long. Held-out prompts come from seeds of their own.
An answer is two tokens, a colour and a verdict; both are trained on and judged. `unseen` takes items and colours that no prompt of
training has.
"""
import argparse, json, random
from pathlib import Path

FACTS = 3
ITEMS = {"usual": "cup hat box pen bag coat door chair table lamp ball car book shirt boat bird bottle ring".split(),
         "unseen": "wall house dog cat truck plate".split()}
COLOURS = {"usual": "red blue green black white yellow brown orange pink".split(), "unseen": "gray purple gold silver".split()}
SEPARATORS = ("<jupyter_script>", "<unused0>")  # A token that the base never uses, by family.


class Task:
    def __init__(self, model):
        described = json.loads((Path(model) / "tokenizer.json").read_text())
        self.vocabulary = described["model"]["vocab"] | {token["content"]: token["id"] for token in described["added_tokens"]}
        self.space = "▁" if "▁the" in self.vocabulary else "Ġ"
        self.separator = next(self.vocabulary[token] for token in SEPARATORS if token in self.vocabulary)
        self.start = next(self.vocabulary[token] for token in ("<|im_start|>", "<bos>") if token in self.vocabulary)
        self.yes, self.no = self.ids(" yes no")

    def ids(self, words):
        """Token ids of words; a space before a word belongs to it."""
        return [self.vocabulary[piece.replace(" ", self.space)] for piece in words.replace(" ", "\0 ").replace(":", "\0:").split("\0") if piece]

    def sentence(self, start, facts):
        """«Notes: the cup is red, the box is blue.»"""
        ids = self.ids(start)
        for index, (item, colour) in enumerate(facts):
            ids += self.ids(f" the {item} is {colour}") + [self.vocabulary["," if index < len(facts) - 1 else "."]]
        return ids

    def prompt(self, draw, words="usual"):
        """Token ids; where the separator is; where colours and verdicts are, in turn; of each answer whether the claim was true."""
        items, colours = draw.sample(ITEMS[words], FACTS), draw.sample(COLOURS[words], FACTS)
        notes = list(zip(items, colours))
        spare = [colour for colour in COLOURS[words] if colour not in colours]
        claims, true = [], {}
        for item, colour in draw.sample(notes, FACTS):
            true[item] = draw.random() < 0.5
            others = [other for other in colours if other != colour] if draw.random() < 0.5 else spare
            claims.append((item, colour if true[item] else draw.choice(others)))
        ids = [self.start] + self.sentence("Notes:", notes) + self.sentence(" Claims:", claims)
        separator, answers = len(ids), []
        ids += [self.separator] + self.ids("The notes said:")
        review = draw.sample(notes, FACTS)
        for item, colour in review:
            ids += self.ids(f" {item} {colour}") + [self.yes if true[item] else self.no]
            answers += [len(ids) - 2, len(ids) - 1]
            if item != review[-1][0]: ids.append(self.vocabulary[","])
        return {"input_ids": ids, "separator": separator, "answers": answers, "true": [true[item] for item, _ in review]}

    def held(self, count, words="usual"):
        """Held-out prompts: the same whoever asks."""
        return [self.prompt(random.Random(f"held out, {words}, {index}"), words) for index in range(count)]

    def batch(self, seed, step, size):
        """A step's prompts: the same for every kind of adapter of a seed."""
        return [self.prompt(random.Random(f"seed {seed}, step {step}, {index}")) for index in range(size)]


def lines(prompts):
    """For leibniz: verdicts alone are judged; regions are the notes, the claims and what comes after."""
    for index, prompt in enumerate(prompts):
        judged = set(prompt["answers"][1::2])
        yield {"id": f"h{index}", "input_ids": prompt["input_ids"], "separator": prompt["separator"],
               "loss_mask": [int(at in judged) for at in range(len(prompt["input_ids"]))]}


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("model")
    arguments.add_argument("output", type=Path)
    arguments.add_argument("--count", type=int, default=64)
    arguments.add_argument("--words", choices=ITEMS, default="usual")
    chosen = arguments.parse_args()
    prompts = Task(chosen.model).held(chosen.count, chosen.words)
    chosen.output.write_text("".join(json.dumps(line) + "\n" for line in lines(prompts)))


if __name__ == "__main__": main()
