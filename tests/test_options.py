"""The table of flags against what the docker CLI itself says."""

from __future__ import annotations

import json
import re

from dirg.options import COMPOSE, COMPOSE_RESOURCES, NETWORK, PROPERTIES, REFUSED, RUN, Form
from tests.helpers import DATA

# The flags of docker run with docker's own types, of the CLIs 20.10 and 28 together.
TYPES: dict[str, str] = json.loads((DATA / "docker-flags.json").read_text())

# These are written as properties of their own, or have no meaning.
ELSEWHERE = {"env"}
# The CLI hides these names: older ones of other flags.
HIDDEN = {"net", "net-alias", "dns-opt"}
FORMS = {"bool": {Form.SWITCH}, "list": {Form.EACH, Form.PAIRS}, "map": {Form.PAIRS}}
FORMS |= {"ulimit": {Form.PAIRS}, "mount": {Form.EACH}, "network": {Form.EACH}}


def known(flag: str) -> bool:
    return flag.replace("-", "_") in {*RUN, *REFUSED} or flag in ELSEWHERE


def test_each_flag_of_docker_run_is_a_property() -> None:
    assert [flag for flag in TYPES if not known(flag)] == []


def test_each_property_is_a_flag_of_its_type() -> None:
    wrong = [
        option.name
        for option in RUN.values()
        if option.name not in HIDDEN
        and option.form not in FORMS.get(TYPES[option.name], {Form.VALUE})
    ]
    assert wrong == []


def test_names_are_looked_up_with_underscores() -> None:
    assert all(name == option.name.replace("-", "_") for name, option in RUN.items())


def test_no_name_means_two_things() -> None:
    assert not PROPERTIES.keys() & RUN.keys()
    assert not REFUSED.keys() & (RUN.keys() | PROPERTIES.keys())


def test_what_compose_calls_it_is_not_what_dirg_calls_it() -> None:
    assert COMPOSE.keys() & (PROPERTIES.keys() | RUN.keys()) <= {"dns_opt"}


def test_the_advice_names_properties_there_are() -> None:
    for advice in (*COMPOSE.values(), *COMPOSE_RESOURCES.values()):
        names = re.findall(r"[a-z_]+", advice.partition(", in ")[0])
        if names[0] == "use":
            assert {*names} - {"use", "and"} <= {*RUN, *PROPERTIES, *NETWORK}, advice


def test_pairs_are_joined_as_docker_splits_them() -> None:
    assert {name for name, option in RUN.items() if option.joint == ":"} == {
        "add_host",
        "link",
        "tmpfs",
    }
