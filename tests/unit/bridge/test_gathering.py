"""Doing together what many ask for at the same time."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from sms_gateway_bridge.errors import UnavailableError
from sms_gateway_bridge.gathering import MOST_AT_ONCE, Gathering


class Doubling:
    """Doubles numbers, once let go; remembers what it was given at a time."""

    def __init__(self) -> None:
        self.let_go = threading.Event()
        self.begun = threading.Event()
        self.together: list[list[int]] = []

    def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.together.append(list(numbers))
        self.begun.set()
        assert self.let_go.wait(10)
        if -1 in numbers:
            raise ValueError
        if -2 in numbers:
            raise UnavailableError("away", retry_after_s=1)
        return [2 * number for number in numbers]


@pytest.fixture
def doubling() -> Doubling:
    return Doubling()


@pytest.fixture
def gathering(doubling: Doubling) -> Iterator[Gathering[int, int]]:
    made = Gathering(doubling)
    yield made
    doubling.let_go.set()
    made.close()


def test_those_who_come_while_it_is_busy_go_together(gathering: Gathering[int, int], doubling: Doubling) -> None:
    first = gathering.add(0)
    assert doubling.begun.wait(10)
    others = [gathering.add(number) for number in range(1, 6)]
    doubling.let_go.set()
    assert [one.result(10) for one in [first, *others]] == [0, 2, 4, 6, 8, 10]
    assert doubling.together == [[0], [1, 2, 3, 4, 5]]


def test_however_many_come_so_many_go_at_once(gathering: Gathering[int, int], doubling: Doubling) -> None:
    gathering.add(0)
    assert doubling.begun.wait(10)
    others = [gathering.add(number) for number in range(MOST_AT_ONCE + 1)]
    doubling.let_go.set()
    assert [one.result(10) for one in others] == [2 * number for number in range(MOST_AT_ONCE + 1)]
    assert [len(one) for one in doubling.together] == [1, MOST_AT_ONCE, 1]


def test_what_is_wrong_with_one_is_not_the_others_affair(gathering: Gathering[int, int], doubling: Doubling) -> None:
    gathering.add(0)
    assert doubling.begun.wait(10)
    good, bad, also_good = (gathering.add(number) for number in (1, -1, 3))
    doubling.let_go.set()
    assert (good.result(10), also_good.result(10)) == (2, 6)
    assert isinstance(bad.exception(10), ValueError)


def test_nobody_waits_for_two_that_are_given_up_in_a_row(gathering: Gathering[int, int], doubling: Doubling) -> None:
    first = gathering.add(-2)
    assert doubling.begun.wait(10)
    waiting = [gathering.add(number) for number in (1, -2, 3)]
    doubling.let_go.set()
    assert all(isinstance(one.exception(10), UnavailableError) for one in [first, *waiting])
    assert gathering.add(4).result(10) == 8
    assert doubling.together == [[-2], [4]]


def test_who_has_gone_is_left_out(gathering: Gathering[int, int], doubling: Doubling) -> None:
    gathering.add(0)
    assert doubling.begun.wait(10)
    gone, there = gathering.add(1), gathering.add(2)
    assert gone.cancel()
    doubling.let_go.set()
    assert there.result(10) == 4
    assert doubling.together == [[0], [2]]


def test_who_has_gone_from_an_event_loop_is_left_out(gathering: Gathering[int, int], doubling: Doubling) -> None:
    async def ask() -> list[int | BaseException]:
        first = asyncio.create_task(gathering.one(0))
        await asyncio.to_thread(doubling.begun.wait, 10)
        gone, there = asyncio.create_task(gathering.one(1)), asyncio.create_task(gathering.one(2))
        await asyncio.sleep(0)
        gone.cancel()
        doubling.let_go.set()
        return await asyncio.gather(first, gone, there, return_exceptions=True)

    first, gone, there = asyncio.run(ask())
    assert (first, there) == (0, 4)
    assert isinstance(gone, asyncio.CancelledError)
    assert doubling.together == [[0], [2]]


def test_who_goes_while_it_is_under_way_troubles_nobody(gathering: Gathering[int, int], doubling: Doubling) -> None:
    wrong: list[object] = []

    async def ask() -> int:
        asyncio.get_running_loop().set_exception_handler(lambda _loop, context: wrong.append(context))
        gone = asyncio.create_task(gathering.one(1))
        await asyncio.to_thread(doubling.begun.wait, 10)
        gone.cancel()
        there = asyncio.create_task(gathering.one(2))
        await asyncio.sleep(0)
        doubling.let_go.set()
        return await there

    assert asyncio.run(ask()) == 4
    assert not wrong


def test_an_event_loop_that_ended_keeps_nobody_from_an_answer(
    gathering: Gathering[int, int], doubling: Doubling
) -> None:
    async def ask_and_go() -> None:
        asking = asyncio.create_task(gathering.one(1))
        await asyncio.to_thread(doubling.begun.wait, 10)
        asking.cancel()

    asyncio.run(ask_and_go())
    waiting = gathering.add(2)
    doubling.let_go.set()
    assert waiting.result(10) == 4


def test_event_loops_of_several_threads_may_ask(gathering: Gathering[int, int], doubling: Doubling) -> None:
    doubling.let_go.set()

    async def ask_many(numbers: range) -> list[int]:
        return await asyncio.gather(*(gathering.one(number) for number in numbers))

    def ask(start: int) -> list[int]:
        return asyncio.run(ask_many(range(start, start + 50)))

    with ThreadPoolExecutor(4) as threads:
        answers = list(threads.map(ask, range(0, 200, 50)))
    assert [answer for part in answers for answer in part] == [2 * number for number in range(200)]


def test_what_was_asked_for_is_done_before_it_ends(doubling: Doubling) -> None:
    gathering = Gathering(doubling)
    asked = [gathering.add(number) for number in range(3)]
    doubling.let_go.set()
    gathering.close()
    assert [one.result(0) for one in asked] == [0, 2, 4]
