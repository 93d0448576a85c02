"""Every text architecture that transformers offers, made tiny, and what an Encoder makes of it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
import transformers
from transformers import CONFIG_MAPPING, AutoModel, PreTrainedConfig, PreTrainedModel
from transformers.models.auto import modeling_auto

from lexiscope.contextual import Encoder
from lexiscope.errors import ConfigError
from tests.support.tiny_models import tokenizer_of

POSITIONS = 48
# What configurations call a size → how small it is made.
_SIZES: dict[int, str] = {
    32: "hidden_size d_model n_embd dim emb_dim embed_dim embedding_size word_embed_proj_dim "
    "hidden_dim projection_dim encoder_hidden_size lru_width attention_hidden_size",
    48: "intermediate_size d_ff ffn_dim encoder_ffn_dim decoder_ffn_dim n_inner d_inner dim_ff "
    "ffn_hidden_size true_hidden_size shared_intermediate_size intermediate_size_mlp "
    "dense_intermediate_size",
    16: "moe_intermediate_size shared_expert_intermediate_size expert_ffn_hidden_size "
    "moe_shared_expert_intermediate_size moe_layer_intermediate_size q_lora_rank kv_lora_rank "
    "o_lora_rank sliding_window attention_window attention_chunk_size chunk_size block_size "
    "mamba_chunk_size image_size",
    64: "num_hash_buckets",
    8: "head_dim d_kv d_head attention_head_size index_n_heads global_head_dim patch_size "
    "hidden_size_per_layer_input",
    4: "num_attention_heads n_head n_heads num_heads encoder_attention_heads "
    "decoder_attention_heads num_encoder_attention_heads num_decoder_attention_heads num_experts "
    "num_local_experts n_routed_experts moe_num_experts num_routed_experts zero_expert_num",
    3: "num_hidden_layers num_layers n_layer n_layers encoder_layers num_encoder_layers",
    2: "decoder_layers num_decoder_layers num_key_value_heads",
    1: "num_experts_per_tok moe_topk moe_k moe_top_k top_k n_group topk_group n_groups",
    POSITIONS: "max_position_embeddings n_positions max_seq_len n_ctx context_length "
    "max_encoder_position_embeddings max_decoder_position_embeddings model_max_length",
}
# What configurations call a size → how small it is made.
SMALL = {name: size for size, names in _SIZES.items() for name in names.split()}
_VOCABULARIES = ("vocab_size", "vocab_size_per_layer_input", "text_vocab_size", "src_vocab_size")
# Mappings of transformers whose architectures are of text.
_TASKS = ("CAUSAL_LM", "MASKED_LM", "TEXT_ENCODING", "SEQ_TO_SEQ_CAUSAL_LM")
_SENSES = ("IMAGE_TEXT_TO_TEXT", "MULTIMODAL_LM")
_MROPE = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2]}
# What single architectures need beside, or instead.
OVERRIDES: dict[str, dict[str, Any]] = {
    "bamba": {"mamba_n_heads": 4, "mamba_d_head": 16},
    "granitemoehybrid": {"mamba_n_heads": 4, "mamba_d_head": 16},
    "falcon_h1": {"mamba_n_heads": 4, "mamba_d_head": 8, "mamba_d_ssm": 32, "mamba_d_state": 8},
    "mamba2": {"num_heads": 8, "head_dim": 8, "n_groups": 1},
    "nemotron_h": {"mamba_num_heads": 4, "mamba_head_dim": 16, "ssm_state_size": 8},
    "codegen": {"rotary_dim": 4},
    "gptj": {"rotary_dim": 4},
    "esm": {"vocab_size": 180, "mask_token_id": 4, "pad_token_id": 0},
    "esmc": {"num_key_value_heads": 4},
    "dots3_note": {"text_config": {"num_key_value_heads": 4}},
    "dots3_note_text": {"num_key_value_heads": 4},
    "dots1": {"n_routed_experts": 4, "n_shared_experts": 1, "num_experts_per_tok": 1},
    "deepseek_v2": {"num_experts_per_tok": 1},
    "gemma3n_text": {
        "num_kv_shared_layers": 0,
        "layer_types": ["sliding_attention", "sliding_attention", "full_attention"],
        "activation_sparsity_pattern": [0.0] * 3,
        "laurel_rank": 8,
    },
    "gpt_neo": {"attention_types": [[["global", "local"], 1], [["global"], 1]]},
    "hunyuan_v1_dense": {"head_dim": 8},
    "hunyuan_v1_moe": {"head_dim": 8},
    "ministral": {"head_dim": 8},
    "nemotron": {"head_dim": 8, "num_key_value_heads": 2},
    "lfm2_moe": {"layer_types": ["conv", "full_attention", "conv"]},
    "mobilebert": {
        "num_feedforward_networks": 1,
        "embedding_size": 32,
        "true_hidden_size": 32,
        "intra_bottleneck_size": 32,
        "hidden_size": 32,
        "intermediate_size": 32,
    },
    "funnel": {
        "block_sizes": [1, 1, 1],
        "block_repeats": [1, 1, 1],
        "num_decoder_layers": 1,
        "architectures": ["FunnelModel"],
    },
    "reformer": {
        "axial_pos_embds_dim": [16, 16],
        "axial_pos_shape": [6, 8],
        "attn_layers": ["local", "lsh", "local"],
        "num_buckets": 2,
    },
    "cohere_compass_text": {"layer_types": ["full_attention"] * 3},
    "kimi_linear": {"num_experts_per_token": 1},
    "neomme": {"head_dim": 16},
    "qwen2_vl": {"text_config": {"rope_parameters": _MROPE}},
    "qwen2_5_vl": {"text_config": {"rope_parameters": _MROPE}},
}

# Of those that read images or hear besides, the most used.
MIXED = (
    "aya_vision", "gemma3", "idefics3", "internvl", "llava", "llava_next", "mistral3", "paligemma",
    "qwen2_5_vl", "qwen2_vl", "qwen3_vl", "smolvlm",
)  # fmt: skip
# What transformers makes no model of from a configuration by itself, here.
NOT_MADE = frozenset(
    {
        "bailing_hybrid", "blt", "cohere_compass_text", "dbrx", "dots3_note", "emu3", "gemma3n",
        "longcat_flash", "musicgen", "musicgen_melody", "nemo_speechlm", "zamba", "zamba2",
    }
)  # fmt: skip


def _of(tasks: tuple[str, ...]) -> set[str]:
    mappings = (getattr(modeling_auto, f"MODEL_FOR_{task}_MAPPING_NAMES") for task in tasks)
    return set().union(*mappings) & set(modeling_auto.MODEL_MAPPING_NAMES)


def text_architectures() -> list[str]:
    """Their names in transformers, sorted."""
    return sorted(_of(_TASKS) | {"canine", "clip"})


def every() -> list[str]:
    """Those of text alone, and the text parts of some that read images or hear, sorted."""
    return sorted({*text_architectures(), *MIXED})


def mixed_architectures() -> list[str]:
    """Those of text beside images or sound."""
    return sorted(_of(_SENSES) - set(text_architectures()))


@cache
def tokenizer() -> Any:
    """One for all: tokens are ids of any matrix."""
    return tokenizer_of("wordpiece")


def tiny(kind: str) -> PreTrainedModel:
    """A tiny model of an architecture, its weights drawn at random."""
    config = _small(CONFIG_MAPPING[kind], OVERRIDES.get(kind, {}))
    torch.manual_seed(0)
    model = AutoModel.from_config(config).eval()
    with torch.no_grad():
        for part in model.modules():
            if hasattr(getattr(part, "config", None), "use_cache"):
                part.config.use_cache = False  # some have no cache of a kind that is asked for
            if isinstance(part, torch.nn.Linear | torch.nn.Embedding):
                part.weight.normal_(0, 0.2)
                # As in trained models, where what padding is looked up as never changes.
                if getattr(part, "padding_idx", None) is not None:
                    part.weight[part.padding_idx] = 0
    return model


def _small(kind: type[PreTrainedConfig], overrides: dict[str, Any]) -> PreTrainedConfig:
    given: dict[str, Any] = {}
    default = vars(kind())
    latent = "qk_rope_head_dim" in default  # attention whose heads have sizes that must agree
    for name, value in default.items():
        if isinstance(value, PreTrainedConfig):
            given[name] = _small(type(value), overrides.get(name, {})).to_dict()
        elif type(value) is not int or (latent and name == "head_dim"):
            continue
        elif name in _VOCABULARIES:
            given[name] = len(tokenizer())
        elif name in SMALL:
            size = SMALL["num_attention_heads"] if latent and "key_value" in name else SMALL[name]
            given[name] = min(value, size)
        elif name.endswith("token_id") and value >= len(tokenizer()):
            given[name] = 1
    plain = {
        name: value
        for name, value in overrides.items()
        if not isinstance(default.get(name), PreTrainedConfig)
    }
    return kind(**{**given, **plain})


# What an Encoder makes of one

TEXTS = [
    "The quick brown fox jumps over the lazy dog.",
    "Hello",
    "New York is a big city; naïve people drink café au lait there, she said.",
    "Words and words and more words make a small text.",
]
LONG = " ".join(TEXTS * 4)
TOLERANCE = 1e-5
_REASON = re.compile(r"model '[^']*' \([^)]*\) (?P<reason>.*)")


@dataclass(frozen=True)
class Outcome:
    """What an Encoder makes of an architecture.

    Attributes:
        layers: "all", "last", or "none" where it is refused.
        batches: What texts may share one: "any length", "equal length", "one text".
        reason: Why it is refused, "" where it is not.
    """

    layers: str
    batches: str = ""
    reason: str = ""


def encoder_of(model: PreTrainedModel) -> tuple[Encoder | None, Outcome]:
    """An Encoder of all layers, or of the last alone, or None with the reason."""
    batches = {"any": "any length", "equal": "equal length", "none": "one text"}
    options: list[dict[str, Any]] = [{"layers": "all", "combine": "concat"}, {}]
    for given in options:
        try:
            encoder = Encoder(model, tokenizer=tokenizer(), window=POSITIONS - 2, **given)
        except ConfigError as error:
            if "take layers=-1" in str(error):
                continue
            match = _REASON.fullmatch(str(error))
            return None, Outcome("none", reason=match["reason"] if match else str(error))
        sharing = batches[encoder.model.behaviour.sharing]
        return encoder, Outcome("all" if given else "last", sharing)
    raise AssertionError("not even the last layer")


def plain_states(model: PreTrainedModel, ids: list[int]) -> list[Any]:
    """What transformers itself gives for one sequence: n × D of each layer, 0 to L."""
    table = torch.tensor([ids])
    named = {"attention_mask": torch.ones_like(table), "output_hidden_states": True}
    reader: Any = model
    if model.config.is_encoder_decoder:
        reader = model.get_encoder()
    elif hasattr(model, "text_model"):
        reader = model.text_model
    with torch.no_grad():
        output = reader(input_ids=table, **named)
    # Some give what a head makes of it instead; their list ends with it.
    last = output.get("last_hidden_state", output.hidden_states[-1])
    return [*(state[0] for state in output.hidden_states[:-1]), last[0]]


def apart(one: Any, other: Any) -> float:
    """The largest distance of a row from its twin, relative to its length."""
    rows, twins = np.asarray(one, np.float64), np.asarray(other, np.float64)
    lengths = np.maximum(np.linalg.norm(twins, axis=1), 1e-9)
    return float((np.linalg.norm(rows - twins, axis=1) / lengths).max())


# The table of docs/how-to/contextual.md

_BEGIN, _END = "<!-- architectures: ", "<!-- end of architectures -->"
_ROW = re.compile(
    r"\| `(?P<kind>[^`]+)` \| (?P<layers>\w+) \| (?P<batches>[^|]*) \| (?P<reason>[^|]*) \|"
)


def table_version(page: Path) -> str:
    """The transformers that the table was made with."""
    start = page.read_text("utf-8").split(_BEGIN, 1)[1]
    return start.split(" ", 2)[1]


def read_table(page: Path) -> dict[str, Outcome]:
    """The rows of the page's table."""
    return {
        match["kind"]: Outcome(match["layers"], match["batches"].strip(), match["reason"].strip())
        for match in map(_ROW.fullmatch, page.read_text("utf-8").splitlines())
        if match is not None
    }


def write_table(page: Path) -> None:
    """Makes the page's table anew: some minutes."""
    lines = [
        "| architecture | layers | a batch has texts of | refused, as it |",
        "| --- " * 4 + "|",
    ]
    for kind in every():
        if kind in NOT_MADE:
            continue
        outcome = encoder_of(tiny(kind))[1]
        lines.append(f"| `{kind}` | {outcome.layers} | {outcome.batches} | {outcome.reason} |")
    text = page.read_text("utf-8")
    before, rest = text.split(_BEGIN, 1)
    after = rest.split(_END, 1)[1]
    head = f"{_BEGIN}transformers {transformers.__version__} -->"
    page.write_text(before + "\n".join([head, "", *lines, "", _END]) + after, "utf-8")


if __name__ == "__main__":
    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    write_table(Path(__file__).parents[2] / "docs" / "how-to" / "contextual.md")
