"""A program that uses `no_growth`, as its tests run it."""

from conftest import ZEROS_BYTES

#: What `zeros(device)` holds, in words.
ONE = f"{ZEROS_BYTES // 1024}.0 KB"

PRELUDE = """
import asyncio, contextlib, functools, gc, pickle, re, sys, threading
import tt_memwatch
import ttnn

KEPT = []

def zeros(device):
    return ttnn.zeros((1, 1, 64, 64), dtype=ttnn.bfloat16, layout=ttnn.TILE_LAYOUT, device=device)

def error_of(run, *arguments, **options):
    try:
        run(*arguments, **options)
    except Exception as error:
        return error
    return None

def leak(device, **options):
    with tt_memwatch.no_growth(device, **options):
        KEPT.append(zeros(device))

device = ttnn.open_device(device_id=0, l1_small_size=16384)
"""


def printed(suite, text):
    """What a script prints, line by line, without what ttnn logs."""
    result = suite.script(PRELUDE + text)
    assert result.ret == 0, result.stderr.str()
    return [line[1:] for line in result.outlines if line.startswith(">")]
