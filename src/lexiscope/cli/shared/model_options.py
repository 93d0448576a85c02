"""Options of commands that run a pretrained transformer, and what they become."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from lexiscope.cli.shared.arguments import read_word_list, wrong_call
from lexiscope.cli.shared.training_options import text_form

ModelArgument = Annotated[
    str,
    typer.Argument(
        metavar="MODEL",
        help="A folder with a pretrained transformer and its tokenizer, or its id on the "
        "Hugging Face hub.",
    ),
]
LayersOption = Annotated[
    str,
    typer.Option(
        metavar="LAYERS",
        help="Hidden states: numbers with commas (0 enters the first layer, -1 leaves the last), "
        "or all.",
    ),
]
CombineOption = Annotated[
    str | None,
    typer.Option(
        show_default=False,
        help="What several layers become: mean, sum, concat, or mix (by --layer-weights). For one "
        "layer it is last.",
    ),
]
LayerWeightsOption = Annotated[
    str | None,
    typer.Option(
        metavar="WEIGHTS",
        show_default=False,
        help="What each of --layers counts in a mix: numbers with commas, or a file that "
        "`lexiscope layers --mix` has written.",
    ),
]
SplitOption = Annotated[
    str,
    typer.Option(
        help="What a word is: words (letters, marks, digits) or whitespace (all that stands "
        "between spaces)."
    ),
]
PoolingOption = Annotated[
    str,
    typer.Option(
        help="What the tokens of a word become: mean, first, last, first_last, max or sum."
    ),
]
DtypeOption = Annotated[
    str,
    typer.Option(
        help="What the model computes in: float32, bfloat16, float16, or int8 on the CPU."
    ),
]
DeviceOption = Annotated[
    str | None,
    typer.Option(
        show_default=False,
        help="cpu, cuda, …, or several, cuda:0,1; a GPU where there is one by itself.",
    ),
]
CompileOption = Annotated[
    bool,
    typer.Option(
        "--compile", help="Compile the model first (torch.compile): a minute, for long work."
    ),
]
BatchTokensOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        show_default=False,
        help="Tokens that go through the model at a time (512 a core, 16384 on a GPU).",
    ),
]
WindowOption = Annotated[
    int | None,
    typer.Option(
        min=4,
        show_default=False,
        help="Tokens that the model sees at a time (default: as many as it can take; 512 where "
        "neither it nor its tokenizer names a limit).",
    ),
]
StrideOption = Annotated[
    int | None,
    typer.Option(
        min=1,
        show_default=False,
        help="In lines longer than the window: tokens from a window to the next (default: half a "
        "window).",
    ),
]
TruncateOption = Annotated[
    bool, typer.Option("--truncate", help="Cut such lines at the window's end instead.")
]
ColumnOption = Annotated[
    str | None,
    typer.Option(
        metavar="NAME",
        show_default=False,
        help="Where INPUT is a data set saved by Hugging Face's datasets: the column with the "
        "sentences (default: text, or the only one). With --read-as jsonl, csv, parquet: the field "
        "with the text; conllu: form or lemma.",
    ),
]


def sentence_reader(
    text: str, column: str | None, read_as: str, encoding: str | None, *, split_sentences: bool
) -> Callable[[], Any]:
    """Opens the sentences of a text, or of a column of a data set that was saved to disk, each time
    it is called.

    Raises:
        ConfigError: The data set has no such column; there is no such form or encoding.
        CorpusError, FormatError: There is no such text, or the data set is damaged; also when it is
            called.
    """
    from lexiscope.contextual.corpus.hf_dataset import is_saved_dataset, open_saved
    from lexiscope.corpus.input.lines import TextLines
    from lexiscope.corpus.input.text_form import AUTO

    if is_saved_dataset(text):
        if read_as != AUTO or encoding is not None or split_sentences:
            raise wrong_call(
                f"{text} is a data set saved by datasets, which is read as it is: leave out "
                "--read-as, --encoding and --split-sentences"
            )
        return partial(open_saved, text, column)
    if column is not None and read_as == AUTO:
        raise wrong_call(
            f"--column {column} is for a folder that datasets' save_to_disk has written, which "
            f"{text} is not, or goes with --read-as jsonl, csv, parquet or conllu"
        )
    form = text_form(read_as, column, encoding, split_sentences=split_sentences)
    return partial(TextLines, text, form)


def encoder_options(**given: Any) -> Any:
    """The options of an encoder, checked; a wrong one is a wrong call.

    Raises:
        ConfigError: A value is out of its range.
    """
    from lexiscope.contextual.options import EncoderOptions

    layers, weights = _layers(given["layers"]), given.get("layer_weights")
    combine = given["combine"]
    if weights is not None:
        layers, weights = _weighed(layers, weights)
        combine = "mix" if combine is None else combine
    if combine is None:
        if layers == "all" or len(layers) > 1:
            raise wrong_call(
                f"--layers {given['layers']} are several: say with --combine what they become "
                "(mean, sum, concat or mix)"
            )
        combine = "last"
    return EncoderOptions(
        **{**given, "layers": layers, "combine": combine, "layer_weights": weights}
    )


def _weighed(layers: Any, text: str) -> tuple[Any, tuple[float, ...]]:
    """Layers and weights out of numbers, or of a file that has both."""
    from lexiscope.contextual.uses.layer_mix import read_mix

    try:
        return layers, tuple(float(part) for part in text.split(","))
    except ValueError:
        pass
    if not Path(text).is_file():
        raise wrong_call(
            f"--layer-weights {text}: there is no such file; expected one, or numbers with commas, "
            "such as 0.2,0.3,0.5"
        )
    own, weights = read_mix(text)
    if layers not in ((-1,), "all", own):
        raise wrong_call(f"--layer-weights {text} has its own layers; leave --layers out")
    return own, weights


def load_encoder(model: str, options: Any) -> Any:
    """Loads a model for options that were checked."""
    from dataclasses import asdict

    from lexiscope.contextual.encoder import Encoder

    return Encoder(model, **asdict(options))


def wanted_words(path: str | None) -> list[str] | None:
    """The words of a list file; None where none is named.

    Raises:
        CorpusError: The file cannot be read, or is empty.
    """
    from lexiscope.errors import CorpusError

    if path is None:
        return None
    words = read_word_list(path)
    if not words:
        raise CorpusError(f"{path}: there is no word in it; expected one a line")
    return words


def _layers(text: str) -> tuple[int, ...] | str:
    if text.strip() == "all":
        return "all"
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise wrong_call(
            f"--layers {text!r}: expected numbers with commas, such as -4,-3,-2,-1, or all"
        ) from None
