"""What opens a door: compared as digests, in constant time, against every live key, and against none as well."""

import hashlib
import hmac
from collections.abc import Sequence

from starlette.requests import Request

from mapping.reasons import Reason
from web.ports import Desk, Door
from web.problems import ProblemError

# An unknown link is compared with something too, so that it takes as long as a known one.
_NOBODYS = (bytes(32),)
_MAX_KEY_CHARS = 512


def digest(secret: str) -> bytes:
    """What is kept of a secret address or token. Plain SHA-256 is enough: the secrets are random and long."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).digest()


def opens(digests: Sequence[bytes], offered: str) -> bool:
    given = digest(offered[:_MAX_KEY_CHARS])
    fits = False
    for one in digests or _NOBODYS:
        fits |= hmac.compare_digest(one, given)
    return fits and bool(digests)


def hook_door(desk: Desk, link: str, secret: str) -> Door:
    """The door that this secret address opens. Unknown link and wrong secret are one answer."""
    door = desk.door(link)
    if not opens(door.hooks if door else (), secret) or door is None or door.read is None:
        raise ProblemError(Reason.NOT_FOUND)
    return door


def token_door(desk: Desk, link: str, request: Request) -> Door:
    """The door that this bearer token opens.

    No token is 401 whatever the link; a token that does not open this link is 404, whether the
    link exists or not, so that one customer's token tells nothing about another's link.
    """
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise ProblemError(Reason.UNAUTHORISED, headers={"WWW-Authenticate": "Bearer"})
    door = desk.door(link)
    if not opens(door.tokens if door else (), token.strip()) or door is None:
        raise ProblemError(Reason.NOT_FOUND)
    return door
