"""The context view's routes answer what `contextual` computes, one question at a time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import numpy as np
import pytest
from fastapi.testclient import TestClient

from lexiscope.cli import main as cli
from lexiscope.contextual import Encoder
from lexiscope.contextual.uses.layer_report import ReportOptions, layer_report
from lexiscope.server import transformer as wrapped
from lexiscope.server.app import create_app
from tests.support.patience import PATIENCE
from tests.support.server_pages import LOCAL, Page

RIVER = "They sat on the bank of the river."
MONEY = "The bank lends money to small firms."
BANKS = [("text", RIVER), ("text", MONEY), ("word", 4), ("word", 1)]
ROUTES = ("model", "sentence", "vectors", "layers", "nearest", "tokens", "report")


def at(route: str, *query: tuple[str, Any]) -> str:
    return f"/api/contextual/{route}?{urlencode(query)}"


@pytest.fixture(scope="module")
def few_words() -> Iterator[None]:
    """A smaller vocabulary to put through the model; what the tests look for is in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wrapped, "MOST_WORDS", 2_200)
        yield


@pytest.fixture(scope="module")
def served(minilm: Path, plain_file: Path, few_words: None) -> Iterator[Page]:
    with TestClient(create_app(plain_file, model=minilm), base_url=LOCAL) as client:
        yield Page(client)


def test_what_is_open_has_a_transformer_and_another_fingerprint(served: Page, plain: Page) -> None:
    with_model, without = served.json("/api/subject"), plain.json("/api/subject")
    assert with_model["features"]["contextual"] and not without["features"]["contextual"]
    assert with_model["fingerprint"] != without["fingerprint"]


def test_the_model_says_what_it_is(served: Page) -> None:
    found = served.json(at("model"))
    assert (found["name"], found["family"], found["layers"]) == ("model", "bert", 6)
    assert (found["dim"], found["window"], found["vocabulary"]) == (384, 512, 30_522)
    assert found["characters"] == wrapped.MOST_CHARACTERS and found["front"] == ""


@pytest.mark.parametrize(
    "text", [RIVER, "Unbelievably naïve \N{SLIGHTLY SMILING FACE} cafés!", " "]
)
def test_a_sentence_has_its_tokens_and_which_word_each_belongs_to(
    served: Page, encoder: Encoder, text: str
) -> None:
    found = served.json(at("sentence", ("text", text)))
    wanted = encoder.encode([text])[0]
    assert [token["token"] for token in found["tokens"]] == list(wanted.tokens)
    assert [token["special"] for token in found["tokens"]] == wanted.special.tolist()
    assert [word["word"] for word in found["words"]] == list(wanted.words)
    assert [tuple(word["pieces"]) for word in found["words"]] == list(wanted.pieces)
    for word in found["words"]:
        assert text[word["start"] : word["end"]] == word["word"]


@pytest.mark.parametrize(
    ("layers", "combine", "pooling"),
    [([-1], "last", "mean"), ([0], "last", "max"), ([3, 4, 5, 6], "mean", "first_last")],
)
def test_a_words_vector_is_the_encoders(
    served: Page, encoder: Encoder, layers: list[int], combine: Any, pooling: Any
) -> None:
    query = [*BANKS, *(("layers", n) for n in layers), ("combine", combine), ("pooling", pooling)]
    found = served.json(at("vectors", *query))
    chosen = encoder.with_options(layers=layers, combine=combine, pooling=pooling)
    one, other = (chosen.word(text, "bank") for text in (RIVER, MONEY))
    assert [word["word"] for word in found["words"]] == ["bank", "bank"]
    np.testing.assert_allclose(found["words"][0]["vector"], one, atol=1e-5)
    np.testing.assert_allclose(found["words"][1]["vector"], other, atol=1e-5)
    assert found["words"][0]["norm"] == pytest.approx(float(np.linalg.norm(one)), rel=1e-5)
    cosine = one @ other / np.linalg.norm(one) / np.linalg.norm(other)
    assert found["cosine"] == pytest.approx(float(cosine), abs=1e-5)
    assert found["layers"] == list(chosen.layers)


