"""A list in a module keeps a tensor after its test is over: suspect, and only --confirm would show whether it grows."""

HISTORY = []


def test_keeps_its_result(device, zeros):
    HISTORY.append(zeros(device, 1, 1, 128, 128))


def test_after_it_is_not_blamed(device, zeros):
    assert zeros(device, 1, 1, 32, 32).shape[-1] == 32
