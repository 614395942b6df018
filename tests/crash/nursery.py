"""Where lives come from: `python -m tests.crash.nursery FOLDER` imports everything once, and forks one life a command.

A fork costs milliseconds where a new interpreter costs a second. At that moment this process has
no thread, no event loop and no open database: what a life has, it made itself. Commands and
answers are lines of JSON on stdin and stdout.
"""

import faulthandler
import gc
import os
import signal
import sys
import traceback
from pathlib import Path
from typing import Any

import orjson

from tests.crash.ground import Ground
from tests.crash.life import Terms, live, rehearse


def tell(said: dict[str, Any]) -> None:
    """One line in one write, so that lines of two processes never mix."""
    os.write(1, orjson.dumps({"pid": os.getpid(), **said}) + b"\n")


def fork(ground: Ground, terms: Terms) -> int:
    pid = os.fork()
    if pid:
        return pid
    code = 70
    try:
        os.close(0)
        os.open(os.devnull, os.O_RDONLY)
        faulthandler.register(signal.SIGUSR2)  # writes to nursery.log where each of its threads stands
        code = live(ground, terms, tell)
    except BaseException:  # noqa: BLE001 - whatever ends a life, the process ends here
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        tell({"is": "over", "code": code})
        os._exit(code)


def main() -> None:
    """Until stdin ends; then no life is left behind."""
    ground = Ground(Path(sys.argv[1]))
    rehearse(ground)
    gc.collect()
    gc.freeze()
    born: set[int] = set()
    for line in sys.stdin:
        told = orjson.loads(line)
        if "reap" in told:
            _, status = os.waitpid(told["reap"], 0)
            born.discard(told["reap"])
            tell({"is": "ended", "pid": told["reap"], "code": os.waitstatus_to_exitcode(status)})
        else:
            pid = fork(ground, Terms(**told))
            born.add(pid)
            tell({"is": "born", "pid": pid})
    for pid in born:
        os.kill(pid, signal.SIGKILL)


if __name__ == "__main__":
    main()
