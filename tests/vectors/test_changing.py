"""Tables that are filled, changed and put in order, and facts about their words."""

from __future__ import annotations

import copy
import io
import pickle
import weakref
from pathlib import Path
from typing import Any

import gensim
import numpy as np
import pytest

import lexiscope
from lexiscope import formats
from lexiscope.cli.main import main
from lexiscope.errors import ConfigError, LexiscopeError
from lexiscope.vectors import KeyedVectors, UnknownWordError


def table(**options: Any) -> KeyedVectors:
    matrix = np.arange(12, dtype=np.float32).reshape(4, 3) + 1
    return KeyedVectors(["a", "b", "c", "d"], matrix, **options)


def test_a_table_to_be_filled() -> None:
    vectors = KeyedVectors(3, count=2, dtype=np.float64)
    assert len(vectors) == 2 and vectors.vector_size == 3 and vectors.next_index == 0
    assert vectors.vectors.dtype == np.float64 and vectors.mapfile_path is None
    assert "a" not in vectors and vectors.most_similar([np.ones(3)]) == []
    assert vectors.add_vector("a", [1, 2, 3]) == 0
    assert vectors.add_vector("b", np.array([0.1, 0, 0])) == 1 == vectors.next_index - 1
    assert vectors.add_vector("c", [0, 1, 0]) == 2
    assert vectors.index_to_key == ["a", "b", "c"]
    assert vectors["b"].dtype == np.float64 and vectors["b"][0] == 0.1
    assert [word for word, _ in vectors.most_similar("a")] == ["c", "b"]


def test_rows_without_a_key_are_not_saved(tmp_path: Path) -> None:
    vectors = KeyedVectors(3, count=3)
    vectors.add_vector("a", [1, 2, 3])
    vectors.set_vecattr("a", "tag", "noun")
    vectors.save(tmp_path / "m")
    back = lexiscope.load(tmp_path / "m")
    assert back.index_to_key == ["a"] and back.get_vecattr("a", "tag") == "noun"
    vectors.save_word2vec_format(tmp_path / "v.txt")
    assert (tmp_path / "v.txt").read_text() == "1 3\na 1.0 2.0 3.0\n"


def test_words_one_by_one_move_the_rows_now_and_then_only() -> None:
    vectors = KeyedVectors(4)
    moves = 0
    for number in range(1000):
        before = vectors.vectors.base
        vectors.add_vector(str(number), np.full(4, number))
        moves += vectors.vectors.base is not before
    assert moves < 30
    assert np.array_equal(vectors.vectors[:, 0], np.arange(1000))
    assert np.array_equal(pickle.loads(pickle.dumps(vectors)).vectors, vectors.vectors)
    assert len(pickle.dumps(vectors)) < len(pickle.dumps(vectors.vectors)) + 40_000


def test_words_that_are_there_keep_their_vectors_unless_they_are_to_be_replaced() -> None:
    vectors = table()
    vectors.add_vectors(["a", "e", "e"], [[9, 9, 9], [7, 7, 7], [8, 8, 8]])
    assert vectors.index_to_key == ["a", "b", "c", "d", "e"]
    assert vectors["a"].tolist() == [1, 2, 3] and vectors["e"].tolist() == [7, 7, 7]
    vectors.add_vectors(["a", "f"], [[9, 9, 9], [6, 6, 6]], replace=True)
    vectors["b"] = np.array([5, 5, 5])
    vectors[["c", "g"]] = [[4, 4, 4], [3, 3, 3]]
    assert vectors[["a", "b", "c", "f", "g"]][:, 0].tolist() == [9, 5, 4, 6, 3]
    assert vectors.similarity("a", "b") == pytest.approx(1)
    assert vectors.most_similar("a", topn=1)[0][1] == pytest.approx(1)


