"""The answers are those that docker 20.10 and 28 gave; the loops are executed by a real shell."""

from __future__ import annotations

import subprocess
from itertools import product
from pathlib import Path

import pytest

from dirg.command import Result
from dirg.host import Host
from dirg.waiting import CONDITIONS, UP, UP_OR_DONE, Verdict, Wait, told
from tests.helpers import DATA, Engine, script

HERE = Host("here")
REACHED, PENDING, FAILED = Verdict.REACHED, Verdict.PENDING, Verdict.FAILED
STEADY = Verdict.STEADY
QUERY = (
    "docker container inspect --format '{{.State.Status}} {{.State.ExitCode}} "
    "{{if .State.Health}}{{.State.Health.Status}}{{else}}none{{end}}' db"
)
GONE = "Error response from daemon: No such container: db\n"
BROKEN = "Error: broken\n"


def wait(condition: str, limit: float = 300) -> Wait:
    return Wait(HERE, "db", condition, limit)


def answer(text: str) -> Result:
    return Result(wait("running").query, 0, f"{text}\n", "")


def test_the_query() -> None:
    assert str(wait("healthy").query) == QUERY
    assert wait("healthy").query.cause == "query"


@pytest.mark.parametrize(
    ("condition", "text", "verdict", "problem"),
    [
        ("running", "running 0 none", REACHED, ""),
        ("running", "running 0 unhealthy", REACHED, ""),
        ("running", "restarting 4 none", PENDING, "is not running after 300 s"),
        ("running", "exited 0 none", FAILED, "has exited with status 0"),
        ("running", "exited 137 healthy", FAILED, "has exited with status 137"),
        ("running", "paused 0 none", FAILED, "is paused"),
        ("running", "created 0 none", FAILED, "is created"),
        ("healthy", "running 0 healthy", REACHED, ""),
        ("healthy", "running 0 starting", PENDING, "is not healthy after 300 s"),
        ("healthy", "restarting 4 unhealthy", PENDING, "is not healthy after 300 s"),
        ("healthy", "running 0 unhealthy", FAILED, "is unhealthy"),
        ("healthy", "running 0 none", FAILED, "has no health check"),
        ("healthy", "paused 0 unhealthy", FAILED, "is paused"),
        ("healthy", "exited 3 unhealthy", FAILED, "has exited with status 3"),
        ("completed", "exited 0 none", REACHED, ""),
        ("completed", "exited 0 unhealthy", REACHED, ""),
        ("completed", "running 0 none", PENDING, "is not completed after 300 s"),
        ("completed", "restarting 4 none", PENDING, "is not completed after 300 s"),
        ("completed", "exited 3 none", FAILED, "has exited with status 3"),
        ("completed", "exited 10 none", FAILED, "has exited with status 10"),
        ("completed", "created 0 none", FAILED, "is created"),
        ("completed", "paused 0 none", FAILED, "is paused"),
        ("completed", "dead 0 none", FAILED, "is dead"),
    ],
)
def test_what_an_answer_means(condition: str, text: str, verdict: Verdict, problem: str) -> None:
    assert wait(condition).judge(answer(text)) is verdict
    if verdict is not REACHED:
        assert wait(condition).problem(answer(text)) == problem


@pytest.mark.parametrize(
    ("condition", "text", "verdict", "problem"),
    [
        (UP, "running 0 healthy 0", REACHED, ""),
        (UP, "running 0 healthy 2", REACHED, ""),
        (UP, "running 0 none 0", STEADY, ""),
        (UP, "running 0 none 1", FAILED, "has ended, and docker has restarted it"),
        (UP, "running 0 starting 1", PENDING, "is not healthy after 300 s"),
        (UP, "restarting 1 starting 1", PENDING, "is not healthy after 300 s"),
        (UP, "running 0 unhealthy 0", FAILED, "is unhealthy"),
        (UP, "restarting 7 none 3", FAILED, "ends with status 7, and docker restarts it"),
        (UP, "exited 0 none 0", FAILED, "has exited with status 0"),
        (UP, "exited 3 unhealthy 0", FAILED, "has exited with status 3"),
        (UP, "paused 0 none 0", FAILED, "is paused"),
        (UP, "removing 1 none 0", FAILED, "has ended and is gone, since it is made with rm"),
        (UP, "dead 1 none 0", FAILED, "has ended and is gone, since it is made with rm"),
        (UP_OR_DONE, "exited 0 none 0", REACHED, ""),
        (UP_OR_DONE, "exited 0 none 1", FAILED, "has exited with status 0"),
        (UP_OR_DONE, "exited 1 none 0", FAILED, "has exited with status 1"),
        (UP_OR_DONE, "running 0 none 0", STEADY, ""),
    ],
)
def test_whether_a_new_container_is_well(
    condition: str, text: str, verdict: Verdict, problem: str
) -> None:
    assert wait(condition).judge(answer(text)) is verdict
    if verdict in (PENDING, FAILED):
        assert wait(condition).problem(answer(text)) == f"the new db {problem}"


