"""JSON that anybody may have written: what is refused, before what, and in which words."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from lexiscope.errors import ConfigError, FormatError
from lexiscope.files import json_document
from lexiscope.files.json_document import OPTIONS, TABLE, Bounds, Value


def parse(content: bytes | str, **options: Any) -> Value:
    raw = content.encode() if isinstance(content, str) else content
    return json_document.parse(raw, "x.json", **options)


REFUSED: dict[str, tuple[bytes, str]] = {
    "nothing": (b"", "is not JSON"),
    "cut": (b'{"a": ', "is not JSON"),
    "two documents": (b"{}{}", "is not JSON"),
    "nested lists": (b"[" * 100_000, "nested deeper than 64"),
    "nested objects": (b'{"a":' * 100_000, "nested deeper than 64"),
    "nested behind an escaped quote": (b'["\\"", ' + b"[" * 100_000, "nested deeper than 64"),
    "nested behind an escaped backslash": (b'["\\\\", ' + b"[" * 100_000, "nested deeper than 64"),
    "a name twice": (b'{"a": 1, "b": 2, "a": 3}', 'the name "a" is given twice'),
    "not a number": (b"[NaN]", "NaN is none of its numbers"),
    "infinity": (b"[-Infinity]", "-Infinity is none of its numbers"),
    "beyond float64": (b"[1e999]", "1e999 is beyond what float64 holds"),
    "beyond 64 bits": (b"[18446744073709551616]", "does not fit into 64 bits"),
    "a million digits": (b"[" + b"9" * 1_000_000 + b"]", "does not fit into 64 bits"),
    "not UTF-8": (b'["\xff"]', r"is not UTF-8 text \(byte 2\)"),
    "UTF-16": ('["a"]'.encode("utf-16"), r"is not UTF-8 text \(UTF-16\)"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_refused_is_told_in_a_short_line(case: str) -> None:
    content, said = REFUSED[case]
    with pytest.raises(FormatError, match=said) as caught:
        parse(content)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 200


def test_what_is_sound_is_read_as_python_reads_it() -> None:
    documents: list[Any] = [
        {"a": [1, -2.5, None, True, 'é\\" [[[{{{', {"b": []}]},
        [2**64 - 1, -(2**63), 1e308, "\ud800"],
        "text",
        [[]] * 1000,
        {"deep": json.loads("[" * 63 + "]" * 63)},
    ]
    for document in documents:
        for spaced in (None, 2):
            assert parse(json.dumps(document, indent=spaced)).plain == document
    assert parse(b"\xef\xbb\xbf{}").plain == {}
    assert parse("[NaN, Infinity, 1000000000000000019884624838656, 7]", as_written=True).plain == [
        None,
        None,
        1e30,
        7,
    ]
    with pytest.raises(FormatError, match="beyond what float64 holds"):
        parse("9" * 400, as_written=True)


def test_depth_is_counted_across_blocks_and_not_inside_strings() -> None:
    # Backslashes and quotes fall on both sides of every border between blocks of a MiB.
    for padding in range((1 << 20) - 8, (1 << 20) + 2):
        for tail in ('\\"', "\\\\", '\\\\\\"'):
            text = "[" + " " * padding + '"' + tail + "[" * 200 + '", [1, 2]]'
            assert parse(text).plain[1] == [1, 2]


def test_nothing_is_built_of_a_document_with_too_many_values() -> None:
    content = b"[" + b"{}," * 3_000_000 + b"{}]"
    tracemalloc.start()
    with pytest.raises(FormatError, match="lists and objects, too many"):
        parse(content)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5 * len(content)
    few = Bounds(size=1000, values=4, containers=1)
    assert parse("[1, 2, 3]", bounds=few).plain == [1, 2, 3]
    with pytest.raises(FormatError, match="has more than 4 values"):
        parse("[1, 2, 3, 4, 5]", bounds=few)


def test_a_file_beyond_its_bound_is_not_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    with path.open("wb") as stream:
        stream.truncate(1 << 40)
    with pytest.raises(FormatError, match="is more than 67,108,864 bytes of JSON"):
        json_document.read(path)
    assert OPTIONS.size < TABLE.size
    with pytest.raises(FormatError, match="is a folder"):
        json_document.read(tmp_path)
    with pytest.raises(FormatError, match="no such file"):
        json_document.read(tmp_path / "none.json")


def test_a_value_of_another_type_is_told_by_its_name() -> None:
    document = parse('{"a": {"b": [1, "x", {"c": -1}]}, "odd name": 3}', advice="copy it again")
    questions = [
        (lambda: document["a"]["b"].plain_fields(), "a.b is a list; expected an object"),
        (lambda: document["a"].text(), "a is an object; expected a text"),
        (lambda: document["a"]["none"].text(), "a.none is missing; expected a text"),
        (lambda: document["a"]["none"]["more"].text(), "a.none is missing; expected an object"),
        (lambda: document["odd name"].entries(), '"odd name" is 3; expected a list'),
        (lambda: document["a"]["b"].wholes(), r'a.b\[1\] is "x"; expected a whole number from 0'),
        (
            lambda: document["a"]["b"].entries()[2]["c"].whole(),
            r"a.b\[2\].c is -1; expected a whole number from 0 on; copy it again",
        ),
        (lambda: document["odd name"].whole(4, 5), "expected a whole number from 4 to 5"),
        (lambda: parse("[1, true]").wholes(), r"\[1\] is true; expected a whole number"),
        (lambda: parse('"1"').number(), 'the document is "1"; expected a number'),
        (lambda: parse('["a", null]').texts(), r"\[1\] is null; expected a text"),
        (lambda: parse('{"a": 1.0}').numbered(), "a is 1.0; expected a whole number"),
    ]
    for question, said in questions:
        with pytest.raises(FormatError, match=said):
            question()
    hostile = parse(json.dumps({"\x1b[31m\u202e": "\x1b[2J" * 100}))
    with pytest.raises(FormatError) as caught:
        hostile["\x1b[31m\u202e"].whole()
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200


def test_what_is_written_can_be_read() -> None:
    document = {"a": [1.5, float("nan"), {"b": float("inf")}], "ü": "\udcff", "n": None}
    content = json_document.render(document, "config.json")
    assert json_document.parse(content, "x").plain == {
        "a": [1.5, None, {"b": None}],
        "ü": "\udcff",
        "n": None,
    }
    deep: Any = []
    for _ in range(100):
        deep = [deep]
    for unreadable in ({"a": deep}, {"a": 2**64}, {"a": 1, 2: 1, "2": 3}, {"a": object()}):
        with pytest.raises(ConfigError, match=r"config\.json c"):
            json_document.render(unreadable, "config.json")  # type: ignore[arg-type]
