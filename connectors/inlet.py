"""The keys by which a dialer may come in: part of a dialer connection's settings.

Three doors, because vendors differ: an address nobody can guess (for those that sign nothing),
signatures over what is sent, and tokens for what is fetched.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr

from connectors import signatures

#: 128 bits in base64 or hexadecimal: what nobody guesses.
MIN_SECRET_CHARS = 22


def _hard_to_guess(value: SecretStr) -> SecretStr:
    text = value.get_secret_value()
    if len(text) < MIN_SECRET_CHARS or not text.isascii() or not text.isprintable() or set(text) & set(" /?#%"):
        raise ValueError(f"at least {MIN_SECRET_CHARS} plain characters, without space / ? # %")
    return value


def _signing(value: SecretStr) -> SecretStr:
    signatures.secret(value.get_secret_value())
    return value


Guessless = Annotated[SecretStr, AfterValidator(_hard_to_guess)]
SigningSecret = Annotated[SecretStr, AfterValidator(_signing)]


class Inlet(BaseModel):
    """Several of each may live at once, so that one can be changed without a gap."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    hook_secrets: Annotated[
        tuple[Guessless, ...],
        Field(description="Last part of the address /hooks/LINK/SECRET, for vendors that sign nothing"),
    ] = ()
    signing_secrets: Annotated[
        tuple[SigningSecret, ...], Field(description="whsec_… secrets with which the dialer signs the events it sends")
    ] = ()
    tokens: Annotated[
        tuple[Guessless, ...],
        Field(description="Bearer tokens with which the dialer fetches prospects and sends people"),
    ] = ()
