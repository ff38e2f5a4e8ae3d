"""The digests of a book's lines, 32 bytes for each valid record, to find what a void record points at."""

_BYTES = 32


class Digests:
    """Which lines of a book were read: the valid ones by number, the void ones as they are."""

    def __init__(self) -> None:
        self._valid = bytearray()
        self._void: set[bytes] = set()

    def add_valid(self, sha256: str) -> None:
        """Add the next valid record's digest."""
        self._valid += bytes.fromhex(sha256)

    def add_void(self, sha256: str) -> None:
        """Add the digest of a void line."""
        self._void.add(bytes.fromhex(sha256))

    def is_valid_record(self, sha256: str, seq: int | None) -> bool:
        """Return whether the valid record of this number has the digest."""
        at, wanted = ((seq or 0) - 1) * _BYTES, _bytes(sha256)
        return wanted is not None and at >= 0 and self._valid[at : at + _BYTES] == wanted

    def knows(self, sha256: str, near: int | None) -> bool:
        """Return whether an earlier line has the digest; `near` is the number that it probably has."""
        wanted = _bytes(sha256)
        if wanted is None:
            return False
        if wanted in self._void or self.is_valid_record(sha256, near):
            return True
        at = self._valid.find(wanted)
        while at > 0 and at % _BYTES:
            at = self._valid.find(wanted, at + 1)
        return at >= 0


def _bytes(sha256: str) -> bytes | None:
    try:
        data = bytes.fromhex(sha256)
    except ValueError:
        return None
    return data if len(data) == _BYTES else None
