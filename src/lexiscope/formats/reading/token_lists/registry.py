"""Shapes of lists of tokens, in the order in which they are tried.

The sure ones first, each told by what no other has. Of the others all are asked, and a list that
two of them read differently is refused with both named. What none of them is, is a token a line.
"""

from __future__ import annotations

from lexiscope.formats.reading.token_lists import (
    binary_shapes,
    json_shapes,
    line_shapes,
    object_shapes,
    projector_shape,
)
from lexiscope.formats.reading.token_lists.contract import Shape

SHAPES = (
    Shape(
        name=line_shapes.OWN_SHAPE,
        written_by="this package, beside a matrix and in its folders",
        told_by="`vocabulary.tsv`, `NAME.vocab.tsv`",
        read=line_shapes.read_own,
    ),
    Shape(
        name=projector_shape.PROJECTOR,
        written_by="the projector, beside `vectors.tsv`: a word a line, or columns with names",
        told_by="`metadata.tsv`, `meta.tsv`, `labels.tsv` beside a matrix: only tabs part fields",
        read=projector_shape.read,
    ),
    Shape(
        name=json_shapes.HUGGING_FACE,
        written_by="`tokenizer.json` of transformers and tokenizers",
        told_by="`model.vocab`",
        read=json_shapes.read_hugging_face,
    ),
    Shape(
        name=json_shapes.TEKKEN,
        written_by="Mistral (`tekken.json`)",
        told_by="`vocab` with `token_bytes`; the special tokens have the first ids",
        read=json_shapes.read_tekken,
    ),
    Shape(
        name=json_shapes.KERAS,
        written_by="Keras `Tokenizer.to_json()`, dumped once or twice",
        told_by='`class_name` "Tokenizer"; ids begin at 1, counts are read',
        read=json_shapes.read_keras,
    ),
    Shape(
        name=json_shapes.LISTED,
        written_by="Keras `get_vocabulary()`, `itos`, `Counter.most_common()`",
        told_by="JSON: tokens, pairs of token and number, or objects with a token (and `id`)",
        read=json_shapes.read_listed,
    ),
    Shape(
        name=json_shapes.MAPPED,
        written_by="`vocab.json` of GPT-2, RoBERTa, CLIP, Marian; Keras `word_index`; `stoi`",
        told_by="JSON: token → id or id → token, alone or under one of the usual names",
        read=json_shapes.read_mapped,
    ),
    Shape(
        name=json_shapes.MARIAN,
        written_by="Marian (`vocab.yml`), OpenNMT",
        told_by="`.yml`, `token: id` or `- token` a line",
        read=json_shapes.read_marian,
    ),
    Shape(
        name=binary_shapes.SENTENCEPIECE,
        written_by="SentencePiece (`tokenizer.model`, `spiece.model`, `.spm`)",
        told_by="a message of Protocol Buffers that begins with pieces",
        read=binary_shapes.read_sentencepiece,
        is_binary=True,
    ),
    Shape(
        name=binary_shapes.TIKTOKEN,
        written_by="tiktoken, Qwen, Llama 3 (`tokenizer.model`); without the special tokens",
        told_by="base64 and rank from 0 a line",
        read=binary_shapes.read_tiktoken,
        is_binary=True,
    ),
    Shape(
        name=object_shapes.NUMPY,
        written_by="`numpy.save` of texts, or of a list or dict of Python's",
        told_by="`\\x93NUMPY`",
        read=object_shapes.read_numpy,
    ),
    Shape(
        name=object_shapes.PICKLED,
        written_by="`pickle.dump` of a list or a dict, gensim's `Dictionary`, torchtext's `Vocab`, "
        "Keras' `Tokenizer`; nothing is run",
        told_by="a pickle's first bytes",
        read=object_shapes.read_pickled,
    ),
    Shape(
        name=line_shapes.ALLENNLP,
        written_by="AllenNLP (`tokens.txt`); `@@PADDING@@` is id 0",
        told_by="`@@UNKNOWN@@` in the first line",
        read=line_shapes.read_allennlp,
    ),
    Shape(
        name=line_shapes.FAIRSEQ,
        written_by="fairseq; PhoBERT, BERTweet; the first four ids are its special tokens",
        told_by="`dict.txt`, `dict.LANG.txt`, or `vocab.txt` beside `bpe.codes`: token, space, "
        "count",
        read=line_shapes.read_fairseq,
    ),
    Shape(
        name=line_shapes.FASTTEXT,
        written_by="fastText (`dump MODEL.bin dict`)",
        told_by="token, count, and `word` or `label` a line",
        read=line_shapes.read_fasttext,
    ),
    Shape(
        name=line_shapes.VECTORS,
        written_by="GloVe, word2vec, fastText (their text of vectors)",
        told_by="two numbers or more behind each word, not all of them whole",
        read=line_shapes.read_vectors,
    ),
    Shape(
        name=line_shapes.WITH_COUNT,
        written_by="GloVe (`vocab.txt`), word2vec (`-save-vocab`), OpenNMT, `uniq -c`",
        told_by="a token and a whole number, with a tab or a space between, in either order",
        read=line_shapes.read_counted,
        is_sure=False,
    ),
    Shape(
        name=line_shapes.WITH_ID,
        written_by="Kaldi (`words.txt`), OpenKE, gensim's `save_as_text`, many scripts",
        told_by="the same, and the numbers are those of ids: each once, nearly without holes",
        read=line_shapes.read_numbered,
        is_sure=False,
    ),
    Shape(
        name=line_shapes.WITH_SCORE,
        written_by="SentencePiece (`.vocab`)",
        told_by="a token, a tab, and numbers of which some are negative or broken",
        read=line_shapes.read_scored,
        is_sure=False,
    ),
    Shape(
        name=line_shapes.WITH_NAMES,
        written_by="the projector (`metadata.tsv`), spreadsheets",
        told_by="columns, and their names in the first line (`word`, `token`, `id`, `count`, …)",
        read=line_shapes.read_named,
        is_sure=False,
    ),
    Shape(
        name=line_shapes.PLAIN,
        written_by="BERT (`vocab.txt`), Keras, the projector, and everybody",
        told_by="nothing of the above; an empty line is the empty token",
        read=line_shapes.read_plain,
    ),
)
