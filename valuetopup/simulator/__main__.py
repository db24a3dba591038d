"""`python -m valuetopup.simulator`: the provider on this machine."""

from valuetopup.simulator.command import given
from valuetopup.simulator.server import Server, StartError, listen, lock


def main() -> None:
    """Run until SIGTERM or Ctrl-C. What is wrong is said in one line."""
    options, bind, port = given()
    try:
        with lock(options):
            socket = listen(bind, port)
            Server(options, socket).run()
    except StartError as problem:
        raise SystemExit(f"simulator: {problem}") from None


if __name__ == "__main__":
    main()
