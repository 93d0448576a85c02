"""The sound files that the fuzz run damages: each format, each wrapper, and peers' own kinds.

For every row a case knows the bytes that carry it (its word, its values), so that after damage one
can tell which rows must still be right.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import pickle
import shutil
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import joblib
import lz4.frame
import numpy as np
import torch
import zstandard
from gensim.models import FastText, KeyedVectors

from lexiscope.formats import registry
from lexiscope.formats.contract import Subwords, VectorsData
from lexiscope.interop.exports import ExportData, export
from tests.support import finalfusion_bytes, gensim_golden, wild_files
from tests.support.fasttext_bytes import Golden

WORDS = ["alpha", "naïve", "日本語", "gamma7", "the_sea", "word6", "wörd7", "last8"]
_OLD = (
    "0.12.0-py27/bytes.model", "0.12.4-py27/dumped.pkl", "2.3.0-py27/tree.model",
    "3.2.0-py36/fasttext.model", "3.6.0-py27/fasttext.model",
)  # fmt: skip
GOLDEN = Path(__file__).parents[1] / "formats" / "golden"
_RNG = np.random.default_rng(11)
MATRIX = (_RNG.normal(size=(len(WORDS), 5)) / 3).astype(np.float32)
COUNTS = np.arange(80, 0, -10)
# How much of a file says what its numbers are: with other words there it is another sound file.
_HEADERS = {"npy": 128, "csv": 11}
_WRAPPERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
    ".zst": zstandard.ZstdCompressor(write_checksum=True).compress,
    ".lz4": partial(lz4.frame.compress, content_checksum=True),
}


@dataclass(frozen=True)
class Needle:
    """Bytes that must stand in a file for a row to be as it was.

    Attributes:
        file: Which.
        content: The bytes.
        place: Where, in files whose rows are known by their place alone; None for anywhere.
    """

    file: str
    content: bytes
    place: int | None = None

    def is_in(self, files: dict[str, bytes]) -> bool:
        """Whether they stand there."""
        found = files[self.file]
        if self.place is None:
            return self.content in found
        return found[self.place : self.place + len(self.content)] == self.content


@dataclass
class Case:
    """A sound file or folder.

    Attributes:
        name: For messages.
        files: Path below the case's folder → content; "" is the file itself.
        folder: Whether the files stand in a folder that is read as one.
        main: Of files that stand side by side, the one that is read.
        words: Its words.
        vectors: Their vectors.
        rows: The needles of each row; an empty list where none are known.
        every: Needles that all rows need.
        checked: Whether a checksum guards every byte.
        is_archive: Whether it is an archive itself, which is not read inside a wrapper.
    """

    name: str
    files: dict[str, bytes]
    folder: bool = False
    main: str = ""
    words: list[str] = field(default_factory=list)
    vectors: np.ndarray = field(default_factory=lambda: MATRIX)
    rows: list[list[Needle]] = field(default_factory=list)
    every: list[Needle] = field(default_factory=list)
    checked: bool = False
    is_archive: bool = False

    @property
    def size(self) -> int:
        return sum(map(len, self.files.values()))

    def write(self, folder: Path) -> Path:
        """Writes the files and gives the path to read."""
        target = folder / "folder"
        if self.folder:
            shutil.rmtree(target, ignore_errors=True)
        for name, content in self.files.items():
            path = (target if self.folder else folder) / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return target if self.folder else folder / self.main

    def intact(self, files: dict[str, bytes]) -> list[int]:
        """The rows whose bytes all stand in changed files."""
        if not all(needle.is_in(files) for needle in self.every):
            return []
        return [
            row
            for row, needles in enumerate(self.rows)
            if needles and all(needle.is_in(files) for needle in needles)
        ]


def all_cases(folder: Path) -> list[Case]:
    """Every case; files are made below a folder."""
    from tests.support import fuzz_tables

    cases = [
        *_written(folder),
        *_fasttext(),
        *_finalfusion(),
        *_gensim(folder),
        *_lone(),
        *_wild(folder / "wild"),
        _with_subwords(folder),
    ]
    cases.append(_packed(next(case for case in cases if case.name == "model")))
    cases += fuzz_tables.cases()
    for case in cases:
        if not case.rows:
            case.rows = [_needles(case, row) for row in range(len(case.words))]
    return cases + [wrapped for case in list(cases) for wrapped in _wrapped(case)]


def _chained(case: Case) -> list[list[Needle]]:
    """Rows with nothing between them: one ends where the one before it says."""
    (content,) = case.files.values()
    ends = [content.find(row.tobytes()) + row.nbytes for row in case.vectors]
    starts = [0, content.find(b"\n"), *ends]
    return [
        [Needle(case.main, content[start:end])] for start, end in zip(starts, ends, strict=False)
    ]


def _around(content: bytes, start: int, end: int) -> bytes:
    """A stretch with a byte on each side, so that it is not found inside a longer word."""
    return content[max(0, start - 1) : end + 1]


def _needles(case: Case, row: int) -> list[Needle]:
    """Where a row's word and values stand; none where its values are not found."""
    word, values = case.words[row].encode(), case.vectors[row]
    forms = [values.astype("<f4").tobytes()]
    for separator in (b" ", b"\t", b","):
        forms.append(separator.join(b"%r" % float(value) for value in values))
        forms.append(separator.join(str(np.float32(value)).encode() for value in values))
    found: list[Needle] = []
    has_values = False
    for name, content in case.files.items():
        begin = content.find(word)
        start, form = next(
            ((content.find(form), form) for form in forms if form in content), (-1, b"")
        )
        has_values |= start >= 0
        if 0 <= begin < start and start - begin < len(word) + 8:
            # Word and values stand together, wherever that is.
            found.append(Needle(name, _around(content, begin, start + len(form))))
        else:
            found += [
                Needle(name, _around(content, place, place + len(part)), max(0, place - 1))
                for place, part in ((begin, word), (start, form))
                if place >= 0
            ]
    return found if has_values else []


