"""Third-party collectors that misbehave, as a package with entry points that lies on a path."""

from __future__ import annotations

from pathlib import Path

NAMES = (
    "good", "talkative", "raises", "stubborn", "sleeps", "another_task", "half", "nothing", "away", "forever",
    "quits", "odd_reason",
)  # fmt: skip
MISSING = "not_there"

_CODE = '''
import logging, sys, threading, time
from collectors.contract import CollectorResult, LogEntry, utc_now
from collectors.errors import Unreachable

log = logging.getLogger("some.vendor.library")

def good(config, timeout=None):
    entry = LogEntry.now("info", "plugin", f"logged in with {config['password']}")
    return CollectorResult(
        config["task_id"], "success", utc_now(), (entry,), device_config=f"hostname {config['device']}\\n",
        facts={"changed_by": f"ada ({config['password']})"},
    ).to_dict()

def talkative(config, timeout=None):
    """Its library logs the password, from a thread of its own too."""
    def tell():
        log.warning("session: %r", {"device": config["device"], "password": config["password"]})
    tell()
    thread = threading.Thread(target=tell)
    thread.start()
    thread.join()
    return good(config)

def raises(config, timeout=None):
    try:
        int(config["password"])
    except ValueError as error:
        raise KeyError(f"login {config['password']}\\nfailed") from error

def stubborn(config, timeout=None):
    """Keeps no timeout and takes the soft limit for noise."""
    while True:
        try:
            time.sleep(60)
        except Exception:
            pass

def sleeps(config, timeout=None):
    time.sleep(60)

def another_task(config, timeout=None):
    return {**good(config), "task_id": "00000000-0000-0000-0000-000000000000"}

def half(config, timeout=None):
    return {"task_id": config["task_id"], "status": "success"}

def nothing(config, timeout=None):
    return None

def away(config, timeout=None):
    raise Unreachable(f"{config['device']}: nobody answers")

def forever(config, timeout=None):
    return {**good(config), "timestamp": "yesterday"}

def quits(config, timeout=None):
    sys.exit(3)

def odd_reason(config, timeout=None):
    failed = CollectorResult(config["task_id"], "failure", utc_now(), reason="no\\nreason " + "x" * 500)
    return failed.to_dict()
'''


def install(folder: Path) -> Path:
    """Lay the package out in `folder`, which then belongs on the import path."""
    (folder / "misbehaving.py").write_text(_CODE)
    info = folder / "misbehaving-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: misbehaving\nVersion: 1.0\n")
    points = "".join(f"{name} = misbehaving:{name}\n" for name in NAMES)
    (info / "entry_points.txt").write_text(
        f"[devicevault.collectors]\n{points}{MISSING} = misbehaving_elsewhere:collect\n"
    )
    return folder
