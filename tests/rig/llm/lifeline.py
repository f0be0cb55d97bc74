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
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
