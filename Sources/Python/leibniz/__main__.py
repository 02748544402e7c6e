"""The command line, `python -m leibniz`."""

from ._tool import main

main()
