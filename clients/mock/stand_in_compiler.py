"""Stands in for the compiler of device kernels, for ttnn's mock device only.  It compiles nothing.

For each call it writes the least that ttnn's host-side loader accepts: a list of dependencies naming the source, a
dummy object, or an executable with a single `ret` where the linker script puts `.text`.  Nothing it makes can run on
a device.
"""

import ast
import re
import struct
import sys
from typing import Dict, List, Optional

RET = struct.pack("<I", 0x00008067)
ADDRESS_MASK = 0xFFFFFFFF

# Linker scripts that place .text by a symbol: any address that the loader takes for plausible.
DEFAULT_TEXT_ADDRESS = 0x8000

# ELF32, as in the System V ABI (gABI, chapters 4 and 5).
FILE_HEADER_SIZE = 52
PROGRAM_HEADER_SIZE = 32
SECTION_HEADER_SIZE = 40
SYMBOL_SIZE = 16
RELA_SIZE = 12
ET_EXEC, EM_RISCV, EV_CURRENT = 2, 243, 1
PT_LOAD = 1
READ_EXECUTE = 4 | 1
SHT_PROGBITS, SHT_SYMTAB, SHT_STRTAB, SHT_RELA = 1, 2, 3, 4
SHF_ALLOC_EXECUTE = 2 | 4

SOURCE_ENDINGS = (".c", ".cc", ".cpp", ".S", ".h")


def constant(expression: str) -> int:
    """The value of a linker script's constant expression: integers, parentheses and the operators + - * & ~."""
    return _value(ast.parse(expression.strip(), mode="eval").body) & ADDRESS_MASK


def _value(node: ast.expr) -> int:
    if isinstance(node, ast.Constant) and type(node.value) is int:
        return node.value
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand)
        if isinstance(node.op, ast.Invert):
            return ~operand
        if isinstance(node.op, ast.USub):
            return -operand
    if isinstance(node, ast.BinOp):
        left, right = _value(node.left), _value(node.right)
        if isinstance(node.op, ast.Add):
            return left + right
        if isinstance(node.op, ast.Sub):
            return left - right
        if isinstance(node.op, ast.Mult):
            return left * right
        if isinstance(node.op, ast.BitAnd):
            return left & right
    raise ValueError(f"not part of a constant expression: {ast.dump(node)}")


def text_address(linker_script: str) -> int:
    """Where a linker script places .text, if it says so by a constant expression."""
    found = re.search(r"^\s*\.text\s+([0-9a-fA-FxX()+*&~\s-]+):", linker_script, re.MULTILINE)
    return constant(found[1]) if found is not None and found[1].strip() else DEFAULT_TEXT_ADDRESS


class _Names:
    """The string table of section names."""

    def __init__(self) -> None:
        self.table = b"\0"

    def add(self, name: str) -> int:
        at = len(self.table)
        self.table += name.encode("ascii") + b"\0"
        return at


def executable(text: int) -> bytes:
    """An ELF32 RISC-V executable with one segment and one instruction, at address `text`."""
    names = _Names()
    code_at = FILE_HEADER_SIZE + PROGRAM_HEADER_SIZE
    symbols_at = code_at + len(RET)
    names_at = symbols_at + SYMBOL_SIZE
    sections = [
        _section(0, 0),
        _section(names.add(".text"), SHT_PROGBITS, SHF_ALLOC_EXECUTE, text, code_at, len(RET), align=4),
        # Empty, but the loader looks for it.
        _section(names.add(".rela.text"), SHT_RELA, offset=symbols_at, link=3, info=1, align=4, entry=RELA_SIZE),
        _section(
            names.add(".symtab"), SHT_SYMTAB, 0, 0, symbols_at, SYMBOL_SIZE, link=4, info=1, align=4, entry=SYMBOL_SIZE
        ),
        # The symbols' names: the one empty name that every string table begins with.
        _section(names.add(".strtab"), SHT_STRTAB, offset=names_at, size=1, align=1),
    ]
    own_name = names.add(".shstrtab")
    sections.append(_section(own_name, SHT_STRTAB, offset=names_at, size=len(names.table), align=1))
    padding = bytes(-(names_at + len(names.table)) % 4)
    sections_at = names_at + len(names.table) + len(padding)
    return b"".join(
        [
            _file_header(text, sections_at, len(sections)),
            struct.pack("<8I", PT_LOAD, code_at, text, text, len(RET), len(RET), READ_EXECUTE, 4),
            RET,
            bytes(SYMBOL_SIZE),  # the null symbol
            names.table,
            padding,
            *sections,
        ]
    )


def _file_header(entry: int, sections_at: int, section_count: int) -> bytes:
    identification = b"\x7fELF" + bytes([1, 1, EV_CURRENT]) + bytes(9)  # 32-bit, little-endian
    return identification + struct.pack(
        "<HHIIIIIHHHHHH",
        ET_EXEC,
        EM_RISCV,
        EV_CURRENT,
        entry,
        FILE_HEADER_SIZE,
        sections_at,
        0,
        FILE_HEADER_SIZE,
        PROGRAM_HEADER_SIZE,
        1,
        SECTION_HEADER_SIZE,
        section_count,
        section_count - 1,
    )


def _section(
    name: int,
    kind: int,
    flags: int = 0,
    address: int = 0,
    offset: int = 0,
    size: int = 0,
    link: int = 0,
    info: int = 0,
    align: int = 0,
    entry: int = 0,
) -> bytes:
    return struct.pack("<10I", name, kind, flags, address, offset, size, link, info, align, entry)


def _linker_script(arguments: List[str]) -> Optional[str]:
    return next((argument[2:] for argument in arguments if argument.startswith("-T")), None)


def _write_output(path: str, linker_script: Optional[str]) -> None:
    content = b"stand-in\n"
    if linker_script is not None:
        with open(linker_script, encoding="utf-8") as file:
            content = executable(text_address(file.read()))
    with open(path, "wb") as file:
        file.write(content)


def _write_dependencies(path: str, target: str, arguments: List[str]) -> None:
    sources = [argument for argument in arguments if argument.startswith("/") and argument.endswith(SOURCE_ENDINGS)]
    with open(path, "w", encoding="utf-8", errors="surrogateescape") as file:
        file.write(f"{target}: {' '.join(sources)}\n")


def main(arguments: List[str]) -> None:
    value_of: Dict[str, str] = dict(zip(arguments, arguments[1:]))
    target = value_of["-o"]
    _write_output(target, _linker_script(arguments))
    if "-MF" in value_of:
        _write_dependencies(value_of["-MF"], target, arguments)


if __name__ == "__main__":
    main(sys.argv[1:])
