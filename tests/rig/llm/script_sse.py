"""A model that makes the calls of a list, one for each request, over Chat Completions, and closes with `All done.`.

usage: script_sse.py CALLS [--port N] [--lifeline]

CALLS is JSON, `[["windows_list", {}], ["window_focus", {"window": "$editor"}]]`. `$editor` is what a model would make of
it: the identifier that stands before `: editor —` in a result of this conversation.
"""

import argparse
import http.server
import json
import re
import threading

import lifeline


def turn(calls, messages):
    """What the model says to these messages: the next call, or its end."""
    said = [message for message in messages if message["role"] != "system"]
    asked = max(index for index, message in enumerate(said) if message["role"] == "user")
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


def handler(calls):
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            request = json.loads(self.rfile.read(int(self.headers["content-length"])))
            delta, reason = turn(calls, request["messages"])
            self.send_response(200)
            self.send_header("content-type", "text/event-stream")
            self.end_headers()
            for choice in ({"delta": {"role": "assistant", **delta}}, {"delta": {}, "finish_reason": reason}):
                chunk = {"id": "1", "object": "chat.completion.chunk", "choices": [{"index": 0, **choice}]}
                self.wfile.write(f"data: {json.dumps(chunk)}\n\n".encode())
            self.wfile.write(b"data: [DONE]\n\n")

        def do_GET(self):
            self.send_error(404)

        def log_message(self, *_):
            pass

    return Handler


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("calls")
    lifeline.add_options(parser)
    options = parser.parse_args()
    server = http.server.ThreadingHTTPServer(("127.0.0.1", options.port), handler(json.loads(options.calls)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    lifeline.announce(server.server_port)
    lifeline.wait(options)


if __name__ == "__main__":
    main()
