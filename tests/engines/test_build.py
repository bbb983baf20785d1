"""Images are built where they are needed, and containers run what was built."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.engines.lab import Project

DOCKERFILE = """
FROM busybox AS first
ARG WORD=none
RUN echo "first $WORD" >/content
FROM first AS second
RUN echo "second" >>/content
FROM second
RUN echo "third" >>/content
"""


IMAGES = """
        {}
        ---
        {% set run = "command: sleep 3600, init: true" %}
        whole: { image: 'app:1', path: image, docker_host: "{{h1}}", {{run}} }
        again: { image: 'app:1', path: ./image, docker_host: "{{h1}}", {{run}} }
        there: { image: 'app:1', path: image, docker_host: "{{h2}}", {{run}} }
        part:
            image: app:part
            build: {context: image, target: second, build_arg: {WORD: "it's $HOME"}}
            docker_host: "{{h1}}"
            command: sleep 3600
            init: true
        other:
            image: app:other
            build: {context: image, dockerfile: Other file, label: [built=yes], no_cache: true}
            docker_host: "{{h3}}"
            command: sleep 3600
            init: true
        taken: { {{idle}}, docker_host: "{{h1}}" }
        """


CONTENTS = {
    ("h1", "whole"): "first none\nsecond\nthird\n",
    ("h1", "again"): "first none\nsecond\nthird\n",
    ("h2", "there"): "first none\nsecond\nthird\n",
    ("h1", "part"): "first it's $HOME\nsecond\n",
    ("h3", "other"): "other\n",
}


def test_each_image_is_built_once_on_each_host(project: Project) -> None:
    lab = project.lab
    context = project.folder / "image"
    context.mkdir()
    (context / "Dockerfile").write_text(DOCKERFILE)
    (context / "Other file").write_text("FROM busybox\nRUN echo other >/content\n")
    project.describe(IMAGES)
    h1, h2, h3 = lab.engines
    with project.recorded_calls("build") as (calls, shim):
        assert project.dirg("build", env=shim).status == 0
    assert calls == sorted(
        [
            f"-H {h1.written} build -t app:1 {context}",
            f"-H {h2.docker_host} --tlsverify build -t app:1 {context}",
            f"-H {h1.written} build -t app:part --target second "
            f"--build-arg WORD=it's $HOME {context}",
            f"-H {h3.written} build -t app:other -f {context}/Other file --label built=yes "
            f"--no-cache {context}",
        ]
    )
    project.done("run")
    contents = {
        (engine.name, name): engine.docker("exec", name, "cat", "/content")
        for engine in lab.engines
        for name in engine.names()
        if name != "taken"
    }
    assert contents == CONTENTS
    assert h3.inspect("other")["Config"]["Labels"]["built"] == "yes"
    # What is printed builds the same.
    script = project.done("build", "-n", "--host", h1.address).output
    project.done("rm")
    h1.clean()
    assert project.shell(script).status == 0
    for image, container in (("app:1", "whole"), ("app:part", "part")):
        assert h1.docker("run", "--rm", image, "cat", "/content") == contents["h1", container]


def test_a_failing_build(project: Project) -> None:
    lab = project.lab
    for name, script in (("good", "true"), ("bad", "echo trying; exit 3")):
        (project.folder / name).mkdir()
        (project.folder / name / "Dockerfile").write_text(f"FROM busybox\nRUN {script}\n")
    project.describe(
        """
        {}
        ---
        {% for image, host in [("bad", h1), ("good", h1), ("bad", h2), ("good", h2)] %}
        c{{loop.index}}: { image: '{{image}}:1', path: {{image}}, docker_host: "{{host}}" }
        {% endfor %}
        lost: { image: 'lost:1', path: nowhere, docker_host: "{{h1}}" }
        """
    )
    answer = project.dirg("build")
    assert answer.status == 1
    for engine in (lab.plain, lab.tls):
        assert engine.call("image", "inspect", "good:1").status == 0
        assert engine.call("image", "inspect", "bad:1").status == 1
    h1, h2 = lab.plain.written, lab.tls.written
    why = "The command '/bin/sh -c echo trying; exit 3' returned a non-zero code: 3"
    bad, lost = project.folder / "bad", project.folder / "nowhere"
    # Engine 28 builds by BuildKit for a CLI that knows no buildx, as 20.10.
    buildkit = (
        'process "/bin/sh -c echo trying; exit 3" did not complete successfully: exit code: 3'
    )
    assert answer.error.replace(buildkit, why) == (
        "dirg: 3 of 5 failed:\n"
        f"  bad:1 on {h1}: {why}\n"
        f"    to repeat it: docker -H {h1} build -t bad:1 {bad}\n"
        f"  bad:1 on {h2}: {why}\n"
        f"    to repeat it: docker -H {lab.tls.docker_host} --tlsverify build -t bad:1 {bad}\n"
        f'  lost:1 on {h1}: unable to prepare context: path "{lost}" not found\n'
        f"    to repeat it: docker -H {h1} build -t lost:1 {lost}\n"
    )
