"""Changes to a `config.yml` that belongs to the person: the change, and nothing else."""

from __future__ import annotations

import threading
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from clacky_tui.config.settings import ModelEntry, load_settings
from clacky_tui.config.writing import (
    add_model,
    change_model,
    delete_model,
    save_default_model,
    save_setting,
)
from clacky_tui.errors import ConfigError

WITH_COMMENTS = """\
# my models
settings:
  max_turns: 30   # enough
  mine: kept      # nobody knows this one
models:
  - model: a
    api_key: "sk-1"
    type: default
  # the quick one
  - model: B   # beta
    api_key: 'sk-2'
    color: green
# the end
"""
BARE_LIST = "# old\n- type: default\n  model: a\n- {model: B, base_url: https://x.example}\n"
LITE = "models:\n- model: a\n  type: default # mine\n- name: B\n  type: lite"
FLOW = "{models: [{model: a, type: default}, {model: B}], settings: {}}\n"
SYMBOLS = "---\n- :model: a\n  :type: default\n- :model: B\n  :api_key: k\n"
WINDOWS = WITH_COMMENTS.replace("\n", "\r\n")
EVERY = [WITH_COMMENTS, BARE_LIST, LITE, FLOW, SYMBOLS, WINDOWS]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "config.yml"


def write(file: Path, text: str) -> None:
    file.write_bytes(text.encode())


def read(file: Path) -> str:
    return file.read_bytes().decode()


def entry(file: Path, name: str) -> ModelEntry:
    return next(e for e in load_settings(file, {}).models if e.model == name)


def names(file: Path) -> list[tuple[str, str | None]]:
    settings = load_settings(file, {})
    assert settings.problems == ()
    return [(e.model, e.type) for e in settings.models]


# --- the default ---------------------------------------------------------------------------------


@pytest.mark.parametrize("text", EVERY)
def test_the_mark_moves_and_nothing_else(file: Path, text: str) -> None:
    write(file, text)
    file.chmod(0o644)
    save_default_model(entry(file, "B"), file)
    assert names(file) == [("a", None), ("B", "default")]
    assert file.stat().st_mode & 0o777 == 0o600
    once = read(file)
    save_default_model(entry(file, "B"), file)
    assert read(file) == once


def test_comments_order_and_quotes_stay(file: Path) -> None:
    write(file, WITH_COMMENTS)
    save_default_model(entry(file, "B"), file)
    assert read(file) == WITH_COMMENTS.replace("    type: default\n", "").replace(
        "# beta\n", "# beta\n    type: default\n"
    )


# --- settings ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", [*EVERY, "", "# nothing yet", "settings:\n", "---\n", "models: []"]
)
def test_a_setting_is_written_whatever_the_file_has_so_far(file: Path, text: str) -> None:
    write(file, text)
    before = [] if not text else names(file)
    save_setting("max_turns", 7, file)
    save_setting("max_day_cost_usd", Decimal("1.50"), file)
    save_setting("sweep_trash", False, file)
    settings = load_settings(file, {})
    assert (settings.max_turns, settings.max_day_cost) == (7, Decimal("1.5"))
    assert not settings.sweep_trash
    assert names(file) == before
    save_setting("max_turns", None, file)
    assert load_settings(file, {}).max_turns is None


def test_a_setting_changes_in_its_line_and_a_new_one_stands_behind_the_last(file: Path) -> None:
    write(file, WITH_COMMENTS)
    save_setting("max_turns", 5, file)
    save_setting("parallel_tools", False, file)
    assert read(file) == WITH_COMMENTS.replace("30   #", "5   #").replace(
        "knows this one\n", "knows this one\n  parallel_tools: false\n"
    )


def test_line_ends_of_other_systems_stay(file: Path) -> None:
    write(file, WINDOWS)
    save_setting("parallel_tools", False, file)
    add_model({"model": "c"}, file)
    assert "\n" not in read(file).replace("\r\n", "")


def test_a_missing_file_is_made_for_the_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "home" / "config.yml"
    save_setting("max_turns", 3, file)
    assert load_settings(file, {}).max_turns == 3
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


# --- models --------------------------------------------------------------------------------------

NEW = {"model": "c: d, #1", "api_key": "sk-'\"\\", "base_url": "https://x.example/v1", "type": None}


@pytest.mark.parametrize("text", [*EVERY, "", "# nothing yet", "settings:\n", "models: # none"])
def test_a_model_is_added_behind_the_others(file: Path, text: str) -> None:
    write(file, text)
    before = names(file)
    add_model(NEW, file)
    assert names(file) == [*before, ("c: d, #1", None)]
    added = load_settings(file, {}).models[-1]
    assert added.api_key.get_secret_value() == "sk-'\"\\"
    assert added.base_url == "https://x.example/v1"


def test_an_added_model_stands_before_the_comments_at_the_end(file: Path) -> None:
    write(file, WITH_COMMENTS)
    add_model({"model": "c", "api_key": "k"}, file)
    assert read(file) == WITH_COMMENTS.replace(
        "# the end", "  - model: c\n    api_key: k\n# the end"
    )


