"""Every command of a runbook before the reader that it is for: PowerShell's grammar, a POSIX shell, and GAM's own reader."""
import pathlib
import re
import tempfile
import unittest

import command_prompt
import gam_reader
import manifests
import powershell
import program
import runbook

SAMPLE = program.ROOT / "crates" / "tickets" / "tests" / "golden" / "runbook.md"
# The cmdlets that runbooks use, from Microsoft's reference of Exchange Online PowerShell and Microsoft Graph PowerShell.
CMDLETS = {
    "exchange": {
        "Connect-ExchangeOnline", "New-Mailbox", "Set-Mailbox", "Remove-Mailbox", "Undo-SoftDeletedMailbox",
        "Add-MailboxPermission", "Get-MailboxPermission", "Remove-MailboxPermission", "Add-RecipientPermission",
        "Get-RecipientPermission", "Remove-RecipientPermission", "Set-UnifiedGroup", "Add-UnifiedGroupLinks",
        "Get-UnifiedGroupLinks", "Remove-UnifiedGroupLinks",
    },
    "graph": {
        "Connect-MgGraph", "New-MgGroup", "Get-MgGroup", "Remove-MgGroup", "Restore-MgDirectoryDeletedItem", "Get-MgUser",
        "Update-MgUser",
    },
}
BROKEN_POWERSHELL = [
    "Set-Mailbox -Identity 'a'b'",
    "Set-Mailbox -Identity 'a' -DisplayName 'O'Neil'",
    "Set-Mailbox -Identity 'a' -DisplayName 'O\u2019Neil'",
    "Set-Mailbox -Identity 'a' -DisplayName 'x",
    "Set-Mailbox -Identity 'a'; Remove-Mailbox 'b'",
    "Set-Mailbox -Identity 'a' | Remove-Mailbox",
    "Set-Mailbox -Identity \"$(Remove-Mailbox b)\"",
    "Set-Mailbox -Identity (Get-Mailbox",
    "Set-Mailbox -Identity 'a' 'b'",
    "Set-Mailbox -Identity 'a' -Identity 'b'",
    "Set-Mailbox -Identity $name",
]
BROKEN_GAM = [
    "gam create user a@juniper.example firstnme Ana",
    "gam create user a@juniper.example firstname",
    "gam create user a@juniper.example firstname Ana lastname Silva surplus",
    "gam update group g@juniper.example whocanjoin everybody",
    "gam update group g@juniper.example enablecollaborativeinbox perhaps",
    "gam user a@juniper.example add delegates",
    "gam user a@juniper.example delete delegate b@juniper.example surplus",
    "gam deliver user a@juniper.example",
]
BROKEN_SHELL = ["gam create user 'a", "gam create user a; gam delete user b", "gam info user $(gam version)", "gam info user a | cat"]


