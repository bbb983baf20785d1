"""``dirg.cfg``, ``DIRG_CFG`` and profiles: where the description is, and what it may use."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from errno import ELOOP, ENOENT, ENOTDIR

from dirg import glimpse
from dirg.errors import DescriptionError, Mistake, SourcePlace, UsageError, mistake
from dirg.files import read, unread
from dirg.records import dataclass

# A volume is a folder on its host, whose name has 255 bytes at most; the lock's begins with dirg's.
_LOCK = r"[A-Za-z0-9_.-]{1,200}"
CONFIG_NAME = "dirg.cfg"
# What nobody writes by hand: how many properties refer to each other in a row, and how long one is.
_DEEPEST = 100
_LONGEST = 1 << 20
_REFERENCE = r"%\(([^()\s]+)\)s"


@dataclass(frozen=True)
class Settings:
    """What the configuration says.

    ``files``: the configuration files read, in the order they overlay each other.
    ``services``: the path of the service description.
    ``variables``: every property, as written and in lower case, for the template.
    ``profiles``: the names that may be selected.
    ``lock``: the name of the lock that is taken on the docker hosts; empty for none.
    """

    files: tuple[str, ...]
    services: str
    variables: Mapping[str, str]
    profiles: tuple[str, ...] = ()
    lock: str = ""

    @property
    def folder(self) -> str:
        """Where relative paths of the description begin."""
        return os.path.dirname(self.services)


class _Wrong(Exception):
    """What is wrong with a property's value."""


def _interpolated(
    value: str, defaults: Mapping[str, str], path: tuple[str, ...], done: dict[str, str]
) -> str:
    def referenced(match: re.Match[str]) -> str:
        name = match[1]
        if name in path:
            raise _Wrong(f"{path[0]} refers to itself by %({name})s; leave that out")
        if name not in defaults:
            raise _Wrong(f"{path[0]} refers to %({name})s, which is not defined; define it")
        if len(path) > _DEEPEST:
            raise _Wrong(f"{path[0]} refers to more than {_DEEPEST} in a row; write it out")
        if name not in done:
            done[name] = _interpolated(defaults[name], defaults, (*path, name), done)
        return done[name]

    # Compiling takes its time (measured), and most values have none.
    found = re.sub(_REFERENCE, referenced, value) if "%(" in value else value
    if len(found) > _LONGEST:
        raise _Wrong(f"{path[0]} is longer than {_LONGEST >> 20} MiB; shorten it")
    return found


def load(config: str | None, profile: str | None, environ: Mapping[str, str]) -> Settings:
    """Read the configuration.

    ``config`` is a file that replaces ``dirg.cfg`` and ``DIRG_CFG``; ``profile`` the name of a
    section that overlays ``[DEFAULT]`` (else ``DIRG_PROFILE`` of ``environ``).
    Raises UsageError when there is no configuration, DescriptionError with the place of what is
    wrong in it.
    """
    found = _read_all(config_files(config, environ), profile, environ)
    services = found.path("dirg_services")
    if services is None:
        raise UsageError(
            f"{found.files[-1]}: dirg_services is missing; add dirg_services = dirg-services.yml"
        )
    lock = found.variables.get("dirg_lock", "")
    return Settings(found.files, services, found.variables, found.profiles, lock)


def log(config: str | None, profile: str | None, environ: Mapping[str, str]) -> str | None:
    """The file of the log that the configuration names; None where it, or that, is not there.

    Takes and raises what ``load`` does, but needs no description.
    """
    if config is None and not environ.get("DIRG_CFG") and not _there(CONFIG_NAME):
        return None
    return _read_all(config_files(config, environ), profile, environ).path("dirg_log")


@dataclass(frozen=True)
class _Read:
    """What was read; ``folders``: where each property was written that counts, by lower case."""

    files: tuple[str, ...]
    variables: Mapping[str, str]
    folders: Mapping[str, str]
    profiles: tuple[str, ...]

    def path(self, name: str) -> str | None:
        """The file that a property names, relative to the one that says it; None for none."""
        written = self.variables.get(name)
        return os.path.join(self.folders[name], os.path.expanduser(written)) if written else None


def _read_all(files: tuple[str, ...], profile: str | None, environ: Mapping[str, str]) -> _Read:
    profile = profile or environ.get("DIRG_PROFILE") or None
    written = [_sections(file) for file in files]
    profiles = sorted({name for each in written for name in each} - {"DEFAULT"})
    if profile and profile not in profiles and profile != "DEFAULT":
        names = ", ".join(profiles) or "none"
        raise UsageError(f"{files[-1]}: there is no section [{profile}]; sections: {names}")
    merged: dict[str, str] = {}
    folders: dict[str, str] = {}
    sections = ("DEFAULT", profile) if profile else ("DEFAULT",)
    for section in sections:
        for file, each in zip(files, written, strict=True):
            found = each.get(section, {})
            _overlay(merged, found)
            folders |= dict.fromkeys(map(str.lower, found), os.path.dirname(file))
    variables = _interpolate_all(files, merged, sections)
    lock = variables.get("dirg_lock", "")
    if lock and not re.fullmatch(_LOCK, lock):
        advice = "write letters, digits, . _ and - only, at most 200"
        text = f"dirg_lock: {lock!r} is no name of a lock; {advice}"
        raise mistake(_place(files, "dirg_lock", sections), text)
    return _Read(files, variables, folders, tuple(profiles))


