"""Starts the stand-in tenants, points the vendors' own clients at them, and runs what they are to show.

The clients are changed in two things only, both from outside: which address a vendor's host name leads to (address.py)
and which certificate authority they trust (the environment variables that each client documents for it).
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import urllib.parse

import certificates

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
# Not among the logs of target/wire: Microsoft's client asks for `/v1.0//users`, with two slashes. Graph takes that, and so
# does the stand-in, but no published description of Graph has such a path.
WIRE_LOG = ROOT / "target" / "foreign-clients" / "wire.jsonl"

# How many licences the customer at Google has bought; more than the tests need.
SEATS = 60


def port_of(server):
    """The server prints its address once it listens, or ends; either way there is something to read."""
    line = server.stdout.readline().strip()
    if not line:
        sys.exit(f"tripod sandbox serve ended with {server.wait()} before it listened")
    return urllib.parse.urlsplit(line).port


def credentials(program, workspace, provider):
    printed = subprocess.run([program, "sandbox", "credentials", "--for", provider, "-C", workspace], check=True, stdout=subprocess.PIPE)
    return json.loads(printed.stdout)


def main():
    program = pathlib.Path(sys.argv[1]).resolve()
    WIRE_LOG.parent.mkdir(parents=True, exist_ok=True)
    WIRE_LOG.unlink(missing_ok=True)
    with tempfile.TemporaryDirectory(prefix="tripod-foreign-") as folder:
        folder = pathlib.Path(folder)
        workspace = folder / "workspace"
        shutil.copytree(ROOT / "examples" / "two-tenants", workspace, ignore=shutil.ignore_patterns(".tripod"))
        description = workspace / "sandbox.yaml"
        google = "    provider: google-workspace\n"
        description.write_text(description.read_text().replace(google, f"{google}    seats: {SEATS}\n", 1))
        authority, chain, key = certificates.write(folder)
        for provider in ("google", "microsoft"):
            (folder / f"{provider}.json").write_text(json.dumps(credentials(program, workspace, provider)))
        server = subprocess.Popen([program, "sandbox", "serve", "-C", workspace, "--listen", "127.0.0.1:0",
                                   "--tls-cert", chain, "--tls-key", key, "--wire-log", WIRE_LOG], stdout=subprocess.PIPE, text=True)
        try:
            port = port_of(server)
            # A proxy of the machine's is for reaching the world, and this goes to the machine itself.
            inherited = {name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")}
            environment = dict(inherited,
                               TRIPOD_SANDBOX_PORT=str(port),
                               TRIPOD_SANDBOX_CREDENTIALS=str(folder),
                               TRIPOD_SANDBOX_SEATS=str(SEATS),
                               HTTPLIB2_CA_CERTS=str(authority),
                               REQUESTS_CA_BUNDLE=str(authority),
                               SSL_CERT_FILE=str(authority))
            # Google's client leaves its sockets to the garbage collector.
            python = [sys.executable, "-B", "-W", "ignore::ResourceWarning"]
            tests = subprocess.run([*python, "-m", "unittest", "--verbose", "github_client", "google_client", "microsoft_client"],
                                   cwd=HERE, env=environment, timeout=300)
        finally:
            server.terminate()
            server.wait(timeout=20)
    sys.exit(tests.returncode)


if __name__ == "__main__":
    main()
