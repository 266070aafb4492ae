# SPDX-License-Identifier: BSD-2-Clause
"""
The table of what is tested: a row for each command, option, value, variable and exit code of klee,
each endpoint with each status and each frame of the API; behind it how many tests have exercised
it, and one of them. Rows come from the product's own tables and from contract.py, what was
exercised from recorded.py.

Of a run of all tests, a row that nothing has exercised is a failure.
"""

import collections
import functools
import json
import os
import re
import subprocess

import contract
import recorded
from programs import BUILD, KLEE

TABLE = os.path.join(BUILD, "rows.txt")
WRONG_USAGE = 2

# ---- what klee has, as its help tells ----

OPTION = re.compile(
    r"^  (?:-(?P<letter>\w), )?--(?P<name>[\w-]+)(?P<off>/--no-[\w-]+)?(?: (?P<value>\S+))?"
)


@functools.lru_cache(None)
def help_of(*words):
    """klee's help; the test that is running has not asked for it."""
    done = subprocess.run([KLEE, *words, "--help"], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def part(text, title):
    """The lines below a title of a help text."""
    return (text + "\n\n").split(f"\n{title}:\n", 1)[-1].split("\n\n", 1)[0].splitlines()


@functools.lru_cache(None)
def options(*words):
    """'--name' or '-n' → (all its spellings, what its value is called or None)"""
    found = {"--help": (("--help",), None)}
    for line in part(help_of(*words), "Options") if "\nOptions:\n" in help_of(*words) else []:
        match = OPTION.match(line)
        if not match:
            continue
        name, letter, off = match["name"], match["letter"], match["off"]
        spellings = (f"--{name}",) + ((f"-{letter}",) if letter else ())
        for spelling in spellings:
            found[spelling] = (spellings, match["value"])
        if off:
            found[f"--no-{name}"] = ((f"--no-{name}",), None)
    return found


@functools.lru_cache(None)
def commands():
    """'container run' → its arguments"""
    found = {}
    for group in part(help_of(), "Commands"):
        group = group.split()[0]
        for line in part(help_of(group), "Commands"):
            command = f"{group} {line.split()[0]}"
            usage = help_of(*command.split()).splitlines()[0]
            found[command] = usage.split(command, 1)[1].replace("[OPTIONS]", "").strip()
    return found


@functools.lru_cache(None)
def shortcuts():
    """'run' → 'container run'"""
    return dict(re.findall(r"(\w+) = (\w+ \w+)", help_of()))


# ---- a command line, taken apart ----


def spelled(word, table):
    """The option that a long option's word means; it may be shortened."""
    name = word.split("=", 1)[0]
    meant = [name] if name in table else [o for o in table if o.startswith(name)]
    return meant[0] if len(meant) == 1 else None


def split(words, table, leading):
    """[(option, value)], and the words behind more than 'leading' of which no options are klee's."""
    given, rest, words = [], [], list(words)
    while words and len(rest) <= leading:
        word = words.pop(0)
        if word == "--":
            break
        if word.startswith("--"):
            option = spelled(word, table)
            if option is None:
                return given, rest
            value = word.split("=", 1)[1] if "=" in word else None
            if table[option][1] and value is None:
                value = words.pop(0) if words else ""
            given.append((option, value))
        elif word.startswith("-") and len(word) > 1:
            letters = word[1:]
            while letters:
                option, letters = f"-{letters[0]}", letters[1:]
                if option not in table:
                    return given, rest
                value = None
                if table[option][1]:
                    value, letters = letters or (words.pop(0) if words else ""), ""
                given.append((option, value))
        else:
            rest.append(word)
    return given, rest + words


def arguments_before_command(command):
    words = commands()[command].split()
    return next((i for i, w in enumerate(words) if "COMMAND" in w), 1000)


def called(arguments):
    """
    The command, or None; the words that named it; [(option, value)] of those before it, and of its
    own; and its arguments.
    """
    before, words = split(arguments, options(), 0)
    command = shortcuts().get(words[0]) if words else None
    taken = 1
    if command is None and " ".join(words[:2]) in commands():
        command, taken = " ".join(words[:2]), 2
    if command is None:
        return None, words, before, [], []
    given, rest = split(words[taken:], options(*command.split()), arguments_before_command(command))
    return command, words[:taken], before, given, rest


# ---- rows of klee ----


def value_rows():
    return {f"klee {what} {v}" for what, values in contract.VALUES.items() for v in values.split()}


def code_rows():
    found = set()
    for command in commands():
        found |= {f"klee {command}: exit code {code}" for code in (0, WRONG_USAGE, 125)}
    for command in contract.ARGUMENT_FAILS.replace("\n", " ").split(","):
        found.add(f"klee {' '.join(command.split())}: exit code 1")
    for command in contract.ATTACHED:
        found |= {f"klee {command}: exit code {what}" for what in contract.OF_PROCESSES}
    return found


def klee_rows():
    found = {f"klee {option}" for option in options()}
    found |= {f"klee with {name}" for name in contract.ENVIRONMENT.split()}
    found |= {f"klee {shortcut}" for shortcut in shortcuts()}
    for command in commands():
        found |= {f"klee {command} {option}".strip() for option in ("", *options(*command.split()))}
    return found | value_rows() | code_rows()


def meant_value(what, value):
    """The row's word for a value, where any number or address is as good as another."""
    if what.endswith("--restart"):
        return re.sub(r"\d+$", "N", value)
    if what.endswith(("--gw", "--gw6")):
        return "''" if value == "" else value if value == "auto" else "IP"
    if what.endswith("--network"):
        return value if value == "host" else "NAME"
    return value


def rows_of_call(arguments, environment):
    """The rows that a call of klee exercises."""
    command, named, before, given, words = called(arguments)
    yield from (f"klee {option}" for option, _ in before)
    yield from (f"klee {option} {value}" for option, value in before)
    yield from (f"klee with {name}" for name in environment)
    if command is None:
        return
    for option, value in given:
        yield f"klee {command} {option}"
        for spelling in options(*command.split())[option][0]:
            what = f"{command} {spelling}"
            yield f"klee {what} {meant_value(what, value or '')}"
    if not any(option == "--help" for option, _ in given):
        yield f"klee {command}"
        yield f"klee {' '.join(named)}"
        yield f"klee {command} METHOD {words[0] if words else ''}"


def rows_of_end(arguments, code):
    command, _, _, given, _ = called(arguments)
    if command is None or any(option == "--help" for option, _ in given):
        return
    yield f"klee {command}: exit code {code}"
    if command in contract.ATTACHED:
        for what, codes in contract.OF_PROCESSES.items():
            if code in codes:
                yield f"klee {command}: exit code {what}"


# ---- rows of the API ----

ANY = {status: f"any endpoint {status}" for status in (403, 500, 503)}


def description():
    path = recorded.DESCRIPTION
    if not os.path.exists(path):
        return {"paths": {}}
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def operations(described):
    """(method, path, operation)"""
    for path, item in described["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


def api_rows(described):
    found = set(ANY.values())
    for method, path, operation in operations(described):
        statuses = {int(s) for s in operation["responses"]} - set(ANY)
        found |= {f"{method} {path} {status}" for status in statuses}
        if "x-websocket-first-frame" in operation:
            frames = contract.STREAMS.get(path, (None, f"configuration, {contract.SENT}"))[1]
            found |= {f"{path} {frame}" for frame in frames.split(", ")}
    for path in described["paths"]:
        found.add(f"{path} with another method 405")
    return found


def path_of(described, path):
    """The path as it is described."""
    if path in described["paths"]:
        return path
    parts = path.split("/")
    for known in described["paths"]:
        wanted = known.split("/")
        if len(wanted) == len(parts) and all(w[:1] == "{" or w == p for w, p in zip(wanted, parts)):
            return known
    return None


def rows_of_answer(described, method, path, status):
    known = path_of(described, path)
    if known:
        yield f"{method} {known} {status}"
        if status in ANY:
            yield ANY[status]
        if status == 405:
            yield f"{known} with another method 405"


# ---- the table ----


def exercised(described):
    """row → tests"""
    found = collections.defaultdict(set)
    noted = list(recorded.all_noted())
    misused = {
        (test, tuple(what[0])) for kind, test, what in noted if kind == "code" and what[1] == WRONG_USAGE
    }
    for kind, test, what in noted:
        if kind == "klee":
            rows = () if (test, tuple(what[0])) in misused else rows_of_call(*what)
        elif kind == "code":
            rows = rows_of_end(*what)
        elif kind == "answer":
            rows = rows_of_answer(described, *what)
        else:
            rows = (f"{what[0]} {what[1]}",)
        for row in rows:
            found[row].add(test)
    return found


def write():
    """Writes the table; returns how many rows there are, and those without a test."""
    described = description()
    rows = sorted(klee_rows() | api_rows(described))
    found = exercised(described)
    width = max(map(len, rows))
    with open(TABLE, "w", encoding="utf-8") as file:
        for row in rows:
            tests = sorted(found.get(row, ()))
            file.write(f"{row:{width}}  {len(tests):5}  {tests[0] if tests else 'NOT TESTED'}\n")
    return len(rows), [row for row in rows if row not in found]
