"""Texts taken out of what they are kept in: dumps, pages, records, treebanks, other encodings."""

from __future__ import annotations

import bz2
import csv
import json
import re
import time
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np
import pytest

from lexiscope.corpus import TokenizerSpec, VocabularyOptions, encode_corpus
from lexiscope.corpus.input.converting import Converted
from lexiscope.corpus.input.sources import BlockReader, TextBuffer
from lexiscope.corpus.input.text_form import KINDS, TextForm
from lexiscope.corpus.input.wiki_blocks import without_blocks
from lexiscope.errors import ConfigError, CorpusError
from lexiscope.progress import Progress
from lexiscope.vectors import KeyedVectors

PAGE = """<!DOCTYPE html>
<html><head><title>Not read</title><style>a { b: c }</style></head><body>
<h1>The  King</h1><p>The <b>king</b> rules
&amp; <i>un</i>rules&nbsp;the land.<script>var x = "<p>no</p>";</script></p>
<ul><li>first<li>second</ul><table><tr><td>one cell<td>another</table>last<br>line</body></html>
"""
MARKDOWN = """---
title: left out
---
# The *king*

He rules [the land](https://example.org/x "title"), ![a picture](p.png)
and **sea**.

```python
left = "out"
# no heading
```

- first `item`
- second

> quoted

| a | b |
|---|---|
| cell one | cell two |

<div>html <b>block</b></div>
"""
DUMP = """<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/" version="0.11" xml:lang="de">
  <siteinfo><namespaces>
    <namespace key="0" case="first-letter" />
    <namespace key="6" case="first-letter">Datei</namespace>
    <namespace key="14" case="first-letter">Kategorie</namespace>
  </namespaces></siteinfo>
  <page><title>König</title><ns>0</ns><id>1</id><revision><id>5</id><model>wikitext</model>
    <text xml:space="preserve">{{Infobox|x={{y}}|z=2}}
'''Der König''' herrscht&lt;ref name="a"&gt;Ein ''Buch''.&lt;/ref&gt; über das [[Land (Staat)|Land]]
und die [[See]].&lt;!-- nicht --&gt; [[Datei:K.jpg|mini|Ein [[Bild]]]]
== Geschichte ==
* erster [http://example.org Punkt] &amp;nbsp;hier
* zweiter
{| class="wikitable"
| Zelle
|}
&lt;math&gt;a^2&lt;/math&gt; Ende. [[Kategorie:Adel]] [[en:King]] __NOTOC__</text></revision></page>
  <page><title>Weiter</title><ns>0</ns><redirect title="König" />
    <revision><text>#REDIRECT [[König]]</text></revision></page>
  <page><title>Diskussion:König</title><ns>1</ns><revision><text>Rede</text></revision></page>
</mediawiki>
"""
TREEBANK = """# newdoc
# text = Il va du parc.
1\tIl\til\tPRON\t_\t_\t2\tnsubj\t_\t_
2\tva\taller\tVERB\t_\t_\t0\troot\t_\t_
3-4\tdu\t_\t_\t_\t_\t_\t_\t_\t_
3\tde\tde\tADP\t_\t_\t5\tcase\t_\t_
4\tle\tle\tDET\t_\t_\t5\tdet\t_\t_
5\tparc\tparc\tNOUN\t_\t_\t2\tobl\t_\t_
5.1\tvide\tvide\tX\t_\t_\t_\t_\t_\t_

1\t#\t#\tSYM\t_\t_\t0\troot\t_\t_
"""


def text_of(path: Path, form: TextForm, block_bytes: int = 1 << 20) -> str:
    """What a run would read of a file."""
    reader, buffer = BlockReader([str(path)], form=form, block_bytes=block_bytes), TextBuffer(64)
    found = b""
    try:
        while (block := reader.fill(buffer)) is not None:
            found += bytes(buffer.data[: block.size])
    finally:
        reader.close()
    return found.decode()


def written(path: Path, content: str | bytes) -> Path:
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_a_page_is_read_as_it_is_seen(tmp_path: Path) -> None:
    page = written(tmp_path / "page.html", PAGE)
    expected = (
        "The King\nThe king rules & unrules the land.\nfirst\nsecond\none cell\nanother\n"
        "last\nline\n"
    )
    assert text_of(page, TextForm(kind="html")) == expected


