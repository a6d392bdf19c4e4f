"""150 MB of model weights in a class attribute: a leak at once, by the large-buffer rule."""


class Model:
    weights = None


def test_loads_a_model(device, zeros):
    Model.weights = zeros(device, 1, 1, 10240, 7680)
    assert Model.weights.shape[-1] == 7680