def config_files(config: str | None, environ: Mapping[str, str]) -> tuple[str, ...]:
    """The configuration files that count, in the order they overlay each other."""
    if config is not None:
        return (_existing(config, "-c"),)
    files = [CONFIG_NAME] if _there(CONFIG_NAME) else []
    if environ.get("DIRG_CFG"):
        files.append(_existing(environ["DIRG_CFG"], "DIRG_CFG"))
    if not files:
        raise UsageError(
            f"there is no {CONFIG_NAME} in this folder; create one, set DIRG_CFG or give -c FILE"
        )
    return tuple(files)


def _existing(name: str, source: str) -> str:
    path = os.path.expanduser(name)
    if not (_there(path) and os.path.isfile(path)):
        raise UsageError(f"{source} names {name}, which is not a file")
    return path


def _there(path: str) -> bool:
    """Whether there is a file. Raises UsageError where nobody may look."""
    try:
        os.stat(path)
    except OSError as error:
        if error.errno in (ENOENT, ENOTDIR, ELOOP):
            return False
        raise UsageError(f"{path}: {unread(error)}; have it where you may read it") from error
    return True


def _sections(file: str) -> Mapping[str, Mapping[str, str]]:
    """The properties of each section; none but those that are written in it."""
    text = _read(file)
    seen = glimpse.sections(text)
    return _parsed(file, text) if seen is None else seen


def _parsed(file: str, text: str) -> Mapping[str, Mapping[str, str]]:
    import configparser

    # Without a default section, each section holds what is written in it and nothing else.
    parser = configparser.ConfigParser(strict=False, interpolation=None, default_section="")
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    try:
        parser.read_string(text)
    except configparser.MissingSectionHeaderError as error:
        place = _at(file, text, error.lineno)
        raise mistake(place, "no section yet; start with [DEFAULT]") from error
    except configparser.ParsingError as error:
        what = "neither KEY = VALUE nor [SECTION]; write one of these"
        mistakes = [Mistake(_at(file, text, line), what) for line, _ in error.errors]
        raise DescriptionError(mistakes) from error
    return {name: dict(parser[name]) for name in parser.sections()}


def _at(file: str, text: str, line: int) -> SourcePlace:
    return SourcePlace(file, line, 1, text.split("\n")[line - 1])


def _overlay(values: dict[str, str], upper: Mapping[str, str]) -> None:
    """Put ``upper`` over ``values``; upper and lower case mean the same property."""
    same: dict[str, dict[str, None]] = {}
    for known in values:
        same.setdefault(known.lower(), {})[known] = None
    for key, value in upper.items():
        names = same.setdefault(key.lower(), {})
        names |= dict.fromkeys([key, key.lower()])
        values |= dict.fromkeys(names, value)


def _interpolate_all(
    files: Sequence[str], values: dict[str, str], sections: Sequence[str]
) -> dict[str, str]:
    found: dict[str, str] = {}
    done: dict[str, str] = {}
    mistakes: dict[str, Mistake] = {}
    for key, value in values.items():
        try:
            found[key] = _interpolated(value, values, (key,), done)
        except _Wrong as error:
            place = _place(files, key, sections)
            mistakes.setdefault(key.lower(), Mistake(place, str(error)))
    if mistakes:
        raise DescriptionError(list(mistakes.values()))
    return found


def _place(files: Sequence[str], key: str, sections: Sequence[str]) -> SourcePlace:
    """Where a property was written that counts: the last of the sections, and of the files."""
    written = re.compile(rf"{re.escape(key)}\s*[=:]", re.IGNORECASE)
    found: dict[str, SourcePlace] = {}
    for file in files:
        section = ""
        for number, line in enumerate(_read(file).split("\n"), 1):
            header = re.match(r"\[(.+)\]", line)
            section = header[1] if header else section
            if written.match(line):
                found[section] = SourcePlace(file, number, 1, line)
    places = [found[section] for section in sections if section in found]
    return places[-1] if places else SourcePlace(files[-1], 1)


def _read(file: str) -> str:
    """The text of a file. Raises DescriptionError when it can't be read as such."""
    try:
        return read(file)
    except OSError as error:
        raise UsageError(f"{file}: {error.strerror}") from error
