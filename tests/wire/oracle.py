#!/usr/bin/env python3
"""Says what a recorded stream means: what the vendor's own client decodes from the very same bytes.

usage: oracle.py --write    decode every file in streams/ and write NAME.expected.json beside it
       oracle.py --check    decode again and exit 1 if any file beside it says otherwise

Runs with the rig's python (tests/rig/llm/setup). The clients talk to a local server that replays the bytes.

An expectation: `text`, `thinking`, `signatures` (opaque strings that have to be sent back), `calls` (name, arguments),
`usage` (input with cached tokens, output with thinking, cached; null where the stream does not say), `stop` (the vendor's word).
"""

import argparse
import http.server
import json
import os
import pathlib
import sys
import threading
import warnings

STREAMS = pathlib.Path(__file__).resolve().parent / "streams"
# The clients must reach the replay server, whatever proxy the machine has.
for name in [name for name in os.environ if name.lower() in ("http_proxy", "https_proxy", "all_proxy")]:
    del os.environ[name]
# The Gemini client warns about each part that is not text and each finish reason that it does not know.
warnings.simplefilter("ignore")


class Replay(http.server.BaseHTTPRequestHandler):
    """Answers every POST with the bytes of the moment."""

    content, kind = b"", "text/event-stream"

    def do_POST(self):
        self.rfile.read(int(self.headers.get("content-length", 0)))
        self.send_response(200)
        self.send_header("content-type", Replay.kind)
        self.send_header("content-length", str(len(Replay.content)))
        self.end_headers()
        self.wfile.write(Replay.content)

    def log_message(self, *_):
        pass


def result(text="", thinking="", signatures=(), calls=(), usage=(None, None, None), stop=None):
    counts = dict(zip(("input", "output", "cached"), usage))
    calls = [{"name": name, "arguments": arguments} for name, arguments in calls]
    return {"text": text, "thinking": thinking, "signatures": list(signatures), "calls": calls, "usage": counts, "stop": stop}


def openai_client(url):
    import openai

    return openai.OpenAI(base_url=f"{url}/v1", api_key="unused", max_retries=0)


def openai_chat(url):
    text, thinking, calls, usage, stop = "", "", {}, (None, None, None), None
    messages = [{"role": "user", "content": "x"}]
    for chunk in openai_client(url).chat.completions.create(model="m", messages=messages, stream=True):
        if counts := chunk.usage:
            details = counts.prompt_tokens_details
            usage = counts.prompt_tokens, counts.completion_tokens, details and details.cached_tokens
        for choice in chunk.choices:
            text += choice.delta.content or ""
            thinking += getattr(choice.delta, "reasoning_content", None) or ""
            stop = choice.finish_reason or stop
            for call in choice.delta.tool_calls or []:
                name, arguments = calls.get(call.index, ("", ""))
                calls[call.index] = name + (call.function.name or ""), arguments + (call.function.arguments or "")
    calls = [(name, json.loads(arguments or "{}")) for name, arguments in calls.values()]
    return result(text, thinking, (), calls, usage, stop)


def openai_responses(url):
    text, thinking, final = "", "", None
    for event in openai_client(url).responses.create(model="m", input="x", stream=True):
        match event.type:
            case "response.output_text.delta":
                text += event.delta
            case "response.reasoning_summary_text.delta" | "response.reasoning_text.delta":
                thinking += event.delta
            case "response.completed" | "response.incomplete" | "response.failed":
                final = event.response
    assert final.output_text == text, (final.output_text, text)
    calls = [(item.name, json.loads(item.arguments or "{}")) for item in final.output if item.type == "function_call"]
    signatures = [item.encrypted_content for item in final.output if item.type == "reasoning" and item.encrypted_content]
    details = final.usage.input_tokens_details
    usage = final.usage.input_tokens, final.usage.output_tokens, details and details.cached_tokens
    stop = final.incomplete_details.reason if final.incomplete_details else final.status
    return result(text, thinking, signatures, calls, usage, stop)


