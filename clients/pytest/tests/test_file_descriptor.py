"""A suite gets the file descriptors that it would get alone: tests print theirs, and compare them."""

import os
import resource
import socket

import pytest

from tt_memwatch.file_descriptor import LOWEST, out_of_the_way


def next_number():
    number = os.dup(1)
    os.close(number)
    return number


def test_a_connection_takes_no_number_that_the_suite_would_get():
    before = next_number()
    ours, peer = socket.socketpair()
    ours = out_of_the_way(ours)
    with ours, peer:
        assert ours.fileno() >= LOWEST
        assert not ours.get_inheritable()
        peer.sendall(b"line")
        assert ours.recv(4) == b"line"
        assert next_number() == before
    assert next_number() == before


@pytest.fixture
def few_descriptors():
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (LOWEST, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_where_the_process_may_have_few_the_connection_keeps_its_number(few_descriptors):
    ours, peer = socket.socketpair()
    with ours, peer:
        assert out_of_the_way(ours) is ours
        peer.sendall(b"line")
        assert ours.recv(4) == b"line"
