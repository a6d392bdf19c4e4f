"""Packages of objects: models, proxies, trees, numbers, formats of text."""

import io
from typing import Any


def lxml() -> Any:
    from lxml import etree

    root = etree.fromstring("<a><b c='1'/>x<!-- y --></a>")
    return root, root.xpath("//b"), etree.iterparse(io.BytesIO(b"<a/>"))


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


def yaml() -> Any:
    import yaml

    return yaml.load("a: [1, {b: 2}]", Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))


def ruamel_yaml() -> Any:
    import ruamel.yaml

    return ruamel.yaml.YAML().load("a: [1, {b: 2}]")


def zstandard() -> Any:
    import zstandard

    return zstandard.ZstdCompressor().stream_reader(io.BytesIO(b"x" * 99)), zstandard.ZstdDecompressor()


def jinja2() -> Any:
    import jinja2

    template = jinja2.Template("{% for x in y %}{{ x }}{% endfor %}")
    return template, template.generate(y=[1, 2])
