"""Becomes another program that dies with the process which started it: `python exec_with_parent.py PARENT PROGRAM ...`.

A test run that is killed (SIGKILL, or SIGTERM, which runs no finalizers) would leave its servers behind. The kernel
ends them instead; the process id stays that of the program. Where there is no prctl (macOS) it is a plain exec.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1

if __name__ == "__main__":
    parent, program = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit("the process that wanted this program has ended")
    os.execv(program[0], program)
