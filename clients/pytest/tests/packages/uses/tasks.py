"""Packages that run tasks, speak to others or watch: loops, greenlets, channels, clients."""

import asyncio
import threading
from typing import Any


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


def watchfiles() -> Any:
    import watchfiles

    return watchfiles.DefaultFilter(), watchfiles.watch(".", stop_event=threading.Event())


def coverage() -> Any:
    import coverage

    return coverage.Coverage(data_file=None)


def psutil() -> Any:
    import psutil

    return psutil.Process().as_dict(["pid", "name"]), list(psutil.process_iter())[:1]


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
