"""The source archive and the wheel: made from a checkout, installed alone, and tried."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

from lexiscope import __version__

ROOT = Path(__file__).parents[1]
STATIC = Path("src/lexiscope/server/static")
FOLDERS = ("src", "docs", "benchmarks", "scripts", "tests", "web")
PAGE = ("index.html", "page.html")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not (ROOT / STATIC / PAGE[0]).is_file(), reason="the page is not built"),
]


def built(tree: Path, target: str, out: Path) -> Path:
    command = [sys.executable, "-m", "hatchling", "build", "-t", target, "-d", str(out)]
    done = subprocess.run(command, cwd=tree, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    (made,) = out.iterdir()
    return made


@pytest.fixture(scope="module")
def source_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a copy of this checkout that says of itself that its page is built already."""
    folder = tmp_path_factory.mktemp("source")
    tree = folder / "tree"
    left_out = shutil.ignore_patterns("__pycache__", "node_modules", "*.nbi", "*.nbc", ".*")
    for name in FOLDERS:
        shutil.copytree(ROOT / name, tree / name, ignore=left_out)
    for path in ROOT.iterdir():
        if path.is_file() and not path.name.startswith("."):
            shutil.copy2(path, tree)
    about = f"Metadata-Version: 2.4\nName: lexiscope\nVersion: {__version__}\n"
    (tree / "PKG-INFO").write_text(about)
    return built(tree, "sdist", folder / "out")


@pytest.fixture(scope="module")
def wheel(source_archive: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Made of the source archive alone, as pip does it: without web/'s build, without Node."""
    folder = tmp_path_factory.mktemp("wheel")
    with tarfile.open(source_archive) as archive:
        archive.extractall(folder, filter="data")
    (tree,) = folder.iterdir()
    shutil.rmtree(tree / "web")
    return built(tree, "wheel", folder / "out")


def test_the_source_archive_carries_the_page(source_archive: Path) -> None:
    with tarfile.open(source_archive) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {f"{STATIC.as_posix()}/{name}" for name in PAGE} <= names
    assert {"LICENSE", "README.md", "pyproject.toml", "hatch_build.py", "web/package.json"} <= names


def test_without_node_a_line_says_what_is_missing(tmp_path: Path) -> None:
    tree, out = tmp_path / "tree", tmp_path / "out"
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", "web/package.json",
                 "src/lexiscope/_version.py"):  # fmt: skip
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tree / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(out)]
    bare = {**os.environ, "PATH": str(tmp_path)}
    bare.pop("LEXISCOPE_WITHOUT_PAGE", None)
    done = subprocess.run(command, cwd=tree, env=bare, capture_output=True, text=True, timeout=600)
    (line,) = done.stderr.strip().splitlines()
    assert done.returncode == 1 and line.startswith("npm was not found: the page is built by Node")
    assert line.endswith("LEXISCOPE_WITHOUT_PAGE=1 pip install .")
    bare["LEXISCOPE_WITHOUT_PAGE"] = "1"
    subprocess.run(command, cwd=tree, env=bare, check=True, capture_output=True, timeout=600)
    assert [path.suffix for path in out.iterdir()] == [".whl"]


def test_the_wheel_holds_the_package_and_nothing_else(wheel: Path) -> None:
    with ZipFile(wheel) as archive:
        names = archive.namelist()
    assert {name.split("/")[0].partition("-")[0] for name in names} == {"lexiscope"}
    inside = {name.removeprefix("lexiscope/") for name in names}
    assert {f"server/static/{name}" for name in PAGE} | {"py.typed"} <= inside
    ours = {path.relative_to(ROOT / "src/lexiscope") for path in ROOT.glob("src/lexiscope/**/*.py")}
    assert {path.as_posix() for path in ours} <= inside
    assert any(name.startswith("data/") for name in inside)
    assert not [name for name in names if "__pycache__" in name or name.endswith((".nbi", ".nbc"))]


def test_an_installed_wheel_works_alone(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "environment"
    venv.create(home, with_pip=False, symlinks=True)
    python = home / "bin" / "python" if os.name != "nt" else home / "Scripts" / "python.exe"
    asked = "import sysconfig; print(sysconfig.get_path('purelib'))"
    site = Path(subprocess.check_output([python, "-c", asked], text=True).strip())
    with ZipFile(wheel) as archive:
        archive.extractall(site)
    # What it needs is taken from where the tests run; the package itself is not: a line of a .pth
    # file adds a folder, but none of the .pth files in it.
    (site / "needed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment["NUMBA_CACHE_DIR"] = str(tmp_path / "kernels")

    def run(*command: str) -> str:
        done = subprocess.run(
            [python, "-m", "lexiscope", *command],
            cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    place = "import lexiscope; print(lexiscope.__file__)"
    where = subprocess.check_output([python, "-c", place], cwd=tmp_path, env=environment, text=True)
    assert Path(where.strip()).is_relative_to(site)
    assert run("--version").startswith("lexiscope ")
    run("record", "-o", "run", "--steps", "200")
    run("page", "run", "-o", "page.html")
    assert (tmp_path / "page.html").stat().st_size > 1_000_000
    assert "king" in run("neighbors", "run", "queen", "--topn", "95")
