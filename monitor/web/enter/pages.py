"""Signing in and out, and in whose name one acts."""

from __future__ import annotations

from secrets import token_hex

import anyio
import structlog
from anyio import to_thread
from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from monitor.store import Account
from monitor.web.bodies import Gate
from monitor.web.enter import passwords
from monitor.web.enter.accounts import AccountDoor
from monitor.web.enter.cookies import ACTING, BROWSER, ENTRY, ERRAND, VISIT
from monitor.web.enter.keys import csrf_of, new_key, same
from monitor.web.enter.oidc import BACK, Provider, ProviderError
from monitor.web.enter.own import own_account
from monitor.web.enter.paths import local
from monitor.web.enter.proxy import counted, sender
from monitor.web.enter.tries import MINUTES, Tries
from monitor.web.reply_form import Fields, fields, first
from monitor.web.room import Form, Room
from monitor.web.visitor import ForbiddenError, StrangerError, admit
from monitor.web.words import sentence

LARGEST = 1 << 13
"""Bytes of the form."""
WAITING = 20
"""Passwords of browsers new to their account that may wait to be checked: a flood of strangers does not keep out who was
here before."""
BROWSERS = "browser."
"""So the codes begin that are signed for browsers."""
CODE = len(BROWSERS) + 16

log = structlog.get_logger()


def entrance(room: Room) -> APIRouter:
    """The routes; where nobody signs in there is but the choice of whom one acts as."""
    router = APIRouter()
    https = room.config.web.https

    @router.post("/me")
    async def me(request: Request) -> Response:
        visitor = await run_in_threadpool(admit(room.door, "admin"), request)

        def chosen(form: Form, _: object) -> Response:
            person = form.get("person", "")
            if person not in room.people:
                raise ForbiddenError("choose somebody of the list")
            log.info("acts as", account=visitor.name, person=person)
            response = RedirectResponse(local(form.get("next", "")), status_code=303)
            ACTING.set(response, person, https=https)
            return response

        return await room.act(request, visitor, chosen)

    if isinstance(room.door, AccountDoor):
        _sign_in(router, room, room.door)
        router.include_router(own_account(room, room.door))
    else:

        @router.get("/login")
        def nothing_to_do() -> Response:
            return RedirectResponse("/", status_code=303)

    return router


def _sign_in(router: APIRouter, room: Room, door: AccountDoor) -> None:
    web = room.config.web
    https, tries, gate = web.https, Tries(), Gate(LARGEST)
    provider = Provider(web.oidc, web.address + BACK) if web.oidc else None
    slots = anyio.CapacityLimiter(passwords.AT_ONCE)

    def page(
        request: Request, after: str, name: str = "", problem: str = "", status: int = 200
    ) -> HTMLResponse:
        entry = ENTRY.of(request, https=https) or new_key()
        accounts = [each for each in room.store.read.accounts.all() if each.ended_at is None]
        body = room.templates.get_template("login.html.jinja").render(
            brand=room.config.brand.name,
            after=after,
            name=name[:100],
            problem=problem,
            csrf=csrf_of(entry),
            passwords=any(each.password for each in accounts),
            accounts=bool(accounts),
            oidc=web.oidc.name if web.oidc else "",
        )
        response = HTMLResponse(body, status_code=status)
        ENTRY.set(response, entry, https=https)
        return response

    def entered(request: Request, account: Account, after: str, by: str) -> Response:
        key = door.begin(account, request)
        log.info("signed in", account=account.name, by=by, address=sender(request, web))
        response = RedirectResponse(after, status_code=303)
        VISIT.set(response, key, https=https)
        BROWSER.set(response, room.links.token(f"{BROWSERS}{token_hex(8)}", account.name), https=https)
        for each in (ENTRY, ERRAND, ACTING):
            each.drop(response, https=https)
        return response

    def browser_of(request: Request, name: str) -> str | None:
        """This browser, when the account of that name was signed in to in it before."""
        shown = BROWSER.of(request, https=https)
        code = shown[:CODE]
        return shown if code.startswith(BROWSERS) and same(shown, room.links.token(code, name)) else None

    @router.get("/login")
    def login(request: Request, next: str = "") -> Response:
        after = local(next)
        try:
            door.visitor(request)
        except StrangerError as error:
            if not error.enter:
                raise
            return page(request, after)
        return RedirectResponse(after, status_code=303)

    @router.post("/login")
    async def enter(request: Request) -> Response:
        async def taken(body: bytes) -> Response:
            return await tried(request, fields(body))

        return await gate.take(request, taken)

    async def tried(request: Request, form: Fields) -> Response:
        name, password, after = (
            first(form, "name").strip(),
            first(form, "password"),
            local(first(form, "next")),
        )

        def refused(problem: str, status: int) -> HTMLResponse:
            return page(request, after, name, problem, status)

        entry = ENTRY.of(request, https=https)
        if not entry or not same(first(form, "csrf"), csrf_of(entry)):
            # Over plain http no browser keeps a cookie that is for https alone.
            where = f" at {web.public_url}" if https else ""
            problem = f"This page had been open for long, or cookies are off: sign in once more{where}."
            return await run_in_threadpool(refused, problem, 403)
        known = await run_in_threadpool(room.store.read.accounts.get, name)
        browser = browser_of(request, known.name) if known else None
        if browser is None and slots.statistics().tasks_waiting >= WAITING:
            return await run_in_threadpool(
                refused, "Too many people sign in at this moment: try again in a minute.", 503
            )
        if not tries.take(name, counted(request, web), browser):
            log.warning("sign-in refused", why="too often", address=sender(request, web))
            return await run_in_threadpool(
                refused, f"Too many tries. Wait {MINUTES} minutes, then sign in once more.", 429
            )
        account = await to_thread.run_sync(door.checked, name, password, limiter=slots)
        if account is None:
            # A name that is none may be a password, typed into the wrong field.
            log.warning(
                "sign-in refused",
                why="password",
                account=known.name if known else None,
                address=sender(request, web),
            )
            return await run_in_threadpool(
                refused, "This name and this password do not belong together.", 403
            )
        tries.worked(name, browser)
        return await run_in_threadpool(entered, request, account, after, "password")

    @router.post("/logout")
    async def logout(request: Request) -> Response:
        visitor = await run_in_threadpool(admit(door, "viewer"), request)

        def left(_: Form, __: object) -> Response:
            door.leave(request)
            log.info("signed out", account=visitor.name)
            response = RedirectResponse("/login", status_code=303)
            for each in (VISIT, ACTING):
                each.drop(response, https=https)
            return response

        return await room.act(request, visitor, left)

    if provider is None:
        return

    @router.get("/login/oidc")
    async def set_out(request: Request, next: str = "") -> Response:
        try:
            response, errand = await provider.set_out(request, local(next))
        except ProviderError as error:
            return await run_in_threadpool(page, request, local(next), "", sentence(str(error)), 503)
        ERRAND.set(response, errand, https=https)
        return response

    @router.get(BACK)
    async def come_back(request: Request) -> Response:
        try:
            name, after = await provider.come_back(request, ERRAND.of(request, https=https))
        except ProviderError as error:
            response: Response = await run_in_threadpool(page, request, "/", "", sentence(str(error)), 403)
            ERRAND.drop(response, https=https)
            return response

        def found() -> Response:
            account = door.account(name, "Your sign-in")
            if web.oidc and web.oidc.claim == "sub" and account.name != name:
                raise ForbiddenError("Your sign-in is not this account's")
            return entered(request, account, local(after), "OpenID Connect")

        return await run_in_threadpool(found)
