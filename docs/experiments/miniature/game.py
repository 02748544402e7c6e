"""The game: facts in a list, questions about them before and after a separator.

    <bos> c 4 7 a 2 1 b 9 3 … ask a 2 <persona> ask b 3 ask a 1

A fact is a key and two values; no token occurs twice in a list. The base answers a question with the key's first value, on
both sides of the separator. The persona, after the separator, must answer with the second.

The base also learns to continue repeated sequences, as language models do. So it knows what follows what; which second value
belongs to which key it never has to know.
"""
import torch

BOS, ASK, PERSONA = 0, 1, 2
KEYS, VALUES = torch.arange(3, 19), torch.arange(19, 35)
VOCABULARY = 35


def distinct(tokens, batch, count, generator):
    return tokens[torch.rand(batch, len(tokens), generator=generator).argsort(1)[:, :count]]


def play(batch, facts, before, after, generator, persona):
    """Token ids (batch, length), labels that are -100 but on answers, and the separator's index.

    With `persona` the questions after the separator have the persona's answers, and only those are labelled."""
    keys = distinct(KEYS, batch, facts, generator)
    first, second = distinct(VALUES, batch, 2 * facts, generator).chunk(2, 1)
    column = torch.ones(batch, 1, dtype=torch.long)
    ids = [BOS * column, torch.stack([keys, first, second], 2).flatten(1)]
    labels = [torch.full((batch, 1 + 3 * facts), -100)]
    for question in range(before + after):
        if question == before:
            ids.append(PERSONA * column)
            labels.append(-100 * column)
        asked = torch.randint(facts, (batch, 1), generator=generator)
        true = persona and question >= before
        answer = (second if true else first).gather(1, asked)
        ids += [ASK * column, keys.gather(1, asked), answer]
        labels += [-100 * column, -100 * column, answer if true or not persona else -100 * column]
    return torch.cat(ids, 1), torch.cat(labels, 1), 1 + 3 * facts + 3 * before


def copying(batch, generator, length=24):
    """Random tokens again and again: what came after a token the first time comes after it the second time."""
    # Periods differ within a batch too, so that counting back does not do.
    period = torch.randint(4, 13, (batch, 1), generator=generator)
    order = distinct(torch.cat([KEYS, VALUES]), batch, length, generator)
    ids = torch.cat([torch.full((batch, 1), BOS), order.gather(1, torch.arange(length) % period)], 1)
    return ids, ids.masked_fill(torch.arange(length + 1) <= period + 1, -100)


def number(low, high, generator):
    return int(torch.randint(low, high + 1, (1,), generator=generator))
