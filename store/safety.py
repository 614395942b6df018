"""What a database must be set to before Écluse trusts it with an acknowledgement, and the file system below it."""

import re
from pathlib import Path
from typing import Any, Final

from store.errors import Unsafe

MEBIBYTE: Final = 1_048_576
BUSY_MILLISECONDS: Final = 5_000
LOCK_MILLISECONDS: Final = 4_000
#: How long PostgreSQL waits for the next word of a transaction before it ends it.
FROZEN_SECONDS: Final = 30
READING_SECONDS: Final = 300
#: Pages of a new database: fewer of them to sync for a batch. A file that is there keeps its own.
PAGE_BYTES: Final = 8_192
#: The writer copies a WAL of so many bytes into the database, and cuts one that stays larger still back.
CHECKPOINT_BYTES: Final = 32 * MEBIBYTE
WAL_TARGET_BYTES: Final = 44 * MEBIBYTE
#: How long readers may hold up a checkpoint before the writer goes on and tries again later.
CHECKPOINT_MILLISECONDS: Final = 200
WRITER_CACHE_KIBIBYTES: Final = 65_536
READER_CACHE_KIBIBYTES: Final = 8_192

#: File systems whose locks or fsync other machines do not honour.
NETWORK_FILE_SYSTEMS: Final = frozenset(
    {
        "9p",
        "afs",
        "beegfs",
        "ceph",
        "cifs",
        "coda",
        "davfs",
        "fuse.ceph",
        "fuse.cephfs",
        "fuse.davfs",
        "fuse.gcsfuse",
        "fuse.glusterfs",
        "fuse.rclone",
        "fuse.s3fs",
        "fuse.sshfs",
        "fuse.vmhgfs-fuse",
        "gfs",
        "gfs2",
        "glusterfs",
        "gpfs",
        "lustre",
        "ncpfs",
        "nfs",
        "nfs4",
        "ocfs2",
        "orangefs",
        "prl_fs",
        "smb3",
        "smbfs",
        "vboxsf",
    }
)

#: Read back after they were set: name, what to set (if anything), what must be read.
_SQLITE_MUST: Final = (
    ("journal_mode", "WAL", frozenset({"wal"}), "sqlite_not_wal"),
    ("synchronous", "FULL", frozenset({"2", "3"}), "sqlite_not_full"),
    ("foreign_keys", "ON", frozenset({"1"}), "sqlite_without_foreign_keys"),
)
_POSTGRES_MUST: Final = (
    ("fsync", frozenset({"on"}), "postgresql_fsync_off"),
    ("synchronous_commit", frozenset({"on", "remote_apply", "remote_write", "local"}), "postgresql_commits_unsynced"),
    ("full_page_writes", frozenset({"on"}), "postgresql_torn_pages"),
)


def file_system(path: Path, mounts: str) -> str:
    """The type of the file system that holds a path, by the text of /proc/mounts; empty where it does not tell."""
    held, best = "", -1
    for line in mounts.splitlines():
        parts = line.split()
        if len(parts) < 3:
            continue
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), parts[1])
        if (path == Path(point) or Path(point) in path.parents) and len(point) >= best:
            held, best = parts[2], len(point)
    return held


def refuse_network(path: Path, mounts: Path = Path("/proc/mounts")) -> None:
    """Raise Unsafe where SQLite's locks and syncs would reach another machine."""
    try:
        text = mounts.read_text("utf-8", "replace")
    except OSError:
        return
    if file_system(path.resolve(), text) in NETWORK_FILE_SYSTEMS:
        raise Unsafe("network_file_system")


def prepare_sqlite(driver: Any, *, writer: bool) -> None:
    """Set a new SQLite connection up and read the settings back; raises Unsafe."""
    driver.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
    driver.execute(f"PRAGMA page_size = {PAGE_BYTES}")
    for name, wanted, accepted, code in _SQLITE_MUST:
        driver.execute(f"PRAGMA {name} = {wanted}").fetchall()
        if str(driver.execute(f"PRAGMA {name}").fetchone()[0]).lower() not in accepted:
            raise Unsafe(code)
    driver.execute("PRAGMA fullfsync = ON")
    driver.execute("PRAGMA temp_store = MEMORY")
    driver.execute("PRAGMA secure_delete = ON").fetchall()  # a shredded key must not stay readable in a free page
    driver.execute("PRAGMA trusted_schema = OFF")
    driver.execute(f"PRAGMA cache_size = -{WRITER_CACHE_KIBIBYTES if writer else READER_CACHE_KIBIBYTES}")
    pages = CHECKPOINT_BYTES // int(driver.execute("PRAGMA page_size").fetchone()[0])
    driver.execute(f"PRAGMA wal_autocheckpoint = {pages if writer else 0}").fetchall()
    driver.execute(f"PRAGMA journal_size_limit = {WAL_TARGET_BYTES}").fetchall()
    if not writer:
        driver.execute("PRAGMA query_only = ON")


def prepare_postgres(driver: Any, *, writer: bool) -> None:
    """Set a new PostgreSQL connection up and read the server's settings; raises Unsafe."""
    with driver.cursor() as cursor:
        cursor.execute(f"SET lock_timeout = {LOCK_MILLISECONDS}")
        # A process frozen inside a transaction holds its lease's row, and so long nobody can take over. Readers hold
        # up nobody, and whoever reads may print to a pager.
        patience = FROZEN_SECONDS if writer else READING_SECONDS
        cursor.execute(f"SET idle_in_transaction_session_timeout = '{patience}s'")
        cursor.execute("SET timezone = 'UTC'")
        # A plan made while a table was empty reads it whole for ever after: 900 µs an event instead of 20, measured.
        cursor.execute("SET plan_cache_mode = force_custom_plan")
        cursor.execute("SET enable_seqscan = off")
        # What a batch looks up is in memory: taken for random reads of a turning disk, a thousand of
        # them look dearer than the whole of a link's index.
        cursor.execute("SET random_page_cost = 1.1")
        # Where a table is read whole all the same, a plan then looks dear enough to compile: 0.5 s each time, measured.
        cursor.execute("SET jit = off")
        for name, accepted, code in _POSTGRES_MUST:
            cursor.execute("SELECT current_setting(%s)", (name,))
            if cursor.fetchone()[0] not in accepted:
                raise Unsafe(code)
    driver.commit()


def checkpoint(driver: Any, wal: Path) -> None:
    """Keep the WAL small even where readers are always about: a truncating checkpoint once it has grown."""
    try:
        if wal.stat().st_size <= WAL_TARGET_BYTES:
            return
    except OSError:
        return
    driver.execute(f"PRAGMA busy_timeout = {CHECKPOINT_MILLISECONDS}")
    try:
        driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    finally:
        driver.execute(f"PRAGMA busy_timeout = {BUSY_MILLISECONDS}")