def test_one_word_has_a_vector_and_two_of_one_sentence_are_compared(served: Page) -> None:
    alone = served.json(at("vectors", ("text", RIVER), ("word", 4)))
    assert len(alone["words"]) == 1 and alone["cosine"] is None
    both = served.json(at("vectors", ("text", RIVER), ("word", 4), ("word", 7)))
    assert [word["word"] for word in both["words"]] == ["bank", "river"]
    assert both["words"][0] == alone["words"][0]


def test_the_two_banks_come_apart_as_layers_rise(served: Page, encoder: Encoder) -> None:
    found = served.json(at("layers", *BANKS))
    wanted = encoder.layer_similarity(RIVER, MONEY, "bank")
    np.testing.assert_allclose(found["cosines"], wanted.cosines, atol=1e-5)
    assert found["cosines"][0] > 0.9
    assert found["cosines"][-1] == min(found["cosines"]) < found["cosines"][0] - 0.2
    assert all(other < cosine for other, cosine in zip(found["others"], found["cosines"]))  # noqa: B905


@pytest.mark.slow
def test_static_words_tell_the_two_banks_apart(served: Page, encoder: Encoder) -> None:
    found = served.json(at("nearest", *BANKS, ("topn", 8)))
    assert found["among"] == "model" and found["same_space"] and found["of"] > 1_000
    rivers, money = (
        {near["word"]: near["cosine"] for near in word["nearest"]} for word in found["words"]
    )
    assert next(iter(rivers)) == next(iter(money)) == "bank"
    assert rivers["river"] > rivers["financial"] and money["financial"] > money["river"]
    river = encoder.encode([["river"]])[0].vectors[0]
    bank = encoder.word(RIVER, "bank")
    wanted = river @ bank / np.linalg.norm(river) / np.linalg.norm(bank)
    assert rivers["river"] == pytest.approx(float(wanted), abs=1e-5)
    assert found["words"][0]["mean"] < rivers["river"]


def test_the_served_vectors_are_searched_where_they_have_as_many_numbers(
    minilm: Path, encoder: Encoder, tmp_path: Path
) -> None:
    static = encoder.static([RIVER, MONEY, "Money is in the bank."], ["bank", "river", "money"])
    static.save(tmp_path / "static")
    with TestClient(create_app(tmp_path / "static", model=minilm), base_url=LOCAL) as client:
        page = Page(client)
        found = page.json(at("nearest", *BANKS, ("among", "served")))
        assert found["same_space"] and found["of"] == 3
        bank = encoder.word(RIVER, "bank")
        wanted = static.similar_by_vector(bank, topn=3)
        near = found["words"][0]["nearest"]
        assert [one["word"] for one in near] == [word for word, _ in wanted]
        assert near[0]["cosine"] == pytest.approx(wanted[0][1], abs=1e-5)
        other = page.json(at("nearest", *BANKS, ("among", "served"), ("pooling", "max")))
        assert not other["same_space"]


def test_vectors_of_another_size_are_not_searched(served: Page) -> None:
    said = served.refused(at("nearest", *BANKS, ("among", "served")), 422)
    assert "7 numbers" in said and "384" in said


