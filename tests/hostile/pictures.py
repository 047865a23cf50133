"""The hostile corpus of images, arrays and archives: `python pictures.py FOLDER` makes it."""

from __future__ import annotations

import gzip
import struct
import tarfile

import numpy as np
from case import Case, write_all
from PIL import Image
from plain_images import (
    CODES,
    EACH,
    ICC,
    ITXT,
    JPEG,
    PIXELS,
    SKIP,
    TEXT,
    TWICE,
    ZTXT,
    animated,
    bomb_tar,
    coded,
    doubled_zip,
    folder,
    honest,
    idx,
    idx_files,
    large_png,
    linked_zip,
    long_header,
    many_members,
    noise,
    npy,
    npy_beside,
    npy_header,
    npz,
    palette_alpha,
    patched,
    png,
    renamed,
    sixteen,
    special,
    tarred,
    tiff,
    with_one,
    zipped,
)

ACCEPTED = {"images": 2 * EACH, "shape": (10, 10, 3), "classes": ("a", "b")}
ARRAYS = {"images": 2 * EACH, "shape": (10, 10, 1), "classes": ("0", "1")}
ONE_MORE = ACCEPTED | {"images": 2 * EACH + 1}
HUGE = "{'descr': '|u1', 'fortran_order': False, 'shape': (8000000, 1000, 1000), }"
OBJECT = "{'descr': '|O', 'fortran_order': False, 'shape': (60, 10, 10), }"
MAD = "{'descr': '|u1', 'fortran_order': False, 'shape': " + "(" * 40 + ", }"


def refuse(
    number: int, name: str, content: object, outcome: str, *says: str, **more: object
) -> Case:
    return Case(number, name, content, outcome, says, suffix="", **more)  # type: ignore[arg-type]


def accept(number: int, name: str, content: object, *says: str, **more: object) -> Case:
    more = {"holds": ACCEPTED, "suffix": ""} | more
    return Case(number, name, content, "", says, **more)  # type: ignore[arg-type]


