"""A runbook carried out command by command, and what comes of it: the same as `tripod apply` makes of the same plan.

GAM's lines are carried out by GAM itself. Those of PowerShell are read with PowerShell's grammar, and what the cmdlets send
is sent. All of it goes to the stand-in tenants over TLS, under the vendors' names.
"""
import json
import os
import pathlib
import re
import sys
import tempfile
import unittest

import program

sys.path.append(str(program.ROOT / "tests" / "foreign-clients"))
import address
import certificates

address.install()

import gam_reader
import manifests
import microsoft
import runbook
import state

ADMIN, CUSTOMER = "admin@juniper.example", "C0juniper1"
# So often an operator repeats, a minute apart, what a new object is not ready for.
PATIENCE = 6

LOOKS = re.compile(r"\(?Get-|gam (info|print|user \S+ show) ")


class Operator:
    """Somebody who has a runbook, an administrator's rights, and patience."""

    def __init__(self, workspace, folder):
        self.workspace = workspace
        self.authority, *self.certificate = certificates.write(folder)
        credentials = {name: json.loads(workspace.tripod("sandbox", "credentials", "--for", name)) for name in ("google", "microsoft")}
        gam_reader.configure(folder / "gam", credentials["google"], ADMIN, CUSTOMER, self.authority)
        self.shell = microsoft.Shell(credentials["microsoft"], self.authority)
        self.carried_out = 0

    def carry_out(self, commands):
        """Does what the runbook says, and looks whether it is answered as the runbook says."""
        left, problems = list(commands), []
        for attempt in range(PATIENCE):
            with self.workspace.serve(*self.certificate):
                while left:
                    problem = self.try_once(left[0])
                    if problem:
                        problems.append(problem)
                        break
                    self.carried_out += 1
                    left.pop(0)
            if not left:
                return
            # The stand-in's clock is its own, so that a minute of patience takes no time.
            self.workspace.tripod("sandbox", "wait", "1m")
        raise AssertionError(f"{left[0].line}\n" + "\n".join(problems))

    def try_once(self, command):
        """Nothing, or what went otherwise than expected."""
        try:
            answer = self.gam(command.line) if command.tool == "gam" else self.shell.run(command.line)
        except (microsoft.Refused, GamFailed) as error:
            return str(error)
        if as_expected(answer, command.expected):
            return None
        problem = f"expected: {command.expected}\nanswered: {answer}"
        # Only what looks may be repeated; what changed something has done so.
        if LOOKS.match(command.line):
            return problem
        raise AssertionError(f"{command.line}\n{problem}")

    def gam(self, line):
        status, output = gam_reader.run(gam_reader.words(line))
        if status != 0:
            raise GamFailed(f"GAM ended with {status}: {output}")
        return output


class GamFailed(Exception):
    pass


def as_expected(answer, expected):
    """Whether an answer is what the runbook tells the operator to expect."""
    text = answer if isinstance(answer, str) else json.dumps(answer, ensure_ascii=False)
    row = answer[0] if isinstance(answer, list) and len(answer) == 1 else {}
    if expected.startswith("nothing"):
        return answer == []
    if expected.startswith("False;"):
        return answer is False
    if found := re.match(r"a row with (FullAccess|SendAs)$", expected):
        return found.group(1) in row.get("AccessRights", [])
    if found := re.match(r"a table with one row, whose PrimarySmtpAddress is (\S+)", expected):
        return row.get("PrimarySmtpAddress") == found.group(1)
    if found := re.match(r"a table with one row; its mail is (\S+)", expected):
        return row.get("mail") == found.group(1)
    if expected == "a row with the group" or expected == "a row with the mailbox":
        return row != {}
    if found := re.match(r"the list (shows|no longer shows) (\S+)( \(as accepted, or as OWNER\))?$", expected):
        # GAM writes how somebody stands into the same line or into the next.
        lines = text.splitlines()
        about = [" ".join(lines[at:at + 2]) for at, line in enumerate(lines) if found.group(2) in line]
        there = any(not found.group(3) or "accepted" in line or "OWNER" in line for line in about)
        return there == (found.group(1) == "shows")
    if found := re.match(r"(\S+), (Added|Deleted or Removed)$", expected):
        return any(found.group(1) in line and re.search(found.group(2).replace(" or ", "|"), line) for line in text.splitlines())
    if found := re.match(r"((?:User|Group): \S+, \w+)", expected):
        return found.group(1) in text
    if expected.startswith("the user with External IDs"):
        return "managed-by" in text and "tripod" in text and "Mailbox is setup: True" in text
    if expected.startswith("within 20 days: the user"):
        return "Undeleted" in text
    if expected.endswith(" as before") or expected in FREE:
        return True
    raise AssertionError(f"nobody looks whether this is so: {expected}")


