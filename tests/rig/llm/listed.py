"""Lists of models in the words of providers that say which of them see pictures: `blind` does not, `seeing` does."""

import json

SIGHT = {"blind": False, "seeing": True}


def answer(path, raw):
    """What is answered at this path; None where nothing is listed. `/llama` is llama.cpp with `blind`."""
    if path == "/listed/v1/models":
        words = {name: ["text", "image"] if sees else ["text"] for name, sees in SIGHT.items()}
        return {"data": [{"id": name, "architecture": {"input_modalities": goes_in}} for name, goes_in in words.items()]}
    if path == "/listed/api/tags":
        return {"models": [{"name": f"{name}:latest"} for name in SIGHT]}
    if path == "/listed/api/show":
        name = json.loads(raw)["model"].removesuffix(":latest")
        return {"capabilities": ["completion", "vision"] if SIGHT[name] else ["completion"]}
    if path == "/llama/v1/models":
        return {"object": "list", "data": [{"id": "blind", "object": "model", "owned_by": "llamacpp"}]}
    if path == "/llama/props":
        return {"modalities": {"vision": False, "audio": False}}
    return None
