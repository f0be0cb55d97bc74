#!/usr/bin/env python3
"""Serves a GGUF file with the real llama.cpp HTTP server, at a pace that can be watched if one is given.

usage: llama_server.py MODEL [--port N] [--rate TOKENS_PER_SECOND] [--name NAME] [--context N] [--lifeline]

With `--rate` a proxy in front passes every byte through unchanged and pauses after each event of a stream.
"""

import argparse
import socket
import threading
import time

import xllamacpp

import lifeline


def read_head(connection):
    """What arrived up to the empty line and the start of what follows it."""
    data = b""
    while b"\r\n\r\n" not in data:
        more = connection.recv(65536)
        if not more:
            return data, b""
        data += more
    head, _, rest = data.partition(b"\r\n\r\n")
    return head + b"\r\n\r\n", rest


def header(head, name):
    for line in head.split(b"\r\n")[1:]:
        key, _, value = line.partition(b":")
        if key.strip().lower() == name:
            return value.strip().lower()
    return b""


def relay(client, upstream_port, pause):
    """One request, one answer, one connection."""
    with client, socket.create_connection(("127.0.0.1", upstream_port)) as upstream:
        for each in (client, upstream):
            each.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        head, body = read_head(client)
        if not head:
            return
        lines = [line for line in head.split(b"\r\n")[:-2] if not line.lower().startswith(b"connection:")]
        upstream.sendall(b"\r\n".join([*lines, b"Connection: close", b"", b""]))
        missing = int(header(head, b"content-length") or 0) - len(body)
        upstream.sendall(body)
        while missing > 0 and (more := client.recv(65536)):
            upstream.sendall(more)
            missing -= len(more)

        head, body = read_head(upstream)
        client.sendall(head)
        paced = header(head, b"content-type").startswith(b"text/event-stream")
        due = time.monotonic()
        while body or (body := upstream.recv(65536)):
            event, end, rest = body.partition(b"\n\n") if paced else (body, b"", b"")
            client.sendall(event + end)
            body = rest
            if end:
                due = max(due + pause, time.monotonic() - 1.0)
                time.sleep(max(0.0, due - time.monotonic()))


def pace(port, upstream_port, rate):
    """Accepts connections in the background; a client that goes away takes its upstream connection with it."""
    listener = socket.create_server(("127.0.0.1", port))

    def one(client):
        try:
            relay(client, upstream_port, 1.0 / rate)
        except OSError:
            pass  # Either side went away: that is what closing an overlay looks like from here.

    def serve():
        while True:
            client, _ = listener.accept()
            threading.Thread(target=one, args=(client,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener.getsockname()[1]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("model")
    parser.add_argument("--rate", type=float, default=0.0, help="tokens per second, 0 is as fast as it goes")
    parser.add_argument("--name", default="nerva-tiny", help="what the model is called")
    parser.add_argument("--context", type=int, default=8192)
    lifeline.add_options(parser)
    options = parser.parse_args()

    params = xllamacpp.CommonParams()
    params.model.path = options.model
    params.hostnames = ["127.0.0.1"]
    params.port = lifeline.free_port() if options.rate or not options.port else options.port
    params.model_alias = {options.name}
    params.n_ctx = options.context
    params.n_parallel = 1
    params.warmup = False
    params.use_jinja = True
    params.endpoint_metrics = True
    params.cpuparams.n_threads = 1
    server = xllamacpp.Server(params)

    port = pace(options.port, params.port, options.rate) if options.rate else params.port
    lifeline.announce(port)
    lifeline.wait(options)
    del server


if __name__ == "__main__":
    main()
