"""The short program in each export that loads the model in the format's own runtime and predicts from a file."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from textwrap import indent

from core.datasets.features import Image, Series, Tokens, Vector
from core.datasets.sounds.spectrogram import printed
from core.datasets.spec import DataSpec
from core.datasets.targets import NextToken, Number, TokenSequence
from core.datasets.texts.tokens import PIECE, WORD, chunks_of, join_pieces, words_of
from core.export.formats import Format

STANDARD = sys.stdlib_module_names
NOISE = "noise.npy"  # inputs of a generator


@dataclass(frozen=True)
class _Part:
    """One end of the program: what it does, its imports, and its lines."""

    words: str
    imports: tuple[str, ...]
    lines: str


_PICTURE = _Part(
    "python predict.py picture.png",
    ("from PIL import Image",),
    """\
picture = Image.open(sys.argv[1]).convert("L" if about["input"][-1] == 1 else "RGB")
x = np.asarray(picture.resize(about["input"][1::-1]), np.uint8).reshape(1, *about["input"])""",
)
_ROW = _Part(
    "python predict.py table.csv (the first row counts)",
    ("import csv", "import datetime"),
    '''\


def encode(column, cell):
    """Return the numbers of a cell; dates are written as 2024-03-01."""
    known, cell = column["values"], cell.strip()
    if not cell and column["fill"] is not None:
        cell = column["fill"]
    elif not cell and "missing" in known:
        cell = "missing"
    elif column["date"]:
        day = datetime.date.fromisoformat(cell)
        past = (day - datetime.date(2000, 1, 1)).days
        cell = {"days": past, "month": f"{day:%B}", "weekday": f"{day:%A}"}[column["date"]]
    if not known:
        return [float(cell)]
    cell = cell if cell in known else column["other"]
    if not cell:
        raise SystemExit(f"{column['name']} can only be one of {known}")
    return [cell == word for word in known]


row = next(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8-sig")))
x = np.float32([[number for column in about["columns"] for number in encode(column, row[column["name"]])]])''',
)
_SERIES = _Part(
    "python predict.py series.csv (its last rows count, each a step)",
    ("import csv",),
    """\
rows = list(csv.DictReader(open(sys.argv[1], newline="", encoding="utf-8-sig")))[-about["input"][0] :]
if len(rows) < about["input"][0]:
    raise SystemExit(f"The series is too short: it needs {about['input'][0]} steps.")
x = np.float32([[[float(row[column]) for column in about["columns"]] for row in rows]])""",
)
_SOUND = """\


FUNCTIONS


rate, samples = wavfile.read(sys.argv[1])
if samples.dtype == np.uint8:
    samples = samples / 128 - 1
elif samples.dtype.kind == "i":
    samples = samples / -float(np.iinfo(samples.dtype).min)
x = log_mel(np.float32(samples).reshape(len(samples), -1), rate, *about["hearing"])[None]"""
_TEXT = """\
place = {token: index for index, token in enumerate(about["vocabulary"]) if index}
parts = PARTS
tokens = [place.get(part, 0) for part in parts][-about["input"][0] :]  # 0 stands for what is not in the vocabulary
x = np.int32([[0] * (about["input"][0] - len(tokens)) + tokens])"""
_QUESTION = _Part(
    'python predict.py "some text"',
    (),
    """\
place = {token: index for index, token in enumerate(about["vocabulary"]) if index}
text, asked, end = sys.argv[1].strip(), about["input"][0] - about["answer"], place["\\n"]
tokens = [place.get(character, 0) for character in text]
if not 0 < len(text) <= asked or 0 in tokens:
    raise SystemExit(f"this cannot be answered; write 1 to {asked} characters of {''.join(place).strip()}")
x = np.int32([[0] * (asked - len(tokens)) + tokens + [end] + [0] * (about["answer"] - 1)])""",
)
_FROM_NOISE = _Part(f"python predict.py {NOISE} (the first row counts)", (), "x = np.load(sys.argv[1])[:1]")
_SAY_CLASSES = _Part(
    "",
    (),
    """\
for share, name in sorted(zip(y[0], about["classes"]), reverse=True)[:3]:
    print(f"{share:7.2%}  {name}")""",
)
_SAY_NEXT = _Part(
    "",
    (),
    """\
for share, token in sorted(zip(y[0, -1], about["vocabulary"]), reverse=True)[:5]:
    print(f"{share:7.2%}  {token!r}")""",
)
_SAY_ANSWER = _Part(  # each character of an answer is said from those before it
    "",
    (),
    """\
