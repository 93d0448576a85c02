"""Files of other programs: JSON of words and lists, deeplearning4j's archive."""

from __future__ import annotations

import base64
import io
import json
import pickle
import zipfile
from pathlib import Path

import numpy as np
import pytest

from lexiscope import formats
from lexiscope.errors import FormatError
from lexiscope.formats import ReadOptions

MATRIX = [[0.5, -2.0, 1e-7], [0.1, 7.0, 3.0]]
WORDS = ['naïve "x"', "日本"]


def refusal(path: Path) -> str:
    with pytest.raises(FormatError) as caught:
        formats.read(path)
    assert "\n" not in str(caught.value)
    return str(caught.value)


PLAIN = dict(zip(WORDS, MATRIX, strict=True))
RECORDS = [{"word": word, "count": 3, "vector": row} for word, row in PLAIN.items()]


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(PLAIN),
        json.dumps(PLAIN, ensure_ascii=False, indent=2),
        json.dumps({"vectors": PLAIN}),
        json.dumps(RECORDS),
        json.dumps(RECORDS, indent=1),
        "".join(json.dumps(record) + "\n" for record in RECORDS),
        "\ufeff" + json.dumps(PLAIN, separators=(",", ":")) + "\n",
        "".join(json.dumps({"embedding": row, "text": w}) + "\n" for w, row in PLAIN.items()),
        json.dumps(list(PLAIN.items())),
        "".join(json.dumps(pair) + "\n" for pair in PLAIN.items()),
        "".join(json.dumps({word: row}) + "\n" for word, row in PLAIN.items()),
        json.dumps({"words": WORDS, "vectors": MATRIX}),
        json.dumps({"embeddings": MATRIX, "vocab": {word: n for n, word in enumerate(WORDS)}}),
        json.dumps({"dim": 3, "vectors": PLAIN}),
        # pandas: apart, by columns, by rows.
        json.dumps({"columns": [0, 1, 2], "index": WORDS, "data": MATRIX}),
        json.dumps({str(c): {w: row[c] for w, row in PLAIN.items()} for c in range(3)}),
        json.dumps({w: {str(c): value for c, value in enumerate(row)} for w, row in PLAIN.items()}),
    ],
)
def test_json_of_all_shapes(content: str, tmp_path: Path) -> None:
    path = tmp_path / "v.json"
    path.write_text(content, encoding="utf-8")
    assert formats.detect(path).name == "json"
    back = formats.read(path)
    assert back.tokens == WORDS
    assert np.array_equal(back.vectors, np.array(MATRIX, dtype=np.float32))
    assert formats.read(path, ReadOptions(limit=1)).tokens == WORDS[:1]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"a": [1, 2], "b": [3]}', "row 2: has 1 values, expected 2"),
        ('{"a": [1, 2], "b": [3, "x"]}', "row 2"),
        ('{"a": [1, 2], "b": [3, null]}', "'null' as value 2"),
        ('{"a": [1, 2], "b": [3,', "is cut"),
        ('{"a": [1, 2], "b": {"c": [1, 2]}}', "expected a word and a list"),
        ('[{"a": "x", "b": "y", "v": [1, 2]}]', "2 texts and 1 lists"),
        ('[["a", [1, 2]], ["b", [3, 4]]', "is cut"),
        ('{"words": ["a", "b"], "vectors": [[1, 2], [3, 4]', "is not JSON"),
        ('{"words": ["a", "b", "c"], "vectors": [[1, 2], [3, 4]]}', "do not fit each other"),
        (
            '{"model_type": "bert", "hidden_size": 8}',
            "is JSON of 'model_type', 'hidden_size' without",
        ),
        ('{"message": "Not Found"}', "without words and lists"),
        ('{"a": 0, "b": 1, "c": 2}', "is a list of 3 tokens (JSON map) without vectors"),
    ],
)
def test_damaged_json_is_named(content: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "v.json").write_text(content)
    assert said in refusal(tmp_path / "v.json")


def test_json_with_nan_first_is_json(tmp_path: Path) -> None:
    (tmp_path / "v.txt").write_text('{"a":[NaN,1.0],"b":[0.5,Infinity]}')
    back = formats.read(tmp_path / "v.txt")
    assert back.tokens == ["a", "b"] and back.vectors[:, 1].tolist() == [1, np.inf]


def encoded(word: str) -> str:
    return "B64:" + base64.b64encode(word.encode()).decode()