def test_a_page_without_tags_is_one_line_and_not_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = written(tmp_path / "page.html", "a word\n" * 100_000)
    assert text_of(page, TextForm(kind="html")) == " ".join(["a word"] * 100_000) + "\n"
    monkeypatch.setattr("lexiscope.corpus.input.markup._LONGEST_LINE", 500_000)
    with pytest.raises(CorpusError, match="without the end of a paragraph"):
        text_of(page, TextForm(kind="html"))


def test_markdown_is_read_without_its_marks(tmp_path: Path) -> None:
    path = written(tmp_path / "a.md", MARKDOWN)
    assert text_of(path, TextForm(kind="markdown")).splitlines() == [
        "The king", "He rules the land, and sea.", "first item", "second", "quoted", "a", "b",
        "cell one", "cell two", "html block",
    ]  # fmt: skip


def test_long_markdown_is_read_in_pieces_that_end_where_no_block_goes_on(tmp_path: Path) -> None:
    part = "## Part\n\none **two**\n\n```\n\n# no heading\n\n```\n\nthree\n\n"
    path = written(tmp_path / "a.md", part * 60_000)
    assert path.stat().st_size > 3 << 20
    assert text_of(path, TextForm(kind="markdown")) == "Part\none two\nthree\n" * 60_000


@pytest.mark.parametrize("pack", [False, True])
def test_of_a_wikipedia_dump_the_articles_are_read(tmp_path: Path, pack: bool) -> None:
    pytest.importorskip("mwparserfromhell")
    content = DUMP.encode()
    half = len(content) // 2
    if pack:  # as the multistream dumps are: several streams, one behind another
        content = bz2.compress(content[:half]) + bz2.compress(content[half:])
    dump = written(tmp_path / "dewiki-latest-pages-articles.xml.bz2", content)
    assert text_of(dump, TextForm(kind="wikipedia")).splitlines() == [
        "Der König herrscht über das Land", "und die See.", "Geschichte", "erster Punkt hier",
        "zweiter", "Ende.",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("markup", "left"),
    [
        ("a{{b{{c}}d}}e", "ae"),
        ("a<ref name=x/>b<REF>{{c</ref >d", "abd"),
        ("a\n:{| class='x\n| {{b\n|}\nc", "a\n\nc"),
        ("a\n{| never ended\n| b\n== h ==\nc", "a\n== h ==\nc"),
        ("a {{b\n== h ==\nc }}", "a {{b\n== h ==\nc }}"),
        ("<nowiki>{{a}}</nowiki> {{b}}<pre>{|</pre>", "<nowiki>{{a}}</nowiki> <pre>{|</pre>"),
        ("<!-- a {{ <ref> --> b {{c}}d", " b d"),
        ("a<ref>never ended {{b}}", "a<ref>never ended "),
        ("''{{a}}''b '''''c''''' l''''d'''", "b c l'd"),
        ("{{a|\n|}}b", "b"),
        ("{{a\n{| b\n|}}}c", "c"),
    ],
)
def test_blocks_of_a_wikis_markup_are_left_out(markup: str, left: str) -> None:
    assert without_blocks(markup) == left


@pytest.mark.parametrize(
    "mark",
    ["<ref>", "{{", "\n{|", "<!--", "<nowiki>", "}}", "\n|}", "{{\n|}", "\n{|{{", "<ref ", "'"],
)
def test_markup_without_ends_takes_time_in_proportion(mark: str) -> None:
    """Not with its square: a megabyte would take hours."""
    began = time.process_time()
    without_blocks(mark * (1_000_000 // len(mark)))
    assert time.process_time() - began < 60


def test_a_dump_as_wikipedia_makes_them_leaves_no_markup() -> None:
    """106 articles of 2015 that come with gensim; the parser alone lost a chapter of Alaska's."""
    pytest.importorskip("mwparserfromhell")
    gensim = pytest.importorskip("gensim")
    (dump,) = (Path(gensim.__file__).parent / "test" / "test_data").glob("enwiki-latest-*.bz2")
    lines = text_of(dump, TextForm(kind="wikipedia")).splitlines()
    assert any(
        "constitutionally authorized appropriation of oil revenues" in line for line in lines
    )
    marks = re.compile(r"^[|!]|\{\||\|\}|\{\{|\}\}|\[\[|''")
    # A link with three brackets, and a reference without an end.
    assert sum(marks.search(line) is not None for line in lines) <= 1
    assert sum("<ref" in line for line in lines) <= 1 and len(lines) > 11_000


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (DUMP[:-40], "the dump is damaged or cut"),
        ("<html><page/></html>", "is XML of 'html'; expected a Wikipedia dump"),
        ("plain text", "the dump is damaged or cut"),
        ("<mediawiki></mediawiki>", "holds no article"),
    ],
)
def test_what_is_no_whole_dump_is_refused(tmp_path: Path, content: str, said: str) -> None:
    pytest.importorskip("mwparserfromhell")
    with pytest.raises(CorpusError, match=said):
        text_of(written(tmp_path / "dump.xml", content), TextForm(kind="wikipedia"))


