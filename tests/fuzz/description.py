"""Changes descriptions again and again, guided by which code of dirg each change reaches.

It is run by hand, with atheris, which is no requirement of anything else, in a folder of its own::

    python tests/fuzz/description.py -max_total_time=600 -timeout=20 corpus

Each description goes the way from the template to docker's arguments; what may come of it is these,
or mistakes in lines. What it finds is kept as a case in ``tests/mistakes`` or of a test.
"""

from __future__ import annotations

import shlex
import sys
from importlib import import_module
from pathlib import Path

import atheris  # type: ignore[import-untyped,import-not-found,unused-ignore]

ROOT = Path(__file__).parent.parent.parent
sys.path.insert(0, str(ROOT))

with atheris.instrument_imports(include=["dirg", "yaml", "jinja2"]):
    from dirg import check, definitions, masked, options, selection, template
    from dirg.command import Command
    from dirg.errors import DescriptionError, UsageError
    from dirg.exports import compose, sh

    import_module("dirg.marking")
    from dirg.origins import verbatim
    from dirg.steps import Deployment

from tests.flags import taken  # noqa: E402

ENVIRON = {"HOME": "/root", "X": "x y", "DOCKER_TLS_VERIFY": "1"}
VARIABLES = {"registry": "r:5000", "tag": "1.10"}
NAME = "dirg-services.yml"


def seeds() -> list[bytes]:
    """The descriptions that are here already, right and wrong ones."""
    found = [*ROOT.glob("examples/**/*.yml"), *ROOT.glob("tests/engines/data/*.yml")]
    texts = [file.read_bytes() for file in found]
    for file in (ROOT / "tests" / "mistakes").glob("*.txt"):
        for part in file.read_text(encoding="utf-8").split("### ")[1:]:
            lines = [line for line in part.splitlines()[1:] if line[:2] not in ("=>", "$ ")]
            texts.append("\n".join(lines).encode())
    return texts


def words() -> str:
    """The properties, and what means something, as a dictionary of libFuzzer."""
    names = dict.fromkeys([*options.PROPERTIES, *options.RUN, *options.NETWORK, *options.BUILD])
    signs = ["---\\x0a", ": ", "- ", "&a ", "*a", "<<: *a", "{{ env['X'] }}", "{% for n in [1] %}"]
    signs += ["{% endfor %}", "{% include 'dirg-services.yml' %}", "container:web", "healthy"]
    return "".join(f'"{word}"\n' for word in (*(f"{name}: " for name in names), *signs))


def sent(deployment: Deployment) -> None:
    """What docker makes of the arguments for a container is what was meant."""
    definition = deployment.definition
    for words in (definition.run(), definition.create("web.dirg-new")):
        command = Command(deployment.host, words)
        found = taken(command.argv)
        assert found.words == (definition.image, *definition.command)
        assert found.values("label")[-1] == f"dirg.definition={definition.digest}"
    for words in definition.connections:
        found = taken(("docker", "network", "connect", *words, definition.name), interspersed=True)
        assert found.words[1:] == (definition.name,)
    if definition.build:
        assert taken(("docker", *definition.build), True).words == definition.build[-1:]
    line = str(Command(deployment.host, definition.run()))
    variables = [f"{name}={value}" for name, value in deployment.host.environment]
    assert shlex.split(line) == [
        *variables, "docker", *deployment.host.arguments, *definition.run()
    ]  # fmt: skip


def described(text: str) -> None:
    """Read a description, and do with it all that needs no engine."""
    if any(sign in text for sign in ("{{", "{%", "{#")):
        rendered = template.render(NAME, text, VARIABLES, ENVIRON)
    else:
        rendered = verbatim(text, NAME)
    description = definitions.parse(rendered, "/srv")
    for warning in description.warnings:
        assert str(warning)
    checked = check.check(description, ENVIRON)
    for mistake in checked.mistakes:
        # The place is found, and is one.
        place = mistake.place.source()
        assert place.line >= 1
        assert place.column >= 1
    for name in selection.select(description, []) if not checked.mistakes else ():
        sent(checked.deployment(name))
    for container in description.containers.values():
        assert masked.definition(container)
    for deployment in checked.deployments.values():
        sent(deployment)
    if not checked.mistakes:
        deployments = [*checked.deployments.values()]
        assert sh.as_script(deployments)
        compose.as_compose(deployments, {}, {}, "shop")


def one(written: bytes) -> None:
    """Raises whatever is no mistake of the person who has written it."""
    try:
        text = written.decode()
    except UnicodeDecodeError:
        return
    try:
        described(text)
    except (DescriptionError, UsageError) as error:
        # Its places are found only now.
        str(error)


def main() -> None:
    folder = next((Path(word) for word in sys.argv[1:] if not word.startswith("-")), None)
    more = []
    # An input that is a file is looked at again.
    if folder and not folder.is_file():
        folder.mkdir(exist_ok=True)
        for number, seed in enumerate(seeds()):
            (folder / f"seed-{number}").write_bytes(seed)
        dictionary = folder.with_suffix(".words")
        dictionary.write_text(words())
        more = [f"-dict={dictionary}"]
    atheris.Setup([*sys.argv, *more], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
