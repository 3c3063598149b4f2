"""What holds for every template and stylesheet."""

import re
from pathlib import Path

import pytest

from accounts.templatetags.icons import icon

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
STYLESHEETS = sorted(path for path in (ROOT / "static" / "css").glob("*.css") if path.name != "tokens.css")


def names(paths: list[Path]) -> list[str]:
    return [str(path.relative_to(ROOT)) for path in paths]


@pytest.mark.parametrize("template", TEMPLATES, ids=names(TEMPLATES))
def test_every_icon_of_a_template_can_be_drawn(template: Path) -> None:
    text = template.read_text()
    for name in re.findall(r'{% icon "([^"]+)"', text) + re.findall(r'icon_name="([^"]+)"', text):
        assert icon(name).startswith("<svg")


@pytest.mark.parametrize("template", TEMPLATES, ids=names(TEMPLATES))
def test_no_template_has_inline_style_script_or_handler(template: Path) -> None:
    text = template.read_text()
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=|javascript:|\|safe\b|autoescape off|hx-on", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))


@pytest.mark.parametrize("stylesheet", STYLESHEETS, ids=names(STYLESHEETS))
def test_only_the_tokens_name_colours_sizes_and_durations(stylesheet: Path) -> None:
    rules = re.sub(r"/\*.*?\*/", "", stylesheet.read_text(), flags=re.DOTALL)
    rules = re.sub(r"@(media|container)[^{]*{", "", rules)  # a condition can't read a custom property
    assert not re.search(r"#[0-9a-f]{3,8}\b|\b(rgb|hsl|oklch|oklab|color-mix)\(|\d(px|ms)\b|[\d.]s\b", rules)


def test_every_token_that_a_stylesheet_names_exists() -> None:
    defined = set(re.findall(r"^\s*(--[\w-]+):", (ROOT / "static/css/tokens.css").read_text(), re.MULTILINE))
    for stylesheet in STYLESHEETS:
        assert set(re.findall(r"var\((--[\w-]+)", stylesheet.read_text())) <= defined, stylesheet.name
