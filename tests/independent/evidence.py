"""Evidence that the program signed, before another implementation of DSSE (securesystemslib), and what refuses it."""
import base64
import copy
import json
import pathlib
import re
import tempfile
import unittest

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key, load_pem_public_key
from securesystemslib.dsse import Envelope
from securesystemslib.exceptions import VerificationError
from securesystemslib.signer import CryptoSigner, SSlibKey

import program

REQUEST = {
    "mailbox": "freight-audit@northwind.example",
    "purpose": "Receives the reports of the freight auditor",
    "app": "Trax",
    "kind": "shared-mailbox",
    "people": ["jonas.becker@northwind.example", "samuel.osei@northwind.example", "noor.rahman@northwind.example"],
    "requester": "jonas.becker@northwind.example",
}
APPROVER = "sofia.petrova@northwind.example"
# Where the signature does not verify the program says so with the status of a finding; where the file is none, of a file.
REFUSED, NO_EVIDENCE = 3, 65


def public_key(pem):
    return SSlibKey.from_crypto(load_pem_public_key(pem.encode()))


def pem_of(private):
    return private.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def changed(envelope, change):
    """The envelope with another statement in it, under the signature that it had."""
    envelope = copy.deepcopy(envelope)
    statement = json.loads(base64.b64decode(envelope["payload"]))
    change(statement)
    envelope["payload"] = base64.b64encode(json.dumps(statement, separators=(",", ":"), sort_keys=True).encode()).decode()
    return envelope


def flipped(text, at):
    """Base64 text with one bit of its content the other way round."""
    content = bytearray(base64.b64decode(text))
    content[at % len(content)] ^= 1 << (at % 8)
    return base64.b64encode(content).decode()


