"""One's own account: where one is signed in, and another password."""

from __future__ import annotations

from datetime import timedelta

import structlog
from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from monitor.web.enter import passwords
from monitor.web.enter.accounts import AccountDoor
from monitor.web.enter.cookies import VISIT
from monitor.web.enter.keys import hash_of
from monitor.web.enter.tries import MINUTES, Tries
from monitor.web.room import Form, Room
from monitor.web.visitor import ForbiddenError, Visitor, admit

log = structlog.get_logger()


def own_account(room: Room, door: AccountDoor) -> APIRouter:
    """The routes."""
    router = APIRouter()
    viewer = Depends(admit(door, "viewer"))
    web, tries = room.config.web, Tries()
    idle = timedelta(hours=web.session_hours)

    def page(visitor: Visitor, problem: str = "", done: str = "", status: int = 200) -> HTMLResponse:
        name, now = visitor.account or "", door.now()
        account = room.store.read.accounts.get(name)
        return room.page(
            "account.html.jinja",
            visitor,
            status=status,
            account=account,
            visits=room.store.read.visits.of(name, now - idle, now),
            tokens=[each for each in room.store.read.tokens.all() if each.account.name == name],
            problem=problem,
            done=done,
            least=passwords.LEAST,
        )

    @router.get("/account")
    def show(visitor: Visitor = viewer, done: str = "") -> HTMLResponse:
        said = {"password": "Your password is changed.", "others": "You are signed in nowhere else any more."}
        return page(visitor, done=said.get(done, ""))

    @router.post("/account/password")
    async def change(request: Request) -> Response:
        visitor = await run_in_threadpool(admit(door, "viewer"), request)

        def changed(form: Form, _: object) -> Response:
            name = visitor.account or ""
            if not tries.take(name, None, None):
                return page(visitor, f"Too many tries. Wait {MINUTES} minutes.", status=429)
            account = door.checked(name, form.get("old", ""))
            if account is None:
                return page(visitor, "The old password is not this one; nothing was changed.", status=403)
            new = form.get("new", "")
            if what := passwords.flaw(new, name):
                return page(visitor, f"The new password {what}; nothing was changed.", status=400)
            kept = passwords.hashed(new)
            room.store.write(lambda tables: tables.accounts.set_password(account.name, kept, door.now()))
            log.info("password changed", account=account.name, by="its owner")
            fresh = room.store.read.accounts.get(account.name)
            if fresh is None:
                raise ForbiddenError("this account is gone")
            response = RedirectResponse("/account?done=password", status_code=303)
            VISIT.set(response, door.begin(fresh, request), https=web.https)
            return response

        return await room.act(request, visitor, changed)

    @router.post("/account/others")
    async def others(request: Request) -> Response:
        visitor = await run_in_threadpool(admit(door, "viewer"), request)

        def ended(_: Form, __: object) -> Response:
            here = hash_of(VISIT.of(request, https=web.https))
            name = visitor.account or ""
            room.store.write(lambda tables: tables.accounts.sign_out(name, but=here))
            log.info("signed out elsewhere", account=name)
            return RedirectResponse("/account?done=others", status_code=303)

        return await room.act(request, visitor, ended)

    return router