for step in range(about["answer"]):
ANSWERS
    token = int(y[0, step].argmax())
    if token == end:
        break
    print(about["vocabulary"][token], end="")
    x[0, asked + 1 + step :][:1] = token
print()""",
)
_SAY_NUMBERS = _Part("", (), "print(*y[0])")
_SAVE_PICTURE = _Part(
    "",
    ("from PIL import Image",),
    'Image.fromarray(np.clip(y[0].round(), 0, 255).astype(np.uint8).squeeze()).save("made.png")',
)


def script_of(form: Format, spec: DataSpec, *, makes_examples: bool) -> str:
    """Return the program for networks on such data.

    It reads `about.json` and the model from its own folder.
    """
    given = _FROM_NOISE if makes_examples else _given(spec)
    said = _said(spec, makes_examples)
    asks = f"{form.answers}\n{said.lines}"
    if said is _SAY_ANSWER:
        asks = said.lines.replace("ANSWERS", indent(form.answers, "    "))
    plain = ["import json", "import sys", *(line for line in given.imports if line.split()[1] in STANDARD)]
    others = ["import numpy as np", form.imports, *given.imports, *said.imports]
    packages = {line for line in others if line not in plain}
    return "\n".join(
        [
            f'"""In this folder: {given.words}."""',
            "",
            *_in_order(plain),
            "",
            *_in_order(packages),
            "",
            'with open("about.json", encoding="utf-8") as file:',
            "    about = json.load(file)",
            given.lines,
            form.loads,
            asks,
            "",
        ]
    )


def _in_order(imports: Iterable[str]) -> list[str]:
    return sorted(imports, key=lambda line: (line.startswith("from"), line))


def _given(spec: DataSpec) -> _Part:
    features = spec.features
    if isinstance(spec.target, TokenSequence):
        return _QUESTION
    if isinstance(features, Image):
        return _PICTURE
    if isinstance(features, Series):
        imports = ("from functools import lru_cache", "from scipy.io import wavfile")
        heard = _Part("python predict.py sound.wav", imports, _SOUND.replace("FUNCTIONS", printed()))
        return heard if features.hearing else _SERIES
    if not isinstance(features, Tokens):
        return _ROW
    used, parts = list[Callable[..., object]](), "list(sys.argv[1])"
    if features.unit == WORD:
        used, parts = [words_of], "words_of(sys.argv[1])"
    if features.unit == PIECE:
        used = [chunks_of, join_pieces]
        parts = "[part for chunk in chunks_of(sys.argv[1]) for part in join_pieces(chunk, place)]"
    sources = "".join(f"\n\n{_plain(inspect.getsource(function))}\n" for function in used)
    lines = f"{sources}\n\n{_TEXT}" if used else _TEXT
    return _Part('python predict.py "some text"', (), lines.replace("PARTS", parts))


def _plain(source: str) -> str:
    """Return a function without the types of its arguments, which it would have to import."""
    return re.sub(r": (str|Mapping\[str, int\])(?=[,)])", "", source).rstrip()


def _said(spec: DataSpec, makes_examples: bool) -> _Part:
    if makes_examples:
        return _SAVE_PICTURE if spec.is_image else _SAY_NUMBERS
    if isinstance(spec.target, NextToken):
        return _SAY_NEXT
    if isinstance(spec.target, TokenSequence):
        return _SAY_ANSWER
    return _SAY_CLASSES if spec.classes else _SAY_NUMBERS


def facts_of(spec: DataSpec, input_shape: tuple[int, ...]) -> dict[str, object]:
    """Return what the program reads: shape of the input, columns, and what the answers mean."""
    facts: dict[str, object] = {"input": list(input_shape), "classes": list(spec.classes)}
    if isinstance(spec.features, Vector):
        facts["columns"] = [
            {"name": c.name, "values": list(c.values), "fill": c.fill, "other": c.other, "date": c.date}
            for c in spec.features.columns
        ]
    if isinstance(spec.features, Series):
        facts["columns"] = [column.name for column in spec.features.columns]
        if heard := spec.features.hearing:
            facts["hearing"] = [heard.rate_hz, heard.seconds, heard.bands]
    if isinstance(spec.features, Tokens):
        facts["tokens"], facts["vocabulary"] = f"{spec.features.unit}s", list(spec.features.vocabulary)
    if isinstance(spec.target, TokenSequence):
        facts["answer"] = spec.target.length
    if isinstance(spec.target, Number):
        facts["target"] = spec.target.name + (f" in {spec.target.unit}" if spec.target.unit else "")
    return facts