def test_json_lines_are_read_by_a_field(tmp_path: Path) -> None:
    records = [
        {"id": 1, "text": "the king\nrules", "words": ["a", "b c"]},
        {"id": 2, "text": None, "words": []},
        {"id": 3, "text": "ein \ud83d Ei", "words": ["d"]},
    ]
    path = written(tmp_path / "r.jsonl", "\r\n\n".join(map(json.dumps, records)))
    assert text_of(path, TextForm(kind="jsonl")).splitlines() == [
        "the king", "rules", "", "ein \ufffd Ei",
    ]  # fmt: skip
    words = text_of(path, TextForm(kind="jsonl", column="words"))
    assert words.splitlines() == ["a b c", "", "d"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('{"text": "a"}\n{"body": "b"}', r"r.jsonl:2: has no field 'text'; it has 'body'"),
        ('{"text": "a"}\n{"text": 3}', r"r.jsonl:2: field 'text' is int; expected a text"),
        ('{"text": "a"}\n{"text":', r"r.jsonl:2: is not JSON"),
        ('[{"text": "a"}]', "is a JSON list; expected an object a line"),
        ("3", "r.jsonl:1: .* expected an object"),
        ('{"text": "a"}\n' + '{"a":' * 100_000, "r.jsonl:2: .*nested deeper than 64"),
    ],
)
def test_records_without_the_text_are_refused_by_place(
    tmp_path: Path, content: str, said: str
) -> None:
    with pytest.raises(CorpusError, match=said):
        text_of(written(tmp_path / "r.jsonl", content), TextForm(kind="jsonl"))


def test_parquet_is_read_by_a_column(tmp_path: Path) -> None:
    import pyarrow
    from pyarrow import parquet

    words = [["a", "b"], None, []]
    columns = {"text": ["the king", None, "x\ny"], "w": words, "n": [1, 2, 3]}
    table = pyarrow.table(columns)
    path = tmp_path / "t.parquet"
    parquet.write_table(table, path, row_group_size=2)
    assert text_of(path, TextForm(kind="parquet")) == "the king\n\nx\ny\n"
    told: list[Progress] = []
    spec = TokenizerSpec(text=TextForm(kind="parquet"))
    with encode_corpus(
        files=path,
        tokenizer=spec,
        vocabulary=VocabularyOptions(min_count=1),
        progress=told.append,
    ):
        read = [one for one in told if one.stage == "reading"][-1]
    assert read.done == read.total == path.stat().st_size
    assert text_of(path, TextForm(kind="parquet", column="w")) == "a b\n\n\n"
    with pytest.raises(CorpusError, match="column 'n' is of int64; expected texts"):
        text_of(path, TextForm(kind="parquet", column="n"))
    with pytest.raises(CorpusError, match="has no column 'body'; it has 'text', 'w', 'n'"):
        text_of(path, TextForm(kind="parquet", column="body"))
    cut = written(tmp_path / "cut.parquet", path.read_bytes()[:-20])
    with pytest.raises(CorpusError, match="cannot be read as Parquet"):
        text_of(cut, TextForm(kind="parquet"))


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_table_is_read_by_a_column(tmp_path: Path, delimiter: str) -> None:
    rows = [
        "id,text,year",
        '1,"The king, he said, ""rules"".",1900',
        "",
        '2,"two\nlines",',
        "3,x,1",
    ]
    content = "\ufeff" + "\r\n".join(rows).replace(",", delimiter)
    path = written(tmp_path / "t.csv", content)
    said = f'The king{delimiter} he said{delimiter} "rules".'
    assert text_of(path, TextForm(kind="csv")) == f"{said}\ntwo\nlines\nx\n"
    assert text_of(path, TextForm(kind="csv", column="year")) == "1900\n\n1\n"
    with pytest.raises(CorpusError, match=r"no column 'body'; it has 'id', 'text', 'year'"):
        text_of(path, TextForm(kind="csv", column="body"))
    short = written(tmp_path / "short.csv", f"id{delimiter}text\n1{delimiter}a\n2\n")
    with pytest.raises(CorpusError, match=r"short.csv:3: has 1 fields, expected 2 as in the head"):
        text_of(short, TextForm(kind="csv"))


