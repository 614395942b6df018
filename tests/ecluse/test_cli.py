"""The habits of the command line: streams, exit codes, languages, colour, and the nearest word."""

import pytest

from ecluse import cli
from ecluse.contents import VERBS


def test_without_a_verb_it_shows_what_there_is(ecluse) -> None:
    said = ecluse()
    assert said.code == 0
    for name in VERBS:
        assert f"  {name}" in said.out
    assert said.err == ""


@pytest.mark.parametrize("name", VERBS)
@pytest.mark.parametrize("language", ["fr", "en"])
def test_every_verb_has_help_within_eighty_columns(ecluse, name: str, language: str, monkeypatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    said = ecluse("--lang", language, name, "--help")
    assert said.code == 0
    assert ("Usage :" if language == "fr" else "Usage:") in said.out
    folded = [line for line in said.out.splitlines() if not line.lstrip().startswith("$")]
    assert max(map(len, folded)) <= 80


def test_help_comes_as_a_verb_too(ecluse) -> None:
    assert ecluse("help", "check").out == ecluse("check", "--help").out


def test_a_wrong_verb_is_answered_with_the_nearest(ecluse) -> None:
    said = ecluse("chek")
    assert said.code == 2
    assert 'Did you mean "check"?' in said.err
    assert said.out == ""
    assert 'Did you mean "show"?' in ecluse("quarantine", "shwo").err


def test_usage_is_two_and_in_the_language_that_was_asked_for(ecluse) -> None:
    said = ecluse("--lang", "fr", "pipe")
    assert said.code == 2
    assert "Erreur : Il manque" in said.err
    assert ecluse("--lang", "de").code == 2
    assert ecluse("check", "--output", "xml").code == 2


def test_the_kafka_runtime_asks_for_its_broker(ecluse, tmp_path) -> None:
    said = ecluse("-C", tmp_path, "run", "--runtime", "kafka")
    assert said.code == 1
    assert "kafka.bootstrap" in said.err


def test_nothing_is_coloured_off_a_terminal_unless_told(ecluse, monkeypatch) -> None:
    assert "\x1b" not in ecluse("check", "examples/demo/link.yaml").out
    assert "\x1b" in ecluse("--color", "always", "check", "examples/demo/link.yaml").out
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in ecluse("check", "examples/demo/link.yaml").out


def test_ctrl_c_is_one_hundred_and_thirty(ecluse, monkeypatch) -> None:
    def interrupted(*_arguments: object, **_settings: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(cli.ecluse, "invoke", interrupted)
    assert ecluse("status").code == 130


def test_it_names_its_version(ecluse) -> None:
    assert ecluse("--version").out.startswith("ecluse 0.")


def test_a_broken_settings_file_is_shown_at_its_line_by_every_verb(ecluse, tmp_path) -> None:
    (tmp_path / "ecluse.yaml").write_text("langage: fr\n")
    for verb in ("check", "status", "run", "doctor"):
        said = ecluse("-C", tmp_path, verb)
        assert said.code == 1, verb
        assert "ecluse.yaml:1" in said.out + said.err
        assert "Traceback" not in said.err


def test_a_folder_that_never_ran_says_so(ecluse, tmp_path) -> None:
    ecluse("init", tmp_path, "--no-input")
    for words in (("status",), ("explain", "contact/42"), ("quarantine", "ls"), ("appointments", "ls")):
        said = ecluse("-C", tmp_path, *words)
        assert said.code == 1, words
        assert "ecluse run" in said.err
        assert not (tmp_path / "ecluse.db").exists()


def test_a_mistake_of_ours_shows_its_place_and_no_value(ecluse, monkeypatch) -> None:
    def fails(*_arguments: object, **_settings: object) -> None:
        raise ValueError("marge 48210")

    monkeypatch.setattr(cli.ecluse, "invoke", fails)
    said = ecluse("status")
    assert said.code == 1
    assert "ValueError at test_cli.py:" in said.err
    assert "48210" not in said.err
