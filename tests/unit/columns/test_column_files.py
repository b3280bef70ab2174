"""Column files: reading, refusing, and writing what reads back as the same."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadsync.core.columns.checking import ColumnSpec
from leadsync.core.columns.column_file import export_columns, read_column_file
from leadsync.core.columns.definitions import spec_of
from leadsync.core.columns.recipes import find_recipe, list_recipes, load_recipe
from leadsync.core.columns.toml_text import to_toml
from leadsync.core.config import load_config
from leadsync.core.errors import InputError, NotFound
from leadsync.core.models import Column, ColumnType

if TYPE_CHECKING:
    from leadsync.core.config import Config

ROOT = Path(__file__).parents[3]

FILE = '''
description = "Two columns"

[[column]]
key = "city"

[[column]]
key = "outreach"
label = "All four"
kind = "ai"
type = "long_text"
condition = 'title:"head of"'

[column.config]
prompt = """
Hi {{ name }},
"""
tries = 3

[[column.config.outputs]]
name = "pitch"

[column.outputs]
pitch = "pitch"
"links[0].url" = "link"

[column.caps]
usd_per_day = 2.5
'''


def test_a_file_holds_definitions() -> None:
    found = read_column_file(FILE)
    assert found.description == "Two columns"
    assert found.specs == (
        ColumnSpec("city"),
        ColumnSpec(
            key="outreach",
            label="All four",
            kind="ai",
            type=ColumnType.LONG_TEXT,
            config={"prompt": "Hi {{ name }},\n", "tries": 3, "outputs": [{"name": "pitch"}]},
            outputs={"pitch": "pitch", "links[0].url": "link"},
            condition='title:"head of"',
            caps={"usd_per_day": 2_500_000},
        ),
    )


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "defines no column"),
        ("[[column]", "is not TOML"),
        ("[[colum]]\nkey = 'a'", 'no "colum" here; did you mean "column"'),
        ("column = 3", "defines no column"),
        ("column = [3]", "a column is a table"),
        ("[column]\nlabel = 'a'", "has no key"),
        ("[column]\nkey = 3", '"key" is a text'),
        ("[column]\nkey = 'a'\nlable = 'b'", 'no "lable" here; did you mean "label"'),
        ("[column]\nkey = 'a'\ntype = 'numbr'", 'no type "numbr"; did you mean "number"'),
        ("[column]\nkey = 'a'\nconfig = 3", '"config" is a table'),
        ("[column]\nkey = 'a'\nconfig = {since = 2026-01-01}", "has a date"),
        ("[column]\nkey = 'a'\ncaps = {usd_per_day = 'much'}", "no amount"),
        ("[[column]]\nkey = 'a'\n[[column]]\nkey = 'a'", 'defines "a" twice'),
    ],
)
def test_a_file_with_a_mistake_says_what_and_where(text: str, message: str) -> None:
    with pytest.raises(InputError) as refused:
        read_column_file(text)
    assert message in refused.value.message


texts = st.text(st.characters(codec="utf-8"), max_size=30)
keys = st.from_regex(r"[a-z_][a-z0-9_]{0,20}", fullmatch=True)
plain = st.recursive(
    st.one_of(texts, st.booleans(), st.integers(-(2**60), 2**60), st.floats(allow_nan=False)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(texts, inner, max_size=3)),
    max_leaves=12,
)
tables = st.dictionaries(texts, plain, max_size=4)


@given(table=tables)
def test_what_is_written_as_toml_reads_back_as_the_same(table: dict[str, Any]) -> None:
    assert tomllib.loads(to_toml(table)) == table


@given(
    spec=st.builds(
        ColumnSpec,
        key=keys,
        label=texts.filter(bool),
        kind=st.sampled_from(["manual", "template", "ai"]),
        type=st.sampled_from(list(ColumnType)),
        config=tables,
        outputs=st.dictionaries(texts, keys, max_size=3),
        condition=texts,
        caps=st.fixed_dictionaries({}, optional={"usd_per_day": st.integers(0, 10**12)}),
    )
)
def test_an_exported_column_reads_back_as_the_same_definition(spec: ColumnSpec) -> None:
    column = Column(7, spec.key, spec.label, spec.kind, spec.type, spec.config, (), spec.outputs,
                    spec.condition, caps=spec.caps)  # fmt: skip
    (found,) = read_column_file(export_columns([column])).specs
    assert replace(found, label=found.label or column.label) == spec_of(column)


def test_long_texts_stay_readable_in_an_export() -> None:
    prompt = 'Say "hi" to {{ name }}.\n\nNo """quotes""".'
    text = export_columns([Column(1, "pitch", "Pitch", "ai", config={"prompt": prompt})])
    assert text == (
        '[[column]]\nkey = "pitch"\nkind = "ai"\n\n[column.config]\nprompt = """\n'
        'Say "hi" to {{ name }}.\n\nNo ""\\"quotes""\\"."""\n'
    )


def test_the_column_files_in_the_cookbook_can_be_read() -> None:
    text = (ROOT / "docs" / "columns.md").read_text("utf-8")
    blocks = [block.split("```")[0] for block in text.split("```toml\n")[1:]]
    files = [block for block in blocks if "key =" in block]
    assert [read_column_file(file).specs[0].key for file in files] == [
        "greeting",
        "icebreaker",
        "icebreaker",
    ]


# recipes -----------------------------------------------------------------------------------
@pytest.fixture
def config(tmp_path: Path) -> Config:
    return load_config({}, {"LEADSYNC_HOME": str(tmp_path), "USER": "ada"})


def a_recipe(folder: Path, name: str, key: str = "hello") -> Path:
    folder.mkdir(exist_ok=True)
    file = folder / f"{name}.toml"
    file.write_text(f'description = "Says hello"\n[column]\nkey = "{key}"\n', "utf-8")
    return file


def test_recipes_of_the_users_own_folder_are_listed_and_win(config: Config, tmp_path: Path) -> None:
    a_recipe(tmp_path / "recipes", "hello")
    shipped = {recipe.name for recipe in list_recipes(config)} - {"hello"}
    for name in sorted(shipped)[:1]:
        a_recipe(tmp_path / "recipes", name, key="mine")
        assert load_recipe(name, config).key == "mine"
    recipe = find_recipe("hello", config)
    assert (recipe.description, recipe.spec) == ("Says hello", ColumnSpec("hello"))
    assert {r.name for r in list_recipes(config)} == {"hello", *shipped}


def test_a_recipe_is_loaded_by_its_path(config: Config, tmp_path: Path) -> None:
    file = a_recipe(tmp_path / "elsewhere", "bye", key="bye")
    assert load_recipe(str(file), config) == ColumnSpec("bye")
    with pytest.raises(NotFound, match="no file"):
        load_recipe(str(tmp_path / "gone.toml"), config)


def test_a_recipe_that_is_none_is_named(config: Config, tmp_path: Path) -> None:
    a_recipe(tmp_path / "recipes", "hello")
    with pytest.raises(NotFound, match='did you mean "hello"'):
        load_recipe("helo", config)
    (tmp_path / "recipes" / "two.toml").write_text(
        "[[column]]\nkey = 'a'\n[[column]]\nkey = 'b'", "utf-8"
    )
    with pytest.raises(InputError, match='"two" defines 2 columns'):
        load_recipe("two", config)
    (tmp_path / "recipes" / "bad.toml").write_bytes(b"\xff")
    faults: list[str] = []
    assert "hello" in {recipe.name for recipe in list_recipes(config, faults.append)}
    assert [fault for fault in faults if 'the recipe "bad" cannot be read' in fault]
