"""Images, arrays and archives as bytes: honest ones, and ways to spoil them."""

from __future__ import annotations

import gzip
import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

import image_files
from image_files import coded, idx, npy

EACH = 30  # images of each class
SKIP = {"skip_unreadable": True}
Files = dict[str, bytes]


def noise(seed: int, height: int = 10, width: int = 10, channels: int = 3) -> np.ndarray:
    return image_files.noise(seed, *(height, width, channels)[: 2 + (channels > 1)])


def honest(**changed: bytes | None) -> Files:
    """An honest folder of two classes; files changed (`a__b` is a/b.png) or taken out."""
    files: dict[str, bytes | None] = {
        f"{label}/{i}.png": coded(noise(2 * i + k))
        for i in range(EACH)
        for k, label in enumerate("ab")
    }
    files |= {name.replace("__", "/") + ".png": data for name, data in changed.items()}
    return {name: data for name, data in files.items() if data is not None}


def folder(files: Mapping[str, bytes], *empty: str) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        for name in empty:
            (path / name).mkdir(parents=True)
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)

    return write


def with_one(data: bytes, name: str = "a/odd.jpg") -> Callable[[Path], None]:
    return folder(honest() | {name: data})


# ---- images by hand ------------------------------------------------------------------------------
def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, *extra: bytes) -> bytes:
    """A PNG of one black row at most, whatever its header says."""
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(b"\0" * (1 + 3 * width))
    chunks = (chunk(b"IHDR", head), *extra, chunk(b"IDAT", body), chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def large_png(side: int) -> bytes:
    """A whole transparent PNG, as large as is taken."""
    head = struct.pack(">IIBBBBB", side, side, 8, 6, 0, 0, 0)
    body = zlib.compress(bytes(side * (1 + 4 * side)), 1)
    chunks = chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


ZEROS = zlib.compress(bytes(200_000_000), 9)
ICC = chunk(b"iCCP", b"p\0\0" + ZEROS)
ZTXT = chunk(b"zTXt", b"k\0\0" + ZEROS)
ITXT = chunk(b"iTXt", b"k\0\1\0\0\0" + ZEROS)


def tiff(pages: int, loop: bool = False) -> bytes:
    """A TIFF of so many pages that share one pixel; `loop`: the last leads back to the first."""
    tags = (
        (256, 1),
        (257, 1),
        (258, 8),
        (259, 1),
        (262, 1),
        (273, 8),
        (277, 1),
        (278, 1),
        (279, 1),
    )
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    size = 2 + len(entries) + 4
    out = [b"II*\0", struct.pack("<I", 12), b"\x80\0\0\0"]
    for i in range(pages):
        after = 12 + (i + 1) * size if i + 1 < pages else 12 * loop
        out.append(struct.pack("<H", len(tags)) + entries + struct.pack("<I", after))
    return b"".join(out)


def animated(kind: str = "PNG") -> bytes:
    frames = [Image.fromarray(noise(i)) for i in (901, 902, 903)]
    return coded(frames[0], kind, save_all=True, append_images=frames[1:])


def palette_alpha() -> bytes:
    image = Image.fromarray(noise(905)).convert("P")
    return coded(image, "PNG", transparency=0)


def sixteen() -> bytes:
    return coded(Image.fromarray(noise(906, channels=1).astype(np.uint16) * 257))


TWICE = coded(noise(3))  # b/1.png, once more under a
TEXT = PngImagePlugin.PngInfo()
TEXT.add_text("Comment", "x" * 10_000, zip=True)
JPEG = coded(noise(907, 40, 40), "JPEG")


# ---- arrays --------------------------------------------------------------------------------------
PIXELS = np.stack([noise(i, channels=1) for i in range(2 * EACH)])
CODES = (np.arange(2 * EACH) % 2).astype(np.uint8)


def idx_files(images: bytes, labels: bytes | None = None, end: str = "") -> Callable[[Path], None]:
    labels = idx(CODES) if labels is None else labels
    return folder({f"train-images-idx3-ubyte{end}": images, "train-labels-idx1-ubyte": labels})


def npy_header(text: str, data: bytes = b"") -> bytes:
    head = text.encode() + b" " * (118 - len(text)) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + data


def npy_beside(images: bytes, labels: bytes | None = None) -> Callable[[Path], None]:
    """An .npy file of images (the case's path) with its labels next to it."""

    def write(path: Path) -> None:
        path.write_bytes(images)
        beside = path.with_name(path.name.replace("images", "labels"))
        beside.write_bytes(npy(CODES.astype(np.int64)) if labels is None else labels)

    return write


def npz(**arrays: np.ndarray) -> bytes:
    out = io.BytesIO()
    np.savez(out, **arrays)
    return out.getvalue()


# ---- archives ------------------------------------------------------------------------------------
def zipped(files: Mapping[str, bytes], how: int = zipfile.ZIP_STORED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", how) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, how)
    return out.getvalue()


def tarred(files: Mapping[str, bytes], *odd: tarfile.TarInfo, **set_to: object) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz", compresslevel=1) as archive:
        for info in odd:
            archive.addfile(info)
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            for field, value in set_to.items():
                setattr(info, field, value)
            archive.addfile(info, io.BytesIO(data))
    return out.getvalue()


def special(kind: bytes, name: str = "a/odd.png", to: str = "/etc/passwd") -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info


def renamed(old: str, new: str) -> bytes:
    """The honest zip with a name exchanged for one as long, wherever it stands."""
    assert len(old) == len(new)
    return zipped(honest()).replace(old.encode(), new.encode("utf-8", "surrogateescape"))


def patched(data: bytes, offset_in_entry: int, value: bytes, offset_in_local: int = -1) -> bytes:
    """The first entry of a zip's directory (and its local header) with bytes exchanged."""
    out = bytearray(data)
    at = data.index(b"PK\x01\x02") + offset_in_entry
    out[at : at + len(value)] = value
    if offset_in_local >= 0:
        out[offset_in_local : offset_in_local + len(value)] = value
    return bytes(out)


def linked_zip() -> bytes:
    """A zip with a symbolic link."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in honest().items():
            archive.writestr(name, data)
        info = zipfile.ZipInfo("a/link.png")
        info.external_attr = 0o120777 << 16
        archive.writestr(info, "/etc/passwd")
    return out.getvalue()


def doubled_zip() -> bytes:
    """A zip whose second member lies where its first does."""
    data = bytearray(zipped(honest()))
    second = data.index(b"PK\x01\x02", data.index(b"PK\x01\x02") + 1)
    data[second + 42 : second + 46] = struct.pack("<I", 0)
    return bytes(data)


def many_members() -> bytes:
    """A zip whose directory has a million entries."""
    entry = struct.pack(
        "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0
    )
    directory = (entry + b"x") * 1_000_000
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, len(directory), 4, 0)
    return b"PK\x03\x04" + directory + end


def bomb_tar() -> bytes:
    return tarred({"a/1.png": bytes(60_000_000)})


def long_header() -> bytes:
    """A tar whose first header announces a name of 50 MB."""
    info = tarfile.TarInfo("././@LongLink")
    info.type, info.size = tarfile.GNUTYPE_LONGNAME, 50_000_000
    random = np.random.Generator(np.random.PCG64(1)).bytes(2_000_000)
    return gzip.compress(info.tobuf(tarfile.GNU_FORMAT) + random * 25, 1)
