"""Whatever a file holds, its reader gives data or one sentence: valid files edited, headers that claim anything."""

import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.datasets.arrays.files import plan_arrays, read_arrays
from core.datasets.classes.labels import read_labels
from core.datasets.images.pixels import read_npy_pair, read_pixels
from core.datasets.tables.files import read_table
from core.datasets.tables.tables import describe_table
from core.datasets.texts.texts import describe_text, read_text
from core.errors import DatasetError

SENTENCE = 600  # characters; a list of arrays or columns may be in it
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 8, 8), np.uint8)
LABELS = np.arange(12) % 3
DTYPES = (
    *("()", "[]", "{}", "None", "''", "1", "'S0'", "'U0'", "'O'", "('f4', (2,))", "[('a', 'f4')]", "'<c8'", "'<M8[s]'"),
    *("'|V5'", "'<U999999999'", "'|b1'", "'<f2'", "'<f4'", "'<f8'", "'>i2'", "'<u8'", "'<U3'", "'|S3'", "(" * 9000),
    *("(" * 90 + ")" * 90, "-" * 3000 + "1", "'\ud800'"),
)
SHAPES = (
    *("()", "(12,)", "(-12,)", "(12, 8, 8)", "(12, 8, 8, 1)", "(12, 64)", "(12, 3)", "(0, 8, 8)", "(12, -8, 8)"),
    *("(12, True, 8)", "(12.0, 8)", "[12, 8, 8]", "None", "(999999999999999999999, 8, 8)", "(2,) * 40", "('a',)"),
    *("(0, 99999999999999999999)", "(1000000000,)", "(12, 100000000)", "(1,) * 60"),
)


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@st.composite
def claims(draw: st.DrawFn) -> bytes:
    """An array whose header says anything."""
    dtype, shape = draw(st.sampled_from(DTYPES)), draw(st.sampled_from(SHAPES))
    order = draw(st.sampled_from(("False", "True", "None")))
    text = f"{{'descr': {dtype}, 'fortran_order': {order}, 'shape': {shape}, }}\n".encode(errors="surrogatepass")
    version = draw(st.sampled_from((1, 1, 2, 3, 9)))
    length = draw(st.sampled_from((len(text), len(text), 2**16 - 1)))
    body = draw(st.sampled_from((0, 12, 96, 768, 6144))) * draw(st.sampled_from((b"\0", b"\1", b"\xff", b"\x3f")))
    return b"\x93NUMPY" + bytes((version, 0)) + length.to_bytes(2 if version == 1 else 4, "little") + text + body


@st.composite
def edits(draw: st.DrawFn) -> Callable[[bytes], bytes]:
    """A few bytes overwritten, left out or put in, or the end cut off."""
    places = draw(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 8), st.binary(max_size=8)), max_size=5))
    cut = draw(st.sampled_from((1, 1, 1, 0.9, 0.2)))

    def edit(data: bytes) -> bytes:
        for share, gone, new in places:
            place = int(share * len(data))
            data = data[:place] + new + data[place + gone :]
        return data[: int(cut * len(data))]

    return edit