def test_facts_come_with_new_words() -> None:
    vectors = table(counts=np.array([4, 3, 2, 1]))
    vectors.add_vectors(["e", "a"], np.ones((2, 3)), extras={"count": np.array([9, 8])})
    assert [vectors.get_vecattr(word, "count") for word in "ae"] == [4, 9]
    vectors.add_vectors(["a"], np.ones((1, 3)), extras={"count": np.array([7])}, replace=True)
    assert vectors.counts is not None and vectors.counts.tolist() == [7, 3, 2, 1, 9]


@pytest.mark.parametrize(
    "call",
    [
        lambda v: v.add_vectors(["e"], np.ones((1, 4))),
        lambda v: v.add_vectors(["e", "f"], np.ones((1, 3))),
        lambda v: v.add_vectors(["e"], [["x", "y", "z"]]),
        lambda v: v.add_vector("e", np.ones(4)),
        lambda v: v.__setitem__("a", np.ones(2)),
        lambda v: setattr(v, "vectors", np.ones(3)),
        lambda v: setattr(v, "vector_size", 5),
        lambda _: KeyedVectors(3, -1),
        lambda _: KeyedVectors(0),
        lambda _: KeyedVectors(3, counts=[1]),
    ],
)
def test_what_does_not_fit_is_refused_and_changes_nothing(call: Any) -> None:
    vectors = table()
    with pytest.raises(ConfigError):
        call(vectors)
    assert vectors.index_to_key == ["a", "b", "c", "d"] and vectors.vectors.shape == (4, 3)


def test_rows_that_can_only_be_read_are_copied_once() -> None:
    matrix = np.ones((2, 3), np.float32)
    matrix.setflags(write=False)
    vectors = KeyedVectors(["a", "b"], matrix)
    with pytest.raises(ValueError, match="read-only"):
        vectors.vectors[0] = 2
    vectors["a"] = np.zeros(3)
    held = vectors.vectors
    vectors["b"] = np.zeros(3)
    assert vectors.vectors is held and matrix.all()


def test_writing_into_an_opened_model_leaves_its_file_alone(tmp_path: Path) -> None:
    table(output=np.ones((4, 3), np.float32)).save(tmp_path / "m")
    content = (tmp_path / "m" / "model.safetensors").read_bytes()
    opened = lexiscope.load(tmp_path / "m")
    opened.vectors[0] = [0, 0, 5]
    opened.vectors *= 2
    assert opened["a"].tolist() == [0, 0, 10]
    opened.unit_normalize_all()
    assert opened["a"].tolist() == [0, 0, 1]
    assert (tmp_path / "m" / "model.safetensors").read_bytes() == content
    assert lexiscope.load(tmp_path / "m")["a"].tolist() == [1, 2, 3]
    kept = KeyedVectors.load(tmp_path / "m", mmap="r")
    with pytest.raises(ValueError, match="read-only"):
        kept.vectors[0] = 1
    kept.unit_normalize_all()
    assert np.linalg.norm(kept["a"]) == pytest.approx(1)
    with pytest.raises(ConfigError, match="never written through"):
        KeyedVectors.load(tmp_path / "m", mmap="r+")  # type: ignore[arg-type]


@pytest.mark.parametrize("name", ["npy", "safetensors", "word2vec-binary", "fasttext"])
def test_every_file_that_is_opened_can_be_written_into(name: str, tmp_path: Path) -> None:
    formats.write(tmp_path / "v", table().to_data(), name)
    content = (tmp_path / "v").read_bytes()
    opened = KeyedVectors.load(tmp_path / "v")
    opened.vectors[1] = [7, 7, 7]
    assert opened["b"].tolist() == [7, 7, 7]
    assert (tmp_path / "v").read_bytes() == content


@pytest.mark.parametrize("sep_limit", [0, 10**9])
def test_what_gensim_saved_can_be_written_into(sep_limit: int, tmp_path: Path) -> None:
    peer = gensim.models.KeyedVectors(3)
    peer.add_vectors(["a", "b"], np.ones((2, 3), np.float32))
    peer.save(str(tmp_path / "v.kv"), sep_limit=sep_limit)
    content = [path.read_bytes() for path in sorted(tmp_path.iterdir())]
    opened = KeyedVectors.load(tmp_path / "v.kv")
    opened.vectors[1] = [7, 7, 7]
    assert opened["b"].tolist() == [7, 7, 7]
    assert [path.read_bytes() for path in sorted(tmp_path.iterdir())] == content


