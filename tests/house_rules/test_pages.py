"""House rules over templates, styles and words: one layout decision, no inline code, colours in one file."""

from __future__ import annotations

import re

from ops.words import WORDS
from tests.house_rules.tree import ROOT, files, name

TEMPLATES = files("templates", suffix=".html")
STYLES = files("static/css", suffix=".css")
SCRIPTS = files("static/js", suffix=".js")


def test_pages_leave_full_or_part_to_the_layout() -> None:
    pages = [p for p in TEMPLATES if p.parent.name not in ("layouts", "components") and p.name[0] != "_"]
    bad = [
        name(p)
        for p in pages
        if not re.match(r"{#.*?#}\s*{% extends layout %}|{% extends layout %}", p.read_text(), re.S)
    ]
    assert not bad, f"begin with {{% extends layout %}}; page.render decides full or part: {bad}"


def test_templates_hold_no_inline_code() -> None:
    """P19: the policy allows no inline script or style, so an inline one would silently not work."""
    pattern = re.compile(
        r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=|hx-on|javascript:|hx-vals=.?js:", re.I
    )
    bad = [f"{name(p)}: {m.group()}" for p in TEMPLATES for m in pattern.finditer(p.read_text())]
    assert not bad, f"move it to static/js or static/css: {bad}"


def test_templates_escape_everything() -> None:
    """P19: nothing from the database, a name or an error becomes markup."""
    bad = [name(p) for p in TEMPLATES if re.search(r"\|\s*safe\b|autoescape\s+false", p.read_text())]
    assert not bad, f"build markup in templates, never mark a value as safe: {bad}"


def test_forms_that_change_something_carry_the_csrf_token() -> None:
    """P21."""
    bad = []
    for path in TEMPLATES:
        for form in re.findall(r"<form\b[^>]*>.*?</form>", path.read_text(), re.S | re.I):
            if re.search(r"method=.?post", form, re.I) and not re.search(
                r"csrf|form_start|hidden_fields", form
            ):
                bad.append(name(path))
    assert not bad, f"put the csrf field into every POST form: {bad}"


def test_colours_live_in_the_tokens() -> None:
    pattern = re.compile(r"#[0-9a-f]{3,8}\b(?!\s*\{)|\brgba?\(|\bhsla?\(|oklch\((?!from)", re.I)
    bad = [
        f"{name(p)}: {m.group()}"
        for p in STYLES
        if p.name != "tokens.css"
        for m in pattern.finditer(p.read_text())
    ]
    assert not bad, f"name the colour in tokens.css and use the token: {bad}"


def test_scripts_need_no_eval() -> None:
    """P19."""
    pattern = re.compile(r"\beval\(|new Function\(|setTimeout\(\s*['\"]|innerHTML\s*=|document\.write")
    bad = [f"{name(p)}: {m.group()}" for p in SCRIPTS for m in pattern.finditer(p.read_text())]
    assert not bad, f"the policy forbids it; build nodes instead: {bad}"


def test_every_word_that_is_used_is_in_the_catalogue() -> None:
    used: dict[str, str] = {}
    for path in TEMPLATES + files("ops", "jobs", suffix=".py"):
        for match in re.finditer(r"(?<![\w.])t\(\s*[\"']([a-z0-9_]+\.[a-z0-9_.]+)[\"']", path.read_text()):
            used[match[1]] = name(path)
    # A key that ends in a dot or a line is put together: "home.state." ~ state.
    missing = {
        key: where
        for key, where in used.items()
        if not (any(k.startswith(key) for k in WORDS) if key[-1] in "._" else key in WORDS)
    }
    assert not missing, f"add these keys to ops/words: {missing}"


def test_page_weight_of_styles_and_scripts() -> None:
    import gzip

    served = STYLES + SCRIPTS + [ROOT / "static/vendor/htmx.min.js"]
    total = sum(len(gzip.compress(p.read_bytes())) for p in served if p.exists())
    assert total <= 60_000, f"CSS and JS weigh {total} bytes gzipped; 60,000 is the limit"
