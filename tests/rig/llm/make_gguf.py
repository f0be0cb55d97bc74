#!/usr/bin/env python3
"""Writes tiny llama-architecture models on the spot: one that recites, one that never stops.

usage: make_gguf.py scripted OUT [--tool NAME --arguments JSON]
       make_gguf.py random OUT [--seed N]

`scripted` is a first-order Markov chain in the shape of a language model: embeddings are one-hot, attention adds nothing, and the
output matrix maps every token to the one that follows it. The chat template looks at the question and ends the prompt
with the token that begins the fitting script. `random` has random weights and emits printable noise until it is told to stop.
Both are deterministic.
"""

import argparse
import json
import re

import gguf
import numpy as np

DISK = """\
Start with the largest directories, then look inside the biggest one.

```bash
# the ten largest directories below your home
du -xh --max-depth=2 ~ 2>/dev/null | sort -rh | head -n 10
```

The usual suspects:

- **Caches** in `~/.cache`, safe to delete
- **Containers**: `podman system prune` frees old images
- **Build output** such as `target` or `node_modules`

| Tool | Good for |
|---|---|
| `df -h` | free space per file system |
| `ncdu` | browsing, and deleting as you go |
| `journalctl --disk-usage` | size of the system log |

Files that were deleted but are still open count in `df`, not in `du`.
"""

# By the word in the question that chooses it; the empty word is everything else.
ANSWERS = {
    "hello": "Hello! Ask me anything ✓.",
    "thank": "You're welcome. 🙂",
    "rename": """\
A loop in the shell is enough; `--` protects odd names:

```bash
for file in *.jpeg; do
    mv -- "$file" "${file%.jpeg}.jpg"
done
```

Put `echo` before `mv` to rehearse it first.
""",
    "": DISK,
}
THOUGHTS = ("think", "The question is short; so is its answer.", "It is **42**.")
AFTER_TOOL = "The tool answered; all done."

EOS = "<|im_end|>"
SPECIAL = ["<|endoftext|>", "<|im_start|>", EOS]


def start(name):
    """The control token that begins the script `name`."""
    return f"<|say:{name or 'anything'}|>"


def scripts(tool, arguments):
    """Start token -> what is said after it, in pieces of about a word."""
    said = {start(word): pieces(text) for word, text in ANSWERS.items()}
    _, thought, answer = THOUGHTS
    said[start("think")] = ["<think>", "\n", *pieces(thought), "\n", "</think>", "\n\n", *pieces(answer)]
    said[start("done")] = pieces(AFTER_TOOL)
    call = json.dumps({"name": tool, "arguments": arguments})
    said[start("call")] = ["<tool_call>\n", *(call[i : i + 9] for i in range(0, len(call), 9)), "\n</tool_call>"]
    return said


def pieces(text):
    return re.findall(r"\n+|[ ]*[^\s]+", text.strip())


