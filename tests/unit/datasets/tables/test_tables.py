import json
import random
import subprocess
import sys
import zipfile
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import numpy as np
import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from core.datasets.tables.files import read_table
from core.datasets.tables.tables import check_target, describe_table
from core.errors import DatasetError
from core.units import MB

ROOT = Path(__file__).parents[4]
PEOPLE = pd.DataFrame(
    {"name": ["Ann", "Zoé", "Jürgen"], "age": [31, 4, 77], "height": [1.7, np.nan, 1.85], "smokes": [True, False, True]}
)


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "table"


def stored(path: Path, data: bytes | str) -> Path:
    path.write_bytes(data.encode() if isinstance(data, str) else data)
    return path


def read(path: Path, data: bytes | str) -> pd.DataFrame:
    return read_table(stored(path, data), "people.csv")


def refuses(path: Path, words: str) -> None:
    with pytest.raises(DatasetError, match=words) as caught:
        read_table(path, "people.csv")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 300
    assert str(path.parent) not in str(caught.value)


def same(frame: pd.DataFrame, expected: pd.DataFrame = PEOPLE) -> None:
    pd.testing.assert_frame_equal(frame, expected, check_dtype=False)


# Reading CSV


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_separator_and_encoding_are_found_out(target: Path, separator: str, encoding: str) -> None:
    PEOPLE.to_csv(target, sep=separator, encoding=encoding, index=False)
    same(read_table(target, "people.csv"))


def test_decimal_commas_are_read_where_they_separate_no_cells(target: Path) -> None:
    PEOPLE.to_csv(target, sep=";", decimal=",", index=False)
    same(read_table(target, "people.csv"))


@pytest.mark.parametrize(
    ("cells", "numbers"),
    [
        (["1.234,56", "7,5", "-12.000.000"], [1234.56, 7.5, -12e6]),
        (["1,234.50", "7", "12,000.25"], [1234.5, 7, 12000.25]),
        (["1 234,5", "", "7 000 000"], [1234.5, np.nan, 7e6]),
        (["1'234.5", "2", "3"], [1234.5, 2, 3]),
    ],
)
def test_marks_between_thousands_are_read_where_the_whole_column_fits(
    target: Path, cells: list[str], numbers: list[float]
) -> None:
    frame = read(target, "\n".join(["price;what", *(f"{cell};x" for cell in cells)]).encode())
    np.testing.assert_allclose(frame["price"].to_numpy(float), numbers)


@pytest.mark.parametrize("cells", [["1.234,56", "1,234.56"], ["1.2.2003", "11.12.2004"], ["1.234,56", "about 7"]])
def test_what_is_not_written_one_way_stays_text(target: Path, cells: list[str]) -> None:
    frame = read(target, "\n".join(["price;what", *(f"{cell};x" for cell in cells)]).encode())
    assert frame["price"].tolist() == cells


def test_codes_keep_their_zeros(target: Path) -> None:
    frame = read(target, b"id;plain;share\n0001;1;0,5\n0002;20;07\n0010;3;1")
    assert frame["id"].tolist() == ["0001", "0002", "0010"]
    assert frame["plain"].tolist() == [1, 20, 3]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_cells_in_quotation_marks_may_hold_anything(target: Path, end: str) -> None:
    frame = read(target, end.join(["a,b", '"x, y","say ""hi"""', '"two', 'lines",2', ""]))
    assert frame["a"].str.replace(r"[\r\n]+", "/", regex=True).tolist() == ["x, y", "two/lines"]
    assert frame["b"].tolist() == ['say "hi"', "2"]


def test_a_table_without_names_gets_some(target: Path) -> None:
    same(read(target, "1,2\n3,4\n"), pd.DataFrame({"column 1": [1, 3], "column 2": [2, 4]}))


def test_names_are_short_and_differ(target: Path) -> None:
    frame = read(target, f"a,a,,{'x' * 999},\n1,2,3,4,\n")
    assert frame.columns.is_unique
    assert frame.columns[0] == "a"
    assert frame.columns[2] == "column 3"
    assert len(frame.columns) == 4  # the last has neither name nor values
    assert max(map(len, frame.columns)) <= 80


