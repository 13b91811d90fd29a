"""Public texts to write on: Shakespeare, in characters or pieces of words, and first names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from inspect import getsource
from pathlib import Path

import numpy as np

from core.datasets.dataset import Arrays, Dataset, Progress, Remote
from core.datasets.features import Tokens
from core.datasets.public.text_files import fetched, not_loaded, remote
from core.datasets.spec import DataSpec
from core.datasets.targets import NextToken
from core.datasets.texts.tokens import PIECE, chunks_of, join_pieces, learn_pieces
from core.datasets.texts.written import cut_text
from core.settings import Settings

LENGTH = 64  # tokens of an example

SHAKESPEARE_FILE = remote(
    "tinyshakespeare.txt",
    "karpathy/char-rnn/6f9487a6fe5b420b7ca9afb0d7c078e37c1d1b4e/data/tinyshakespeare/input.txt",
    "86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    1.1,
)
FIRST_NAMES_FILE = remote(
    "names.txt",
    "karpathy/makemore/988aa59e4d8fefa526d06f3b453ad116258398d4/names.txt",
    "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
    0.2,
)
_SHAKESPEARE_SIGNS = "\n !$&',-.3:;?ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_NAME_SIGNS = "\nabcdefghijklmnopqrstuvwxyz"


def read_play(path: str) -> str:
    """Return a text as it is in its file."""
    with open(path, encoding="utf-8") as file:
        return file.read()


def read_first_names(path: str) -> str:
    """Return names, one a line, each once, in an order drawn from a fixed seed, so that the last are no rarer."""
    with open(path, encoding="utf-8") as file:
        names = sorted(set(file.read().split()))
    return "\n".join(names[row] for row in np.random.default_rng(0).permutation(len(names)))


def _to_write(
    name: str, title: str, file: Remote, read: Callable[[str], str], signs: str, sizes: tuple[int, int], **more: str
) -> Dataset:
    """Return a text in characters to write on, of which the last tenth is for testing."""
    vocabulary = ("", *signs)

    def load(settings: Settings, files: Mapping[str, Path], progress: Progress) -> Arrays:
        parts = cut_text(read(str(files[file.name])), list(vocabulary), LENGTH, *sizes)
        return dict(zip(("x_train", "y_train", "x_test", "y_test"), parts, strict=True))

    return Dataset(
        id=name,
        title=title,
        spec=DataSpec(Tokens(vocabulary, LENGTH), NextToken(vocabulary, LENGTH), *sizes),
        load=load,
        program="\n\n\n".join(
            (
                f'VOCABULARY = ["", *{signs!r}]',
                getsource(read).rstrip(),
                getsource(cut_text).rstrip(),
                f"text = {read.__name__}({fetched(file)})\n"
                f"x_train, y_train, x_test, y_test = cut_text(text, VOCABULARY, {LENGTH}, {sizes[0]}, {sizes[1]})",
            )
        ),
        files=(file,),
        **more,  # type: ignore[arg-type]
    )


SHAKESPEARE = _to_write(
    "tinyshakespeare",
    "Shakespeare",
    SHAKESPEARE_FILE,
    read_play,
    _SHAKESPEARE_SIGNS,
    (15_685, 1_743),
    split=f"The text is cut into pieces of {LENGTH} characters that follow each other; the last tenth is for testing.",
    source="plays of Shakespeare, 40,000 lines chosen by Karpathy for char-rnn",
    licence="public domain",
)
FIRST_NAMES = _to_write(
    "first_names",
    "First names",
    FIRST_NAMES_FILE,
    read_first_names,
    _NAME_SIGNS,
    (2_971, 330),
    split="Names, one a line, each once, in an order drawn from a fixed seed; the last tenth is for testing.",
    source="29,494 first names given in the United States, Social Security Administration; chosen for makemore",
    licence="MIT",
)
PIECES = 512
_PIECES_SIZES = (7_143, 833)


def learn_play(text: str, length: int, most: int) -> tuple[tuple[np.ndarray, ...], tuple[str, ...]]:
    """Return what `cut_text` does, in pieces that are learned from the first nine tenths, and the vocabulary."""
    train, test = text[: round(0.9 * len(text))], text[round(0.9 * len(text)) :]
    alphabet = sorted(set(train))
    vocabulary = ("", *alphabet, *learn_pieces([train], alphabet, most - 1 - len(alphabet)))
    place = {piece: token for token, piece in enumerate(vocabulary) if token}
    parts = []
    for part in (train, test):
        chunks = chunks_of(part)
        joined = {chunk: join_pieces(chunk, place) for chunk in set(chunks)}
        pieces = [piece for chunk in chunks for piece in joined[chunk]]
        tokens = np.array([place.get(piece, 0) for piece in pieces], "int32")
        whole = (len(tokens) - 1) // length * length
        parts += [tokens[first : first + whole].reshape(-1, length) for first in (0, 1)]
    return tuple(parts), vocabulary


def _learn_play(settings: Settings, files: Mapping[str, Path], progress: Progress) -> tuple[Arrays, DataSpec]:
    progress("learning pieces of words", 0.3)
    text = read_play(str(files[SHAKESPEARE_FILE.name]))
    (x_train, y_train, x_test, y_test), vocabulary = learn_play(text, LENGTH, PIECES)
    target = NextToken(vocabulary, LENGTH)
    target = replace(target, characters=target.count_characters(y_train) / y_train.size)
    spec = DataSpec(Tokens(vocabulary, LENGTH, PIECE), target, len(x_train), len(x_test))
    return {"x_train": x_train, "y_train": y_train, "x_test": x_test, "y_test": y_test}, spec


_STAND_INS = ("", *(f"piece {number}" for number in range(1, PIECES)))
SHAKESPEARE_PIECES = Dataset(
    id="tinyshakespeare_pieces",
    title="Shakespeare, in pieces of words",
    spec=DataSpec(Tokens(_STAND_INS, LENGTH, PIECE), NextToken(_STAND_INS, LENGTH, 2.1957), *_PIECES_SIZES),
    split=f"A vocabulary of {PIECES} pieces (byte-pair encoding) is learned from the first nine tenths of the text; "
    f"the last tenth is for testing. Both are cut into {LENGTH} pieces that follow each other.",
    source=SHAKESPEARE.source,
    licence=SHAKESPEARE.licence,
    load=not_loaded,
    learn=_learn_play,
    program="\n\n\n".join(
        (
            "from collections.abc import Iterable, Mapping, Sequence",
            *(
                getsource(function).rstrip()
                for function in (read_play, chunks_of, join_pieces, learn_pieces, learn_play)
            ),
            f"parts, vocabulary = learn_play(read_play({fetched(SHAKESPEARE_FILE)}), {LENGTH}, {PIECES})"
            "  # pip install tokenizers\nx_train, y_train, x_test, y_test = parts",
        )
    ),
    files=(SHAKESPEARE_FILE,),
)