CHOICES = "".join(
    "{%% elif '%s' in question %%}%s" % (word, start(word)) for word in [*filter(None, ANSWERS), THOUGHTS[0]]
)
TEMPLATE = (
    """{%- if tools %}<|im_start|>system
# Tools
<tools>
{%- for tool in tools %}
{{ tool | tojson }}
{%- endfor %}
</tools>
For each call return <tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call><|im_end|>
{% endif %}
{%- for message in messages %}
{%- if message.role == 'tool' %}<|im_start|>user
<tool_response>
{{ message.content }}
</tool_response><|im_end|>
{% else %}<|im_start|>{{ message.role }}
{% if message.reasoning_content %}<think>
{{ message.reasoning_content }}
</think>

{% endif %}{{ message.content if message.content else '' }}
{%- if message.tool_calls %}{%- for call in message.tool_calls %}
<tool_call>
{"name": "{{ call.function.name }}", "arguments": {{ call.function.arguments | tojson }}}
</tool_call>{%- endfor %}{%- endif %}<|im_end|>
{% endif %}
{%- endfor %}
{%- if add_generation_prompt %}<|im_start|>assistant
{% set question = (messages[-1].content or '') | lower %}{% if messages[-1].role == 'tool' %}"""
    + start("done")
    + "{% elif tools %}"
    + start("call")
    + CHOICES
    + "{% else %}"
    + start("")
    + "{% endif %}{%- endif %}"
)
TEMPLATE_RANDOM = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n{{ message.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def byte_characters():
    """The printable character that stands for each byte in a GPT-2 vocabulary."""
    table = {b: chr(b) for b in [*range(33, 127), *range(161, 173), *range(174, 256)]}
    for b in range(256):
        table.setdefault(b, chr(256 + len([x for x in table.values() if ord(x) >= 256])))
    return table


class Vocabulary:
    """The tokens and, for each, the one that follows it."""

    def __init__(self, special):
        self.characters = byte_characters()
        self.tokens = list(special)
        self.types = [gguf.TokenType.CONTROL] * len(special)
        self.next = {}
        self.first_byte = len(self.tokens)
        for b in range(256):
            self.add(self.characters[b])
        # A BPE vocabulary without any merge is refused.
        self.merges = [f"{a} {b}" for a, b in ("th", "he", "in", "er", "an", "on")]
        for merge in self.merges:
            self.add(merge.replace(" ", ""))
        self.known = set(self.tokens)

    def add(self, token):
        self.tokens.append(token)
        self.types.append(gguf.TokenType.NORMAL)
        return len(self.tokens) - 1

    def chain(self, begin, said):
        """Makes `said` follow `begin`. Each token occurs once in all scripts: a repeated piece is glued to the next."""
        previous, held = self.tokens.index(begin), ""
        for n, piece in enumerate(said):
            held += piece
            token = "".join(self.characters[b] for b in held.encode())
            if token in self.known and n + 1 < len(said):
                continue
            if token in self.known:
                raise SystemExit(f"the last piece {held!r} of {begin} occurs elsewhere; word it differently")
            self.known.add(token)
            self.next[previous] = previous = self.add(token)
            held = ""
        self.next[previous] = self.tokens.index(EOS)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=["scripted", "random"])
    parser.add_argument("out")
    parser.add_argument("--tool", default="get_weather", help="the tool that is called when the request has tools")
    parser.add_argument("--arguments", type=json.loads, default={"city": "Paris"}, help="its arguments, JSON")
    parser.add_argument("--seed", type=int, default=42)
    options = parser.parse_args()
    scripted = options.kind == "scripted"

    said = scripts(options.tool, options.arguments) if scripted else {}
    words = Vocabulary([*SPECIAL, *said])
    for begin, text in said.items():
        words.chain(begin, text)
    size = len(words.tokens)
    eos = words.tokens.index(EOS)

    rng = np.random.default_rng(options.seed)

    def noise(*shape, gain=1.0):
        return (rng.standard_normal(shape) * gain / np.sqrt(shape[-1])).astype(np.float32)

    if scripted:
        width, layers, heads, head, hidden = -(-size // 64) * 64, 1, 1, 16, 32
        embedding = np.eye(size, width, dtype=np.float32)
        output = np.zeros((size, width), np.float32)
        for token in range(size):
            # Norm scales the one-hot to √width, so the logit of the next token is over 40 and no sampler picks another.
            output[words.next.get(token, eos), token] += 2.0
    else:
        width, layers, heads, head, hidden = 128, 2, 4, 32, 256
        embedding = noise(size, width, gain=np.sqrt(width))
        output = np.zeros((size, width), np.float32)
        for b in range(32, 127):
            output[words.first_byte + b] = noise(width, gain=4.0)

    w = gguf.GGUFWriter(options.out, "llama")
    w.add_name(f"nerva-{options.kind}")
    w.add_context_length(131072)
    w.add_embedding_length(width)
    w.add_block_count(layers)
    w.add_feed_forward_length(hidden)
    w.add_head_count(heads)
    w.add_head_count_kv(heads)
    w.add_key_length(head)
    w.add_value_length(head)
    w.add_rope_dimension_count(head)
    w.add_layer_norm_rms_eps(1e-5)
    w.add_vocab_size(size)
    w.add_file_type(gguf.LlamaFileType.ALL_F32)
    w.add_tokenizer_model("gpt2")
    w.add_tokenizer_pre("gpt-2")
    w.add_token_list(words.tokens)
    w.add_token_types(words.types)
    w.add_token_merges(words.merges)
    w.add_bos_token_id(0)
    w.add_eos_token_id(eos)
    w.add_add_bos_token(False)
    w.add_chat_template(TEMPLATE if scripted else TEMPLATE_RANDOM)
    w.add_tensor("token_embd.weight", embedding)
    w.add_tensor("output_norm.weight", np.ones(width, np.float32))
    w.add_tensor("output.weight", output)
    silent = np.float32(0.0 if scripted else 1.0)
    for layer in range(layers):
        block = f"blk.{layer}."
        w.add_tensor(block + "attn_norm.weight", np.ones(width, np.float32))
        w.add_tensor(block + "ffn_norm.weight", np.ones(width, np.float32))
        for name in ("attn_q", "attn_k", "attn_v"):
            w.add_tensor(f"{block}{name}.weight", noise(heads * head, width))
        w.add_tensor(block + "attn_output.weight", noise(width, heads * head) * silent)
        w.add_tensor(block + "ffn_gate.weight", noise(hidden, width))
        w.add_tensor(block + "ffn_up.weight", noise(hidden, width))
        w.add_tensor(block + "ffn_down.weight", noise(width, hidden) * silent)
    w.write_header_to_file()
    w.write_kv_data_to_file()
    w.write_tensors_to_file()
    w.close()
    for begin, text in said.items():
        print(begin, len(text), "pieces")
    print(options.out, size, "tokens")


if __name__ == "__main__":
    main()
