"""Two processes on one SQLite file: the service, and a command line that comes and goes."""

import subprocess
import sys
from pathlib import Path

from sqlalchemy import text

from store.database import Database

KEK = bytes(range(32))
VISITOR = """
import sys
from sqlalchemy import text
from store.database import Database
database = Database.open(sys.argv[1], kek=bytes(range(32)))
with database.read() as conn:
    print(conn.execute(text("SELECT count(*) FROM leases")).scalar())
database.close()
"""


def visit(url: str) -> int:
    done = subprocess.run([sys.executable, "-c", VISITOR, url], capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_visitor_that_leaves_does_not_take_the_log_with_it(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'ecluse.db'}"
    first = Database.open(url, kek=KEK)
    first.migrate()
    first.close()
    service = Database.open(url, kek=KEK)
    service.migrate()
    add = "INSERT INTO leases (tenant, name, holder, epoch, expires_at) VALUES ('t', :name, 'h', 1, 0)"
    service.writer.write_now(lambda conn: conn.execute(text(add), {"name": "before"}))
    assert visit(url) == 1
    assert (tmp_path / "ecluse.db-wal").exists()
    service.writer.write_now(lambda conn: conn.execute(text(add), {"name": "after"}))
    assert visit(url) == 2
    service.close()
    assert visit(url) == 2