class EvidenceOfATicket(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temporary = tempfile.TemporaryDirectory(prefix="tripod-evidence-")
        cls.addClassCleanup(cls.temporary.cleanup)
        cls.workspace = work = program.Workspace(program.ROOT / "examples" / "two-tenants", pathlib.Path(cls.temporary.name) / "workspace")
        settings = work.path("tripod.yaml").read_text()
        work.write("tripod.yaml", settings.replace("policies/baseline.yaml", "policies/baseline.yaml, policies/approvals.yaml"))
        work.write("policies/approvals.yaml", f"approvals:\n  approvers: [{APPROVER}]\n")
        work.write("tickets/IT-7/request.json", json.dumps(REQUEST))
        cls.pem = work.tripod("evidence", "key")
        work.write("evidence.pem", cls.pem)
        work.tripod("ticket", "run", "--sandbox", "IT-7")
        plan = work.path(".tripod/sandbox/tickets/file/IT-7/plan.json").read_text()
        work.write("plan.json", plan)
        cls.plan = json.loads(plan)
        approval = {"by": APPROVER, "digest": cls.plan["digest"], "at": "2026-11-23T09:01:00Z"}
        work.write("tickets/IT-7/approvals/1.json", json.dumps(approval))
        work.tripod("ticket", "run", "--sandbox", "IT-7")
        (file,) = work.path(".tripod/sandbox/evidence").iterdir()
        cls.envelope = json.loads(file.read_text())
        cls.statement = json.loads(base64.b64decode(cls.envelope["payload"]))

    def verify(self, envelope, pem=None, status=0, plan=False):
        self.workspace.write("held.json", envelope if isinstance(envelope, str) else json.dumps(envelope))
        self.workspace.write("held.pem", pem or self.pem)
        return self.workspace.tripod("evidence", "verify", "held.json", "--key", "held.pem",
                                     *(["--plan", "plan.json"] if plan else []), status=status)

    def refused(self, envelope, pem=None):
        """Neither the other implementation nor the program takes it."""
        with self.assertRaises(VerificationError):
            Envelope.from_dict(copy.deepcopy(envelope)).verify([public_key(pem or self.pem)], 1)
        self.verify(envelope, pem, status=REFUSED)

    def test_another_implementation_accepts_it(self):
        envelope, key = Envelope.from_dict(copy.deepcopy(self.envelope)), public_key(self.pem)
        accepted = envelope.verify([key], 1)
        self.assertEqual(list(accepted), [key.keyid])
        self.assertEqual([signature["keyid"] for signature in self.envelope["signatures"]], [key.keyid])
        self.assertEqual(envelope.payload_type, "application/vnd.in-toto+json")
        self.verify(self.envelope, plan=True)

    def test_it_is_an_in_toto_statement_about_the_plan(self):
        self.assertEqual(self.statement["_type"], "https://in-toto.io/Statement/v1")
        self.assertEqual([subject["digest"] for subject in self.statement["subject"]], [{"sha256": self.plan["digest"]}])
        told = self.statement["predicate"]
        self.assertEqual(told["request"]["requester"], REQUEST["requester"])
        self.assertEqual([approval["by"] for approval in told["approvals"]], [APPROVER])
        self.assertEqual({step["state"] for step in told["steps"]}, {"confirmed"})
        self.assertEqual(len(told["steps"]), len(self.plan["plan"]["steps"]))

    def test_every_step_has_the_providers_id_of_its_request(self):
        ids = [step["request-id"] for step in self.statement["predicate"]["steps"]]
        self.assertTrue(all(re.fullmatch(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", id) for id in ids), ids)

    def test_what_another_implementation_signs_is_accepted(self):
        private = Ed25519PrivateKey.generate()
        theirs = Envelope(base64.b64decode(self.envelope["payload"]), self.envelope["payloadType"], {})
        theirs.sign(CryptoSigner(private))
        self.verify(theirs.to_dict(), pem_of(private), plan=True)

    def test_a_flipped_bit_is_refused(self):
        (signature,) = self.envelope["signatures"]
        size = len(base64.b64decode(self.envelope["payload"]))
        for at in (0, 1, size // 3, size // 2, size - 1):
            self.refused({**self.envelope, "payload": flipped(self.envelope["payload"], at)})
        for at in (0, 31, 32, 63):
            self.refused({**self.envelope, "signatures": [{**signature, "sig": flipped(signature["sig"], at)}]})

    def test_another_type_of_the_same_payload_is_refused(self):
        self.refused({**self.envelope, "payloadType": "application/vnd.in-toto+yaml"})

    def test_another_key_is_refused(self):
        other = Ed25519PrivateKey.generate()
        self.refused(self.envelope, pem_of(other))
        # Under the other key's id too: an id is a hint and proves nothing.
        (signature,) = self.envelope["signatures"]
        self.refused({**self.envelope, "signatures": [{**signature, "keyid": public_key(pem_of(other)).keyid}]}, pem_of(other))

    def test_a_removed_step_is_refused(self):
        shorter = changed(self.envelope, lambda statement: statement["predicate"]["steps"].pop(1))
        self.refused(shorter)
        # Whoever holds the key could sign it anew; then the plan tells.
        private = load_pem_private_key(self.workspace.path(".tripod/evidence-key.pem").read_bytes(), None)
        again = Envelope(base64.b64decode(shorter["payload"]), shorter["payloadType"], {})
        again.sign(CryptoSigner(private))
        self.verify(again.to_dict())
        self.verify(again.to_dict(), plan=True, status=REFUSED)

    def test_a_changed_approver_is_refused(self):
        self.refused(changed(self.envelope, lambda statement: statement["predicate"]["approvals"][0].update(by=REQUEST["requester"])))

    def test_without_a_signature_it_is_refused(self):
        self.refused({**self.envelope, "signatures": []})

    def test_what_is_no_envelope_is_refused(self):
        for text in ("", "[]", "{}", json.dumps(self.statement), json.dumps({**self.envelope, "payload": "*"})):
            self.verify(text, status=NO_EVIDENCE)
