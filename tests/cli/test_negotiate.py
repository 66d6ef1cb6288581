"""`settlement negotiate`: the talks of a case on the terminal."""

import re
import tomllib

import pytest

from settlement.cases.lifecycle import ROUNDS
from settlement.cli.talk_lines import EXAMPLES, SIGNAL_EXAMPLES, Unread, read_line
from settlement.decision.phrases import own_texts
from settlement.negotiation.advice import NEEDS_A_YES
from settlement.negotiation.events import Round
from settlement.negotiation.items import Status
from settlement.negotiation.talks import State, Step, Talk
from settlement.store.cases import find_history
from tests.cli.conftest import ROOT
from tests.desk.test_case_life import an_open_case

WATCH = ROOT / "examples" / "smart_watch.json"
TO_THE_OFFER = ["confirmed", "items money:must:500.00 face:want", "offered"]


def typed(*lines: str) -> str:
    return "\n".join(lines) + "\n"


def test_a_file_is_played_from_listening_to_the_letter(run):
    done = run("negotiate", WATCH, input=typed(*TO_THE_OFFER, "countered 400.00", "offered", "accepted 2"))
    assert done.exit_code == 0
    heads = [line for line in done.output.splitlines() if line.startswith("C-1003 ·")]
    assert [head.split(" · ")[1] for head in heads] == [
        "listening",
        "splitting the demand",
        "an offer is to be put",
        "an offer is on the table",
        "an offer is to be put",
        "an offer is on the table",
        "settled",
    ]
    assert "The offer: 351.77 CNY" in done.output
    assert "The offer: 400.00 CNY" in done.output
    assert "Your complaint C-1003: what we agreed" in done.output
    assert "money, must have, 500.00 CNY: partly met (the offer is less)" in done.output


@pytest.mark.parametrize(
    ("language", "heading", "line"),
    [
        ("en", "Courtesy: Voucher 20.00 CNY", "- Voucher, 20.00 CNY, as a courtesy (by "),
        ("zh", "礼遇：优惠券 20.00 CNY", "- 优惠券，20.00 CNY，聊表心意（最迟"),
    ],
)
def test_a_courtesy_is_shown_with_the_offer_and_told_in_the_letter(run, language, heading, line):
    played = typed("confirmed", "items face:want", "offered", "accepted")
    file = ROOT / "examples" / "own_misunderstanding.json"
    output = run("negotiate", file, "--language", language, input=played).output
    assert output.count(heading) == 3  # to be put, on the table, settled
    assert line in output


def test_talks_that_end_without_a_yes_show_a_letter_too(run):
    output = run("negotiate", WATCH, input=typed(*TO_THE_OFFER, "left")).output
    assert "Your complaint C-1003: how our talks ended" in output
    assert "- 225.00 CNY in money (by " in output
    assert re.search(r"^You may also turn .* how we treat you\.$", output, re.MULTILINE)  # lines are whole


def test_what_cannot_be_read_or_has_no_effect_is_told_and_the_talks_go_on(run):
    done = run("negotiate", WATCH, input=typed("banana", "countered much", "accepted 1", "confirmed"))
    assert done.exit_code == 0
    now = "Type: confirmed · countered 360 · left · "
    assert f"“banana” is nothing that can be told.\n  {now}" in done.stderr
    assert (
        "“much” is no sum in CNY. Write it in the currency itself: 5000 is 5000.00.\n  Type: countered 360\n"
        in done.stderr
    )
    assert f"It has no effect now that the customer chose an option: listening.\n  {now}" in done.stderr
    assert "splitting the demand" in done.output


@pytest.mark.parametrize("written", ["5000", "5,000", "5000.00", "5,000.0", "¥5000", "５０００"])
def test_a_sum_is_typed_as_people_write_it_and_shown_as_it_was_understood(run, written):
    done = run("negotiate", WATCH, input=typed(*TO_THE_OFFER, f"countered {written}"))
    assert "Understood: the customer named a sum, 5000.00 CNY" in done.output


@pytest.mark.parametrize("written", ["", "much", "-5", "1.234", "5,00", "1e3", "99999999999999999999"])
def test_what_is_no_sum_is_told_with_what_to_type(run, written):
    done = run("negotiate", WATCH, input=typed(*TO_THE_OFFER, f"countered {written}"))
    assert f"“{written}” is no sum in CNY" in done.stderr
    assert "Type: countered 360" in done.stderr


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_error_says_in_its_language_what_to_type_instead(run, language):
    """And what it says to type is taken."""
    wrong = ["offer", "items cash:must", "items money:urgent", "accepted", "ranked x", "wished gold"]
    wrong += [
        "threatened me",
        "overridden 350",
        "overridden lots why",
        "signal loud",
        "withdraw legal",
        "silent 2",
    ]
    for line in wrong:
        done = run("negotiate", WATCH, "--language", language, input=typed("confirmed", line))
        told = done.stderr.splitlines()
        assert len(told) == 2, line
        assert told[1].startswith("  Type: " if language == "en" else "  请输入："), line
        if language == "zh":
            assert re.search(r"[\u4e00-\u9fff]", told[0]), line
        for instead in re.split("Type: |请输入：", told[1])[1].split(" · "):
            read_line(instead, "CNY")


