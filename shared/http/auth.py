"""Who asks: the API key of ``Authorization: Bearer …`` as a FastAPI dependency."""

from collections.abc import Awaitable, Callable

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.http.keys import KeyRing, Principal
from shared.http.problems import Problem

_bearer = HTTPBearer(auto_error=False, scheme_name="API key", description="The key, as `Authorization: Bearer <key>`.")


def require(*roles: str) -> Callable[..., Awaitable[Principal]]:
    """A dependency that gives the principal if it has one of ``roles`` (any, if none is named).

    ``source`` stands for ``source:<any code>``; the route then looks at ``principal.codes("source")``. Answers 401
    without a known key and 403 without the role.
    """

    async def principal(
        request: Request,
        credentials: HTTPAuthorizationCredentials | None = Depends(_bearer),  # noqa: B008
    ) -> Principal:
        keys: KeyRing = request.app.state.keys
        who = keys.who(credentials.credentials) if credentials is not None else None
        if who is None:
            raise Problem(
                401,
                "key_missing" if credentials is None else "key_unknown",
                "Send your API key as: Authorization: Bearer <key>."
                if credentials is None
                else "This API key is not known.",
                headers={"WWW-Authenticate": "Bearer"},
            )
        if roles and not any(who.has(role) for role in roles):
            raise Problem(403, "role_missing", f"This key is not for {' or '.join(roles)}.")
        return who

    return principal
