"""A model that makes the calls of a list, one for each request, over Chat Completions, and closes with `All done.`.

usage: script_sse.py CALLS [--after FILE] [--port N] [--lifeline]

CALLS is JSON, `[["windows_list", {}], ["window_focus", {"window": "$editor"}]]`. `$editor` is what a model would make of
it: the identifier that stands before `: editor —` in a result of this conversation. With `--after` each answer begins
with `One moment.` and goes on once FILE is there.
"""

import argparse
import http.server
import json
import os
import re
import threading
import time

import lifeline


def shows(message):
    """Whether it has pictures, as those of a result come: with a message of their own."""
    return any(part.get("type") == "image_url" for part in message["content"] if isinstance(part, dict))


def turn(calls, messages):
    """What the model says to these messages: the next call, or its end."""
    said = [message for message in messages if message["role"] != "system"]
    asked = max(index for index, message in enumerate(said) if message["role"] == "user" and not shows(message))
    results = [message["content"] for message in said[asked:] if message["role"] == "tool"]
    if len(results) >= len(calls):
        return {"content": "All done."}, "stop"
    name, arguments = calls[len(results)]
    told = "\n".join(result if isinstance(result, str) else json.dumps(result) for result in results)

    def identifier(match):
        found = re.search(rf"(\w+): {re.escape(match[1])} —", told)
        return found[1] if found else match[0]

    words = re.sub(r"\$(\w+)", identifier, json.dumps(arguments))
    call = {"index": 0, "id": f"call_{len(results)}", "type": "function", "function": {"name": name, "arguments": words}}
    return {"tool_calls": [call]}, "tool_calls"


def handler(calls, after):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            delta, reason = turn(calls, request["messages"])
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            if after:
                self.chunk({"delta": {"role": "assistant", "content": "One moment. "}})
                while not os.path.exists(after):
                    time.sleep(0.01)
            for choice in ({"delta": {"role": "assistant", **delta}}, {"delta": {}, "finish_reason": reason}):
                self.chunk(choice)
            self.wfile.write(b"data: [DONE]\n\n")

        def chunk(self, choice):
            chunk = {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, **choice}]}
            self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())

        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("calls")
    parser.add_argument("--after", metavar="FILE")
    lifeline.add_options(parser)
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler(json.loads(options.calls), options.after))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lifeline.announce(server.server_port)
    lifeline.wait(options)


if __name__ == "__main__":
    main()
