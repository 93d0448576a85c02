"""Contextual vectors on a GPU: tokens a second end to end, and of the bare forward passes.

Made for a machine that can be had for minutes only: model, tokenizer and text are made here. The
model has MiniLM's shape (6 layers, 384 dimensions) and weights drawn at random, the tokenizer is
WordPiece; sentences are of made-up words, as many letters and words as in books, no two alike.
The bare passes run over the very batches that the Encoder makes, their ids on the GPU already, and
keep nothing. `contextual_gpu.sh` starts it.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from statistics import median
from typing import Any

import numpy as np

_WORDS = 30_000
_VOCABULARY = 30_522
_WARM_UP = 2_500
_PRECISIONS = ("float32", "bfloat16")


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the command.

    Returns:
        0; 2 where there is no GPU.
    """
    parser = argparse.ArgumentParser(prog="benchmarks/contextual_gpu.sh", description=__doc__)
    add = parser.add_argument
    add("--sentences", type=int, default=20_000, help="default: 20,000")
    add("--rounds", type=int, default=3, help="default: 3")
    add("--batch-tokens", type=int, default=None, help="default: the Encoder's own")
    add("--device", default="cuda", help="default: cuda; cpu tries the benchmark itself")
    options = parser.parse_args(arguments)
    reason = _why_not(options.device)
    if reason is not None:
        print(f"contextual_gpu: {reason}; nothing was measured", file=sys.stderr)
        return 2
    _measure(options)
    return 0


def _why_not(device: str) -> str | None:
    """Why nothing can be measured here."""
    missing = [name for name in ("torch", "transformers", "tokenizers") if find_spec(name) is None]
    if missing:
        return f"{', '.join(missing)} cannot be imported (set PYTHON to one that has them)"
    import torch

    if device.startswith("cuda") and not torch.cuda.is_available():
        return f"PyTorch {torch.__version__} sees no GPU here"
    return None


def _measure(options: argparse.Namespace) -> None:
    import torch
    import transformers

    began = time.perf_counter()
    texts = sentences(options.sentences)
    tokenizer = _tokenizer(texts)
    name = torch.cuda.get_device_name() if options.device.startswith("cuda") else options.device
    print(
        f"{name}; PyTorch {torch.__version__}, transformers {transformers.__version__}; "
        f"{len(texts):,} sentences; made in {time.perf_counter() - began:.0f} s"
    )
    print("\n| precision | what | tokens/s | of the bare passes |\n| --- | --- | ---: | ---: |")
    for precision in _PRECISIONS:
        _measure_one(_model(precision, options.device), tokenizer, texts, precision, options)
    print(f"\ntook {time.perf_counter() - began:.0f} s")


def _measure_one(
    model: Any, tokenizer: Any, texts: list[str], precision: str, options: argparse.Namespace
) -> None:
    from lexiscope.contextual import Encoder

    encoder = Encoder(model, tokenizer=tokenizer, batch_tokens=options.batch_tokens)
    bare, tokens, padded = _bare(encoder, texts)
    # Words first: the tokens' vectors of 20,000 sentences are the larger result.
    runs: dict[str, Callable[[list[str]], object]] = {
        "bare forward passes": lambda _texts: bare(),
        "words (`encode_words`)": encoder.encode_words,
        "words and tokens (`encode`)": encoder.encode,
    }
    for run in runs.values():
        run(texts[:_WARM_UP])
    rates: dict[str, list[float]] = {what: [] for what in runs}
    for _ in range(options.rounds):
        for what, run in runs.items():
            began = time.perf_counter()
            run(texts)
            rates[what].append(tokens / (time.perf_counter() - began))
    whole = median(rates["bare forward passes"])
    for what, found in rates.items():
        share = median(found) / whole
        print(f"| {precision} | {what} | {median(found):,.0f} | {100 * share:.0f} % |")
    print(f"| {precision} | padding | {100 * (padded / tokens - 1):.1f} % of {tokens:,} tokens | |")


def _bare(encoder: Any, texts: list[str]) -> tuple[Callable[[], None], int, int]:
    """The passes over all batches, the tokens in them, and their places, padding counted."""
    import torch

    forward = encoder.model.forward
    plans = encoder._assembler.plans(encoder._splitter.read(texts))
    batches = [forward.batch(sequences) for plan in plans for sequences in plan.batches]
    tokens = sum(len(plan.segmentation.tokens) for plan in plans)

    def run() -> None:
        with torch.inference_mode():
            for batch in batches:
                forward.call(batch)
        if encoder.model.device.type == "cuda":
            torch.cuda.synchronize()

    return run, tokens, sum(batch.ids.numel() for batch in batches)


def sentences(count: int) -> list[str]:
    """Distinct sentences of made-up words: frequent ones short, 30 words in the mean."""
    random = np.random.default_rng(1)
    syllables = [a + b + c for a in "bdfgklmnprstvz" for b in "aeiou" for c in ("", "n", "r", "s")]
    sizes = np.minimum(1 + np.log1p(np.arange(_WORDS)) / 4, 4).astype(int)
    parts = random.integers(len(syllables), size=(_WORDS, 4)).tolist()
    words = [
        "".join(syllables[part] for part in own[:size])
        for own, size in zip(parts, sizes.tolist(), strict=True)
    ]
    weights = 1 / np.arange(1, _WORDS + 1)
    lengths = np.clip(random.lognormal(3.1, 0.8, count), 2, 350).astype(int)
    drawn = iter(random.choice(_WORDS, int(lengths.sum()), p=weights / weights.sum()).tolist())
    return [
        f"{number}: {' '.join(words[next(drawn)] for _ in range(length))}."
        for number, length in enumerate(lengths.tolist())
    ]


def _tokenizer(texts: list[str]) -> Any:
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    trainer = trainers.WordPieceTrainer(
        vocab_size=_VOCABULARY // 4, special_tokens=special, show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    fast: Any = PreTrainedTokenizerFast
    return fast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
    )


def _model(precision: str, device: str) -> Any:
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(1)
    config = BertConfig(
        vocab_size=_VOCABULARY,
        hidden_size=384,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=1536,
        max_position_embeddings=512,
    )
    model: Any = BertModel(config, add_pooling_layer=False)
    return model.to(device=device, dtype=getattr(torch, precision)).eval()


if __name__ == "__main__":
    sys.exit(main())
