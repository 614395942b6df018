"""Forgetting in time: day keys first, then whole events that have ended."""

from sqlalchemy import Connection


def prune(conn: Connection, tenant: str, link: str, before: int, limit: int = 1000) -> int:
    """Delete ended events received before (UTC microseconds) with their decisions and quarantine rows; how many."""
    raise NotImplementedError
