"""Reads the exports of a recording with the readers of their formats; prints what each has as one JSON object.

Usage: exports.py FOLDER SOCKET   (of readers/trace-processor.ts, which has read the trace)
"""

import json
import pickle
import sys
from pathlib import Path

import duckdb
from google.protobuf.unknown_fields import UnknownFieldSet
from perfetto.protos.perfetto.trace import perfetto_trace_pb2
from perfetto.trace_processor import TraceProcessor

FOLDER = Path(sys.argv[1])


def check_known(message):
    """Perfetto's own messages have every field that was written."""
    assert len(UnknownFieldSet(message)) == 0, message
    for field, value in message.ListFields():
        if field.message_type is not None:
            for each in value if field.is_repeated else [value]:
                check_known(each)


def read_perfetto():
    """What Perfetto's trace processor made of the trace."""
    check_known(perfetto_trace_pb2.Trace.FromString((FOLDER / "x.perfetto").read_bytes()))
    session = TraceProcessor(remote=sys.argv[2])

    def ask(sql):
        return [dict(vars(row)) for row in session.query(sql)]

    counters = {}
    track = "select t.name as track"
    for row in ask(f"{track}, value from counter c join process_counter_track t on c.track_id = t.id order by ts"):
        counters.setdefault(row["track"], []).append(row["value"])
    facts = ", ".join(f"extract_arg(arg_set_id, 'debug.{name}') as {name}" for name in ("outcome", "test", "bytes"))
    lives = f"{track}, s.name, depth, dur, {facts} from slice s join process_track t on s.track_id = t.id order by ts"
    found = {
        "faults": ask("select name, value from stats where severity in ('error', 'data_loss') and value > 0"),
        "clocks": [row["clock_id"] for row in ask("select distinct clock_id from clock_snapshot order by clock_id")],
        "processes": [row["name"] for row in ask("select name from process where name is not null")],
        "counters": counters,
        "slices": ask(lives),
    }
    session.close()
    return found


def read_torch():
    """What torch/cuda/_memory_viz.py and MemoryViz.js ask of a snapshot."""
    snapshot = pickle.loads((FOLDER / "x.torch-memory-viz").read_bytes())
    assert len(snapshot["device_traces"]) > max(segment["device"] for segment in snapshot["segments"])
    found = []
    for segment in snapshot["segments"]:
        blocks = segment["blocks"]
        assert sum(block["size"] for block in blocks) == segment["total_size"]
        at = segment["address"]
        for block in blocks:
            assert block["address"] == at and block["size"] > 0 and block["requested_size"] <= block["size"]
            at += block["size"]
        live, active = {}, [block for block in blocks if block["state"] == "active_allocated"]
        for entry in snapshot["device_traces"][segment["device"]]:
            assert segment["address"] <= entry["addr"] < segment["address"] + segment["total_size"]
            assert {"action", "addr", "size", "stream", "frames", "time_us"} <= entry.keys()
            if entry["action"] == "alloc":
                live[entry["addr"]] = entry["size"]
            elif entry["action"] == "free_completed":
                del live[entry["addr"]]
        # The whole trace is there, so what it leaves is what the blocks show.
        assert live == {block["address"]: block["size"] for block in active}
        assert segment["allocated_size"] == segment["active_size"] == sum(live.values())
        frames = [[frame["filename"], frame["line"], frame["name"]] for block in active for frame in block["frames"]]
        found.append({"name": segment["frames"][0]["name"], "bytes": sum(live.values()), "frames": frames})
    return found


def read_tables():
    """The two tables are one, and strict readers take both."""
    csv = f"read_csv('{FOLDER}/x.csv', strict_mode = true, all_varchar = true, header = true)"
    parquet = f"read_parquet('{FOLDER}/x.parquet')"
    columns = [row[0] for row in duckdb.sql(f"describe select * from {parquet}").fetchall()]
    as_text = ", ".join(f'"{column}"::varchar' for column in columns)
    from_csv = duckdb.sql(f"select {as_text} from {csv} order by number::bigint").fetchall()
    from_parquet = duckdb.sql(f"select {as_text} from {parquet} order by number").fetchall()
    assert from_csv == from_parquet
    facts = duckdb.sql(f"select decode(key), decode(value) from parquet_kv_metadata('{FOLDER}/x.parquet')").fetchall()
    rows = duckdb.sql(f"select * from {parquet} order by number")
    return {"facts": dict(facts), "rows": [dict(zip(columns, row, strict=True)) for row in rows.fetchall()]}


print(json.dumps({"perfetto": read_perfetto(), "torch": read_torch(), **read_tables()}))
