"""Embedding matrices out of checkpoints: the right tensor, the right rows, only its bytes."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

import lexiscope
from lexiscope.contextual.pretrained.census import census, looks_like_pretrained
from lexiscope.contextual.pretrained.extract import Pretrained, Tied, extract
from lexiscope.errors import ConfigError, FormatError, LexiscopeError
from tests.support.checkpoint_cases import (
    COLUMNS,
    ROWS,
    TOKENS,
    matrix,
    raw_safetensors,
    write_checkpoint,
    write_config,
    write_shards,
    write_tokenizer,
)
from tests.support.patience import PATIENCE


def test_the_matrix_comes_with_its_tokens_as_words(tmp_path: Path) -> None:
    checkpoint = write_checkpoint(tmp_path / "gpt", {"wte.weight": matrix()})
    found = extract(checkpoint)
    found.save(tmp_path / "model")
    vectors = lexiscope.load(tmp_path / "model")
    assert np.array_equal(vectors.vectors, matrix())
    assert np.array_equal(vectors["king"], matrix()[1])
    assert vectors.index_to_key == [
        "<|endoftext|>",
        "king",
        "##king",
        "queen",
        "##ing",
        ".",
        "##.",
        "Ċ",
        "Ã",
        "été",
        "[pad 10]",
        "[pad 11]",
    ]
    raw = (tmp_path / "model" / "tokens.tsv").read_text().splitlines()
    assert raw == [*TOKENS, "", ""]
    assert vectors.metadata["padded_rows"] == 2
    assert np.array_equal(found.to_vectors().vectors, matrix())


def test_tokens_that_read_the_same_are_kept_apart(tmp_path: Path) -> None:
    tokens = ["<s>", "Ġ##a", "a", "Ġa", "##a", "ĠĊ", "Ċ", "[pad 8]"]
    found = extract(write_checkpoint(tmp_path, {"wte.weight": matrix()}, tokens))
    assert len(set(found.names.names)) == ROWS
    assert found.names.names[1:5] == ["##a", "a [id 2]", "a", "####a"]
    assert found.names.raw[:8] == tokens


@pytest.mark.parametrize(
    "name",
    [
        "wte.weight",
        "transformer.wte.weight",
        "embeddings.word_embeddings.weight",
        "bert.embeddings.word_embeddings.weight",
        "model.embed_tokens.weight",
        "shared.weight",
        "gpt_neox.embed_in.weight",
        "embeddings",
    ],
)
def test_the_usual_names_are_found(tmp_path: Path, name: str) -> None:
    tensors = {
        "a.position_embeddings.weight": matrix(1),
        "lm_head.weight": matrix(2),
        name: matrix(3),
        "h.0.mlp.weight": matrix(4),
    }
    found = extract(write_checkpoint(tmp_path, tensors))
    assert found.tensor.name == name
    assert np.array_equal(found.to_vectors().vectors, matrix(3))


def test_of_several_the_shared_one_is_taken(tmp_path: Path) -> None:
    tensors = {
        "decoder.embed_tokens.weight": matrix(1),
        "encoder.embed_tokens.weight": matrix(2),
        "shared.weight": matrix(3),
    }
    assert extract(write_checkpoint(tmp_path / "t5", tensors)).tensor.name == "shared.weight"
    del tensors["shared.weight"]
    found = extract(write_checkpoint(tmp_path / "other", tensors))
    assert found.tensor.name == "encoder.embed_tokens.weight"


def test_an_unknown_name_is_found_by_the_tokenizers_size(tmp_path: Path) -> None:
    tensors = {"odd.table": matrix(1), "lm_head.weight": matrix(2), "mlp": matrix(3, rows=4)}
    assert extract(write_checkpoint(tmp_path / "a", tensors)).tensor.name == "odd.table"
    tensors["odd.other"] = matrix(4)
    checkpoint = write_checkpoint(tmp_path / "b", tensors)
    with pytest.raises(ConfigError, match=r"several matrices could be .* odd.table 12 × 4"):
        extract(checkpoint)
    assert extract(checkpoint, tensor="odd.other").tensor.name == "odd.other"
    with pytest.raises(ConfigError, match="there is no tensor 'nothing'"):
        extract(checkpoint, tensor="nothing")
    bare = write_checkpoint(tmp_path / "c", {"x": matrix()}, tokens=None)
    with pytest.raises(ConfigError, match="no matrix has a usual name"):
        extract(bare)
    write_config(bare, vocab_size=ROWS)
    assert extract(bare).tensor.name == "x"


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("file", ["model.safetensors", "pytorch_model.bin"])
def test_halves_become_float32_to_the_bit(tmp_path: Path, dtype: Any, file: str) -> None:
    from safetensors.torch import save_file

    stored = torch.tensor(matrix()).to(dtype)
    if file == "model.safetensors":
        save_file({"wte.weight": stored}, tmp_path / file)
    else:
        torch.save({"wte.weight": stored, "step": 3}, tmp_path / file)
    write_tokenizer(tmp_path)
    found = extract(tmp_path)
    assert np.array_equal(found.to_vectors().vectors, stored.to(torch.float32).numpy())
    expected = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16"}
    assert found.facts()["stored_as"] == expected.get(dtype, "F64")


def test_old_files_of_torch_are_read_too(tmp_path: Path) -> None:
    stored = {"wte.weight": torch.tensor(matrix())}
    path = tmp_path / "pytorch_model.bin"
    torch.save(stored, path, _use_new_zipfile_serialization=False)
    write_tokenizer(tmp_path)
    assert np.array_equal(extract(tmp_path).to_vectors().vectors, matrix())


def test_code_in_a_file_of_torch_is_not_run(tmp_path: Path) -> None:
    class Attack:
        def __reduce__(self) -> tuple[Any, tuple[str]]:
            return (Path(tmp_path / "attacked").write_text, ("x",))

    torch.save({"wte.weight": Attack()}, tmp_path / "pytorch_model.bin")
    with pytest.raises(FormatError, match="not a file of weights that torch opens safely"):
        extract(tmp_path)
    assert not (tmp_path / "attacked").exists()


def test_sharded_checkpoints_open_only_the_file_that_has_the_matrix(tmp_path: Path) -> None:
    shards = [{"h.0.weight": matrix(1)}, {"model.embed_tokens.weight": matrix(2)}]
    write_shards(tmp_path, shards)
    (tmp_path / "model-00001-of-00002.safetensors").unlink()
    assert np.array_equal(extract(tmp_path).to_vectors().vectors, matrix(2))
    with pytest.raises(FormatError, match=r"model-00001-of-00002\.safetensors: is missing"):
        census(tmp_path)


def test_sharded_files_of_torch_are_read(tmp_path: Path) -> None:
    torch.save({"wte.weight": torch.tensor(matrix(2))}, tmp_path / "part-2.bin")
    places = {"weight_map": {"x": "part-1.bin", "wte.weight": "part-2.bin"}}
    (tmp_path / "pytorch_model.bin.index.json").write_text(json.dumps(places))
    write_tokenizer(tmp_path)
    assert np.array_equal(extract(tmp_path).to_vectors().vectors, matrix(2))


def test_tied_or_not_is_told_by_the_bytes(tmp_path: Path) -> None:
    same = matrix()
    same[0, 0] = np.nan
    other = same.copy()
    other[-1, -1] = np.nextafter(other[-1, -1], 9)
    embedding = {"wte.weight": same}
    cases = [
        ({**embedding, "lm_head.weight": same.copy()}, {}, Tied.SAME),
        ({**embedding, "lm_head.weight": other}, {"tie_word_embeddings": True}, Tied.DIFFERENT),
        (embedding, {"architectures": ["GPT2LMHeadModel"]}, Tied.ONCE),
        (
            embedding,
            {"architectures": ["LlamaForCausalLM"], "tie_word_embeddings": False},
            Tied.NO_OUTPUT,
        ),
        (embedding, {"architectures": ["BertModel"]}, Tied.NO_OUTPUT),
        (embedding, {}, Tied.NO_OUTPUT),
    ]
    for number, (tensors, config, expected) in enumerate(cases):
        checkpoint = write_checkpoint(tmp_path / str(number), tensors)
        write_config(checkpoint, **config)
        assert extract(checkpoint).tied is expected


def test_the_output_matrix_can_be_taken(tmp_path: Path) -> None:
    checkpoint = write_checkpoint(
        tmp_path / "a", {"wte.weight": matrix(1), "lm_head.weight": matrix(2)}
    )
    found = extract(checkpoint, matrix="output")
    assert np.array_equal(found.to_vectors().vectors, matrix(2))
    tied = write_checkpoint(tmp_path / "b", {"wte.weight": matrix(1)})
    with pytest.raises(LexiscopeError, match="has no output matrix"):
        extract(tied, matrix="output")
    write_config(tied, architectures=["GPT2LMHeadModel"])
    assert np.array_equal(extract(tied, matrix="output").to_vectors().vectors, matrix(1))
    odd = write_checkpoint(tmp_path / "c", {"wte.weight": matrix(1), "head": matrix(3)})
    found = extract(odd, matrix="output", tensor="head")
    assert np.array_equal(found.to_vectors().vectors, matrix(3))


def test_a_tokenizer_of_another_model_is_refused(tmp_path: Path) -> None:
    tokens = ["<s>", *(f"Ġtoken{number}" for number in range(ROWS))]
    checkpoint = write_checkpoint(tmp_path, {"wte.weight": matrix()}, tokens)
    with pytest.raises(FormatError, match="tokenizer has 13 ids, but the matrix has 12 rows"):
        extract(checkpoint)
    write_tokenizer(tmp_path, [*tokens[:-1], "<|added|>"])
    found = extract(checkpoint)
    assert found.warnings == [
        "1 special tokens have ids beyond the matrix and so no row (<|added|>)"
    ]


def test_vocabularies_without_tokenizer_json_and_none_at_all(tmp_path: Path) -> None:
    checkpoint = write_checkpoint(tmp_path, {"word_embeddings.weight": matrix()}, tokens=None)
    assert extract(checkpoint).names.names[3] == "[id 3]"
    assert "has no tokenizer" in extract(checkpoint).warnings[0]
    (checkpoint / "vocab.txt").write_text("[PAD]\nking\n##ing\n")
    assert extract(checkpoint).names.names[:4] == ["[PAD]", "king", "##ing", "[pad 3]"]


def test_a_lone_file_of_weights_can_be_named(tmp_path: Path) -> None:
    write_checkpoint(tmp_path, {"wte.weight": matrix()})
    (tmp_path / "model.safetensors").rename(tmp_path / "other.safetensors")
    assert extract(tmp_path / "other.safetensors").names.names[1] == "king"


HALF = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "declares a header of 0 bytes in a file of 0"),
    "header beyond the file": (b"\xff" * 16, "declares a header of 18,446,744"),
    "no JSON": (raw_safetensors({}, b"")[:8] + b"{]", "the header: is not JSON"),
    "cut short": (raw_safetensors({"wte.weight": HALF}, b"\0" * 15), "the file was cut short"),
    "size that lies": (
        raw_safetensors({"wte.weight": {**HALF, "shape": [10**9, 10**9]}}, b"\0" * 16),
        "has 16 bytes, expected 4,000,000,000,000,000,000",
    ),
    "negative offset": (
        raw_safetensors({"wte.weight": {**HALF, "data_offsets": [-16, 0]}}, b"\0" * 16),
        r"data_offsets\[0\] is -16; expected a whole number from 0",
    ),
    "no offsets": (
        raw_safetensors({"wte.weight": {"dtype": "F32"}}, b""),
        "data_offsets is missing",
    ),
    "header no object": (raw_safetensors([], b""), "the document is a list; expected an object"),  # type: ignore[arg-type]
    "quantised": (
        raw_safetensors(
            {"wte.weight": {"dtype": "I8", "shape": [10, 2], "data_offsets": [0, 20]}}, b"\0" * 20
        ),
        "is I8, expected F64, F32, F16, BF16",
    ),
}


@pytest.mark.parametrize("case", BROKEN)
def test_broken_files_are_refused_in_a_line_and_nothing_is_written(
    case: str, tmp_path: Path
) -> None:
    content, said = BROKEN[case]
    folder = tmp_path / "checkpoint"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(content)
    write_tokenizer(folder)
    with pytest.raises(FormatError, match=said) as caught:
        extract(folder).save(tmp_path / "model")
    assert "\n" not in str(caught.value)
    assert [path.name for path in tmp_path.iterdir()] == ["checkpoint"]


@pytest.mark.parametrize(
    "index", ["[]", "{", '{"weight_map": {"wte.weight": "../../etc/passwd"}}', '{"weight_map": 3}']
)
def test_an_index_may_name_no_file_outside(tmp_path: Path, index: str) -> None:
    (tmp_path / "model.safetensors.index.json").write_text(index)
    with pytest.raises(FormatError, match=r"weight_map|an object|not JSON"):
        extract(tmp_path)


def test_folders_without_weights_and_wrong_arguments(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="expected a folder laid out like a Hugging Face"):
        extract(tmp_path)
    with pytest.raises(FormatError, match="no such folder, and no model's id"):
        extract("/no/such/folder")
    with pytest.raises(ConfigError, match="matrix is 'middle'"):
        extract(tmp_path, matrix="middle")  # type: ignore[arg-type]


def test_the_census_counts_a_tied_matrix_once_and_masks_never(tmp_path: Path) -> None:
    rest = {
        "h.0.attn.bias": np.ones((1, 1, 8, 8), np.float32),
        "h.0.mlp.weight": np.ones((10, 8), np.float32),
        "h.0.ln.bias": np.ones(4, np.float32),
    }
    embedding = {"wte.weight": matrix()}
    checkpoint = write_checkpoint(
        tmp_path / "tied", {**embedding, "lm_head.weight": matrix(), **rest}
    )
    write_config(checkpoint, architectures=["GPT2LMHeadModel"])
    found = census(checkpoint)
    assert found.parameters == ROWS * COLUMNS + 84
    assert found.embedding_share == ROWS * COLUMNS / found.parameters
    assert (found.output_share, found.tied, found.tokens) == (0.0, Tied.SAME, len(TOKENS))
    document = found.to_json()
    assert document["padded_rows"] == 2
    assert document["embedding"]["stored_bytes"] == ROWS * COLUMNS * 4
    loose = write_checkpoint(tmp_path / "loose", {**embedding, "lm_head.weight": matrix(1), **rest})
    assert census(loose).output_share == census(loose).embedding_share
    assert census(loose).parameters == 2 * ROWS * COLUMNS + 84


def test_a_folder_of_vectors_is_no_checkpoint(tmp_path: Path) -> None:
    lexiscope.KeyedVectors(["a"], np.ones((1, 2), np.float32)).save(tmp_path / "model")
    assert not looks_like_pretrained(tmp_path)
    assert not looks_like_pretrained("model.bin")
    assert not looks_like_pretrained(str(tmp_path / "nothing"))
    assert looks_like_pretrained("openai-community/gpt2")


PEAK = """
import resource, sys
import lexiscope, lexiscope.contextual.pretrained.extract
lexiscope.load, lexiscope.KeyedVectors
def peak(): return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
before = peak()
lexiscope.contextual.pretrained.extract.extract(sys.argv[1]).save(sys.argv[2])
print(peak() - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is in other units elsewhere")
def test_gpt2s_matrix_takes_hardly_more_memory_than_itself(tmp_path: Path) -> None:
    rows, columns = 50_257, 768
    size = 4 * rows * columns
    checkpoint = tmp_path / "gpt2"
    values = np.random.default_rng(0).random((rows, columns), dtype=np.float32)
    tokens = [f"Ġtoken{number}" if number % 3 else f"token{number}" for number in range(rows)]
    other = np.ones((20_000, columns), np.float32)
    write_checkpoint(checkpoint, {"a": other, "wte.weight": values, "z": other}, tokens)
    done = subprocess.run(
        [sys.executable, "-c", PEAK, str(checkpoint), str(tmp_path / "out")],
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
    )
    assert float(done.stdout) < 1.2 * size
    assert np.array_equal(lexiscope.load(tmp_path / "out").vectors, values)


def test_only_the_matrix_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    other = np.ones((50_000, COLUMNS), np.float32)
    checkpoint = Pretrained(
        write_checkpoint(tmp_path, {"a": other, "wte.weight": matrix(), "z": other})
    )
    asked = []
    read = type(checkpoint.files).read

    def counted(self: Any, file: str, start: int, end: int) -> bytes:
        asked.append((file, end - start))
        return read(self, file, start, end)

    monkeypatch.setattr(type(checkpoint.files), "read", counted)
    extract(tmp_path).to_vectors()
    of_weights = sum(count for file, count in asked if file == "model.safetensors")
    assert of_weights <= matrix().nbytes + (1 << 16)


def test_a_pickle_or_vectors_are_named_for_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "x.pkl").write_bytes(pickle.dumps({"sea": [1.0, 2.0], "fish": [3.0, 4.0]}))
    with pytest.raises(FormatError, match=r"is a Python pickle, not a language model's"):
        extract(tmp_path / "x.pkl")
    (tmp_path / "x.bin").write_bytes(b"1 2\nsea " + bytes(8) + b"\n")
    with pytest.raises(FormatError, match=r"is a file of vectors \(word2vec"):
        extract(tmp_path / "x.bin")