@pytest.mark.parametrize("text", EVERY)
def test_a_model_is_changed_where_it_stands(file: Path, text: str) -> None:
    write(file, text)
    change_model(entry(file, "B"), {"model": "b2", "api_key": "new", "wire": "anthropic"}, file)
    changed = entry(file, "b2")
    assert (changed.api_key.get_secret_value(), changed.wire) == ("new", "anthropic")
    change_model(changed, {"wire": None, "anthropic_format": True}, file)
    assert (entry(file, "b2").wire, entry(file, "b2").anthropic_format) == ("", True)
    assert [name for name, _ in names(file)] == ["a", "b2"]


def test_keys_we_do_not_know_and_comments_of_a_changed_model_stay(file: Path) -> None:
    write(file, WITH_COMMENTS)
    change_model(entry(file, "B"), {"api_key": "sk-3", "base_url": "http://h"}, file)
    assert read(file) == WITH_COMMENTS.replace("'sk-2'", "sk-3").replace(
        "green\n", "green\n    base_url: 'http://h'\n"
    )


@pytest.mark.parametrize("text", EVERY)
@pytest.mark.parametrize("name", ["a", "B"])
def test_a_model_is_deleted_and_the_last_one_stays(file: Path, text: str, name: str) -> None:
    write(file, text)
    delete_model(entry(file, name), file)
    [left] = load_settings(file, {}).models
    assert {left.model, name} == {"a", "B"}
    with pytest.raises(ConfigError, match="only model"):
        delete_model(left, file)


def test_deleting_a_model_keeps_the_comments_around_it(file: Path) -> None:
    write(file, WITH_COMMENTS)
    delete_model(entry(file, "a"), file)
    assert "  # the quick one\n  - model: B   # beta\n" in read(file)
    assert read(file).endswith("# the end\n")


def test_of_two_models_of_one_name_the_one_that_was_meant_is_changed(file: Path) -> None:
    write(file, "models:\n- {model: a, base_url: http://x}\n- {model: a, base_url: http://y}\n")
    second = load_settings(file, {}).models[1]
    change_model(second, {"api_key": "k"}, file)
    assert [e.api_key.get_secret_value() for e in load_settings(file, {}).models] == ["", "k"]


def test_a_model_that_somebody_else_took_away_is_said(file: Path) -> None:
    write(file, LITE)
    gone = entry(file, "B")
    write(file, WITH_COMMENTS.replace("model: B", "model: C"))
    before = read(file)
    for change in (
        lambda: delete_model(gone, file),
        lambda: change_model(gone, {"wire": "x"}, file),
    ):
        with pytest.raises(ConfigError, match="no list of models with B"):
            change()
    assert read(file) == before


# --- what is not changed -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["models: [", "models:\n  - model: a\n", "model: b\napi_key: x\n", "", "just words"]
)
def test_what_cannot_be_edited_is_left_alone(file: Path, text: str) -> None:
    write(file, text)
    with pytest.raises(ConfigError):
        save_default_model(ModelEntry(model="b"), file)
    assert read(file) == text


@pytest.mark.parametrize(
    "text",
    [
        "settings: &s {max_turns: 3}\nother: *s\n",
        "x: &n 30\nsettings:\n  max_turns: *n\n",
        "settings:\n  max_turns: &n 30\nx: *n\n",
        "settings: {max_turns: 1}\nsettings: {max_turns: 2}\n",
        "settings: 3\n",
        "words\n",
    ],
)
def test_a_change_that_would_change_more_is_refused(file: Path, text: str) -> None:
    write(file, text)
    with pytest.raises(ConfigError, match="not changed from here"):
        save_setting("max_turns", 5, file)
    assert read(file) == text


def test_a_model_that_stands_elsewhere_too_is_not_changed_there(file: Path) -> None:
    text = "models:\n- &a {model: a, api_key: k}\n- model: B\nmine: *a\n"
    write(file, text)
    with pytest.raises(ConfigError, match="not changed from here"):
        change_model(entry(file, "a"), {"api_key": "new"}, file)
    assert read(file) == text


def test_the_only_model_on_top_level_is_not_hidden_by_a_list(file: Path) -> None:
    write(file, "api_key: k\nmodel: m\n")
    with pytest.raises(ConfigError, match="not changed from here"):
        add_model({"model": "c"}, file)


def test_two_writers_lose_nothing(file: Path) -> None:
    write(file, WITH_COMMENTS)
    settings = [f"mine_{number}" for number in range(12)]
    threads = [threading.Thread(target=save_setting, args=(s, 1, file)) for s in settings]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(yaml.safe_load(read(file))["settings"]) == {"max_turns", "mine", *settings}


TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=20)
VALUES = TEXTS | st.integers() | st.booleans() | st.none()


@given(value=VALUES, names=st.lists(st.from_regex(r"[a-z]{1,6}", fullmatch=True), unique=True))
def test_any_value_is_read_back_and_every_other_line_stays(
    tmp_path_factory: pytest.TempPathFactory, value: str | int | None, names: list[str]
) -> None:
    file = tmp_path_factory.mktemp("c") / "config.yml"
    lines = [f"  {name}_x: {len(name)} # {name}" for name in names]
    text = "\n".join(["# top", "settings:", *lines, "  it: old # told", "rest: [1] # end", ""])
    write(file, text)
    save_setting("it", value, file)
    assert yaml.safe_load(read(file))["settings"]["it"] == value
    before, after = text.splitlines(), read(file).split("\n")
    assert [line for line in before if line not in after] in ([], ["  it: old # told"])
