"""The five wire formats as a server speaks them: the events of a stream for a case, and their bytes.

Written from the vendors' documentation; `raw_sse.py` serves them and `tests/wire/record.py` writes some of them down.
"""

import json

PIECES = ["Héllo ", "wörld ", "✓ 漢字 ", "🦀 done"]
THOUGHT = ["Let me ", "ponder. ✓"]
CALLS = [("get_weather", {"city": "Paris"}), ("list_files", {"path": "/tmp/ä", "deep": True, "depth": 2})]
WORDS = "the quick brown fox jumps over a lazy dog while **streaming** some `code` to the screen".split()
QUIRKS = {"same-index", "no-index", "failed", "blocked"}


class Chat:
    """Chat Completions: `data:` lines, the end is `[DONE]`."""

    def chunk(self, delta, finish=None, **more):
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return None, {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice], **more}

    def begin(self):
        yield self.chunk({"role": "assistant", "content": ""})

    def thinking(self, pieces):
        for piece in pieces:
            yield self.chunk({"reasoning_content": piece})

    def text(self, piece):
        yield self.chunk({"content": piece})

    def calls(self, calls):
        for n, (name, arguments) in enumerate(calls):
            text = json.dumps(arguments)
            yield self.chunk({"tool_calls": [{"index": n, "id": f"call_{n}", "type": "function",
                                              "function": {"name": name, "arguments": ""}}]})
            for part in (text[:7], text[7:]):
                yield self.chunk({"tool_calls": [{"index": n, "function": {"arguments": part}}]})

    def end(self, reason, cached, output):
        word = {"end": "stop", "tools": "tool_calls", "length": "length", "refused": "content_filter"}[reason]
        yield self.chunk({}, word)
        usage = {"prompt_tokens": 10 + cached, "completion_tokens": output, "total_tokens": 10 + cached + output}
        if cached:
            usage["prompt_tokens_details"] = {"cached_tokens": cached}
        kind, data = self.chunk({})
        yield kind, {**data, "choices": [], "usage": usage}
        yield None, "[DONE]"

    def ping(self):
        return b": OPENROUTER PROCESSING\n\n"

    def error(self):
        yield None, {"error": {"message": "The server had an error", "type": "server_error", "code": "server_error"}}

    def quirk(self, case):
        """Whole calls at once, as Ollama's compatible endpoint and some proxies send them."""
        yield from self.begin()
        for n, (name, arguments) in enumerate(CALLS):
            index = {"index": 0} if case == "same-index" else {}
            function = {"name": name, "arguments": json.dumps(arguments)}
            yield self.chunk({"tool_calls": [{**index, "id": f"call_{n}", "type": "function", "function": function}]})
        yield from self.end("tools", 0, 9)


