"""``POST /v1/people/lookup`` for ministries, and for operators who has asked about whom."""

from collections.abc import Callable
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from services.dedup.lookup.answer import Answer, May, Status
from services.dedup.lookup.answer import Known as WhetherKnown
from services.dedup.lookup.audit import Audit, LookupRow
from services.dedup.lookup.bucket import Buckets
from services.dedup.lookup.desk import LookupDesk
from services.dedup.lookup.question import read_person, reason, who_asks
from shared.contracts.form import FormPerson
from shared.contracts.person import NationalId
from shared.contracts.status import Reason
from shared.http.auth import require
from shared.http.keys import Principal
from shared.http.problems import Problem, documented, invalid
from shared.observability.metrics import Metrics
from shared.policy.dates import DHAKA, policy_date
from shared.policy.policy import Policy
from shared.reference import identifiers
from shared.reference.text import tidy
from shared.stage.messages import moment
from shared.store.port import Key

PAGE_MAX = 1_000
_Cursor = Annotated[str | None, Query(max_length=80, pattern=r"^[0-9]{1,18}:[0-9a-f-]{36}$")]
_Day = Annotated[date | None, Query(description="Dhaka date, included.")]


def _no_person(clerk: str) -> str:
    """A user's own name goes into the audit; a national id or a mobile number is none."""
    if sum(sign.isdigit() for sign in clerk) >= 10:
        raise PydanticCustomError("personal", "a long number may be a person's")
    return clerk


