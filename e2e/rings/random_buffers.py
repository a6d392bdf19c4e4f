"""Allocates and frees at random, and holds what a `tt-memwatch serve` has of this process against ttnn's own list.

Usage: random_buffers.py SEED COMPARISONS [frames]; with `frames` it also sends what a patched tt-metal would have sent.
Prints the comparisons and how many of them differed, and the first difference.
"""

import json
import os
import random
import socket
import struct
import sys

import ttnn

SERVER = os.environ["TT_MEMWATCH_SERVER_SOCKET"]
LIVE_MAX = 40
TYPES = {"DRAM": 0, "L1": 1}


def listed(device):
    """Address and memory type of every buffer, and the bytes of one bank."""
    buffers = ttnn._ttnn.reports.get_buffers([device])
    return sorted((str(b.buffer_type).rpartition(".")[2], b.address, b.max_size_per_bank) for b in buffers)


def ask(request):
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(SERVER)
        connection.sendall(b"memwatch " + json.dumps(request).encode() + b"\n")
        answer = b""
        while b'"kind":"end"' not in answer:
            part = connection.recv(65536)
            if not part:
                raise SystemExit(f"the server closed the connection: {answer!r}")
            answer += part
    return [json.loads(line) for line in answer.splitlines()]


def wait_until_followed():
    """The tracer does not wait for the server longer than a program may be kept: a busy one follows later."""
    while os.getpid() not in [each["pid"] for each in ask({"request": "stats"})[0]["traced"]]:
        pass


def booked(banks):
    """The same as the server has it."""
    answers = ask({"request": "dump", "listedMax": None, "since": None})
    buffers = [each for each in answers if each["kind"] == "buffer" and each["pid"] == os.getpid()]
    return sorted((b["memoryType"], int(b["address"], 16), b["sizeBytes"] // banks[b["memoryType"]]) for b in buffers)


def banks_of(device):
    views = {name: ttnn.get_memory_view(device, getattr(ttnn.BufferType, name)) for name in TYPES}
    return {name: view.num_banks for name, view in views.items()}


class Frames:
    """A connection of a patched tt-metal: 72 bytes a message."""

    def __init__(self):
        self.connection = socket.socket(socket.AF_UNIX)
        self.connection.connect(SERVER)

    def send(self, kind, memory_type, address, size):
        head = struct.pack("<B3xiQB3xiQQ", kind, 0, size, TYPES[memory_type], os.getpid(), address, 1)
        self.connection.sendall(head + bytes(32))


def address_of(tensor):
    return tensor.buffer_address()


def main():
    seed, comparisons = int(sys.argv[1]), int(sys.argv[2])
    frames = Frames() if "frames" in sys.argv else None
    chance = random.Random(seed)
    device = ttnn.open_mesh_device(ttnn.MeshShape(1, 1))
    banks = banks_of(device)
    wait_until_followed()
    live, different = [], []
    for _ in range(comparisons):
        for _ in range(chance.randint(1, 6)):
            if live and (len(live) >= LIVE_MAX or chance.random() < 0.45):
                name, address, size, tensor = live.pop(chance.randrange(len(live)))
                if frames:
                    frames.send(2, name, address, 0)
                ttnn.deallocate(tensor)
                continue
            name = chance.choice(("DRAM", "L1"))
            config = ttnn.DRAM_MEMORY_CONFIG if name == "DRAM" else ttnn.L1_MEMORY_CONFIG
            shape = (1, 1, 32 * chance.randint(1, 6), 32 * chance.randint(1, 6))
            tensor = ttnn.empty(shape, ttnn.bfloat16, ttnn.TILE_LAYOUT, device, config)
            size = 2 * shape[2] * shape[3]
            if frames:
                frames.send(1, name, address_of(tensor), size)
            live.append((name, address_of(tensor), size, tensor))
        theirs, ours = listed(device), booked(banks)
        if theirs != ours:
            different.append((theirs, ours))
    findings = [each for each in ask({"request": "dump", "listedMax": 0, "since": None}) if each["kind"] == "finding"]
    untrusted = [each for each in findings if each["verdict"] == "untrusted" and os.getpid() in each["pids"]]
    print(json.dumps({"comparisons": comparisons, "different": len(different), "untrusted": len(untrusted)}))
    if different:
        print(f"ttnn lists {different[0][0]}, the server {different[0][1]}", file=sys.stderr)
    ttnn.close_mesh_device(device)


main()