def test_a_tables_field_may_be_a_book_but_not_a_file(tmp_path: Path) -> None:
    limit = csv.field_size_limit()
    book = "word " * 40_000
    path = written(tmp_path / "t.csv", f"id,text\n1,{book}\n2,b\n")
    assert text_of(path, TextForm(kind="csv")) == f"{book}\nb\n"
    path = written(tmp_path / "open.csv", 'id,text\n1,"open\n' + ("x" * 1_000 + "\n") * 17_000)
    with pytest.raises(CorpusError, match=r"open.csv:16,\d+: .*; is a quote before it not closed"):
        text_of(path, TextForm(kind="csv"))
    old = written(tmp_path / "old.csv", "id,te\rxt,year\n1,a,2\n")
    with pytest.raises(CorpusError, match=r"old.csv:1: cannot be read as CSV: new-line character"):
        text_of(old, TextForm(kind="csv"))
    assert csv.field_size_limit() == limit


def test_a_treebank_gives_its_forms_or_lemmas(tmp_path: Path) -> None:
    path = written(tmp_path / "fr.conllu", TREEBANK)
    assert text_of(path, TextForm(kind="conllu")) == "Il va du parc\n#\n"
    lemmas = text_of(path, TextForm(kind="conllu", column="lemma"))
    assert lemmas == "il aller de le parc\n#\n"
    with pytest.raises(CorpusError, match=r"x.conllu:1: has 4 columns; expected a word of CoNLL-U"):
        text_of(written(tmp_path / "x.conllu", "1\ta\tb\tc\n"), TextForm(kind="conllu"))


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-16", "utf-16-le", "shift_jis"])
def test_another_encoding_is_read_where_it_is_named(tmp_path: Path, encoding: str) -> None:
    text = "日本 の 海\n" * 4000 if encoding == "shift_jis" else "Grüße an die Königin\n" * 4000
    path = written(tmp_path / "t.txt", text.encode(encoding))
    assert text_of(path, TextForm(encoding=encoding)) == text