def archive(path: Path, *, output: str = "", counts: bool = True) -> None:
    """An archive as deeplearning4j's WordVectorSerializer writes it."""
    rows = [f"{encoded(w)} {' '.join(map(repr, row))}\n" for w, row in PLAIN.items()]
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("syn0.txt", f"2 3 1\n{''.join(rows)}")
        parts.writestr("syn1.txt", "")
        parts.writestr("syn1Neg.txt", output)
        if counts:
            lines = [f"{encoded(word)} {9.0 - row} 1\n" for row, word in enumerate(WORDS)]
            parts.writestr("frequencies.txt", "".join(lines))
        parts.writestr("config.json", "{}")


def test_deeplearning4js_archive(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    archive(path, output="1.5 2.5 3.5\n4.5 5.5 6.5\n")
    assert formats.detect(path).name == "deeplearning4j"
    back = formats.read(path)
    assert back.tokens == WORDS and back.counts is not None
    assert back.counts.tolist() == [9, 8]
    assert np.array_equal(back.vectors, np.array(MATRIX, dtype=np.float32))
    assert back.output is not None and back.output.tolist() == [[1.5, 2.5, 3.5], [4.5, 5.5, 6.5]]
    archive(path, counts=False)
    back = formats.read(path, ReadOptions(words=frozenset(WORDS[1:])))
    assert back.tokens == WORDS[1:] and back.counts is None and back.output is None


def test_a_damaged_archive_is_named(tmp_path: Path) -> None:
    path = tmp_path / "model.zip"
    archive(path)
    content = path.read_bytes()
    path.write_bytes(content[:100] + b"\0\0\0" + content[103:])
    assert "damaged zip archive" in refusal(path)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as parts:
        parts.writestr("syn0.txt", b"0" * (80 << 20))
    path.write_bytes(bomb.getvalue())
    assert "unpacks to more than vectors do" in refusal(path)


@pytest.mark.parametrize("protocol", [0, 2])
def test_histwords_pair(protocol: int, tmp_path: Path) -> None:
    np.save(tmp_path / "1900-w.npy", np.array(MATRIX))
    # Python 2's own opcode for bytes, which Python 3 does not write.
    old = b"".join(b"U%c%b" % (len(word.encode()), word.encode()) for word in WORDS)
    content = b"\x80\x02](%be." % old if protocol else pickle.dumps(WORDS, protocol=0)
    (tmp_path / "1900-vocab.pkl").write_bytes(content)
    back = formats.read(tmp_path / "1900-w.npy")
    assert back.tokens == WORDS
    assert np.array_equal(back.vectors, np.array(MATRIX, dtype=np.float32))
    (tmp_path / "1900-vocab.pkl").write_bytes(pickle.dumps(["one"], protocol=2))
    assert "1900-vocab.pkl: has 1 words (pickled words), but the matrix" in refusal(
        tmp_path / "1900-w.npy"
    )


def test_raw_floats_have_their_size_by_the_words_beside_them(tmp_path: Path) -> None:
    """As Swivel's text2bin leaves them."""
    matrix = np.random.default_rng(1).normal(size=(40, 6)).astype("<f4")
    words = [f"w{row}" for row in range(40)]
    (tmp_path / "vecs.bin").write_bytes(matrix.tobytes())
    with pytest.raises(FormatError, match="no known format"):
        formats.read(tmp_path / "vecs.bin")
    (tmp_path / "vocab.txt").write_text("".join(f"{word}\n" for word in words))
    back = formats.read(tmp_path / "vecs.bin")
    assert back.tokens == words and np.array_equal(back.vectors, matrix)
    assert back.warnings[0].startswith("raw floats: 6 values a row follow")
    (tmp_path / "row_vocab.txt").write_text("".join(f"v{row}\n" for row in range(20)))
    assert "fits both vocab.txt and row_vocab.txt" in refusal(tmp_path / "vecs.bin")
    (tmp_path / "row_vocab.txt").unlink()
    (tmp_path / "vecs.bin").write_bytes(matrix.astype("<f8").tobytes())
    assert "is raw float64, as GloVe's" in refusal(tmp_path / "vecs.bin")


def test_bfloat16_in_npy(tmp_path: Path) -> None:
    """NumPy has no name for it, and saves it as two bytes of nothing."""
    halves = (np.array(MATRIX, dtype=np.float32).view(np.uint32) >> 16).astype(np.uint16)
    np.save(tmp_path / "v.npy", halves.view("V2"))
    (tmp_path / "v.vocab.txt").write_text("a\nb\n")
    back = formats.read(tmp_path / "v.npy")
    assert back.tokens == ["a", "b"]
    assert np.allclose(back.vectors, MATRIX, rtol=2**-7)
    noise = np.random.default_rng(1).integers(0, 1 << 16, size=(2, 300), dtype=np.uint16)
    np.save(tmp_path / "v.npy", noise.view("V2"))
    assert "no bfloat16" in refusal(tmp_path / "v.npy")
