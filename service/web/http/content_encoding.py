"""Decompress request bodies as they are read, up to a limit.

A small body can unpack to many gigabytes. So each step unpacks a bounded piece, and reading ends as
soon as the limit is passed.
"""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable, Iterator
from typing import IO, Any, Final

import brotli

from service.web.http.problems import ProblemError

_CHUNK_BYTES: Final = 1 << 16
_GZIP: Final = 16 + zlib.MAX_WBITS
_IDENTITIES: Final = frozenset({"", "identity"})


def open_body(stream: IO[bytes], encoding: str | None, max_bytes: int | None) -> IO[bytes]:
    """Return the content of a body that may be compressed.

    Parameters
    ----------
    stream : file-like
        The body as it was sent.
    encoding : str or None
        The header ``Content-Encoding``.
    max_bytes : int or None
        Largest size after decompression; None sets no limit.

    Returns
    -------
    file-like
        Reading raises `ProblemError`: 400 if the data are damaged or end too early, 413 if they
        are larger than `max_bytes`.

    Raises
    ------
    ProblemError
        415 if the encoding is not supported.
    """
    name = (encoding or "").strip().lower()
    if name in _IDENTITIES:
        return stream
    decoder = _DECODERS.get(name)
    if decoder is None:
        expected = ", ".join(sorted(_DECODERS))
        raise ProblemError(415, f"the body is encoded as {name}; expected one of {expected}")
    return io.BufferedReader(_ChunkReader(_limit(decoder(stream), max_bytes)), _CHUNK_BYTES)


class _ChunkReader(io.RawIOBase):
    """Makes a file of pieces."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if not self._rest:
            self._rest = next(self._chunks, b"")
        n_bytes = min(len(buffer), len(self._rest))
        buffer[:n_bytes] = self._rest[:n_bytes]
        self._rest = self._rest[n_bytes:]
        return n_bytes


def _limit(chunks: Iterator[bytes], max_bytes: int | None) -> Iterator[bytes]:
    n_bytes = 0
    for chunk in chunks:
        n_bytes += len(chunk)
        if max_bytes is not None and n_bytes > max_bytes:
            raise ProblemError(413, f"the decompressed body is larger than {max_bytes:,} bytes")
        if chunk:
            yield chunk


def _iter_gzip(stream: IO[bytes]) -> Iterator[bytes]:
    return _iter_zlib(stream, _GZIP)


def _iter_deflate(stream: IO[bytes]) -> Iterator[bytes]:
    return _iter_zlib(stream, zlib.MAX_WBITS)


def _iter_zlib(stream: IO[bytes], window_bits: int) -> Iterator[bytes]:
    """Decompress one member after the other."""
    decompressor = zlib.decompressobj(window_bits)
    compressed = b""
    while compressed or (compressed := stream.read(_CHUNK_BYTES)):
        try:
            yield decompressor.decompress(compressed, _CHUNK_BYTES)
        except zlib.error as error:
            raise _damaged(error) from None
        compressed = decompressor.unconsumed_tail
        if decompressor.eof:
            compressed = decompressor.unused_data
            if compressed or (compressed := stream.read(_CHUNK_BYTES)):
                decompressor = zlib.decompressobj(window_bits)
    if not decompressor.eof:
        raise _damaged("it ends too early")


def _iter_brotli(stream: IO[bytes]) -> Iterator[bytes]:
    decompressor = brotli.Decompressor()
    compressed = stream.read(_CHUNK_BYTES)
    while not decompressor.is_finished():
        try:
            chunk = decompressor.process(compressed, output_buffer_limit=_CHUNK_BYTES)
        except brotli.error as error:
            raise _damaged(error) from None
        yield chunk
        needs_more = decompressor.can_accept_more_data() and not decompressor.is_finished()
        compressed = stream.read(_CHUNK_BYTES) if needs_more else b""
        if needs_more and not compressed:
            raise _damaged("it ends too early")


def _damaged(reason: object) -> ProblemError:
    return ProblemError(400, f"the body can't be decompressed: {reason}")


_DECODERS: Final[dict[str, Callable[[IO[bytes]], Iterator[bytes]]]] = {
    "br": _iter_brotli,
    "deflate": _iter_deflate,
    "gzip": _iter_gzip,
    "x-gzip": _iter_gzip,
}
