"""The table of account states, with the vectors that Keycloak's extension runs too."""

from itertools import product
from typing import Any

import pytest

from domain.accounts import AccountState, Actor, may_move
from tests.unit.domain.vectors import vectors

MOVES: list[dict[str, Any]] = vectors("account_states")["moves"]


@pytest.mark.parametrize("move", MOVES, ids=lambda move: f"{move['actor']}: {move['before']} to {move['after']}")
def test_a_move_is_allowed_to_those_whom_the_shared_table_names(move: dict[str, Any]) -> None:
    allowed = may_move(Actor(move["actor"]), AccountState(move["before"]), AccountState(move["after"]))
    assert allowed is move["allowed"]


def test_the_shared_table_holds_every_pair_of_states_for_every_actor_once() -> None:
    held = sorted((move["before"], move["after"], move["actor"]) for move in MOVES)
    assert held == sorted(product(AccountState, AccountState, Actor))
