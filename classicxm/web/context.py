"""What the routes of one application share."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import anyio
import anyio.to_thread
from fastapi import HTTPException, Request

from classicxm.errors import ClassicXMError
from classicxm.web.answers import Answers, Question, answered, answered_together
from classicxm.web.gathering import Gathering
from classicxm.web.metrics import Metrics
from classicxm.web.previews import Previews
from classicxm.web.served import Served, ServedModel
from classicxm.web.settings import Settings
from classicxm.web.uploads import InvalidBodyError, Uploads

__all__ = ["Context", "context_of", "known_parameters", "lifespan_of", "refusals", "served_by"]

T = TypeVar("T")


@dataclass
class Context:
    """Models by name (the first is what is asked where none is named), settings, and who waits for what."""

    models: dict[str, ServedModel]
    settings: Settings
    metrics: Metrics = field(default_factory=Metrics)
    gathering: Gathering = field(default_factory=Gathering)
    previews: Previews = field(default_factory=Previews)
    describing: anyio.CapacityLimiter | None = None
    searching: anyio.CapacityLimiter | None = None
    writable: bool = False

    def served(self, name: str | None) -> Served:
        """The present state of a model; HTTPException 404 for an unknown name."""
        return self.model(name).now

    def model(self, name: str | None) -> ServedModel:
        """A model by name; HTTPException 404 for an unknown one."""
        if name is None:
            return next(iter(self.models.values()))
        if name not in self.models:
            raise HTTPException(404, f"no model {name[:100]!r}; there are {', '.join(self.models)}")
        return self.models[name]

    async def described(self, work: Callable[[], T]) -> T:
        """Work upon files, of which few are described at a time, so that searches go on beside it."""
        self.describing = self.describing or anyio.CapacityLimiter(2)
        with anyio.move_on_after(self.settings.limits.waiting) as patience:
            await self.describing.acquire_on_behalf_of(patience)
        if patience.cancelled_caught:
            raise HTTPException(
                503, "too many files wait to be described; try again later", {"retry-after": "5"}
            )
        try:
            return await anyio.to_thread.run_sync(work)
        finally:
            self.describing.release_on_behalf_of(patience)

    async def worked(self, work: Callable[[], T]) -> T:
        """Work of some length upon what is stored."""
        self.searching = self.searching or anyio.CapacityLimiter(4)
        return await anyio.to_thread.run_sync(work, limiter=self.searching)

    async def answers(self, served: Served, question: Question) -> Answers:
        """Answers to a question without files; plain ones may be answered together."""
        if question.is_plain:
            key = (id(served), question.target, question.depth)
            return await self.gathering.ask(key, (served, question), answered_together)
        return await self.worked(lambda: answered(served, question))


def context_of(request: Request) -> Context:
    """The context of the application that a request came to."""
    return request.app.state.context


async def known_parameters(request: Request) -> None:
    """A dependency of every route: a parameter that the route does not declare, or given twice, is an error (422)."""
    declared = {field.alias for field in request.scope["route"].dependant.query_params}
    given = [name for name, _ in request.query_params.multi_items()]
    for name in given:
        if name not in declared:
            raise InvalidBodyError(
                f"{name[:100]}: unknown parameter; there are {', '.join(sorted(declared)) or 'none'}"
            )
        if given.count(name) > 1:
            raise InvalidBodyError(f"{name}: given twice")


def served_by(request: Request, name: str | None) -> Served:
    """The model that a request names."""
    return context_of(request).served(name)


@contextmanager
def refusals(uploads: Uploads | None = None) -> Iterator[None]:
    """Turns what a question does wrong into an answer of one line: 404 for an unknown id, 400 for the rest."""
    try:
        yield
    except KeyError as error:
        raise HTTPException(404, str(error.args[0]) if error.args else "not found") from None
    except (ClassicXMError, ValueError, TypeError, OverflowError) as error:
        message = " ".join(str(error).split())
        raise HTTPException(400, uploads.named(message) if uploads else message) from None


@asynccontextmanager
async def lifespan_of(context: Context) -> AsyncIterator[None]:
    """Looks every second whether a model was replaced, and takes the previews away in the end."""

    async def watch() -> None:
        while True:
            await anyio.sleep(1)
            for model in context.models.values():
                async with model.writing:
                    await anyio.to_thread.run_sync(model.reload)

    try:
        async with anyio.create_task_group() as group:
            group.start_soon(watch)
            yield
            group.cancel_scope.cancel()
    finally:
        context.previews.close()