def _written(folder: Path) -> list[Case]:
    """A file of each format that can be written."""
    cases = []
    for known in registry.FORMATS:
        if known.write is None:
            continue
        place = folder / known.name
        place.mkdir(parents=True)
        ending = known.extensions[0] if known.extensions and not known.is_folder else ""
        target = place / f"case{ending}"
        output = MATRIX[::-1].copy()
        known.write(target, VectorsData(list(WORDS), MATRIX, COUNTS, output))
        files = {
            path.relative_to(target if target.is_dir() else place).as_posix(): path.read_bytes()
            for path in sorted(place.rglob("*"))
            if path.is_file()
        }
        case = Case(known.name, files, folder=target.is_dir(), main=target.name, words=list(WORDS))
        if known.name in _HEADERS:
            header = case.files[case.main][: _HEADERS[known.name]]
            case.every.append(Needle(case.main, header))
        if known.name == "word2vec-binary":
            case.rows = _chained(case)
        cases.append(case)
    cases.append(_spaced())
    return cases


def _spaced() -> Case:
    """word2vec's binary format as gensim writes words with spaces."""
    words = [
        word.replace("_", " ") if row % 3 else f"{word} of it" for row, word in enumerate(WORDS)
    ]
    wide = (np.random.default_rng(12).normal(size=(len(words), 16)) / 3).astype("<f4")
    rows = [word.encode() + b" " + row.tobytes() for word, row in zip(words, wide, strict=True)]
    content = b"%d 16\n" % len(words) + b"".join(rows)
    case = Case(
        "word2vec-binary, spaced", {"case.bin": content}, main="case.bin", words=words, vectors=wide
    )
    case.rows = _chained(case)
    return case


def _fasttext() -> list[Case]:
    """With n-grams, whose rows every word needs; supervised; quantised, by fastText itself."""
    golden = Golden(words=["</s>", *WORDS])
    content = golden.content()
    block = golden.inputs[len(golden.words) :].tobytes()
    case = Case(
        "fasttext with n-grams",
        {"case.bin": content},
        main="case.bin",
        words=golden.words,
        vectors=golden.vectors.astype(np.float32),
        every=[Needle("case.bin", golden.head()), Needle("case.bin", block)],
    )
    for word, own in zip(golden.words, golden.inputs, strict=False):
        place = content.find(own.tobytes())
        entry = b"\0" + word.encode() + b"\0" if word != "</s>" else word.encode() + b"\0"
        case.rows.append(
            [
                Needle("case.bin", own.tobytes(), place),
                Needle("case.bin", entry),
            ]
        )
    labels = Golden(labels=["__label__a", "__label__b"], model=3, loss=3)
    early = Golden(words=["</s>", *WORDS], early=True)
    quantised = (GOLDEN / "fasttext-quantised.ftz").read_bytes()
    return [
        case,
        Case("fasttext of 2016", {"case.bin": early.content()}, main="case.bin"),
        Case("fasttext supervised", {"case.bin": labels.content()}, main="case.bin"),
        Case("fasttext quantised", {"case.ftz": quantised}, main="case.ftz"),
    ]


