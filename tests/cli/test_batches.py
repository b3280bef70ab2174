"""Batches of AI columns from the command line, on one engine: plan, run, story, key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.servers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from tests.cli.conftest import Cli


def test_a_batch_is_planned_at_half_the_price_and_each_cell_tells_its_part(filled: Cli) -> None:
    with OpenAIServer().running() as server:
        filled.environment |= {
            "OPENAI_BASE_URL": server.url,
            "OPENAI_API_KEY": "sk-planted-key-0123456789",
            "LEADSYNC_POLL_BASE_S": "0.01",
        }
        prompt = "Write to {{ first_name }}, {{ title }}."
        filled.ok("columns", "add", "slow", "--prompt", prompt, "--set", "batch=true")
        plan = filled.ok("enrich", "--column", "slow", "--dry-run").out
        assert "in batches: at half the price, within 24 hours" in plan
        done = filled.ok("enrich", "--column", "slow", "--yes")
        assert "run 1 done: 3 value" in done.err
        assert (len(server.batches.made), server.requests) == (1, [])
        story = filled.ok("why", "ada@lovelace.example", "slow").out
        assert "batch" in story
        assert "Write to Ada, Head of Engines." in story
        assert "1 models at" in filled("doctor").out
        assert "nothing to do" in filled.ok("enrich", "--column", "slow", "--yes").err
