"""Why durable_rules is fenced: it still does these things. A changed result means a changed package.

Each in its own process, for some of them end it.
"""

import signal
import subprocess
import sys

PRELUDE = """
import json, resource, durable_rules_engine as engine

def ruleset(*conditions):
    rules = {f"r{n}": {"all": [{"m": condition}]} for n, condition in enumerate(conditions)}
    return engine.create_ruleset("t", json.dumps(rules))

def post(handle, **properties):
    fact = json.dumps({"id": "1", "sid": "0", **properties})
    return engine.assert_fact(handle, fact)

def drain(handle, state):
    names, started = [], engine.start_action_for_state(handle, state)
    message = started and started[1]
    while message is not None:
        names += json.loads(message)
        message = engine.complete_and_start_action(handle, state)
    return names
"""


def run(code: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", PRELUDE + code], capture_output=True, text=True, check=False)


def printed(code: str) -> str:
    done = run(code)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_names_with_the_same_hash_are_one_name():
    code = """
handle = ruleset({"costarring": 1})
print(drain(handle, post(handle, liquid=1)[1]))
"""
    assert printed(code) == "['r0']"


CONDITIONS = """
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
resource.setrlimit(resource.RLIMIT_CPU, (2, 3))
handle = ruleset(*({"c0": n} for n in range(%d)))
print(drain(handle, post(handle, c0=7)[1]))
"""


def test_512_conditions_under_one_node_loop_for_ever_and_256_do_not():
    assert printed(CONDITIONS % 256) == "['r7']"
    assert run(CONDITIONS % 512).returncode == -signal.SIGXCPU


def test_after_an_interrupted_drain_the_next_fact_gives_no_rows_and_no_error():
    code = """
handle = ruleset({"c0": 1}, {"$gte": {"c0": 1}})
code, state = post(handle, c0=1)
engine.start_action_for_state(handle, state)
engine.retract_fact(handle, '{"id":"1","sid":"0"}')
code, state = post(handle, c0=1)
print(code, drain(handle, state))
"""
    assert printed(code) == "0 []"


def test_the_65th_waiting_condition_is_an_error_that_depends_on_the_fact():
    code = """
def between(low, high):
    return {"$and": [{"$gte": {"c0": low}}, {"$lte": {"c0": high}}]}
handle = ruleset(*({"$or": [between(9 * n, 9 * n + 1), between(9 * n + 3, 9 * n + 4)]} for n in range(48)))
print(post(handle, c0=0)[0])
try:
    post(handle, c0=1000)
except engine.error as error:
    print(error)
"""
    assert printed(code) == "0\nCould not assert fact, error code: 303"


def test_overlapping_alternatives_fire_twice():
    code = """
handle = ruleset({"$or": [{"$gte": {"c0": 1}}, {"$gte": {"c0": 2}}]})
print(drain(handle, post(handle, c0=5)[1]))
"""
    assert printed(code) == "['r0', 'r0']"


def test_types_are_mixed_and_great_integers_clamp():
    code = """
handle = ruleset({"c0": 1}, {"c0": 2**63 - 1})
for value in (True, "1", 10**30):
    print(drain(handle, post(handle, c0=value)[1]))
    engine.retract_fact(handle, '{"id":"1","sid":"0"}')
"""
    assert printed(code) == "['r0']\n['r0']\n['r1']"