class Responses:
    """Responses: named events with sequence numbers, the end is `response.completed`."""

    def __init__(self):
        self.number = 0
        self.items = []

    def event(self, kind, **data):
        self.number += 1
        return kind, {"type": kind, "sequence_number": self.number - 1, **data}

    def response(self, status, **more):
        return {"id": "resp_1", "object": "response", "created_at": 1, "model": "m", "status": status, "output": self.items, **more}

    def begin(self):
        self.said = ""
        yield self.event("response.created", response=self.response("in_progress"))

    def thinking(self, pieces):
        at, item = len(self.items), {"id": "rs_1", "type": "reasoning", "summary": []}
        yield self.event("response.output_item.added", output_index=at, item=item)
        for piece in pieces:
            yield self.event("response.reasoning_summary_text.delta", item_id="rs_1", output_index=at, summary_index=0, delta=piece)
        self.items.append({**item, "summary": [{"type": "summary_text", "text": "".join(pieces)}], "encrypted_content": "gAAA-opaque"})
        yield self.event("response.output_item.done", output_index=at, item=self.items[-1])

    def text(self, piece):
        at, item = len(self.items), {"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []}
        if not self.said:
            yield self.event("response.output_item.added", output_index=at, item=item)
            part = {"type": "output_text", "text": "", "annotations": []}
            yield self.event("response.content_part.added", item_id="msg_1", output_index=at, content_index=0, part=part)
        self.said += piece
        yield self.event("response.output_text.delta", item_id="msg_1", output_index=at, content_index=0, delta=piece)

    def close(self):
        if self.said:
            part = {"type": "output_text", "text": self.said, "annotations": []}
            at, item = len(self.items), {"id": "msg_1", "type": "message", "role": "assistant", "status": "completed", "content": [part]}
            yield self.event("response.output_text.done", item_id="msg_1", output_index=at, content_index=0, text=self.said)
            yield self.event("response.output_item.done", output_index=at, item=item)
            self.items.append(item)
            self.said = ""

    def calls(self, calls):
        yield from self.close()
        for n, (name, arguments) in enumerate(calls):
            text, at = json.dumps(arguments), len(self.items)
            if name == "computer" and "actions" in arguments:
                # The vendor's own tool, whose call is an item of another kind and comes whole.
                item = {"id": f"cu_{n}", "type": "computer_call", "call_id": f"call_{n}", "pending_safety_checks": [], **arguments}
                yield self.event("response.output_item.added", output_index=at, item={**item, "status": "in_progress"})
                self.items.append({**item, "status": "completed"})
                yield self.event("response.output_item.done", output_index=at, item=self.items[-1])
                continue
            item = {"id": f"fc_{n}", "type": "function_call", "call_id": f"call_{n}", "name": name, "status": "in_progress", "arguments": ""}
            yield self.event("response.output_item.added", output_index=at, item=item)
            for part in (text[:7], text[7:]):
                yield self.event("response.function_call_arguments.delta", item_id=item["id"], output_index=at, delta=part)
            self.items.append({**item, "status": "completed", "arguments": text})
            yield self.event("response.function_call_arguments.done", item_id=item["id"], output_index=at, arguments=text)
            yield self.event("response.output_item.done", output_index=at, item=self.items[-1])

    def end(self, reason, cached, output):
        yield from self.close()
        usage = {"input_tokens": 10 + cached, "input_tokens_details": {"cached_tokens": cached}, "output_tokens": output,
                 "output_tokens_details": {"reasoning_tokens": 0}, "total_tokens": 10 + cached + output}
        why = {"length": "max_output_tokens", "refused": "content_filter"}.get(reason)
        if why:
            yield self.event("response.incomplete", response=self.response("incomplete", usage=usage, incomplete_details={"reason": why}))
        else:
            yield self.event("response.completed", response=self.response("completed", usage=usage))

    def ping(self):
        return b": ping\n\n"

    def error(self):
        yield self.event("error", code="server_error", message="The server had an error", param=None)

    def quirk(self, _case):
        yield from self.begin()
        yield from self.text(PIECES[0])
        why = {"code": "server_error", "message": "The model failed."}
        yield self.event("response.failed", response=self.response("failed", error=why))


class Anthropic:
    """Messages: named events, blocks by index, the end is `message_stop`."""

    def __init__(self):
        self.index = -1
        self.open = None

    def event(self, kind, **data):
        return kind, {"type": kind, **data}

    def block(self, kind, **content):
        yield from self.close()
        self.index += 1
        self.open = kind
        yield self.event("content_block_start", index=self.index, content_block={"type": kind, **content})

    def delta(self, kind, **data):
        return self.event("content_block_delta", index=self.index, delta={"type": kind, **data})

    def close(self):
        if self.open:
            self.open = None
            yield self.event("content_block_stop", index=self.index)

    def begin(self):
        usage = {"input_tokens": 10, "cache_creation_input_tokens": 0, "cache_read_input_tokens": self.cached, "output_tokens": 1}
        message = {"id": "msg_1", "type": "message", "role": "assistant", "content": [], "model": "m"}
        yield self.event("message_start", message={**message, "stop_reason": None, "stop_sequence": None, "usage": usage})

    def thinking(self, pieces):
        yield from self.block("thinking", thinking="", signature="")
        for piece in pieces:
            yield self.delta("thinking_delta", thinking=piece)
        yield self.delta("signature_delta", signature="EqQBCgIYAhIM")
        yield from self.block("redacted_thinking", data="cmVkYWN0ZWQ=")

    def text(self, piece):
        if self.open != "text":
            yield from self.block("text", text="")
        yield self.delta("text_delta", text=piece)

    def calls(self, calls):
        for n, (name, arguments) in enumerate(calls):
            text = json.dumps(arguments)
            yield from self.block("tool_use", id=f"toolu_{n}", name=name, input={})
            for part in ("", text[:7], text[7:]):
                yield self.delta("input_json_delta", partial_json=part)

    def end(self, reason, _cached, output):
        yield from self.close()
        word = {"end": "end_turn", "tools": "tool_use", "length": "max_tokens", "refused": "refusal"}[reason]
        yield self.event("message_delta", delta={"stop_reason": word, "stop_sequence": None}, usage={"output_tokens": output})
        yield self.event("message_stop")

    def ping(self):
        return b'event: ping\ndata: {"type": "ping"}\n\n'

    def error(self):
        yield "error", {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}}


