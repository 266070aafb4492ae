# SPDX-License-Identifier: BSD-2-Clause
"""
Transcripts in documentation: their commands are run, and must give the answers shown.

A transcript is a block marked `console`. Lines behind "$ " are commands, continued by a backslash
at their end or by lines behind "> ", as sh(1) prompts for what a here-document holds; the lines up
to the next one are the answer. In an answer a line "..." stands for any
number of lines, "..." in a line for any text; ids, ages and numbers of processes may be others,
and how columns are aligned does not count. A line `<!-- not run: REASON -->` before a block says
that it cannot be run.
"""

import re
import subprocess

BLOCK = re.compile(r"^( *)```console\n(.*?)^\1```$", re.S | re.M)
NOT_RUN = re.compile(r"<!-- not run: [^>]+ -->\s*\Z")
WILD = (
    (r"(?<=running )(?:(?:About an?|Less than a|\d+) (?:second|minute)s? +)?\d+\b", r"[\\w ]+\\d+"),
    (r"\b[0-9a-f]{12}\b", r"[0-9a-f]{12}"),
    (r"\b(?:About an?|Less than a|\d+) (?:second|minute)s?(?: ago)?", r"[\\w ]+(?:second|minute)s?(?: ago)?"),
)


def blocks(text):
    """(line, transcript) of each block that is to be run."""
    for match in BLOCK.finditer(text):
        if not NOT_RUN.search(text[: match.start()]):
            lines = [line.removeprefix(match[1]) for line in match[2].splitlines()]
            yield text.count("\n", 0, match.start()) + 2, lines


def steps(first, lines):
    """(line, command, answer) of a transcript."""
    found = []
    continued = False
    for number, line in enumerate(lines, first):
        if continued:
            found[-1][1] += "\n" + line
        elif line.startswith("$ "):
            found.append([number, line[2:], []])
        elif found and not found[-1][2] and line.startswith("> "):
            found[-1][1] += "\n" + line[2:]
        else:
            assert found, f"line {number}: a transcript begins with an answer"
            found[-1][2].append(line)
        continued = (continued or line.startswith("$ ")) and line.endswith("\\")
    return found


def squeeze(text):
    return re.sub(r"[ \t]+", " ", text).strip()


def pattern(line):
    """A regular expression for a line of an answer."""
    parts = []
    for text in squeeze(line).split("..."):
        text = re.escape(text).replace(r"\ ", " ")
        for what, stands_for in WILD:
            text = re.sub(what, stands_for, text)
        parts.append(text)
    return re.compile(".*".join(parts))


def agrees(expected, seen):
    """Whether the lines seen are those expected."""
    if not expected:
        return not seen
    if expected[0] == "...":
        return any(agrees(expected[1:], seen[i:]) for i in range(len(seen) + 1))
    return bool(seen and pattern(expected[0]).fullmatch(squeeze(seen[0]))
                and agrees(expected[1:], seen[1:]))


class Shell:
    """One shell for a page, so that a variable set in one line is there in the next."""

    END = "end of what a command has written"

    def __init__(self, env, directory):
        # pylint: disable=consider-using-with
        self.process = subprocess.Popen(
            ["/bin/sh"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env=env, cwd=directory, text=True)

    def run(self, command):
        """The lines that a command writes."""
        self.process.stdin.write(f"{{ {command}\n}} </dev/null\necho '{self.END}'\n")
        self.process.stdin.flush()
        lines = []
        for line in self.process.stdout:
            if line.endswith(self.END + "\n"):
                lines += [line.removesuffix(self.END + "\n")] if line != self.END + "\n" else []
                return lines
            lines.append(line.removesuffix("\n"))
        raise AssertionError(f"the shell ended with {command!r}: {lines}")

    def end(self):
        self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


def check(text, shell):
    """Runs a page's transcripts; returns what they gave that they should not have."""
    wrong = []
    for first, lines in blocks(text):
        for number, command, expected in steps(first, lines):
            seen = shell.run(command)
            if not agrees(expected, seen):
                wrong.append("\n  ".join([f"line {number}: {command}", *seen]))
    return wrong
