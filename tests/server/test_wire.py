"""Addresses, tags, compression, and what is refused: the server as HTTP sees it."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Iterator
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
import pytest
from fastapi.testclient import TestClient

from lexiscope.server import site
from lexiscope.server.app import create_app, describe
from lexiscope.server.cache import AnswerCache
from lexiscope.server.exchange import tag_matches, takes_gzip
from lexiscope.server.payloads.arrays import check_arrays, f32, f64, i8, i32
from lexiscope.server.payloads.base import BinaryPayload, Payload, Problem
from lexiscope.server.safety import Guard, host_name
from lexiscope.server.views.journey.payloads import MatricesOverTime
from lexiscope.server.wire import Encoded, encode, safetensors_text
from tests.support.server_pages import LOCAL, Page, unpacked

# Tags and caching


def test_an_answer_is_not_sent_twice(page: Page) -> None:
    for address in ("/api/subject", "/api/steps/7", "/api/explore/neighbors?word=king"):
        first = page.get(address)
        assert first.headers["cache-control"] == "no-cache"
        again = page.get(address, **{"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
        other = page.get(address, **{"If-None-Match": '"another"'})
        assert other.status_code == 200 and other.content == first.content


def test_with_the_right_version_an_answer_is_kept_forever(page: Page) -> None:
    version = page.json("/api/subject")["fingerprint"]
    right = page.get(f"/api/steps/7?v={version}")
    assert "immutable" in right.headers["cache-control"]
    for none in ("?v=", ""):
        assert page.get(f"/api/steps/7{none}").headers["cache-control"] == "no-cache"
    assert (
        page.get(f"/api/steps/7?v={version}").headers["etag"]
        == page.get("/api/steps/7").headers["etag"]
    )


def test_an_address_made_for_another_subject_is_refused(page: Page, large: Page) -> None:
    here, other = (one.json("/api/subject")["fingerprint"] for one in (page, large))
    asked = ["subject", "vocabulary", "census", "program", "corpus", "steps/7", "journey/loss"]
    for address in [*asked, "explore/neighbors?word=king", "steps/0", "steps/99999999"]:
        joint = "&" if "?" in address else "?"
        for version in (other, "0123", f"{here}&v={other}", f"{other}&v={here}"):
            said = page.refused(f"/api/{address}{joint}v={version}", 409)
            assert "another model" in said and "run is served here now" in said
    tag = page.get("/api/steps/7").headers["etag"]
    # Not even that nothing has changed is said of another subject.
    answer = page.get(f"/api/steps/7?v={other}", **{"If-None-Match": tag})
    assert answer.status_code == 409 and answer.headers["cache-control"] == "no-store"


def test_every_address_has_its_own_tag(page: Page) -> None:
    tags = [page.get(f"/api/steps/{number}").headers["etag"] for number in range(1, 20)]
    tags += [page.get(f"/api/weights?step={number}").headers["etag"] for number in range(5)]
    assert len(set(tags)) == len(tags)


def test_another_subject_has_other_tags(page: Page, large: Page) -> None:
    one, other = (each.get("/api/words?search=w").headers["etag"] for each in (page, large))
    assert one != other


@pytest.mark.parametrize(
    ("header", "matches"),
    [
        ('W/"a"', True),
        ('"a"', True),
        ('"b", W/"a"', True),
        ("*", True),
        ('"b"', False),
        ("", False),
        (None, False),
    ],
)
def test_tags_are_compared_weakly(header: str | None, matches: bool) -> None:
    assert tag_matches(header, 'W/"a"') is matches


# Compression


def test_json_is_zipped_where_that_is_taken(page: Page) -> None:
    plain = page.get("/api/program", **{"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    with page.client.stream("GET", "/api/program", headers={"Accept-Encoding": "gzip"}) as zipped:
        assert zipped.headers["content-encoding"] == "gzip"
        assert "Accept-Encoding" in zipped.headers["vary"]
        raw = b"".join(zipped.iter_raw())
    assert len(raw) < len(plain.content) / 2
    assert gzip.decompress(raw) == plain.content


def test_a_step_is_sent_as_it_is(page: Page) -> None:
    answer = page.get("/api/steps/5", **{"Accept-Encoding": "gzip"})
    assert "content-encoding" not in answer.headers


@pytest.mark.parametrize(
    ("header", "taken"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("*", True),
        ("gzip;q=0", False),
        ("gzip; q=0.0", False),
        ("br", False),
        ("", False),
    ],
)
def test_who_takes_gzip(header: str, taken: bool) -> None:
    assert takes_gzip([header]) is taken


def test_arrays_come_back_as_they_went() -> None:
    arrays = {
        "labels": np.array([0, 1, 1], np.int8),
        "rows": np.arange(3, dtype=np.int32),
        "hidden": np.linspace(0, 1, 5, dtype=np.float32)[::2],
        "at": np.array([], np.float64),
    }

    class Pieces(BinaryPayload):
        """Arrays of every kind."""

        arrays: ClassVar = {
            "labels": i8("n"),
            "rows": i32("n"),
            "hidden": f32("n"),
            "at": f64("none"),
        }
        unit: str

    payload = Pieces(unit="step")
    facts, found = unpacked(encode(payload, arrays).body)
    assert facts == payload.model_dump()
    assert set(found) == set(arrays)
    for name, array in arrays.items():
        assert found[name].dtype == array.dtype and np.array_equal(found[name], array)


WHOLE = {"inputs": np.zeros((2, 3, 4), np.float32), "outputs": np.zeros((2, 3, 4), np.float32)}


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"inputs": None}, r"missing: \['inputs'\]"),
        ({"other": np.zeros(1)}, r"not declared: \['other'\]"),
        ({"inputs": np.zeros((2, 3, 4))}, r"inputs is float64 \(2, 3, 4\), declared as float32"),
        ({"inputs": np.zeros((2, 3), np.float32)}, r"inputs is float32 \(2, 3\), declared as"),
        ({"outputs": np.zeros((2, 3, 5), np.float32)}, "its axis dim has 4 elsewhere"),
    ],
)
def test_only_declared_arrays_are_sent(change: dict[str, Any], complaint: str) -> None:
    payload = MatricesOverTime(unit="step", snapshots=[0, 1], rows=[1, 2, 3])
    encode(payload, WHOLE)
    encode(payload, {"inputs": WHOLE["inputs"]})
    arrays = {name: array for name, array in {**WHOLE, **change}.items() if array is not None}
    for send in (encode, safetensors_text):
        with pytest.raises(ValueError, match=complaint):
            send(payload, arrays)


def test_an_axis_may_be_longer_by_one_or_of_a_length() -> None:
    declared = {"starts": i32("n+1"), "ends": i32("n"), "places": f32("n", "2")}
    arrays = {
        "starts": np.zeros(4, np.int32),
        "ends": np.zeros(3, np.int32),
        "places": np.zeros((3, 2), np.float32),
    }
    check_arrays("Runs", declared, arrays)
    for name, shape in (("ends", (4,)), ("places", (3, 3))):
        with pytest.raises(ValueError, match=f"{name} is .* elsewhere"):
            check_arrays("Runs", declared, {**arrays, name: np.zeros(shape, arrays[name].dtype)})


def test_json_payloads_take_no_arrays_and_binary_ones_need_theirs() -> None:
    with pytest.raises(ValueError, match="declares no arrays"):
        encode(Problem(error="none"), {})
    with pytest.raises(ValueError, match="missing"):
        encode(MatricesOverTime(unit="step", snapshots=[], rows=[]))


# Safety


@pytest.mark.parametrize(
    "host",
    ["localhost", "localhost:8765", "127.0.0.1", "127.0.0.1:80", "[::1]", "[::1]:1", "LOCALHOST"],
)
def test_this_machines_names_are_answered(page: Page, host: str) -> None:
    assert page.get("/api/subject", Host=host).status_code == 200


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1.evil.example",
        "192.168.0.7",
        "",
        "[::1",
        "localhost:x",
        "127.0.0.1@evil.example",
        "[::1]evil.example",
    ],
)
def test_a_name_pointed_here_by_another_page_is_refused(page: Page, host: str) -> None:
    answer = page.get("/api/subject", Host=host)
    assert answer.status_code == 400
    assert "Host" in answer.json()["error"]


def test_the_host_that_was_given_is_answered(plain_file: Path) -> None:
    client = TestClient(create_app(plain_file, host="model.lan"), base_url=LOCAL)
    answers = {
        host: client.get("/api/subject", headers={"Host": host}).status_code
        for host in ("model.lan:8765", "localhost", "other.lan")
    }
    assert answers == {"model.lan:8765": 200, "localhost": 200, "other.lan": 400}


def test_listening_everywhere_takes_addresses_but_no_foreign_names(plain_file: Path) -> None:
    client = TestClient(create_app(plain_file, host="0.0.0.0"), base_url=LOCAL)
    for host, status in {"192.168.0.7:8765": 200, "[fe80::1]": 200, "evil.example": 400}.items():
        assert client.get("/api/subject", headers={"Host": host}).status_code == status


def test_host_names_are_read_to_the_letter() -> None:
    assert host_name("[FE80::1]:80") == "fe80::1"
    assert host_name("a:80") == "a" and host_name("a:80:90") == "" and host_name("a:") == "a"


def test_a_second_host_header_is_refused() -> None:
    sent: list[int] = []

    async def ask() -> None:
        async def app(*_: object) -> None:
            raise AssertionError("the request came through")

        async def send(message: dict[str, object]) -> None:
            if "status" in message:
                sent.append(int(str(message["status"])))

        headers = [(b"host", b"localhost"), (b"host", b"evil.example")]
        scope = {"type": "http", "headers": headers, "path": "/", "query_string": b""}
        await Guard(app)(scope, None, send)  # type: ignore[arg-type]

    asyncio.run(ask())
    assert sent == [400]


def test_every_answer_has_its_guarding_headers(page: Page) -> None:
    for address in ("/", "/api/subject", "/api/steps/0", "/nothing"):
        headers = page.get(address).headers
        assert headers["x-content-type-options"] == "nosniff"
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy and "script-src 'self';" in policy
        assert headers["referrer-policy"] == "no-referrer"


def test_nothing_outside_the_page_can_be_read(page: Page) -> None:
    secrets = ("../payloads.py", "..%2fpayloads.py", "%2e%2e/%2e%2e/pyproject.toml", "/etc/passwd")
    for prefix in ("/", "/assets/", "/api/", "/assets/..%5c"):
        for secret in secrets:
            answer = page.client.get(f"{LOCAL}{prefix}{secret}")
            assert answer.status_code == 404, answer.url
            assert "root:" not in answer.text and "Payload" not in answer.text
    assert page.get("/api/subject?path=/etc/passwd").json()["name"] == "run"


def test_only_reading_is_answered(page: Page) -> None:
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        answer = page.client.request(method, "/api/subject")
        assert answer.status_code == 405 and "GET" in answer.json()["error"]


# Limits


@pytest.mark.parametrize(
    "address",
    [
        "/api/steps/0",
        "/api/steps/-1",
        "/api/steps/x",
        "/api/steps/99999999999999999999999",
        "/api/examples?count=100001",
        "/api/examples?first=0",
        "/api/sentences?limit=201",
        "/api/sentences?search=" + "a" * 201,
        "/api/sentences/1?window=0",
        "/api/sentences/1?window=101",
        "/api/journey/neighbors?word=",
        "/api/journey/neighbors",
        "/api/journey/neighbors?word=king&topn=11",
        "/api/journey/trajectories?pca=tsne",
        "/api/weights?step=-1",
        "/api/words?limit=101",
        "/api/words?limit=0",
        "/api/explore/neighbors?word=king&topn=101",
        "/api/explore/neighbors?word=king&space=sideways",
        "/api/explore/neighbors?word=" + "a" * 201,
        "/api/explore/analogy?" + "&".join(["positive=king"] * 21),
        "/api/explore/similarity?" + "&".join(["word=king"] * 51),
        "/api/explore/similarity",
        "/api/explore/compare?a=king",
    ],
)
def test_a_value_out_of_range_is_told_in_one_line(page: Page, address: str) -> None:
    page.refused(address, 422)


def test_a_complaint_names_parameter_value_and_range(page: Page) -> None:
    said = page.refused("/api/explore/neighbors?word=king&topn=1000", 422)
    assert "topn" in said and "1000" in said and "100" in said
    assert page.refused("/api/journey/neighbors", 422) == "word is missing"


def test_what_is_not_there_is_told(page: Page) -> None:
    assert "1 … 15,000" in page.refused("/api/steps/15001", 404)
    assert "15,000" in page.refused("/api/weights?step=15001", 404)
    assert "15,000" in page.refused("/api/examples?first=15001", 404)
    assert "/api/openapi.json" in page.refused("/api/nothing", 404)


def test_a_very_long_address_is_refused(page: Page, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lexiscope.server.safety.LONGEST_ADDRESS", 1_000)
    assert "1,000" in page.refused("/api/subject?x=" + "a" * 1_000, 414)
    assert page.get("/api/subject?x=" + "a" * 900).status_code == 200


def test_a_fault_of_the_program_shows_no_innards(
    plain_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("secret innards")

    monkeypatch.setattr("lexiscope.server.views.weights.routes._matrices", broken)
    client = TestClient(create_app(plain_file), base_url=LOCAL, raise_server_exceptions=False)
    answer = client.get("/api/weights")
    assert answer.status_code == 500
    assert "secret" not in answer.text and "RuntimeError" in answer.json()["error"]


# The cache


def encoded(size: int) -> Encoded:
    return Encoded(b"x" * size, "text/plain", None)


def test_the_cache_keeps_within_its_bytes() -> None:
    cache = AnswerCache(limit=1000)
    for number in range(50):
        cache.keep(f"/{number}", encoded(100))
        assert cache.size <= 1000
    assert cache.find("/0") is None and cache.find("/49") is not None
    cache.find("/45")
    for number in range(50, 55):
        cache.keep(f"/{number}", encoded(100))
    assert cache.find("/45") is not None, "what was used last is kept"
    cache.keep("/large", encoded(600))
    assert cache.find("/large") is None and cache.find("/54") is not None


def test_what_is_being_made_is_not_made_twice() -> None:
    made = []

    async def make() -> Encoded:
        made.append(1)
        await asyncio.sleep(0.01)
        return encoded(3)

    async def ask() -> None:
        cache = AnswerCache()
        found = await asyncio.gather(*(cache.make("/a", make) for _ in range(10)))
        assert len({id(one) for one in found}) == 1

    asyncio.run(ask())
    assert made == [1]


def test_a_failed_making_is_told_to_all_and_tried_again() -> None:
    async def fail() -> Encoded:
        await asyncio.sleep(0.01)
        raise ValueError("no")

    async def succeed() -> Encoded:
        return encoded(1)

    async def ask() -> None:
        cache = AnswerCache()
        found = await asyncio.gather(
            cache.make("/a", fail), cache.make("/a", fail), return_exceptions=True
        )
        assert [type(one) for one in found] == [ValueError, ValueError]
        assert (await cache.make("/a", succeed)).body == b"x"

    asyncio.run(ask())


# The page's files


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A page built somewhere else."""
    (tmp_path / "assets").mkdir()
    (tmp_path / "index.html").write_text("<!doctype html><title>page</title>")
    (tmp_path / "assets" / "index-BjXDYOl5.js").write_text("let x = 1;" * 500)
    (tmp_path / "assets" / "theme.js").write_text("0")
    (tmp_path / "page.html").write_text("template")
    monkeypatch.setattr(site, "folder", lambda: tmp_path)
    yield tmp_path


