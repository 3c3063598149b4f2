"""Faults to order: how a plan is written, counted and given over HTTP."""

from pathlib import Path

import pytest

from plaid_sync.emulator.faults import KINDS, FaultPlan, PlannedFault, PlanUnreadable, read_plan
from plaid_sync.emulator.server import EmulatorServer
from plaid_sync.emulator.wire import loads
from tests.emulator.asking import poster, send
from tests.emulator.test_command import command  # noqa: F401  a fixture

SYNC = "/transactions/sync"


def a_plan(**facts) -> dict:
    return {"faults": [{"endpoint": SYNC, "kind": "page", "argument": 503} | facts]}


def test_a_plan_says_which_call_goes_wrong_and_how():
    assert read_plan(a_plan(call=2, times=3)) == [PlannedFault(SYNC, "page", 503, 2, 3)]


@pytest.mark.parametrize(
    ("plan", "problem"),
    [
        (None, "A plan is"),
        ([], "A plan is"),
        ({"faults": {}}, "A plan is"),
        ({"faults": ["page"]}, "an endpoint and a kind"),
        ({"faults": [{"endpoint": SYNC}]}, "an endpoint and a kind"),
        (a_plan(colour="red"), "an endpoint and a kind"),
        (a_plan(endpoint="/transactions/synch"), "no endpoint"),
        (a_plan(kind="explode"), "no fault 'explode'"),
        (a_plan(call=0), "`call`"),
        (a_plan(times="often"), "`times`"),
        (a_plan(argument=200), "300 to 599"),
        (a_plan(kind="error"), "error codes"),
        (a_plan(kind="set", argument={"at": "added"}), '"value"'),
        (a_plan(kind="copy", argument={"at": "added.0", "to": 7}), "path"),
        (a_plan(kind="hang_up", argument=1), "left out"),
    ],
)
def test_a_plan_that_makes_no_sense_is_refused_with_the_reason(plan, problem):
    with pytest.raises(PlanUnreadable, match=problem):
        read_plan(plan)


def test_a_plan_in_json_may_give_parts_of_a_second():
    plan = loads(b'{"faults": [{"endpoint": "/transactions/sync", "kind": "drip", "argument": 0.001}]}')
    with EmulatorServer() as server:
        server.faults.expect(read_plan(plan))
        answer = poster(server.url)(SYNC)
        assert (answer.status, server.faults.as_told()) == (400, [])


def test_calls_count_for_each_endpoint_from_the_order_on():
    plan = FaultPlan()
    plan.expect([PlannedFault(SYNC, "page", 503, 2, 2), PlannedFault("/item/get", "hang_up")])
    kinds = [fault and fault.kind for fault in (plan.take(SYNC), plan.take("/item/get"), plan.take(SYNC))]
    assert kinds == [None, "hang_up", "page"]
    assert [each["endpoint"] for each in plan.as_told()] == [SYNC]
    assert [plan.take(SYNC) is not None, plan.take(SYNC) is not None] == [True, False]
    assert plan.as_told() == []


def test_faults_are_ordered_over_http_where_that_is_switched_on():
    with EmulatorServer() as server:
        order = poster(server.url)
        assert order("/emulator/faults", **a_plan()).status == 404
        server.takes_faults = True
        assert order("/emulator/faults", **a_plan()).body["faults"][0]["kind"] == "page"
        assert order("/emulator/faults", **a_plan(kind="explode")).status == 400
        assert len(send(f"{server.url}/emulator/faults", None).body["faults"]) == 1
        rate_limit = {"endpoint": "/institutions/get", "kind": "rate_limit", "argument": 7}
        order("/emulator/faults", faults=[rate_limit])
        asked = {"count": 1, "offset": 0, "country_codes": ["US"]}
        assert [order("/institutions/get", **asked).status for _ in range(2)] == [429, 200]


def test_a_file_orders_faults_from_the_start(command, tmp_path):  # noqa: F811
    file = tmp_path / "faults.json"
    file.write_text('{"faults": [{"endpoint": "/institutions/get", "kind": "error", "argument": "API_ERROR/OOPS"}]}')
    process = command("--port", "0", "--faults", str(file))
    ask = poster(process.stdout.readline().split()[-1])
    asked = {"count": 1, "offset": 0, "country_codes": ["US"]}
    assert ask("/institutions/get", **asked).body["error_code"] == "OOPS"
    assert ask("/institutions/get", **asked).status == 200
    assert ask("/emulator/faults", faults=[]).status == 200


@pytest.mark.parametrize("text", ["{", '{"faults": 7}', ""])
def test_a_file_that_holds_no_plan_is_named(command, tmp_path, text):  # noqa: F811
    file = tmp_path / "faults.json"
    file.write_text(text)
    output, errors = command("--port", "0", "--faults", str(file)).communicate(timeout=60)
    assert str(file) in errors
    assert output == ""


def test_the_documentation_names_every_fault():
    text = (Path(__file__).parents[2] / "docs" / "simulated-bank.md").read_text()
    assert [kind for kind in KINDS if f"`{kind}`" not in text] == []
