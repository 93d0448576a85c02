"""What a training would see of a text: counted by hand, and lines that are no sentences."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lexiscope.cli import main as cli
from lexiscope.corpus import encode_corpus
from lexiscope.corpus.survey.line_kinds import LINE_KINDS
from lexiscope.corpus.survey.line_survey import survey_lines
from lexiscope.corpus.survey.survey import survey
from lexiscope.errors import CorpusError

LINES = [
    "The sea, the Sea and the fish.",
    "the fish swims in the sea",
    "",
    "the fish swims in the sea",
    "3 fish",
] * 3


@pytest.fixture
def text(tmp_path: Path) -> Path:
    path = tmp_path / "text.txt"
    path.write_text("\n".join(LINES) + "\n")
    return path


def test_counts_are_those_of_the_text(text: Path) -> None:
    seen = survey(text, min_count=4)
    counts = Counter(word for line in LINES for word in line.split())
    assert seen.report.tokens == sum(counts.values())
    assert seen.report.distinct == len(counts)
    kept = {word: count for word, count in counts.items() if count >= 4}
    assert (seen.chosen.words, seen.chosen.tokens) == (len(kept), sum(kept.values()))
    assert seen.chosen.median == int(np.median(list(kept.values())))
    assert dict(seen.commonest) == {word: counts[word] for word, _count in seen.commonest}
    assert [count for _word, count in seen.commonest] == sorted(counts.values(), reverse=True)
    assert {word for word, _count in seen.rarest} == set(counts) - set(kept)
    total = sum(counts.values())
    assert seen.punctuated == pytest.approx((counts["sea,"] + counts["fish."]) / total)
    both = sum(counts[word] for word in ("The", "the", "Sea", "sea"))
    assert seen.capitalised == pytest.approx(both / total)
    assert seen.numbers == pytest.approx(counts["3"] / total)
    assert survey(text, min_count=1).case_pairs == 2


def test_a_least_count_leaves_what_training_keeps(text: Path) -> None:
    from lexiscope.corpus import VocabularyOptions

    for kept in survey(text, min_count=3).kept[:3]:
        options = VocabularyOptions(min_count=kept.min_count)
        with encode_corpus(files=text, vocabulary=options) as encoded:
            report = encoded.report
        assert (kept.words, kept.tokens) == (report.vocabulary_size, report.tokens_in_vocabulary)


def test_lines_are_counted_also_in_a_packed_file(text: Path, tmp_path: Path) -> None:
    packed = tmp_path / "text.gz"
    packed.write_bytes(gzip.compress(text.read_bytes()))
    for path in (text, packed):
        seen = survey_lines([str(path)])
        filled = [line for line in LINES if line]
        assert (seen.lines, seen.blank, seen.is_whole) == (len(filled), 3, True)
        assert seen.words == sum(len(line.split()) for line in filled)
        # Of those with more than three words all but the first of each spelling.
        assert seen.repeated == 9 - 2
        assert seen.short == 3
        assert (seen.longest_words, seen.longest_place) == (7, f"{path}:1")


def test_a_long_text_is_looked_at_up_to_a_bound(text: Path) -> None:
    seen = survey_lines([str(text), str(text)], most_bytes=40)
    assert (seen.bytes, seen.is_whole, seen.lines) == (40, False, 1)


EXAMPLES = {
    "lines of Wikipedia's XML or wiki markup": "The '''sea''' is a [[body of water|body]].",
    "lines with HTML or XML tags": '<p class="x">the sea</p>',
    "JSON records": '{"id": 3, "text": "the sea"}',
    "rows of vectors": "sea 0.1 -0.2 3e-4 .5 1 2 3 4",
    "rows of a treebank (CoNLL)": "1\tsea\tsea\tNOUN\tNN\t_\t0\troot\t_\t_",
    "rows of a table, with tabs": "12\tthe sea is blue\tpositive",
    "rows of a table, with commas": '12,"the sea, it is blue",positive',
    "lines of Markdown": "## The sea",
    "lines with web addresses": "see https://example.org for the sea",
    "lines with escape sequences or control characters": "the \x1b[31msea\x1b[0m",
}
SENTENCES = (
    "The sea is blue, and x < y > z holds.",
    "He said: {sea} and [fish] were (both) there.",
    "1 2 3 4 5 6 7",
    "- it was there",  # a dash begins speech in novels, a list in Markdown: told as the latter
    "A tab\tbetween two words",
    "AT&T and R&D; 3 < 4",
    '"Yes," he said, "it is," and, well, "so."',
    "Yes, no, maybe, 1,000,000 times",
)


@pytest.mark.parametrize("name", EXAMPLES)
def test_each_kind_of_line_is_known(name: str, tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text(f"the sea\n{EXAMPLES[name]}\nthe fish\n")
    (found,) = survey_lines([str(path)]).findings
    assert (found.kind.name, found.lines, found.place) == (name, 1, f"{path}:2")
    assert set(EXAMPLES) == {kind.name for kind in LINE_KINDS}


@pytest.mark.parametrize("line", [line for line in SENTENCES if not line.startswith("-")])
def test_a_sentence_is_no_such_line(line: str, tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text(line + "\n")
    assert survey_lines([str(path)]).findings == []


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[int, str, str]:
    code = cli.main([str(argument) for argument in arguments])
    out, err = capsys.readouterr()
    return code, out, err


def test_the_command_tells_it_with_figures(text: Path, capsys: Any) -> None:
    code, out, _err = run(capsys, "corpus", text, "--min-count", "4", "-n", "3")
    assert code == 0
    assert "min-count" in out and "4 ←" in out
    assert "of the words have punctuation at an end" in out
    assert "lines (63.6%) repeat one before" not in out
    code, out, _err = run(capsys, "corpus", text, "--min-count", "4", "--json")
    document = json.loads(out)
    assert document["lines"]["repeated"] == 7
    assert any("7 lines (58.3%) repeat one before" in hint for hint in document["hints"])
    assert document["min_counts"][0]["words"] == document["report"]["distinct"]


def test_the_hints_are_not_given_where_they_do_not_hold(text: Path, capsys: Any) -> None:
    options = ("--tokenizer", "words", "--lowercase", "--json")
    hints = json.loads(run(capsys, "corpus", text, *options)[1])["hints"]
    assert not any("punctuation" in hint or "letter case" in hint for hint in hints)


def test_standard_input_is_read_once_and_its_lines_are_not_told(
    text: Path, monkeypatch: Any, capsys: Any
) -> None:
    import io
    import sys

    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.read_bytes())))
    document = json.loads(run(capsys, "corpus", "-", "--json")[1])
    assert document["lines"] is None
    assert document["report"]["tokens"] == sum(len(line.split()) for line in LINES)


ROWS = ["sea 0.1 0.2 -0.3 1e-4 5 6 7 8", "of 0.1 0.2 -0.3 1e-4 5 6 7 9", "a 1 2 3 4 5 6 7 8"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("\n".join(ROWS) + "\n", "a file of word vectors (a word and 8 numbers a line)"),
        ("3 8\n" + "\n".join(ROWS) + "\n", "a file of word vectors (a word and 8 numbers a line)"),
        ("sea" + " 0.25" * 300 + "\nof", "a file of word vectors (a word and 300 numbers a line)"),
        (b'\x40\0\0\0\0\0\0\0{"input":{}}', "a safetensors file"),
        (
            b"2 9\nsea " + np.linspace(-1, 1, 9, dtype="<f4").tobytes() + b"\nof ",
            "a file of word vectors (word2vec's binary format)",
        ),
        (b"\xba\x16\x4f\x2f\x0c\0\0\0", "a fastText model"),
        (b"GGUF\x03\0\0\0", "a GGUF model"),
    ],
)
def test_vectors_given_as_a_text_are_named(
    content: str | bytes, reason: str, tmp_path: Path
) -> None:
    path = tmp_path / "vectors"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(CorpusError) as error:
        encode_corpus(files=path)
    assert f"this is {reason}, expected a text" in str(error.value)


@pytest.mark.parametrize(
    "content",
    [
        "1 2 3 4 5 6 7 8 9\n" * 2,
        "2 9\nsea and more of it than fits into nine\n",
        "a 1 2 3\nb 1 2 3\nc 1 2 3\n",
        "sea 1 2 3 4 5 6 7 8\nthe sea\nx\n",
    ],
)
def test_a_text_with_numbers_is_a_text(content: str, tmp_path: Path) -> None:
    path = tmp_path / "text"
    path.write_text(content)
    from lexiscope.corpus import VocabularyOptions

    with encode_corpus(files=path, vocabulary=VocabularyOptions(min_count=1)) as encoded:
        assert encoded.report.tokens == len(content.split())


RUNNING = "The king lives by\nthe sea. The queen\nreads a letter.\n\n"
SEVERAL = "The king lives. The queen reads. A dog barks.\n"
PLAIN = "The king lives by the sea.\nThe queen reads.\n"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (RUNNING * 9, "67% of the lines go on with a sentence of the line before: --split"),
        (SEVERAL * 9, "100% of the lines hold several sentences: --split-sentences parts them"),
        (RUNNING.lower() * 9, None),
        (PLAIN * 9, None),
    ],
)
def test_text_that_runs_on_is_told(
    content: str, said: str | None, tmp_path: Path, capsys: Any
) -> None:
    (tmp_path / "text").write_text(content)
    given = ("corpus", tmp_path / "text", "--json")
    hints = json.loads(run(capsys, *given)[1])["hints"]
    split = json.loads(run(capsys, *given, "--split-sentences")[1])["hints"]
    assert any(hint.startswith(said) for hint in hints) if said else "--split" not in str(hints)
    assert "--split" not in str(split)


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (
            "王様は海の近くの古い城に住んでいます。",
            "王様 は 海 の 近く の 古い 城 に 住んで います 。",
        ),
        ("กษัตริย์อาศัยอยู่ในปราสาทเก่าริมทะเล", "กษัตริย์ อาศัย อยู่ ใน ปราสาท เก่า ริม ทะเล"),
    ],
)
def test_words_without_spaces_between_them_are_told(
    line: str, words: str, tmp_path: Path, capsys: Any
) -> None:
    for content, told in ((line, True), (words, False)):
        (tmp_path / "text").write_text(f"{content}\n" * 9, encoding="utf-8")
        document = json.loads(run(capsys, "corpus", tmp_path / "text", "--json")[1])
        assert document["unspaced"] == pytest.approx(1.0 if "。" not in words or told else 11 / 12)
        assert any("a segmenter (--tokenizer MODULE" in hint for hint in document["hints"]) is told
