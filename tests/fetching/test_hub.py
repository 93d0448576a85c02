"""Models of the hub: the files that are wanted, checked, resumed, and told where they are none."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import lexiscope
from lexiscope import ConfigError, KeyedVectors, MissingExtraError
from lexiscope.fetching import hub, store
from lexiscope.files.download import BrokenError, DownloadError
from lexiscope.formats import registry, write
from tests.support.fake_hub import COMMIT, files_of, publish
from tests.support.web_server import Server, Thing

WORDS = ["king", "queen", "man", "woman"]
MODEL = "owner/model"


@pytest.fixture
def static(tmp_path: Path) -> dict[str, bytes]:
    """The files of a model2vec model."""
    matrix = np.arange(32, dtype=np.float32).reshape(4, 8)
    write(tmp_path / "static", KeyedVectors(WORDS, matrix).to_data(), "model2vec")
    files = files_of(tmp_path / "static")
    assert {"model.safetensors", "tokenizer.json", "config.json"} <= set(files)
    return {**files, "README.md": b"# A model", "onnx/model.onnx": b"x" * 5000}


def matrix_path(model: str = MODEL) -> str:
    return f"/{model}/resolve/{COMMIT}/model.safetensors"


def test_a_static_model_comes_once(server: Server, static: dict[str, bytes], places: Path) -> None:
    publish(server, MODEL, static)
    vectors = lexiscope.load(f"hf://{MODEL}")
    assert set(WORDS) <= set(vectors.index_to_key)
    np.testing.assert_array_equal(vectors["queen"], np.arange(8, 16))
    asked = {path for path, _headers in server.asked}
    assert not any("onnx" in path or "README" in path for path in asked)
    count = len(server.asked)
    assert set(WORDS) <= set(lexiscope.get(f"hf://{MODEL}").index_to_key)
    assert KeyedVectors.load(f"hf://{MODEL}").vector_size == 8 and len(server.asked) == count
    assert lexiscope.get(f"hf://{MODEL}", return_path=True) == str(
        places / "hub" / f"{MODEL}@main" / "all"
    )
    (kept,) = store.kept()
    assert kept.name == f"hf://{MODEL}" and kept.is_whole
    store.remove(kept.name)
    assert list(places.iterdir()) == []


def test_a_model_of_the_catalogue(server: Server, static: dict[str, bytes]) -> None:
    publish(server, "minishlab/potion-base-8M", static)
    assert lexiscope.get("potion-base-8M")["man"][0] == 16


def test_size_and_licence_are_told_first(server: Server, static: dict[str, bytes]) -> None:
    publish(server, MODEL, static)
    lines: list[str] = []
    hub.Reference(MODEL).fetch(None, lines.append)
    assert lines[0].startswith(f"hf://{MODEL}: ") and f"from {server.url}, mit; to" in lines[0]


def test_a_cut_model_goes_on(server: Server, static: dict[str, bytes]) -> None:
    publish(server, MODEL, static)
    server.things[matrix_path()].cuts = [100, 0, 0]
    with pytest.raises(BrokenError, match="are kept"):
        lexiscope.load(f"hf://{MODEL}")
    (kept,) = store.kept()
    assert not kept.is_whole
    server.asked.clear()
    assert lexiscope.load(f"hf://{MODEL}").vector_size == 8
    assert server.ranges(matrix_path()) == ["bytes=100-"]
    assert not any("config.json" in path for path, _headers in server.asked)
    assert store.kept()[0].is_whole


def test_a_wrong_hash_leaves_no_model(
    server: Server, static: dict[str, bytes], places: Path
) -> None:
    publish(server, MODEL, static)
    server.things[matrix_path()] = Thing(static["model.safetensors"][::-1])
    with pytest.raises(DownloadError, match="has the checksum"):
        lexiscope.load(f"hf://{MODEL}")
    assert hub.Reference(MODEL).fetched() is None
    assert not list(places.rglob("all")) and not list(places.rglob("model.safetensors*"))


def test_a_language_model_is_told_before_its_matrix_comes(
    server: Server, static: dict[str, bytes], places: Path
) -> None:
    config = json.dumps({"model_type": "bert", "architectures": ["BertModel"]}).encode()
    del static["modules.json"]
    publish(server, MODEL, {**static, "config.json": config})
    with pytest.raises(ConfigError, match="is a language model, not static vectors"):
        lexiscope.load(f"hf://{MODEL}")
    assert server.ranges(matrix_path()) == [] and list(places.iterdir()) == []


def test_a_model_of_sentence_transformers(server: Server, static: dict[str, bytes]) -> None:
    import safetensors.numpy

    matrix = safetensors.numpy.load(static["model.safetensors"])["embeddings"]
    publish(
        server,
        MODEL,
        {
            "config_sentence_transformers.json": b"{}",
            "modules.json": b'[{"type": "sentence_transformers.models.StaticEmbedding"}]',
            "0_StaticEmbedding/model.safetensors": safetensors.numpy.save(
                {"embedding.weight": matrix}
            ),
            "0_StaticEmbedding/tokenizer.json": static["tokenizer.json"],
        },
    )
    np.testing.assert_array_equal(lexiscope.load(f"hf://{MODEL}")["queen"], np.arange(8, 16))


def test_a_model_folder_of_ours(server: Server, tmp_path: Path) -> None:
    KeyedVectors(WORDS, np.eye(4, dtype=np.float32)).save(tmp_path / "ours")
    publish(server, MODEL, files_of(tmp_path / "ours"))
    assert lexiscope.load(f"hf://{MODEL}").index_to_key == WORDS


def test_a_file_of_vectors(server: Server, tmp_path: Path) -> None:
    text = b"2 3\nking 1 2 3\nqueen 1 2 4\n"
    publish(server, MODEL, {"README.md": b"", "vocab.txt": b"a", "v.vec": text})
    assert lexiscope.load(f"hf://{MODEL}").index_to_key == ["king", "queen"]
    publish(server, "owner/two", {"a.vec": text, "sub/b.txt": text * 4})
    with pytest.raises(ConfigError, match=r"several files of word vectors; name one as .*a\.vec"):
        lexiscope.load("hf://owner/two")
    path = lexiscope.get("hf://owner/two/sub/b.txt", return_path=True)
    assert Path(path).read_bytes() == text * 4 and path.endswith("files/sub/b.txt")
    assert lexiscope.get("hf://owner/two/a.vec").vector_size == 3
    with pytest.raises(ConfigError, match=r"there is no such file; it has a\.vec, sub/b\.txt"):
        lexiscope.load("hf://owner/two/c.vec")


def test_gensims_own_files_come_together(server: Server, tmp_path: Path) -> None:
    gensim = pytest.importorskip("gensim.models")
    kept = gensim.KeyedVectors(3)
    kept.add_vectors(["king", "queen"], np.arange(6, dtype=np.float32).reshape(2, 3))
    kept.save(str(tmp_path / "v.model"), sep_limit=0)
    files = {path.name: path.read_bytes() for path in tmp_path.glob("v.model*")}
    assert set(files) == {"v.model", "v.model.vectors.npy"}
    publish(server, MODEL, files)
    np.testing.assert_array_equal(lexiscope.load(f"hf://{MODEL}")["queen"], [3, 4, 5])
    assert registry.detect(hub.Reference(MODEL).fetched() or "").name.startswith("gensim")


def test_a_revision(server: Server, static: dict[str, bytes]) -> None:
    publish(server, MODEL, static, revision="v2")
    assert lexiscope.load(f"hf://{MODEL}@v2").vector_size == 8
    assert store.kept()[0].name == f"hf://{MODEL}@v2"


def test_what_another_program_has_put_into_the_hubs_cache(
    static: dict[str, bytes], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LEXISCOPE_OFFLINE", "1")
    folder = tmp_path / "hub" / "models--owner--model"
    (folder / "refs").mkdir(parents=True)
    (folder / "refs" / "main").write_text(COMMIT)
    snapshot = folder / "snapshots" / COMMIT
    snapshot.mkdir(parents=True)
    for name in ("model.safetensors", "tokenizer.json", "config.json"):
        (snapshot / name).write_bytes(static[name])
    assert lexiscope.load(f"hf://{MODEL}").vector_size == 8 and store.kept() == []


@pytest.mark.parametrize("variable", ["LEXISCOPE_OFFLINE", "HF_HUB_OFFLINE"])
def test_offline(
    server: Server, places: Path, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, "1")
    with pytest.raises(DownloadError, match=f"hf://{MODEL} is not in .* and {variable} is set"):
        lexiscope.load(f"hf://{MODEL}")
    assert server.asked == [] and not places.exists()


def test_a_model_that_is_not_there(server: Server, places: Path) -> None:
    with pytest.raises(DownloadError, match="the hub answers 404: there is no such model") as told:
        lexiscope.load(f"hf://{MODEL}")
    assert "\n" not in str(told.value) and not places.exists()


def test_without_the_hubs_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hub, "find_spec", lambda _name: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'lexiscope\[hub\]'"):
        lexiscope.load(f"hf://{MODEL}")


def test_a_hub_that_cannot_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(DownloadError, match=r"the hub at http://127\.0\.0\.1:9 cannot be asked"):
        lexiscope.load(f"hf://{MODEL}")


@pytest.mark.parametrize(
    "name",
    [
        "hf://",
        "hf://model",
        "hf://../model",
        "hf://a/b@",
        "hf://a/b/../c",
        "hf://a/b//c",
        "hf:///a/b",
    ],
)
def test_names_of_nothing(name: str) -> None:
    with pytest.raises(ConfigError, match="names nothing on the hub; expected hf://OWNER/NAME"):
        lexiscope.load(name)