class Question(BaseModel):
    """Who may be enrolled in which programme, and which of the ministry's clerks wants to know.

    ``clerk`` is the ministry's own user name, never a person's number; it goes into the audit. ``source`` is needed
    only where a key is for several. Of ``person`` the name, the birth date and the permanent address are needed, and
    a national id, a birth registration number or both parents' names.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    programme: Annotated[str, Field(max_length=41)]
    clerk: Annotated[str, Field(min_length=1, max_length=64, pattern=r"^[A-Za-z0-9._@-]+$"), AfterValidator(_no_person)]
    source: Annotated[str | None, Field(max_length=31)] = None
    person: FormPerson


class Group(BaseModel):
    """Programmes of which a person may have one."""

    code: str
    name_en: str
    name_bn: str


class OtherProgramme(BaseModel):
    """A programme that the person has to do with. ``excluded_by`` says by which rules it excludes the one asked for."""

    programme: str
    name_en: str
    name_bn: str
    status: Status
    excluded_by: list[Group]


class LookupAnswer(BaseModel):
    """*known*, *unknown* or *uncertain*; and whether the clerk may enrol: *yes* (the registry knows no obstacle; the
    programme's criteria are not looked at here), *no*, or *apply*, where only an application can tell.

    ``lookup_id`` names the question in the audit.
    """

    lookup_id: str
    programme: str
    answer: WhetherKnown
    may_enrol: May
    programmes: list[OtherProgramme]
    reasons: tuple[Reason, ...]


class AuditLine(BaseModel):
    """Who asked, when, and what was answered. Of the person asked for nothing is kept but keyed pseudonyms."""

    lookup_id: str
    at: str
    principal: str
    source: str
    clerk: str
    programme: str
    answer: str
    may_enrol: str


class AuditPage(BaseModel):
    """The oldest first; go on with ``after`` until ``next`` is null, also where a page is short."""

    lookups: list[AuditLine]
    next: str | None = None


class Number(BaseModel):
    """A number of the person who wants to know who has asked about them; one of the two."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["national_id", "birth_registration_number"]
    number: Annotated[str, Field(max_length=40)]


def lookup_router(
    desk: LookupDesk,
    audit: Audit,
    buckets: Buckets,
    policy: Policy,
    metrics: Metrics,
    *,
    now_us: Callable[[], int],
    new_id: Callable[[], UUID],
) -> APIRouter:
    """The addresses. ``new_id`` gives random UUIDs."""
    router = APIRouter(prefix="/v1/people", tags=["people"], responses=documented(401, 403, 422, 503))
    operators = [Depends(require("operator"))]

    @router.post("/lookup", summary="May this person be enrolled, and is there an overlap?", responses=documented(429))
    async def lookup(question: Question, who: Annotated[Principal, Depends(require("source"))]) -> LookupAnswer:
        """The answer tells programmes and how they stand, and nothing of anybody that was not sent. Each question is
        written down with who asked. 429 says when to ask again."""
        source, mistakes = who_asks(policy, who.codes("source"), question.source, question.programme)
        at_us = now_us()
        person, wrong = read_person(question.person, policy_date(moment(at_us)))
        if mistakes or person is None:
            raise invalid([*mistakes, *wrong])
        wait_s = buckets.take(who.name)
        if wait_s:
            metrics.lookups.add(1, source, "limited")
            raise Problem(
                429,
                "too_many_lookups",
                f"You have asked too often; ask again in {wait_s} s.",
                headers={"Retry-After": str(wait_s)},
            )
        lookup_id = str(new_id())
        said = await desk.ask(
            person,
            lookup_id=lookup_id,
            at_us=at_us,
            principal=who.name,
            source=source,
            clerk=question.clerk,
            programme=question.programme,
        )
        metrics.lookups.add(1, source, said.answer)
        return _worded(lookup_id, question.programme, said, policy)

    @router.get("/lookups", summary="Who has asked.", dependencies=operators, response_model_exclude_none=True)
    async def lookups(
        asked_from: _Day = None,
        asked_to: _Day = None,
        principal: Annotated[str | None, Query(max_length=64)] = None,
        after: _Cursor = None,
        limit: Annotated[int, Query(ge=1, le=PAGE_MAX)] = 200,
    ) -> AuditPage:
        from_us = 0 if asked_from is None else _midnight_us(asked_from)
        until_us = None if asked_to is None else _midnight_us(asked_to + timedelta(days=1))
        page = await audit.page(from_us, until_us, principal, _key(after), limit)
        following = ":".join(map(str, page.after)) if page.after is not None else None
        return AuditPage(lookups=[_line(row) for row in page.rows], next=following)

    @router.post("/lookups/search", summary="Who has asked about one person.", dependencies=operators)
    async def about(asked: Number) -> AuditPage:
        """For a citizen who wants to know. The number is sent in the body, never in an address."""
        return AuditPage(lookups=[_line(row) for row in await audit.about(_numbers(asked))])

    return router


def _worded(lookup_id: str, programme: str, said: Answer, policy: Policy) -> LookupAnswer:
    return LookupAnswer(
        lookup_id=lookup_id,
        programme=programme,
        answer=said.answer,
        may_enrol=said.may,
        programmes=[
            OtherProgramme(
                programme=each.code,
                name_en=of.name_en if of is not None else each.code,
                name_bn=of.name_bn if of is not None else each.code,
                status=each.status,
                excluded_by=[
                    Group(code=code, name_en=group.name_en, name_bn=group.name_bn)
                    for code in each.groups
                    for group in [policy.overlaps[code]]
                ],
            )
            for each in said.programmes
            for of in [policy.programmes.get(each.code)]
        ],
        reasons=said.reasons,
    )


def _line(row: LookupRow) -> AuditLine:
    return AuditLine(
        lookup_id=row.lookup_id,
        at=moment(row.at_us).isoformat(),
        principal=row.principal,
        source=row.source,
        clerk=row.clerk,
        programme=row.programme,
        answer=row.answer,
        may_enrol=row.may,
    )


def _numbers(asked: Number) -> dict[str, str]:
    """By the kinds under which a question is kept; raises ``Problem`` where it is no such number."""
    text = tidy(asked.number)
    if asked.kind == "national_id":
        found = identifiers.national_id(text)
        if isinstance(found, NationalId):
            return {kind: number for kind, number in (("n10", found.n10), ("n13", found.n13)) if number}
    else:
        number = identifiers.birth_registration_number(text)
        if isinstance(number, str):
            return {"registered": number}
    raise invalid([reason("number_wrong", "number")])


def _midnight_us(day: date) -> int:
    return int(datetime.combine(day, time(), DHAKA).timestamp() * 1_000_000)


def _key(after: str | None) -> Key | None:
    if after is None:
        return None
    at_us, _, lookup_id = after.partition(":")
    return int(at_us), lookup_id
