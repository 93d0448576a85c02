"""Sound documents of every kind, and what a command does with each."""

from __future__ import annotations

import io
import json
import pickle
import struct
import zlib
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import numpy as np
import torch

from lexiscope import formats
from lexiscope.cli.main import main
from lexiscope.contextual import Encoder
from lexiscope.contextual.corpus.parts import Part, Parts
from lexiscope.contextual.pretrained.census import census
from lexiscope.contextual.pretrained.extract import extract
from lexiscope.corpus.tokenizers import SentenceTokenizer, TokenizerSpec
from lexiscope.formats import VectorsData
from lexiscope.formats.kinds import model_folder
from lexiscope.inspection import Recording
from lexiscope.inspection.history import History, SnapshotHistory, StepHistory
from lexiscope.inspection.questions import read_questions
from lexiscope.inspection.snapshots.snapshots import Snapshots
from lexiscope.inspection.views.census import census as census_of_recording
from lexiscope.inspection.views.corpus_overview import corpus_overview
from lexiscope.inspection.views.loss_curve import loss_curve
from lexiscope.inspection.views.neighbors import neighbor_evolution
from lexiscope.inspection.views.projection import trajectories
from lexiscope.inspection.views.scorecard import scorecard
from lexiscope.interop.exports import TARGETS, export, load_export
from lexiscope.training.checkpoint import newest_checkpoint
from lexiscope.training.document import read_run
from lexiscope.vectors import KeyedVectors, evaluation
from lexiscope.vectors.aligning.token_files import read_token_ids
from tests.reliability.fuzz_documents import Target
from tests.support import tiny_models, token_lists
from tests.support.checkpoint_cases import matrix, write_checkpoint, write_shards, write_tokenizer

GOLDEN = Path(__file__).parents[1] / "golden"
_HEAD = struct.Struct("<8sIII")
WORDS = ["alpha", "naïve", "日本語", "gamma7"]


def files_in(folder: Path) -> dict[str, bytes]:
    """Path below a folder → content."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def all_targets(folder: Path) -> list[Target]:
    """Every target; what has to be made is made in the folder."""
    folder.mkdir(parents=True)
    return [
        *_runs(),
        *_tokenizers(),
        *_pretrained(folder),
        *_exports(folder),
        *_folders(folder),
        *_lists(),
        _manifest(folder),
        _transformer(folder),
    ]


def _runs() -> list[Target]:
    """Recordings, checkpoints, and models that are trained further."""
    steps = _split(files_in(GOLDEN / "recording-cbow-0.1.0"), "recording/steps.bin")
    moments = _split(files_in(GOLDEN / "0.1.0" / "model"), "recording/moments.bin")
    return [
        Target("recording of steps", steps, _use_steps, _joined("recording/steps.bin")),
        Target("recording of snapshots", moments, _use_snapshots, _joined("recording/moments.bin")),
        Target(
            "checkpoint of a training",
            files_in(GOLDEN / "0.1.0" / "stopped"),
            lambda place: newest_checkpoint(place).saved.run(),
        ),
        Target(
            "model to train further",
            files_in(GOLDEN / "0.1.0" / "model-hs"),
            lambda place: read_run(place, model_folder.read(place)).run(),
        ),
    ]


def _split(files: dict[str, bytes], name: str) -> dict[str, bytes]:
    """A recording's file taken apart, so that its header can be damaged as JSON."""
    content = files.pop(name)
    length = _HEAD.unpack_from(content)[2]
    files[f"{name}.json"] = content[_HEAD.size : _HEAD.size + length]
    files[f"{name}.parts"] = content[_HEAD.size + length :]
    files[name] = content
    return files


def _joined(name: str) -> Callable[[dict[str, bytes]], dict[str, bytes]]:
    """Puts such a file together again, with checksums that hold."""

    def join(files: dict[str, bytes]) -> dict[str, bytes]:
        files = dict(files)
        header, parts = files.pop(f"{name}.json"), files.pop(f"{name}.parts")
        try:
            document = json.loads(header)
            at = 0
            for part in document["parts"]:
                part["crc32"] = zlib.crc32(parts[at : at + part["size"]])
                at += part["size"]
            header = json.dumps(document).encode()
        except (ValueError, TypeError, KeyError, RecursionError):
            pass
        magic = files[name][:8]
        head = _HEAD.pack(magic, 1, len(header), zlib.crc32(header))
        files[name] = head + header + parts
        return files

    return join


def _use_steps(place: Path) -> None:
    _info(place)
    recording = Recording.open(place)
    recording.step(1)
    recording.step(recording.steps)
    recording.vectors(0)
    census_of_recording(recording)
    corpus_overview(recording)
    _use_history(StepHistory(recording))


