"""Small tokenizers for tests: trained in milliseconds on a few lines, no files and no network."""

from __future__ import annotations

import json
from functools import lru_cache

from tokenizers import AddedToken, Tokenizer, decoders, models, normalizers, pre_tokenizers, trainers
from transformers import PreTrainedTokenizerFast

SPECIAL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
PLAIN_ADDED_TOKENS = ("<tool_call>", "</tool_call>")

_CORPUS = (
    "An event loop waits for many things at once and must never compute for long.",
    "Use asyncio for waiting, threads for blocking calls, processes for heavy Python work.",
    "The quick brown fox jumps over the lazy dog; 0123456789 times, isn't that so?",
    "user assistant system tool function name arguments parameters description type object",
    "def main() -> None:\n    print('hello, world')\n\nif __name__ == '__main__':\n    main()\n",
    "你好，世界！事件循环不能被阻塞。 naïve café — “quoted” … 😀 👩‍💻",
)

CHAT_TEMPLATE = """\
{%- if tools %}
    {{- '<|im_start|>system\\n' }}
    {%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
    {{- '# Tools\\n\\nYou may call these functions:\\n<tools>' }}
    {%- for tool in tools %}{{- '\\n' + (tool | tojson) }}{%- endfor %}
    {{- '\\n</tools>\\n\\nAnswer with <tool_call>\\n{"name": ..., "arguments": ...}\\n</tool_call><|im_end|>\\n' }}
{%- elif messages[0].role == 'system' %}
    {{- '<|im_start|>system\\n' + messages[0].content + '<|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
    {%- if message.role == 'tool' %}
        {{- '<|im_start|>user\\n<tool_response>\\n' + message.content + '\\n</tool_response><|im_end|>\\n' }}
    {%- elif message.role == 'assistant' %}
        {{- '<|im_start|>assistant\\n' + (message.content or '') }}
        {%- for call in message.tool_calls or [] %}
            {{- '\\n<tool_call>\\n{"name": "' + call.function.name + '", "arguments": ' }}
            {%- if call.function.arguments is string %}{{- call.function.arguments }}
            {%- else %}{{- call.function.arguments | tojson }}{%- endif %}
            {{- '}\\n</tool_call>' }}
        {%- endfor %}
        {{- '<|im_end|>\\n' }}
    {%- elif message.role == 'user' %}
        {{- '<|im_start|>user\\n' + message.content + '<|im_end|>\\n' }}
    {%- elif message.role != 'system' %}
        {{- raise_exception('This role is not known.') }}
    {%- elif not loop.first %}
        {{- raise_exception('A system message must come first.') }}
    {%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}
"""


@lru_cache
def _byte_level_json(vocab_size: int) -> str:
    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size,
        show_progress=False,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
    )
    tokenizer.train_from_iterator(_CORPUS * 4, trainer)
    tokenizer.add_tokens([AddedToken(text, special=False, normalized=False) for text in PLAIN_ADDED_TOKENS])
    return str(tokenizer.to_str())


def byte_level_tokenizer(vocab_size: int = 512) -> Tokenizer:
    """Byte-level BPE with ChatML's special tokens, as Qwen's and Llama 3's are built."""
    return Tokenizer.from_str(_byte_level_json(vocab_size))


def make_tokenizer(*, vocab_size: int = 512, chat_template: str | None = CHAT_TEMPLATE) -> PreTrainedTokenizerFast:
    """A fast tokenizer as transformers gives one: byte-level BPE, ChatML template with Hermes-style tools."""
    return wrap(byte_level_tokenizer(vocab_size), chat_template=chat_template)


def wrap(tokenizer: Tokenizer, *, chat_template: str | None = CHAT_TEMPLATE) -> PreTrainedTokenizerFast:
    """Dress a plain tokenizer that knows SPECIAL_TOKENS as transformers' own class."""
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        eos_token="<|im_end|>",
        pad_token="<|endoftext|>",
        chat_template=chat_template,
    )


def sentencepiece_tokenizer(vocab_size: int = 512) -> Tokenizer:
    """BPE over "▁" with byte fallback and a start prefix, as Llama 2's and Mistral's are built."""
    tokenizer = Tokenizer(models.BPE(byte_fallback=True, unk_token="<unk>", fuse_unk=True))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    tokenizer.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    byte_tokens = [f"<0x{byte:02X}>" for byte in range(256)]
    trainer = trainers.BpeTrainer(
        vocab_size=vocab_size, show_progress=False, special_tokens=["<unk>", *SPECIAL_TOKENS, *byte_tokens]
    )
    tokenizer.train_from_iterator(_CORPUS[:5] * 4, trainer)
    return _only_control_tokens_added(tokenizer)


def metaspace_tokenizer(vocab_size: int = 300) -> Tokenizer:
    """Unigram over Metaspace without byte fallback, as T5's and XLNet's are built."""
    tokenizer = Tokenizer(models.Unigram())
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace()
    tokenizer.decoder = decoders.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=vocab_size, show_progress=False, unk_token="<unk>", special_tokens=["<unk>", *SPECIAL_TOKENS]
    )
    tokenizer.train_from_iterator(_CORPUS * 4, trainer)
    return tokenizer


def wordpiece_tokenizer(vocab_size: int = 400) -> Tokenizer:
    """WordPiece with "##" and the clean-up of spaces, as BERT's is built."""
    tokenizer = Tokenizer(models.WordPiece(unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer(lowercase=True)
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.decoder = decoders.WordPiece()
    trainer = trainers.WordPieceTrainer(
        vocab_size=vocab_size, show_progress=False, special_tokens=["[UNK]", *SPECIAL_TOKENS]
    )
    tokenizer.train_from_iterator(_CORPUS * 4, trainer)
    return tokenizer


def _only_control_tokens_added(tokenizer: Tokenizer) -> Tokenizer:
    """Byte tokens must be in the vocabulary before training; as added tokens their text would match, so they go."""
    parts = json.loads(tokenizer.to_str())
    parts["added_tokens"] = [token for token in parts["added_tokens"] if not token["content"].startswith("<0x")]
    return Tokenizer.from_str(json.dumps(parts))
