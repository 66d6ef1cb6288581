"""Who acts: the roles, from the first line to the top, and those who only read."""

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """Roles of people. The first five talk to customers and may grant; their order is their rank."""

    AGENT = "agent"
    SENIOR_AGENT = "senior_agent"
    SUPERVISOR = "supervisor"
    MANAGER = "manager"
    DIRECTOR = "director"
    FINANCE = "finance"
    AUDITOR = "auditor"
    ADMIN = "admin"


LEVELS = (Role.AGENT, Role.SENIOR_AGENT, Role.SUPERVISOR, Role.MANAGER, Role.DIRECTOR)
"""Approval levels, lowest first."""


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, named, in a role."""

    name: str
    role: Role


def may_grant(role: Role, level: Role) -> bool:
    """Whether a role reaches an approval level."""
    return role in LEVELS and LEVELS.index(role) >= LEVELS.index(level)


def highest_level(*levels: Role) -> Role:
    """The highest of several approval levels."""
    return max(levels, key=LEVELS.index)