def test_a_map_is_only_read_where_the_system_refuses_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As of files larger than the memory."""
    table().save(tmp_path / "m")
    mapped = np.memmap

    def refuse(*given: Any, mode: str, **options: Any) -> np.memmap:
        if mode == "c":
            raise OSError("Cannot allocate memory")
        return mapped(*given, mode=mode, **options)  # type: ignore[call-overload, no-any-return]

    monkeypatch.setattr(np, "memmap", refuse)
    opened = lexiscope.load(tmp_path / "m")
    assert not opened.vectors.flags.writeable
    opened["a"] = np.zeros(3)
    assert not opened["a"].any()


def test_a_file_in_the_way_is_replaced_as_in_gensim(tmp_path: Path) -> None:
    (tmp_path / "v.kv").write_text("an earlier file")
    table().save(str(tmp_path / "v.kv"))
    table().save(str(tmp_path / "v.kv"))
    assert KeyedVectors.load(str(tmp_path / "v.kv")).index_to_key == ["a", "b", "c", "d"]
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "mine").write_text("")
    with pytest.raises(ConfigError, match="not a model"):
        table().save(tmp_path / "folder")


def test_load_is_the_classs(tmp_path: Path) -> None:
    table().save(tmp_path / "m")
    with pytest.raises(AttributeError, match="KeyedVectors"):
        table().load(tmp_path / "m")
    with pytest.raises(TypeError, match="expected a path"):
        table().save(io.BytesIO())  # type: ignore[arg-type]


def test_parts_may_be_assigned_one_after_the_other() -> None:
    """Users' habit: vocabularies are cut by assigning the parts."""
    vectors = table(counts=np.array([4, 3, 2, 1]), output=np.ones((4, 3), np.float32))
    vectors.vectors = vectors.vectors[[1, 3]]
    with pytest.raises(ConfigError, match="4 words do not fit"):
        vectors.most_similar("a")
    vectors.index_to_key = np.array(["b", "d"])
    assert vectors.key_to_index == {"b": 0, "d": 1}
    assert vectors["d"].tolist() == [10, 11, 12]
    assert vectors.counts is not None and vectors.counts.tolist() == [3, 1]
    assert not vectors.has_output
    vectors.key_to_index = {"x": 0}
    assert vectors["x"].tolist() == [4, 5, 6]


def test_a_matrix_that_is_assigned_is_the_callers_own() -> None:
    vectors, mine = table(), np.zeros((4, 3))
    vectors.vectors = mine
    mine[0] = 1
    vectors.norms = None
    assert vectors["a"].tolist() == [1, 1, 1] and vectors.norms[0] == pytest.approx(3**0.5)
    vectors.norms = np.ones(4)
    assert vectors.norms.tolist() == [1, 1, 1, 1]


def test_a_matrix_that_was_replaced_is_let_go() -> None:
    mine = np.ones((4, 3), np.float32)
    vectors = KeyedVectors(["a", "b", "c", "d"], mine)
    vectors.most_similar("a")
    gone = weakref.ref(mine)
    del mine
    vectors.vectors = np.zeros((4, 3), np.float32)
    assert gone() is None


