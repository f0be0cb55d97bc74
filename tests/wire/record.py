#!/usr/bin/env python3
"""Records the bodies of real streams into streams/WIRE/SOURCE-NAME.sse (.ndjson for Ollama).

usage: target/rig/llm/venv/bin/python tests/wire/record.py && target/rig/llm/venv/bin/python tests/wire/oracle.py --write

Sources: `aimock` (all five formats), `llama` (the real llama.cpp, the three it serves), `raw` (shapes.py: what
vendors document and neither server sends). Ids and times differ from run to run, so a new recording is a new baseline.
"""

import json
import pathlib
import subprocess
import sys
import urllib.request

HERE = pathlib.Path(__file__).resolve().parent
RIG = HERE.parent / "rig" / "llm"
STREAMS = HERE / "streams"
sys.path.insert(0, str(RIG))

import shapes  # noqa: E402

SCHEMA = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}
TOOL = {"name": "get_weather", "description": "The weather of a city"}
AIMOCK = {
    "text": "unicode",
    "separators": "separators",
    "tool": "weather",
    "thinking-tools": "ponder tools",
    "thinking": "ponder",
    "usage": "usage",
    "length": "too long",
    "no-arguments": "no arguments",
}
# aimock puts thinking into a field that Ollama does not have; Ollama's own client takes U+2028 for the end of a line and
# can't read the rest.
NOT_OLLAMA = ["thinking", "thinking-tools", "separators"]
LLAMA = {"text": ("hello", False), "thinking": ("think", False), "tool": ("weather", True)}
RAW = ["plain", "thinking", "tools", "cached", "refused", "pings"]


def request(wire, text, tools):
    """Path and body of a streamed request."""
    user = {"role": "user", "content": text}
    body = {"model": "m", "stream": True, "messages": [user]}
    if wire == "openai-chat":
        if tools:
            body["tools"] = [{"type": "function", "function": {**TOOL, "parameters": SCHEMA}}]
        return "/v1/chat/completions", {**body, "stream_options": {"include_usage": True}}
    if wire == "openai-responses":
        more = {"tools": [{"type": "function", **TOOL, "parameters": SCHEMA}]} if tools else {}
        return "/v1/responses", {"model": "m", "stream": True, "input": [user], **more}
    if wire == "anthropic":
        more = {"tools": [{**TOOL, "input_schema": SCHEMA}]} if tools else {}
        return "/v1/messages", {**body, "max_tokens": 500, **more}
    if wire == "gemini":
        return "/v1beta/models/m:streamGenerateContent?alt=sse", {"contents": [{"role": "user", "parts": [{"text": text}]}]}
    return "/api/chat", body


def post(url, path, body):
    headers = {"content-type": "application/json", "x-api-key": "unused", "anthropic-version": "2023-06-01"}
    asked = urllib.request.Request(url + path, json.dumps(body).encode(), headers)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(asked, timeout=30) as answer:
        return answer.read()


def serve(script, *words):
    """Starts a server of the rig; gives its process and address."""
    command = [sys.executable, RIG / script, *words, "--lifeline"]
    server = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in server.stdout:
        if line.startswith("listening "):
            return server, line.split()[1]
    sys.exit(f"{script} did not start")


def write(wire, name, content):
    folder = STREAMS / wire
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{name}{'.ndjson' if wire == 'ollama' else '.sse'}"
    path.write_bytes(content)
    print(f"{path.relative_to(STREAMS)}: {len(content)} bytes")


def main():
    server, url = serve("aimock.py")
    with server:
        for wire in shapes.WIRES:
            for name, text in AIMOCK.items():
                if wire == "ollama" and name in NOT_OLLAMA:
                    continue
                write(wire, f"aimock-{name}", post(url, *request(wire, text, False)))
        server.stdin.close()

    server, url = serve("llama_server.py", pathlib.Path(sys.prefix).parent / "scripted.gguf")
    with server:
        for wire in ("openai-chat", "openai-responses", "anthropic"):
            for name, (text, tools) in LLAMA.items():
                write(wire, f"llama-{name}", post(url, *request(wire, text, tools)))
        server.stdin.close()

    for wire in shapes.WIRES:
        for case in RAW:
            if (wire, case) == ("ollama", "pings"):
                continue  # Ollama has none.
            write(wire, f"raw-{case}", shapes.body(wire, case))


if __name__ == "__main__":
    main()
