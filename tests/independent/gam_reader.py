"""GAM itself in this process: its own command reader and, where a server answers, its own calls.

Three things are other than in an administrator's installation. The descriptions of Google's APIs come from Google's Python
package and not from the network; where GAM would use the administrator's own consent, it uses the service account on the
administrator's behalf; and a command that is only to be read ends where the first call would go out.
"""
import contextlib
import io
import json
import os
import pathlib
import subprocess
import sys
import tempfile

import gam
import google.auth.crypt
import google.oauth2.service_account
import googleapiclient.discovery

PREFIX = "https://www.googleapis.com/auth/"
DIRECTORY = ["admin.directory.user", "admin.directory.group", "admin.directory.group.member", "apps.groups.settings"]
GMAIL = ["gmail.settings.basic", "gmail.settings.sharing"]
# What a child ends with when a command was read to its end and would now go out. GAM's own statuses are below 100.
WOULD_GO_OUT = 120
LEFT_OVER = 121


class GoesOut(BaseException):
    """The first call over the network. GAM catches no exception of this sort."""


def words(line):
    """What a POSIX shell makes of a line that calls `gam` once: its arguments. Nothing else that it could call is found."""
    script = "gam() { printf '%s\\0' BEGIN \"$@\" END; }\n" + line
    run = subprocess.run(["/bin/bash", "--noprofile", "--norc", "-c", script], env={"LC_ALL": "C.UTF-8", "PATH": "/nonexistent"},
                         stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    begin, *arguments, end = run.stdout.decode().removesuffix("\0").split("\0") if b"\0" in run.stdout else ("", "")
    if run.returncode != 0 or run.stderr or (begin, end) != ("BEGIN", "END") or "BEGIN" in arguments:
        raise ValueError(f"the shell reads something else: {run.stderr.decode()}{line}")
    return arguments


def configure(folder, key, admin, customer, authority):
    """Writes what GAM keeps of an installation into a folder."""
    folder = pathlib.Path(folder)
    folder.mkdir()
    domain = admin.split("@")[1]
    # GAM's own note of what the service account may ask for; without it, it asks for everything.
    key = {**key, "us_scopes": {"gmail": [PREFIX + scope for scope in GMAIL]}}
    (folder / "oauth2service.json").write_text(json.dumps(key))
    (folder / "oauth2.txt").write_text("{}")
    # Read once and for every child, because reading a private key takes longer than a command does.
    signer = google.auth.crypt.RSASigner.from_service_account_info(key)
    google.auth.crypt.RSASigner.from_service_account_info = lambda _: signer
    (folder / "gam.cfg").write_text(
        f"[DEFAULT]\nadmin_email = {admin}\ncustomer_id = {customer}\ndomain = {domain}\ncacerts_pem = {authority}\n"
        f"no_cache = true\nno_update_check = true\noauth2service_json = {folder}/oauth2service.json\n")
    os.environ["GAMCFGDIR"] = str(folder)


def of_the_administrator(*_, **__):
    info = json.loads(pathlib.Path(os.environ["GAMCFGDIR"], "oauth2service.json").read_text())
    admin = gam.GC.Values[gam.GC.ADMIN_EMAIL]
    scopes = [PREFIX + scope for scope in DIRECTORY]
    gam.GM.Globals[gam.GM.CREDENTIALS_SCOPES] = set(scopes)
    gam.GM.Globals[gam.GM.DECODED_ID_TOKEN] = {"hd": admin.split("@")[1], "email": admin}
    credentials = google.oauth2.service_account.Credentials.from_service_account_info(info, scopes=scopes, subject=admin)
    # Google's interface of both kinds of credentials but for this; GAM writes it into its messages.
    credentials.client_id = info["client_id"]
    return credentials


build = googleapiclient.discovery.build


def from_the_package(*arguments, **options):
    options.update(static_discovery=True)
    options.pop("discoveryServiceUrl", None)
    return build(*arguments, **options)


def goes_out(*_, **__):
    raise GoesOut


def run(arguments, read_only=False):
    """Runs GAM with arguments in a child of this process. Gives its exit status and what it printed to both outputs."""
    with tempfile.TemporaryFile("w+") as output:
        sys.stdout.flush()
        sys.stderr.flush()
        child = os.fork()
        if child == 0:
            os._exit(in_the_child(arguments, read_only, output))
        _, status = os.waitpid(child, 0)
        output.seek(0)
        return os.waitstatus_to_exitcode(status), output.read()


def in_the_child(arguments, read_only, output):
    os.dup2(output.fileno(), 1)
    os.dup2(output.fileno(), 2)
    googleapiclient.discovery.build = from_the_package
    gam.getClientCredentials = of_the_administrator
    if read_only:
        gam.callGAPI = gam.callGAPIpages = gam.callGAPIitems = goes_out
        gam.transportAgentRequest.__call__ = goes_out
    try:
        gam.initializeLogging()
        status = gam.ProcessGAMCommand(["gam", *arguments], closeSTD=False)
    except GoesOut:
        status = LEFT_OVER if gam.Cmd.ArgumentsRemaining() else WOULD_GO_OUT
    with contextlib.suppress(OSError, ValueError, io.UnsupportedOperation):
        sys.stdout.flush()
        sys.stderr.flush()
    return status
