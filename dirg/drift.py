"""How a container differs from its definition: what somebody changed by hand, or in the file.

What docker, an image or the set-up of an engine may have done is no difference, and what can't be
read back is not compared: rather a change too few than one that is none.
"""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from dirg import expanded, live
from dirg.canonical import ORDERED, key
from dirg.excuses import Case, excused_less, excused_more
from dirg.openly import stood_openly
from dirg.state import Difference
from dirg.targets import anonymous_target
from dirg.values import MASK
from dirg.wanted import said, wanted

if TYPE_CHECKING:
    from dirg.arguments import Definition
    from dirg.live import Answer, Facts

# What an engine does not tell, or tells as something else.
UNREADABLE = {
    *("cidfile", "detach_keys", "disable_content_trust", "env_file", "isolation", "label_file"),
    *("platform", "pull", "quiet", "sig_proxy", "use_api_socket"),
}


def differences(
    definition: Definition,
    answer: Answer,
    image: Mapping[str, Any] | None,
    names: Mapping[str, str] | None = None,
) -> tuple[Difference, ...]:
    """What a container has other than its definition says, by the names of the properties.

    ``answer``: an object of ``live.FIELDS``. ``image``: the configuration of the image that the
    container was made from, None where that is gone: then what it may have given is not compared.
    ``names``: the names of all containers of the host by id.
    """
    names = names or {}
    wants = wanted(definition, image, names)
    found = live.facts(answer, names)
    case = Case(definition, answer, image, names, said(definition), found, wants)
    same = _line(found) == _line(wants)
    compared = sorted({*found, *wants} - UNREADABLE - ({*_LINE} if same else set()))
    return (*(each for name in compared for each in _compared(case, name)), *_secrets(case))


# What docker run puts an entrypoint of several words into is one line in the end.
_LINE = ("entrypoint", "command")


def _line(facts: Facts) -> list[str]:
    return [word for name in _LINE for word in facts.get(name, ())]


def given_up(
    definition: Definition,
    answer: Answer,
    image: Mapping[str, Any] | None,
    new_image: Mapping[str, Any] | None = None,
) -> frozenset[str]:
    """The paths of anonymous volumes that only an earlier definition had, and this one has not.

    ``new_image``: what its image gives now; otherwise as for ``differences``.
    """
    wants, found = wanted(definition, image), live.facts(answer)
    mounts = set(found.get("mount", ())) - set(wants.get("mount", ()))
    paths = {*found.get("volumes", ()), *filter(None, map(anonymous_target, mounts))}
    given = live.inherited(image or {}), live.inherited(new_image or {})
    kept = {path for each in (wants, *given) for path in each.get("volumes", ())}
    return frozenset(paths - kept - definition.bound) if image is not None else frozenset()


def _compared(case: Case, name: str) -> Iterator[Difference]:
    found, wants = case.found.get(name, ()), case.wanted.get(name, ())
    if found == wants:
        return
    more = [word for word in found if word not in wants or name in ORDERED]
    less = [word for word in wants if word not in found or name in ORDERED]
    more = [word for word in more if not excused_more(case, name, word)]
    less = [word for word in less if not excused_less(case, name, word)]
    if more or less:
        yield Difference(name, _text(name, _told(case, name, more)), _text(name, less))


def _told(case: Case, name: str, words: Iterable[str]) -> list[str]:
    """Words that were found; what a variable had may be a secret of another time."""
    if name != "env":
        return [*words]
    known, given = case.keys(name), live.inherited(case.image or {}).get(name, ())
    openly = stood_openly(case.definition, case.answer["config"], case.found[name])
    told = []
    for word in words:
        variable = key(name, word)
        if variable not in known:
            told.append(variable)
        else:
            told.append(word if openly or word in given else f"{variable}={MASK}")
    return told


def _text(name: str, words: Collection[str]) -> str:
    if name in ("command", "entrypoint"):
        return shlex.join(words)
    shown = expanded.ranges(words) if name == "ports" else words
    return ", ".join(word if word.isprintable() else repr(word)[1:-1] for word in shown)


def _secrets(case: Case) -> Iterator[Difference]:
    """Secrets whose written value is not the one found; the values are not told."""
    found = dict(word.partition("=")[::2] for word in case.found["env"] if "=" in word)
    for name, value in dict(case.definition.secrets).items():
        shown = f"{name}={MASK}"
        if name not in found:
            yield Difference("secret_env", "", shown)
        elif found[name] != value:
            yield Difference("secret_env", f"another {shown}", shown)
