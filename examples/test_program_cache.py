"""`conv2d` keeps its configuration in L1_SMALL while its program is cached: the program cache, not a leak."""

import ttnn


def test_conv2d(device):
    batch, channels, size = 1, 32, 16
    image = ttnn.zeros((1, 1, batch * size * size, channels), dtype=ttnn.bfloat16, device=device)
    weights = ttnn.zeros((channels, channels, 3, 3), dtype=ttnn.bfloat16)
    result = ttnn.conv2d(
        input_tensor=image,
        weight_tensor=weights,
        device=device,
        in_channels=channels,
        out_channels=channels,
        batch_size=batch,
        input_height=size,
        input_width=size,
        kernel_size=(3, 3),
        stride=(1, 1),
        padding=(1, 1),
    )
    assert result is not None