# What says nothing that could be looked for.
FREE = {
    "no error", "no error; a banner at most", "the version of GAM, 7 or newer",
    "the settings as they are; keep them for the way back", "the external ids that there are; note them",
}

# What the runbook says has no way back, or one that only a look at the beginning tells: a deleted group, a mark.
NO_WAY_BACK = [
    ("google/juniper/addresses", "old-group@juniper.example", ""),
    ("google/juniper/groups", "old-group@juniper.example", ""),
    *(("google/juniper/members", f"old-group@juniper.example/{who}@juniper.example", "") for who in ("ana.silva", "bob", "eva_k")),
    ("google/juniper/users", "info@juniper.example", "other"),
]


class CarriedOut(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tripod-by-hand-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)
        self.by_hand, self.by_program = (program.Workspace(program.HERE / "workspace", self.folder / name)
                                         for name in ("by-hand", "by-program"))
        self.operator = Operator(self.by_hand, self.folder)

    def manifest(self, text):
        for workspace in (self.by_hand, self.by_program):
            workspace.write("mailboxes/all.yaml", text)

    def ticks(self):
        """Which steps `runbook check` ticks, and that its exit status says whether that is all of them."""
        text = self.by_hand.tripod("runbook", "check", "--sandbox", "plan.json", "--format", "json", status=self.pending)
        return [step["state"] == "done" for step in json.loads(text)["steps"]]

    def both_make(self, *options):
        """One by hand and one by `tripod apply`, from the same manifest."""
        for workspace in (self.by_hand, self.by_program):
            workspace.tripod("plan", "--sandbox", "-o", "plan.json", *options)
        self.by_hand.tripod("runbook", "plan.json", "-o", "runbook.md")
        book = runbook.read(self.by_hand.path("runbook.md").read_text())
        size = len(book.steps)
        self.operator.carry_out(book.preparation)

        self.pending = 2
        self.assertEqual(self.ticks(), [False] * size, "nothing is done yet")
        half = size // 2
        self.operator.carry_out(command for step in book.steps[:half] for command in step.commands)
        self.assertEqual(self.ticks(), [True] * half + [False] * (size - half), "half is done")
        # One command that is left out is one step that is not ticked.
        rest = [(step.number, command) for step in book.steps[half:] for command in step.commands]
        number, forgotten = next(pair for pair in rest if pair[1].line.startswith("Add-RecipientPermission "))
        looks = {f"Get-RecipientPermission -Identity '{step.mailbox}' -ResultSize Unlimited" for step in book.steps if step.number == number}
        self.operator.carry_out(command for _, command in rest if command is not forgotten and command.line not in looks)
        self.assertEqual(self.ticks(), [step.number != number for step in book.steps], "one is not done")
        self.operator.carry_out([forgotten])
        self.pending = 0
        self.assertEqual(self.ticks(), [True] * size, "all is done")

        self.by_program.tripod("apply", "--sandbox", "--yes", "plan.json", *options)
        return book

    def is_the_same(self):
        for workspace in (self.by_hand, self.by_program):
            # 2 would be: there is something to change.
            workspace.tripod("plan", "--sandbox", "--detailed-exitcode")
            workspace.tripod("verify", "--sandbox")
        self.assertEqual(state.differences(state.of(self.by_hand), state.of(self.by_program)), [])

    def test_new_mailboxes_by_hand_are_those_of_the_program(self):
        self.manifest(manifests.first())
        book = self.both_make()
        self.is_the_same()
        self.assertGreater(self.operator.carried_out, 2 * len(book.steps))

    def test_changes_by_hand_are_those_of_the_program(self):
        self.manifest(manifests.first())
        for workspace in (self.by_hand, self.by_program):
            workspace.tripod("apply", "--sandbox", "--yes")
        self.manifest(manifests.second())
        before = state.of(self.by_hand)
        book = self.both_make("--allow-removals", "4")
        self.is_the_same()
        self.assertNotEqual(state.differences(state.of(self.by_hand), before), [])

        # The way back, from the last step to the first.
        self.operator.carry_out(command for step in reversed(book.steps) for command in step.back)
        left = state.differences(state.of(self.by_hand), before)
        self.assertEqual([row[:3] for row in left], NO_WAY_BACK)


if __name__ == "__main__":
    unittest.main()
