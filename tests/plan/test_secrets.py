"""Which secrets the workers need from now on. Only names are ever read."""

from __future__ import annotations

import pytest

from pipeline.errors import UsageError
from pipeline.plan.secrets import provided_names
from pipeline.plan.values import Reference
from pipeline.values.device import Credential, Hop
from tests.plan.inventories import LAB, device, planned

EDGE = Credential("edge", "env:EDGE_USER", private_key="file:/run/key", passphrase="env:LAB_PASSWORD")


def test_a_reference_is_new_where_its_queue_did_not_need_it() -> None:
    plan = planned([device("a")], [device("a"), device("b", queue_id=None, group="edge")])
    assert plan.references == (Reference("env:LAB_PASSWORD", ("lab",), (None,), True, None),)


def test_references_of_a_new_credential_come_by_name_with_queue_and_credential() -> None:
    plan = planned([device("a")], [device("a", credential=EDGE)])
    assert [(found.reference, found.queues) for found in plan.references] == [
        ("env:EDGE_USER", ("core",)),
        ("file:/run/key", ("core",)),
    ]


def test_a_jump_host_s_credential_is_needed_by_the_device_s_workers() -> None:
    hop = Hop("bastion", "192.0.2.7", 22, Credential("hop", "u", password="env:HOP"))
    [found] = planned([device("a")], [device("a", jump=(hop,))]).references
    assert (found.reference, found.credentials, found.queues) == ("env:HOP", ("hop",), ("core",))


def test_a_plain_user_name_is_no_reference() -> None:
    assert [r.reference for r in planned([], [device("a")]).references] == ["env:LAB_PASSWORD"]


def test_what_is_not_provided_is_listed_new_or_not() -> None:
    plan = planned([device("a")], [device("a"), device("b", credential=EDGE)], {"file:/run/key"})
    assert [(r.reference, r.is_new, r.provided) for r in plan.references] == [
        ("env:EDGE_USER", True, False),
        ("env:LAB_PASSWORD", False, False),
        ("file:/run/key", True, True),
    ]
    assert plan.not_provided == ("env:EDGE_USER", "env:LAB_PASSWORD")
    assert planned([device("a")], [device("a")], {"env:LAB_PASSWORD"}).references == ()
    assert LAB.password == "env:LAB_PASSWORD"


def test_a_list_of_names_may_be_an_env_file() -> None:
    text = "# the workers' environment\n\nA\nB=hunter2\nexport C='x = y'\nenv:D\nfile:/run/key\n  E =1\n"
    assert provided_names("f", text) == {"env:A", "env:B", "env:C", "env:D", "env:E", "file:/run/key"}


@pytest.mark.parametrize("line", ["hunter2-secret", "file:relative", "=hunter2", "a b"])
def test_a_line_that_is_no_name_is_refused_and_not_repeated(line: str) -> None:
    with pytest.raises(UsageError, match=r"^names.env, line 2: ") as caught:
        provided_names("names.env", f"A\n{line}\n")
    assert line not in str(caught.value)
