"""The ZIP file of an export: the model, a program that uses it, and a page that says what it is."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core.datasets.dataset import Dataset
from core.datasets.features import Series, Tokens
from core.datasets.targets import NextToken, TokenSequence
from core.errors import ArtifactError
from core.export.check import HOW_TIMED, Record, say_size, say_time
from core.export.formats import Format, find_format
from core.export.script import NOISE, facts_of, script_of
from core.families import Family, find_family
from core.store import Run

COLUMNS = "columns.keras"  # the network with an input for each column
EARLIEST = (1980, 1, 1, 0, 0, 0)  # time of every file in the ZIP, so that equal exports are equal


@dataclass(frozen=True, eq=False)
class Contents:
    """What goes into the ZIP file of an export.

    Args:
        run: The run.
        dataset: Its data set.
        record: Findings of the check.
        model: The written model: a file or a folder.
        input_shape, dtype: Of one example.
        noise: Inputs of a generator (n, ...); None for other networks.
        from_file: The same as a Keras file with an input for each column of a table; None if there is none.
    """

    run: Run
    dataset: Dataset
    record: Record
    model: Path
    input_shape: tuple[int, ...]
    dtype: str
    noise: np.ndarray | None = None
    from_file: Path | None = None


def write_package(path: Path, contents: Contents) -> None:
    """Write the ZIP file."""
    form, family = find_format(contents.record.format), find_family(str(contents.run.family))
    spec, makes = contents.dataset.spec, family.makes_examples
    about = {
        "run": contents.run.id,
        "name": contents.run.name,
        "data": contents.dataset.title,
        **facts_of(spec, contents.input_shape),
        "check": contents.record.to_dict(),
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        _put(file, "README.md", _readme(contents, form, family).encode())
        _put(file, "predict.py", script_of(form, spec, makes_examples=makes).encode())
        _put(file, "about.json", json.dumps(about, indent=1).encode())
        if contents.noise is not None:
            buffer = io.BytesIO()
            np.save(buffer, contents.noise, allow_pickle=False)
            _put(file, NOISE, buffer.getvalue())
        if contents.from_file is not None:
            _put(file, COLUMNS, contents.from_file.read_bytes())
        for part in files_of(contents.model):
            _put(file, str(Path(form.model) / part.relative_to(contents.model)), part.read_bytes())


def files_of(model: Path) -> list[Path]:
    """Return the files of a model, which is a file or a folder."""
    return [model] if model.is_file() else sorted(part for part in model.rglob("*") if part.is_file())


def zipped_size(model: Path) -> int:
    """Return how many bytes a model takes when it is compressed as in the ZIP file."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for part in files_of(model):
            _put(file, part.name, part.read_bytes())
        return sum(one.compress_size for one in file.infolist())


def unpack_model(package: Path, form: Format, out: Path) -> None:
    """Write the model of a ZIP file to a path of its own.

    Raises:
        ArtifactError: The path is taken by something that cannot be replaced, or cannot be written.
    """
    try:
        with zipfile.ZipFile(package) as file:
            for name in (name for name in file.namelist() if Path(name).parts[0] == form.model):
                place = out.joinpath(*Path(name).parts[1:])
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(file.read(name))
    except OSError as error:
        raise ArtifactError(f"{out} cannot be written", received=str(error.strerror)) from error


def _put(file: zipfile.ZipFile, name: str, data: bytes) -> None:
    file.writestr(zipfile.ZipInfo(name, EARLIEST), data, zipfile.ZIP_DEFLATED)