class Gemini:
    """streamGenerateContent with alt=sse: whole responses one after the other, the last has a finishReason."""

    def chunk(self, part, **more):
        content = {"candidates": [{"content": {"role": "model", "parts": [part] if part else []}, "index": 0, **more}]}
        return None, {**content, "modelVersion": "m"}

    def begin(self):
        return iter(())

    def thinking(self, pieces):
        for piece in pieces:
            yield self.chunk({"text": piece, "thought": True})

    def text(self, piece):
        yield self.chunk({"text": piece}, **({"finishReason": "STOP"} if self.stamped else {}))

    def calls(self, calls):
        for n, (name, arguments) in enumerate(calls):
            signature = {} if n else {"thoughtSignature": "c2lnbmVk"}
            yield self.chunk({"functionCall": {"name": name, "args": arguments}, **signature})

    def end(self, reason, cached, output):
        word = {"end": "STOP", "tools": "STOP", "length": "MAX_TOKENS", "refused": "SAFETY"}[reason]
        kind, data = self.chunk({"text": ""}, finishReason=word)
        usage = {"promptTokenCount": 10 + cached, "candidatesTokenCount": output, "totalTokenCount": 10 + cached + output}
        if cached:
            usage["cachedContentTokenCount"] = cached
        yield kind, {**data, "usageMetadata": usage}

    def ping(self):
        return b": ping\n\n"

    def error(self):
        yield None, {"error": {"code": 503, "message": "The model is overloaded.", "status": "UNAVAILABLE"}}

    def quirk(self, _case):
        yield None, {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 10}}


class Ollama:
    """/api/chat: one JSON object per line, the last says `done`."""

    def line(self, message, **more):
        return None, {"model": "m", "created_at": "2025-01-01T00:00:00Z", "message": {"role": "assistant", "content": "", **message},
                      "done": False, **more}

    def begin(self):
        return iter(())

    def thinking(self, pieces):
        for piece in pieces:
            yield self.line({"thinking": piece})

    def text(self, piece):
        yield self.line({"content": piece})

    def calls(self, calls):
        for name, arguments in calls:
            yield self.line({"tool_calls": [{"function": {"name": name, "arguments": arguments}}]})

    def end(self, reason, cached, output):
        word = "length" if reason == "length" else "stop"
        yield self.line({}, done=True, done_reason=word, total_duration=1, prompt_eval_count=10 + cached, eval_count=output)

    def ping(self):
        return b"\n"

    def error(self):
        yield None, {"error": "an error was encountered while running the model"}


WIRES = {"openai-chat": Chat, "openai-responses": Responses, "anthropic": Anthropic, "gemini": Gemini, "ollama": Ollama}


def events(wire, case, count=0):
    """The events of a stream as (name, data), in order; for `error`, up to and with the error."""
    speak = WIRES[wire]()
    cached = speak.cached = 7 if case == "cached" else 0
    speak.stamped = case.startswith("stamped")
    if case in QUIRKS and hasattr(speak, "quirk"):
        yield from speak.quirk(case)
        return
    yield from speak.begin()
    if case == "thinking":
        yield from speak.thinking(THOUGHT)
    if case == "tokens":
        for n in range(count):
            yield from speak.text(WORDS[n % len(WORDS)] + ("\n\n" if n % 60 == 59 else " "))
    else:
        for n, piece in enumerate(PIECES):
            if n == 3 and case == "error":
                yield from speak.error()
                return
            yield from speak.text(piece)
    if case == "tools":
        yield from speak.calls(CALLS)
    reason = {"tools": "tools", "length": "length", "refused": "refused"}.get(case, "end")
    yield from speak.end(reason, cached, count or 9)


def obeying(wire, calls):
    """The events of an answer that makes these calls, or says that it has none to make."""
    speak = WIRES[wire]()
    speak.stamped, speak.cached = False, 0
    yield from speak.begin()
    if not calls:
        yield from speak.text("all done")
    yield from speak.calls(calls)
    yield from speak.end("tools" if calls else "end", 0, 9)


def encode(wire, case, event):
    """One event as bytes, in the clothes of the case."""
    name, data = event
    indent = 1 if case == "multiline" and wire != "ollama" else None
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False, indent=indent)
    if wire == "ollama":
        text += "\n"
    else:
        text = "".join(f"data: {line}\n" for line in text.split("\n"))
        text = (f"event: {name}\n" if name else "") + text + "\n"
    if case == "crlf" or (case == "cr" and wire != "ollama"):
        text = text.replace("\n", "\r\n" if case == "crlf" else "\r")
    return text.encode()


def body(wire, case):
    """A whole stream; what `record.py` writes down."""
    return b"".join(encode(wire, case, event) for event in events(wire, case))