def _use_snapshots(place: Path) -> None:
    _info(place)
    _use_history(SnapshotHistory(Snapshots.open(place)))


def _use_history(history: History) -> None:
    """What the page's views ask of a run."""
    loss_curve(history)
    neighbor_evolution(history, history.words[:2])
    trajectories(history, history.foremost(3))
    scorecard(history)


def _info(place: Path) -> None:
    """`lexiscope info`, for people and for programs."""
    for options in ([], ["--json"]):
        said = io.StringIO()
        with redirect_stdout(said), redirect_stderr(said):
            code = main(["info", str(place), *options])
        text = said.getvalue()
        assert code in (0, 1) and "Traceback" not in text, text


def _tokenizers() -> list[Target]:
    made = {
        "wordpiece": tiny_models.wordpiece(),
        "bytes": tiny_models.byte_level(trim=True, special=True),
        "unigram": tiny_models.unigram(),
    }
    targets = []
    for name, tokenizer in made.items():
        files = {"tokenizer.json": tokenizer.to_str().encode()}
        targets += [
            Target(f"tokenizer {name}, its ids", files, read_token_ids),
            Target(f"tokenizer {name}, for a text", files, _use_tokenizer),
        ]
    ids = {word: number for number, word in enumerate(WORDS)}
    pair = {
        "vocab.json": json.dumps(ids).encode(),
        "added_tokens.json": json.dumps({"<new>": 4}).encode(),
    }
    lines = "".join(f"{word}\t{number}\n" for word, number in ids.items()).encode()
    listed = json.dumps(WORDS).encode()
    return [
        *targets,
        Target("vocab.json", pair, read_token_ids),
        Target("a list of tokens", {"x.json": listed}, lambda p: read_token_ids(p / "x.json")),
        Target("vocab.txt", {"vocab.txt": lines}, read_token_ids),
        Target("vocabulary.tsv", {"vocabulary.tsv": lines}, read_token_ids),
        *_token_lists(),
    ]


def _token_lists() -> list[Target]:
    """Lists of tokens in other programs' shapes."""
    files = {
        "spiece.model": token_lists.sentencepiece(),
        "tekken.json": token_lists.tekken().encode(),
        "keras.json": token_lists.keras({"alpha": 1, "gamma7": 2}, {"alpha": 5}, None).encode(),
        "vocab.yml": b'"</s>": 0\nalpha: 1\n',
        "ranks.tiktoken": b"IQ== 0\nIg== 1\nIHRoZQ== 2\n",
        "metadata.tsv": b"word\tcount\nalpha\t5\ngamma7\t3\n",
        "dict.txt": b"alpha 5\ngamma7 3\n",
        "m.vocab": "<unk>\t0\n▁alpha\t-1.5\n".encode(),
        "words.npy": _npy(np.array(WORDS)),
        "objects.npy": _npy(np.array({"alpha": 1, "gamma7": 0}, object)),
        "vocab.pkl": pickle.dumps({"alpha": 1, "gamma7": 0}),
        "lines.pkl": pickle.dumps(["alpha", "gamma7"], protocol=0),
        "glove.txt": b"alpha 0.1 0.2\ngamma7 0.3 0.4\n",
    }

    def opener(name: str) -> Callable[[Path], object]:
        return lambda place: read_token_ids(place / name)

    return [Target(name, {name: content}, opener(name)) for name, content in files.items()]


def _npy(array: np.ndarray) -> bytes:
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


def _use_tokenizer(place: Path) -> None:
    tokenizer = SentenceTokenizer(TokenizerSpec(kind=str(place / "tokenizer.json")))
    tokenizer.tokenize(["The quick brown fox", "naïve café"])


def _pretrained(folder: Path) -> list[Target]:
    """Language models: one file, several, PyTorch's of two ages."""
    tensors = {"wte.weight": matrix(), "lm_head.weight": matrix(1), "h.bias": matrix(2)[0]}
    config = {"architectures": ["GPT2LMHeadModel"], "vocab_size": 12, "text_config": {"x": 1}}
    single = write_checkpoint(folder / "single", tensors)
    (single / "config.json").write_text(json.dumps(config))
    shards = write_shards(folder / "shards", [{"h.bias": matrix(2)[0]}, {"wte.weight": matrix()}])
    kinds = {"single": single, "sharded": shards}
    module = torch.nn.Module()
    module.wte = torch.nn.Embedding(12, 4, _weight=torch.tensor(matrix()))
    saved = {
        "of parameters": dict(module.named_parameters()),
        "of a training": {"model": module.state_dict(), "epoch": 3, "args": {"lr": 0.1}},
    }
    for name, content in saved.items():
        for zipped in (True, False):
            kind = f"torch {name}{'' if zipped else ', old'}"
            kinds[kind] = folder / kind
            kinds[kind].mkdir()
            write_tokenizer(kinds[kind])
            torch.save(
                content,
                kinds[kind] / "pytorch_model.bin",
                _use_new_zipfile_serialization=zipped,
            )
    return [
        Target(f"pretrained {name}", _split_safetensors(files_in(place)), _use_pretrained, _put)
        for name, place in kinds.items()
    ]


