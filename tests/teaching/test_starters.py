"""What the package carries is made of the sources, and holds nothing that students must not see."""

import subprocess
import sys
import zipfile

import pytest

from classicxm.teaching.formats import leaks
from classicxm.teaching.sources import load, names
from classicxm.teaching.starters import FOLDER, packaged_files
from tests.teaching.conftest import NAMES, SOURCE

ROOT = SOURCE.parent


def test_all_assignments_are_packaged():
    assert names() == NAMES == ["features", "words", "cca", "lsh", "evaluation", "project"]


@pytest.mark.parametrize("name", NAMES)
def test_packaged_starters_are_up_to_date(name):
    """If not: `classicxm assignment starters`."""
    expected = packaged_files(load(name, SOURCE))
    stored = {path.name: path.read_text(encoding="utf-8") for path in (FOLDER / name).iterdir()}
    assert stored == expected


@pytest.mark.parametrize("name", NAMES)
def test_packaged_assignments_hold_nothing_solved(name):
    packaged, source = load(name), load(name, SOURCE)
    assert packaged.solved is None and packaged.hidden is None
    assert packaged.starter == source.starter and packaged.bands == source.bands


@pytest.mark.slow
def test_the_wheel_holds_no_solution_and_no_hidden_test(tmp_path):
    copy = tmp_path / "checkout"
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True
    )
    if listed.returncode:
        pytest.skip("not a git checkout")
    for line in listed.stdout.splitlines():
        if (ROOT / line).is_file():
            (copy / line).parent.mkdir(parents=True, exist_ok=True)
            (copy / line).write_bytes((ROOT / line).read_bytes())
    command = [
        sys.executable,
        "-m",
        "pip",
        "wheel",
        "--no-deps",
        "-q",
        "-w",
        str(tmp_path),
        ".",
    ]
    built = subprocess.run(command, cwd=copy, capture_output=True, text=True)
    if "No matching distribution found for setuptools" in built.stderr:
        pytest.skip("setuptools cannot be fetched here")
    assert built.returncode == 0, built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        held = archive.namelist()
        assert not [name for name in held if "solution" in name.lower() or "hidden" in name.lower()]
        assert not [name for name in held if name.startswith("assignments")]
        for name in NAMES:
            for file in packaged_files(load(name, SOURCE)):
                assert f"classicxm/teaching/starters/{name}/{file}" in held
        assert "classicxm/teaching/course_checks.txt" in held
        texts = {n: archive.read(n).decode() for n in held if "/teaching/" in n and not n.endswith(".pyi")}
    for name in NAMES:
        assignment = load(name, SOURCE)
        own = {n: text for n, text in texts.items() if "/starters/" not in n or f"/{name}/" in n}
        # short lines such as "found = []" stand in any program
        assert not [
            (n, line) for n, text in own.items() for line in leaks(text, assignment) if len(line) > 20
        ]
