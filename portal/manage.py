"""The command line, with one clear line for what keeps a command from starting."""

import os

from portal import start

#: Commands that talk to the provider or serve pages. `prepare` and `setup` look by themselves.
WITH_PROVIDER = {"runserver", "sync_catalog"}


def main(arguments: list[str]) -> None:
    """Run a command of Django or of ours."""
    command = arguments[1] if len(arguments) > 1 else "help"
    if command == "make_voucher_key":  # must work before the settings do: they ask for its key
        from portal.management.commands.make_voucher_key import Command

        return Command().run_from_argv(arguments)
    if command == "up" and "--simulator" in arguments:
        os.environ["SIMULATOR"] = "1"  # read by the settings, here and in what `up` starts
    start.require_settings()
    from django.core.management import execute_from_command_line

    if command in WITH_PROVIDER:
        import django

        django.setup()
        start.require_provider()
    execute_from_command_line(arguments)
    return None