def _split_safetensors(files: dict[str, bytes]) -> dict[str, bytes]:
    """The headers of safetensors files beside them, to be damaged as JSON."""
    for name in [name for name in files if name.endswith(".safetensors")]:
        length = int.from_bytes(files[name][:8], "little")
        files[f"{name}.json"] = files[name][8 : 8 + length]
    return files


def _put(files: dict[str, bytes]) -> dict[str, bytes]:
    """Puts the headers back; what is a damaged file already keeps its own."""
    files = dict(files)
    for name in [name for name in files if name.endswith(".safetensors")]:
        length = int.from_bytes(files[name][:8], "little")
        header = files.pop(f"{name}.json").strip()
        header += b" " * (-len(header) % 8)
        files[name] = len(header).to_bytes(8, "little") + header + files[name][8 + length :]
    return files


def _use_pretrained(place: Path) -> None:
    _info(place)
    extract(place).stream().collect()
    census(place)


def _exports(folder: Path) -> list[Target]:
    vectors = KeyedVectors(
        list(WORDS), matrix()[:4], counts=np.arange(4, 0, -1), output=matrix(1)[:4]
    )
    targets = []
    for name in TARGETS:
        export(vectors, folder / f"export-{name}", to=name)
        files = _split_safetensors(files_in(folder / f"export-{name}"))
        targets.append(Target(f"export to {name}", files, load_export, _put))
    return targets


def _folders(folder: Path) -> list[Target]:
    """Folders of vectors whose JSON is damaged as JSON; their bytes are in the fuzz of formats."""
    targets = []
    for name in ("model", "model2vec", "safetensors"):
        place = folder / f"vectors-{name}"
        place.mkdir()
        path = place / ("x.safetensors" if name == "safetensors" else "x")
        data = VectorsData(list(WORDS), matrix()[:4], np.arange(4, 0, -1), matrix(1)[:4])
        data.metadata = {"training": {"loss": "negative", "alpha": 0.1}, "result": {"share": 1.0}}
        formats.write(path, data, name)
        below = path.name

        def use(place: Path, below: str = below) -> None:
            _info(place / below)
            KeyedVectors.from_data(formats.read(place / below))

        targets.append(Target(f"vectors in {name}", _split_safetensors(files_in(place)), use, _put))
    return targets


def _lists() -> list[Target]:
    """Lists that people write."""
    questions = b": capitals\nathens greece oslo norway\n\nking man queen woman\n"
    pairs = b"# pairs\ntiger\tcat\t7.35\nnaive\tclever\t2\n"
    vectors = KeyedVectors(["tiger", "cat", "naive", "clever"], matrix()[:4])
    return [
        Target("questions", {"q.txt": questions}, lambda p: read_questions(p / "q.txt")),
        Target(
            "questions to evaluate on",
            {"q.txt": questions},
            lambda p: evaluation.analogies(vectors, p / "q.txt"),
        ),
        Target(
            "pairs to evaluate on",
            {"p.tsv": pairs},
            lambda p: evaluation.word_pairs(vectors, p / "p.tsv"),
        ),
    ]


def _transformer(folder: Path) -> Target:
    """A model that transformers loads, and that sentences go through."""
    files = _split_safetensors(files_in(tiny_models.save("gpt2", folder / "transformer")))

    def use(place: Path) -> None:
        Encoder(place).encode(["The quick brown fox", "naïve café"])

    return Target("transformer", files, use, _put)


def _manifest(folder: Path) -> Target:
    work = {"model": "x", "layers": [6], "dtype": "float32"}
    parts = Parts(folder / "out.parquet")
    parts.begin(work, resume=False)
    parts.add(
        0,
        Part(digest="ab", sentences=3, words=9, missing=0, tokens=12),
        lambda _stream: None,
    )

    def resume(place: Path) -> None:
        Parts(place / "out.parquet").begin(work, resume=True)

    files = {f"out.parquet.parts/{n}": c for n, c in files_in(parts.folder).items()}
    return Target("manifest of a contextual corpus", files, resume)