def test_a_new_container_that_is_gone() -> None:
    gone = Result(wait(UP).query, 1, "\n", GONE)
    assert wait(UP).judge(gone) is FAILED
    assert wait(UP).problem(gone) == ("the new db has ended and is gone, since it is made with rm")
    assert wait(UP).problem(Result(wait(UP).query, 1, "", BROKEN)) == BROKEN.strip()


@pytest.mark.parametrize("condition", CONDITIONS)
@pytest.mark.parametrize(
    ("result", "problem"),
    [
        (Result(wait("running").query, 1, "\n", GONE),
         "does not exist; dirg run db creates it"),
        (Result(wait("running").query, 1, "\n", BROKEN), BROKEN.strip()),
        (Result(wait("running").query, None, "", "no answer within 10 s"), "no answer within 10 s"),
        (Result(wait("running").query, 1, "running 0 healthy\n", BROKEN), BROKEN.strip()),
    ],
)  # fmt: skip
def test_no_answer_ends_the_waiting(condition: str, result: Result, problem: str) -> None:
    assert wait(condition).judge(result) is FAILED
    assert wait(condition).problem(result) == problem


@pytest.mark.parametrize("condition", ["healthy", "up"])
@pytest.mark.parametrize("text", ["", "nonsense", "a b c d", "\ufffd\x1b[2J"])
def test_an_answer_that_is_not_understood_ends_the_waiting(text: str, condition: str) -> None:
    assert wait(condition).judge(answer(text)) is FAILED
    assert wait(condition).problem(answer(text)) == "docker gave an answer that is not understood"


def test_what_a_container_wrote_does_nothing_to_a_terminal() -> None:
    written = answer("\x1b[2Jgone\n" + "x" * 3000 + "\n")
    assert told([answer(""), written])[:2] == ("log: \ufffd[2Jgone", f"log: {'x' * 2000}…")


def test_a_limit_may_be_a_fraction() -> None:
    assert wait("running", 1.5).problem(answer("restarting 0 none")) == (
        "is not running after 1.5 s"
    )


@pytest.mark.parametrize(
    ("condition", "cases"),
    [
        ("running", r"running\ *) exit 0;; restarting\ *) sleep 1;;"),
        ("healthy", r"running\ *\ healthy) exit 0;; running\ *\ starting|restarting\ *) sleep 1;;"),
        ("completed", r"exited\ 0\ *) exit 0;; running\ *|restarting\ *) sleep 1;;"),
    ],
)
def test_the_printed_loop(condition: str, cases: str) -> None:
    assert str(wait(condition)) == (
        "(second=0; while [ $((second += 1)) -le 300 ]; do "
        f'case "$({QUERY})" in {cases} *) break;; esac; done; '
        f"echo 'db is not {condition}' >&2; exit 1)"
    )


@pytest.mark.parametrize(("limit", "rounds"), [(1, 1), (2.4, 2), (0.1, 1), (86400, 86400)])
def test_the_loop_asks_once_a_second(limit: float, rounds: int) -> None:
    assert f" -le {rounds} ]" in str(wait("running", limit))


def looped(engine: Engine, loop: str, *answers: str) -> tuple[int, str, str, int]:
    """How a loop ends: its status, output and error; and how often it slept."""
    script(engine.folder / "sleep", "echo $1 >>slept")
    Path("slept").touch()
    Path("answers").write_text("".join(f"{line}\n" for line in answers))
    if answers:
        engine.answer({"container inspect*": "head -n 1 answers; sed -i 1d answers"})
    ended = subprocess.run(["sh"], input=loop, capture_output=True, text=True, check=False)
    slept = Path("slept").read_text().splitlines()
    assert slept == ["1"] * len(slept)
    return ended.returncode, ended.stdout, ended.stderr, len(slept)


PENDING_ONCE = ["running 0 starting", "restarting 1 starting"]


@pytest.mark.parametrize(
    ("answers", "limit", "status", "slept"),
    [
        (["running 0 healthy"], 300, 0, 0),
        ([*PENDING_ONCE, "running 0 healthy"], 300, 0, 2),
        ([*PENDING_ONCE, "running 0 healthy"], 3, 0, 2),
        ([*PENDING_ONCE, "running 0 healthy"], 2, 1, 2),
        (["running 0 unhealthy"], 300, 1, 0),
        (["running 0 none"], 300, 1, 0),
        ([*PENDING_ONCE, "exited 3 unhealthy"], 300, 1, 2),
    ],
)
def test_a_shell_waits(
    engine: Engine, answers: list[str], limit: float, status: int, slept: int
) -> None:
    error = "" if status == 0 else "db is not healthy\n"
    assert looped(engine, str(wait("healthy", limit)), *answers) == (status, "", error, slept)
    assert engine.calls == ["container inspect db"] * (slept + (slept < limit))


