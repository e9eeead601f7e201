"""The network of paper.md as numbers, for the peers that training.sh times: one place for both."""
from dataclasses import dataclass


@dataclass
class Layer:
    filters: int
    attention: int  # of the filters; d_k = d_v
    height: int
    width: int
    is_last_of_block: bool


def layers(frames, bins, ratio, first_filters, blocks=5, augmented=(4, 5)):
    height, width, filters = frames, bins, first_filters
    for block in range(1, blocks + 1):
        attention = int(filters * ratio) if block in augmented else 0
        for layer in (1, 2):
            yield Layer(filters, attention, height, width, layer == 2)
        height, width, filters = -(-height // 2), -(-width // 2), 2 * filters


heads = 8
dense_sizes = (1024, 512, 256, 128, 64)


def parse_arguments():
    import argparse

    parser = argparse.ArgumentParser()
    parser.add_argument("--frames", type=int, default=87)
    parser.add_argument("--bins", type=int, required=True)
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--ratio", type=float, required=True)
    parser.add_argument("--first-filters", type=int, required=True)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--batches", type=int, required=True, help="timed, after one that is not")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--device", default="cpu", help="of PyTorch")
    parser.add_argument("--precision", choices=("float32", "tf32", "bfloat16"), default="float32", help="of PyTorch")
    parser.add_argument("--compile", action="store_true", help="PyTorch's torch.compile instead of eager")
    return parser.parse_args()


def report(parameters, clips, seconds, processor_seconds):
    """One line: parameters, clips a second by the clock and of processor time, peak memory in MB."""
    import resource

    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{parameters} {clips / seconds:.4f} {clips / processor_seconds:.4f} {peak:.0f}")