def test_one_column_is_a_table(target: Path) -> None:
    same(read(target, "name\nAnn\nBob\n"), pd.DataFrame({"name": ["Ann", "Bob"]}))


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "people.csv is empty"),
        (b"a,b\n", "has no rows"),
        (b"\n\n\n", "people.csv is empty"),
        (b"a,b\n1,2\n1,2,3\n", "wrong number of cells in line 3, expected 2, received 3"),
        (b"a,b\n1,2,3\n1,2,3\n1,2,3\n", "more cells than columns|wrong number of cells"),
        (b'a,b\n1,"2\n3,4\n', "an unclosed quotation mark"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", "a binary file, not a text"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "an old Excel file"),
        (b"," * 1000 + b"\n" + b"1," * 1000, "too many columns, expected at most 1,000, received 1,001"),
        (b"x" * (3 * MB), "a line of more than 1 MB"),
        (b"a,b\n" + b"1," * (2 * MB), "a line of more than 1 MB"),
        (b"PK\3\4" + bytes(99), "damaged"),
        (b"PAR1" + bytes(99), "damaged or incomplete"),
        (b"PAR1" + bytes(17 * MB) + (17 * MB).to_bytes(4, "little") + b"PAR1", "damaged or incomplete"),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(target: Path, data: bytes, words: str) -> None:
    refuses(stored(target, data), words)


def test_a_file_that_is_gone_or_too_large_is_refused(target: Path) -> None:
    refuses(target, "cannot be read")
    with target.open("wb") as file:
        file.truncate(201 * MB)
    refuses(target, "too large, expected at most 200 MB")


def test_the_limit_of_rows_is_exact(target: Path) -> None:
    assert len(read(target, "a\n" + "1\n" * 1_000_000)) == 1_000_000
    refuses(stored(target, "a\n" + "1\n" * 1_000_001), "too many rows, expected at most 1,000,000")


def test_too_many_cells_are_refused_although_rows_and_columns_are_few(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.datasets.tables.files.MOST_CELLS", 6)
    assert read(target, "a,b\n1,2\n3,4\n5,6\n").size == 6
    with pytest.raises(DatasetError, match="too many"):  # nothing beyond the limit is looked at
        read(target, "a,b\n1,2\n3,4\n5,6\n7,8\n" + "1,2\n" * 99_999 + "1,2,3\n")


def repeated_text(path: Path) -> None:
    words = pa.DictionaryArray.from_arrays(pa.array(np.zeros(200_000, np.int32)), pa.array(["x" * 50_000]))
    pq.write_table(pa.table({"a": words}), path, store_schema=False)
    assert path.stat().st_size < MB


HOSTILE: dict[str, Callable[[Path], object]] = {
    "people.csv has a line of more than 1 MB": lambda path: path.write_bytes(b"a,b\n" + b"x" * (150 * MB)),
    "people.csv has too many columns": lambda path: path.write_bytes(b"," * (MB - 9) + b"\n1\n"),
    "b.xml in the ZIP unpacks to": lambda path: zip_of(path, {"xl/b.xml": b"<a>" + b" " * (90 * MB)}),
    "people.csv is damaged": lambda path: path.write_bytes(b"PAR1" + (2**31 - 1).to_bytes(4, "little") + b"PAR1"),
    "people.csv is too large unpacked": repeated_text,
}


def test_hostile_tables_are_refused_by_a_process_that_has_little_memory(tmp_path: Path) -> None:
    for number, write in enumerate(HOSTILE.values()):
        write(tmp_path / str(number))
    code = """
import resource, sys
from pathlib import Path
import pandas, pyarrow.parquet, pyarrow.compute, openpyxl, charset_normalizer
from core.datasets.tables.files import read_table
from core.errors import DatasetError
from core.units import MB
used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (used + 150 * 2**20, used + 150 * 2**20))
for path in sys.argv[1:]:
    try:
        read_table(Path(path), "people.csv")
    except DatasetError as error:
        print(error, "because of", repr(error.__cause__))
"""
    command = [sys.executable, "-c", code, *(str(tmp_path / str(number)) for number in range(len(HOSTILE)))]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    lines = done.stdout.splitlines()
    assert "MemoryError" not in done.stdout
    assert [words in line for words, line in zip(HOSTILE, lines, strict=True)] == [True] * len(HOSTILE), lines


# Reading Parquet


def test_parquet_is_read_whatever_its_name(target: Path) -> None:
    PEOPLE.to_parquet(target)
    same(read_table(target, "people.csv"))


@pytest.mark.parametrize("compression", ["snappy", "gzip", "zstd", "none"])
def test_parquet_of_many_types_is_read(target: Path, compression: str) -> None:
    frame = pd.DataFrame(
        {
            "when": pd.date_range("2024-01-01", periods=99),
            "kind": pd.Categorical(["a", "b", None] * 33),
            "word": [f"w{number}" for number in range(99)],
            "part": np.arange(99, dtype=np.int16) ** 2,
        }
    )
    frame.set_index("part").to_parquet(target, compression=None if compression == "none" else compression)
    found = read_table(target, "x")
    assert sorted(found) == sorted(frame)
    assert found["word"].tolist() == frame["word"].tolist()
    assert found["kind"].isna().sum() == 33
    assert [column.kind for column in describe_table(found[["when", "kind"]]).columns] == ["date", "category"]


def test_a_cut_parquet_file_is_refused(target: Path) -> None:
    PEOPLE.to_parquet(target)
    whole = target.read_bytes()
    for end in (len(whole) - 1, len(whole) // 2, 12):
        refuses(stored(target, whole[:end]), "damaged")


def test_flipped_bytes_of_a_parquet_file_are_read_or_refused(target: Path) -> None:
    PEOPLE.to_parquet(target)
    whole, random_place = target.read_bytes(), random.Random(1)
    for _ in range(60):
        place = random_place.randrange(4, len(whole))
        try:
            read(target, whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        except DatasetError:
            continue


def test_lists_in_cells_are_refused(target: Path) -> None:
    pq.write_table(pa.table({"a": [1, 2], "b": [[1], [2, 3]]}), target)
    refuses(target, "the column b holds lists or records")


def test_the_footer_of_a_parquet_file_is_read_before_its_rows(target: Path) -> None:
    pq.write_table(pa.table({"a": np.zeros(1_000_001, np.int8)}), target)
    refuses(target, "too many rows, expected at most 1,000,000, received 1,000,001")
    pq.write_table(pa.table({f"c{number}": [1] for number in range(1001)}), target)
    refuses(target, "too many columns")


def test_values_of_a_fixed_large_size_are_counted_before_they_are_read(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pq.write_table(pa.table({"a": pa.array([bytes(20_000)] * 99, pa.binary(20_000))}), target)
    assert target.stat().st_size < MB / 4
    assert len(read_table(target, "x")) == 99
    monkeypatch.setattr("core.datasets.tables.files.MOST_EXPANDED_MB", 1)
    monkeypatch.setattr("core.datasets.tables.files._expanded_bytes", lambda array: pytest.fail("it is read"))
    refuses(target, "is too large unpacked, expected at most 1 MB")


# Reading Excel


def book(path: Path, **sheets: list[list[object]]) -> Path:
    found = openpyxl.Workbook()
    found.remove(found.active)
    for title, rows in sheets.items():
        sheet = found.create_sheet(title)
        for row in rows:
            sheet.append(row)
    found.save(path)
    return path


def zip_of(path: Path, files: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return path


def with_part(path: Path, name: str, change: Callable[[bytes], bytes]) -> Path:
    """Make a small workbook, one of whose parts is changed."""
    book(path, one=[["a", "b"], [1, 2]])
    with zipfile.ZipFile(path) as archive:
        files = {info.filename: archive.read(info) for info in archive.infolist()}
    return zip_of(path, {**files, name: change(files[name])})


def test_the_first_sheet_of_a_workbook_is_read(target: Path) -> None:
    people = [list(PEOPLE), *PEOPLE.astype(object).where(PEOPLE.notna(), None).to_numpy().tolist()]
    book(target, people=people, others=[["x"], [1]])
    same(read_table(target, "people.csv"))


def test_a_workbook_of_charts_alone_is_refused(target: Path) -> None:
    charts = openpyxl.Workbook()
    charts.create_chartsheet("chart")
    charts.remove(charts.active)
    charts.save(target)
    with pytest.raises(DatasetError, match=r"^people\.csv is damaged or not an Excel file"):
        read_table(target, "people.csv")


def test_excel_as_pandas_reads_it(target: Path) -> None:
    path = target.with_suffix(".xlsx")
    book(path, one=[["when", "n", "t"], [pd.Timestamp("2024-05-01"), 1.5, "x"], [None, None, None], [None, 2, "y"]])
    expected = pd.read_excel(path).dropna(how="all").reset_index(drop=True)
    same(read_table(path, "x"), expected)


def test_a_workbook_without_names_gets_some(target: Path) -> None:
    same(read_table(book(target, one=[[1, 2], [3, 4]]), "x"), pd.DataFrame({"column 1": [1, 3], "column 2": [2, 4]}))


def test_a_sheet_is_refused_if_it_would_be_large_once_all_rows_are_as_long_as_the_longest(
    target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("core.datasets.tables.files.MOST_EXCEL_CELLS", 60)
    assert len(read_table(book(target, one=[["a"] * 10, *[[1]] * 5]), "x")) == 5
    refuses(book(target, one=[["a"] * 10, *[[1]] * 6]), "too many cells, expected at most 60, received 7 rows of 10")


def test_formulas_that_went_wrong_are_missing(target: Path) -> None:
    frame = read_table(book(target, one=[["a", "b"], [1, "#DIV/0!"], [2, 3], ["#N/A", 4]]), "x")
    assert frame.isna().sum().to_dict() == {"a": 1, "b": 1}
    assert {column.kind for column in describe_table(frame).columns} == {"number"}


def test_flipped_bytes_of_a_workbook_are_read_or_refused(target: Path) -> None:
    whole, random_place = book(target, one=[["a", "b"], [1, "x"]]).read_bytes(), random.Random(1)
    for _ in range(60):
        place = random_place.randrange(4, len(whole))
        try:
            read(target, whole[:place] + bytes([whole[place] ^ 0xFF]) + whole[place + 1 :])
        except DatasetError:
            continue


def test_an_empty_workbook_is_refused(target: Path) -> None:
    refuses(book(target, one=[]), "has no rows")
    refuses(book(target, one=[["a", "b"]]), "has no rows")


def test_a_zip_of_something_else_is_refused(target: Path) -> None:
    refuses(zip_of(target, {"cats/1.jpg": b"x"}), "damaged or not an Excel file")


SHEET = "xl/worksheets/sheet1.xml"
WORKBOOKS: dict[str, tuple[str, Callable[[bytes], bytes], str]] = {
    "a cell far to the right": (SHEET, lambda data: data.replace(b'r="B2"', b'r="XFD2"'), "too many columns"),
    "a cell beyond all columns": (SHEET, lambda data: data.replace(b'r="B2"', b'r="ZZZZZZ2"'), "too many columns"),
    "a row far below": (SHEET, lambda data: data.replace(b'<row r="2"', b'<row r="99999999999"'), "too many rows"),
    "a lie about its size": (SHEET, lambda data: data.replace(b'ref="A1:B2"', b'ref="A1:XFD1048576"'), ""),
    "elements nobody knows": (
        SHEET,
        lambda data: data.replace(
            b"<sheetData>", b"<sheetData>" + b"".join(b"<a%d/>" % (n % 997) for n in range(300_000))
        ),
        "too large a workbook",
    ),
    "elements in the styles": (
        "xl/styles.xml",
        lambda data: data.replace(b"<fonts", b"".join(b"<a%d/>" % (n % 997) for n in range(300_000)) + b"<fonts"),
        "too large a workbook",
    ),
    "entities": (
        SHEET,
        lambda data: b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>' + data,
        "damaged or not an Excel file",
    ),
    "one endless text": (
        SHEET,
        lambda data: data.replace(b"<v>1</v>", b"<v>" + random.Random(1).randbytes(4 * MB).hex().encode() + b"</v>"),
        "too large a workbook",
    ),
    "a sheet that ends early": (SHEET, lambda data: data[: len(data) // 2], "damaged or not an Excel file"),
}


@pytest.mark.parametrize("case", WORKBOOKS)
def test_hostile_workbooks_are_refused(target: Path, case: str) -> None:
    part, change, words = WORKBOOKS[case]
    path = with_part(target, part, change)
    if words:
        refuses(path, words)
    else:
        same(read_table(path, "x"), pd.DataFrame({"a": [1], "b": [2]}))


# Describing


def described(**columns: list[object]) -> dict[str, str]:
    return {column.name: column.kind for column in describe_table(pd.DataFrame(columns)).columns}


def test_numbers_of_a_column_agree_with_plain_counting() -> None:
    frame = pd.DataFrame({"x": [3.0, None, 1.5, 3.0, -2.0], "w": ["a", " ", "b c", None, " a "]})
    check = describe_table(frame)
    first, second = check.columns
    assert (first.kind, first.missing, first.distinct, first.low, first.high) == ("number", 1, 3, -2.0, 3.0)
    assert first.examples == ("3", "1.5", "-2")
    assert (second.missing, second.distinct, second.examples) == (2, 2, ("a", "b c"))
    assert (second.low, second.high) == (None, None)
    assert (check.rows, check.duplicates) == (5, 0)
    json.dumps(asdict(check), allow_nan=False)


def test_kinds_are_guessed() -> None:
    count = 60
    assert described(
        passenger=list(range(1, count + 1)),
        code=[f"X{number * 7 % 97}" for number in range(count)],
        customer_id=[number * 7919 % 9973 for number in range(count)],
        size=[number * 0.37 for number in range(count)],
        price=[str(number * 1.5) for number in range(count)],
        grade=[number % 3 for number in range(count)],
        colour=["red", "green", "blue"] * 20,
        likes=[True, False] * 30,
        comment=[f"some longer words about the matter, number {number}" for number in range(count)],
        born=[f"2001-02-{number % 28 + 1:02}" for number in range(count)],
        german=[f"{number % 28 + 1}.02.2001" for number in range(count)],
        nothing=[None] * count,
        same=["x"] * count,
        years=[1900 + number * 7 % 90 for number in range(count)],
    ) == {
        "passenger": "identifier",
        "code": "identifier",
        "customer_id": "identifier",
        "size": "number",
        "price": "number",
        "grade": "category",
        "colour": "category",
        "likes": "category",
        "comment": "text",
        "born": "date",
        "german": "date",
        "nothing": "constant",
        "same": "constant",
        "years": "number",
    }


@pytest.mark.parametrize(("day", "kind"), [("1/2/2003", "date"), ("25/12/2003", "date"), ("12/25/2003", "date")])
def test_dates_that_could_be_of_two_kinds_are_read_as_their_others(day: str, kind: str) -> None:
    days = [f"{number % 12 + 1}/{number % 7 + 1}/2003" for number in range(200)]
    assert described(x=[*days, day]) == {"x": kind}
    assert described(x=[*days, "25/12/2003", "12/25/2003"]) != {"x": "date"}


def test_texts_that_are_numbers_have_a_range() -> None:
    column = describe_table(pd.DataFrame({"x": ["1.5", " -2", "1e3"]})).columns[0]
    assert (column.kind, column.low, column.high) == ("number", -2.0, 1000.0)


def test_infinite_values_are_not_in_the_range() -> None:
    check = describe_table(pd.DataFrame({"x": [1.0, np.inf, 2.0]}))
    assert (check.columns[0].low, check.columns[0].high) == (1.0, 2.0)
    json.dumps(asdict(check), allow_nan=False)


def test_rows_that_repeat_are_counted_even_of_mixed_cells() -> None:
    frame = pd.DataFrame({"a": [1, "x", 1, "x", 1], "b": [[1], [2], [1], [2], [3]]})
    assert describe_table(frame).duplicates == 2


def test_a_kind_can_be_chosen() -> None:
    frame = pd.DataFrame({"zip": [10115, 20095, 80331, 50667], "x": [0.5, 1, 2, 3]})
    assert describe_table(frame).columns[0].kind == "number"
    column = describe_table(frame, kinds={"zip": "category"}).columns[0]
    assert (column.kind, column.low) == ("category", None)


@pytest.mark.parametrize(
    ("kind", "values", "words"),
    [
        ("number", ["1", "2", "two", "three"], "the column 'x' does not fit the kind number, received 'two' in row 3"),
        (
            "date",
            ["2001-02-03", "2001-02-31"],
            "the column 'x' does not fit the kind date, received '2001-02-31' in row 2",
        ),
        ("date", [1, 2], "the column 'x' does not fit the kind date, received '1' in row 1"),
        ("identifier", ["a", None, "b", "a"], "the column 'x' does not fit the kind identifier, received 'a' in row 4"),
        ("constant", [1.0, 1.0, 2.0], "the column 'x' does not fit the kind constant, received '2' in row 3"),
        ("colour", [1, 2], "there is no kind 'colour', expected one of number, category"),
    ],
)
def test_a_kind_that_does_not_fit_names_column_and_value(kind: str, values: list[object], words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        describe_table(pd.DataFrame({"x": values}), kinds={"x": kind})


def test_a_kind_for_a_column_that_is_not_there_is_refused() -> None:
    with pytest.raises(DatasetError, match="there is no column 'y', received x"):
        describe_table(pd.DataFrame({"x": [1]}), kinds={"y": "number"})


# A target


def flowers(rows: int = 150) -> pd.DataFrame:
    generator = np.random.default_rng(1)
    return pd.DataFrame(
        {
            "petal": generator.normal(size=rows),
            "width": generator.integers(0, 50, rows),
            "species": np.array(["setosa", "virginica", "versicolor"])[np.arange(rows) % 3],
        }
    )


def test_a_good_target_has_no_problems() -> None:
    check = check_target(flowers(), "species", "category")
    assert check.problems == ()
    assert check.classes == (("setosa", 50), ("versicolor", 50), ("virginica", 50))
    assert (check.rows, check.missing, check.low) == (150, 0, None)
    number = check_target(flowers(), "petal", "number")
    assert (number.classes, number.problems) == ((), ())
    assert (number.low, number.high) == (flowers()["petal"].min(), flowers()["petal"].max())
    json.dumps([asdict(check), asdict(number)])


def test_classes_that_are_numbers_come_in_their_order() -> None:
    frame = pd.DataFrame({"digit": [10.0, 2.0, None, 2.0, 10.0, 1.0, 1.0]})
    assert check_target(frame, "digit", "category").classes == (("1", 2), ("2", 2), ("10", 2))


def test_missing_values_are_said() -> None:
    frame = flowers()
    frame.loc[[3, 5, 7], "species"] = None
    check = check_target(frame, "species", "category")
    assert check.problems == ("3 of 150 rows have no value in 'species' and will be left out.",)
    assert (check.rows, check.missing) == (147, 3)
    frame = flowers()
    frame.loc[3, "species"] = "  "
    assert check_target(frame, "species", "category").problems[0].startswith("1 of 150 rows has no value")


@pytest.mark.parametrize(
    ("change", "column", "kind", "words"),
    [
        ({"species": ["rare", *["a", "b"] * 75][:150]}, "species", "category", "The class 'rare' has only one row"),
        ({"species": ["x", "y", *["a", "b"] * 75][:150]}, "species", "category", "2 classes have only one row"),
        ({"species": ["a"] * 150}, "species", "category", "nothing to predict"),
        ({"species": [f"s{n % 120}" for n in range(150)]}, "species", "category", "There are 120 classes; at most 100"),
        ({"species": [f"s{n}" for n in range(150)]}, "species", "category", "looks like an identifier"),
        ({"species": [f"Mr {n}" for n in range(150)]}, "species", "category", "looks like an identifier"),
        ({"petal": list(range(150))}, "petal", "number", "looks like an identifier"),
        ({"petal": [2.5] * 150}, "petal", "number", "Every row has the value 2.5"),
        ({"petal": [np.inf, *[0.5, 1.5] * 75][:150]}, "petal", "number", "1 of 150 rows has an infinite value"),
        ({"copy": flowers()["species"]}, "species", "category", "'copy' gives away 'species'"),
        ({"code": flowers()["species"].str.len()}, "species", "category", "'code' gives away 'species'"),
        ({"copy": flowers()["petal"]}, "petal", "number", "'copy' gives away 'petal'"),
    ],
)
def test_what_is_wrong_with_a_target_is_said(
    change: dict[str, list[object]], column: str, kind: str, words: str
) -> None:
    check = check_target(flowers().assign(**change), column, kind)  # type: ignore[arg-type]
    said = (*check.problems, *check.leaks)
    assert any(words in one for one in said), said
    assert all(one.endswith(".") for one in said)


def test_two_columns_of_different_values_are_no_leak() -> None:
    check = check_target(flowers().assign(other=np.random.default_rng(2).normal(size=150)), "petal", "number")
    assert check.leaks == ()


def test_a_leak_is_found_though_the_rows_are_sorted_by_class() -> None:
    frame = flowers(4500).sort_values("species", ignore_index=True)
    assert check_target(frame.assign(copy=frame["species"]), "species", "category").leaks != ()


def test_a_copy_with_a_single_other_value_is_no_leak() -> None:
    frame = flowers(3000)
    frame["near"] = frame["species"]
    frame.loc[2500, "near"] = "setosa" if frame.loc[2500, "species"] != "setosa" else "virginica"
    assert check_target(frame, "species", "category").leaks == ()


@pytest.mark.parametrize(
    ("column", "kind", "words"),
    [
        ("colour", "category", "there is no column 'colour', received petal, width, species, none"),
        ("species", "number", "the column 'species' does not fit the kind number, received 'setosa' in row 1"),
        ("none", "category", "the column 'none' has no values"),
        ("petal", "date", "a target cannot be a date"),
    ],
)
def test_a_target_that_cannot_be_is_refused(column: str, kind: str, words: str) -> None:
    with pytest.raises(DatasetError, match=words):
        check_target(flowers().assign(none=None), column, kind)  # type: ignore[arg-type]


# Words that pandas takes for missing values

WORDS = b"kind,size,when,free\nNone,1.5,2024-05-01,NA\nNA,NA,NA,\nnull,2,2024-05-03,nan\n,nan,2024-05-04,NA\n"


def test_a_word_such_as_na_is_missing_only_where_the_other_cells_are_no_words(target: Path) -> None:
    target.write_bytes(WORDS)
    found = read_table(target, "x")
    assert found["kind"].tolist()[:3] == ["None", "NA", "null"]
    assert found["free"].dropna().tolist() == ["NA", "nan", "NA"]
    np.testing.assert_array_equal(found["size"], [1.5, np.nan, 2, np.nan])
    check = describe_table(found)
    assert [column.missing for column in check.columns] == [1, 2, 1, 1]
    assert [column.kind for column in check.columns] == ["category", "number", "date", "category"]


def test_decimal_commas_are_read_beside_missing_words(target: Path) -> None:
    target.write_bytes(b"a;b\n1,5;x\nNA;NA\n2,5;y\n")
    found = read_table(target, "x")
    np.testing.assert_array_equal(found["a"], [1.5, np.nan, 2.5])
    assert found["b"].tolist() == ["x", "NA", "y"]


def test_missing_words_in_a_workbook_are_as_in_a_text(target: Path) -> None:
    found = read_table(book(target, one=[["n", "w"], [1, "NA"], ["NA", "b"], [3, "#N/A"]]), "x")
    np.testing.assert_array_equal(found["n"], [1, np.nan, 3])
    assert found["w"].tolist()[:2] == ["NA", "b"]
    assert found["w"].isna().tolist() == [False, False, True]


def test_the_mark_of_utf8_is_no_part_of_the_first_name(target: Path) -> None:
    target.write_bytes(b"\xef\xbb\xbfid,kind\n" + b"".join(b"%d,None\n" % n for n in range(20)))
    check = describe_table(read_table(target, "x"))
    assert [(column.name, column.kind, column.missing) for column in check.columns] == [
        ("id", "identifier", 0),
        ("kind", "constant", 0),
    ]
