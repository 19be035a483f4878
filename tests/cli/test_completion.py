"""``classicxm completion``: a script for each shell."""

import pytest


@pytest.mark.parametrize(
    ("shell", "file"), [("bash", ".bashrc"), ("zsh", ".zshrc"), ("fish", "classicxm.fish")]
)
def test_scripts(shell, file, command):
    result = command("completion", shell)
    assert "_CLASSICXM_COMPLETE" in result.stdout and file in result.stderr and file not in result.stdout


def test_other_shells(command):
    result = command("completion", "cmd")
    assert result.exit_code == 2 and "'bash'" in result.stderr
