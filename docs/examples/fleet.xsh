#!/usr/bin/env xsh
"""Rolls a release out to six hosts over SSH, first to one, then to two at a time; the first one fails and is mended.

Everything is real and made here: an sshd with a key of its own, on six loopback ports that are the six hosts, each with
its own home directory and a name in an ssh configuration. On web1 the disk is full.
"""

import shutil
import socket

SFTP = [*Path("/usr").glob("lib*/*/sftp-server"), *Path("/usr").glob("libexec/**/sftp-server")]
SERVER = """
ListenAddress 127.0.0.1
HostKey {work}/host
AuthorizedKeysFile {work}/id.pub
StrictModes no
UsePAM no
PermitRootLogin yes
PasswordAuthentication no
PidFile none
Subsystem sftp cd "$HOME" && exec {sftp}
"""
CLIENT = """
IdentityFile {work}/id
UserKnownHostsFile {work}/known_hosts
"""
INSTALL = "tar -xf ../release.tar && ./check"
CHECK = """#!/bin/sh
[ ! -e ../full ] && echo "release $(cat VERSION) is fine" || { echo "the disk is full" >&2; exit 1; }
"""


def free_ports(count):
    """Ports of loopback that nobody listens on."""
    held = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [each.getsockname()[1] for each in held]
    for each in held:
        each.close()
    return ports


async def make_hosts(work, sshd):
    """Make six hosts with release 1 and start their server; gives its job once it listens, and the ssh configuration."""
    $ ssh-keygen -q -t ed25519 -N '' -f ${work}/id
    $ ssh-keygen -q -t ed25519 -N '' -f ${work}/host
    kind, key = (work / "host.pub").read_text().split()[:2]
    ports = free_ports(6)
    server = "".join(f"Port {port}\n" for port in ports) + SERVER.format(work=work, sftp=SFTP[0])
    client, known = "", ""
    for n, port in enumerate(ports, 1):
        app = work / f"web{n}" / "app"
        app.mkdir(parents=True)
        (app / "VERSION").write_text("1\n")
        server += f"Match LocalPort {port}\nSetEnv HOME={app.parent}\n"
        client += f"Host web{n}\nHostName 127.0.0.1\nPort {port}\n"
        known += f"[127.0.0.1]:{port} {kind} {key}\n"
    (work / "web1" / "full").touch()
    (work / "known_hosts").write_text(known)
    (work / "ssh_config").write_text(client + "Host *\n" + CLIENT.format(work=work))
    (work / "sshd_config").write_text(server)
    if os.geteuid() == 0:
        Path("/run/sshd").mkdir(exist_ok=True)       # where a server of root's puts itself before the login
    job = $`${sshd} -D -e -f ${work}/sshd_config`.quiet().start()
    await wait_for(port=ports[-1], job=job, timeout="10s")
    return job, work / "ssh_config"


async def make_release(work):
    """Pack release 2: its version and its check."""
    new = work / "new"
    new.mkdir()
    (new / "VERSION").write_text("2\n")
    (new / "check").write_text(CHECK)
    $ chmod +x ${new}/check
    $ tar -C ${new} -cf ${work}/release.tar VERSION check
    return work / "release.tar"


async def roll_out(config, release):
    """Bring release 2 to one host, then to two at a time; the one that fails first is mended, and all begins again."""
    fleet, rolling = $.fleet("web*", config=config), $.fleet("web*", config=config, serial=[1, 2])
    print("== before", await fleet`cat VERSION`.cwd("~/app"), sep="\n")
    print("== put", await fleet.put(release, "release.tar"), sep="\n")
    print("== roll out", flush=True)
    report = await rolling`sh -c ${INSTALL}`.cwd("~/app").quiet()
    print(report, flush=True)
    for each in report.failed:
        print(f"== mend {each.host}: {each.result.stderr.strip()}", flush=True)
        await fleet[each.host]`rm full`.cwd("~")
    print("== roll out again", flush=True)
    with rolling, $(cwd="~/app"):
        $ sh -c ${INSTALL}
    print("== after", await fleet`cat VERSION`.cwd("~/app"), sep="\n")
    await fleet.close()


@main
async def rolling():
    """Roll release 2 out to six hosts that have release 1."""
    sshd = shutil.which("sshd", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
    if sshd is None or not SFTP:
        print("fleet: there is no sshd to start here: install openssh-server", file=sys.stderr)
        return 3
    with tempdir() as work:
        job, config = await make_hosts(work, sshd)
        try:
            await roll_out(config, await make_release(work))
        finally:
            await job.kill()
