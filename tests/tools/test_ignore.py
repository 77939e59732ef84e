"""Ignore rules as git reads them."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

from clacky_tui.tools.ignore import WalkCounts, walk_files


def lay_out(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("x")


def never(name: str) -> bool:
    return False


def env_file(name: str) -> bool:
    return name.startswith(".env")


def walked(
    root: Path, working_dir: Path | None = None, never_ignored: Callable[[str], bool] = never
) -> list[str]:
    files = walk_files(
        root,
        working_dir=working_dir or root,
        counts=WalkCounts(),
        never_ignored=never_ignored,
    )
    return ["/".join(file.parts) for file in files]


def test_sorted_order_and_defaults_without_an_ignore_file(folder: Path) -> None:
    lay_out(folder, "b.py", "a/z.py", "a/b/y.py", ".venv/x.py", "tmp/x", "x.log", "deep/dist/x")
    assert walked(folder) == ["a/b/y.py", "a/z.py", "b.py"]


def test_the_last_matching_rule_wins(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.log\n!keep.log\n/top.txt\nout/\n")
    lay_out(folder, "a.log", "keep.log", "x/keep.log", "top.txt", "x/top.txt", "out/a", "x/out/b")
    assert walked(folder) == [".gitignore", "keep.log", "x/keep.log", "x/top.txt"]


def test_rules_of_a_folder_hold_only_inside_it(folder: Path) -> None:
    lay_out(folder, "a/x.txt", "a/y.md", "b/x.txt")
    (folder / "a" / ".gitignore").write_text("*.txt\n")
    assert walked(folder) == ["a/.gitignore", "a/y.md", "b/x.txt"]


def test_an_inner_rule_overrides_an_outer_one(folder: Path) -> None:
    lay_out(folder, "a/x.txt", "b/x.txt")
    (folder / ".gitignore").write_text("*.txt\n")
    (folder / "a" / ".gitignore").write_text("!x.txt\n")
    assert walked(folder) == [".gitignore", "a/.gitignore", "a/x.txt"]


def test_rules_above_the_start_count(folder: Path) -> None:
    lay_out(folder, "src/gen/x.py", "src/a.py")
    (folder / ".gitignore").write_text("src/gen\n")
    assert walked(folder / "src", folder) == ["a.py"]
    (folder / ".git").mkdir()
    assert walked(folder / "src", Path("/elsewhere")) == ["a.py"]


def test_our_own_ignore_file_counts_too(folder: Path) -> None:
    lay_out(folder, "a.py", "secret.txt")
    (folder / ".clackyignore").write_text("secret.txt\n")
    assert walked(folder) == [".clackyignore", "a.py"]


def test_config_files_are_never_ignored_but_their_folders_are(folder: Path) -> None:
    (folder / ".gitignore").write_text("*\n")
    lay_out(folder, "a.yml", "b.toml", "c.py", ".env", ".env.local", "d/e.json")
    assert walked(folder) == ["a.yml", "b.toml"]
    assert walked(folder, never_ignored=env_file) == [".env", ".env.local", "a.yml", "b.toml"]


def test_version_control_folders_stay_closed(folder: Path) -> None:
    (folder / ".gitignore").write_text("!.git\n")
    lay_out(folder, ".git/config.json", "x/.hg/a", "a")
    assert walked(folder) == [".gitignore", "a"]


def test_links_to_folders_are_not_followed(folder: Path) -> None:
    lay_out(folder, "a/x")
    (folder / "a" / "loop").symlink_to(folder)
    (folder / "file-link").symlink_to(folder / "a" / "x")
    (folder / "broken").symlink_to("nowhere")
    assert walked(folder) == ["a/x", "file-link"]


def test_bad_rules_do_not_hide_good_ones(folder: Path) -> None:
    (folder / ".gitignore").write_bytes(b"!\n[z-a]\n\xff\xfe\n*.tmp\n")
    lay_out(folder, "a.tmp", "b")
    assert walked(folder) == [".gitignore", "b"]


def test_git_agrees(folder: Path) -> None:
    (folder / ".gitignore").write_text("*.o\n!b.o\n/only-top\ndoc/**/x\n[ab]c\nfoo/*\n!foo/keep\n")
    names = [
        "a.o",
        "b.o",
        "s/b.o",
        "s/only-top",
        "only-top",
        "doc/1/2/x",
        "ac",
        "foo/no",
        "foo/keep",
    ]
    lay_out(folder, *names, "plain")
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    listing = ["git", "ls-files", "--others", "--exclude-standard"]
    by_git = subprocess.run(listing, cwd=folder, check=True, capture_output=True, text=True).stdout
    assert sorted(walked(folder)) == sorted(by_git.split())
