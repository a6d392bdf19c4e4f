"""Something small done with each package, of which something stays alive: a task, a tree, a frame, a connection."""

import asyncio
import io
import threading
from collections.abc import Callable
from typing import Any


def numpy() -> Any:
    import numpy

    return numpy.array([{"a": 1}, [2], None], dtype=object), numpy.arange(10).reshape(2, 5).T


def pandas() -> Any:
    import pandas

    frame = pandas.DataFrame({"a": range(9), "b": [object() for _ in range(9)]})
    return frame, frame.groupby("a").agg(list), frame.a.rolling(2).mean()


def pyarrow() -> Any:
    import pyarrow

    return pyarrow.table({"a": [1, 2], "b": ["x", None]}).group_by("a").aggregate([("b", "count")])


def polars() -> Any:
    import polars

    return polars.DataFrame({"a": [1, 2], "o": [object(), None]}), polars.LazyFrame({"a": [1]}).select("a").collect()


def duckdb() -> Any:
    import duckdb

    connection = duckdb.connect()
    return connection, connection.execute("select 1 as a").fetchall()


def scipy() -> Any:
    import scipy.optimize
    import scipy.sparse

    return scipy.sparse.csr_matrix([[1, 0], [0, 2]]), scipy.optimize.minimize(lambda x: float(x[0]) ** 2, [3.0])


def sklearn() -> Any:
    from sklearn.ensemble import RandomForestClassifier

    return RandomForestClassifier(3).fit([[0], [1], [2], [3]], [0, 0, 1, 1])


