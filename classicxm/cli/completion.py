"""``classicxm completion``: the line that makes a shell complete commands and options."""

from __future__ import annotations

import click

from classicxm.cli.terminal import say, say_line

__all__ = ["completion"]

FILES = {"bash": "~/.bashrc", "zsh": "~/.zshrc", "fish": "~/.config/fish/completions/classicxm.fish"}


@click.command()
@click.argument("shell", type=click.Choice(sorted(FILES)))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that makes SHELL complete commands and options; add it to the shell's start-up file.

    For bash: classicxm completion bash >> ~/.bashrc
    """
    from click.shell_completion import get_completion_class

    completes = get_completion_class(shell)
    if completes is None:
        raise click.UsageError(f"click knows no completion for {shell}")
    say(completes(ctx.find_root().command, {}, "classicxm", "_CLASSICXM_COMPLETE").source())
    say_line(f"add this to {FILES[shell]}", err=True)
