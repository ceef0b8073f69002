"""The command: `snapshot`, or python -m snapshot."""

import os
import signal


def _stop(*_: object) -> None:
    os.write(2, b"stopped\n")
    os._exit(130)


def main() -> None:
    """Run the command line. Ctrl-C while its modules are imported ends the process at once.

    An exception would not do: Python's importing code turns some into others.
    """
    handled = signal.getsignal(signal.SIGINT) is signal.default_int_handler  # not below nohup
    if handled:
        signal.signal(signal.SIGINT, _stop)
    from snapshot import cli

    try:
        if handled:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        cli.main()
    except KeyboardInterrupt:  # before the command began, or after it ended
        _stop()


if __name__ == "__main__":
    main()
