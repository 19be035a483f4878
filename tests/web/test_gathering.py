"""Questions that wait are answered together, each by its own answer."""

import asyncio
import threading

import pytest

from classicxm.web import gathering as module
from classicxm.web.gathering import Gathering


def test_what_waits_behind_a_round_is_answered_together():
    async def run():
        gathering, rounds, go = Gathering(), [], threading.Event()

        def answer(questions):
            rounds.append(len(questions))
            if len(rounds) == 1:
                go.wait(5)
            return [question * 2 for question in questions]

        first = asyncio.create_task(gathering.ask("key", 1, answer))
        await asyncio.sleep(0.05)
        others = [asyncio.create_task(gathering.ask("key", n, answer)) for n in range(2, 7)]
        await asyncio.sleep(0.05)
        go.set()
        assert [await first, *[await one for one in others]] == [2, 4, 6, 8, 10, 12]
        assert rounds == [1, 5] and gathering.largest == 5 and not gathering.running

    asyncio.run(run())


def test_a_round_is_bounded_and_keys_stay_apart(monkeypatch):
    monkeypatch.setattr(module, "MOST", 2)

    async def run():
        gathering, rounds = Gathering(), []

        def answer(questions):
            rounds.append(list(questions))
            return questions

        await asyncio.gather(*(gathering.ask(n % 2, n, answer) for n in range(8)))
        assert all(len(one) <= 2 and len({n % 2 for n in one}) == 1 for one in rounds)

    asyncio.run(run())


def test_faults_reach_those_who_asked():
    async def run():
        gathering = Gathering()
        with pytest.raises(KeyError):
            await gathering.ask("key", 1, lambda questions: [KeyError("a")])

        def broken(questions):
            raise RuntimeError

        with pytest.raises(RuntimeError):
            await gathering.ask("key", 1, broken)
        assert await gathering.ask("key", 3, lambda questions: questions) == 3

    asyncio.run(run())