def anthropic(url):
    import anthropic

    client = anthropic.Anthropic(base_url=url, api_key="unused", max_retries=0)
    messages = [{"role": "user", "content": "x"}]
    with client.messages.stream(model="m", max_tokens=9, messages=messages) as stream:
        message = stream.get_final_message()
    blocks = message.content
    text = "".join(block.text for block in blocks if block.type == "text")
    thinking = "".join(block.thinking for block in blocks if block.type == "thinking")
    signatures = [block.signature for block in blocks if block.type == "thinking" and block.signature]
    signatures += [block.data for block in blocks if block.type == "redacted_thinking"]
    calls = [(block.name, block.input) for block in blocks if block.type == "tool_use"]
    counts = message.usage
    cached = counts.cache_read_input_tokens
    total = counts.input_tokens + (cached or 0) + (counts.cache_creation_input_tokens or 0)
    return result(text, thinking, signatures, calls, (total, counts.output_tokens, cached), message.stop_reason)


def gemini(url):
    import base64

    from google import genai

    client = genai.Client(api_key="unused", http_options=genai.types.HttpOptions(base_url=url))
    text, thinking, signatures, calls, usage, stop = "", "", [], [], (None, None, None), None
    for chunk in client.models.generate_content_stream(model="m", contents="x"):
        if counts := chunk.usage_metadata:
            output = counts.candidates_token_count
            if output is not None or counts.thoughts_token_count is not None:
                output = (output or 0) + (counts.thoughts_token_count or 0)
            usage = counts.prompt_token_count, output, counts.cached_content_token_count
        for candidate in chunk.candidates or []:
            stop = candidate.finish_reason.value if candidate.finish_reason else stop
            for part in (candidate.content and candidate.content.parts) or []:
                if part.thought:
                    thinking += part.text or ""
                elif part.text:
                    text += part.text
                if part.function_call:
                    calls.append((part.function_call.name, part.function_call.args or {}))
                if part.thought_signature:
                    signatures.append(base64.b64encode(part.thought_signature).decode())
    return result(text, thinking, signatures, calls, usage, stop)


def ollama(url):
    import ollama

    text, thinking, calls, usage, stop = "", "", [], (None, None, None), None
    messages = [{"role": "user", "content": "x"}]
    for line in ollama.Client(host=url).chat(model="m", messages=messages, stream=True):
        text += line.message.content or ""
        thinking += line.message.thinking or ""
        calls += [(call.function.name, dict(call.function.arguments)) for call in line.message.tool_calls or []]
        if line.done:
            usage, stop = (line.prompt_eval_count, line.eval_count, None), line.done_reason
    return result(text, thinking, (), calls, usage, stop)


CLIENTS = {
    "openai-chat": openai_chat,
    "openai-responses": openai_responses,
    "anthropic": anthropic,
    "gemini": gemini,
    "ollama": ollama,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--write", action="store_true")
    what.add_argument("--check", action="store_true")
    options = parser.parse_args()

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Replay)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_port}"

    streams = sorted(path for path in STREAMS.glob("*/*") if path.suffix in (".sse", ".ndjson"))
    wrong = 0
    for path in streams:
        Replay.content = path.read_bytes()
        Replay.kind = "application/x-ndjson" if path.suffix == ".ndjson" else "text/event-stream"
        decoded = CLIENTS[path.parent.name](url)
        beside = path.with_suffix(".expected.json")
        if options.write:
            beside.write_text(json.dumps(decoded, ensure_ascii=False, indent=2) + "\n")
        elif not beside.exists() or json.loads(beside.read_text()) != decoded:
            wrong += 1
            print(f"{path.relative_to(STREAMS)}: the client decodes {json.dumps(decoded, ensure_ascii=False)}", file=sys.stderr)
    print(f"{len(streams)} streams, {wrong} differ")
    sys.exit(1 if wrong or not streams else 0)


if __name__ == "__main__":
    main()
