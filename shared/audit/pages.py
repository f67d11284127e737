"""Reading long streams in pages, so that an audit's memory stays the same however much there is."""

from collections.abc import AsyncIterator
from typing import TypeVar

T = TypeVar("T")

PAGE = 1_000


async def pages(items: AsyncIterator[T], size: int = PAGE) -> AsyncIterator[list[T]]:
    """The same items in lists of ``size``, the last one shorter."""
    page: list[T] = []
    async for item in items:
        page.append(item)
        if len(page) == size:
            yield page
            page = []
    if page:
        yield page
