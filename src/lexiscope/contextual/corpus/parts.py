"""Parts of long work, each kept, so that what was done survives a kill.

Beside the target OUT stands the folder `OUT.parts` while the work is unfinished: `part-000000`,
`part-000001`, … each put in place whole, and `manifest.json`, which says what the work is and which
parts are done, in whatever order they came. A part that the manifest does not name counts for
nothing.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from lexiscope.errors import ConfigError
from lexiscope.files import json_document
from lexiscope.files.atomic import atomic_file, atomic_folder
from lexiscope.files.json_document import Value

_MANIFEST = "manifest.json"
_SUFFIX = ".parts"


@dataclass(frozen=True, kw_only=True)
class Part:
    """A finished part, as the manifest has it.

    Attributes:
        digest: Of the sentences that it was made from.
        sentences, words, missing, tokens: How many it has; `missing` are words without a token.
    """

    digest: str
    sentences: int
    words: int
    missing: int
    tokens: int


def parts_folder(target: Path) -> Path:
    """Where the parts of a target are."""
    return target.with_name(target.name + _SUFFIX)


class Parts:
    """The parts of one target.

    Args:
        target: The file or folder that they become.

    Attributes:
        folder: Where they are.
        done: Those that are finished, by number.
    """

    def __init__(self, target: Path) -> None:
        self.target = target
        self.folder = parts_folder(target)
        self.done: dict[int, Part] = {}
        self._work: Mapping[str, Any] = {}

    def begin(self, work: Mapping[str, Any], *, resume: bool) -> None:
        """Starts, or takes up what was done before.

        Args:
            work: Everything that the result depends on but the sentences, as plain data.
            resume: Whether to take up unfinished work.

        Raises:
            ConfigError: There is unfinished work and `resume` is false, or it is of other options;
                or there is none to resume, and the target is whole.
            FormatError: The manifest is damaged.
        """
        self._work = work
        manifest = self.folder / _MANIFEST
        if manifest.is_file():
            if not resume:
                raise ConfigError(
                    f"{self.folder} holds unfinished work; go on with --resume (resume=True), or "
                    "remove that folder to begin anew"
                )
            self._read(manifest)
            return
        if resume and self.target.exists():
            raise ConfigError(
                f"{self.target} is finished: there is nothing to resume; leave --resume out to "
                "make it anew"
            )
        if self.folder.exists() and any(
            not file.name.startswith(("part-", ".part-", f".{_MANIFEST}"))
            for file in self.folder.iterdir()
        ):
            raise ConfigError(f"{self.folder} is taken by something else; name another file")
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir()
        self._write()

    def _read(self, manifest: Path) -> None:
        advice = f"remove {self.folder} to begin anew"
        document = json_document.read(manifest, json_document.TABLE, advice=advice)
        before = document["work"].plain_fields()
        self.done = {
            # Earlier versions made parts in order, and did not number them.
            entry["number"].whole() if entry["number"].is_given else place: _part(entry)
            for place, entry in enumerate(document["parts"].entries())
        }
        # As the manifest would have it: a tuple is a list there.
        written = json.dumps(self._work).encode()
        now = json_document.parse(written, manifest).plain_fields()
        changed = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
        if changed:
            name = changed[0]
            raise ConfigError(
                f"{self.folder} was made with {name}={before.get(name)!r}, now it is "
                f"{now.get(name)!r}; give the same options to resume, or remove that folder"
            )

    def path(self, number: int) -> Path:
        """Where a part is."""
        return self.folder / f"part-{number:06}"

    def add(self, number: int, part: Part, write: Callable[[BinaryIO], None]) -> None:
        """Writes a part."""
        with atomic_file(self.path(number)) as stream:
            write(stream)
        self.done[number] = part
        self._write()

    def finish(self, join: Callable[[Any, list[Path]], None], *, is_folder: bool = False) -> None:
        """Joins the parts to the target in the order of their numbers, and removes them.

        Args:
            join: Writes the parts to an open file, or into an empty folder by its path.
            is_folder: Which of the two.
        """
        opened = atomic_folder if is_folder else atomic_file
        with opened(self.target) as target:
            join(target, [self.path(number) for number in sorted(self.done)])
        self.remove()

    def remove(self) -> None:
        """Removes what is kept of the work."""
        # Without its manifest a folder that could not be removed as a whole counts for nothing.
        (self.folder / _MANIFEST).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def _write(self) -> None:
        parts = [{"number": number, **asdict(part)} for number, part in sorted(self.done.items())]
        document = {"work": self._work, "parts": parts}
        with atomic_file(self.folder / _MANIFEST) as stream:
            stream.write(json.dumps(document, indent=1).encode())


def _part(entry: Value) -> Part:
    return Part(
        digest=entry["digest"].text(),
        sentences=entry["sentences"].whole(),
        words=entry["words"].whole(),
        missing=entry["missing"].whole(),
        tokens=entry["tokens"].whole(),
    )