def test_the_built_page_is_served(built: Path, plain_file: Path) -> None:
    client = TestClient(create_app(plain_file), base_url=LOCAL)
    index = client.get("/")
    assert index.text.startswith("<!doctype") and index.headers["cache-control"] == "no-cache"
    again = client.get("/", headers={"If-None-Match": index.headers["etag"]})
    assert again.status_code == 304
    script = client.get("/assets/index-BjXDYOl5.js")
    assert script.headers["content-type"] == "text/javascript; charset=utf-8"
    assert "immutable" in script.headers["cache-control"]
    assert script.headers["content-encoding"] == "gzip"
    assert client.get("/assets/theme.js").headers["cache-control"] == "no-cache"
    assert client.get("/page.html").status_code == 404


def test_without_the_built_page_the_data_is_served(
    tmp_path: Path, plain_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(site, "folder", lambda: tmp_path / "nothing")
    client = TestClient(create_app(plain_file), base_url=LOCAL)
    answer = client.get("/")
    assert answer.status_code == 503 and "npm ci" in answer.text and "Node" in answer.text
    assert client.get("/api/subject").status_code == 200


# The description


def test_every_binary_route_names_its_payload() -> None:
    document = describe().openapi()
    schemas = document["components"]["schemas"]
    found = set()
    for path, methods in document["paths"].items():
        assert list(methods) == ["get"] and path.startswith("/api/")
        content = methods["get"]["responses"]["200"]["content"]
        for kind, entry in content.items():
            if kind == "application/json":
                assert entry["schema"]["$ref"].startswith("#/components/schemas/")
            else:
                assert kind == "application/vnd.safetensors"
                assert entry["x-payload"] in schemas
                found.add(entry["x-payload"])
    assert {"StepState", "Examples", "LossCurve", "WeightMatrices", "Norms"} <= found


@pytest.mark.slow
def test_every_payload_is_described() -> None:
    schemas = describe().openapi()["components"]["schemas"]
    bases = {"Payload", "BinaryPayload"}
    classes = [*Payload.__subclasses__(), *BinaryPayload.__subclasses__()]
    named = {one.__name__ for one in classes if one.__module__.startswith("lexiscope.")}
    assert named - bases <= set(schemas)


def test_the_front_ends_description_is_this_one() -> None:
    from lexiscope.server.openapi import document

    kept = Path(__file__).parents[2] / "web" / "openapi.json"
    if not kept.is_file():
        pytest.skip("this copy has no web/")
    assert kept.read_text(encoding="utf-8") == document(), (
        "run: python -m lexiscope.server.openapi > web/openapi.json"
    )