def matplotlib() -> Any:
    import matplotlib

    matplotlib.use("agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots()
    axes.plot([1, 2, 3])
    figure.savefig(io.BytesIO())
    return figure


def PIL() -> Any:
    from PIL import Image, ImageDraw

    image = Image.new("RGB", (9, 9))
    return image, ImageDraw.Draw(image)


def lxml() -> Any:
    from lxml import etree

    root = etree.fromstring("<a><b c='1'/>x<!-- y --></a>")
    return root, root.xpath("//b"), etree.iterparse(io.BytesIO(b"<a/>"))


def grpc() -> Any:
    import grpc

    channel = grpc.insecure_channel("localhost:1")
    return channel, channel.unary_unary("/a/b"), grpc.channel_ready_future(channel)


def google_protobuf() -> Any:
    from google.protobuf import struct_pb2

    message = struct_pb2.Struct()
    message.update({"a": [1, {"b": None}]})
    return message, message.fields


def uvloop() -> Any:
    import uvloop

    loop = uvloop.new_event_loop()

    async def wait() -> None:
        await asyncio.sleep(0)

    loop.run_until_complete(wait())
    return loop, loop.create_task(asyncio.sleep(60)), loop.call_later(60, print)


def asyncio_loop() -> Any:
    async def wait() -> list[Any]:
        return await asyncio.gather(*(asyncio.sleep(0) for _ in range(9)))

    asyncio.run(wait())
    loop = asyncio.new_event_loop()
    return loop, loop.create_task(asyncio.sleep(60)), loop.create_future()


def aiohttp() -> Any:
    import aiohttp

    async def open_one() -> Any:
        async with aiohttp.ClientSession() as session:
            try:
                await session.get("http://127.0.0.1:1/")
            except aiohttp.ClientError as error:
                return error, session

    return asyncio.run(open_one())


def multidict() -> Any:
    import frozenlist
    import multidict
    import yarl

    found = multidict.CIMultiDict(a=[1])
    return found, found.items(), multidict.CIMultiDictProxy(found), frozenlist.FrozenList([[1]]), yarl.URL("a://b/c")


def gevent() -> Any:
    import gevent
    import gevent.event

    event = gevent.event.Event()
    done, waits = gevent.spawn(lambda: 1), gevent.spawn(event.wait)
    gevent.sleep(0)
    return done.get(), waits, event


def greenlet() -> Any:
    import greenlet

    def other() -> None:
        kept = [1]
        main.switch(kept)
        main.switch(None)

    main = greenlet.getcurrent()
    switched = greenlet.greenlet(other)
    return switched, switched.switch()


def tornado() -> Any:
    import tornado.ioloop
    import tornado.queues

    async def queue() -> Any:
        found = tornado.queues.Queue()
        await found.put(1)
        return found

    return asyncio.run(queue())


def zmq() -> Any:
    import zmq

    context = zmq.Context()
    socket = context.socket(zmq.PAIR)
    socket.bind("inproc://a")
    return context, socket, zmq.Poller()


def sqlalchemy() -> Any:
    import sqlalchemy

    engine = sqlalchemy.create_engine("sqlite://")
    connection = engine.connect()
    return engine, connection, connection.execute(sqlalchemy.text("select 1")).fetchall()


def pydantic() -> Any:
    import pydantic

    model = pydantic.create_model("Model", a=(list[int], ...), b=(dict[str, float], {}))
    return model, model(a=[1]), pydantic.TypeAdapter(list[model])


def msgspec() -> Any:
    import msgspec

    struct = msgspec.defstruct("Point", [("x", list), ("y", Any, None)])
    return struct([1], {}), msgspec.json.Decoder(struct)


def orjson() -> Any:
    import orjson

    return orjson.Fragment(b"{}"), orjson.loads(orjson.dumps({"a": [1]}))


def msgpack() -> Any:
    import msgpack

    return msgpack.Packer(), msgpack.Unpacker(), msgpack.unpackb(msgpack.packb({"a": 1}))


def rpds() -> Any:
    import rpds

    return rpds.HashTrieMap({"a": [1]}), rpds.List([[1]])


def immutables() -> Any:
    import immutables

    found = immutables.Map(a=[1])
    return found, found.mutate(), iter(found)


def pyrsistent() -> Any:
    import pyrsistent

    return pyrsistent.pvector([[1]]), pyrsistent.pmap({"a": [1]})


def wrapt() -> Any:
    import wrapt

    return wrapt.ObjectProxy([1]), wrapt.decorator(lambda f, i, a, k: f(*a, **k))(lambda: 1)


def lazy_object_proxy() -> Any:
    import lazy_object_proxy

    return lazy_object_proxy.Proxy(lambda: 1 / 0)


def werkzeug() -> Any:
    import flask
    import werkzeug.local

    application = flask.Flask("a")
    return werkzeug.local.LocalProxy(lambda: 1 / 0), flask.request, application, application.test_client().get("/")


def zope_interface() -> Any:
    import zope.interface

    interface = zope.interface.interface.InterfaceClass("IAny")
    kind = zope.interface.implementer(interface)(type("Any", (), {}))
    return kind(), list(zope.interface.providedBy(kind()))


def persistent() -> Any:
    import persistent
    import persistent.mapping

    found = type("P", (persistent.Persistent,), {})()
    found.a = [1]
    return found, persistent.mapping.PersistentMapping(a=[1])


def cffi() -> Any:
    import cffi

    ffi = cffi.FFI()
    return ffi.new("int[9]"), ffi.callback("int(int)", lambda x: x), ffi.new_handle([1])


def cryptography() -> Any:
    from cryptography import fernet
    from cryptography.hazmat.primitives import hashes
    from cryptography.hazmat.primitives.asymmetric import ec

    return fernet.Fernet(fernet.Fernet.generate_key()), ec.generate_private_key(ec.SECP256R1()), hashes.SHA256()


def numba() -> Any:
    import numba
    import numba.typed

    function = numba.njit(lambda x: x + 1)
    return function, function(1), numba.typed.List([1])


def onnx() -> Any:
    import onnx.helper

    return onnx.helper.make_graph([onnx.helper.make_node("Relu", ["x"], ["y"])], "g", [], [])


def tokenizers() -> Any:
    import tokenizers

    return tokenizers.Tokenizer(tokenizers.models.WordLevel({"a": 0}, unk_token="a")).encode("a")


def h5py() -> Any:
    import h5py

    file = h5py.File(io.BytesIO(), "w")
    file["a"] = [1, 2]
    return file, file["a"]


def shapely() -> Any:
    import shapely

    return shapely.Point(0, 0).buffer(1), shapely.STRtree([shapely.Point(0, 0)])


def networkx() -> Any:
    import networkx

    graph = networkx.path_graph(9)
    return graph, networkx.shortest_path(graph, 0, 8)


def igraph() -> Any:
    import igraph

    graph = igraph.Graph.Ring(9)
    graph.vs["a"] = [[1]] * 9
    return graph, graph.vs[0]


def regex() -> Any:
    import regex

    return regex.compile("(?P<a>x)+").match("xxx"), regex.finditer("x", "xx")


def bitarray() -> Any:
    import bitarray

    return bitarray.bitarray("0101"), iter(bitarray.bitarray("01"))


def gmpy2() -> Any:
    import gmpy2

    return gmpy2.mpz(3) ** 99, gmpy2.get_context()


def sympy() -> Any:
    import sympy

    return sympy.integrate(sympy.Symbol("x") ** 2)


def z3() -> Any:
    import z3

    solver = z3.Solver()
    solver.add(z3.Int("x") > 1)
    return solver, solver.check(), solver.model()


def jax() -> Any:
    import jax

    function = jax.jit(lambda x: x + 1)
    return function, function(jax.numpy.arange(3)), jax.grad(lambda x: x * x)(2.0)


def torch() -> Any:
    import torch

    layer = torch.nn.Linear(2, 2)
    loss = layer(torch.ones(1, 2)).sum()
    loss.backward()
    return layer, loss, loss.grad_fn, torch.optim.Adam(layer.parameters())


def optree() -> Any:
    import optree

    return optree.tree_flatten({"a": [1, (2, 3)]})


def spacy() -> Any:
    import spacy

    return spacy.blank("en")("one two three")


def watchfiles() -> Any:
    import watchfiles

    return watchfiles.DefaultFilter(), watchfiles.watch(".", stop_event=threading.Event())


def coverage() -> Any:
    import coverage

    return coverage.Coverage(data_file=None)


def psutil() -> Any:
    import psutil

    return psutil.Process().as_dict(["pid", "name"]), list(psutil.process_iter())[:1]


def yaml() -> Any:
    import yaml

    return yaml.load("a: [1, {b: 2}]", Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def ruamel_yaml() -> Any:
    import ruamel.yaml

    return ruamel.yaml.YAML().load("a: [1, {b: 2}]")


def zstandard() -> Any:
    import zstandard

    return zstandard.ZstdCompressor().stream_reader(io.BytesIO(b"x" * 99)), zstandard.ZstdDecompressor()


def twisted() -> Any:
    from twisted.internet import defer

    waits = defer.Deferred()
    waits.addCallback(lambda value: [value])
    return waits, defer.succeed(1)


def redis() -> Any:
    import redis

    return redis.Redis(port=1), redis.ConnectionPool()


def pymongo() -> Any:
    import bson
    import pymongo

    return pymongo.MongoClient(port=1, connect=False), bson.decode(bson.encode({"a": [1]}))


def jinja2() -> Any:
    import jinja2

    template = jinja2.Template("{% for x in y %}{{ x }}{% endfor %}")
    return template, template.generate(y=[1, 2])


def cvxpy() -> Any:
    import cvxpy

    x = cvxpy.Variable()
    return cvxpy.Problem(cvxpy.Minimize(x**2), [x >= 1])


def av() -> Any:
    import av

    return av.VideoFrame(9, 9, "rgb24"), av.CodecContext.create("mpeg4", "w")


def cv2() -> Any:
    import cv2

    return cv2.KalmanFilter(2, 1), cv2.dnn.Net()


#: By what each stands for.
USES: dict[str, Callable[[], Any]] = {
    name: use for name, use in list(globals().items()) if getattr(use, "__module__", None) == __name__
}
