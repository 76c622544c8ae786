"""Names that mean nothing."""

from __future__ import annotations

from hashlib import blake2b

__all__ = ["participant", "text_name"]


def participant(secret: str, session: str) -> str:
    """The pseudonym of a phone in one session, from the secret that only the phone knows.

    Keyed with the session (BLAKE2b, 128 bits): the same phone in another session is somebody else, and the store cannot
    answer in a participant's name.
    """
    return blake2b(secret.encode(), key=session.encode()[:64], digest_size=16).hexdigest()


def text_name(pseudonym: str, step: str, entry: str, item: str) -> str:
    """A name for one text on the screen: it stays when the author changes the text, and does not lead to the author."""
    return blake2b(f"{step}\0{entry}\0{item}".encode(), key=pseudonym.encode()[:64], digest_size=6).hexdigest()
