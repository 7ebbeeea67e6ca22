"""The threats of SECURITY.md: who could do what, what stands against it, and the tests that prove it.

A test that is renamed or removed is missed here, and a file of tests/attacks that nothing names is, too.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass

from tests.docs.markdown import ROOT

_ATTACKS = "tests/attacks"


@dataclass(frozen=True, slots=True)
class Threat:
    """A threat. `proofs` are `file::test`; a file without a folder is one of tests/attacks."""

    threat: str
    defence: str
    proofs: tuple[str, ...]


_MESSAGES = "test_who_can_write_messages.py"
_REQUESTS = "test_who_can_open_a_pull_request.py"
_WIRE = "test_who_sits_on_the_wire.py"
_ROLE = "test_who_has_one_role.py"
_REVIEW = "test_what_a_reviewer_sees.py"
_REDIS = "test_who_can_write_to_redis.py"
_DEVICE = "test_who_can_pose_as_a_device.py"
_LOGIN = "test_who_has_a_login_on_this_machine.py"

THREATS: Mapping[str, tuple[Threat, ...]] = {
    "Whoever can write to the broker or to Redis": (
        Threat(
            "sends a worker to a host of its own",
            "orders are signed by drivers, with task, queue and deadline in the signature",
            (f"{_MESSAGES}::test_an_order_of_nobody_is_not_carried_out",
             f"{_MESSAGES}::test_a_signature_fits_no_other_order"),
        ),
        Threat(
            "reports a backup that never was",
            "outcomes are signed by the workers of their queue, and end only their own open row",
            (f"{_MESSAGES}::test_an_outcome_of_nobody_ends_nothing",
             "tests/store/test_consumer.py::test_an_outcome_of_another_job_than_the_rows_ends_nothing"),
        ),
        Threat(
            "passes off a host key",
            "answers are signed, too",
            (f"{_MESSAGES}::test_an_answer_of_nobody_is_not_shown",),
        ),
        Threat(
            "stops a worker with a message, or commands it",
            "broken, large and compressed messages are dead letters; remote control is off",
            (f"{_MESSAGES}::test_no_message_ends_the_worker",
             f"{_MESSAGES}::test_no_envelope_ends_the_worker_or_comes_back",
             f"{_MESSAGES}::test_nobody_commands_a_worker_without_a_key"),
        ),
        Threat(
            "stops the consumer with an entry",
            "what cannot be read is a dead letter, and its backup fails",
            ("tests/store/test_consumer.py::test_poison_goes_to_the_dead_letters_and_its_row_fails",
             f"{_REDIS}::test_no_bomb_fills_the_consumers_memory_or_stops_it",
             f"{_REDIS}::test_many_of_the_largest_outcomes_in_a_row_do_not_add_up"),
        ),
        Threat(
            "keeps a backup open, or a device busy, with a key of its own",
            "what stands in Redis delays a backup; past its deadline it ends",
            (f"{_REDIS}::test_hints_that_somebody_wrote_keep_no_row_open",
             f"{_REDIS}::test_a_lock_that_somebody_wrote_lets_backups_through"),
        ),
    ),
    "Whoever sits on the wire": (
        Threat(
            "passes for Redis, the broker or Postgres",
            "a server shows a certificate for its name before it gets a password",
            (f"{_WIRE}::test_a_redis_that_cannot_show_who_it_is_gets_no_password",
             f"{_WIRE}::test_a_rabbitmq_that_cannot_show_who_it_is_gets_no_password",
             f"{_WIRE}::test_a_postgres_that_cannot_show_who_it_is_gets_no_password"),
        ),
        Threat(
            "reaches a server that asks nobody who they are",
            "without a login only this machine's servers are used; `doctor` warns of what is not encrypted",
            ("tests/transit/test_endpoint.py::test_a_service_of_another_machine_without_a_login_is_refused",
             "tests/transit/test_endpoint.py::test_doctor_says_what_somebody_on_the_way_could_do"),
        ),
        Threat(
            "passes for a device",
            "host keys are pinned, and an unknown or changed one gets no password",
            ("tests/journey/test_journey.py::test_a_device_with_an_unknown_or_changed_key_gets_no_password",
             "tests/collectors/transport/test_jump.py::"
             "test_a_jump_host_with_another_key_gets_no_password_and_the_device_nothing"),
        ),
    ),
    "Whoever has one role's password": (
        Threat(
            "reads or deletes what other roles have in Redis, or takes another queue's jobs",
            "a user for each role, with its own keys and commands alone",
            (f"{_ROLE}::test_a_role_is_refused_whatever_is_not_its_own",
             f"{_ROLE}::test_each_process_works_with_the_rights_of_its_role_on_valkey"),
        ),
        Threat(
            "reaches another queue of RabbitMQ",
            "a user for each role, with its own queues and exchanges alone",
            (f"{_ROLE}::test_each_process_works_with_the_rights_of_its_role_on_rabbitmq",),
        ),
    ),
    "Whoever can open a pull request": (
        Threat(
            "sends a secret to a host of its choice",
            "the worker's policy says which secret may go where; a group's networks count for hops",
            (f"{_REQUESTS}::test_a_merged_pull_request_sends_no_secret_to_a_host_of_its_choice",
             f"{_REQUESTS}::test_what_it_does_not_name_is_refused_before_anything_is_resolved",
             f"{_REQUESTS}::test_a_groups_networks_count_for_each_hop"),
        ),
        Threat(
            "hopes that nobody looks",
            "the plan says first which secret newly goes where; `validate --strict` refuses what is unsafe",
            (f"{_REVIEW}::test_a_reviewer_cannot_miss_what_a_branch_does_to_secrets",),
        ),
        Threat(
            "has a secret shown as a user name",
            "what comes out of a reference is masked everywhere",
            (f"{_REQUESTS}::test_a_user_name_out_of_a_reference_is_in_no_row_and_no_log",),
        ),
        Threat(
            "names a secret that is none of a device's",
            "without a policy file only some variables and one directory hold secrets",
            ("tests/worker/test_policy.py::test_without_a_file_nothing_else_is_a_secret",
             "tests/worker/test_policy.py::test_without_a_file_the_workers_own_secrets_stay_its_own"),
        ),
    ),
    "Whoever can write to the Git host": (
        Threat(
            "rewrites the history of configurations",
            "commits are signed by the store, and the table knows the last one",
            (f"{_LOGIN}::test_a_rewritten_history_is_found_out",
             f"{_LOGIN}::test_a_history_that_was_set_back_is_found_out",
             f"{_LOGIN}::test_a_commit_of_somebody_else_is_found_out"),
        ),
    ),
    "Whoever has a device": (
        Threat(
            "holds a worker up, or ends it, with what it answers",
            "every wait has a deadline, and whatever is read has a cap",
            ("tests/collectors/platforms/test_any_recording.py::"
             "test_random_bytes_never_hang_or_crash_or_succeed",
             f"{_DEVICE}::test_the_filters_of_every_platform_take_time_for_each_character_and_no_more",
             f"{_DEVICE}::test_filters_end_at_the_deadline_however_large_the_answer",
             f"{_DEVICE}::test_complaints_without_end_end_at_the_deadline"),
        ),
        Threat(
            "writes to the terminal or the log of whoever looks",
            "its words are printable lines wherever they are shown",
            (f"{_DEVICE}::test_a_devices_words_are_one_printable_line_in_the_log",),
        ),
        Threat(
            "has its secrets stored",
            "secrets are hidden in the worker, unless the inventory says otherwise",
            ("tests/collectors/answer/test_masks.py::test_a_fingerprint_is_short_and_never_masked_again",),
        ),
    ),
    "Whoever has a login on the machine": (
        Threat(
            "reads configurations, or what `up` keeps",
            "what is stored is for its user alone, wherever it lies",
            (f"{_LOGIN}::test_nobody_else_can_read_a_configuration_wherever_it_lies",
             f"{_LOGIN}::test_what_up_keeps_is_for_its_user_alone"),
        ),
        Threat(
            "runs something as us by what a configs repo names",
            "a configs repo is read with nothing that it can configure",
            (f"{_LOGIN}::test_what_a_configs_repo_names_is_never_run",),
        ),
        Threat(
            "finds the secrets of all processes with one of them",
            "each process has the variables that it needs",
            (f"{_LOGIN}::test_each_process_of_up_has_the_secrets_that_it_needs",
             f"{_LOGIN}::test_the_hooks_of_a_host_on_this_machine_see_no_secret"),
        ),
    ),
}  # fmt: skip


def path_of(proof: str) -> str:
    """The file of a proof, relative to the project."""
    file = proof.partition("::")[0]
    return file if "/" in file else f"{_ATTACKS}/{file}"


def problems() -> list[str]:
    """Proofs that are not there, and files of tests/attacks that prove nothing."""
    proofs = [proof for threats in THREATS.values() for threat in threats for proof in threat.proofs]
    missing = [proof for proof in proofs if proof.rpartition("::")[2] not in _tests(path_of(proof))]
    named = {path_of(proof) for proof in proofs}
    files = {str(path.relative_to(ROOT)) for path in (ROOT / _ATTACKS).glob("test_*.py")}
    return missing + sorted(files - named)


def _tests(path: str) -> set[str]:
    file = ROOT / path
    if not file.is_file():
        return set()
    nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
    return {node.name for node in nodes if isinstance(node, ast.FunctionDef)}


def table() -> str:
    """The threats, by who makes them."""
    parts = []
    for who, threats in THREATS.items():
        lines = [f"**{who}**", "", "| Threat | Defence | Proved by |", "| --- | --- | --- |"]
        for threat in threats:
            proofs = "<br>".join(_link(proof) for proof in threat.proofs)
            lines.append(f"| {threat.threat} | {threat.defence} | {proofs} |")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _link(proof: str) -> str:
    name = proof.rpartition("::")[2].removeprefix("test_").replace("_", " ")
    return f"[{name}]({path_of(proof)})"
