"""Pages of the documentation that are made and not written: a hook of MkDocs.

The command line's reference comes from the Typer application, the HTTP interface's from the
server's OpenAPI description, a notebook's page from its cells and outputs, and what stands beside
docs/ (CHANGELOG.md, CONTRIBUTING.md, benchmarks/README.md) is taken as it is, its links turned.
"""

from __future__ import annotations

import html
import json
import re
from pathlib import Path
from typing import Any

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from typer.main import get_command

from lexiscope.cli.application import COMMANDS, build_app
from lexiscope.server.app import describe

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = ROOT / "docs" / "notebooks"
# A file beside docs/ → its place on the site.
BESIDE = {
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "benchmarks/README.md": "benchmarks.md",
}
_COMMAND_LINE = (
    "`lexiscope COMMAND --help` says the same. Exit codes: 0; 1 for an input or a file that is",
    "at fault; 2 for a wrong call; 130 for Ctrl-C, and 128 + the signal's number for SIGTERM (143)",
    "and SIGHUP (129). Completion in the shell: `lexiscope --install-completion`.",
)
_HTTP = (
    "`lexiscope serve PATH` answers at these addresses, all with GET; `/api/openapi.json`",
    "describes them with every field of every answer. It listens on this machine only unless",
    "`--host` says otherwise, and changes nothing. An answer is JSON or, where the table says so,",
    "a safetensors document: arrays, with the rest as JSON under `payload` in its metadata.",
)
_LINK = re.compile(r"\]\(([^)#:\s]+)(#[^)]*)?\)")


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds the pages that are made."""
    pages = {"reference/command-line.md": command_line(), "reference/http.md": http()}
    pages |= {place: beside(source) for source, place in BESIDE.items()}
    pages |= {f"notebooks/{path.stem}.md": notebook(path) for path in sorted(NOTEBOOKS.iterdir())}
    for place, content in pages.items():
        files.append(File.generated(config, place, content=content))
    return files


def notebook(path: Path) -> str:
    """A notebook's page: its text, its code, and what that gave when it was last run."""
    document = json.loads(path.read_text(encoding="utf-8"))
    parts = []
    for cell in document["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            parts.append(source)
            continue
        parts.append(f"```python\n{source}\n```")
        parts += [shown for output in cell["outputs"] for shown in _output(output)]
    parts.insert(1, f"As a notebook, to run and to change: [{path.name}]({path.name}).")
    return "\n\n".join(parts) + "\n"


def _output(output: dict[str, Any]) -> list[str]:
    """What a cell gave: its text, or a picture of it."""
    data = output.get("data", {})
    if "image/png" in data:
        picture = "".join(data["image/png"]).strip().replace("\n", "")
        return [f"![What the lines above draw](data:image/png;base64,{picture})"]
    text = "".join(output.get("text", data.get("text/plain", ""))).rstrip()
    return [f"```text\n{text}\n```"] if text else []


def beside(source: str) -> str:
    """A page of the repository, its links to other pages as they are on the site."""
    folder = (ROOT / source).parent

    def turned(link: re.Match[str]) -> str:
        target = (folder / link[1]).resolve().relative_to(ROOT).as_posix()
        return f"]({BESIDE.get(target, target.removeprefix('docs/'))}{link[2] or ''})"

    return _LINK.sub(turned, (ROOT / source).read_text(encoding="utf-8"))


def command_line() -> str:
    """The page of all commands: what each does, its arguments and its options."""
    program: Any = get_command(build_app())
    context = program.make_context("lexiscope", [], resilient_parsing=True)
    lines = [
        "# Command line",
        "",
        *_COMMAND_LINE,
        "",
    ]
    groups: dict[str, list[str]] = {}
    for command in COMMANDS:
        groups.setdefault(command.group, []).append(command.name)
    for group, names in groups.items():
        links = " · ".join(f"[{name}](#{name})" for name in names)
        lines.append(f"- **{group}**: {links}")
    lines += ["", *_rows(program, context)]
    for group, names in groups.items():
        lines += ["", f"## {group} {{#{group.lower().replace(' ', '-')}-commands}}"]
        for name in names:
            command = program.get_command(context, name)
            lines += ["", *_command(name, command, context)]
    return "\n".join(lines) + "\n"


def _command(name: str, command: Any, parent: Any) -> list[str]:
    context = command.make_context(name, [], parent=parent, resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"### {name} {{#{name}}}", "", f"```text\nlexiscope {name} {usage}\n```"]
    for paragraph in (command.help or "").split("\n\n"):
        lines.append("")
        told, example, call = " ".join(paragraph.split()).partition("Example: ")
        if told:
            lines.append(_prose(told))
        if example:
            lines += ["", f"```sh\n{call}\n```"]
    return [*lines, "", *_rows(command, context)]


def _rows(command: Any, context: Any) -> list[str]:
    """Arguments and options as tables, a group each."""
    groups: dict[str, list[str]] = {}
    for parameter in command.get_params(context):
        record = parameter.get_help_record(context)
        if record is None:
            continue
        if parameter.param_type_name == "argument":
            group = "Arguments"
        else:
            group = getattr(parameter, "rich_help_panel", None) or "Options"
        name, told = record
        groups.setdefault(group, []).append(f"| {_code(name)} | {_prose(told)} |")
    lines = []
    for group, rows in groups.items():
        lines += [f"| {group} | |", "| --- | --- |", *rows, ""]
    return lines


def http() -> str:
    """The page of the HTTP interface: every address with what may be asked of it."""
    document = describe().openapi()
    lines = [
        "# HTTP interface",
        "",
        *_HTTP,
        "",
        "| address | what it gives |",
        "| --- | --- |",
    ]
    for path, methods in document["paths"].items():
        route = methods["get"]
        kinds = route["responses"]["200"].get("content", {})
        told = [_prose(route.get("description", ""))]
        if any("safetensors" in kind for kind in kinds):
            told.append(" (safetensors)")
        asked = [each for each in route.get("parameters", []) if each["in"] != "header"]
        told += [f"<br>{_code(each['name'])}{_parameter(each)}" for each in asked]
        lines.append(f"| {_code(path)} | {''.join(told)} |")
    return "\n".join(lines) + "\n"


def _parameter(parameter: dict[str, Any]) -> str:
    schema = parameter.get("schema", {})
    told = [" ".join(parameter.get("description", "").split())]
    if "default" in schema and schema["default"] is not None:
        told.append(f"default {schema['default']}")
    if not parameter.get("required"):
        told.append("may be left out")
    return ": " + _prose(", ".join(part.rstrip(".") for part in told if part))


def _code(text: str) -> str:
    return f"<code>{html.escape(text).replace('|', '&#124;').replace('*', '&#42;')}</code>"


def _prose(text: str) -> str:
    escaped = html.escape(" ".join(text.split()), quote=False).replace("|", "&#124;")
    return re.sub(r"([*_\[\]`])", r"\\\1", escaped)