def _finalfusion() -> list[Case]:
    name = "case.fifu"
    plain = Case(
        "finalfusion", {name: finalfusion_bytes.simple(WORDS, MATRIX)}, main=name, words=WORDS
    )
    sizes = np.arange(1, 9).astype(np.float32)
    scaled = finalfusion_bytes.simple(WORDS, MATRIX, sizes)
    tables = _RNG.normal(size=(2, 4, 3)).astype(np.float32)
    codes = _RNG.integers(0, 4, size=(len(WORDS), 2))
    file = finalfusion_bytes.File(finalfusion_bytes.WORDS, finalfusion_bytes.QUANTIZED)
    count = len(WORDS).to_bytes(8, "little")
    file.add(finalfusion_bytes.WORDS, count + finalfusion_bytes.strings(WORDS))
    file.add(finalfusion_bytes.QUANTIZED, finalfusion_bytes.quantized(codes, tables, file.start))
    return [
        plain,
        Case("finalfusion scaled", {name: scaled}, main=name),
        Case("finalfusion quantised", {name: file.content}, main=name),
    ]


def _gensim(folder: Path) -> list[Case]:
    """Pickles of two protocols, with and without files beside them, and with n-grams."""
    vectors = KeyedVectors(5)
    vectors.add_vectors(WORDS, MATRIX)
    cases = []
    for protocol in (2, 4):
        content = pickle.dumps(vectors, protocol=protocol)
        name = f"gensim protocol {protocol}"
        case = Case(name, {"case.kv": content}, main="case.kv", words=WORDS)
        if protocol == 4:
            # Type, order of bytes and shape stand around the values: rows need all of it.
            start = content.find(MATRIX.tobytes())
            end = start + MATRIX.nbytes
            around = [content[start - 120 : start], content[end : end + 120]]
            case.every = [Needle("case.kv", part) for part in around]
            words = content.find(WORDS[0].encode())
            last = content.rfind(WORDS[-1].encode(), 0, words + 400)
            case.every.append(Needle("case.kv", content[words - 60 : last + 5]))
        else:
            case.rows = [[] for _ in WORDS]
        cases.append(case)
    place = folder / "gensim"
    place.mkdir()
    vectors.save(str(place / "case.kv"), separately=["vectors"])
    files = {path.name: path.read_bytes() for path in sorted(place.iterdir())}
    beside = Case("gensim with a file beside", files, main="case.kv", words=WORDS)
    beside.every = [
        Needle("case.kv", files["case.kv"]),
        Needle("case.kv.vectors.npy", files["case.kv.vectors.npy"][:128]),
    ]
    cases.append(beside)
    model = FastText(vector_size=4, min_count=1, bucket=9, min_n=2, max_n=3, workers=1)
    model.build_vocab([WORDS])
    cases.append(Case("gensim FastText", {"case.kv": pickle.dumps(model.wv)}, main="case.kv"))
    return cases + _old_gensim(folder)


def _old_gensim(folder: Path) -> list[Case]:
    """What versions before 4 saved: under Python 2, in lines of text, with a tree, with n-grams."""
    cases = []
    for name in _OLD:
        place = folder / name.replace("/", " ")
        place.mkdir()
        main = gensim_golden.laid(name, place).name
        files = {path.name: path.read_bytes() for path in sorted(place.iterdir())}
        cases.append(Case(f"gensim {name}", files, main=main))
    return cases


