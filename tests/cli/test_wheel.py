"""The wheel, as a person would install it."""

from __future__ import annotations

import subprocess
import sys
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    (built,) = folder.glob("*.whl")
    return built


def test_the_wheel_carries_every_theme_and_all_data(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    for theme in (ROOT / "themes").glob("*.toml"):
        assert f"clacky_tui/themes/{theme.name}" in names
    assert {"clacky_tui/domain/pricing.csv", "clacky_tui/tools/schemas.json"} <= names
    assert not any(name.startswith("tests/") for name in names)


def test_an_installed_wheel_lists_its_themes(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, system_site_packages=False, with_pip=False)
    (site,) = home.glob("lib/python*/site-packages")
    zipfile.ZipFile(wheel).extractall(site)
    # The libraries come from this environment; the package itself only from the wheel.
    libraries = next(path for path in sys.path if path.endswith("site-packages"))
    (site / "libraries.pth").write_text(libraries + "\n")
    probe = (
        "import clacky_tui\n"
        "from clacky_tui.tui.theming import load_themes\n"
        "print(clacky_tui.__file__)\n"
        "print(*sorted(load_themes()))\n"
    )
    done = subprocess.run(
        [str(home / "bin" / "python"), "-I", "-c", probe],  # without PYTHONPATH
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    origin, themes = done.stdout.splitlines()
    assert Path(origin).is_relative_to(home)
    expected = {path.stem for path in (ROOT / "themes").glob("*.toml")}
    assert expected <= set(themes.split())