@pytest.mark.parametrize("other", [None, MONEY])
def test_the_matrix_of_tokens_is_the_encoders(
    served: Page, encoder: Encoder, other: str | None
) -> None:
    texts = [("text", text) for text in (RIVER, other) if text is not None]
    payload, arrays = served.binary(at("tokens", *texts, ("layers", 3)))
    wanted = encoder.with_options(layers=(3,)).token_similarity(RIVER, other)
    assert payload["tokens"] == list(wanted.tokens)
    assert payload["other_tokens"] == list(wanted.other_tokens)
    np.testing.assert_allclose(arrays["cosines"], wanted.cosines, atol=1e-5)


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        (at("sentence"), 422, "text is missing"),
        (at("sentence", ("text", "")), 422, "text"),
        (at("sentence", ("text", "a" * 2_001)), 422, "2000"),
        (at("sentence", ("text", "\N{SLIGHTLY SMILING FACE}!" * 1_000)), 422, "tokens; at most"),
        (at("vectors", ("text", RIVER), ("word", 8)), 404, "0 … 7"),
        (at("vectors", ("text", " "), ("word", 0)), 404, "none"),
        (at("vectors", *BANKS[:3]), 422, "one for each"),
        (at("vectors", *BANKS, ("layers", 7)), 422, "the model has 6"),
        (at("vectors", *BANKS, ("layers", 1), ("layers", 2)), 422, "combine='last'"),
        (at("vectors", *BANKS, ("pooling", "median")), 422, "pooling"),
        (at("layers", ("text", RIVER), ("word", 1)), 422, "word"),
        (at("nearest", *BANKS, ("topn", 101)), 422, "topn"),
        (at("tokens", ("text", "a"), ("text", "b"), ("text", "c")), 422, "text"),
    ],
)
def test_what_cannot_be_answered_is_told(
    served: Page, address: str, status: int, said: str
) -> None:
    assert said in served.refused(address, status)


def test_a_word_without_a_token_is_told(tmp_path: Path, plain_file: Path) -> None:
    from tests.support.tiny_models import fast, llama_bpe, save

    folder = save("llama", tmp_path / "tiny")
    # A tokenizer that drops what it does not know leaves words without a token.
    from tokenizers import normalizers

    tokenizer = llama_bpe()
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Replace("city", ""), tokenizer.normalizer]
    )
    fast(tokenizer, unk_token="<unk>").save_pretrained(folder)
    with TestClient(create_app(plain_file, model=folder), base_url=LOCAL) as client:
        page = Page(client)
        found = page.json(at("sentence", ("text", "a city here")))
        assert [bool(word["pieces"]) for word in found["words"]] == [True, False, True]
        said = page.refused(at("vectors", ("text", "a city here"), ("word", 1)), 404)
        assert "'city'" in said


@pytest.mark.parametrize("route", ROUTES)
def test_without_a_transformer_it_says_how_to_add_one(plain: Page, route: str) -> None:
    assert "--model MODEL" in plain.refused(
        at(route, *BANKS if route != "sentence" else BANKS[:1]), 404
    )


# Its time and its memory


