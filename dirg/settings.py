"""``dirg.cfg``, ``DIRG_CFG`` and profiles: where the description is, and what it may use."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from dirg.errors import UsageError

CONFIG_NAME = "dirg.cfg"
_REFERENCE = re.compile(r"%\(([^()\s]+)\)s")


@dataclass(frozen=True)
class Settings:
    """What the configuration says.

    ``files``: the configuration files read, in the order they overlay each other.
    ``services``: the path of the service description.
    ``variables``: every property, as written and in lower case, for the template.
    """

    files: tuple[Path, ...]
    services: Path
    variables: Mapping[str, str]


def _interpolated(value: str, defaults: Mapping[str, str], path: tuple[str, ...]) -> str:
    def referenced(match: re.Match[str]) -> str:
        name = match[1]
        if name in path:
            raise UsageError(f"property {path[0]} refers to itself by %({name})s")
        if name not in defaults:
            raise UsageError(f"property {path[0]} refers to %({name})s, which is not defined")
        return _interpolated(defaults[name], defaults, (*path, name))

    return _REFERENCE.sub(referenced, value)


def load(config: str | None, profile: str | None, environ: Mapping[str, str]) -> Settings:
    """Read the configuration.

    ``config`` is a file that replaces ``dirg.cfg`` and ``DIRG_CFG``; ``profile`` the name of a
    section that overlays ``[DEFAULT]`` (else ``DIRG_PROFILE`` of ``environ``).
    Raises UsageError when there is no configuration, or when it is wrong.
    """
    files = config_files(config, environ)
    profile = profile or environ.get("DIRG_PROFILE") or None
    parsers = [_parse(file) for file in files]
    if profile and not any(parser.has_section(profile) for parser in parsers):
        known = {name for parser in parsers for name in parser.sections()} - {"DEFAULT"}
        sections = ", ".join(sorted(known)) or "none"
        raise UsageError(f"{files[-1]}: there is no section [{profile}]; sections: {sections}")
    merged: dict[str, str] = {}
    folder = files[-1].parent
    for section in ("DEFAULT", profile) if profile else ("DEFAULT",):
        for file, parser in zip(files, parsers, strict=True):
            if not parser.has_section(section):
                continue
            _overlay(merged, parser[section])
            if "dirg_services" in map(str.lower, parser[section]):
                folder = file.parent
    variables = _interpolate_all(files[-1], merged)
    if not variables.get("dirg_services"):
        raise UsageError(
            f"{files[-1]}: dirg_services is missing; add dirg_services = dirg-services.yml"
        )
    return Settings(files, folder / os.path.expanduser(variables["dirg_services"]), variables)


def config_files(config: str | None, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """The configuration files that count, in the order they overlay each other."""
    if config is not None:
        return (_existing(config, "-c"),)
    files = [Path(CONFIG_NAME)] if Path(CONFIG_NAME).exists() else []
    if environ.get("DIRG_CFG"):
        files.append(_existing(environ["DIRG_CFG"], "DIRG_CFG"))
    if not files:
        raise UsageError(
            f"there is no {CONFIG_NAME} in this folder; create one, set DIRG_CFG or give -c FILE"
        )
    return tuple(files)


def _existing(name: str, source: str) -> Path:
    path = Path(os.path.expanduser(name))
    if not path.is_file():
        raise UsageError(f"{source} names {name}, which is not a file")
    return path


def _parse(file: Path) -> configparser.ConfigParser:
    # Without a default section, each section holds what is written in it and nothing else.
    parser = configparser.ConfigParser(strict=False, interpolation=None, default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(file.read_text(encoding="utf-8-sig"), source=str(file))
    except configparser.MissingSectionHeaderError as error:
        raise UsageError(f"{file}:{error.lineno}: no section yet; start with [DEFAULT]") from error
    except configparser.ParsingError as error:
        line, text = error.errors[0]
        raise UsageError(f"{file}:{line}: neither KEY = VALUE nor [SECTION]: {text}") from error
    except configparser.Error as error:
        raise UsageError(f"{file}: {error.message.splitlines()[0]}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file}: not UTF-8 at byte {error.start}; save it as UTF-8") from error
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
    return parser


def _overlay(values: dict[str, str], upper: Mapping[str, str]) -> None:
    """Put ``upper`` over ``values``; upper and lower case mean the same property."""
    for key, value in upper.items():
        same = [known for known in values if known.lower() == key.lower()]
        values |= dict.fromkeys([*same, key, key.lower()], value)


def _interpolate_all(file: Path, values: dict[str, str]) -> dict[str, str]:
    try:
        return {key: _interpolated(value, values, (key,)) for key, value in values.items()}
    except UsageError as error:
        raise UsageError(f"{file}: {error}") from None