def test_sorting_takes_everything_along() -> None:
    vectors = table(counts=np.array([1, 5, 5, 9]), output=np.diag([1, 2, 3, 4])[:, :3])
    vectors.set_vecattr("b", "tag", "noun")
    lock = vectors.vectors_lockf
    lock[0] = 0
    vectors.most_similar("a")
    vectors.sort_by_descending_frequency()
    # Later rows first among equals: gensim's order.
    assert vectors.index_to_key == ["d", "c", "b", "a"]
    assert vectors["a"].tolist() == [1, 2, 3] and vectors.get_vecattr("b", "tag") == "noun"
    assert vectors.output_vectors[:, 0].tolist() == [0, 0, 0, 1]
    assert vectors.vectors_lockf.tolist() == [1, 1, 1, 0]
    assert vectors.norms[3] == pytest.approx(14**0.5)
    with pytest.raises(KeyError):
        table().sort_by_descending_frequency()
    KeyedVectors(3).sort_by_descending_frequency()


def test_facts_about_words() -> None:
    vectors = table()
    assert vectors.expandos == {}
    vectors.set_vecattr("b", "sense", 3)
    assert [vectors.get_vecattr(word, "sense") for word in "ab"] == [0, 3]
    assert type(vectors.get_vecattr("b", "sense")) is int
    with pytest.raises(TypeError, match="int64"):
        vectors.set_vecattr("b", "sense", 0.5)
    vectors.set_vecattr("c", "path", [1, 2])
    assert vectors.get_vecattr("c", "path") == [1, 2]
    with pytest.raises(KeyError, match="no attribute 'other'"):
        vectors.get_vecattr("a", "other")
    with pytest.raises(UnknownWordError):
        vectors.get_vecattr("z", "sense")
    with pytest.raises(LexiscopeError, match="no word counts"):
        vectors.get_vecattr("a", "count")
    vectors.add_vector("e", np.ones(3))
    assert vectors.get_vecattr("e", "sense") == 0
    vectors.allocate_vecattrs(["weight"], [np.float32])
    assert vectors.expandos["weight"].shape == (5,)


def test_facts_are_saved_with_the_words(tmp_path: Path) -> None:
    vectors = table(counts=np.array([4, 3, 2, 1]), metadata={"window": 5})
    vectors.set_vecattr("b", "sense", -3)
    vectors.set_vecattr("b", "weight", 0.5)
    vectors.set_vecattr("c", "tag", "noun")
    vectors.set_vecattr("a", "path", np.array([1, 2]))
    vectors.save(tmp_path / "m")
    back = lexiscope.load(tmp_path / "m")
    assert back.metadata == {"window": 5}
    assert sorted(back.expandos) == ["count", "path", "sense", "tag", "weight"]
    for name in ("count", "sense", "weight", "tag"):
        assert back.expandos[name].tolist() == vectors.expandos[name].tolist()
    assert back.get_vecattr("a", "path") == [1, 2]
    vectors.save(tmp_path / "m", ignore=["sense"])
    assert "sense" not in lexiscope.load(tmp_path / "m").expandos
    some = lexiscope.load(tmp_path / "m", limit=2)
    assert list(some.expandos) == ["count"] and "was left out" in some.warnings[0]
    vectors.set_vecattr("a", "thing", {1, 2})
    with pytest.raises(ConfigError, match="cannot be written"):
        vectors.save(tmp_path / "m")


@pytest.mark.parametrize(
    "damaged",
    [
        [],
        {"sense": 3},
        {"sense": {"dtype": "O", "data": ""}},
        {"sense": {"dtype": "<i8", "data": "?"}},
        {"sense": {"dtype": "<i8", "data": "AAAA"}},
        {"sense": {"values": [1]}},
    ],
)
def test_facts_that_are_damaged_are_left_out_and_told(damaged: Any) -> None:
    held = table(metadata={"vecattrs": damaged})
    assert held.expandos == {} and "vecattrs" not in held.metadata
    assert len(held.warnings) == (1 if damaged else 0)


