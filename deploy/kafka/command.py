"""The words of `deploy/kafka/broker`: a real Apache Kafka on this machine, for development."""

import argparse
import json
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from deploy.kafka import acls, jars
from deploy.kafka.cluster import Cluster, share_classes
from deploy.kafka.nodes import MECHANISM, STOP_SECONDS, Ports, Shape

DATA = jars.ROOT / ".cache" / "kafka" / "data"
NODES = 10  # between the ports of one kind and of the next: 9092 for clients, 9102 among brokers, 9112 for controllers
USERS = ("admin", "ecluse")


def main(arguments: Sequence[str] | None = None) -> int:
    asked = words().parse_args(arguments)
    try:
        return int(asked.does(asked))
    except (jars.Unavailable, TimeoutError, RuntimeError) as problem:
        print(problem, file=sys.stderr)
        return 1


def words() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="deploy/kafka/broker", description=__doc__)
    verbs = parser.add_subparsers(required=True, metavar="WORD")
    verbs.add_parser("fetch", help="copy Kafka's jars, and check them").set_defaults(does=fetch, jars=jars.fetch)
    relock = verbs.add_parser("relock", help="take what pom.xml resolves to as jars.sha256")
    relock.set_defaults(does=fetch, jars=jars.relock)
    start = verbs.add_parser("start", help="start it in the background, and say how to reach it")
    start.add_argument("--brokers", type=int, choices=(1, 3), default=1, help="three: as a fleet needs them")
    start.add_argument("--port", type=int, default=9092, help="of the first broker; others follow")
    start.add_argument("--tls", action="store_true", help="encrypted, with an authority of its own")
    start.add_argument("--sasl", action="store_true", help="SCRAM logins (admin, ecluse), and ACLs")
    start.add_argument("--prefix", default="ecluse", help=f"with --sasl: of what {USERS[1]} may work on")
    start.set_defaults(does=run)
    stop = verbs.add_parser("stop", help="stop it; its data stays")
    stop.set_defaults(does=end)
    for verb in (start, stop):
        verb.add_argument("--data", type=Path, default=DATA, help="folder of data and logs; remove it to start afresh")
    rights = verbs.add_parser("rights", help="what an administrator runs on a broker to let Écluse's workers in")
    rights.add_argument("prefix", help="of their topics, groups and transactional ids")
    rights.add_argument("--user", default=USERS[1], help="as the broker knows the workers")
    rights.add_argument("--verify-only", action="store_true", help="without the right to make the topics")
    rights.set_defaults(does=tell)
    return parser


def tell(asked: argparse.Namespace) -> int:
    print("\n".join(acls.lines(asked.prefix, asked.user, creates=not asked.verify_only)))
    return 0


def fetch(asked: argparse.Namespace) -> int:
    libs = asked.jars()
    jars.ready()  # who has the jars and no Java hears of it here
    if not jars.classes().exists():
        share_classes(libs, jars.classes())
    print(f"Kafka {jars.version()}: {libs}")
    return 0


def run(asked: argparse.Namespace) -> int:
    jars.fetch()
    folder = asked.data.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    cluster = Cluster(jars.ready(), folder, kept(folder, asked))
    if any(_running(node.folder) for node in cluster.nodes):
        print("It runs already.", file=sys.stderr)
    else:
        cluster.create()
        try:
            cluster.start(own_session=True)
        except TimeoutError:
            cluster.stop(hard=True)
            raise
    if cluster.shape.users:
        acls.grant(cluster.client(), USERS[1], acls.rights(asked.prefix, creates=True))
    print(settings(cluster))
    return 0


def settings(cluster: Cluster) -> str:
    """What an ecluse.yaml says to reach it; the password goes into a file of its own."""
    lines = ["runtime: kafka", "kafka:", f"  bootstrap: {cluster.bootstrap}", f"  protocol: {cluster.shape.protocol}"]
    if len(cluster.nodes) < 3 or not cluster.shape.tls:
        lines += ["  development: true", f"  replication: {len(cluster.nodes)}"]
    if cluster.shape.tls:
        lines += [f"  authority: {cluster.authority}"]
    if cluster.shape.users:
        password = cluster.folder / "password"
        password.touch(mode=0o600)
        password.write_text(cluster.shape.users[USERS[1]], "utf-8")
        lines += [f"  mechanism: {MECHANISM}", f"  username: {USERS[1]}", f"  password: file:{password}"]
    return "\n".join(lines)


def kept(folder: Path, asked: argparse.Namespace) -> Shape:
    """The shape that this folder has had since its first start: ports and passwords stay as they were."""
    file = folder / "cluster.json"
    if not file.exists():
        ports = [[asked.port + n + NODES * kind for kind in range(3)] for n in range(asked.brokers)]
        users = {name: secrets.token_urlsafe(16) for name in USERS} if asked.sasl else {}
        file.touch(mode=0o600)
        file.write_text(json.dumps({"ports": ports, "tls": asked.tls, "users": users}), "utf-8")
    told = json.loads(file.read_text("utf-8"))
    java = ("-Xmx512m", *jars.shared())
    shape = Shape([Ports(*row) for row in told["ports"]], told["tls"], told["users"], java)
    given = (asked.brokers, asked.port, asked.tls, asked.sasl)
    if given != (len(shape.ports), shape.ports[0].client, shape.tls, bool(shape.users)):
        raise jars.Unavailable(f"{folder} holds a cluster started with other options: remove it, or give --data.")
    return shape


def end(asked: argparse.Namespace) -> int:
    nodes = [path.parent for path in sorted(asked.data.resolve().glob("*/pid"))]
    pids = [pid for folder in nodes if (pid := _running(folder))]
    for pid in pids:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(_running(folder) for folder in nodes):
        if time.monotonic() > deadline:
            raise TimeoutError("It does not stop.")
        time.sleep(0.1)
    print("Stopped." if pids else "Nothing runs there.")
    return 0


def _running(folder: Path) -> int:
    """The process of the node in this folder, 0 where it does not run: a number may be another's by now."""
    file = folder / "pid"
    pid = file.read_text("utf-8") if file.exists() else ""
    return int(pid) if pid and str(folder / "server.properties") in _command_of(pid) else 0


def _command_of(pid: str) -> str:
    if Path("/proc/self/cmdline").exists():
        told = Path("/proc") / pid / "cmdline"
        return told.read_bytes().replace(b"\0", b" ").decode("utf-8", "replace") if told.exists() else ""
    ps = shutil.which("ps") or "ps"
    return subprocess.run([ps, "-ww", "-o", "args=", "-p", pid], check=False, capture_output=True, text=True).stdout


if __name__ == "__main__":
    sys.exit(main())
