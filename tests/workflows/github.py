"""A stand-in for GitHub and its runners: it executes a workflow's jobs, step by step, as they would be.

`run:` steps are executed for real, by the shell that the workflow names, in a fresh workspace and with the
files and variables of a runner. `uses:` steps are replaced by functions that check what they are given.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests.support.git import git
from tests.workflows.expressions import Expressions

STAND_INS = Path(__file__).with_name("stand_ins")
REPOSITORY = "acme/network"
RUN_URL = f"https://github.example/{REPOSITORY}/actions/runs/4711"
FILES = ("GITHUB_OUTPUT", "GITHUB_ENV", "GITHUB_PATH", "GITHUB_STEP_SUMMARY")
SHELLS = {"bash": ["bash", "--noprofile", "--norc", "-eo", "pipefail"], None: ["bash", "-e"]}
"""What GitHub runs a script with, by what the workflow says."""


def workflow(path: Path) -> dict[str, Any]:
    """A workflow as YAML; its key `on` is the word, which YAML 1.1 takes for a truth."""
    found = yaml.safe_load(path.read_text())
    return {"on" if key is True else key: value for key, value in found.items()}


def run_steps(found: Mapping[str, Any]) -> set[tuple[str, str]]:
    """Job and label of every step that runs a script."""
    return {
        (job, label(step)) for job, body in found["jobs"].items() for step in body["steps"] if "run" in step
    }


def label(step: Mapping[str, Any]) -> str:
    return str(step.get("name") or step.get("run") or step["uses"]).strip()


@dataclass
class Job:
    """How one job went: what its steps printed, and what it showed in its summary."""

    name: str
    status: str = "success"
    summary: str = ""
    output: dict[str, str] = field(default_factory=dict)
    """What each `run:` step that was executed printed, by its label."""
    outputs: dict[str, str] = field(default_factory=dict)
    """What it tells the jobs that need it."""
    calls: list[list[str]] = field(default_factory=list)
    """The command lines of programs that were replaced."""


class Runner:
    """The machine of one job: its workspace, and the files by which its steps speak to GitHub."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.workspace, self.temp = home / "work", home / "temp"
        self.event, self.comments, self.recorded = home / "event.json", home / "comments.json", home / "calls"
        self._files = {name: home / name for name in FILES}

    def begin(self, payload: Mapping[str, Any], comments: list[dict[str, Any]]) -> None:
        """Lay it out, as it is before the first step."""
        self.workspace.mkdir(parents=True)
        self.temp.mkdir()
        self.event.write_text(json.dumps(payload))
        self.comments.write_text(json.dumps(comments))
        self.recorded.write_text("")

    def execute(
        self, step: Mapping[str, Any], shell: str | None, variables: Mapping[str, str]
    ) -> subprocess.CompletedProcess[str]:
        """Run a step's script as the runner does."""
        assert "${{" not in step["run"], "an expression in a script can be anybody's code"
        for file in self._files.values():
            file.write_text("")
        script = self.home / "script.sh"
        script.write_text(step["run"])
        return subprocess.run(
            [*SHELLS[shell], script],
            cwd=self.workspace / step.get("working-directory", "."),
            env={**variables, **{name: str(file) for name, file in self._files.items()}},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
        )

    def read(self, name: str) -> str:
        """What the last step wrote into that file."""
        return self._files[name].read_text()

    def calls(self) -> list[list[str]]:
        """The command lines of the programs that were replaced."""
        return [json.loads(line) for line in self.recorded.read_text().splitlines()]


