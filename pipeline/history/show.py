"""What a backup stored and what it changed, as the git program prints it from the configs repos."""

from __future__ import annotations

from pipeline.errors import StateError, UsageError
from pipeline.settings import Settings
from pipeline.store.git.program import git_output
from pipeline.store.ledger.table import Row
from pipeline.values.names import artefact_path


def stored_config(settings: Settings, row: Row) -> bytes:
    """The configuration that a successful backup stored; StateError if it cannot be read."""
    return git_output(settings.repo_path(row.repo), "show", f"{row.commit}:{row.path}")


def sealed_copy(settings: Settings, row: Row) -> bytes:
    """The sealed copy that a successful backup stored; UsageError if its commit holds none."""
    path = artefact_path(row.collection_group, row.device, "sealed.age")
    try:
        return git_output(settings.repo_path(row.repo), "show", f"{row.commit}:{path}")
    except StateError as error:
        raise UsageError(
            f"{row.device}: commit {row.commit} holds no sealed copy; set `sealed: true`"
        ) from error


def last_change(settings: Settings, row: Row, colour: str = "never") -> bytes:
    """What the commit that a backup points at changed in the configuration, as a diff."""
    repo = settings.repo_path(row.repo)
    return git_output(repo, "show", "--format=", str(row.commit), "--", str(row.path), colour=colour)


def difference(settings: Settings, before: Row, after: Row, colour: str = "never") -> bytes:
    """The diff between the configurations of two backups of one configs repo."""
    assert before.repo == after.repo, "one git diff reads one repo"
    repo = settings.repo_path(after.repo)
    return git_output(
        repo, "diff", f"{before.commit}:{before.path}", f"{after.commit}:{after.path}", colour=colour
    )
