"""What every server of the rig does the same way: a free port, a line when it is ready, an end with its owner.

A server prints `listening http://127.0.0.1:PORT` once it answers. With `--lifeline` it ends when its standard input
closes, so that it can't outlive the test that started it, however that test ends.
"""

import os
import signal
import socket
import sys
import threading


def free_port():
    """One that nobody else is given until somebody listens there, as happens to those that the kernel gives.

    Below those, and another for each server that runs at the time.
    """
    first, count = 10_000, 20_000
    for more in range(0, count, 1_000):
        port = first + (os.getpid() + more) % count
        with socket.socket() as probe:
            try:
                # As servers do, for which a connection of before is no hindrance.
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise OSError("no port is free")


def add_options(parser):
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    parser.add_argument("--lifeline", action="store_true", help="end when standard input closes")


def announce(port):
    print(f"listening http://127.0.0.1:{port}", flush=True)


def wait(options, stop=lambda: None):
    """Blocks until SIGTERM, SIGINT or, with a lifeline, the end of standard input; then stops and exits."""
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    if options.lifeline:
        def hold():
            while os.read(sys.stdin.fileno(), 4096):
                pass
            over.set()

        threading.Thread(target=hold, daemon=True).start()
    over.wait()
    stop()
    os._exit(0)