@dataclass
class GitHub:
    """One repository on the host, `remote`, and what triggers a run of its workflows.

    `runner_environment` is what a self-hosted runner has in its environment; `ref` is checked out by default.
    """

    folder: Path
    remote: Path
    event: str
    payload: Mapping[str, Any]
    ref: str = "refs/heads/main"
    runner_environment: Mapping[str, str] = field(default_factory=dict)
    variables: Mapping[str, str] = field(default_factory=dict)
    artifacts: dict[str, dict[str, bytes]] = field(default_factory=dict)
    """The files of each artifact, by name."""
    approve: Callable[[], None] = lambda: None
    """What happens while a job with an environment waits for its reviewers."""
    published: dict[str, bytes] = field(default_factory=dict)
    """The files that were handed to PyPI."""
    comments: list[dict[str, Any]] = field(default_factory=list)
    runs: int = 0

    def run(self, found: Mapping[str, Any]) -> dict[str, Job]:
        """Run all jobs in their order, each after those that it needs."""
        assert found["permissions"] in ({}, {"contents": "read"})
        jobs: dict[str, Job] = {}
        for name, body in found["jobs"].items():
            needs = body.get("needs", [])
            before = [jobs[need].status for need in ([needs] if isinstance(needs, str) else needs)]
            status = "failure" if "failure" in before else "success"
            if Expressions(self._contexts(), status).holds(body.get("if")):
                if "environment" in body:
                    self.approve()
                needed = {need: {"outputs": jobs[need].outputs} for need in jobs}
                jobs[name] = self._job(name, found, body, needed)
        return jobs

    def _job(
        self, name: str, found: Mapping[str, Any], body: Mapping[str, Any], needed: Mapping[str, Any]
    ) -> Job:
        self.runs += 1
        runner = Runner(self.folder / f"run{self.runs}")
        runner.begin(self.payload, self.comments)
        job = Job(name)
        contexts = {**self._contexts(), "steps": {}, "needs": needed, "runner": {"temp": str(runner.temp)}}
        if "strategy" in body:
            contexts["matrix"] = {key: values[0] for key, values in body["strategy"]["matrix"].items()}
        shell = found.get("defaults", {}).get("run", {}).get("shell")
        path: list[str] = []
        for step in body["steps"]:
            expressions = Expressions(contexts, job.status)
            if not expressions.holds(step.get("if")):
                continue
            if "uses" in step:
                inputs = {key: expressions.text(value) for key, value in step.get("with", {}).items()}
                self._use(step["uses"], inputs, runner.workspace)
                continue
            env = {key: expressions.text(value) for key, value in step.get("env", {}).items()}
            variables = {**self._environment(runner), **env}
            variables["PATH"] = ":".join([*reversed(path), variables["PATH"]])
            done = runner.execute(step, step.get("shell", shell), variables)
            job.output[label(step)] = done.stdout
            job.summary += runner.read("GITHUB_STEP_SUMMARY")
            path += runner.read("GITHUB_PATH").split()
            assert runner.read("GITHUB_ENV") == "", "the tests do not know of it"
            outputs = (line.partition("=") for line in runner.read("GITHUB_OUTPUT").splitlines())
            contexts["steps"][step.get("id", "")] = {"outputs": {key: value for key, _, value in outputs}}
            if done.returncode != 0:
                job.status = "failure"
        outputs_of = Expressions(contexts, job.status)
        job.outputs = {key: outputs_of.text(value) for key, value in body.get("outputs", {}).items()}
        job.calls = runner.calls()
        self.comments[:] = json.loads(runner.comments.read_text())
        return job

    def _contexts(self) -> dict[str, Any]:
        inputs = self.payload.get("inputs", {}) if self.event == "workflow_dispatch" else {}
        return {
            "github": {
                "event": self.payload,
                "event_name": self.event,
                "ref_name": self.ref.split("/", 2)[2],
                "repository": REPOSITORY,
                "run_id": "4711",
                "server_url": "https://github.example",
                "token": "stand-in-token",
            },
            "inputs": inputs,
            "vars": self.variables,
        }

    def _environment(self, runner: Runner) -> dict[str, str]:
        """What a step finds in its environment; no more of ours than a runner would have."""
        return {
            **self.runner_environment,
            "PATH": f"{STAND_INS}:/usr/local/bin:/usr/bin:/bin",
            "HOME": str(runner.home),
            "CI": "true",
            "GITHUB_ACTIONS": "true",
            "GITHUB_EVENT_NAME": self.event,
            "GITHUB_EVENT_PATH": str(runner.event),
            "GITHUB_REPOSITORY": REPOSITORY,
            "GITHUB_RUN_ID": "4711",
            "GITHUB_SERVER_URL": "https://github.example",
            "GITHUB_WORKSPACE": str(runner.workspace),
            "RUNNER_TEMP": str(runner.temp),
            "RUNNER_TOOL_CACHE": str(self.folder / "tools"),
            "STAND_IN_CALLS": str(runner.recorded),
            "STAND_IN_COMMENTS": str(runner.comments),
            "STAND_IN_DEVICEVAULT": str(Path(sys.executable).with_name("devicevault")),
            "STAND_IN_PYTHON": sys.executable,
        }

    def _use(self, action: str, inputs: Mapping[str, str], workspace: Path) -> None:
        name, _, commit = action.partition("@")
        assert len(commit) == 40, f"{action} is not pinned by a commit"
        actions: Mapping[str, Callable[[dict[str, str], Path], None]] = {
            "actions/checkout": self._checkout,
            "actions/setup-python": self._setup_python,
            "actions/upload-artifact": self._upload,
            "actions/download-artifact": self._download,
            "pypa/gh-action-pypi-publish": self._publish,
        }
        actions[name](dict(inputs), workspace)

    def _checkout(self, inputs: dict[str, str], workspace: Path) -> None:
        assert inputs.pop("persist-credentials") == "false"
        depth, ref = inputs.pop("fetch-depth", "1"), inputs.pop("ref", "") or self.ref
        target = workspace / inputs.pop("path", ".")
        assert not inputs, f"inputs of actions/checkout that the tests do not know: {inputs}"
        target.mkdir(parents=True, exist_ok=True)
        git(target, "init", "--quiet")
        git(target, "remote", "add", "origin", f"file://{self.remote}")
        if depth == "0":
            git(target, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
        git(target, "fetch", "--quiet", *(["--depth", depth] if depth != "0" else []), "origin", ref)
        git(target, "checkout", "--quiet", "--detach", "FETCH_HEAD")

    @staticmethod
    def _setup_python(inputs: dict[str, str], workspace: Path) -> None:
        assert inputs.keys() == {"python-version"}
        assert tuple(map(int, inputs["python-version"].split("."))) >= (3, 11)

    def _upload(self, inputs: dict[str, str], workspace: Path) -> None:
        assert int(inputs.pop("retention-days")) > 0
        path = workspace / inputs.pop("path")
        self.artifacts[inputs.pop("name")] = (
            _contents(path) if path.is_dir() else {path.name: path.read_bytes()}
        )
        assert not inputs, f"inputs of actions/upload-artifact that the tests do not know: {inputs}"

    def _download(self, inputs: dict[str, str], workspace: Path) -> None:
        name, target = inputs.pop("name"), workspace / inputs.pop("path")
        assert not inputs, f"inputs of actions/download-artifact that the tests do not know: {inputs}"
        target.mkdir(parents=True, exist_ok=True)
        for file, content in self.artifacts[name].items():
            (target / file).write_bytes(content)

    def _publish(self, inputs: dict[str, str], workspace: Path) -> None:
        assert not inputs, f"a password, or another index than PyPI: {inputs}"
        self.published = _contents(workspace / "dist")


def _contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}
