"""Labels from a table next to the images: what is read by it, what is said, what is asked."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pytest

from howdeep.base.errors import ConfigError, ImageError, InputError
from howdeep.modalities.image.read import read_images, read_unlabelled
from howdeep.route.options import parse_options
from howdeep.route.tasks import task_of
from image_files import coded, noise

N = 12


def label(i: int) -> str:
    return ("cat", "dog", "owl")[i % 3]


def files(root: Path, folder: str = "images", rows: Sequence[int] = range(N)) -> Path:
    for i in rows:
        file = root / folder / f"im{i:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(coded(noise(i, 9, 9)))
    return root


def table(
    cells: str = "im{i:02}.png,{label}",
    head: str = "file,label",
    rows: Sequence[int] = range(N),
) -> str:
    lines = [cells.format(i=i, label=label(i), odd=i % 2, size=i * 1.5) for i in rows]
    return "\n".join([head, *lines] if head else lines) + "\n"


WAYS: Mapping[str, tuple[str, str, str]] = {
    "plain": ("labels.csv", "file,label", "im{i:02}.png,{label}"),
    "no extension": ("train.csv", "id,breed", "im{i:02},{label}"),
    "the other way round": ("labels.csv", "label,file", "{label},im{i:02}.png"),
    "with the folder": ("labels.csv", "path,class", "images/im{i:02}.png,{label}"),
    "with more folders": ("labels.csv", "path,class", "./images\\im{i:02}.png,{label}"),
    "in capitals": ("LABELS.CSV", "file,label", "IM{i:02}.PNG,{label}"),
    "semicolons": ("labels.csv", "file;label", "im{i:02}.png;{label}"),
    "tabs": ("labels.tsv", "file\tlabel", "im{i:02}.png\t{label}"),
    "quoted": ("labels.csv", '"file","label"', '"im{i:02}.png","{label}"'),
    "without a header": ("labels.csv", "", "im{i:02}.png,{label}"),
    "blanks": ("labels.txt", "", "im{i:02}.png {label}"),
    "an index": ("labels.csv", ",file,label", "{i},im{i:02}.png,{label}"),
    "sizes": ("labels.csv", "file,size,label", "im{i:02}.png,{size},{label}"),
    "in the images' folder": ("images/labels.csv", "file,label", "im{i:02}.png,{label}"),
    "in a folder of its own": ("annotations/all.csv", "file,label", "im{i:02}.png,{label}"),
}


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("packed", [False, True])
def test_images_are_read_by_the_table(way: str, packed: bool, tmp_path: Path) -> None:
    name, head, cells = WAYS[way]
    root = files(tmp_path / "set")
    (root / name).parent.mkdir(exist_ok=True)
    (root / name).write_text(table(cells, head))
    path = Path(shutil.make_archive(str(tmp_path / "p"), "gztar", root)) if packed else root
    main, test = read_images(path)
    assert test is None
    assert main.labels == tuple(map(label, range(N)))
    column = next((h for h in ("label", "breed", "class") if h in head), "column 2")
    assert main.target == column
    said = next(note for note in main.notes if note.startswith("Labels are from"))
    assert f"column '{column}' the classes" in said
    assert name in said


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252"])
def test_text_of_other_encodings(encoding: str, tmp_path: Path) -> None:
    files(tmp_path)
    text = table().replace("owl", "hibou à cornes")
    (tmp_path / "labels.csv").write_bytes(text.encode(encoding))
    assert "hibou à cornes" in read_images(tmp_path)[0].labels


def test_images_and_labels_that_lack_the_other_are_named(tmp_path: Path) -> None:
    files(tmp_path)
    more = "im77.png,cat\nim78.png,dog\n"
    text = table(rows=range(2, N)).replace("im05.png,owl", "im05.png,")
    (tmp_path / "labels.csv").write_text(text + more)
    main, _ = read_images(tmp_path)
    assert len(main.labels) == N - 3
    notes = "\n".join(main.notes)
    assert "left out: 3 images: 'images/im00.png', 'images/im01.png', 'images/im05.png'" in notes
    assert "name no image here: 2 rows: 'im77.png', 'im78.png'" in notes


def test_images_of_two_labels_are_refused_by_name(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "labels.csv").write_text(table() + "im03.png,owl\n")
    with pytest.raises(ImageError, match=r"im03\.png' is 'cat' and 'owl'"):
        read_images(tmp_path)
    (tmp_path / "labels.csv").write_text(table() + "im03.png,cat\n")
    assert len(read_images(tmp_path)[0].labels) == N


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("file,species,odd", "im{i:02}.png,{label},{odd}"),
        ("odd,file,species", "{odd},im{i:02}.png,{label}"),
        ("file,species,odd,size", "im{i:02}.png,{label},{odd},{size}"),
    ],
)
def test_several_columns_of_labels_are_asked_about(head: str, cells: str, tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "labels.csv").write_text(table(cells, head))
    with pytest.raises(ConfigError, match="'species'") as caught:
        read_images(tmp_path)
    assert "'odd'" in caught.value.what
    assert "--target" in (caught.value.fix or "")
    assert set(read_images(tmp_path, target="odd")[0].labels) == {"0", "1"}
    main, _ = read_images(tmp_path, target="species")
    assert (set(main.labels), main.target) == ({"cat", "dog", "owl"}, "species")
    assert any("not used: 'odd'" in note for note in main.notes)
    with pytest.raises(ConfigError, match="no such column") as caught:
        read_images(tmp_path, target="breed")
    assert "'species'" in (caught.value.fix or "")


@pytest.mark.parametrize("ways", [("train", "test"), ("training_set", "validation_set")])
def test_tables_and_folders_say_which_images_test(ways: tuple[str, str], tmp_path: Path) -> None:
    main_, test_ = ways
    files(files(tmp_path, main_, range(8)), test_, range(8, N))
    for way, rows in ((main_, range(8)), (test_, range(8, N))):
        (tmp_path / f"{way}.csv").write_text(table(rows=rows))
    main, test = read_images(tmp_path)
    assert test is not None
    assert (len(main.labels), len(test.labels)) == (8, 4)
    for way in ways:
        (tmp_path / f"{way}.csv").unlink()
    (tmp_path / "labels.csv").write_text(table())
    main, test = read_images(tmp_path)
    assert test is not None
    assert (len(main.labels), len(test.labels)) == (8, 4)
    assert any("4 images of the" in note for note in main.notes)


def test_a_column_says_which_images_test(tmp_path: Path) -> None:
    files(tmp_path)
    lines = [f"im{i:02}.png,{label(i)},{'test' if i > 7 else 'train'}" for i in range(N)]
    (tmp_path / "labels.csv").write_text("file,label,split\n" + "\n".join(lines))
    main, test = read_images(tmp_path)
    assert test is not None
    assert (len(main.labels), len(test.labels)) == (8, 4)


def test_the_same_name_in_two_folders_is_that_of_the_table_s_part(tmp_path: Path) -> None:
    files(files(tmp_path, "train_images"), "test_images", range(4))
    (tmp_path / "train.csv").write_text(table())
    main, test = read_images(tmp_path)
    assert test is None
    assert len(main.labels) == N
    assert all(place.startswith("train_images/") for place in main.places)
    assert any("left out: 4 images: 'test_images/im00.png'" in note for note in main.notes)
    (tmp_path / "train.csv").rename(tmp_path / "labels.csv")
    with pytest.raises(ImageError, match=r"im00\.png', which may be 'test_images/im00") as caught:
        read_images(tmp_path)
    assert "folders" in (caught.value.fix or "")


def test_two_tables_of_the_same_images_are_refused(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "labels.csv").write_text(table())
    (tmp_path / "more.csv").write_text(table())
    with pytest.raises(ImageError, match=r"'labels\.csv', 'more\.csv'"):
        read_images(tmp_path)
    (tmp_path / "more.csv").rename(tmp_path / "sample_submission.csv")
    assert len(read_images(tmp_path)[0].labels) == N


# ---- class folders and a table -------------------------------------------------------------------
def classes(root: Path) -> Path:
    for i in range(N):
        file = root / label(i) / f"im{i:02}.png"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(coded(noise(i, 9, 9)))
    return root


@pytest.mark.parametrize(
    ("head", "cells"),
    [
        ("file,label", "im{i:02}.png,{label}"),
        ("file,label,odd", "im{i:02}.png,{label},{odd}"),
        ("file,size", "im{i:02}.png,{size}"),
        ("a,b", "x{i},{label}"),
    ],
)
def test_class_folders_stand_where_the_table_says_the_same(
    head: str, cells: str, tmp_path: Path
) -> None:
    classes(tmp_path)
    (tmp_path / "labels.csv").write_text(table(cells, head))
    main, _ = read_images(tmp_path)
    assert main.labels == tuple(sorted(map(label, range(N))))
    assert (main.target, len(main.labels)) == ("label", N)
    assert any("'labels.csv'" in note for note in main.notes)


@pytest.mark.parametrize(
    ("head", "cells"), [("file,odd", "im{i:02}.png,{odd}"), ("odd,file", "{odd},im{i:02}")]
)
def test_class_folders_and_other_labels_are_asked_about(
    head: str, cells: str, tmp_path: Path
) -> None:
    classes(tmp_path)
    (tmp_path / "labels.csv").write_text(table(cells, head))
    with pytest.raises(ConfigError, match="has class folders") as caught:
        read_images(tmp_path)
    assert "--target odd" in (caught.value.fix or "")
    assert set(read_images(tmp_path, target="odd")[0].labels) == {"0", "1"}


def test_tables_inside_class_folders_are_no_labels(tmp_path: Path) -> None:
    classes(tmp_path)
    (tmp_path / "cat" / "about.csv").write_text(table("im{i:02}.png,{odd}", "f,o", range(0, N, 3)))
    with pytest.raises(ImageError, match=r"about\.csv"):
        read_images(tmp_path)
    main, _ = read_images(tmp_path, skip_unreadable=True)
    assert set(main.labels) == {"cat", "dog", "owl"}


@pytest.mark.parametrize("text", ["", "no table\nat all\n", "a,b\n1,2\n", "a,b\n1\n", "\0\0,\0\n"])
def test_other_tables_give_no_labels(text: str, tmp_path: Path) -> None:
    files(tmp_path, rows=range(60))
    (tmp_path / "labels.csv").write_text(text)
    with pytest.raises(ImageError, match="one class, 'images'"):
        task_of(parse_options({"data": str(tmp_path)}))


def test_the_folder_of_images_alone_is_refused_with_where_its_table_lies(tmp_path: Path) -> None:
    files(tmp_path / "set", rows=range(60))
    with pytest.raises(ImageError, match="outside") as caught:
        read_images(tmp_path / "set" / "images")
    assert "table" not in (caught.value.fix or "")
    (tmp_path / "set" / "labels.csv").write_text(table(rows=range(60)))
    with pytest.raises(ImageError, match="outside") as caught:
        read_images(tmp_path / "set" / "images")
    assert "their table" in (caught.value.fix or "")
    assert "/set'" in (caught.value.fix or "")


def test_target_without_a_table_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="--target"):
        read_images(classes(tmp_path), target="label")


def test_a_table_that_names_only_is_no_table_of_labels(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "labels.csv").write_text(table("im{i:02}.png,{size}", "file,size"))
    with pytest.raises(ImageError, match="no column of classes"):
        read_images(tmp_path)


def test_the_table_s_column_is_what_is_predicted(tmp_path: Path) -> None:
    files(tmp_path, rows=range(60))
    (tmp_path / "labels.csv").write_text(table(head="file,breed", rows=range(60)))
    task = task_of(parse_options({"data": str(tmp_path)}))
    assert (task.info.target, task.info.classes) == ("breed", ("cat", "dog", "owl"))
    assert any("Labels are from 'labels.csv'" in note for note in task.info.notes)


def test_tables_among_new_images_are_ignored_and_named(tmp_path: Path) -> None:
    files(tmp_path)
    (tmp_path / "labels.csv").write_text(table())
    main, _ = read_images(tmp_path)
    names, images, notes = read_unlabelled(tmp_path, main.shape, scale=main.scale)
    assert (len(names), len(images)) == (N, N)
    assert any("'labels.csv'" in note for note in notes)


# ---- files that hold no one picture --------------------------------------------------------------
def frames(kind: str, many: int = 3) -> bytes:
    from PIL import Image

    made = [Image.fromarray(noise(i, 9, 9, 3)) for i in range(many)]
    out = io.BytesIO()
    made[0].save(out, kind, save_all=True, append_images=made[1:])
    return out.getvalue()


FOREIGN = {
    "gif": frames("GIF"),
    "webp": frames("WEBP"),
    "png": frames("PNG"),
    "tiff": frames("TIFF", 2),
    "heic": b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(99),
    "avif": b"\0\0\0\x1cftypavif\0\0\0\0mif1avif" + bytes(99),
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'></svg>",
    "jp2": b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(99),
    "psd": b"8BPS\0\1" + bytes(99),
}


@pytest.mark.parametrize("kind", FOREIGN)
def test_files_that_hold_no_one_picture_are_refused_by_name(kind: str, tmp_path: Path) -> None:
    classes(tmp_path)
    (tmp_path / "cat" / f"odd.{kind}").write_bytes(FOREIGN[kind])
    with pytest.raises(InputError, match=rf"odd\.{kind}") as caught:
        read_images(tmp_path)
    assert "--skip-unreadable" in (caught.value.fix or "")
    main, _ = read_images(tmp_path, skip_unreadable=True)
    assert len(main.labels) == N
    assert any(f"odd.{kind}" in note for note in main.notes)
    with pytest.raises(InputError, match=rf"odd\.{kind}"):
        read_unlabelled(tmp_path / "cat" / f"odd.{kind}", main.shape, scale=main.scale)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG"])
@pytest.mark.parametrize("channels", [1, 3])
def test_one_still_picture_is_read_whatever_its_format(
    kind: str, channels: int, tmp_path: Path
) -> None:
    for i in range(N):
        file = tmp_path / label(i) / f"{i}.{kind.lower()}"
        file.parent.mkdir(parents=True, exist_ok=True)
        levels = noise(i, 9, 9, channels) // 64 * 64
        more = {"lossless": True} if kind == "WEBP" else {}
        file.write_bytes(coded(levels[..., 0] if channels == 1 else levels, kind, **more))
    main, _ = read_images(tmp_path)
    grey = channels == 1 and kind != "WEBP"  # which stores no grey
    assert main.shape == (9, 9, 1 if grey else 3)
    first = noise(0, 9, 9, channels) // 64 * 64
    assert abs(main.images[0].astype(int) - first).max() <= (0 if channels == 1 else 2)


def test_a_tiff_with_a_smaller_copy_of_itself_is_one_picture(tmp_path: Path) -> None:
    from PIL import Image, TiffImagePlugin

    classes(tmp_path)
    small = Image.fromarray(noise(99, 4, 4))
    small.encoderinfo = {"tiffinfo": {254: 1}}
    out = io.BytesIO()
    info = TiffImagePlugin.ImageFileDirectory_v2()
    info[254] = 0
    Image.fromarray(noise(98, 9, 9)).save(
        out, "TIFF", save_all=True, append_images=[small], tiffinfo=info
    )
    found = Image.open(io.BytesIO(out.getvalue()))
    found.seek(1)
    if found.tag_v2.get(254) != 1:
        pytest.skip("this Pillow cannot write a TIFF that says what its pages are")
    (tmp_path / "cat" / "x.tif").write_bytes(out.getvalue())
    assert len(read_images(tmp_path)[0].labels) == N + 1


# ---- sets as people have them --------------------------------------------------------------------
def case(name: str) -> Path:
    found = os.environ.get("HOWDEEP_TEST_DATA")
    path = Path(found).parent / "cases" / name if found else None
    if path is None or not path.exists():
        pytest.skip(f"HOWDEEP_TEST_DATA names no folder with ../cases/{name} next to it")
    return path


def test_the_case_of_images_and_a_table() -> None:
    main, test = read_images(case("images_and_labels_csv.tar.gz"))
    assert test is None
    assert (len(main.labels), set(main.labels)) == (180, {"cat", "dog", "owl"})
    assert any("left out: 10 images" in note for note in main.notes)


def test_the_case_of_training_set_and_test_set() -> None:
    main, test = read_images(case("img_training_set.tar.gz"))
    assert test is not None
    assert (len(main.labels), len(test.labels)) == (60, 20)
    assert set(main.labels) == set(test.labels) == {"h", "v"}


def test_the_case_of_depth_in_millimetres() -> None:
    main, _ = read_images(case("img_depth_mm.tar.gz"))
    assert (main.scale.kind, main.scale.low, main.scale.high) == ("whole", 240, 640)
    assert len(set(main.images.ravel().tolist())) == 41  # as many as the files hold


# ---- one-hot labels in files --------------------------------------------------------------------
HOT = np.eye(3)[np.arange(60) % 3]
PIXELS = np.random.default_rng(0).integers(0, 256, (60, 8, 8)).astype(np.uint8)


@pytest.mark.parametrize("kind", [np.float64, np.uint8, np.bool_, np.int64])
def test_one_hot_labels_of_a_numpy_file_are_classes(tmp_path: Path, kind: type) -> None:
    hot = HOT.astype(kind)
    np.savez(tmp_path / "a.npz", x_train=PIXELS, y_train=hot, x_test=PIXELS[::-1], y_test=hot)
    main, test = read_images(tmp_path / "a.npz")
    assert test is not None
    assert list(main.labels) == [str(i % 3) for i in range(60)] == list(test.labels)
    assert "Labels came one-hot, and were taken as classes." in main.notes
    np.save(tmp_path / "images.npy", PIXELS)
    np.save(tmp_path / "labels.npy", hot)
    beside, _ = read_images(tmp_path / "images.npy")
    assert beside.labels == main.labels


def test_labels_in_columns_that_are_no_classes_are_refused(tmp_path: Path) -> None:
    for odd in (HOT * 0.9, np.where(HOT.cumsum(axis=0) == 1, 0, HOT), 1 - HOT):
        np.savez(tmp_path / "a.npz", x=PIXELS, y=odd)
        with pytest.raises(ImageError, match=r"labels of shape \(60, 3\) for 60 images"):
            read_images(tmp_path / "a.npz")


def test_arrays_that_are_not_looked_at_are_named(tmp_path: Path) -> None:
    labels = np.arange(60) % 3
    np.savez(tmp_path / "a.npz", x=PIXELS, y=labels, weights=labels, names=labels)
    main, _ = read_images(tmp_path / "a.npz")
    assert "Not looked at: 'weights', 'names'." in main.notes
