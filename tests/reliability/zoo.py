"""Bad inputs of every kind to a command, in the process that calls this."""

from __future__ import annotations

import os
from pathlib import Path

from tests.reliability.kills import Row, folder_for
from tests.support import sweep, zoo


def zoo_of(name: str, work: Path, short: bool) -> Row:
    """Tries them; a quarter of them where it is to be short."""
    os.environ["HF_HUB_OFFLINE"] = "1"
    row = Row("zoo", name)
    with folder_for(work, f"zoo-{name}") as place:
        animals_folder, good_folder = place / "zoo", place / "good"
        animals_folder.mkdir()
        good_folder.mkdir()
        goods = sweep.make_goods(good_folder, pretrained=not short)
        animals = zoo.make(animals_folder)
        if short:
            animals = dict(list(animals.items())[::4])
        os.chdir(good_folder)
        for call in sweep.CALLS[name]:
            row.trials += len(animals)
            row.faults += sweep.sweep(name, call, goods, animals, animals_folder)
        os.chdir(work)
    return row
