"""Sound tables and other programs' texts that the fuzz run damages, beside those that we write."""

from __future__ import annotations

import base64
import io
import json
import pickle
import zipfile

import numpy as np
import pyarrow as pa
import pyarrow.parquet

from tests.support.fuzz_cases import COUNTS, MATRIX, WORDS, Case


def cases() -> list[Case]:
    """Tables in each shape; rows are unknown where no byte says what a value is by itself."""
    rows = [[repr(float(value)) for value in row] for row in MATRIX]
    pairs = list(zip(WORDS, rows, strict=True))
    names = [str(column) for column in range(MATRIX.shape[1])]
    semicolons = "".join(
        f"{number};{word};{';'.join(row).replace('.', ',')}\n"
        for number, (word, row) in enumerate(pairs)
    )
    listed = "word,vector\n" + "".join(f'"{word}","[{", ".join(row)}]"\n' for word, row in pairs)
    printed = "".join(
        f"{number}\t{word}\t[ {' '.join(row[:3])}\n  {' '.join(row[3:])}]\n"
        for number, (word, row) in enumerate(pairs)
    )
    quoted = " ".join(f'"V{name}"' for name in names) + "\n"
    quoted += "".join(f'"{word}" {" ".join(row)}\n' for word, row in pairs)
    bracketed = "word,vector\n" + "".join(
        f'"{word}","[{", ".join(f"np.float32({value})" for value in row)}]"\n'
        for word, row in pairs
    )
    plain = dict(zip(WORDS, MATRIX.tolist(), strict=True))
    columns = {
        str(column): {word: row[column] for word, row in plain.items()}
        for column in range(MATRIX.shape[1])
    }
    texts = {
        "csv aligned": ("case.txt", "".join(f"{word}  {'  '.join(row)}\n" for word, row in pairs)),
        "csv after colons": (
            "case.txt",
            "".join(f"{word}: {' '.join(row)}\n" for word, row in pairs),
        ),
        "csv after a space": (
            "case.txt",
            "".join(f"{word} {','.join(row)}\n" for word, row in pairs),
        ),
        "csv of NumPy's numbers": ("case.csv", bracketed),
        "json of pairs": ("case.json", json.dumps(list(plain.items()))),
        "json in lines": (
            "case.jsonl",
            "".join(f"{json.dumps({word: row})}\n" for word, row in plain.items()),
        ),
        "json apart": ("case.json", json.dumps({"words": WORDS, "vectors": MATRIX.tolist()})),
        "json of pandas": ("case.json", json.dumps(columns)),
        "csv with semicolons": ("case.csv", semicolons),
        "csv of lists": ("case.csv", listed),
        "csv of printed lists": ("case.tsv", printed),
        "csv of R": ("case.txt", quoted),
        "json": ("case.json", json.dumps(dict(zip(WORDS, MATRIX.tolist(), strict=True)))),
        "json of records": (
            "case.jsonl",
            "".join(
                json.dumps({"word": word, "vector": row.tolist()}) + "\n"
                for word, row in zip(WORDS, MATRIX, strict=True)
            ),
        ),
        "word2vec-text in latin-1": ("case.txt", f"1 5\nna\xefve {' '.join(rows[0])}\n"),
        "word2vec-text with odd words": (
            "case.txt",
            f"3 5\nline\nend {' '.join(rows[0])}\n {' '.join(rows[1])}\n\n {' '.join(rows[2])}\n",
        ),
    }
    found = [
        _unknown(name, {file: text.encode("latin-1" if "latin" in name else "utf-8")}, file)
        for name, (file, text) in texts.items()
    ]
    wide = {name: MATRIX[:, column] for column, name in enumerate(names)}
    table = io.BytesIO()
    pyarrow.parquet.write_table(pa.table({"word": WORDS, **wide}), table)
    found.append(_unknown("parquet of columns", {"case.parquet": table.getvalue()}, "case.parquet"))
    return [*found, *_pairs(rows), _archive(pairs)]


