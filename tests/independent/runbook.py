"""Reads a runbook as a person does: its steps in their order, with the commands in its fenced blocks."""
import dataclasses
import html
import re

STEP = re.compile(r"- \[([ x?])\] \*\*Step (\d+), (.*?):\*\* (.*)")
TOOLS = {"Exchange Online PowerShell": "exchange", "Microsoft Graph PowerShell": "graph", "GAM7 in a POSIX shell": "gam",
         "GAM7 in PowerShell": "gam", "GAM7 in cmd": "gam"}


@dataclasses.dataclass
class Command:
    tool: str
    line: str
    expected: str = ""


@dataclasses.dataclass
class Step:
    number: int
    mailbox: str
    what: str
    ticked: bool
    commands: list = dataclasses.field(default_factory=list)
    back: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass
class Runbook:
    preparation: list
    steps: list

    def commands(self):
        """Every command in it."""
        yield from self.preparation
        for step in self.steps:
            yield from step.commands
            yield from step.back


def read(text):
    book = Runbook([], [])
    tool, fenced, target = None, None, book.preparation
    for line in text.splitlines():
        if fenced is not None:
            if line == "```":
                target.append(Command(tool, "\n".join(fenced)))
                fenced = None
            else:
                fenced.append(line)
        elif line.startswith("```"):
            fenced = []
        elif line in TOOLS:
            tool = TOOLS[line]
        elif found := STEP.fullmatch(line):
            mark, number, mailbox, what = found.groups()
            book.steps.append(Step(int(number), html.unescape(mailbox), html.unescape(what), mark == "x"))
            target = book.steps[-1].commands
        elif line == "To undo:":
            target = book.steps[-1].back
        elif line.startswith("Expect: ") and target:
            target[-1].expected = html.unescape(line.removeprefix("Expect: "))
    if fenced is not None:
        raise ValueError("a fenced block does not end")
    return book