def _readme(contents: Contents, form: Format, family: Family) -> str:
    record, run, dataset = contents.record, contents.run, contents.dataset
    which = "the best on its validation examples" if record.is_best else "the last that was saved"
    shape = ", ".join(map(str, ("n", *contents.input_shape)))
    return f"""\
# {run.name}

A trained {family.title} in the format {form.title}, taken from run {run.id} of Glassbox: the network after step
{record.step:,}, {which}. It learned from {dataset.title} (licence: {dataset.licence}).

- Input: {contents.dtype} ({shape}), {_given(contents, family)}
- Output: {_made(dataset, family)}
- Size: {say_size(record.size_bytes)}, compressed {say_size(record.zip_bytes)}; the Keras file of the run:
  {say_size(record.original_bytes)}, compressed {say_size(record.original_zip_bytes)}.
- {_checked(record)}{_pruned(record, form)}{_columns(contents)}
- Time for one example: {say_time(record.latency_ms)}; in Keras {say_time(record.original_ms)} ({HOW_TIMED}).

`predict.py` uses it: `pip install numpy pillow {form.installs}`, then run it in this folder as its first line says.
"""


def _given(contents: Contents, family: Family) -> str:
    if family.makes_examples:
        return f"noise; {NOISE} holds {len(contents.noise if contents.noise is not None else ())} examples of it."
    features, target = contents.dataset.spec.features, contents.dataset.spec.target
    if isinstance(target, TokenSequence) and isinstance(features, Tokens):
        return (
            f"{features.length - target.length} characters of a question, with zeros before a short one, the end of a "
            f"line, and the first {target.length - 1} characters of the answer as far as they are known, with zeros "
            "after them; all as indices into the vocabulary of `about.json`. `predict.py` asks for one after the other."
        )
    if isinstance(features, Tokens):
        return (
            f"the last {features.length} {features.unit}s of a text, as indices into the vocabulary of `about.json`, "
            "with zeros before a short one; `predict.py` encodes them."
        )
    if isinstance(features, Series) and features.hearing:
        return "the log-mel spectrogram of a sound, as `predict.py` makes it of a WAV file (`pip install scipy`)."
    if isinstance(features, Series):
        named = "a number for each of the `columns` of `about.json`; they are scaled inside."
        return f"the last {features.length} steps of a series, {named} `predict.py` reads them from a CSV file."
    if not contents.dataset.spec.is_image:
        return "the numbers of one row each, as `predict.py` encodes them. They are scaled inside."
    looks = "centred white strokes on black, as its training images" if contents.dataset.is_centred else "pixels"
    return f"{looks}, 0 to 255. They are scaled inside."


def _made(dataset: Dataset, family: Family) -> str:
    spec = dataset.spec
    if family.makes_examples:
        return "float32 pixels, 0 to 255." if spec.is_image else "float32 coordinates."
    if isinstance(spec.target, NextToken):
        tokens = len(spec.target.vocabulary)
        return f"float32 (n, {spec.target.length}, {tokens}), for each token the probabilities of the next one."
    if isinstance(spec.target, TokenSequence):
        size = f"{spec.target.length}, {len(spec.target.vocabulary)}"
        return f"float32 (n, {size}), for each character of the answer its probabilities, from those before it."
    if spec.classes:
        return f"float32 (n, {len(spec.classes)}), a probability for each class, in the order of `about.json`."
    return f"float32 (n, 1), {facts_of(spec, ()).get('target', 'a number')}."


def _columns(contents: Contents) -> str:
    if contents.from_file is None:
        return ""
    return f"""
- `{COLUMNS}`: the same with an input for each column, by its name, as in the file: a number, NaN if it is empty, or a
  word, "" if it is empty; of a date the days since 2000-01-01, or the name of its month or day of the week. A word
  that it has never seen gives NaN. Call it with `tf.constant([[...]])` for each column."""


def _pruned(record: Record, form: Format) -> str:
    if not form.sparsity:
        return ""
    return f"""
- Pruned: {100 * record.zeros:.1f} % of its kernel weights are zero; the others then learned for one more epoch of its
  training examples."""


def _checked(record: Record) -> str:
    if record.measure == "difference":
        return f"Mean difference from Keras: {record.say(record.exported)} for the same {record.examples:,} inputs."
    new, old = record.say(record.exported), record.say(record.original)
    return f"{record.title} on {record.examples:,} test examples: {new}; in Keras {old}."
