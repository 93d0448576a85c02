"""`--tokenizer module:function`: functions of the current folder, and what is none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

LINES = ["The king-queen rules.", "A cat-dog sleeps!"] * 30


@pytest.mark.slow
def test_the_command_line_names_one_of_the_current_folder(
    call: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("text.txt").write_text("\n".join(LINES))
    Path("my_cutting_of_words.py").write_text("def cut(text):\n    return text.split('-')\n")
    done = call("corpus", "text.txt", "--tokenizer", "my_cutting_of_words:cut")
    assert done.code == 0, done.err
    assert "120" in done.out
    done = call("corpus", "text.txt", "--tokenizer", "my_cutting_of_words:cat")
    assert done.code == 1 and len(done.said) == 1 and "has no 'cat'" in done.said[0]