def _unknown(name: str, files: dict[str, bytes], main: str) -> Case:
    return Case(name, files, main=main, words=list(WORDS), rows=[[] for _ in WORDS])


def _pairs(rows: list[list[str]]) -> list[Case]:
    """Numbers in one file and words in another."""
    words = "".join(f"{word}\n" for word in WORDS).encode()
    numbers = "".join("\t".join(row) + "\n" for row in rows).encode()
    entities = f"{len(WORDS)}\n" + "".join(f"{w}\t{row}\n" for row, w in enumerate(WORDS))
    matrix = io.BytesIO()
    np.save(matrix, MATRIX)
    halves = io.BytesIO()
    np.save(halves, (MATRIX.view(np.uint32) >> 16).astype(np.uint16).view("V2"))
    old = b"\x80\x02](" + b"".join(b"U%c%b" % (len(word.encode()), word.encode()) for word in WORDS)
    return [
        _unknown(
            "npy and words.npy",
            {"emb.npy": matrix.getvalue(), "words.npy": _npy(np.array(WORDS))},
            "emb.npy",
        ),
        _unknown(
            "npy and pickled ids",
            {
                "emb.npy": matrix.getvalue(),
                "word2idx.pkl": pickle.dumps({word: row for row, word in enumerate(WORDS)}),
            },
            "emb.npy",
        ),
        _unknown("npy and labels", {"emb.npy": matrix.getvalue(), "labels.txt": words}, "emb.npy"),
        _unknown(
            "npy of a dict",
            {"emb.npy": _npy(np.array(dict(zip(WORDS, MATRIX, strict=True)), object))},
            "emb.npy",
        ),
        _unknown(
            "raw and JSON",
            {"v.bin": MATRIX.astype("<f4").tobytes(), "words.json": json.dumps(WORDS).encode()},
            "v.bin",
        ),
        _unknown(
            "csv with rows' numbers",
            {
                "vectors.csv": (
                    ",".join(["", *map(str, range(MATRIX.shape[1]))])
                    + "\n"
                    + "".join(f"{number},{','.join(row)}\n" for number, row in enumerate(rows))
                ).encode(),
                "words.csv": b"word\n" + words,
            },
            "vectors.csv",
        ),
        _unknown("projector by meta", {"vecs.tsv": numbers, "meta.tsv": words}, "vecs.tsv"),
        _unknown(
            "projector by ids",
            {"entity2vec.vec": numbers, "entity2id.txt": entities.encode()},
            "entity2vec.vec",
        ),
        _unknown(
            "npy of HistWords",
            {"1900-w.npy": matrix.getvalue(), "1900-vocab.pkl": old + b"e."},
            "1900-w.npy",
        ),
        _unknown(
            "npy of HistWords in lines",
            {"1900-w.npy": matrix.getvalue(), "1900-vocab.pkl": pickle.dumps(WORDS, protocol=0)},
            "1900-w.npy",
        ),
        _unknown(
            "npy in bfloat16", {"case.npy": halves.getvalue(), "case.vocab.txt": words}, "case.npy"
        ),
        _unknown(
            "raw", {"vecs.bin": MATRIX.astype("<f4").tobytes(), "vocab.txt": words}, "vecs.bin"
        ),
    ]


def _npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


def _archive(pairs: list[tuple[str, list[str]]]) -> Case:
    encoded = ["B64:" + base64.b64encode(word.encode()).decode() for word in WORDS]
    rows = [f"{word} {' '.join(row)}\n" for word, (_, row) in zip(encoded, pairs, strict=True)]
    counts = [f"{word} {count}.0 1\n" for word, count in zip(encoded, COUNTS, strict=True)]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as parts:
        parts.writestr("syn0.txt", f"{len(WORDS)} {MATRIX.shape[1]} 1\n{''.join(rows)}")
        parts.writestr("syn1.txt", "".join(f"{' '.join(row)}\n" for _, row in pairs))
        parts.writestr("frequencies.txt", "".join(counts))
    case = _unknown("deeplearning4j", {"case.zip": content.getvalue()}, "case.zip")
    case.is_archive = True
    return case
