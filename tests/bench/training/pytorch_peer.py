"""Trains the network in PyTorch, eager (or compiled), as one would write it: every attention weight at once, each gradient by autograd."""
import math
import time

import torch
from torch import nn
from torch.nn import functional

import network


def to_absolute(logits):
    """(..., L, 2L-1), last index j - i + L - 1 -> (..., L, L)."""
    *_, length, _ = logits.shape
    padded = functional.pad(logits, (0, 1)).flatten(-2)
    padded = functional.pad(padded, (0, length - 1)).unflatten(-1, (length + 1, 2 * length - 1))
    return padded[..., :length, length - 1 :]


class Attention(nn.Module):
    def __init__(self, channels, depth, height, width):
        super().__init__()
        self.depth, self.height, self.width = depth, height, width
        self.qkv = nn.Conv2d(channels, 3 * depth, 1)
        self.out = nn.Conv2d(depth, depth, 1)
        head = depth // network.heads
        self.rel_h = nn.Parameter(torch.randn(2 * height - 1, head) / math.sqrt(head))
        self.rel_w = nn.Parameter(torch.randn(2 * width - 1, head) / math.sqrt(head))

    def forward(self, x):
        batch, heads, height, width = len(x), network.heads, self.height, self.width
        q, k, v = (
            part.reshape(batch, heads, self.depth // heads, height * width).transpose(2, 3)
            for part in self.qkv(x).split(self.depth, 1)
        )
        q = q / math.sqrt(q.shape[-1])
        places = q.reshape(batch, heads, height, width, -1)
        by_width = to_absolute(places @ self.rel_w.t())  # (N, heads, H, W, W)
        by_height = to_absolute(places.transpose(2, 3) @ self.rel_h.t()).transpose(2, 3)  # (N, heads, H, W, H)
        logits = (q @ k.transpose(2, 3)).reshape(batch, heads, height, width, height, width)
        logits = (logits + by_height.unsqueeze(-1) + by_width.unsqueeze(-2)).reshape(batch, heads, height * width, -1)
        joined = (logits.softmax(-1) @ v).transpose(2, 3).reshape(batch, self.depth, height, width)
        return self.out(joined)


class Augmented(nn.Module):
    def __init__(self, channels, layer):
        super().__init__()
        convolution = layer.filters - layer.attention
        self.convolution = nn.Conv2d(channels, convolution, 5, padding=2) if convolution else None
        self.attention = Attention(channels, layer.attention, layer.height, layer.width) if layer.attention else None
        self.norm = nn.BatchNorm2d(layer.filters, eps=1e-3, momentum=0.01)

    def forward(self, x):
        parts = [part(x) for part in (self.convolution, self.attention) if part is not None]
        return functional.relu(self.norm(parts[0] if len(parts) == 1 else torch.cat(parts, 1)))


def make(arguments):
    modules, channels = [], 1
    for layer in network.layers(arguments.frames, arguments.bins, arguments.ratio, arguments.first_filters):
        modules.append(Augmented(channels, layer))
        channels = layer.filters
        if layer.is_last_of_block:
            modules.append(nn.MaxPool2d(2, ceil_mode=True))
    modules.append(nn.Flatten())
    width = -(-layer.height // 2) * -(-layer.width // 2) * channels
    for size in network.dense_sizes:
        modules += [nn.Linear(width, size), nn.ReLU()]
        width = size
    modules.append(nn.Linear(width, arguments.classes))
    return nn.Sequential(*modules)


def main():
    arguments = network.parse_arguments()
    torch.set_num_threads(arguments.threads)
    torch.manual_seed(1)
    device = torch.device(arguments.device)
    torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = arguments.precision == "tf32"
    net = make(arguments).to(device)
    forward = torch.compile(net) if arguments.compile else net
    optimizer = torch.optim.Adagrad(net.parameters(), lr=0.001, initial_accumulator_value=0.1, eps=1e-7)
    values = torch.rand(arguments.batch, 1, arguments.frames, arguments.bins, device=device)
    labels = torch.randint(arguments.classes, (arguments.batch,), device=device)
    for i in range(arguments.batches + 1):
        if i == 1:
            began, used = time.monotonic(), time.process_time()
        optimizer.zero_grad()
        with torch.autocast(device.type, torch.bfloat16, enabled=arguments.precision == "bfloat16"):
            loss = functional.cross_entropy(forward(values).float(), labels)
        loss.backward()
        optimizer.step()
        loss.item()
    parameters = sum(weight.numel() for weight in net.parameters())
    network.report(
        parameters, arguments.batches * arguments.batch, time.monotonic() - began, time.process_time() - used
    )


if __name__ == "__main__":
    main()
