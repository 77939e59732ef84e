"""What README says to write into config.yml is understood."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from clacky_tui.config.settings import load_settings

README = Path(__file__).parents[2] / "README.md"
EXAMPLES = re.findall(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.DOTALL)


def test_every_example_of_settings_is_accepted(tmp_path: Path) -> None:
    shown = [text for text in EXAMPLES if text.startswith("settings:")]
    assert shown
    for text in shown:
        file = tmp_path / "config.yml"
        file.write_text(text)
        assert load_settings(file, {}).problems == (), text
    assert any("telemetry" in text for text in shown)


def test_the_collector_of_the_example_receives_what_it_exports_where_the_app_sends() -> None:
    (text,) = [text for text in EXAMPLES if text.startswith("receivers:")]
    collector = yaml.safe_load(text)
    pipeline = collector["service"]["pipelines"]["metrics"]
    for part in ("receivers", "processors", "exporters"):
        assert set(pipeline[part]) <= set(collector[part])
    port = collector["receivers"]["otlp"]["protocols"]["http"]["endpoint"].rpartition(":")[2]
    assert f'otlp: "http://localhost:{port}"' in README.read_text("utf-8")
