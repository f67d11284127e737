"""Which of a cycle's released poisha a payment is made of: where it begins in the order in which they were taken.

Release orders of a cycle are one after the other what may be sent, and payments take from that in the order of the
log's rows; so the place where a payment begins tells which orders pay for it, and nothing is left to be explained.
"""

from collections.abc import Collection

from shared.store.limit_log import Log, holders_of


def drawn_at(log: Log, payment_ids: Collection[str]) -> dict[str, int]:
    """By payment the poisha before it in this release log; nothing is ever given back to one.

    Looks from the end, since what is asked for was mostly taken a moment ago.
    """
    wanted = set(payment_ids)
    found: dict[str, int] = {}
    at = log.taken
    for row in log.backwards():
        if not wanted:
            break
        if row.kind != "take":
            continue
        at -= row.amount
        place = at
        for holder, poisha in holders_of(row).items():
            if holder in wanted:
                found[holder] = place
                wanted.discard(holder)
            place += poisha
    return found
