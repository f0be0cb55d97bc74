#!/usr/bin/env python3
"""Answers in all five wire formats, byte for byte as a case demands: what a well-behaved server never sends.

usage: raw_sse.py [--port N] [--lifeline]

The case is the model's name, else the first word of the last user text, else `plain`:
  plain crlf cr comments bom multiline pings     legal streams in odd clothes
  split1                                         one byte per write
  thinking tools cached length refused           contents that aimock does not send
  same-index no-index failed blocked             quirks: parallel calls that all have index 0 or none (chat), an answer that
                                                 fails (responses), a question that is blocked (gemini)
  error cut rst stall slow mute                  ends in the middle, or late, or never
  late-rst stamped stamped-rst                   reset after the last event; every chunk says that it is the last (gemini),
                                                 and that reset in the middle
  html badjson badutf8 longline empty            not of the wire format
  400 401 403 404 429 500 503 529                refused; 429 and 503 say Retry-After: 1
  once-429 once-500 once-503 once-rst            refused the first time, then `plain` (counted per model and text)
  tokens                                         text `tokens N at R`: N tokens, R per second
  obey                                           calls the tool that the newest turn names, as `«NAME ARGUMENTS»`, whoever wrote
                                                 that there; without one it says `all done`
Models are listed below /listed and /llama, where it is said which of them see (listed.py).
What was asked is at /requests: a list of {method, path, headers, body}.
"""

import argparse
import collections
import json
import re
import socket
import struct
import threading
import time

import lifeline
import listed
import shapes

ODD = {"crlf", "cr", "comments", "bom", "multiline", "pings", "split1"}
CONTENTS = {"plain", "thinking", "tools", "cached", "length", "refused"}
ENDS = {"error", "cut", "rst", "stall", "slow", "mute", "late-rst", "stamped", "stamped-rst"}
GARBAGE = {"html", "badjson", "badutf8", "longline", "empty"}
STATUS = {"400", "401", "403", "404", "429", "500", "503", "529"}
ONCE = {"once-429", "once-500", "once-503", "once-rst"}
CASES = ODD | CONTENTS | shapes.QUIRKS | ENDS | GARBAGE | STATUS | ONCE | {"tokens", "obey"}
SSE = "text/event-stream"


def wire_of(path):
    for end, wire in (
        ("/chat/completions", "openai-chat"),
        ("/responses", "openai-responses"),
        ("/messages", "anthropic"),
        ("/api/chat", "ollama"),
    ):
        if path.split("?")[0].endswith(end):
            return wire
    return "gemini" if ":streamGenerateContent" in path else None


def last_text(request):
    """The last user text of a request in any of the five formats."""
    turns = request.get("messages") or request.get("contents") or request.get("input") or []
    if isinstance(turns, str):
        return turns
    for turn in reversed(turns):
        content = turn.get("content", turn.get("parts"))
        if turn.get("role") == "user" and content:
            if isinstance(content, str):
                return content
            return " ".join(part.get("text") or "" for part in content).strip()
    return ""