def test_what_is_not_in_the_encoding_is_told(tmp_path: Path) -> None:
    path = written(tmp_path / "t.txt", b"fine\n\x81\x20 no\n")
    with pytest.raises(CorpusError, match="is not cp1252, from about offset 5 on"):
        text_of(path, TextForm(encoding="windows-1252"))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"kind": "pdf"}, "read as 'pdf'; expected auto, lines, wikipedia"),
        ({"encoding": "klingon"}, "encoding is 'klingon'"),
        ({"encoding": "base64"}, "encoding is 'base64'"),
        ({"column": "text"}, "column 'text' is of a text read as jsonl, csv, parquet, conllu"),
        ({"kind": "conllu", "column": "tag"}, "expected form or lemma"),
        ({"kind": "parquet", "encoding": "latin-1"}, "is UTF-8"),
    ],
)
def test_options_that_mean_nothing_are_refused(options: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        TextForm(**options)


@pytest.mark.parametrize(
    ("content", "kind"),
    [(DUMP, "wikipedia"), (PAGE, "html"), ('{"text": "a b"}\n', "jsonl"), (TREEBANK, "conllu")],
)
def test_what_is_plainly_no_lines_is_refused_and_its_form_named(
    tmp_path: Path, content: str, kind: str
) -> None:
    path = written(tmp_path / "text", "\ufeff" + content)
    with pytest.raises(CorpusError, match=f"--read-as {kind}"):
        text_of(path, TextForm())
    assert text_of(path, TextForm(kind="lines")) == content + "\n" * (content[-1] != "\n")


@pytest.mark.parametrize(
    "content",
    ["{ a set } of words\n", "<s> the king </s>\n", "1 the king\n", "# a comment\n1\ta\tb\n"],
)
def test_lines_that_only_begin_like_another_form_are_read(tmp_path: Path, content: str) -> None:
    assert text_of(written(tmp_path / "text", content), TextForm()) == content


@pytest.mark.parametrize("content", ['[{"text": "a"}]', '[\n {\n  "text": "a"\n }\n]\n'])
def test_a_list_of_records_says_what_to_do(tmp_path: Path, content: str) -> None:
    path = written(tmp_path / "t.json", content)
    with pytest.raises(CorpusError, match=r"a list in JSON, .* \(`jq -c .*--read-as jsonl"):
        text_of(path, TextForm())


@pytest.mark.parametrize(
    ("first", "content", "said"),
    [
        ("mimetype", "application/epub+zip", r"an e-book \(EPUB\), .*`pandoc -t plain"),
        ("mimetype", "application/vnd.oasis.opendocument.text", r"\(\.odt, .*`pandoc -t plain"),
        ("[Content_Types].xml", "<Types/>", r"\(\.docx, .*`pandoc -t plain"),
        ("a.npy", "", r"NumPy arrays \(\.npz\), .*: unpack or convert"),
        ("a.txt", "words", r"a zip archive, .*: unpack or convert"),
    ],
)
def test_a_document_in_a_zip_archive_is_named(
    tmp_path: Path, first: str, content: str, said: str
) -> None:
    with ZipFile(tmp_path / "book", "w") as archive:
        archive.writestr(first, content)
    with pytest.raises(CorpusError, match=f"book: this is .*{said}"):
        text_of(tmp_path / "book", TextForm())


def test_a_pdf_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "papers").mkdir()
    written(tmp_path / "papers" / "a.pdf", b"%PDF-1.7\n\x00\x01")
    with pytest.raises(CorpusError, match=r"a\.pdf: this is a PDF document, .*pdftotext"):
        encode_corpus(files=tmp_path / "papers")


def test_a_model_folder_is_named_for_what_it_is(tmp_path: Path) -> None:
    KeyedVectors(["a", "b"], np.eye(2, dtype=np.float32)).save(tmp_path / "model")
    with pytest.raises(CorpusError, match=r"model: this is a model folder, .* --init-from"):
        encode_corpus(files=tmp_path / "model")


def test_the_form_goes_with_the_options_of_a_run(tmp_path: Path) -> None:
    spec = TokenizerSpec(text=TextForm(kind="jsonl", column="body"), lowercase=True)
    assert TokenizerSpec.from_json(json.loads(json.dumps(spec.to_json()))) == spec
    assert "text" not in TokenizerSpec().to_json()
    path = written(tmp_path / "r.jsonl", '{"body": "The king"}\n' * 5)
    for workers in (1, 3):
        with encode_corpus(files=path, tokenizer=spec, workers=workers) as encoded:
            assert sorted(encoded.vocabulary.tokens) == ["king", "the"]


@pytest.mark.parametrize("size", [1, 3, 1000])
def test_a_text_comes_out_the_same_in_pieces_of_any_size(size: int) -> None:
    source = memoryview(PAGE.encode())
    at = [0]

    def read(most: int) -> bytes:
        piece = bytes(source[at[0] : at[0] + min(most, size)])
        at[0] += len(piece)
        return piece

    stream, buffer, found = Converted(read, TextForm(kind="html"), "", "page"), bytearray(7), b""
    while count := stream.readinto(memoryview(buffer)):
        found += buffer[:count]
    assert found.decode().splitlines()[1] == "The king rules & unrules the land."


def test_every_form_is_offered_by_the_command_line() -> None:
    from lexiscope.cli.shared.training_options import ReadAsOption

    (option,) = ReadAsOption.__metadata__
    assert all(kind in option.help for kind in KINDS)
