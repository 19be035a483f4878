"""Makes ``python -m classicxm.cli`` the command line."""

from classicxm.cli import main

main(prog_name="classicxm")