def strings(value):
    """Every text in a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, (list, dict)):
        for each in value.values() if isinstance(value, dict) else value:
            yield from strings(each)


def refusal(wire, status):
    """The body that the vendor sends with this status."""
    kind = {"400": "invalid_request_error", "401": "authentication_error", "403": "permission_error", "404": "not_found_error",
            "429": "rate_limit_error", "529": "overloaded_error"}.get(status, "api_error")
    message = {"401": "Incorrect API key provided", "404": "model not found", "429": "Rate limit reached"}.get(status, f"refused with {status}")
    if wire == "anthropic":
        return {"type": "error", "error": {"type": kind, "message": message}}
    if wire == "gemini":
        word = {"400": "INVALID_ARGUMENT", "401": "UNAUTHENTICATED", "403": "PERMISSION_DENIED", "404": "NOT_FOUND",
                "429": "RESOURCE_EXHAUSTED"}.get(status, "INTERNAL")
        return {"error": {"code": int(status), "message": message, "status": word}}
    if wire == "ollama":
        return {"error": message}
    return {"error": {"message": message, "type": kind, "code": "model_not_found" if status == "404" else None, "param": None}}


class Server:
    """One thread per connection; every answer closes its connection."""

    def __init__(self, port):
        self.listener = socket.create_server(("127.0.0.1", port), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.requests = []
        self.seen = collections.Counter()

    def run(self):
        while True:
            client, _ = self.listener.accept()
            threading.Thread(target=self.one, args=(client,), daemon=True).start()

    def one(self, client):
        try:
            with client:
                self.serve(client)
        except OSError:
            pass  # The client went away, which many tests want.

    def serve(self, client):
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with client.makefile("rb") as reader:
            words = reader.readline().split()
            if not words:
                return
            method, path = words[0].decode(), words[1].decode()
            headers = {}
            while line := reader.readline().strip():
                key, _, value = line.partition(b":")
                headers[key.decode().lower()] = value.strip().decode()
            raw = reader.read(int(headers.get("content-length", 0)))
        if path == "/requests":
            return self.reply(client, "200 OK", json.dumps(self.requests).encode())
        if (told := listed.answer(path, raw)) is not None:
            return self.reply(client, "200 OK", json.dumps(told).encode())
        wire = wire_of(path)
        if method != "POST" or wire is None:
            return self.reply(client, "404 Not Found", b'{"error":"no such path"}')
        request = json.loads(raw)
        self.requests.append({"method": method, "path": path, "headers": headers, "body": request})
        text = last_text(request)
        model = request.get("model") or path.split("/")[-1].split(":")[0]
        first = text.split(maxsplit=1)[0].lower() if text else ""
        case = model if model in CASES else first if first in CASES else "plain"
        self.seen[model, text] += 1
        if case in ONCE:
            again = self.seen[model, text] > 1
            case = "plain" if again else case.removeprefix("once-")
            if case == "rst":
                return self.reset(client)
        if case == "obey":
            return self.obey(client, wire, request)
        self.answer(client, wire, case, text)

    def obey(self, client, wire, request):
        turns = request.get("messages") or request.get("contents") or request.get("input") or [{}]
        named = re.findall("«(\\w+) (.*?)»", "\n".join(strings(turns[-1])), re.DOTALL)
        # What stood in JSON has its quotes escaped.
        calls = [(name, json.loads(arguments.replace('\\"', '"'))) for name, arguments in named[-1:]]
        self.head(client, "200 OK", "application/x-ndjson" if wire == "ollama" else SSE)
        for event in shapes.obeying(wire, calls):
            client.sendall(shapes.encode(wire, "obey", event))

    def head(self, client, status, kind, more=""):
        client.sendall(f"HTTP/1.1 {status}\r\ncontent-type: {kind}\r\nconnection: close\r\n{more}\r\n".encode())

    def reply(self, client, status, content, kind="application/json", more=""):
        self.head(client, status, kind, f"content-length: {len(content)}\r\n{more}")
        client.sendall(content)

    def reset(self, client):
        time.sleep(0.1)  # So that what was written arrives before the reset discards it.
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def hold(self, client):
        """Says nothing until the client goes away."""
        while client.recv(4096):
            pass

    def answer(self, client, wire, case, text):
        kind = "application/x-ndjson" if wire == "ollama" else SSE
        if case in STATUS:
            more = "retry-after: 1\r\n" if case in ("429", "503") else ""
            return self.reply(client, f"{case} Refused", json.dumps(refusal(wire, case)).encode(), more=more)
        if case == "html":
            return self.reply(client, "200 OK", b"<!doctype html><title>Sign in</title><p>Captive portal", "text/html")
        if case == "mute":
            return self.hold(client)
        if case == "slow":
            time.sleep(1.5)
        self.head(client, "200 OK", kind)
        prefix = b"" if wire == "ollama" else b"data: "
        if case == "empty":
            return None
        if case == "badjson":
            return client.sendall(prefix + b'{"choices": [{"delta": {"content"\n\n')
        if case == "badutf8":
            line = shapes.encode(wire, case, list(shapes.events(wire, "plain"))[-1 if wire == "ollama" else 0])
            return client.sendall(line.replace(b'"m"', b'"\xff\xfe\xc3"', 1) + shapes.body(wire, "plain"))
        if case == "longline":
            client.sendall(prefix + b'{"x":"')
            for _ in range(200):
                client.sendall(b"a" * (1 << 20))
            return client.sendall(b'"}\n\n')
        if case == "tokens":
            count, rate = (int(n) for n in re.search(r"(\d+)\D+(\d+)", text).groups())
            return self.stream_tokens(client, wire, count, rate)
        if case == "bom" and wire != "ollama":
            client.sendall(b"\xef\xbb\xbf")
        for n, event in enumerate(shapes.events(wire, case)):
            if n == 3 and case == "cut":
                return None
            if n == 3 and case == "stall":
                return self.hold(client)
            if n == 3 and case in ("rst", "stamped-rst"):
                return self.reset(client)
            data = shapes.encode(wire, case, event)
            if case == "comments":
                data = (b"\n" if wire == "ollama" else b": keep-alive\n\n: one more\n") + data
            if case == "pings":
                data = shapes.WIRES[wire]().ping() + data
            if case == "split1":
                for byte in data:
                    client.sendall(bytes([byte]))
            else:
                client.sendall(data)
        if case == "late-rst":
            self.reset(client)
        return None

    def stream_tokens(self, client, wire, count, rate):
        """Sends on a schedule: late tokens are sent together, so that the rate holds."""
        begun = time.monotonic()
        for n, event in enumerate(shapes.events(wire, "tokens", count)):
            wait = begun + n / rate - time.monotonic() if rate else 0
            if wait > 0:
                time.sleep(wait)
            client.sendall(shapes.encode(wire, "tokens", event))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    lifeline.add_options(parser)
    options = parser.parse_args()
    server = Server(options.port)
    threading.Thread(target=server.run, daemon=True).start()
    lifeline.announce(server.port)
    lifeline.wait(options)


if __name__ == "__main__":
    main()
