"""Runs a command in a pseudo-terminal and types into it once it has shown what it is waited for.

Arguments: columns, rows, seconds that all of it may take, then pairs of a text to wait for and keys to type (Python
escapes), "--", the command. Prints what the terminal was sent; on stderr each text once it is there, and last the
exit code.
"""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

columns, rows, seconds = int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])
end = sys.argv.index("--")
steps = sys.argv[4:end]
waits = [(steps[i], steps[i + 1].encode().decode("unicode_escape")) for i in range(0, len(steps), 2)]
command = sys.argv[end + 1 :]

pid, terminal = pty.fork()
if pid == 0:
    # The size must stand before the program looks at it.
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    os.execvp(command[0], command)

shown, looked_at = b"", 0
deadline = time.monotonic() + seconds
while time.monotonic() < deadline:
    ready, _, _ = select.select([terminal], [], [], 0.1)
    if ready:
        try:
            data = os.read(terminal, 65536)
        except OSError:
            break
        if not data:
            break
        shown += data
    if waits and waits[0][0].encode() in shown[looked_at:]:
        text, keys = waits.pop(0)
        print("saw", text, file=sys.stderr, flush=True)
        looked_at = len(shown)
        os.write(terminal, keys.encode())
else:
    os.kill(pid, 9)
_, status = os.waitpid(pid, 0)
sys.stdout.buffer.write(shown)
sys.stdout.flush()
sys.stderr.write(str(os.waitstatus_to_exitcode(status)) + "\n")
