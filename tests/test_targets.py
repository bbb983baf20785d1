"""Where arguments of docker run mount something."""

from __future__ import annotations

import pytest

from dirg.targets import anonymous_target, bound, mounts_tmpfs


def test_where_something_is_mounted() -> None:
    arguments = [
        *("-v", "/anonymous", "-v", "/srv:/bound/", "--volume", "named:/named:ro"),
        *("--tmpfs", "/tmp:size=1m", "--tmpfs", "/run"),
        *("--mount", "type=bind,src=/a,dst=/mounted", "--mount", "target=/x/,type=volume"),
        *("--mount", "type=bind", "-e", "A=/b:/c", "--env", "x"),
    ]
    assert list(bound(arguments)) == [
        *("/bound", "/named", "/tmp", "/run", "/mounted", "/x", ""),
    ]


@pytest.mark.parametrize(
    ("mount", "target"),
    [
        ("type=volume,dst=/x", "/x"),
        ("target=/x/", "/x"),
        ('type=volume,"destination=/a,b"', "/a,b"),
        ("type=volume,src=named,dst=/x", ""),
        ("type=volume,source=,dst=/x", "/x"),
        ("type=bind,src=/a,dst=/x", ""),
        ("type=tmpfs,dst=/x", ""),
        ("type=volume", ""),
        ("", ""),
    ],
)
def test_volumes_without_a_name(mount: str, target: str) -> None:
    assert anonymous_target(mount) == target


@pytest.mark.parametrize(
    ("arguments", "tmpfs"),
    [
        (["--mount", "type=tmpfs,dst=/x"], True),
        (["--mount", "type=volume,dst=/x", "--mount", "dst=/x,type=tmpfs"], True),
        (["--mount", "type=volume,dst=/tmpfs", "--tmpfs", "/x"], False),
        (["-e", "type=tmpfs"], False),
        ([], False),
    ],
)
def test_a_tmpfs_by_mount(arguments: list[str], tmpfs: bool) -> None:
    assert mounts_tmpfs(arguments) is tmpfs
