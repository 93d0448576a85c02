"""The sizes that a Parquet file's footer declares, against what pyarrow says of sound files."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from lexiscope.errors import FormatError
from lexiscope.formats import registry
from lexiscope.formats.reading.parquet_footer import Sizes, sizes


def written(path: Path, rows: int = 2000, **options: object) -> Path:
    table = pa.table(
        {
            "word": [f"w{row}" for row in range(rows)],
            "vector": np.arange(rows * 3, dtype=np.float32).reshape(rows, 3).tolist(),
            "is_odd": [bool(row % 2) for row in range(rows)],
        },
        metadata={"made by": "a test"},
    )
    pq.write_table(table, path, **options)
    return path


def footer_of(path: Path) -> bytes:
    content = path.read_bytes()
    return content[-8 - int.from_bytes(content[-8:-4], "little") : -8]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"row_group_size": 90, "compression": "zstd"},
        {"version": "1.0", "use_dictionary": False, "write_statistics": False},
        {"write_page_index": True, "sorting_columns": [pq.SortingColumn(0)]},
    ],
)
def test_sizes_are_those_that_the_library_tells(tmp_path: Path, options: dict[str, object]) -> None:
    path = written(tmp_path / "v.parquet", **options)
    metadata = pq.ParquetFile(path).metadata
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    columns = [group.column(n) for group in groups for n in range(group.num_columns)]
    expected = Sizes(
        bytes=sum(group.total_byte_size for group in groups),
        values=max(column.num_values for column in columns),
    )
    assert sizes(footer_of(path)) == expected


@pytest.mark.slow
def test_a_damaged_footer_is_refused_in_a_line_and_never_ends_the_process(tmp_path: Path) -> None:
    """A bit of a column's sizes changed makes pyarrow's C++ throw where nothing catches."""
    path = written(tmp_path / "v.parquet", rows=8)
    content = path.read_bytes()
    start = len(content) - 8 - len(footer_of(path))
    refused = 0
    for place in range(start, len(content) - 8):
        for bit in (0, 1, 3, 7):
            damaged = bytearray(content)
            damaged[place] ^= 1 << bit
            path.write_bytes(damaged)
            try:
                registry.read(path)
            except FormatError as error:
                refused += 1
                assert "\n" not in str(error)
    assert refused > 100


@pytest.mark.parametrize("footer", [b"", b"\x49", b"\x19\xfc\xff\xff\x7f", b"\x09" * 500, b"\x2c"])
def test_what_is_no_footer_is_a_value_error(footer: bytes) -> None:
    with pytest.raises(ValueError, match=r"it|list|field|type|number"):
        sizes(footer)