def test_where_nothing_was_noted_the_page_says_so(run):
    done = run("negotiate", WATCH, input=typed("confirmed", "items"))
    assert "What the customer asks for\n  • nothing was noted" in done.output


def test_a_danger_after_the_end_is_shown_and_the_talks_stay_over(run):
    done = run(
        "negotiate", WATCH, input=typed("threatened violence", "safety_raised", "signal legal", "offered")
    )
    assert "Came up after the talks were over; they stay over\n  • a danger to people" in done.output
    assert done.stderr.count("The talks are over. An empty line leaves") == 2


def test_a_signal_that_the_words_hint_at_is_confirmed_by_a_line(run, database, database_url):
    with database.transaction() as tx:
        an_open_case(tx, said="My lawyer will hear of it.")
    url = ["--database", database_url]
    hinted = run("negotiate", "C-1001", *url, input=typed("signal legal", ""))
    assert "a court, an authority or a lawyer (lawyer). Once confirmed: The talks end" in hinted.output
    assert "handed up" in hinted.output
    assert "What the customer's words hint at" not in run("negotiate", "C-1001", *url, input="").output


@pytest.mark.parametrize(("language", "word"), [("en", "What happened"), ("zh", "含义")])
def test_a_question_mark_lists_every_event(run, language, word):
    output = run("negotiate", WATCH, "--language", language, input=typed("?")).output
    assert word in output
    assert all(example in output for example in EXAMPLES.values())


def test_every_event_can_be_typed_as_its_example_says():
    known = {model.model_fields["event"].default for model in Round.__origin__.__args__}
    assert set(EXAMPLES) == known
    for name, example in EXAMPLES.items():
        assert read_line(example, "CNY").event == name
    with pytest.raises(Unread):
        read_line("offered twice", "CNY")


def test_every_state_step_and_status_has_its_words():
    labels = tomllib.loads((ROOT / "settlement" / "cli" / "labels.toml").read_text("utf-8"))
    texts = own_texts()
    assert set(texts["talk_state"]) == set(State)
    assert set(texts["step"]) == {*Step, "answer"}
    assert set(texts["item_status"]) == set(Status)
    assert set(labels["event"]) == {*EXAMPLES, *SIGNAL_EXAMPLES}
    source = (ROOT / "settlement" / "negotiation" / "items.py").read_text("utf-8")
    moves = (ROOT / "settlement" / "negotiation" / "moves.py").read_text("utf-8")
    stops = set(re.findall(r'_(?:closed|escalated)\([^"\n]*"([a-z_]+)"\)', moves)) | {"violence", "extortion"}
    assert stops == set(texts["stop"])
    whys = set(re.findall(r'(?:why=|_due\(.*, )"([a-z_]+)"', moves))
    assert {*whys, Talk.__dataclass_fields__["why"].default, NEEDS_A_YES} == set(texts["why"])
    codes = set(re.findall(r'"([a-z]+(?:_[a-z]+)+)"', source))
    assert codes <= set(texts["item_reason"])


def test_a_case_of_the_database_goes_on_where_it_stood(run, database, database_url):
    with database.transaction() as tx:
        an_open_case(tx)
    for lines, state in (
        (["confirmed"], "splitting the demand"),
        (["items face:must"], "an offer is to be put"),
    ):
        done = run("negotiate", "C-1001", "--database", database_url, input=typed(*lines))
        assert state in done.output
    with database.reading() as tx:
        rounds = [event.name for event in find_history(tx, "C-1001") if event.name in ROUNDS]
    assert rounds == ["confirmed", "items_split"]


def test_a_case_that_is_not_there_and_a_file_with_a_database_are_refused(run, database_url):
    url = ["--database", database_url]
    assert "There is no case “C-9” in this database." in run("negotiate", "C-9", *url).stderr
    gone = run("negotiate", "C-9", *url, "--language", "zh")
    assert (gone.exit_code, "没有案件“C-9”" in gone.stderr) == (2, True)
    assert "is played in its own" in run("negotiate", WATCH, *url).stderr
