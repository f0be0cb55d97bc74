#!/usr/bin/env python3
"""Reads the expected requests with the request types of the vendors' own clients; exits 1 if one does not fit.

Runs with the rig's python (tests/rig/llm/setup). Names that a vendor's type does not know count as misfits, at any depth.
"""

import json
import pathlib
import sys
import typing

import anthropic.types
import anthropic.types.beta
import google.genai.types
import ollama
import openai.types.chat.completion_create_params as chat
import openai.types.responses.response_create_params as responses
import pydantic
import typing_extensions

HERE = pathlib.Path(__file__).resolve().parent


def misfits(value, kind, path="body"):
    """Why a value does not fit a type of TypedDicts, lists, unions and literals; empty where it fits."""
    origin = typing.get_origin(kind)
    if origin in (typing.Annotated, typing_extensions.Required, typing_extensions.NotRequired):
        return misfits(value, typing.get_args(kind)[0], path)
    if origin is typing.Union or type(kind).__name__ == "UnionType":
        tried = [misfits(value, one, path) for one in typing.get_args(kind)]
        # The union's member that fits best says what is wrong.
        return min(tried, key=lambda found: (len(found), -max((len(why) for why in found), default=0)))
    if typing_extensions.is_typeddict(kind):
        if not isinstance(value, dict):
            return [f"{path}: an object is wanted"]
        fields = typing_extensions.get_type_hints(kind, include_extras=True)
        found = [f"{path}: {kind.__name__} has no `{name}`" for name in value if name not in fields]
        found += [f"{path}: {kind.__name__} needs `{name}`" for name in kind.__required_keys__ if name not in value]
        for name in value.keys() & fields.keys():
            found += misfits(value[name], fields[name], f"{path}.{name}")
        return found
    if isinstance(kind, type) and issubclass(kind, pydantic.BaseModel):
        return [f"{path}: {kind.__name__} is what answers are made of"]
    if origin is typing.Literal:
        return [] if value in typing.get_args(kind) else [f"{path}: {value!r} is none of {typing.get_args(kind)}"]
    if isinstance(value, list) and origin is not None and typing.get_args(kind):
        return [why for at, one in enumerate(value) for why in misfits(one, typing.get_args(kind)[0], f"{path}[{at}]")]
    try:
        pydantic.TypeAdapter(kind).validate_python(value)
    except (pydantic.ValidationError, pydantic.PydanticSchemaGenerationError) as error:
        return [f"{path}: {error}"]
    return []


def gemini(body):
    """Gemini's client has types for the parts of a request, and puts them together in code."""
    types = google.genai.types
    known = {"contents", "systemInstruction", "generationConfig", "tools"}
    found = [f"body: there is no `{name}`" for name in body if name not in known]
    parts = [
        *((types.Content, content) for content in body.get("contents", [])),
        (types.Content, body.get("systemInstruction")),
        (types.GenerationConfig, body.get("generationConfig")),
        *((types.Tool, tool) for tool in body.get("tools", [])),
    ]
    for model, value in parts:
        try:
            # The client's own models refuse unknown names, and take the wire's spelling.
            model.model_validate(value)
        except pydantic.ValidationError as error:
            found.append(str(error))
    return found


def of_ollama(body):
    """Ollama's client takes messages and options as they are, so each is read with its own type as well."""
    parts = [(ollama._types.ChatRequest, body, "body"), (ollama.Options, body.get("options"), "body.options")]
    parts += [(ollama.Message, one, f"body.messages[{at}]") for at, one in enumerate(body.get("messages", []))]
    found = []
    for model, value, path in parts:
        try:
            # The client wraps pictures, and unwraps them into base64 when it sends them.
            images = value.get("images") if isinstance(value, dict) else None
            wrapped = {**value, "images": [{"value": image} for image in images]} if images else value
            read = model.model_validate(wrapped)
        except pydantic.ValidationError as error:
            found.append(f"{path}: {error}")
        else:
            found += lost(value, json.loads(read.model_dump_json(exclude_none=True)), path)
    # The server's own type (ChatRequest in its api/types.go) has them; its client does not yet.
    later = {f"body: `{name}` is not known" for name in ("truncate", "shift")}
    return [why for why in found if why not in later]


def lost(sent, kept, path="body"):
    """What a reader that ignores unknown names has left out."""
    if isinstance(sent, dict):
        if not isinstance(kept, dict):
            return [f"{path}: read as {kept!r}"]
        gone = [f"{path}: `{name}` is not known" for name in sent if name not in kept]
        return gone + [why for name in sent.keys() & kept.keys() for why in lost(sent[name], kept[name], f"{path}.{name}")]
    if isinstance(sent, list):
        return [why for at, (one, other) in enumerate(zip(sent, kept)) for why in lost(one, other, f"{path}[{at}]")]
    return [] if sent == kept else [f"{path}: {sent!r} was read as {kept!r}"]


CHECKS = {
    "openai-chat": lambda body: misfits(body, chat.CompletionCreateParamsStreaming),
    "openai-responses": lambda body: misfits(body, responses.ResponseCreateParamsStreaming),
    "anthropic": lambda body: misfits(body, anthropic.types.message_create_params.MessageCreateParamsStreaming),
    "gemini": gemini,
    "ollama": of_ollama,
}

# Pictures in results go as anybody sends them; computer use of Anthropic's is in its beta types.
CHECKS |= {f"{name}-pictures": check for name, check in CHECKS.items()}
CHECKS |= {f"{name}-computer": CHECKS[name] for name in ("openai-responses", "gemini")}
CHECKS["openai-responses-computer-preview"] = CHECKS["openai-responses"]
CHECKS |= {
    f"anthropic-{form}": lambda body: misfits(
        body, anthropic.types.beta.message_create_params.MessageCreateParamsStreaming
    )
    for form in ("computer", "computer-20250124", "computer-20241022")
}

failed = False
for name, check in CHECKS.items():
    for why in check(json.loads((HERE / f"{name}.json").read_text())["body"]):
        failed = True
        print(f"{name}: {why}")
sys.exit(failed)
