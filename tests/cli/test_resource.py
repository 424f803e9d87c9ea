"""`ops resource scaffold TABLE`: to the terminal or to a new file, never over one that is there."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from ops.catalog import resources_from
from ops.cli import main


def run(url: str, *words: str) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["resource", "scaffold", *words], env={"OPS_DATABASE_URL": url})
    return result.exit_code, result.output


def test_it_writes_a_class_that_can_be_imported(shop_url: str, tmp_path: Path) -> None:
    file = tmp_path / "first.py"
    code, said = run(shop_url, "shop.customers", "--output", str(file))
    assert code == 0 and "Written to" in said
    (made,) = resources_from(str(file))
    assert made.__name__ == "Customers" and made.table == "shop.customers" and made.title == "{name}"
    said = " ".join(file.read_text().replace("#", " ").split())
    assert '"iban": ("manager", "' in said, "what looks personal is said"
    code, text = run(shop_url, "shop.customers")
    assert code == 0 and text == file.read_text()


def test_a_file_that_is_there_is_not_touched(shop_url: str, tmp_path: Path) -> None:
    file = tmp_path / "first.py"
    file.write_text("mine")
    code, said = run(shop_url, "shop.orders", "--output", str(file))
    assert code != 0 and "is there already" in said and file.read_text() == "mine"


@pytest.mark.parametrize("name", ["shop.ordres", "nothing"])
def test_a_table_that_is_not_there(shop_url: str, name: str) -> None:
    code, said = run(shop_url, name)
    assert code != 0 and f"No table '{name}'" in said
    assert "did you mean 'shop.orders'?" in said or name == "nothing"
