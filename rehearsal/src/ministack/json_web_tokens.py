"""JSON Web Tokens that are signed with RSA, which ministack cannot verify without further packages."""

import base64
import hashlib
import json
import re

# The hash of each algorithm, and the DER of what precedes its digest in a signature (RFC 8017, 9.2, note 1).
_HASHES = {
    "RS256": (hashlib.sha256, bytes.fromhex("3031300d060960864801650304020105000420")),
    "RS384": (hashlib.sha384, bytes.fromhex("3041300d060960864801650304020205000430")),
    "RS512": (hashlib.sha512, bytes.fromhex("3051300d060960864801650304020305000440")),
}


class Token:
    """A decoded token. Raises ValueError if it is not a token; its signature is not verified yet."""

    def __init__(self, text):
        parts = text.split(".")
        if len(parts) != 3:
            raise ValueError("not three parts")
        self._signed, self._signature = f"{parts[0]}.{parts[1]}".encode(), _decode(parts[2])
        self.header, self.claims = _object(parts[0]), _object(parts[1])

    def is_signed_with(self, key):
        """Whether a public key (RFC 7517) verifies the signature: RSASSA-PKCS1-v1_5 (RFC 8017, 8.2.2)."""
        algorithm = self.header.get("alg")
        if not isinstance(algorithm, str) or algorithm not in _HASHES or key.get("kty") != "RSA" or key.get("alg", algorithm) != algorithm:
            return False
        try:
            modulus, exponent = _number(_decode(key["n"])), _number(_decode(key["e"]))
        except (KeyError, TypeError, ValueError):
            return False
        hashed, prefix = _HASHES[algorithm]
        size = (modulus.bit_length() + 7) // 8
        digest = prefix + hashed(self._signed).digest()
        if len(self._signature) != size or size < len(digest) + 11:
            return False
        expected = b"\0\1" + b"\xff" * (size - len(digest) - 3) + b"\0" + digest
        return pow(_number(self._signature), exponent, modulus) == _number(expected)


def _object(text):
    try:
        content = json.loads(_decode(text))
    except RecursionError:
        raise ValueError("too deep") from None
    if not isinstance(content, dict):
        raise ValueError("not an object")
    return content


def _decode(text):
    """base64url without padding (RFC 7515, 2). Python's decoder would skip other characters."""
    if not re.fullmatch(r"[A-Za-z0-9_-]+", text):
        raise ValueError("not base64url")
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _number(octets):
    return int.from_bytes(octets, "big")
