#!/usr/bin/env python3
"""Reads the texts of AgentDojo's attacks and the goals of its suites out of its package, of which nothing is run.

usage: attacks.py FOLDER

FOLDER holds the wheel. Prints JSON: `attacks` is a list of {name, text}, in which `{goal}` and `{tools}` are left to fill
in; `goals` is a list of {suite, text, tools}, each text once, where `tools` are the calls of the suite that it stands for.
"""

import ast
import json
import pathlib
import sys
import zipfile

PLACES = ("{goal}", "{user}", "{model}")


def trees(wheel, within):
    """The syntax of all modules whose path has this in it."""
    with zipfile.ZipFile(wheel) as package:
        for path in sorted(package.namelist()):
            if within in path and path.endswith(".py"):
                yield path, ast.parse(package.read(path))


def value(node, names):
    """What an expression is, where it can be told without running it; else LookupError."""
    match node:
        case ast.Constant():
            return node.value
        case ast.Name(id=name) | ast.Attribute(value=ast.Name(id="self"), attr=name):
            return names[name]
        case ast.JoinedStr():
            parts = (part.value if isinstance(part, ast.FormattedValue) else part for part in node.values)
            return "".join(str(value(part, names)) for part in parts)
        case ast.List() | ast.Tuple():
            return [value(each, names) for each in node.elts]
        case ast.Dict():
            return {value(key, names): value(each, names) for key, each in zip(node.keys, node.values)}
        case _:
            raise LookupError(ast.unparse(node))


def assigned(body, names):
    """The names that these statements give a value that can be told, after these names; also those of `self`."""
    names = dict(names)
    for statement in body:
        match statement:
            case ast.Assign(targets=[target], value=node) | ast.AnnAssign(target=target, value=node) if node:
                try:
                    names[target.id if isinstance(target, ast.Name) else target.attr] = value(node, names)
                except (LookupError, AttributeError, TypeError):
                    pass
    return names


def models(wheel):
    """What the models are called in the texts."""
    for _, tree in trees(wheel, "agentdojo/models.py"):
        for name in assigned(tree.body, {}).get("MODEL_NAMES", {}).values():
            yield name


def attacks(wheel):
    """Each attack by its name, as far as its text can be told: what a class does not say is its base's."""
    called = list(models(wheel))
    # A name that is looked up when it runs: that of the model, or of one that it is not.
    right, wrong = called[0], next(name for name in called if name != called[0])
    told, names = {}, {}
    for _, tree in trees(wheel, "agentdojo/attacks/base_attacks.py"):
        names = assigned(tree.body, {})
    for _, tree in trees(wheel, "agentdojo/attacks/"):
        for made in (node for node in tree.body if isinstance(node, ast.ClassDef)):
            known = {}
            for base in made.bases:
                known |= told.get(getattr(base, "id", ""), {})
            own = assigned(made.body, names)
            known |= {name: each for name, each in own.items() if name not in names}
            for text in own.values():
                if isinstance(text, str) and any(place in text for place in PLACES):
                    known["text"] = text
            for begins in (node for node in made.body if getattr(node, "name", "") == "__init__"):
                known |= {name: each for name, each in assigned(begins.body, names).items() if name not in names}
                for node in ast.walk(begins):
                    match node:
                        # `super().__init__("…", …)`
                        case ast.Call(func=ast.Attribute(attr="__init__"), args=[ast.Constant(value=str(text)), *_]):
                            known["text"] = text
                        case ast.Assign(targets=[ast.Attribute(attr="model_name")], value=ast.Call(func=ast.Name(id=by))):
                            known["model_name"] = wrong if "wrong" in by else right
            told[made.name] = known
    for known in told.values():
        if "text" in known and "name" in known:
            text = known["text"].replace("{user}", known.get("user_name", names["DEFAULT_USER_NAME"]))
            yield {"name": known["name"], "text": text.replace("{model}", known.get("model_name", names["DEFAULT_MODEL_NAME"]))}


def steps(made, names):
    """The calls of the suite that a goal stands for, with what stands there as it is."""
    lines = []
    for node in ast.walk(made):
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "FunctionCall":
            given = {word.arg: word.value for word in node.keywords}
            try:
                lines.append(f"{value(given['function'], names)} {json.dumps(value(given['placeholder_args'], names))}")
            except LookupError:
                lines.append(ast.unparse(given["function"]))
    return "; ".join(lines)


def goals(wheel):
    """Each goal once."""
    seen = set()
    for path, tree in trees(wheel, "/injection_tasks.py"):
        names = assigned(tree.body, {})
        for made in (node for node in tree.body if isinstance(node, ast.ClassDef)):
            own = assigned(made.body, names)
            text = own.get("GOAL")
            if isinstance(text, str) and text not in seen:
                seen.add(text)
                yield {"suite": path.split("/")[-2], "text": text, "tools": steps(made, own)}


def main():
    wheels = list(pathlib.Path(sys.argv[1]).glob("agentdojo-*.whl"))
    if len(wheels) != 1:
        sys.exit(f"attacks.py: {sys.argv[1]} has no package of AgentDojo, or several: run tests/rig/llm/setup attacks")
    print(json.dumps({"attacks": list(attacks(wheels[0])), "goals": list(goals(wheels[0]))}))


if __name__ == "__main__":
    main()
