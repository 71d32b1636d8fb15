"""How fast an SMSC is asked, and how a refusal for being too fast slows it down."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from sms_gateway_bridge.providers.smpp.pace import FIRST_STEP_S, LONGEST_STEP_S, Pace


def test_a_window_that_is_refused_as_a_whole_slows_down_once() -> None:
    async def refuse_a_window() -> float:
        pace = Pace(None)
        turns = [await pace.turn() for _ in range(32)]
        for turn in turns:
            pace.refused(turn)
        return pace.interval

    assert asyncio.run(refuse_a_window()) == FIRST_STEP_S


def test_a_refusal_at_the_new_pace_slows_down_further_and_not_for_ever() -> None:
    async def refuse_each_turn() -> list[float]:
        pace, intervals = Pace(None), []
        for _ in range(4):
            pace.refused(await pace.turn())
            intervals.append(pace.interval)
        pace.interval = LONGEST_STEP_S
        pace.refused(asyncio.get_running_loop().time() + 1)
        return [*intervals, pace.interval]

    assert asyncio.run(refuse_each_turn()) == [0.02, 0.04, 0.08, 0.16, LONGEST_STEP_S]


def test_messages_that_are_taken_bring_the_contracts_pace_back() -> None:
    async def recover() -> tuple[int, float]:
        pace, taken = Pace(500), 0
        pace.refused(await pace.turn())
        while pace.interval > 1 / 500:
            pace.taken()
            taken += 1
        return taken, pace.interval

    taken, interval = asyncio.run(recover())
    assert 10 < taken < 40
    assert interval == 1 / 500


def test_turns_are_apart_by_the_interval() -> None:
    async def take_turns() -> list[float]:
        pace = Pace(100)
        return [await pace.turn() for _ in range(4)]

    turns = asyncio.run(take_turns())
    assert all(after - before >= 0.01 - 1e-9 for before, after in pairwise(turns))
