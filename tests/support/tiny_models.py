"""Tiny models and tokenizers of each family, trained and drawn in a second."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from tokenizers import (
    AddedToken,
    Tokenizer,
    decoders,
    models,
    normalizers,
    pre_tokenizers,
    processors,
    trainers,
)
from transformers import (
    GPT2Config,
    GPT2Model,
    LlamaConfig,
    LlamaModel,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaModel,
)

FAMILIES = ("roberta", "gpt2", "llama")
POSITIONS = 40
_TEXT = [
    "The quick brown fox jumps over the lazy dog.",
    "Unbelievable things happen near the river bank, she said.",
    "New York is a big city; naïve people drink café au lait there.",
    "Words and words and more words make a small text for tokenizers.",
    "שלום עולם مرحبا بالعالم",
] * 5


def wordpiece() -> Tokenizer:
    """BERT's: lower case, marks dropped, `##` continues a word."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    special = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    tokenizer.train_from_iterator(
        _TEXT,
        trainers.WordPieceTrainer(vocab_size=180, special_tokens=special, show_progress=False),
    )
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 3), ("[CLS]", 2))
    return tokenizer


def byte_level(*, trim: bool, special: bool) -> Tokenizer:
    """GPT-2's and RoBERTa's: bytes, `Ġ` for a space in front."""
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, trim_offsets=trim)
    tokenizer.decoder = decoders.ByteLevel()
    tokens = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
    tokenizer.train_from_iterator(
        _TEXT,
        trainers.BpeTrainer(
            vocab_size=330,
            special_tokens=tokens,
            initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
            show_progress=False,
        ),
    )
    if special:
        tokenizer.add_special_tokens([AddedToken("<mask>", lstrip=True)])
        tokenizer.post_processor = processors.RobertaProcessing(
            ("</s>", 2), ("<s>", 0), trim_offsets=trim, add_prefix_space=False
        )
    else:
        tokenizer.post_processor = processors.ByteLevel(trim_offsets=trim)
    return tokenizer


def unigram() -> Tokenizer:
    """SentencePiece's Unigram: NFKC, `▁` for a space."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    special = ["<s>", "<pad>", "</s>", "<unk>"]
    tokenizer.train_from_iterator(
        _TEXT,
        trainers.UnigramTrainer(
            vocab_size=150, special_tokens=special, unk_token="<unk>", show_progress=False
        ),
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return tokenizer


def llama_bpe() -> Tokenizer:
    """Llama 2's: BPE over `▁`, put in front by the normaliser; what is unknown becomes bytes."""
    special = ["<unk>", "<s>", "</s>"]
    bytes_ = [f"<0x{byte:02X}>" for byte in range(256)]
    trained = Tokenizer(models.BPE())
    trained.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    trained.train_from_iterator(
        [text for text in _TEXT if text.isascii()],
        trainers.BpeTrainer(
            vocab_size=520, special_tokens=[*special, *bytes_], show_progress=False
        ),
    )
    import json

    model = json.loads(trained.to_str())["model"]
    merges = [tuple(merge) for merge in model["merges"]]
    tokenizer = Tokenizer(
        models.BPE(model["vocab"], merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True)
    )
    tokenizer.normalizer = trained.normalizer
    tokenizer.add_special_tokens(special)
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A", special_tokens=[("<s>", 1)]
    )
    return tokenizer


def whitespace() -> Tokenizer:
    """A token a word; `[UNK]` for all that was never seen."""
    tokenizer = Tokenizer(models.WordLevel(unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.train_from_iterator(
        _TEXT, trainers.WordLevelTrainer(special_tokens=["[UNK]", "[PAD]"], show_progress=False)
    )
    return tokenizer


def fast(tokenizer: Tokenizer, **options: Any) -> PreTrainedTokenizerFast:
    """A tokenizer as transformers holds it."""
    return PreTrainedTokenizerFast(tokenizer_object=tokenizer, **options)


def tokenizer_of(family: str) -> PreTrainedTokenizerFast:
    """A tokenizer of a family."""
    return {
        "wordpiece": lambda: fast(
            wordpiece(), unk_token="[UNK]", pad_token="[PAD]", cls_token="[CLS]", sep_token="[SEP]"
        ),
        "roberta": lambda: fast(
            byte_level(trim=True, special=True),
            unk_token="<unk>",
            pad_token="<pad>",
            bos_token="<s>",
            eos_token="</s>",
        ),
        "gpt2": lambda: fast(byte_level(trim=False, special=False), padding_side="left"),
        "unigram": lambda: fast(unigram(), unk_token="<unk>", pad_token="<pad>"),
        "llama": lambda: fast(llama_bpe(), unk_token="<unk>", padding_side="left"),
        "whitespace": lambda: fast(whitespace(), unk_token="[UNK]", pad_token="[PAD]"),
    }[family]()


def save(family: str, folder: Path) -> Path:
    """Writes a model with its tokenizer."""
    torch.manual_seed(0)
    tokenizer = tokenizer_of(family)
    size = len(tokenizer)
    if family == "roberta":
        model: Any = RobertaModel(
            RobertaConfig(
                vocab_size=size,
                hidden_size=32,
                num_hidden_layers=4,
                num_attention_heads=2,
                intermediate_size=48,
                max_position_embeddings=POSITIONS + 2,
                pad_token_id=1,
                initializer_range=0.2,
            )
        )
    elif family == "gpt2":
        model = GPT2Model(
            GPT2Config(
                vocab_size=size,
                n_embd=32,
                n_layer=4,
                n_head=2,
                n_positions=POSITIONS,
                initializer_range=0.2,
                bos_token_id=0,
                eos_token_id=2,
            )
        )
    else:
        model = LlamaModel(
            LlamaConfig(
                vocab_size=size,
                hidden_size=32,
                num_hidden_layers=4,
                num_attention_heads=2,
                num_key_value_heads=1,
                intermediate_size=48,
                max_position_embeddings=POSITIONS,
                initializer_range=0.2,
            )
        )
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