def test_whole_numbers_as_keys(tmp_path: Path) -> None:
    """Users' habit: walks over graphs have the nodes' numbers for words."""
    matrix = np.random.default_rng(0).normal(size=(4, 3)).astype(np.float32)
    nodes = KeyedVectors([30, 10, 2, 0], matrix, counts=np.array([4, 3, 2, 1]))
    assert nodes.get_index(2) == 2 and nodes.get_index(0) == 3 and nodes.get_index(1) == 1
    assert np.array_equal(nodes[np.int64(10)], matrix[1]) and 30 in nodes and 31 not in nodes
    assert [type(node) for node, _ in nodes.most_similar(30)] == [int] * 3
    with pytest.raises(KeyError, match="31"):
        nodes[31]
    nodes.save(tmp_path / "m")
    assert lexiscope.load(tmp_path / "m").index_to_key == [30, 10, 2, 0]
    nodes.add_vector("hub", np.ones(3))
    nodes.save(tmp_path / "m")
    assert lexiscope.load(tmp_path / "m").index_to_key == [30, 10, 2, 0, "hub"]
    nodes.save_word2vec_format(tmp_path / "v")
    words = KeyedVectors.load_word2vec_format(tmp_path / "v")
    assert words.index_to_key == ["30", "10", "2", "0", "hub"]
    nodes.add_vector(("a", "pair"), np.ones(3))
    assert nodes.get_index(("a", "pair")) == 5
    with pytest.raises(ConfigError, match="tuple"):
        nodes.save(tmp_path / "m")


def test_a_graphs_nodes_are_asked_for_in_text_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    matrix = np.array([[1, 0], [0.9, 0.1], [0, 1]], np.float32)
    KeyedVectors([30, 10, 2], matrix).save(tmp_path / "m")
    assert lexiscope.load(tmp_path / "m").in_words().index_to_key == ["30", "10", "2"]
    for command in (["neighbors", str(tmp_path / "m"), "30"], ["info", str(tmp_path / "m")]):
        main(command)
    assert "10" in capsys.readouterr().out


def test_numbers_that_are_no_keys_are_rows() -> None:
    vectors = table()
    assert vectors[2].tolist() == [7, 8, 9] and 3 in vectors and 4 not in vectors
    assert vectors[["a", 1]].tolist() == [[1, 2, 3], [4, 5, 6]]
    assert vectors.most_similar(0) == vectors.most_similar("a")
    assert [row.tolist() for row in vectors] == vectors.vectors.tolist()
    with pytest.raises(KeyError):
        vectors[-1]


def test_some_words_as_a_table_of_their_own() -> None:
    vectors = table(counts=np.array([40, 30, 20, 10]))
    some = vectors.vectors_for_all(["d", "z", "b", "d"])
    assert some.index_to_key == ["d", "b"] and some["b"].tolist() == [4, 5, 6]
    assert [some.get_vecattr(word, "count") for word in "db"] == [2, 1] and some.counts is None
    some["b"] = np.zeros(3)
    assert vectors["b"].any()
    kept = vectors.vectors_for_all(["d", "b"], copy_vecattrs=True)
    assert kept.counts is not None and kept.counts.tolist() == [10, 30]
    assert len(vectors.vectors_for_all(["z"])) == 0


def test_new_keys_get_random_rows() -> None:
    vectors = table()
    vectors.index_to_key = [*vectors.index_to_key, "e"]
    vectors.resize_vectors(seed=1)
    assert vectors.vectors.shape == (5, 3) and vectors["a"].tolist() == [1, 2, 3]
    assert np.abs(vectors["e"]).max() <= 1 / 3 and vectors["e"].any()


def test_copies_are_apart() -> None:
    vectors = table()
    vectors.most_similar("a")
    other = copy.deepcopy(vectors)
    other["a"] = np.zeros(3)
    assert vectors["a"].any()


def test_events_are_noted() -> None:
    vectors, other = table(), table()
    vectors.add_lifecycle_event("loaded", log_level=False, file="v.bin")
    assert vectors.lifecycle_events is not None
    assert [event["event"] for event in vectors.lifecycle_events] == ["loaded"]
    assert not other.lifecycle_events
    vectors.lifecycle_events = None
    vectors.add_lifecycle_event("saved")
    assert vectors.lifecycle_events is None
