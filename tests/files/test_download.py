"""Downloads: resumed, checked, and never half in their place."""

from __future__ import annotations

import hashlib
import io
import resource
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from lexiscope.files import download as download_module
from lexiscope.files import web
from lexiscope.files.download import BrokenError, DownloadError, Part, download, fetch
from lexiscope.files.locks import BusyError
from lexiscope.files.space import NoRoomError
from lexiscope.progress import Progress
from tests.support.holding import held
from tests.support.web_server import Server, Thing, serving

CONTENT = bytes(range(256)) * 1000
OTHER = CONTENT[::-1]


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(download_module, "PAUSES", (0.0, 0.0, 0.0))
    for name in (web.OFFLINE, web.MIRROR, "http_proxy", "HTTP_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as one:
        yield one


def md5(content: bytes) -> str:
    return hashlib.md5(content, usedforsecurity=False).hexdigest()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def bring(
    server: Server, target: Path, thing: Thing, checksum: str | None = None, size: int | None = None
) -> None:
    server.things["/file"] = thing
    download([Part(urls=[f"{server.url}/file"], checksum=checksum, size=size)], target)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_file_comes_whole_and_is_not_asked_for_again(server: Server, tmp_path: Path) -> None:
    told: list[Progress] = []
    server.things["/file"] = Thing(CONTENT)
    part = Part(urls=[f"{server.url}/file"], checksum=sha256(CONTENT))
    download([part], tmp_path / "it", progress=told.append, stage="downloading it")
    download([part], tmp_path / "it")
    assert (tmp_path / "it").read_bytes() == CONTENT
    assert names(tmp_path) == ["it"] and server.ranges("/file") == [""]
    assert (told[-1].stage, told[-1].done, told[-1].total) == (
        "downloading it", len(CONTENT), len(CONTENT),
    )  # fmt: skip


@pytest.mark.parametrize("checksum", [md5(CONTENT), None])
def test_a_cut_connection_goes_on_where_it_was(
    server: Server, tmp_path: Path, checksum: str | None
) -> None:
    bring(server, tmp_path / "it", Thing(CONTENT, etag='"one"', cuts=[1000, 2000]), checksum)
    assert (tmp_path / "it").read_bytes() == CONTENT
    assert server.ranges("/file") == ["", "bytes=1000-", "bytes=3000-"]
    assert names(tmp_path) == ["it"]


def test_the_next_run_goes_on_where_the_last_one_was_cut(server: Server, tmp_path: Path) -> None:
    thing = Thing(CONTENT, etag='"one"', cuts=[1000, 0, 0, 0])
    with pytest.raises(BrokenError, match=r"1\.0 kB are kept, from which the next try goes on"):
        bring(server, tmp_path / "it", thing)
    assert names(tmp_path) == ["it.part", "it.part.notes"]
    server.asked.clear()
    told: list[Progress] = []
    part = Part(urls=[f"{server.url}/file"])
    download([part], tmp_path / "it", progress=told.append)
    assert server.ranges("/file") == ["bytes=1000-"]
    assert (tmp_path / "it").read_bytes() == CONTENT and names(tmp_path) == ["it"]


def test_a_file_that_has_changed_meanwhile_is_begun_anew(server: Server, tmp_path: Path) -> None:
    with pytest.raises(BrokenError):
        bring(server, tmp_path / "it", Thing(CONTENT, etag='"one"', cuts=[1000, 0, 0, 0]))
    bring(server, tmp_path / "it", Thing(OTHER, etag='"two"'))
    assert (tmp_path / "it").read_bytes() == OTHER


def test_without_tag_and_checksum_nothing_is_gone_on_with(server: Server, tmp_path: Path) -> None:
    with pytest.raises(BrokenError):
        bring(server, tmp_path / "it", Thing(CONTENT, cuts=[1000, 0, 0, 0]))
    bring(server, tmp_path / "it", Thing(OTHER))
    assert (tmp_path / "it").read_bytes() == OTHER and server.ranges("/file") == [""] * 5


def test_what_was_left_of_another_file_is_found_by_the_checksum(
    server: Server, tmp_path: Path
) -> None:
    (tmp_path / "it.part").write_bytes(OTHER[:5000])
    bring(server, tmp_path / "it", Thing(CONTENT), md5(CONTENT))
    assert (tmp_path / "it").read_bytes() == CONTENT
    assert server.ranges("/file") == ["bytes=5000-", ""]


@pytest.mark.parametrize("left", [CONTENT, CONTENT + b"more"])
def test_what_was_left_is_the_whole_file_or_more(
    server: Server, tmp_path: Path, left: bytes
) -> None:
    (tmp_path / "it.part").write_bytes(left)
    bring(server, tmp_path / "it", Thing(CONTENT), md5(CONTENT))
    assert (tmp_path / "it").read_bytes() == CONTENT


def test_a_server_without_ranges(server: Server, tmp_path: Path) -> None:
    thing = Thing(CONTENT, etag='"one"', ranges=False, cuts=[1000])
    bring(server, tmp_path / "it", thing, md5(CONTENT))
    assert (tmp_path / "it").read_bytes() == CONTENT


@pytest.mark.parametrize("notes", ["", "0\n0", "7\n0\na\nb", "0\n999999999\na\nb", "x\ny\nz\n\xff"])
def test_damaged_notes_begin_anew(server: Server, tmp_path: Path, notes: str) -> None:
    (tmp_path / "it.part").write_bytes(OTHER[:100])
    (tmp_path / "it.part.notes").write_bytes(notes.encode("latin-1"))
    bring(server, tmp_path / "it", Thing(CONTENT, etag='"one"'))
    assert (tmp_path / "it").read_bytes() == CONTENT and names(tmp_path) == ["it"]


def test_a_wrong_checksum_leaves_nothing(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=f"has the checksum {md5(OTHER)}, expected") as told:
        bring(server, tmp_path / "it", Thing(OTHER), md5(CONTENT))
    assert names(tmp_path) == [] and "\n" not in str(told.value)


def test_a_wrong_size_is_told_before_it_comes(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"has 256,000 bytes, expected 7"):
        bring(server, tmp_path / "it", Thing(CONTENT), size=7)
    assert names(tmp_path) == []


def test_a_file_in_parts_goes_on_within_its_part(server: Server, tmp_path: Path) -> None:
    pieces = [CONTENT[:1000], CONTENT[1000:5000], CONTENT[5000:]]
    for number, piece in enumerate(pieces):
        server.things[f"/{number}"] = Thing(piece, etag=f'"{number}"')
    server.things["/1"].cuts = [300, 0, 0, 0]
    parts = [
        Part(urls=[f"{server.url}/{number}"], checksum=md5(piece))
        for number, piece in enumerate(pieces)
    ]
    with pytest.raises(BrokenError):
        download(parts, tmp_path / "it")
    assert (tmp_path / "it.part").stat().st_size == 1300
    server.asked.clear()
    download(parts, tmp_path / "it")
    assert [(path, headers.get("Range")) for path, headers in server.asked] == [
        ("/1", "bytes=300-"), ("/2", None),
    ]  # fmt: skip
    assert (tmp_path / "it").read_bytes() == CONTENT


def test_redirects_are_followed_with_the_range(server: Server, tmp_path: Path) -> None:
    server.things["/real"] = Thing(CONTENT, etag='"one"', cuts=[1000])
    bring(server, tmp_path / "it", Thing(redirect="/real"), md5(CONTENT))
    assert (tmp_path / "it").read_bytes() == CONTENT
    assert server.ranges("/real") == ["", "bytes=1000-"]


def test_a_token_is_not_for_whom_the_server_sends_on_to(server: Server, tmp_path: Path) -> None:
    server.things["/file"] = Thing(redirect="/real")
    server.things["/real"] = Thing(CONTENT)
    download([Part(urls=[f"{server.url}/file"], token="secret")], tmp_path / "it")
    sent = [headers.get("Authorization") for _path, headers in server.asked]
    assert sent == ["Bearer secret", None]


@pytest.mark.parametrize(
    ("to", "said"),
    [("/file", "infinite loop"), ("ftp://a/b", "not"), ("file:///etc/passwd", "not")],
)
def test_redirects_to_nowhere(server: Server, tmp_path: Path, to: str, said: str) -> None:
    with pytest.raises(DownloadError, match=said) as told:
        bring(server, tmp_path / "it", Thing(redirect=to))
    assert "\n" not in str(told.value) and names(tmp_path) == []


def test_no_redirect_leads_away_from_https() -> None:
    import urllib.request

    request = urllib.request.Request("https://127.0.0.1/file")
    with pytest.raises(DownloadError, match="sends on to http://a/b, which is not followed"):
        web._Redirects().redirect_request(request, io.BytesIO(), 302, "Found", {}, "http://a/b")


@pytest.mark.parametrize(("code", "asks"), [(404, 1), (403, 1), (503, 3), (429, 3)])
def test_refusals(server: Server, tmp_path: Path, code: int, asks: int) -> None:
    with pytest.raises(DownloadError, match=f"the server answers {code}"):
        bring(server, tmp_path / "it", Thing(CONTENT, codes=[code] * 9))
    assert len(server.asked) == asks and names(tmp_path) == []


def test_a_server_that_has_no_time_just_now(server: Server, tmp_path: Path) -> None:
    bring(server, tmp_path / "it", Thing(CONTENT, codes=[503, 500]))
    assert (tmp_path / "it").read_bytes() == CONTENT


def test_the_next_address_is_asked_where_one_has_nothing(server: Server, tmp_path: Path) -> None:
    server.things["/second"] = Thing(CONTENT)
    download([Part(urls=[f"{server.url}/first", f"{server.url}/second"])], tmp_path / "it")
    assert (tmp_path / "it").read_bytes() == CONTENT


def test_a_web_page_is_no_file(server: Server, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="a web page comes instead of the file"):
        bring(server, tmp_path / "it", Thing(b"<html>log in", kind="text/html; charset=utf-8"))
    assert names(tmp_path) == []


def test_a_slow_answer(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(web, "TIMEOUT_SECONDS", 0.2)
    with pytest.raises(BrokenError, match="timed out"):
        bring(server, tmp_path / "it", Thing(CONTENT, delay=1.0))
    assert names(tmp_path) == []


def test_nobody_answers(tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match=r"cannot be reached .*check the network"):
        download([Part(urls=["http://127.0.0.1:9/file"])], tmp_path / "it")
    with pytest.raises(DownloadError, match="expected an address that begins with https://"):
        download([Part(urls=["file:///etc/passwd"])], tmp_path / "it")
    assert names(tmp_path) == []


def test_offline(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(web.OFFLINE, "1")
    with pytest.raises(DownloadError, match="LEXISCOPE_OFFLINE is set"):
        bring(server, tmp_path / "it", Thing(CONTENT))
    assert server.asked == []
    monkeypatch.setenv(web.OFFLINE, "0")
    bring(server, tmp_path / "it", Thing(CONTENT))


def test_a_mirror(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.things["/copies/a.example/b.gz"] = Thing(CONTENT)
    monkeypatch.setenv(web.MIRROR, f"{server.url}/copies/")
    download([Part(urls=["https://a.example/b.gz"])], tmp_path / "it")
    assert (tmp_path / "it").read_bytes() == CONTENT
    monkeypatch.setenv(web.MIRROR, "/mnt/copies")
    with pytest.raises(DownloadError, match="LEXISCOPE_MIRROR is /mnt/copies, expected"):
        download([Part(urls=["https://a.example/b.gz"])], tmp_path / "other")


def test_a_disk_without_room(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lexiscope.files.space.free_bytes", lambda _path: 1000)
    with pytest.raises(NoRoomError, match=r"takes 256\.0 kB, but 1\.0 kB are free"):
        bring(server, tmp_path / "it", Thing(CONTENT))
    assert names(tmp_path) == []


def test_a_disk_that_fills(server: Server, tmp_path: Path) -> None:
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    ignored = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        with pytest.raises(NoRoomError, match=r"it could not be written: .*100\.0 kB"):
            bring(server, tmp_path / "it", Thing(CONTENT, etag='"one"'))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, ignored)
    assert not (tmp_path / "it").exists()
    bring(server, tmp_path / "it", Thing(CONTENT, etag='"one"'))
    assert server.ranges("/file")[-1] == "bytes=100000-"
    assert (tmp_path / "it").read_bytes() == CONTENT


def test_one_process_fetches_a_file_at_a_time(server: Server, tmp_path: Path) -> None:
    with held(tmp_path / "it") as process, pytest.raises(BusyError, match=str(process.pid)):
        bring(server, tmp_path / "it", Thing(CONTENT))


def test_ctrl_c_keeps_what_has_come(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(progress: Progress) -> None:
        if progress.done > 100_000:
            raise KeyboardInterrupt

    server.things["/file"] = Thing(CONTENT, etag='"one"')
    part = Part(urls=[f"{server.url}/file"])
    monkeypatch.setattr("lexiscope.progress.REPORT_SECONDS", 0.0)
    with pytest.raises(KeyboardInterrupt):
        download([part], tmp_path / "it", progress=stop)
    assert not (tmp_path / "it").exists() and (tmp_path / "it.part").stat().st_size > 100_000
    download([part], tmp_path / "it")
    assert (tmp_path / "it").read_bytes() == CONTENT


def test_a_folder_that_cannot_be_written_to(server: Server, tmp_path: Path) -> None:
    with pytest.raises(OSError, match="it"):
        bring(server, tmp_path / "missing" / "it", Thing(CONTENT))
    assert names(tmp_path) == []


def test_small_files(server: Server) -> None:
    server.things["/list"] = Thing(b"abc", codes=[503])
    assert fetch(f"{server.url}/list", 3) == b"abc"
    with pytest.raises(DownloadError, match="is larger than 2 bytes"):
        fetch(f"{server.url}/list", 2)
