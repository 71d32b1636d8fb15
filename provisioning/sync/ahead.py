"""How millions of rows pass through one process: the next are read while the database takes in those before them."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

Item = TypeVar("Item")
# Containers made and not yet freed before Python looks for cycles among them: a chunk of rows, not a part of one. The
# statements between the chunks do have cycles, and hold thousands of keys.
_BETWEEN_COLLECTIONS = 50_000


def ahead(items: Iterator[Item]) -> Iterator[Item]:
    """Yield the items; one more than is asked for is made in a thread of its own."""
    with ThreadPoolExecutor(1, thread_name_prefix="ahead") as thread:
        end = object()
        coming = thread.submit(next, items, end)
        while (item := coming.result()) is not end:
            coming = thread.submit(next, items, end)
            yield item  # type: ignore[misc] # never the end


@contextmanager
def rare_collections() -> Iterator[None]:
    """Look for cycles seldom: rows have none, and looking for some takes half of the time of reading them."""
    before = gc.get_threshold()
    gc.set_threshold(_BETWEEN_COLLECTIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
