"""Tickets, evidence and settings that are too large or too deep: refused in little memory and with their reason."""
import os
import pathlib
import subprocess
import tempfile
import unittest

import program

MEGABYTE = 1024 * 1024
# The program itself takes a few dozen megabytes; ten megabytes of ticket may not become hundreds.
MOST_MEMORY = 120 * MEGABYTE
REFUSED = 65
SOURCES = ["github", "jira", "servicenow", "json", "template"]
TEN = 10 * MEGABYTE
TICKETS = {
    "ten megabytes of a letter": b"a" * TEN,
    "ten megabytes of an opening bracket": b"[" * TEN,
    "ten megabytes in one text": b'{"purpose": "' + b"a" * TEN + b'"}',
    "a thousand levels": b'{"mailbox": ' + b"[" * 1000 + b"]" * 1000 + b"}",
    "the same key twice": b'{"mailbox": "a@contoso.com", "mailbox": "b@contoso.com"}',
    "a field twice": b"Purpose: a\nPurpose: b\n",
    "no text": b"\xff\xfe\x00" * 100,
}


class Bounded(unittest.TestCase):
    def setUp(self):
        temporary = tempfile.TemporaryDirectory(prefix="tripod-bounded-")
        self.addCleanup(temporary.cleanup)
        self.folder = pathlib.Path(temporary.name)

    def refused(self, *arguments, stdin=subprocess.DEVNULL, status=REFUSED):
        """Runs the program and gives what it says; it has to refuse, in bounded memory."""
        with tempfile.TemporaryFile() as output:
            process = subprocess.Popen([program.PROGRAM, "--no-input", *arguments], cwd=self.folder, stdin=stdin,
                                       stdout=output, stderr=subprocess.STDOUT)
            # Unlike `wait`, this tells how much memory it has had at most.
            _, ended, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(ended)
            output.seek(0)
            said = output.read().decode()
        self.assertEqual(process.returncode, status, said)
        self.assertLess(usage.ru_maxrss * 1024, MOST_MEMORY, arguments)
        self.assertLess(len(said), 20_000, "what is said is short")
        return said

    def test_a_hostile_ticket_takes_little_memory(self):
        for name, content in TICKETS.items():
            path = self.folder / "ticket"
            path.write_bytes(content)
            for source in SOURCES:
                with self.subTest(name, source=source):
                    self.assertRegex(self.refused("request", "read", "--from", source, "ticket"), "problem|has more than 1 MiB")

    def test_a_ticket_without_an_end_is_not_read_to_its_end(self):
        # /dev/zero has none.
        for source in SOURCES:
            with self.subTest(source), open("/dev/zero", "rb") as endless:
                self.assertIn("more than", self.refused("request", "read", "--from", source, "-", stdin=endless))

    def test_evidence_without_an_end_is_not_read_to_its_end(self):
        (self.folder / "key.pem").write_text(subprocess.run([program.PROGRAM, "evidence", "key"], cwd=self.folder, check=True,
                                                            text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout)
        self.assertIn("it is a device", self.refused("evidence", "verify", "/dev/zero", "--key", "key.pem"))
        (self.folder / "deep.json").write_bytes(b'{"payload": ' + b"[" * TEN)
        self.refused("evidence", "verify", "deep.json", "--key", "key.pem")
        self.assertRegex(self.refused("evidence", "verify", "deep.json", "--key", "/dev/zero"), "no PEM file|it is a device")
