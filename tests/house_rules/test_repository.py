"""House rules over the repository: locks, documentation of every setting, no trace of a machine."""

from __future__ import annotations

import re

from tests.house_rules.tree import ROOT, files, name, tracked

TEXT = {
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".lock",
    ".json",
    ".html",
    ".css",
    ".js",
    ".sql",
    ".yml",
    ".yaml",
    ".sh",
    "",
}


def test_lock_files_pin_with_hashes_and_name_no_registry() -> None:
    """P55: dependencies are pinned with hashes; any mirror may serve them."""
    for lock in ("requirements.lock", "requirements-dev.lock", "requirements-node.lock"):
        text = (ROOT / lock).read_text()
        for block in re.split(r"\n(?=\S)", text.strip()):
            assert "==" in block and "--hash=sha256:" in block, f"{lock}: pin with a hash: {block[:60]}"
        assert "://" not in text, f"{lock} must name no registry"
    for lock in ("static/package-lock.json", "tests/oidc/package-lock.json"):
        text = (ROOT / lock).read_text()
        assert '"integrity"' in text and "://" not in text, (
            f"{lock}: npm install --omit-lockfile-registry-resolved, and no funding links"
        )


def test_nothing_names_a_registry_or_a_path_of_a_machine() -> None:
    hosts = ["pypi" + ".org", "files.python" + "hosted.org", "registry.npm" + "js.org", "deb" + ".debian.org"]
    paths = ["/work/" + "main", "/work/" + "shared", "/root/" + ".", "/home/" + "runner"]
    bad = [
        f"{name(p)}: {word}"
        for p in tracked()
        if p.suffix in TEXT
        for word in hosts + paths
        if word in p.read_text(encoding="utf-8", errors="ignore")
    ]
    assert not bad, f"name no registry's host and no path of a machine: {bad}"


def test_every_setting_is_documented() -> None:
    source = (ROOT / "ops/settings.py").read_text()
    names = set(re.findall(r'"(OPS_[A-Z_0-9]+)"', source)) - {"OPS_"}
    text = (ROOT / "docs/settings.md").read_text()
    missing = sorted(n for n in names if f"`{n}`" not in text and not n.endswith("_"))
    assert not missing, f"document in docs/settings.md: {missing}"
    stale = sorted(set(re.findall(r"`(OPS_[A-Z_]+)`", text)) - names - {"OPS_OIDC_CLIENT_ID"})
    stale = [n for n in stale if not n.startswith(("OPS_OIDC", "OPS_TEST", "OPS_EMBEDDED"))]
    assert not stale, f"docs/settings.md tells of settings that are none: {stale}"


def test_decisions_say_what_was_rejected() -> None:
    for path in files("docs/decisions", suffix=".md"):
        text = path.read_text()
        assert "Rejected" in text or "rejected" in text, f"{name(path)}: state the options that were rejected"


def test_every_action_of_the_trail_is_documented() -> None:
    """P40: a stranger can read the trail from the page."""
    call = re.compile(r"\b_?[Ee]ntry\(\s*\"([a-z_.]+)\"")
    actions = {a for p in files("ops", "jobs", suffix=".py") for a in call.findall(p.read_text())}
    text = (ROOT / "docs/audit-format.md").read_text()
    missing = sorted(a for a in actions if f"`{a}`" not in text)
    assert actions and not missing, f"tell in docs/audit-format.md what these mean: {missing}"


def test_every_address_is_documented() -> None:
    from flask import Flask

    from ops.app import BLUEPRINTS

    app = Flask("addresses", static_folder=None)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    plain = {re.sub(r"<(?:[^:<>]+:)?([a-z_]+)>", r"<\1>", str(rule)) for rule in app.url_map.iter_rules()}
    text = (ROOT / "docs/addresses.md").read_text()
    missing = sorted(a for a in plain if f"`{a}`" not in text and f"`{a}?" not in text)
    assert not missing, f"document in docs/addresses.md: {missing}"


def test_every_command_is_documented() -> None:
    from ops.cli import main

    text = (ROOT / "docs/commands.md").read_text()
    missing = sorted(name for name in main.commands if f"`ops {name}" not in text)
    assert not missing, f"document in docs/commands.md: {missing}"
