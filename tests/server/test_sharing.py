"""Links that train a run in the page."""

from __future__ import annotations

import base64
import json
import zlib
from pathlib import Path

import pytest

from lexiscope import data
from lexiscope.cli import main as cli
from lexiscope.cli.shared.arguments import HOST, PORT
from lexiscope.errors import ConfigError
from lexiscope.inspection import RecordConfig
from lexiscope.server.sharing import LONGEST_TEXT, USUAL_PAGE, packed_text, share_link

SETTINGS = Path(__file__).parents[2] / "web" / "src" / "lib" / "training" / "settings.ts"


def unpacked(packed: str) -> str:
    padded = packed + "=" * (-len(packed) % 4)
    return zlib.decompress(base64.urlsafe_b64decode(padded), -15).decode()


def test_it_says_the_text_and_every_option() -> None:
    config = RecordConfig(steps=500, architecture="cbow", loss="nce", optimizer="adam", seed=9)
    text = packed_text(["dog cat 👑", "ß cat dog"])
    link = share_link("http://127.0.0.1:8765/", text, config, frozenset({"the", "ß"}))
    page, _, code = link.partition("#/own?own=")
    assert page == "http://127.0.0.1:8765/"
    first, *parts = code.split(",")
    assert unpacked(first.removeprefix("t~")) == "dog cat 👑\nß cat dog"
    said = dict(part.split(":", 1) for part in parts)
    assert unpacked(said.pop("also")) == "the ß"
    assert said == {
        "who": "cbow", "loss": "nce", "opt": "adam", "steps": "500", "dim": "8", "eta": "0.01",
        "window": "3", "min": "3", "seed": "9", "neg": "5", "power": "0.75", "update": "exact",
        "stop": "none",
    }  # fmt: skip


def test_the_page_knows_every_name() -> None:
    if not SETTINGS.is_file():
        pytest.skip("this copy has no web/")
    source = SETTINGS.read_text(encoding="utf-8")
    link = share_link("", "t~", RecordConfig(steps=1), data.stopwords())
    for part in link.split(",")[1:-1]:
        assert f": '{part.partition(':')[0]}'," in source, part
    assert link.endswith(",stop:english")
    assert f"http://{HOST}:{PORT}" == USUAL_PAGE
    assert f"LONGEST_IN_LINK = {LONGEST_TEXT:_}" in source


def test_what_the_page_cannot_train_is_refused() -> None:
    with pytest.raises(ConfigError, match="letters of a link"):
        packed_text(f"w{i * i * i}" for i in range(4_000))
    with pytest.raises(ConfigError, match="vector_size is 301; the page trains with at most 300"):
        share_link("", "t~", RecordConfig(steps=1, vector_size=301), frozenset())


def test_record_prints_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = tmp_path / "text.txt"
    text.write_text("the dog cat\ncat dog\n" * 3, encoding="utf-8")
    call = ["record", str(text), "-o", str(tmp_path / "run"), "--steps", "20", "--share"]
    assert cli.main(call) == 0
    told = capsys.readouterr()
    assert "http://127.0.0.1:8765/#/own?own=t~" in told.out
    assert "behind the address of any page" in told.err
    assert cli.main([*call, "--overwrite", "--json"]) == 0
    link = json.loads(capsys.readouterr().out)["link"]
    assert link.endswith("stop:english") and ",steps:20," in link
    assert cli.main(["record", "-", "-o", str(tmp_path / "other"), "--share"]) == 2
    assert "name a file instead of -" in capsys.readouterr().err
