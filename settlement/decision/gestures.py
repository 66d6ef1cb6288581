"""What is said and done beside the money: explanation, apology, call-back, prevention."""

from settlement.complaint import Matter, Mood, Wants
from settlement.decision.answer import Advice
from settlement.roles import LEVELS, Role
from settlement.rules.policy import Gesture, PolicyTerms


def choose_gestures(
    matter: Matter, grade: int, liable: bool, terms: PolicyTerms, climbed: int = 0
) -> tuple[str, ...]:
    """Ids of the gestures: one explanation, one apology where we are liable, a call-back for face.

    In talks the apology climbs; `climbed` says by how many levels.
    """
    face = matter.wants is not Wants.MONEY
    suited = [gesture for gesture in terms.gestures if suits(gesture, matter)]
    chosen = _first(suited, "explanation", Role.AGENT)
    if liable:
        chosen += _first(suited, "apology", apology_level(grade, face=face, climbed=climbed))
    if face or matter.mood is not Mood.COMPENSATION:
        chosen += _first(suited, "call_back", Role.AGENT)
    return tuple(chosen)


def choose_prevention(matter: Matter, terms: PolicyTerms) -> tuple[str, ...]:
    """Ids of what will be done so that it does not happen again."""
    return tuple(g.id for g in terms.gestures if g.kind == "prevention" and suits(g, matter))


def suits(gesture: Gesture, matter: Matter) -> bool:
    return not gesture.problems or matter.problem in gesture.problems


def apology_level(grade: int, *, face: bool, climbed: int = 0) -> Role:
    """Who apologises: an agent, for serious harm a supervisor, for critical a director; for face one up."""
    step = (grade >= 3) + (grade >= 5) + face + climbed
    return (Role.AGENT, Role.SUPERVISOR, Role.DIRECTOR)[min(step, 2)]


def _first(gestures: list[Gesture], kind: str, at_least: Role) -> list[str]:
    """The lowest gesture of a kind that reaches a level; the highest there is where none does."""
    ranked = sorted((g for g in gestures if g.kind == kind), key=lambda g: LEVELS.index(g.level))
    reaching = [g for g in ranked if LEVELS.index(g.level) >= LEVELS.index(at_least)]
    return [(reaching or ranked[-1:])[0].id] if ranked else []


def first_advice(matter: Matter, *, liable: bool) -> Advice:
    """How to begin: facts before feelings before interests; nothing is asked in return yet."""
    say = ["facts_back", "emotion_named"]
    say += ["gesture_first"] if liable and matter.wants is not Wants.MONEY else []
    say += ["what_we_give"] if liable else ["explain_cause"]
    return Advice(step="confirm", say=tuple(say), ask_in_return=())
