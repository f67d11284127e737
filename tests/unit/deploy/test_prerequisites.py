"""The scripts behind `make setup` find what the machine has, install where they may, and else say so in one line."""

import shutil
import subprocess
from pathlib import Path

import pytest

LOCAL = Path(__file__).parents[3] / "deploy" / "local"

JAVA_17 = """echo 'openjdk version "17.0.15" 2025-04-15' >&2"""
JAVA_8 = """echo 'java version "1.8.0_402"' >&2"""


class Machine:
    """A PATH with the usual small tools and nothing else but what a test puts there."""

    def __init__(self, folder: Path) -> None:
        self.bin = folder / "bin"
        self.work = folder / "work"
        self.bin.mkdir()
        self.work.mkdir()
        for tool in ("bash", "sed", "head", "mkdir", "env", "cat", "chmod"):
            found = shutil.which(tool)
            assert found is not None
            (self.bin / tool).symlink_to(found)
        self.has("id", "echo 1000")

    def has(self, program: str, script: str) -> None:
        path = self.bin / program
        path.write_text(f"#!{self.bin}/bash\n{script}\n")
        path.chmod(0o755)

    def run(self, script: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [self.bin / "bash", LOCAL / script, *arguments],
            cwd=self.work,
            env={"PATH": str(self.bin), **environment},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


def test_with_java_17_and_maven_nothing_is_said(machine: Machine) -> None:
    machine.has("java", JAVA_17)
    machine.has("mvn", "exit 0")
    ended = machine.run("prerequisites.sh")
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("programs", "named"),
    [
        ({}, "Java 17 or newer and Maven not found"),
        ({"java": JAVA_17}, "Maven not found"),
        ({"java": JAVA_8, "mvn": "exit 0"}, "Java 17 or newer not found"),
    ],
)
def test_what_is_missing_is_said_in_one_line_with_exit_code_3(
    machine: Machine, programs: dict[str, str], named: str
) -> None:
    for program, script in programs.items():
        machine.has(program, script)
    ended = machine.run("prerequisites.sh")
    assert ended.returncode == 3
    assert ended.stderr.startswith(named)
    assert len(ended.stderr.splitlines()) == 1
    assert ended.stdout == ""


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="apt-get is used on Debian only")
def test_root_on_debian_gets_what_is_missing_from_apt_get_and_is_told(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("apt-cache", "exit 0")
    # What it is asked to install appears on the PATH; the bodies go through files, free of quoting.
    (machine.work / "java").write_text(f"#!{machine.bin}/bash\n{JAVA_17}\n")
    (machine.work / "mvn").write_text(f"#!{machine.bin}/bash\nexit 0\n")
    machine.has(
        "apt-get",
        f"""echo "$*" >> {machine.work}/asked
        [ "$1" = update ] && exit
        for p in java mvn; do cat {machine.work}/$p > {machine.bin}/$p; chmod +x {machine.bin}/$p; done""",
    )
    ended = machine.run("prerequisites.sh")
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout.startswith("Java 17 or newer and Maven not found: installing with apt-get")
    asked = (machine.work / "asked").read_text().splitlines()
    assert asked == ["update", "install -y --no-install-recommends openjdk-17-jre-headless maven"]


@pytest.mark.skipif(not Path("/etc/debian_version").exists(), reason="apt-get is used on Debian only")
def test_an_apt_get_that_fails_ends_with_what_to_install(machine: Machine) -> None:
    machine.has("id", "echo 0")
    machine.has("apt-get", "exit 100")
    ended = machine.run("prerequisites.sh")
    assert ended.returncode == 3
    assert "Java 17 or newer and Maven not found: install" in ended.stderr


def test_without_a_python_that_is_new_enough_it_says_what_to_install(machine: Machine) -> None:
    machine.has("python3", "exit 1")
    ended = machine.run("python.sh")
    assert ended.returncode == 3
    assert ended.stderr == "No Python 3.11 or newer on PATH: install one, or name it in DSR_PYTHON.\n"


def test_the_first_python_that_runs_and_makes_environments_is_taken(machine: Machine) -> None:
    machine.has("python3", "exit 127")  # as a pyenv shim without its version does
    machine.has("python3.12", "exit 0")
    ended = machine.run("python.sh")
    assert (ended.returncode, ended.stdout) == (0, f"{machine.bin}/python3.12\n")


@pytest.mark.parametrize(
    ("distribution", "taken"),
    [
        ("exit 0", "distribution-python"),
        ("exit 1", "python3"),
        ('[[ "$2" != *ensurepip* ]]', "python3"),
    ],
    ids=["good", "too old", "without venv"],
)
def test_the_python_of_the_distribution_is_taken_before_those_on_path_where_it_will_do(
    machine: Machine, distribution: str, taken: str
) -> None:
    machine.has("python3", "exit 0")
    machine.has("distribution-python", distribution)
    ended = machine.run("python.sh", f"{machine.bin}/distribution-python")
    assert (ended.returncode, ended.stdout) == (0, f"{machine.bin}/{taken}\n")


def test_the_python_that_the_setting_names_is_taken_before_all_others(machine: Machine) -> None:
    for python in ("python3", "distribution-python", "my-python"):
        machine.has(python, "exit 0")
    ended = machine.run("python.sh", f"{machine.bin}/distribution-python", DSR_PYTHON="my-python")
    assert (ended.returncode, ended.stdout) == (0, f"{machine.bin}/my-python\n")


def test_a_python_without_venv_is_told_apart_from_none(machine: Machine) -> None:
    machine.has("python3", '[[ "$2" != *ensurepip* ]]')
    ended = machine.run("python.sh")
    assert ended.returncode == 3
    assert "python3-venv" in ended.stderr


def test_a_step_that_fails_shows_its_end_and_what_to_do(tmp_path: Path) -> None:
    ended = subprocess.run(
        [LOCAL / "step.sh", "Doing it", "Try again.", "bash", "-c", "seq 40; exit 7"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == 7
    assert ended.stdout == "Doing it …\n"
    assert ended.stderr.splitlines()[0] == "    26"
    assert ended.stderr.splitlines()[-1] == "FAILED: Doing it. Try again. All of it is in var/setup.log."
    assert "\n1\n2\n" in (tmp_path / "var" / "setup.log").read_text()
