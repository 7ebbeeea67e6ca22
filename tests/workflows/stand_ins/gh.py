"""`gh api` for the comments of a pull request, kept in the file STAND_IN_COMMENTS."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

MAX_BODY = 65_536
PAGE = 2


def main(arguments: list[str]) -> None:
    """Answer as GitHub would; what is not a call of ours is an error."""
    assert os.environ["GH_TOKEN"] == "stand-in-token"
    store = Path(os.environ["STAND_IN_COMMENTS"])
    comments = json.loads(store.read_text())
    listing = f"repos/{os.environ['GITHUB_REPOSITORY']}/issues/7/comments"
    match arguments:
        case ["api", "--paginate", path, "--jq", query] if path == listing:
            for start in range(0, max(len(comments), 1), PAGE):
                page = json.dumps(comments[start : start + PAGE])
                subprocess.run(["jq", "-r", query], input=page, text=True, check=True)
            return
        case ["api", "--silent", "--method", "POST", path, "--field", field] if path == listing:
            comments.append({"id": 100 + len(comments), "user": {"login": "github-actions[bot]"}})
            comment = comments[-1]
        case ["api", "--silent", "--method", "PATCH", path, "--field", field]:
            one = f"repos/{os.environ['GITHUB_REPOSITORY']}/issues/comments/"
            assert path.startswith(one), path
            [comment] = [known for known in comments if str(known["id"]) == path.removeprefix(one)]
        case _:
            sys.exit(f"gh: not a call that is known here: {arguments}")
    key, _, file = field.partition("=@")
    assert key == "body"
    comment["body"] = Path(file).read_text(encoding="utf-8")
    if len(comment["body"]) > MAX_BODY:
        sys.exit("gh: Body is too long (maximum is 65536 characters) (HTTP 422)")
    store.write_text(json.dumps(comments))


main(sys.argv[1:])