class Grammar(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        temporary = tempfile.TemporaryDirectory(prefix="tripod-grammar-")
        cls.addClassCleanup(temporary.cleanup)
        folder = pathlib.Path(temporary.name)
        work = program.Workspace(program.HERE / "workspace", folder / "workspace")
        work.write("mailboxes/all.yaml", manifests.every_name())
        work.tripod("plan", "--sandbox", "-o", "plan.json")
        work.tripod("runbook", "plan.json", "-o", "runbook.md")
        made = runbook.read(work.path("runbook.md").read_text())
        cls.windows = {}
        for shell in ("powershell", "cmd"):
            work.tripod("runbook", "plan.json", "--shell", shell, "-o", f"{shell}.md")
            cls.windows[shell] = runbook.read(work.path(f"{shell}.md").read_text())
        sample = runbook.read(SAMPLE.read_text())
        cls.made = made
        cls.commands = [*made.commands(), *sample.commands()]
        key = folder / "key.json"
        key.write_text(work.tripod("sandbox", "credentials", "--for", "google"))
        gam_reader.configure(folder / "gam", gam_reader.json.loads(key.read_text()), "admin@juniper.example", "C0juniper1",
                             gam_reader.gam.httplib2.certs.where())

    def lines(self, *tools):
        """Each different line once."""
        return list(dict.fromkeys(command.line for command in self.commands if command.tool in tools))

    def test_the_runbooks_hold_what_is_looked_at(self):
        for tool in ("exchange", "graph", "gam"):
            self.assertGreater(len(self.lines(tool)), 20, tool)
        self.assertEqual(len({step.mailbox for step in self.made.steps}), 4 * len(manifests.NAMES))
        self.assertTrue(all(step.commands for step in self.made.steps))

    def test_every_line_of_powershell_is_one_command(self):
        for tool, known in CMDLETS.items():
            for line in self.lines(tool):
                with self.subTest(line):
                    read = powershell.read(line)
                    commands = [read.first, read.then] if isinstance(read, powershell.ForEach) else [read]
                    self.assertLessEqual({command.name for command in commands}, known)

    def test_a_hostile_name_arrives_in_powershell_as_it_is(self):
        read = [powershell.read(command.line) for step in self.made.steps for command in step.commands
                if command.tool in ("exchange", "graph") and step.what.startswith("create")]
        self.assertEqual(sorted(command.parameters["DisplayName"] for command in read), sorted(2 * manifests.NAMES))

    def test_every_line_of_gam_is_read_to_its_end(self):
        # One mailbox's lines are like another's but for what makes it.
        seen = {"gam version": None}
        for command in self.commands:
            form = command.line if " create " in command.line else re.sub(r"(box|group)\d+@", r"\1@", command.line)
            if command.tool == "gam":
                seen.setdefault(form, command.line)
        for line in filter(None, seen.values()):
            with self.subTest(line):
                status, output = gam_reader.run(gam_reader.words(line), read_only=True)
                self.assertEqual(status, gam_reader.WOULD_GO_OUT, output)

    def test_a_hostile_name_arrives_in_gam_as_it_is(self):
        made = [gam_reader.words(command.line) for step in self.made.steps for command in step.commands
                if command.tool == "gam" and step.what.startswith("create")]
        keys = {"user": "displayname", "group": "name"}
        named = [words[words.index(keys[words[1]]) + 1] for words in made if keys[words[1]] in words[2:]]
        self.assertEqual(sorted(named), sorted(2 * manifests.NAMES))

    def test_every_shell_gives_gam_the_same_words_or_has_no_line(self):
        readers = {"powershell": powershell.native, "cmd": command_prompt.words}
        for shell, read in readers.items():
            missing = 0
            for ours, theirs in zip(self.made.steps, self.windows[shell].steps, strict=True):
                wanted = [command.line for command in ours.commands if command.tool == "gam"]
                found = [command.line for command in theirs.commands if command.tool == "gam"]
                if wanted and not found:
                    missing += 1
                    continue
                for posix, line in zip(wanted, found, strict=True):
                    with self.subTest(line):
                        self.assertEqual(read(line), ["gam", *gam_reader.words(posix)])
            self.assertLess(missing, len(self.made.steps) / 2, shell)

    def test_a_broken_line_of_cmd_is_found(self):
        for line in ['gam update user a name "50 %x%"', 'gam info user a & gam version', 'gam update user a name "x', 'gam x "a\\"']:
            with self.subTest(line), self.assertRaises(command_prompt.NotUnderstood):
                command_prompt.words(line)

    def test_a_broken_line_of_powershell_is_found(self):
        for line in BROKEN_POWERSHELL:
            with self.subTest(line), self.assertRaises(powershell.NotUnderstood):
                if not isinstance(powershell.read(line), powershell.Command):
                    raise powershell.NotUnderstood("more than one command")

    def test_a_broken_line_of_gam_is_found(self):
        for line in BROKEN_GAM:
            with self.subTest(line):
                status, output = gam_reader.run(gam_reader.words(line), read_only=True)
                self.assertNotEqual(status, gam_reader.WOULD_GO_OUT)
                self.assertIn("ERROR", output)

    def test_a_line_that_the_shell_reads_otherwise_is_found(self):
        for line in BROKEN_SHELL:
            with self.subTest(line), self.assertRaises(ValueError):
                gam_reader.words(line)