CASES: tuple[Case, ...] = (
    accept(0, "honest", folder(honest())),
    refuse(50, "png-20000", with_one(png(20_000, 20_000)), "LimitError", "odd.jpg", "pixels"),
    refuse(51, "png-10000", with_one(png(10_000, 10_000)), "LimitError", "odd.jpg", "10,000"),
    accept(51, "png-6300", with_one(large_png(6_300)), "10 x 10", holds=ONE_MORE),
    refuse(52, "cut-jpeg", with_one(JPEG[:400]), "ImageError", "odd.jpg", "--skip-unreadable"),
    refuse(52, "cut-png", with_one(coded(noise(1))[:150]), "ImageError", "odd.jpg"),
    refuse(52, "empty-file", with_one(b""), "ImageError", "odd.jpg", "empty"),
    accept(52, "cut-skipped", with_one(JPEG[:400]), "'a/odd.jpg'", "left out", options=SKIP),
    refuse(53, "html", with_one(b"<!DOCTYPE html><p>404"), "ImageError", "odd.jpg", "web page"),
    accept(53, "html-skipped", with_one(b"<html>404"), "'a/odd.jpg'", options=SKIP),
    accept(53, "png-named-jpg", with_one(coded(noise(908))), holds=ONE_MORE),
    accept(
        54,
        "mixed-sizes",
        with_one(coded(noise(909, 20, 14))),
        "10 x 10",
        "--image-size",
        holds=ONE_MORE,
    ),
    refuse(54, "one-pixel", with_one(coded(noise(909, 1, 20))), "ImageError", "--image-size"),
    accept(54, "mixed-channels", with_one(coded(noise(1, channels=1))), "Grey", holds=ONE_MORE),
    refuse(54, "16-bit", with_one(sixteen()), "ImageError", "different bits", "odd.jpg"),
    accept(
        54,
        "cmyk",
        with_one(coded(Image.fromarray(noise(910)).convert("CMYK"), "JPEG")),
        holds=ONE_MORE,
    ),
    accept(54, "palette-alpha", with_one(palette_alpha()), holds=ONE_MORE),
    refuse(
        54, "float", with_one(coded(Image.new("F", (10, 10), 0.5), "TIFF")), "ImageError", "float"
    ),
    refuse(56, "apng", with_one(animated()), "ImageError", "several frames", "odd.jpg"),
    accept(56, "apng-skipped", with_one(animated()), "'a/odd.jpg'", options=SKIP),
    accept(56, "gif", with_one(coded(Image.fromarray(noise(912)), "GIF")), holds=ONE_MORE),
    refuse(56, "gif-animated", with_one(animated("GIF")), "ImageError", "several", "odd.jpg"),
    refuse(56, "tiff-pages", with_one(tiff(100_000)), "LimitError", "pages", "odd.jpg"),
    refuse(
        56,
        "tiff-loop",
        folder(honest() | {"a/odd.tif": tiff(3, loop=True)}),
        "ImageError",
        "several",
        "odd.tif",
        options={"image_size": 10},
    ),
    refuse(57, "svg", with_one(b"<svg xmlns='http://x'/>"), "ImageError", "SVG"),
    refuse(57, "svg-xml", with_one(b"<?xml version='1.0'?><svg/>"), "ImageError", "XML"),
    refuse(57, "eps", with_one(b"%!PS-Adobe-3.0 EPSF-3.0\n"), "ImageError", "PostScript"),
    refuse(57, "pdf", with_one(b"%PDF-1.7\n"), "ImageError", "PDF"),
    refuse(58, "icc-bomb", with_one(png(10, 10, ICC)), "LimitError", "metadata"),
    refuse(58, "ztxt-bomb", with_one(png(10, 10, ZTXT)), "LimitError", "metadata"),
    refuse(58, "itxt-bomb", with_one(png(10, 10, ITXT)), "LimitError", "metadata"),
    accept(58, "text", with_one(coded(noise(911), pnginfo=TEXT)), holds=ONE_MORE),
    refuse(59, "empty-class", folder(honest(), "c"), "ImageError", "'", "without images"),
    refuse(59, "outside", folder(honest() | {"x.png": TWICE}), "ImageError", "outside", "x.png"),
    refuse(59, "no-folders", folder({"1.png": TWICE}), "ImageError", "outside"),
    refuse(59, "nothing", folder({}, "."), "ConfigError", "empty folder"),
    refuse(
        60, "conflict", folder(honest(a__odd=TWICE)), "ImageError", "--allow-conflict", "b/1.png"
    ),
    accept(
        60,
        "conflict-allowed",
        folder(honest(a__odd=TWICE)),
        "as asked",
        "equal images",
        options={"allow_conflict": True},
        holds=ONE_MORE,
    ),
    accept(61, "idx", idx_files(idx(PIXELS)), holds=ARRAYS),
    refuse(61, "idx-magic", idx_files(b"\0\0\x0d\3" + idx(PIXELS)[4:]), "ImageError", "IDX"),
    refuse(61, "idx-short", idx_files(idx(PIXELS)[:-1]), "ImageError", "6,000", "5,999"),
    refuse(61, "idx-long", idx_files(idx(PIXELS) + b"x"), "ImageError", "more"),
    refuse(61, "idx-overflow", idx_files(b"\0\0\x08\4" + b"\xff" * 16), "LimitError", "claims"),
    refuse(61, "idx-no-images", idx_files(b"\0\0\x08\3" + bytes(12)), "ImageError", "shape"),
    refuse(61, "idx-labels", idx_files(idx(PIXELS), idx(CODES[:-1])), "ImageError", "59", "60"),
    refuse(61, "idx-cut-header", idx_files(b"\0\0\x08\3\0\0"), "ImageError", "cut off"),
    accept(62, "idx-gz", idx_files(gzip.compress(idx(PIXELS)), end=".gz"), holds=ARRAYS),
    refuse(
        62,
        "idx-gz-claims",
        idx_files(gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 10**6, 100, 100))),
        "LimitError",
        "claims",
    ),
    refuse(
        62,
        "idx-gz-bomb",
        idx_files(gzip.compress(b"\0\0\x08\3" + struct.pack(">3I", 10**5, 20, 100) + bytes(10**8))),
        "LimitError",
        "swells",
    ),
    refuse(62, "idx-gz-cut", idx_files(gzip.compress(idx(PIXELS))[:-20]), "ImageError", "gzip"),
    accept(63, "npy-images", npy_beside(npy(PIXELS)), holds=ARRAYS, suffix=".npy"),
    refuse(63, "npy-object-images", npy_beside(npy_header(OBJECT, b"x")), "UnsafeFile", "pickle"),
    refuse(64, "npy-8-tb-images", npy_beside(npy_header(HUGE)), "LimitError", "claims"),
    refuse(64, "npy-mad-images", npy_beside(npy_header(MAD)), "ImageError", "numpy"),
    refuse(64, "npy-no-labels", npy(PIXELS), "ImageError", "labels"),
    accept(65, "npz", npz(x=PIXELS, y=CODES), holds=ARRAYS, suffix=".npz"),
    refuse(
        65, "npz-traversal", zipped({"../x.npy": npy(PIXELS), "y.npy": npy(CODES)}), "ArchiveError"
    ),
    refuse(65, "npz-names", npz(p=PIXELS, q=CODES), "ImageError", "'p', 'q'"),
    accept(66, "npy-big-endian-images", npy_beside(npy(PIXELS.astype(">i4"))), holds=ARRAYS),
    accept(66, "npy-fortran-images", npy_beside(npy(np.asfortranarray(PIXELS))), holds=ARRAYS),
    accept(66, "npy-unit-images", npy_beside(npy(PIXELS / 255)), holds=ARRAYS),
    accept(66, "npy-normal-images", npy_beside(npy(PIXELS / 60 - 2)), "-2 became", holds=ARRAYS),
    refuse(66, "npy-nan-images", npy_beside(npy(PIXELS * float("nan"))), "ImageError", "missing"),
    refuse(66, "npy-complex-images", npy_beside(npy(PIXELS.astype(complex))), "ImageError"),
    refuse(66, "npy-structured-images", npy_beside(npy(PIXELS.view([("v", "u1")]))), "ImageError"),
    accept(69, "zip", zipped(honest())),
    accept(69, "tar", tarred(honest())),
    refuse(
        69, "zip-traversal", zipped(honest() | {"../../evil.png": b"x"}), "ArchiveError", "evil"
    ),
    refuse(70, "zip-absolute", zipped(honest() | {"/etc/x.png": b"x"}), "ArchiveError", "/etc"),
    refuse(70, "zip-drive", zipped(honest() | {"C:/x.png": b"x"}), "ArchiveError", "C:"),
    refuse(70, "zip-backslash", zipped(honest() | {"a\\x.png": b"x"}), "ArchiveError"),
    refuse(70, "tar-unc", tarred(honest() | {"\\\\host\\x.png": b"x"}), "ArchiveError", "host"),
    refuse(70, "tar-absolute", tarred(honest() | {"/etc/x.png": b"x"}), "ArchiveError", "/etc"),
    refuse(71, "tar-traversal", tarred(honest() | {"a/../../x.png": b"x"}), "ArchiveError", "../"),
    refuse(72, "tar-symlink", tarred(honest(), special(tarfile.SYMTYPE)), "ArchiveError", "link"),
    refuse(72, "tar-hardlink", tarred(honest(), special(tarfile.LNKTYPE)), "ArchiveError", "link"),
    refuse(72, "tar-device", tarred(honest(), special(tarfile.CHRTYPE)), "ArchiveError", "device"),
    refuse(72, "tar-fifo", tarred(honest(), special(tarfile.FIFOTYPE)), "ArchiveError"),
    refuse(72, "zip-symlink", linked_zip(), "ArchiveError", "link"),
    refuse(
        73, "zip-bomb", zipped({"a/1.png": bytes(10**8), "b/1.png": bytes(10**8)}, 8), "LimitError"
    ),
    refuse(73, "tar-bomb", bomb_tar(), "LimitError", "swells"),
    refuse(73, "tar-long-header", long_header(), "LimitError"),
    refuse(74, "zip-lies", patched(zipped(honest(), 8), 24, b"\1\0\0\0", 22), "ArchiveError"),
    refuse(74, "zip-lies-long", patched(zipped(honest(), 8), 24, b"\0\0\1\0", 22), "ArchiveError"),
    refuse(75, "zip-overlap", doubled_zip(), "ArchiveError", "overlap"),
    refuse(75, "zip-in-zip", zipped(honest() | {"a/x.png": zipped(honest())}), "ArchiveError"),
    refuse(75, "tar-in-tar", tarred(honest() | {"a/x.png": tarred(honest())}), "ArchiveError"),
    refuse(76, "zip-million", many_members(), "LimitError", "members"),
    refuse(76, "zip-case", zipped(honest() | {"A/1.PNG": TWICE}), "ArchiveError", "case"),
    refuse(76, "tar-twice", tarred(honest() | {"./a/1.png": TWICE}), "ArchiveError", "twice"),
    refuse(
        76, "zip-long-name", zipped(honest() | {"a/" + "x" * 5_000: TWICE}), "LimitError", "name"
    ),
    refuse(76, "zip-nul", renamed("a/10.png", "a/1\0.png"), "ArchiveError"),
    refuse(
        77, "zip-encrypted", patched(zipped(honest()), 8, b"\1\0", 6), "ArchiveError", "encrypted"
    ),
    refuse(
        77, "zip-unknown", patched(zipped(honest()), 10, b"\x63\0", 8), "ArchiveError", "unknown"
    ),
    refuse(77, "zip-cut", zipped(honest())[:-30], "ArchiveError", "whole zip"),
    refuse(77, "tar-cut", tarred(honest())[:-2_000], "ArchiveError"),
    accept(78, "tar-setuid", tarred(honest(), mode=0o6777, uid=-1, uname="../x")),
    refuse(79, "pickle-in-zip", zipped({"archive/data.pkl": b"\x80\2."}), "UnsafeFile", "pickle"),
    refuse(
        0,
        "one-class",
        folder({k: v for k, v in honest().items() if k[0] == "a"} | {"b/x.txt": b"x"}),
        "ImageError",
    ),
    refuse(0, "one-image", coded(noise(1)), "ImageError", "one image"),
    refuse(
        0,
        "raw-name",
        folder({b"\xff/1.png".decode("utf-8", "surrogateescape"): TWICE} | honest()),
        "ImageError",
        "UTF-8",
    ),
)


if __name__ == "__main__":
    write_all(CASES)
