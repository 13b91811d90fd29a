"""How a text becomes tokens: characters, words, or pieces that byte-pair encoding learns.

Printed programs hold the functions of this module as they are here, so each imports what it needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

CHARACTER, WORD, PIECE = "character", "word", "piece"
UNITS = {CHARACTER: "Characters", WORD: "Words", PIECE: "Pieces (BPE)"}
UNKNOWN = ""  # token 0: what stands before a short text, and for what is not in the vocabulary
MOST_CHARACTERS = 1_000  # different ones; rarer ones are unknown
_LEARNED_FROM = 5_000_000  # characters that pieces are learned from; more changes little and takes long


def words_of(text: str) -> list[str]:
    """Return the words and marks of a text, in lower case."""
    import re

    return re.findall(r"\w+(?:['\u2019]\w+)*|[^\w\s]", text.lower())


def chunks_of(text: str) -> list[str]:
    """Return a text in words with the blank before them, marks and blanks: no piece reaches across two of them."""
    import re

    return re.findall(r" ?\w{1,40}| ?[^\w\s]{1,40}|\s{1,40}?(?= ?\S)|\s{1,40}", text)


def join_pieces(chunk: str, rank: Mapping[str, int]) -> list[str]:
    """Join the two neighbours that make the earliest piece of the vocabulary, again and again.

    Source: Sennrich, Haddow and Birch, Neural machine translation of rare words with subword units, 2016.
    """
    parts = list(chunk)
    while len(parts) > 1:
        joined = [parts[place] + parts[place + 1] for place in range(len(parts) - 1)]
        place = min(range(len(joined)), key=lambda place: rank.get(joined[place], len(rank)))
        if joined[place] not in rank:
            break
        parts[place : place + 2] = [joined[place]]
    return parts


def learn_pieces(texts: Iterable[str], alphabet: Sequence[str], most: int) -> list[str]:
    """Return at most so many pieces of several characters of an alphabet, in the order in which they are learned."""
    from tokenizers import Tokenizer, models, trainers

    trainer = trainers.BpeTrainer(
        vocab_size=len(alphabet) + max(most, 0),
        initial_alphabet=list(alphabet),
        limit_alphabet=len(alphabet),
        min_frequency=2,
        show_progress=False,
    )
    model = Tokenizer(models.BPE())
    model.train_from_iterator([chunk for text in texts for chunk in chunks_of(text)], trainer)
    learned = sorted(model.get_vocab().items(), key=lambda pair: pair[1])
    return [piece for piece, _ in learned if len(piece) > 1]


def parts_of(text: str, unit: str, vocabulary: Mapping[str, int]) -> list[str]:
    """Return the tokens of a text as texts, whether they are in the vocabulary or not.

    Args:
        text: Any text.
        unit: One of `UNITS`.
        vocabulary: Token -> index; an earlier piece is joined before a later one.
    """
    if unit == WORD:
        return words_of(text)
    if unit == CHARACTER:
        return list(text)
    known: dict[str, list[str]] = {}
    chunks = chunks_of(text)
    for chunk in chunks:
        if chunk not in known:
            known[chunk] = join_pieces(chunk, vocabulary)
    return [part for chunk in chunks for part in known[chunk]]


def learn_vocabulary(texts: Sequence[str], unit: str, most: int) -> tuple[str, ...]:
    """Return the vocabulary that texts are written with; the first token is the unknown one.

    Args:
        texts: Training texts.
        unit: One of `UNITS`.
        most: Words or pieces at most, the unknown one among them; words that come once are left out.
    """
    if unit == WORD:
        words = Counter(word for text in texts for word in words_of(text))
        return (UNKNOWN, *_frequent(words, most - 1, least=2))
    signs: Counter[str] = Counter()
    for text in texts:
        signs.update(text)
    alphabet = sorted(_frequent(signs, MOST_CHARACTERS))
    if unit == CHARACTER:
        return UNKNOWN, *alphabet
    return UNKNOWN, *alphabet, *learn_pieces(_beginning(texts), alphabet, most - 1 - len(alphabet))


def _beginning(texts: Iterable[str]) -> Iterable[str]:
    left = _LEARNED_FROM
    for text in texts:
        yield text[: max(left, 0)]
        left -= len(text)


def _frequent(counts: Counter[str], most: int, least: int = 1) -> list[str]:
    """Return the most frequent, at most so many; ties in alphabetical order, so that it is reproducible."""
    ordered = sorted((-count, sign) for sign, count in counts.items() if count >= least)
    return [sign for _, sign in ordered[: max(most, 0)]]


@lru_cache(maxsize=8)
def places_of(vocabulary: tuple[str, ...]) -> Mapping[str, int]:
    """Return the index of each token."""
    return {sign: index for index, sign in enumerate(vocabulary) if index}
