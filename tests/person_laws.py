"""The laws of people: who works here, and who is forgotten. Each raises AssertionError where it is broken."""

import unicodedata

from sqlalchemy import func, or_, select

from settlement.store.tables import identities, private_texts
from tests.case_ledger import Past
from tests.case_world import World


def no_open_case_is_left_alone(world: World, past: Past) -> None:
    """Whoever has one, or is asked to take it, is let in and talks to customers."""
    for row in past.now["cases"]:
        if row.state != "closed":
            assert world.works(row.owner), f"case {row.id} is left to {row.owner}"
            assert row.offered_to is None or world.works(row.offered_to)


def one_name_has_one_reference(world: World, past: Past) -> None:
    """However it is written, unless who bore it was forgotten; else what they got would not count together."""
    known = set(world.tx.scalars(select(identities.c.ref)))
    past.refs = {name: ref for name, ref in past.refs.items() if ref in known}
    for case_id, _, event in past.new:
        if event.name not in ("opened", "diagnosed", "facts_changed"):
            continue
        told = world.known(case_id)
        for kind, said in (("customer", told.customer), ("order", told.order)):
            if said is not None:
                name, ref = (kind, _as_read(said.id)), event.body["complaint"][kind]["id"]
                assert past.refs.setdefault(name, ref) == ref, f"{said.id!r} is somebody else"


def _as_read(name: str) -> str:
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def who_is_forgotten_is_forgotten(world: World, past: Past) -> None:
    """No name, no word of theirs is left, and no case that is open or held by law stood in the way."""
    for case_id, _, event in past.new:
        if event.name != "identity_erased":
            continue
        case = past.cases[case_id]
        assert case.state == "closed", f"case {case_id} is {case.state}"
        assert case.hold != "legal"
        assert not _count(world, private_texts, private_texts.c.case_id == case_id)
        ref = event.body["customer"]
        if ref is not None:
            assert not _count(
                world, identities, or_(identities.c.ref == ref, identities.c.customer_ref == ref)
            )


def _count(world: World, table, which) -> int:
    return world.tx.scalar(select(func.count()).select_from(table).where(which))


PERSON_LAWS = (no_open_case_is_left_alone, one_name_has_one_reference, who_is_forgotten_is_forgotten)
