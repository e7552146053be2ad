"""The program under test, in a workspace of its own."""
import os
import pathlib
import shutil
import subprocess
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = os.environ["TRIPOD_PROGRAM"]


class Workspace:
    """A copy of a folder, in which the program is run."""

    def __init__(self, source, folder):
        self.folder = pathlib.Path(folder)
        shutil.copytree(source, self.folder, ignore=shutil.ignore_patterns(".tripod"))

    def tripod(self, *arguments, status=0):
        """Runs the program, and gives what it prints; any other exit status than the one that is meant is an error."""
        # Nobody is there to be asked, and the program says so itself if it would ask.
        run = subprocess.run([PROGRAM, "--no-input", *map(str, arguments)], cwd=self.folder, text=True,
                             stdin=subprocess.DEVNULL, capture_output=True, timeout=120)
        if run.returncode != status:
            raise AssertionError(f"tripod {' '.join(map(str, arguments))} ended with {run.returncode}, not {status}\n"
                                 f"{run.stdout}{run.stderr}")
        return run.stdout

    def path(self, name):
        return self.folder / name

    def write(self, name, text):
        path = self.path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def serve(self, chain, key):
        return Server(self, chain, key)


class Server:
    """The stand-in tenants of a workspace, served while the `with` lasts."""

    def __init__(self, workspace, chain, key):
        self.command = [PROGRAM, "sandbox", "serve", "--listen", "127.0.0.1:0", "--tls-cert", chain, "--tls-key", key]
        self.workspace = workspace

    def __enter__(self):
        self.process = subprocess.Popen(self.command, cwd=self.workspace.folder, text=True,
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        # It prints its address once it listens, or ends; either way there is something to read.
        line = self.process.stdout.readline().strip()
        if not line:
            raise AssertionError(f"tripod sandbox serve ended with {self.process.wait()} before it listened")
        os.environ["TRIPOD_SANDBOX_PORT"] = str(urllib.parse.urlsplit(line).port)
        return self

    def __exit__(self, *_):
        self.process.stdout.close()
        self.process.terminate()
        self.process.wait(timeout=20)
