"""Packages of tables, arrays, models and pictures."""

import io
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
