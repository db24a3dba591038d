"""Runs a program that ends when the one who started it ends, even by kill -9.

A stand-alone file, run by path so that it costs milliseconds:
`python -I -S portal/leash.py PARENT SIGNAL UID GID program …` (UID and GID "-"
for the same user). Where the kernel has no parent-death signal it just runs it.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1


def main(arguments: list[str]) -> None:
    parent, signal, uid, gid, *program = arguments
    if uid != "-":
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))  # before prctl: a change of user clears the death signal
    if sys.platform.startswith("linux"):
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, int(signal), 0, 0, 0)
        if os.getppid() != int(parent):
            sys.exit(1)  # the parent ended before the leash was on
    try:
        os.execvp(program[0], program)
    except OSError as error:
        sys.exit(f"{program[0]}: {error.strerror}")


if __name__ == "__main__":
    main(sys.argv[1:])
