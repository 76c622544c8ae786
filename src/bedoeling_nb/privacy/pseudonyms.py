"""Names that mean nothing."""

from __future__ import annotations

import re
import unicodedata
from hashlib import blake2b

from bedoeling_nb.errors import BadRequest
from bedoeling_nb.texts import N_

__all__ = ["linking_hash", "participant", "personal_code", "text_name"]

_PERSONAL_CODE = re.compile(r"[A-Z]{4}(?:0[1-9]|[12]\d|3[01])[A-Z]{2}")


def participant(secret: str, session: str) -> str:
    """The pseudonym of a phone in one session, from the secret that only the phone knows.

    Keyed with the session (BLAKE2b, 128 bits): the same phone in another session is somebody else, and the store cannot
    answer in a participant's name.
    """
    return blake2b(secret.encode(), key=session.encode()[:64], digest_size=16).hexdigest()


def text_name(pseudonym: str, step: str, entry: str, item: str) -> str:
    """A name for one text on the screen: it stays when the author changes the text, and does not lead to the author."""
    return blake2b(f"{step}\0{entry}\0{item}".encode(), key=pseudonym.encode()[:64], digest_size=6).hexdigest()


def personal_code(typed: str) -> str:
    """The code that somebody makes of things only they know, tidied: "ma-jo 7 rn" is "MAJO07RN".

    Two letters of the first name of one's mother and of one's father, the day of one's birthday, and the last two
    letters of one's place of birth; XX for what somebody does not know. Raises BadRequest when it is none.
    """
    plain = "".join(one for one in unicodedata.normalize("NFKD", typed.upper()) if one.isascii() and one.isalnum())
    code = re.sub(r"^([A-Z]{4})(\d)([A-Z]{2})$", r"\g<1>0\2\3", plain)
    if not _PERSONAL_CODE.fullmatch(code):
        raise BadRequest(
            N_("“{typed}” is not a code of one's own. Example: MAJO07RN (four letters, two digits, two letters)."),
            code="personal_code",
            typed=typed,
        )
    return code


def linking_hash(code: str, key: bytes) -> str:
    """What is kept of a personal code (BLAKE2b, 128 bits): the same in each wave.

    There are only some millions of codes, so whoever has the key can try them all: the hash keeps codes from a reader
    of the rows, not from who holds the whole store.
    """
    return blake2b(code.encode(), key=key, digest_size=16).hexdigest()