def _wild(folder: Path) -> list[Case]:
    """What other programs write: files, archives, folders."""
    folder.mkdir()
    text = b"".join(
        word.encode() + b" " + b" ".join(b"%r" % value for value in row.tolist()) + b"\n"
        for word, row in zip(WORDS, MATRIX, strict=True)
    )
    wide = np.resize(MATRIX, (len(WORDS), 32))
    cases = [
        Case(
            f"gguf {kind}",
            {"case.gguf": wild_files.gguf_bytes(WORDS, wide, kind)},
            main="case.gguf",
        )
        for kind in ("F32", "BF16", "Q4_0", "Q5_1", "Q8_0")
    ]
    cases += [
        Case(f"pickle {name} {protocol}", {"case.pkl": pickle.dumps(made(WORDS, MATRIX), protocol)},
             main="case.pkl")
        for name, made in wild_files.PICKLED.items()
        for protocol in (0, 4)
    ]  # fmt: skip
    joblib.dump((WORDS, MATRIX), folder / "joblib.pkl")
    joblib.dump((WORDS, MATRIX), folder / "deflated.pkl", compress=3)
    np.savez(folder / "texts.npz", words=np.array(WORDS), vectors=MATRIX)
    np.savez_compressed(folder / "objects.npz", words=np.array(WORDS, object), vectors=MATRIX)
    torch.save({"words": WORDS, "vectors": torch.tensor(MATRIX)}, folder / "zip.pt")
    torch.save(
        (WORDS, torch.tensor(MATRIX)), folder / "old.pt", _use_new_zipfile_serialization=False
    )
    wild_files.zipped(folder / "one.zip", {"v.txt": text, "README.md": b"x"})
    wild_files.tarred(folder / "one.tar.gz", {"v.txt": text, "vocab.txt": b"x\ny\n"})
    wild_files.hdf5(folder / "sets.h5", WORDS, MATRIX)
    wild_files.magnitude(folder, WORDS, MATRIX)
    names = {
        "joblib.pkl": "pickle of joblib", "deflated.pkl": "pickle of joblib, deflated",
        "texts.npz": "npz", "objects.npz": "npz of objects",
        "zip.pt": "torch", "old.pt": "torch, old", "one.zip": "zip of glove",
        "one.tar.gz": "tar of glove", "sets.h5": "hdf5", "case.magnitude": "magnitude",
    }  # fmt: skip
    for file, name in names.items():
        content = (folder / file).read_bytes()
        cases.append(Case(name, {file: content}, main=file, is_archive=True))
    folders = {
        "spacy": wild_files.spacy(folder / "spacy", WORDS, MATRIX),
        "spacy sense2vec": wild_files.sense2vec(
            folder / "sense2vec", WORDS, MATRIX, COUNTS.tolist()
        ),
        "parquet-folder": wild_files.spark(folder / "spark", WORDS, MATRIX),
        "export": folder / "export",
    }
    data = ExportData(tokens=list(WORDS), matrices={"input": MATRIX}, counts=COUNTS)
    export(data, folders["export"])
    return cases + [Case(name, _files_in(place), folder=True) for name, place in folders.items()]


def _with_subwords(folder: Path) -> Case:
    """A model folder with n-grams."""
    rows = _RNG.normal(size=(9, 5)).astype(np.float32)
    subwords = Subwords(minn=2, maxn=3, buckets=9, rows=rows, own=MATRIX)
    place = folder / "model with n-grams"
    registry.write(place, VectorsData(list(WORDS), MATRIX, COUNTS, subwords=subwords), "model")
    return Case("model with n-grams", _files_in(place), folder=True)


def _files_in(place: Path) -> dict[str, bytes]:
    """Path below a folder → content."""
    return {
        path.relative_to(place).as_posix(): path.read_bytes()
        for path in sorted(place.rglob("*"))
        if path.is_file()
    }


def _packed(model: Case) -> Case:
    """A model folder in a zip archive, whose checksums guard every byte of it."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in model.files.items():
            archive.writestr(f"model/{name}", part)
    files = {"case.zip": content.getvalue()}
    return Case("run", files, main="case.zip", words=model.words, checked=True, is_archive=True)


def _lone() -> list[Case]:
    buffer = io.BytesIO()
    np.save(buffer, MATRIX)
    return [Case("lone npy", {"case.npy": buffer.getvalue()}, main="case.npy")]


def _wrapped(case: Case) -> list[Case]:
    """The case compressed in each way, where it is one file."""
    if case.folder or len(case.files) != 1 or case.is_archive:
        return []
    (content,) = case.files.values()
    return [
        Case(
            f"{case.name} {ending}",
            {case.main + ending: wrap(content)},
            main=case.main + ending,
            words=case.words,
            vectors=case.vectors,
            checked=True,
        )
        for ending, wrap in _WRAPPERS.items()
    ]