def says_one_sentence(read: Callable[[], object], folder: Path) -> None:
    try:
        found = read()
    except DatasetError as error:
        sentence = str(error)
        assert "\n" not in sentence
        assert len(sentence) < SENTENCE
        assert str(folder) not in sentence
        sentence.encode()
    else:
        json.dumps(found, ensure_ascii=False).encode()  # as a card keeps it


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def npz(arrays: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in arrays.items():
            archive.writestr(f"{name}.npy", data)
    return file.getvalue()


VALID = {"x_train": npy(IMAGES), "y_train": npy(LABELS), "x_test": npy(IMAGES), "y_test": npy(LABELS)}


def look_at_npz(path: Path) -> object:
    plan = plan_arrays(path, "f.npz")
    arrays = read_arrays(path, "f.npz", plan)
    assert arrays["x_train"].dtype == np.uint8
    assert len(arrays["x_train"]) == len(arrays["y_train"])
    return plan.labels.classes, plan.said


@settings(max_examples=60)
@given(claims(), st.sampled_from(sorted(VALID)))
@example(b"\x93NUMPY\1\0\x3b\0{'descr': (), 'fortran_order': False, 'shape': (12, 8, 8), }\n", "x_train")
def test_headers_that_claim_anything(folder: Path, claim: bytes, name: str) -> None:
    (folder / "f.npz").write_bytes(npz({**VALID, name: claim}))
    says_one_sentence(lambda: look_at_npz(folder / "f.npz"), folder)
    for part, data in (("x", VALID["x_train"]), ("y", VALID["y_train"])):
        (folder / f"{part}.npy").write_bytes(claim if part == name[0] else data)
    says_one_sentence(lambda: list(read_npy_pair(folder / "x.npy", folder / "y.npy")[2:]), folder)


def look_at_table(path: Path) -> object:
    return asdict(describe_table(read_table(path, "t")))


def look_at_pixels(path: Path) -> object:
    return read_pixels(path, "t")[2:]


def look_at_text(path: Path) -> object:
    return asdict(describe_text(read_text(path, "t")))


TABLE = pd.DataFrame(
    {
        "id": range(12),
        "kind": ["None", "b c", "NA", "\U0001f600"] * 3,
        "size": [1.5, None, -3, 1e300] * 3,
        "when": pd.Timestamp("2024-05-01"),
    }
)


def table_as(kind: str) -> bytes:
    file = io.BytesIO()
    if kind == "parquet":
        columns = {name: pa.array(TABLE[name]) for name in TABLE} | {"raw": pa.array([b"ab"] * 12)}
        pq.write_table(pa.table(columns), file, use_dictionary=False)
    elif kind == "xlsx":
        TABLE.to_excel(file, index=False)
    else:
        TABLE.to_csv(file, index=False, encoding=kind)
    return file.getvalue()


PIXELS = pd.DataFrame(IMAGES.reshape(12, -1)).assign(label=["a", "b"] * 6).to_csv().encode()
FILES = {
    "arrays": (npz(VALID), look_at_npz, 30),
    "pixels": (PIXELS, look_at_pixels, 30),
    "a text as a table": (table_as("utf-8"), look_at_table, 30),
    "a table of Windows": (table_as("utf-16"), look_at_table, 25),
    "Parquet": (table_as("parquet"), look_at_table, 60),
    "Excel": (table_as("xlsx"), look_at_table, 30),
    "text": ("Ein Text, 1 Käse.\n".encode() * 9, look_at_text, 25),
}


@pytest.mark.parametrize(("data", "look", "examples"), FILES.values(), ids=FILES)
def test_valid_files_that_were_edited(folder: Path, data: bytes, look: Callable[[Path], object], examples: int) -> None:
    @settings(max_examples=examples)
    @given(edits())
    def run(edit: Callable[[bytes], bytes]) -> None:
        (folder / "t").write_bytes(edit(data))
        says_one_sentence(lambda: look(folder / "t"), folder)

    (folder / "t").write_bytes(data)
    json.dumps(look(folder / "t"))  # as it is, it is read
    run()


PARTS = ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml")


@settings(max_examples=30)
@given(edits(), st.sampled_from(PARTS))
def test_workbooks_with_an_edited_part(folder: Path, edit: Callable[[bytes], bytes], part: str) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(table_as("xlsx"))) as old, zipfile.ZipFile(file, "w") as new:
        for name in old.namelist():
            new.writestr(name, edit(old.read(name)) if name == part else old.read(name))
    (folder / "t").write_bytes(file.getvalue())
    says_one_sentence(lambda: look_at_table(folder / "t"), folder)


@given(st.lists(st.one_of(st.floats(), st.integers(-2, 2).map(float)), min_size=1, max_size=6))
def test_any_floats_are_labels_or_refused(folder: Path, values: list[float]) -> None:
    says_one_sentence(lambda: read_labels({"y": np.array(values)}).classes, folder)


@given(st.lists(st.text(st.characters(), max_size=3), min_size=1, max_size=6))
@example(["\ud800", "a"])
def test_any_words_are_labels_or_refused(folder: Path, values: list[str]) -> None:
    says_one_sentence(lambda: read_labels({"y": np.array(values)}).classes, folder)


def test_bytes_in_parquet_that_are_no_text_are_refused_by_their_column(folder: Path) -> None:
    for kind in (pa.binary(), pa.large_binary(), pa.binary(2)):
        pq.write_table(pa.table({"picture": pa.array([b"\xff\xd8"] * 3, kind)}), folder / "t")
        with pytest.raises(DatasetError, match="the column 'picture' holds bytes, expected numbers or words"):
            read_table(folder / "t", "t")
