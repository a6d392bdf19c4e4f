"""Draws what a terminal shows: ANSI text on standard input becomes an SVG on standard output.

Usage: COMMAND | python scripts/terminal-picture.py TITLE WIDTH > picture.svg
"""

import io
import re
import sys

from rich.console import Console
from rich.text import Text

#: Viewers of a README fetch no fonts, so none are asked for.
FONT_FACES = re.compile(r"@font-face \{.*?\}\s*", re.DOTALL)


def main() -> None:
    title, width = sys.argv[1], int(sys.argv[2])
    console = Console(record=True, width=width, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    console.print(Text.from_ansi(sys.stdin.read().rstrip("\n")))
    print(FONT_FACES.sub("", console.export_svg(title=title)))


main()
