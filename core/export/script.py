"""The short program in each export that loads the model in the format's own runtime and predicts from a file."""

from __future__ import annotations

from dataclasses import dataclass

from core.datasets.features import Image, Vector
from core.datasets.spec import DataSpec
from core.datasets.targets import Number
from core.export.formats import Format

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
_FROM_NOISE = _Part(f"python predict.py {NOISE} (the first row counts)", (), "x = np.load(sys.argv[1])[:1]")
_SAY_CLASSES = _Part(
    "",
    (),
    """\
for share, name in sorted(zip(y[0], about["classes"]), reverse=True)[:3]:
    print(f"{share:7.2%}  {name}")""",
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
    given = _FROM_NOISE if makes_examples else _PICTURE if isinstance(spec.features, Image) else _ROW
    said = _said(spec, makes_examples)
    plain = ["import json", "import sys", *(line for line in given.imports if line.startswith("import "))]
    others = ["import numpy as np", form.imports, *given.imports, *said.imports]
    packages = sorted({line for line in others if line not in plain}, key=lambda line: (line.startswith("from"), line))
    return "\n".join(
        [
            f'"""In this folder: {given.words}."""',
            "",
            *sorted(plain),
            "",
            *packages,
            "",
            'about = json.load(open("about.json", encoding="utf-8"))',
            given.lines,
            form.answers,
            said.lines,
            "",
        ]
    )


def _said(spec: DataSpec, makes_examples: bool) -> _Part:
    if makes_examples:
        return _SAVE_PICTURE if spec.is_image else _SAY_NUMBERS
    return _SAY_CLASSES if spec.classes else _SAY_NUMBERS


def facts_of(spec: DataSpec, input_shape: tuple[int, ...]) -> dict[str, object]:
    """Return what the program reads: shape of the input, columns, and what the answers mean."""
    facts: dict[str, object] = {"input": list(input_shape), "classes": list(spec.classes)}
    if isinstance(spec.features, Vector):
        facts["columns"] = [
            {"name": c.name, "values": list(c.values), "fill": c.fill, "other": c.other, "date": c.date}
            for c in spec.features.columns
        ]
    if isinstance(spec.target, Number):
        facts["target"] = spec.target.name + (f" in {spec.target.unit}" if spec.target.unit else "")
    return facts