@pytest.mark.parametrize(
    ("answers", "limit", "grace", "status", "slept"),
    [
        (["running 0 healthy 0"], 300, 3, 0, 0),
        (["running 0 starting 0", "running 0 healthy 0"], 300, 3, 0, 1),
        (["running 0 none 0"] * 9, 300, 3, 0, 3),
        (["running 0 none 0"] * 9, 300, 2.5, 0, 3),
        (["running 0 none 0"] * 9, 300, 0, 0, 0),
        (["running 0 none 0"] * 9, 1, 3, 0, 3),
        (["running 0 none 0", "running 0 none 1"], 300, 3, 1, 1),
        (["running 0 none 0", "exited 0 none 0"], 300, 3, 1, 1),
        (["running 0 starting 0"] * 9, 2, 0, 1, 2),
    ],
)
def test_a_shell_waits_until_a_new_container_is_well(
    engine: Engine, answers: list[str], limit: float, grace: float, status: int, slept: int
) -> None:
    error = "" if status == 0 else "db is not up\n"
    loop = str(Wait(HERE, "db", UP, limit, grace))
    assert looped(engine, loop, *answers) == (status, "", error, slept)


def test_a_shell_gives_up_when_docker_fails(engine: Engine) -> None:
    engine.answer({"*": f"echo; echo '{GONE.strip()}' >&2; exit 1"})
    assert looped(engine, str(wait("completed"))) == (1, "", f"{GONE}db is not completed\n", 0)


def test_a_shell_goes_on_only_when_the_wait_is_over(engine: Engine) -> None:
    line = f"echo before &&\n{wait('completed')} &&\necho after"
    assert looped(engine, line, "running 0 none", "exited 0 none")[:2] == (0, "before\nafter\n")
    assert looped(engine, line, "exited 1 none")[:2] == (1, "before\n")


def test_a_shell_waits_at_the_host(engine: Engine) -> None:
    far = Wait(Host("far", ("-H", "tcp://far:1")), "db", "running", 1)
    engine.answer({"-H tcp://far:1 *": "echo running 0 none"})
    assert looped(engine, str(far))[0] == 0


STATES = ("created", "running", "paused", "restarting", "removing", "exited", "dead")
FUNCTIONS = """\
docker() { echo "$answer"; }
sleep() { exit 75; }
"""


def test_a_shell_judges_as_dirg_does() -> None:
    """By functions in place of programs, which one shell calls hundreds of times."""
    answers = [
        " ".join(parts)
        for parts in product(STATES, ("0", "10"), ("none", "starting", "healthy", "unhealthy"))
    ]
    loops = {condition: str(wait(condition, 1)) for condition in CONDITIONS}
    cases = list(product(loops, [*answers, "", "running", "exited 0"]))
    lines = [f"answer='{text}'\n{loops[condition]}\necho $?" for condition, text in cases]
    ended = subprocess.run(
        ["sh"], input=FUNCTIONS + "\n".join(lines), capture_output=True, text=True, check=True
    )
    verdicts = {"0": REACHED, "75": PENDING, "1": FAILED}
    assert {
        case: verdicts[status]
        for case, status in zip(cases, ended.stdout.splitlines(), strict=True)
    } == {(condition, text): wait(condition).judge(answer(text)) for condition, text in cases}


def test_the_evidence() -> None:
    assert [str(each) for each in wait("healthy").evidence] == [
        "docker container inspect --format "
        "'{{if .State.Health}}{{json .State.Health.Log}}{{end}}' db",
        "docker logs --tail 10 db",
    ]


SICK, SLOW, MISSING, EARLY, FINE, NONE = (
    (DATA / "docker" / "health.jsonl").read_text(encoding="utf-8").splitlines()
)


@pytest.mark.parametrize(
    ("health", "lines"),
    [
        (SICK, ["no route to <db> & é", "given up"]),
        (SLOW, ["Health check exceeded timeout (1s)"]),
        (MISSING, ["/bin/sh: [/nosuch]: not found"]),
        (EARLY, []),
        (FINE, []),
        (NONE, []),
    ],
)
def test_the_last_health_check_is_told(health: str, lines: list[str]) -> None:
    results = [answer(health), Result(wait("running").query, 0, "", "")]
    assert told(results) == tuple(f"last health check: {line}" for line in lines)


@pytest.mark.parametrize("health", ["null", "[{}]", "nonsense", "{}", '[{"Output": null}]', "3"])
def test_a_health_log_that_is_not_understood_is_left_out(health: str) -> None:
    assert told([answer(health), Result(wait("running").query, 0, "", "")]) == ()


def test_what_a_container_wrote_last_is_told() -> None:
    logs = Result(wait("running").query, 0, "one\n\n  two\n", "err\n")
    assert told([answer(""), logs]) == ("log: one", "log: ", "log:   two", "log: err")


def test_no_more_than_ten_lines_are_told() -> None:
    out, err = ("".join(f"{stream}{n}\n" for n in range(8)) for stream in ("out", "err"))
    lines = told([answer(""), Result(wait("running").query, 0, out, err)])
    assert lines == (
        *(f"log: out{n}" for n in range(6, 8)),
        *(f"log: err{n}" for n in range(8)),
    )


def test_what_docker_says_of_logs_it_has_not_is_not_taken_for_them() -> None:
    failed = Result(wait("running").query, 1, "", GONE)
    assert told([failed, failed]) == ()
