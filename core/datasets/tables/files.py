"""Read CSV, Parquet or Excel files within limits, recognised by their bytes."""

from __future__ import annotations

import csv
import io
import itertools
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any
from xml.parsers import expat

import numpy as np
import pandas as pd

from core.arrays import DAMAGE
from core.datasets.archives.zips import check_ratios, open_zip, short
from core.datasets.tables.cells import is_number
from core.datasets.tables.missing_words import settle_missing_words
from core.datasets.tables.thousands import read_thousands
from core.datasets.texts.texts import file_size, find_encoding
from core.errors import DatasetError
from core.units import MB

if TYPE_CHECKING:
    import pyarrow as pa
    import pyarrow.parquet as pq
    from openpyxl import Workbook

MOST_MB = 200
MOST_ROWS = 1_000_000
MOST_COLUMNS = 1_000
MOST_CELLS = 50_000_000  # 60,000 images of 28 x 28 pixels are 47 million
MOST_EXCEL_CELLS = 3_000_000  # openpyxl creates a Python object for each
MOST_EXPANDED_MB = 1_000  # of an unpacked Parquet file
MOST_EXCEL_MB = 400  # of an unpacked Excel file
_SEPARATORS = "\t;|,"  # the comma last, since texts and numbers may contain it
_CODE = re.compile(r"\s*0\d+\s*")  # such as 0001
_EXCEL_EMPTY = frozenset(("", "#N/A", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#NULL!"))
_SAMPLE_ROWS = 50
_SMALLER = "Use a table with fewer rows or columns."


# Reading


def read_table(path: Path, name: str) -> pd.DataFrame:
    """Read a CSV or Parquet file, or the first sheet of an Excel file; its bytes decide the format, not its name.

    Args:
        path: Path of the file.
        name: File name as the user knows it.

    Returns:
        A frame with rows numbered from 0 and distinct column names.

    Raises:
        DatasetError: The file is not a table, damaged, hostile, empty, or over a limit.
    """
    if file_size(path, name) > MOST_MB * MB:
        raise DatasetError(f"{short(name)} is too large", expected=f"at most {MOST_MB} MB")
    with path.open("rb") as file:
        start = file.read(8)
    if start[:4] == b"PAR1":
        return _named(_read_parquet(path, name), name)
    if start[:4] == b"PK\3\4":
        return _named(_read_excel(path, name), name)
    if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise DatasetError(
            f"{short(name)} is an old Excel file or has a password",
            fix="Save it as .xlsx or .csv without a password.",
        )
    return _named(read_csv(path, name), name)


def _named(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Give every column a short distinct name, and drop columns with neither name nor values."""
    titles = ["" if str(title).startswith("Unnamed: ") else short(str(title).strip()) for title in frame.columns]
    empty = frame.isna().all().to_numpy()
    kept = [place for place, title in enumerate(titles) if title not in ("", "None", "nan") or not empty[place]]
    if not kept or frame.empty:
        raise DatasetError(f"{short(name)} has no rows", expected="a row of column names and a row for each example")
    frame = frame.iloc[:, kept].reset_index(drop=True)
    frame.columns = pd.Index(_unique([titles[place] or f"column {place + 1}" for place in kept]))
    return frame


def _unique(names: list[str]) -> list[str]:
    taken: set[str] = set()
    for place, name in enumerate(names):
        numbers = itertools.count(2)
        new = name
        while new in taken:
            new = f"{name} ({next(numbers)})"
        taken.add(new)
        names[place] = new
    return names


def _check_shape(name: str, rows: int, columns: int, most_columns: int, most_cells: int | None = None) -> None:
    for count, most, noun in ((rows, MOST_ROWS, "rows"), (columns, most_columns, "columns")):
        if count > most:
            raise DatasetError(
                f"{short(name)} has too many {noun}", expected=f"at most {most:,}", received=f"{count:,}"
            )
    most_cells = MOST_CELLS if most_cells is None else most_cells
    if rows * columns > most_cells:
        received = f"{rows:,} rows of {columns:,} columns"
        raise DatasetError(f"{short(name)} has too many cells", expected=f"at most {most_cells:,}", received=received)


# CSV


def read_csv(
    path: Path,
    name: str,
    most_columns: int = MOST_COLUMNS,
    has_names: Callable[[Sequence[str]], bool] | None = None,
) -> pd.DataFrame:
    """Read a text table; encoding, separator and decimal comma are detected.

    Args:
        path: Path of the file.
        name: File name as the user knows it.
        most_columns: Maximum number of columns.
        has_names: Returns whether the first row names the columns; by default it does unless all cells are numbers.

    Raises:
        DatasetError: The file is not a text, a line is too long or has too many cells, or a limit is exceeded.
    """
    _check_lines(path, name)
    encoding = find_encoding(path, name)
    rows, separator = _sample(path, encoding)
    if not rows:
        raise DatasetError(f"{short(name)} is empty", expected="a table")
    columns, names_first = len(rows[0]), (has_names or _not_all_numbers)(rows[0])
    _check_shape(name, 0, columns, most_columns)
    header: dict[str, Any] = {"header": 0 if names_first else None, "encoding": encoding, "sep": separator}
    decimal = "," if separator != "," and _has_decimal_comma(rows) else "."
    with path.open("rb") as file, _csv_errors(name):
        frame = pd.read_csv(
            file,
            **header,
            dtype=_padded(file, rows[names_first:], header),
            encoding_errors="replace",
            decimal=decimal,
            keep_default_na=False,
            na_values=[""],
            index_col=False,
            skipinitialspace=True,
            low_memory=False,
            nrows=min(MOST_ROWS, MOST_CELLS // columns) + 1,  # one more than allowed, to detect too many
        )
    _check_shape(name, len(frame), columns, most_columns)
    frame = read_thousands(settle_missing_words(frame, decimal))
    return frame if names_first else frame.rename(columns=lambda place: f"column {place + 1}")


def _padded(file: IO[bytes], rows: list[list[str]], header: Mapping[str, Any]) -> dict[Any, Any]:
    """Return those columns that hold codes such as 0001, which stay as they are written."""
    codes = {place for row in rows for place, cell in enumerate(row) if _CODE.fullmatch(cell)}
    if not codes:
        return {}
    titles = pd.read_csv(file, nrows=0 if header["header"] == 0 else 1, encoding_errors="replace", **header).columns
    file.seek(0)
    return {title: str for place, title in enumerate(titles) if place in codes}


def _check_lines(path: Path, name: str) -> None:
    """Refuse lines of more than 1 MB before a parser searches for their end."""
    with path.open("rb") as file:
        while len(piece := file.read(MB)) == MB:
            if b"\n" not in piece and b"\r" not in piece:
                raise DatasetError(f"{short(name)} has a line of more than 1 MB", expected="one row per line")


def _sample(path: Path, encoding: str) -> tuple[list[list[str]], str]:
    """Return the first rows and the separator."""
    with path.open(encoding=encoding, errors="replace") as file:
        text = file.read(2 * MB)
    lines = [line for line in text.split("\n", 4 * _SAMPLE_ROWS)[: 4 * _SAMPLE_ROWS] if line.strip()][:_SAMPLE_ROWS]
    best, separator, best_share = [[line] for line in lines], ",", 0.0
    for candidate in _SEPARATORS:
        rows = _split(lines, candidate)
        width, number = Counter(map(len, rows)).most_common(1)[0] if rows else (0, 0)
        if width > 1 and number / len(rows) > best_share:
            best, separator, best_share = rows, candidate, number / len(rows)
    return best, separator


def _split(lines: list[str], separator: str) -> list[list[str]]:
    try:
        return [row for row in csv.reader(lines, delimiter=separator, skipinitialspace=True) if row]
    except csv.Error:  # a cell of more than 128 KB
        return []


def _not_all_numbers(cells: Sequence[str]) -> bool:
    return not all(map(is_number, cells))


def _has_decimal_comma(rows: list[list[str]]) -> bool:
    cells = [cell.strip() for row in rows for cell in row]
    comma, point = (any(re.fullmatch(rf"-?\d+{mark}\d+", cell) for cell in cells) for mark in (",", r"\."))
    return comma and not point


@contextmanager
def _csv_errors(name: str) -> Iterator[None]:
    """Turn pandas' errors about an invalid table into a DatasetError."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            yield
    except pd.errors.ParserWarning as error:
        raise DatasetError(f"{short(name)} has rows with more cells than columns", fix="Name every column.") from error
    except (MemoryError, OverflowError, RecursionError, ValueError) as error:  # includes ParserError, UnicodeError
        found = re.search(r"Expected (\d+) fields in line (\d+), saw (\d+)", str(error))
        if found:
            columns, line, cells = found.groups()
            what = f"{short(name)} has the wrong number of cells in line {line}"
            raise DatasetError(what, expected=columns, received=cells) from error
        if "EOF inside string" in str(error):
            raise DatasetError(f"{short(name)} has an unclosed quotation mark") from error
        raise DatasetError(f"{short(name)} cannot be read as a table") from error


# Parquet


def _read_parquet(path: Path, name: str) -> pd.DataFrame:
    """Read a flat table; check its footer before reading and its unpacked size while reading."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    _check_footer(path, name)
    try:
        with pq.ParquetFile(path) as plain:
            _check_columns(plain, name)
            texts = [field.name for field in plain.schema_arrow if _is_text(field.type)]
        with pq.ParquetFile(path, read_dictionary=texts) as file:
            batches, total_bytes = [], 0
            for batch in file.iter_batches(batch_size=2**16, use_threads=False):
                total_bytes += sum(map(_expanded_bytes, batch.columns))
                if total_bytes > MOST_EXPANDED_MB * MB:
                    raise _expands(name)
                names = batch.schema.names
                plain = [_plain(column, title) for column, title in zip(batch.columns, names, strict=True)]
                batches.append(pa.RecordBatch.from_arrays(plain, names))
            table = pa.Table.from_batches(batches) if batches else file.read(use_threads=False)
        return table.to_pandas(use_threads=False, ignore_metadata=True)
    except MemoryError as error:  # a damaged file may claim any size
        raise DatasetError(f"{short(name)} is damaged or needs too much memory", fix=_SMALLER) from error
    except (pa.ArrowException, OSError, OverflowError, TypeError, ValueError, KeyError) as error:
        raise DatasetError(f"{short(name)} is damaged or not a readable Parquet file") from error


def _check_footer(path: Path, name: str) -> None:
    """Check the declared length of the footer, which is read as a whole."""
    with path.open("rb") as file:
        size_bytes = file.seek(0, io.SEEK_END)
        file.seek(max(0, size_bytes - 8))
        end = file.read()
    length = int.from_bytes(end[:4], "little")
    if end[4:] != b"PAR1" or length + 12 > size_bytes or length > 16 * MB:
        raise DatasetError(f"{short(name)} is damaged or incomplete", fix="Create it again and send it again.")


def _check_columns(file: pq.ParquetFile, name: str) -> None:
    meta, schema = file.metadata, file.schema_arrow
    _check_shape(name, meta.num_rows, max(meta.num_columns, len(schema)), MOST_COLUMNS)
    for field in schema:
        if field.type.num_fields and not hasattr(field.type, "index_type"):
            raise DatasetError(f"the column {short(field.name)} holds lists or records", expected="one value per cell")
    groups = [meta.row_group(place) for place in range(meta.num_row_groups)]
    claimed = sum(group.column(place).total_uncompressed_size for group in groups for place in range(group.num_columns))
    fixed = sum(_width(field.type) for field in schema) * meta.num_rows
    if max(claimed, fixed) > MOST_EXPANDED_MB * MB:
        raise _expands(name)


def _is_text(kind: pa.DataType) -> bool:
    return str(kind) in ("string", "large_string", "binary", "large_binary")


def _width(kind: pa.DataType) -> int:
    """Return the bytes of a fixed-width value, else 0; a file may declare a million values of 1 MB each."""
    try:
        return int(kind.bit_width) // 8
    except ValueError:
        return 0


def _expanded_bytes(array: pa.Array) -> int:
    """Return the size of an array in bytes when every cell has its own text."""
    import pyarrow.compute as pc

    if not hasattr(array, "dictionary") or not len(array.dictionary) or not _is_text(array.dictionary.type):
        return int(array.nbytes)
    lengths = np.asarray(pc.fill_null(pc.binary_length(array.dictionary), 0), np.int64)
    return int(lengths[np.asarray(array.indices.drop_null(), np.int64)].sum()) + 8 * len(array)


def _plain(array: pa.Array, title: str) -> pa.Array:
    """Return an array without dictionary encoding; binary values must be UTF-8 text."""
    import pyarrow as pa

    array = array.dictionary_decode() if hasattr(array, "dictionary") else array
    if "binary" not in str(array.type):
        return array
    try:
        return array.cast(pa.binary()).cast(pa.string())
    except pa.ArrowInvalid as error:
        fix = "Leave it out, or save it as text."
        raise DatasetError(f"the column {short(title)!r} holds bytes", expected="numbers or words", fix=fix) from error


def _expands(name: str) -> DatasetError:
    return DatasetError(f"{short(name)} is too large unpacked", expected=f"at most {MOST_EXPANDED_MB:,} MB of values")


# Excel


def _read_excel(path: Path, name: str) -> pd.DataFrame:
    with _workbook(path, name) as book:
        sheet = book.worksheets[0]
        sheet.reset_dimensions()  # the declared size may be wrong
        rows = _excel_rows(sheet.iter_rows(values_only=True), name)
    width = max(map(len, rows), default=0)
    padded = [row + [None] * (width - len(row)) for row in rows]
    names_first = bool(padded) and not all(isinstance(cell, int | float) for cell in padded[0])
    titles = ["" if cell is None else str(cell) for cell in padded[0]] if names_first else [""] * width
    frame = pd.DataFrame(padded[1:] if names_first else padded, columns=range(width), dtype=object)
    frame.columns = pd.Index(titles)
    return settle_missing_words(frame.infer_objects())


def _excel_rows(rows: Iterator[tuple[object, ...]], name: str) -> list[list[object]]:
    """Return the non-empty rows without empty cells at the end; formula errors count as empty."""
    kept: list[list[object]] = []
    width = 0
    for number, found in enumerate(rows):
        row = [None if isinstance(cell, str) and cell in _EXCEL_EMPTY else cell for cell in found]
        while row and row[-1] is None:
            row.pop()
        width = max(width, len(row))
        _check_shape(name, number, width, MOST_COLUMNS)
        _check_shape(name, len(kept) + bool(row), width, MOST_COLUMNS, MOST_EXCEL_CELLS)  # rows are padded to `width`
        if row:
            kept.append(row)
    return kept


@contextmanager
def _workbook(path: Path, name: str) -> Iterator[Workbook]:
    """Open an Excel file for reading row by row, after checking all its parts."""
    from openpyxl import load_workbook

    with path.open("rb") as file, open_zip(file) as archive:
        check_ratios(archive)
        if sum(info.file_size for info in archive.infolist()) > MOST_EXCEL_MB * MB:
            raise DatasetError(f"{short(name)} is too large unpacked", expected=f"at most {MOST_EXCEL_MB} MB")
        try:
            for info in archive.infolist():
                with archive.open(info) as part:
                    _PartCheck(name).read(part)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # unknown styles and extensions
                book = load_workbook(file, read_only=True, data_only=True, keep_links=False)
                try:
                    yield book
                finally:
                    book.close()
        except DatasetError:
            raise
        except (*DAMAGE, AttributeError, SyntaxError) as error:
            raise _no_excel(name) from error


class _PartCheck:
    """Count the elements of one part of an Excel file, to limit what is kept in memory."""

    CELLS = frozenset(("row", "c", "v", "f", "is", "t", "r", "rPr", "si"))  # freed after reading
    MOST_CELLS, MOST_OTHERS = 4 * MOST_EXCEL_CELLS, 200_000
    PIECE = 2**16  # bytes
    MOST_SILENT = 32  # pieces without a new element; the text of a cell is shorter

    def __init__(self, name: str) -> None:
        self.name, self.cells, self.others, self.in_row = name, 0, 0, 0
        self.parser = expat.ParserCreate(namespace_separator="}")
        self.parser.StartElementHandler = self._start
        self.parser.StartDoctypeDeclHandler = self._doctype

    def read(self, part: IO[bytes]) -> None:
        """Read a part to its end or its first XML error, where openpyxl stops too.

        Raises:
            DatasetError: It has too many elements or columns, or a document type declaration.
        """
        silent, before = 0, 0
        while piece := part.read(self.PIECE):
            try:
                self.parser.Parse(piece)
            except expat.ExpatError:
                return
            silent, before = (silent + 1 if self.cells + self.others == before else 0), self.cells + self.others
            if silent > self.MOST_SILENT or self.cells > self.MOST_CELLS or self.others > self.MOST_OTHERS:
                raise DatasetError(f"{short(self.name)} is too large a workbook", fix="Save the sheet as .csv.")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition("}")[2]
        if tag in self.CELLS:
            self.cells += 1
        else:
            self.others += 1
        if tag == "row":
            self.in_row = 0
        elif tag == "c":
            self.in_row += 1
            letters = attributes.get("r", "A1").rstrip("0123456789")
            if self.in_row > MOST_COLUMNS or len(letters) > 3:  # ZZZ is the 18,278th
                raise DatasetError(f"{short(self.name)} has too many columns", expected=f"at most {MOST_COLUMNS:,}")

    def _doctype(self, *_: object) -> None:
        raise _no_excel(self.name)


def _no_excel(name: str) -> DatasetError:
    return DatasetError(f"{short(name)} is damaged or not an Excel file", fix="Save it again as .xlsx or .csv.")
