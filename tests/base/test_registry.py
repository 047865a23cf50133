"""Names of a folder and of other packages: one that is broken is named, and harms no other."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from howdeep.base import words
from howdeep.base.errors import ConfigError
from howdeep.base.registry import Registry, every, get, names

GROUP = "howdeep.shapes_of_this_test"
Bring = Callable[..., Path]


@pytest.fixture
def shapes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Registry[float]]:
    """A folder with two files of areas, a shared one, and a folder that has files of its own."""
    folder = tmp_path / "built" / "shapes_of_this_test"
    folder.mkdir(parents=True)
    for name, text in {
        "__init__": "",
        "_shared": "AREA = 9.0",
        "circle": "AREA = 3.14",
        "square": "AREA = 1.0",
        "empty": "",
    }.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "solid").mkdir()
    (folder / "solid" / "__init__.py").write_text("AREA = 6.0")
    monkeypatch.syspath_prepend(tmp_path / "built")
    before = set(sys.modules)
    yield Registry(
        kind="shape",
        folder="shapes_of_this_test",
        attribute="AREA",
        group=GROUP,
        fits=lambda found: isinstance(found, float),
    )
    for name in set(sys.modules) - before:
        del sys.modules[name]


@pytest.fixture
def bring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bring:
    """Puts a package with one module and its entry points on the path."""

    def put(package: str, code: str, points: str, version: str = "1.0") -> Path:
        module = package.replace("-", "_")
        site = tmp_path / f"{package}-{version}"
        info = site / f"{module}-{version}.dist-info"
        info.mkdir(parents=True)
        (site / f"{module}.py").write_text(code)
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n"
        )
        (info / "entry_points.txt").write_text(points)
        monkeypatch.syspath_prepend(site)
        return info

    return put


def test_the_files_of_a_folder_and_what_packages_bring(
    shapes: Registry[float], bring: Bring
) -> None:
    bring("more-shapes", "AREA = 2.0\n", f"[{GROUP}]\nellipse = more_shapes:AREA\n")
    bring("no-shapes", "", "[console_scripts]\nno = no_shapes:main\n")
    assert names(shapes) == ("circle", "ellipse", "empty", "square")
    assert "more_shapes" not in sys.modules  # nor any other: nothing is imported to be listed
    assert "shapes_of_this_test.circle" not in sys.modules
    assert (get(shapes, "circle"), get(shapes, "ellipse")) == (3.14, 2.0)


def test_folders_may_count(shapes: Registry[float]) -> None:
    all_ = Registry(shapes.kind, shapes.folder, "AREA", GROUP, shapes.fits, folders=True)
    assert names(all_) == ("circle", "empty", "solid", "square")
    assert get(all_, "solid") == 6.0


@pytest.mark.parametrize(
    ("code", "value", "why"),
    [
        ("import nothing_of_this_name\n", "bad_shapes:AREA", "ModuleNotFoundError"),
        ("AREA = 'wide'\n", "bad_shapes:AREA", "is no shape"),
        ("AREA = 1.0\n", "bad_shapes:VOLUME", "AttributeError"),
        ("raise SystemError('no')\n", "bad_shapes:AREA", "SystemError: no"),
        ("raise SystemExit(2)\n", "bad_shapes:AREA", "SystemExit: 2"),
    ],
)
def test_a_broken_one_is_told_of_and_the_others_are_there(
    shapes: Registry[float], bring: Bring, code: str, value: str, why: str
) -> None:
    bring("bad-shapes", code, f"[{GROUP}]\nellipse = {value}\n")
    found, lost = every(shapes)
    assert found == {"circle": 3.14, "square": 1.0}
    assert set(lost) == {"ellipse", "empty"}
    assert why in lost["ellipse"]
    with pytest.raises(ConfigError, match="there is none"):
        get(shapes, "solid")


@pytest.mark.parametrize("name", ["circel", "_shared", "os", "../circle", "", "CIRCLES"])
def test_an_unknown_name_lists_the_known_ones(name: str, shapes: Registry[float]) -> None:
    with pytest.raises(ConfigError) as caught:
        get(shapes, name)
    assert caught.value.what == f"shape {name!r}: there is none"
    assert set(caught.value.fix.removeprefix("one of ").split(", ")) == set(names(shapes))
    if name in ("circel", "CIRCLES"):
        assert caught.value.fix == "one of circle, square, empty"


@pytest.mark.parametrize(
    ("code", "says"),
    [
        ("import a_library_that_is_not_there", "ModuleNotFoundError: No module named 'a_lib"),
        ("AREA = 1 +", "SyntaxError: "),
        ("raise OSError('no licence')", "OSError: no licence"),
        ("", "AttributeError: module 'bad_shapes' has no attribute 'AREA'"),
    ],
)
def test_a_package_that_cannot_be_loaded_is_named_and_harms_no_other(
    code: str, says: str, shapes: Registry[float], bring: Bring
) -> None:
    bring("more-shapes", "AREA = 2.0\n", f"[{GROUP}]\nellipse = more_shapes:AREA\n")
    bring("bad-shapes", code, f"[{GROUP}]\nblob = bad_shapes:AREA\n", "3.1")
    with pytest.raises(ConfigError) as caught:
        get(shapes, "blob")
    begins = "shape 'blob': bad_shapes:AREA of bad-shapes 3.1 cannot be loaded: "
    assert caught.value.what.startswith(begins + says)
    assert "bad-shapes" in caught.value.fix
    assert names(shapes) == ("blob", "circle", "ellipse", "empty", "square")
    assert (get(shapes, "circle"), get(shapes, "ellipse")) == (3.14, 2.0)


def test_what_is_no_such_thing_is_refused(shapes: Registry[float], bring: Bring) -> None:
    bring("odd-shapes", "AREA = 'large'\n", f"[{GROUP}]\nodd = odd_shapes:AREA\n")
    with pytest.raises(ConfigError, match=r"odd_shapes:AREA of odd-shapes 1\.0 is no shape"):
        get(shapes, "odd")
    with pytest.raises(ConfigError, match=r"shapes_of_this_test\.empty is no shape: None"):
        get(shapes, "empty")


def test_a_damaged_list_of_entry_points_harms_no_other(
    shapes: Registry[float], bring: Bring
) -> None:
    bring("more-shapes", "AREA = 2.0\n", f"[{GROUP}]\nellipse = more_shapes:AREA\n")
    bring("torn-shapes", "", f"[{GROUP}]\nwhat is this\n", "0.1")
    (bring("left-over", "", "") / "METADATA").unlink()
    assert get(shapes, "ellipse") == 2.0
    assert names(shapes) == ("circle", "ellipse", "empty", "square")
    with pytest.raises(ConfigError, match=r"none; what torn-shapes 0\.1 registers cannot be"):
        get(shapes, "blob")


def test_a_name_that_two_packages_bring_is_refused(shapes: Registry[float], bring: Bring) -> None:
    bring("more-shapes", "AREA = 2.0\n", f"[{GROUP}]\nellipse = more_shapes:AREA\n")
    bring(
        "my-shapes", "AREA = 4.0\n", f"[{GROUP}]\nellipse = my_shapes:AREA\nsplat = my_shapes:AREA"
    )
    with pytest.raises(ConfigError, match=r"my-shapes 1\.0 and more-shapes 1\.0 both bring"):
        get(shapes, "ellipse")
    assert get(shapes, "splat") == 4.0
    assert names(shapes).count("ellipse") == 1


def test_of_one_package_twice_on_the_path_the_first_counts(
    shapes: Registry[float], bring: Bring
) -> None:
    bring("more-shapes", "AREA = 1.5\n", f"[{GROUP}]\nellipse = more_shapes:AREA\n", "1.0")
    bring("more-shapes", "AREA = 2.0\n", f"[{GROUP}]\nellipse = more_shapes:AREA\n", "2.0")
    assert get(shapes, "ellipse") == 2.0


def test_a_built_in_name_cannot_be_taken(shapes: Registry[float], bring: Bring) -> None:
    bring("bad-shapes", "AREA = 8.0\n", f"[{GROUP}]\ncircle = bad_shapes:AREA\n")
    assert get(shapes, "circle") == 3.14
    assert "bad_shapes" not in sys.modules


def test_the_nearest_come_first() -> None:
    known = ["gpu", "here", "processes", "ray"]
    assert words.nearest("rya", known)[0] == "ray"
    assert words.nearest("Processes", known)[0] == "processes"
    assert sorted(words.nearest("", known, len(known))) == known
