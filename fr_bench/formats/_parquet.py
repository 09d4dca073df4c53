"""Parquet tables as texts, so that every later step reads them like a CSV file."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

from fr_bench.errors import DataError, UsageError, shown
from fr_bench.reading import CsvTable, open_regular

PARQUET_LIMIT = 8 << 30


def read_parquet(path: Path) -> CsvTable:
    """A Parquet file as texts: numbers in their shortest spelling, null and NaN as the empty text.

    "Lines" are row numbers from 1. Raises UsageError `missing_extra` without pyarrow, DataError `damaged_parquet`,
    `too_large`, `bad_encoding`.
    """
    try:
        import pyarrow
        from pyarrow import parquet
    except ImportError:
        raise UsageError(
            f"reading {shown(str(path))} needs pyarrow: pip install 'fr-bench-toolkit[parquet]'", code="missing_extra"
        ) from None
    name = shown(str(path))
    with open_regular(path) as opened:
        try:
            file = parquet.ParquetFile(opened)
            meta = file.metadata
            declared = sum(meta.row_group(k).total_byte_size for k in range(meta.num_row_groups))
            if declared > PARQUET_LIMIT:
                raise DataError(f"{name} declares {declared:,} bytes, over {PARQUET_LIMIT:,}", code="too_large")
            table = file.read()
            header = tuple(str(column) for column in table.column_names)
            columns = [[_text(value, name, column) for value in table[column].to_pylist()] for column in header]
        except (pyarrow.ArrowException, OSError, UnicodeDecodeError) as fault:
            raise DataError(f"{name} is no Parquet file that can be read: {fault}", code="damaged_parquet") from None
    rows = list(zip(*columns, strict=True))
    return CsvTable(name, header, rows, range(1, len(rows) + 1))


def _text(value: Any, name: str, column: str) -> str:
    if isinstance(value, str):
        return value
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, bytes | list | dict):
        kind = type(value).__name__
        raise DataError(f"{name}: column {shown(column)!r} holds {kind}, not texts or numbers", code="bad_column")
    return str(value)
