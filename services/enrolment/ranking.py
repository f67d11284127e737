"""The order within a cell: poorest first, the unscored last, ties by who came first (design.md §3, Places)."""

RankKey = tuple[bool, float, int, str]


def rank_key(order: float | None, received_us: int, application_id: str) -> RankKey:
    """Sorts ascending. ``order`` is ``Rank.order``, poorest lowest; ``received_us`` is µs since 1970 UTC."""
    return order is None, 0.0 if order is None else order, received_us, application_id
