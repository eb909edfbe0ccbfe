"""The process that printing processes are forked from; `press` starts it with a socket."""

import sys

from archiver.production.press.plate import serve

if __name__ == "__main__":
    serve(int(sys.argv[1]))
