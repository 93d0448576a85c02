"""The documentation builds strictly, its links lead somewhere, and what is public stands in it."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from typer.main import get_command

from lexiscope.cli.application import COMMANDS, build_app
from tests.support.patience import PATIENCE

ROOT = Path(__file__).parents[2]
# Modules whose public names the reference has, under these very addresses.
PUBLIC = ("lexiscope", "lexiscope.contextual", "lexiscope.inspection", "lexiscope.interop")
_LINK = re.compile(r"\]\(([^)\s]+)\)")


class Page(HTMLParser):
    """A built page: what it links to, and what can be linked to in it."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.text: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name == "id" and value:
                self.anchors.add(value)
            if name in ("href", "src") and value:
                self.links.append(value)

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def targets(site: Path, path: Path, page: Page) -> Iterator[tuple[str, Path, str]]:
    """The links of a page to others of the site: as written, the file, the place in it."""
    for link in page.links:
        parts = urlsplit(link)
        if parts.scheme or parts.netloc:
            continue
        there = unquote(parts.path)
        base = site if there.startswith("/") else path.parent
        target = (base / there.lstrip("/")).resolve() if there else path
        yield link, target / "index.html" if target.is_dir() else target, unquote(parts.fragment)


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[Path, Page]]:
    site = tmp_path_factory.mktemp("docs").resolve() / "site"
    done = subprocess.run(
        [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "-d", str(site)],
        cwd=ROOT,
        env={**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return site, {path: Page(path) for path in site.rglob("*.html")}


def dead_links(site: Path, found: dict[Path, Page]) -> list[str]:
    """Links to a file that is not there, or to a place that its page has not."""
    dead = []
    for path, page in found.items():
        if path.name == "404.html":  # its addresses begin at the site's root
            continue
        for link, target, place in targets(site, path, page):
            there = found.get(target)
            if not target.is_file():
                dead.append(f"{path.relative_to(site)}: {link}")
            elif place and there is not None and place not in there.anchors:
                dead.append(f"{path.relative_to(site)}: {link} (no such place)")
    return dead


@pytest.mark.slow
def test_every_link_leads_somewhere(pages: tuple[Path, dict[Path, Page]]) -> None:
    site, found = pages
    assert len(found) >= 30 and sum(len(page.links) for page in found.values()) > 1000
    assert dead_links(site, found) == []


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    site = tmp_path.resolve()
    (site / "a").mkdir()
    (site / "a" / "index.html").write_text('<h2 id="king">King</h2><img src="../queen.png">')
    links = ("a/", "a/#king", "a/#queen", "#top", "b/", "https://example.org/b/")
    text = "".join(f'<a href="{link}">x</a>' for link in links)
    (site / "index.html").write_text(f'<p id="top">{text}</p>')
    found = {path: Page(path) for path in site.rglob("*.html")}
    assert sorted(dead_links(site, found)) == [
        "a/index.html: ../queen.png",
        "index.html: a/#queen (no such place)",
        "index.html: b/",
    ]


@pytest.mark.slow
def test_every_page_is_reached_from_the_first(pages: tuple[Path, dict[Path, Page]]) -> None:
    site, found = pages
    reached: set[Path] = set()
    waiting = [site / "index.html"]
    while waiting:
        path = waiting.pop()
        if path in reached or path not in found:
            continue
        reached.add(path)
        waiting += [target for _link, target, _place in targets(site, path, found[path])]
    assert {path for path in found if path.name != "404.html"} == reached


@pytest.mark.slow
@pytest.mark.parametrize("module", PUBLIC)
def test_every_public_name_is_in_the_reference(
    module: str, pages: tuple[Path, dict[Path, Page]]
) -> None:
    site, found = pages
    anchors = {
        anchor
        for path, page in found.items()
        if path.is_relative_to(site / "reference")
        for anchor in page.anchors
    }
    names = [name for name in import_module(module).__all__ if not name.startswith("__")]
    # A class of two modules stands under one of them.
    elsewhere = {"lexiscope.inspection.Recording": "lexiscope.Recording"}
    addresses = [f"{module}.{name}" for name in names]
    assert [each for each in addresses if elsewhere.get(each, each) not in anchors] == []


@pytest.mark.slow
def test_methods_and_their_errors_are_in_the_reference(
    pages: tuple[Path, dict[Path, Page]],
) -> None:
    site, found = pages
    vectors = found[site / "reference" / "vectors" / "index.html"]
    for name in ("most_similar", "save", "save_word2vec_format", "evaluate_word_pairs"):
        assert f"lexiscope.KeyedVectors.{name}" in vectors.anchors
    assert "UnknownWordError" in "".join(vectors.text)


@pytest.mark.slow
def test_every_command_and_option_is_in_the_reference(
    pages: tuple[Path, dict[Path, Page]],
) -> None:
    site, _found = pages
    page = site / "reference" / "command-line" / "index.html"
    sections = re.split(r'<h[23] id="', page.read_text(encoding="utf-8"))
    by_name = {part.partition('"')[0]: part for part in sections}
    program: Any = get_command(build_app())
    for command in COMMANDS:
        section = by_name[command.name]
        for parameter in program.commands[command.name].params:
            if parameter.param_type_name == "argument":
                continue
            for option in (*parameter.opts, *parameter.secondary_opts):
                assert re.search(rf"(?<![\w-]){re.escape(option)}(?![\w-])", section), (
                    f"{command.name} {option}"
                )
    assert len(COMMANDS) > 20


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "benchmarks/README.md"])
def test_links_of_the_repository_lead_to_files(name: str) -> None:
    page = ROOT / name
    links = [urlsplit(link) for link in _LINK.findall(page.read_text(encoding="utf-8"))]
    inner = [link.path for link in links if not link.scheme and link.path]
    assert [path for path in inner if not (page.parent / path).exists()] == []
