"""A stand-in for an engine and its clients: what runs "inside" is a child of the engine, and never notices that a client dies.

The client hands its three ends to the engine and waits for the exit code; like docker's, it reads its own stdin.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ENGINE = """
import json, os, socket, subprocess, sys, threading

def serve(client):
    data, ends, *_ = socket.recv_fds(client, 1 << 20, 3)
    ask = json.loads(data)
    inner, outer = os.pipe()
    run = subprocess.Popen(ask["argv"], cwd=ask["cwd"], env=ask["env"], stdin=inner, stdout=ends[1], stderr=ends[2],
        start_new_session=True)
    for end in (inner, *ends):
        os.close(end)
    # the client sends what it reads; its death leaves the program's stdin as it is
    threading.Thread(target=feed, args=(client, outer), daemon=True).start()
    code = run.wait()
    try:
        client.send(str(code if code >= 0 else 128 - code).encode())
    except OSError:
        pass
    client.close()

def feed(client, outer):
    try:
        while data := client.recv(1 << 16):
            if data == b"end":
                os.close(outer)
                return
            os.write(outer, data[3:])
    except OSError:
        pass

server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.bind(sys.argv[1])
server.listen(100)
print("up", flush=True)
while True:
    threading.Thread(target=serve, args=(server.accept()[0],), daemon=True).start()
"""

CLIENT = """#!{python} -SE
import json, os, socket, sys, threading
words, cwd, env = sys.argv[2:], "/", {{"PATH": os.environ["PATH"], "XSH_TEST_COOKIE": {cookie!r}}}
while words[0].startswith("-"):
    option = words.pop(0)
    if option == "-w":
        cwd = words.pop(0)
    elif option == "-e":
        name, _, env[name] = words.pop(0).partition("=")
del words[: 1 + (words[1] == "--")]
engine = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
engine.connect({socket!r})
socket.send_fds(engine, [json.dumps(dict(argv=words, cwd=cwd, env=env)).encode()], [0, 1, 2])

def feed():
    while data := os.read(0, 1 << 15):
        engine.send(b"in " + data)
    engine.send(b"end")

threading.Thread(target=feed, daemon=True).start()
os._exit(int(engine.recv(100)))
"""


class Engine:
    """A running engine, and a folder for PATH in which its clients are."""

    def __init__(self, folder: Path, cookie: str) -> None:
        self.folder = folder
        socket = str(folder / "socket")
        for name in ("docker", "podman", "kubectl"):
            program = folder / name
            program.write_text(CLIENT.format(python=sys.executable, socket=socket, cookie=cookie))
            program.chmod(0o755)
        self.process = subprocess.Popen(
            [sys.executable, "-SEc", ENGINE, socket], stdout=subprocess.PIPE, stdin=subprocess.DEVNULL
        )
        assert self.process.stdout is not None
        assert self.process.stdout.readline() == b"up\n"

    @property
    def path(self) -> str:
        """PATH with its clients first."""
        return f"{self.folder}:{os.environ['PATH']}"

    def stop(self) -> None:
        """End the engine; what it runs goes on."""
        self.process.kill()
        self.process.communicate()
