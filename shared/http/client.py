"""How ``dsr`` speaks to the services: an HTTP client with a key, and a sentence for everything that goes wrong."""

from collections.abc import Callable, Iterator, Mapping
from time import monotonic, sleep
from types import TracebackType
from typing import Any, NamedTuple, Self

import httpx

from shared.errors import DsrError
from shared.settings import Settings

CONNECT_TIMEOUT_S, ANSWER_TIMEOUT_S = 3.0, 30.0
FIRST_POLL_S, LONGEST_POLL_S = 0.05, 1.0


class KeyMissing(DsrError):
    """There is no API key to present, or its file cannot be read."""

    exit_code = 2

    def __init__(self, cause: str) -> None:
        self.cause = cause
        super().__init__(f"{cause} Set DSR_API_KEY, or DSR_API_KEY_FILE to a file that holds the key.")


class Unreachable(DsrError):
    """A service does not answer: start it, or correct its address."""

    exit_code = 3

    def __init__(self, stage: str, url: str, cause: str) -> None:
        self.stage, self.url, self.cause = stage, url, cause
        super().__init__(
            f"The service {stage} does not answer at {url} ({cause}). Start it, or set DSR_{stage.upper()}_URL."
        )


class Refused(DsrError):
    """A service answered with a problem (RFC 9457); ``mistakes`` are its reasons."""

    def __init__(self, stage: str, status: int, detail: str, mistakes: tuple[Mapping[str, Any], ...]) -> None:
        self.stage, self.status, self.detail, self.mistakes = stage, status, detail, mistakes
        self.exit_code = 2 if status in (400, 401, 403, 404, 405, 413, 422) else 1
        lines = "".join(
            f"\n  {mistake['field']}: {mistake['text_en']}" if mistake.get("field") else f"\n  {mistake['text_en']}"
            for mistake in mistakes
        )
        super().__init__(f"{stage}: {detail}{lines}")


class Undecided(DsrError):
    """The command is in Kafka and its stage has not decided it in the time waited."""

    exit_code = 5

    def __init__(self, stage: str, command_id: str, waited_s: float) -> None:
        self.stage, self.command_id, self.waited_s = stage, command_id, waited_s
        super().__init__(
            f"{stage} has taken the command {command_id} but not decided it within {waited_s:g} s; it will, unless the "
            f"service is away. Ask again with: dsr command {stage} {command_id}."
        )


class CommandResult(NamedTuple):
    """What became of a command: ``pending``, ``done`` with its result, or ``refused`` with every reason.

    A reason has ``code``, ``text_en``, ``text_bn`` and perhaps ``field``.
    """

    command_id: str
    state: str
    result: Mapping[str, Any]
    reasons: tuple[Mapping[str, Any], ...] = ()


class Client:
    """A synchronous client for all services of a deployment; a context manager."""

    def __init__(
        self,
        settings: Settings,
        transport: httpx.BaseTransport | None = None,
        clock: Callable[[], float] = monotonic,
        pause: Callable[[float], None] = sleep,
    ) -> None:
        self._settings, self._clock, self._pause = settings, clock, pause
        self._http = httpx.Client(
            transport=transport,
            timeout=httpx.Timeout(ANSWER_TIMEOUT_S, connect=CONNECT_TIMEOUT_S),
            # A proxy of the environment must not hear our keys when it is only asked about this machine.
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._http.close()

    def send_command(
        self,
        stage: str,
        name: str,
        about: str,
        arguments: Mapping[str, Any] | None = None,
        *,
        wait_s: float = 30.0,
        idempotency_key: str | None = None,
    ) -> CommandResult:
        """Ask ``stage`` for something, and wait up to ``wait_s`` seconds (0: not at all) until it is decided.

        Raises ``KeyMissing``, ``Unreachable``, ``Refused`` and ``Undecided``. That the stage refused the command is a
        result, not an error: look at its state.
        """
        headers = {} if idempotency_key is None else {"Idempotency-Key": idempotency_key}
        body = {"name": name, "about": about, "arguments": dict(arguments or {})}
        result = _result(self.request("POST", stage, "/v1/commands", json=body, headers=headers))
        begun, pause_s = self._clock(), FIRST_POLL_S
        while result.state == "pending" and wait_s > 0:
            if self._clock() - begun >= wait_s:
                raise Undecided(stage, result.command_id, wait_s)
            self._pause(pause_s)
            pause_s = min(pause_s * 2, LONGEST_POLL_S)
            result = self.command(stage, result.command_id)
        return result

    def command(self, stage: str, command_id: str) -> CommandResult:
        """What became of a command."""
        return _result(self.request("GET", stage, f"/v1/commands/{command_id}"))

    def entries(
        self, stage: str, path: str, name: str, params: Mapping[str, str | int] | None = None
    ) -> Iterator[dict[str, Any]]:
        """The list ``name`` of an address that answers in pages, entry by entry; a page is asked for when it is needed.

        Raises what ``request`` raises.
        """
        asked = dict(params or {})
        while True:
            page = self.request("GET", stage, path, params=asked).json()
            yield from page[name]
            if page.get("next") is None:
                return
            asked["after"] = page["next"]

    def request(
        self,
        method: str,
        stage: str,
        path: str,
        *,
        json: Any = None,
        params: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        content: bytes | None = None,
    ) -> httpx.Response:
        """One request with the key; the answer is a success. Raises ``KeyMissing``, ``Unreachable``, ``Refused``."""
        given = {"Authorization": f"Bearer {self._key()}", **(headers or {})}
        answer = self._ask(method, stage, path, json=json, params=params, headers=given, content=content)
        if answer.is_success:
            return answer
        problem = _problem(answer)
        raise Refused(
            stage,
            answer.status_code,
            str(problem.get("detail", f"The service answered {answer.status_code}.")),
            tuple(problem.get("errors", ())),
        )

    def readiness(self, stage: str) -> Mapping[str, str]:
        """What a service is missing, by probe; empty if it is ready. Needs no key. Raises ``Unreachable``."""
        answer = self._ask("GET", stage, "/health/ready")
        missing = _problem(answer).get("missing")
        return missing if isinstance(missing, dict) else {"http": f"It answered {answer.status_code}."}

    def _ask(self, method: str, stage: str, path: str, **more: Any) -> httpx.Response:
        url = self._settings.url(stage)
        try:
            return self._http.request(method, url + path, **more)
        except httpx.TimeoutException:
            raise Unreachable(stage, url, "it took too long") from None
        except httpx.HTTPError as error:
            raise Unreachable(stage, url, _cause(error)) from None

    def _key(self) -> str:
        settings = self._settings
        if settings.api_key is not None:
            return settings.api_key.get_secret_value()
        if settings.api_key_file is None:
            raise KeyMissing("This needs an API key.")
        try:
            return settings.api_key_file.read_text(encoding="ascii").strip()
        except (OSError, UnicodeDecodeError):
            raise KeyMissing(f"The file {settings.api_key_file} cannot be read.") from None


def _cause(error: httpx.HTTPError) -> str:
    return "nothing listens there" if isinstance(error, httpx.ConnectError) else "the connection broke"


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        content = answer.json()
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}


def _result(answer: httpx.Response) -> CommandResult:
    content = answer.json()
    return CommandResult(
        content["command_id"], content["state"], content.get("result", {}), tuple(content.get("reasons", ()))
    )