def test_the_model_is_loaded_once_when_first_asked_and_a_sentence_run_once(
    minilm: Path, plain_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runs: list[str] = []
    run = wrapped.encode_all_layers

    def watched(encoder: Encoder, text: str, **bounds: int) -> Any:
        runs.append(text)
        return run(encoder, text, **bounds)

    monkeypatch.setattr(wrapped, "encode_all_layers", watched)
    app = create_app(plain_file, model=minilm)
    transformer = app.state.service.subject.transformer
    with TestClient(app, base_url=LOCAL) as client:
        page = Page(client)
        page.json("/api/subject")
        assert transformer._encoder is None
        for layer in range(4):
            page.json(at("vectors", *BANKS, ("layers", layer)))
            page.binary(at("tokens", *BANKS[:2], ("layers", layer)))
        page.json(at("layers", *BANKS, ("pooling", "max")))
    assert runs == [RIVER, MONEY]


def test_kept_sentences_have_a_bound(
    minilm: Path, monkeypatch: pytest.MonkeyPatch, encoder: Encoder
) -> None:
    monkeypatch.setattr(wrapped, "_KEPT_BYTES", 100_000)
    transformer = wrapped.Transformer(minilm)
    transformer._encoder = encoder
    for number in range(6):
        transformer.sentence(f"sentence number {number}")
    kept = list(transformer._sentences)
    assert len(kept) < 6 and kept[-1] == "sentence number 5"
    monkeypatch.setattr(wrapped, "_KEPT_BYTES", 0)
    transformer.sentence("one more")
    assert list(transformer._sentences) == ["sentence number 5", "one more"]


def test_other_views_answer_while_the_model_works_and_too_many_questions_are_refused(
    minilm: Path, plain_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    working, go_on = threading.Event(), threading.Event()

    def slow(_self: object, _text: str) -> Any:
        working.set()
        go_on.wait(PATIENCE)
        raise wrapped.ConfigError("it has taken long")

    monkeypatch.setattr(wrapped.Transformer, "sentence", slow)
    monkeypatch.setattr(wrapped, "MOST_WAITING", 1)
    app = create_app(plain_file, model=minilm)

    async def ask_all() -> tuple[int, int, str, int]:
        transport = httpx2.ASGITransport(app)
        async with httpx2.AsyncClient(transport=transport, base_url=LOCAL) as client:
            first = asyncio.ensure_future(client.get(at("sentence", ("text", "a"))))
            while not working.is_set():
                await asyncio.sleep(0.01)
            other = await client.get("/api/explore/neighbors?word=w1")
            busy = await client.get(at("sentence", ("text", "b")))
            go_on.set()
            return other.status_code, busy.status_code, busy.text, (await first).status_code

    other, busy, said, first = asyncio.run(ask_all())
    app.state.service.close()
    assert (other, busy, first) == (200, 503, 422)
    assert "ask again" in said


def test_a_model_that_cannot_be_loaded_is_told_and_all_else_goes_on(
    tmp_path: Path, plain_file: Path
) -> None:
    (tmp_path / "config.json").write_text('{"model_type": "bert", "num_hidden_layers": 2}')
    with TestClient(create_app(plain_file, model=tmp_path), base_url=LOCAL) as client:
        page = Page(client)
        assert "cannot be loaded" in page.refused(at("model"), 503)
        assert page.json("/api/words?search=w1")["words"]


# At the command line


def test_every_layer_is_measured_on_the_sentences(served: Page, encoder: Encoder) -> None:
    texts = [RIVER, MONEY, "The river bank was steep.", RIVER]
    payload, arrays = served.binary(at("report", *(("text", text) for text in texts)))
    wanted = layer_report(encoder, texts, ReportOptions(contexts=2))
    np.testing.assert_allclose(arrays["cka"], wanted.cka, atol=1e-5)
    assert payload["sentences"] == 3 and payload["words"] == wanted.words
    for found, one in zip(payload["layers"], wanted.layers, strict=True):
        assert found["anisotropy"]["value"] == pytest.approx(one.anisotropy.value, abs=1e-5)
        assert found["self_similarity"]["of"] == one.self_similarity.of
        assert found["outliers"] == len(one.outliers)
    alone, _arrays = served.binary(at("report", ("text", "one two"), ("text", "three four")))
    assert alone["layers"][0]["self_similarity"] == {"value": None, "half": None, "of": 0}
    served.refused(at("report", ("text", RIVER)), 422)
    assert "a report takes" in served.refused(at("report", ("text", "a"), ("text", "b")), 422)
    served.refused(at("report", *(("text", str(n)) for n in range(51))), 422)


def test_a_model_that_is_not_there_ends_the_command_in_one_line(
    plain_file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    assert cli.main(["serve", str(plain_file), "--port", "0", "--model", "no/such-model"]) == 1
    said = capsys.readouterr().err
    assert "no/such-model" in said and said.count("\n") == 1


def test_the_command_serves_the_model(
    plain_file: Path, minilm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[Any] = []
    monkeypatch.setattr("lexiscope.server.running.run", lambda app, *_: shown.append(app))
    assert cli.main(["serve", str(plain_file), "--port", "0", "--model", str(minilm)]) == 0
    assert shown[0].state.service.subject.transformer.name == str(minilm)
