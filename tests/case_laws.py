"""Every law of cases, and where it is looked at.

EACH_STEP   after every step of a world
AT_END      once, when a world has come to its end

They do not use the code that they judge: what was granted, by whose authority, and how much room there was
is added up again from the events. Only the offers themselves come from the adviser.
"""

from collections.abc import Callable, Sequence
from random import Random

from sqlalchemy.exc import IntegrityError

from settlement.desk.audit import verify_records
from settlement.desk.replay import replay_all
from settlement.store.database import Database
from tests.case_ledger import Past, learn, remember
from tests.case_walks import Temptation, undone, walk
from tests.case_world import World, shelf
from tests.grant_laws import GRANT_LAWS
from tests.life_laws import LIFE_LAWS
from tests.person_laws import PERSON_LAWS

SEED, STEPS = 12, 25  # of the walks in which a mistake is looked for

Law = Callable[[World, Past], None]


def the_log_verifies(world: World, past: Past) -> None:
    _, _, findings = verify_records(world.tx)
    assert not findings


def every_decision_can_be_made_again(world: World, past: Past) -> None:
    """Whoever was forgotten since."""
    for each in replay_all(world.tx, shelf()):
        assert each.problem is None, each


EACH_STEP: tuple[Law, ...] = (*GRANT_LAWS, *LIFE_LAWS, *PERSON_LAWS)
AT_END: tuple[Law, ...] = (the_log_verifies, every_decision_can_be_made_again)


def look(world: World) -> None:
    """Learn what happened in a step, then look at every law."""
    _look(world, EACH_STEP)


def _look(world: World, laws: Sequence[Law]) -> None:
    past = world.memory.setdefault("past", Past())
    learn(world, past)
    for law in laws:
        law(world, past)
    remember(past)


def look_at_end(world: World) -> None:
    past = world.memory.setdefault("past", Past())
    for law in AT_END:
        law(world, past)


def breach(database: Database, law: Law, temptations: tuple[Temptation, ...], walks: int) -> str | None:
    """How a law is broken in some walks by chance; None where none breaks it."""
    laws = [each for each in EACH_STEP if each is law]

    def look_at_one(world: World) -> None:
        _look(world, laws)

    for number in range(walks):
        with undone(database) as tx:
            world = World(tx, look_at_one)
            try:
                walk(world, Random(f"{SEED}:{number}"), STEPS, temptations)
                if law in AT_END:
                    look_at_end(world)
            except AssertionError as broken:
                return f"{number}: {broken}"
            except IntegrityError as refused:
                return f"{number}: the database refuses it: {refused.orig}"
    return None
