"""Questions that wait while others are answered are answered together, by one product where that is faster."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Hashable
from typing import Any

import anyio.to_thread

__all__ = ["MOST", "Gathering"]

#: Questions that one round answers at most.
MOST = 64


class Gathering:
    """Rounds of questions: alone, a question is answered at once; behind a running round, with all that wait.

    One round runs at a time, so that numpy's products do not fight for a process's one interpreter.
    """

    def __init__(self) -> None:
        self.waiting: dict[Hashable, list[tuple[Any, asyncio.Future]]] = {}
        self.running = False
        self.largest = 0
        self.rounds: set[asyncio.Task] = set()

    async def ask(self, key: Hashable, question: Any, answer: Callable[[list[Any]], list[Any]]) -> Any:
        """The answer to one question.

        Parameters
        ----------
        key : hashable
            Questions of one key, and of one ``answer``, are answered in one round.
        question : anything
        answer : callable
            From a list of questions to a list of answers, or exceptions, which are raised to those who asked.
        """
        future: asyncio.Future = asyncio.get_running_loop().create_future()
        self.waiting.setdefault((key, answer), []).append((question, future))
        if not self.running:
            self.running = True
            task = asyncio.create_task(self._rounds())
            self.rounds.add(task)
            task.add_done_callback(self.rounds.discard)
        return await future

    async def _rounds(self) -> None:
        try:
            while self.waiting:
                kind = next(iter(self.waiting))
                together = self.waiting.pop(kind)
                together, left = together[:MOST], together[MOST:]
                if left:
                    self.waiting[kind] = left
                self.largest = max(self.largest, len(together))
                await self._answered(kind[1], together)
        finally:
            self.running = False

    async def _answered(
        self, answer: Callable[[list[Any]], list[Any]], together: list[tuple[Any, asyncio.Future]]
    ) -> None:
        try:
            answers = await anyio.to_thread.run_sync(answer, [question for question, _ in together])
        except Exception as error:  # whoever asked gets it
            answers = [error] * len(together)
        for (_, future), found in zip(together, answers, strict=True):
            if future.cancelled():
                continue
            if isinstance(found, BaseException):
                future.set_exception(found)
            else:
                future.set_result(found)
