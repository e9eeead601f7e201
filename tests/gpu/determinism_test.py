"""Training on a GPU demands deterministic algorithms, and libtorch throws at an operator that has none. No GPU is needed to see
that it never does: the operators of a step, recorded on the CPU, are compared with those that libtorch's libraries name.

    determinism_test.py PROGRAM LIBRARY...        PROGRAM: operators_of_a_step; LIBRARY: libtorch_cpu.so, libtorch_cuda.so
"""
import platform
import subprocess
import sys

try:
    from nondeterministic_operators import names
except ImportError as missing:
    print(f"skipped: {missing} (./test.sh installs it into .deps/readers)")
    sys.exit(77)

if platform.machine() != "x86_64":
    print("skipped: the script reads calls as x86-64 has them")
    sys.exit(77)

# What a GPU calls where a CPU calls other operators.
OF_GPUS = {"cudnn_convolution", "cudnn_batch_norm", "cudnn_batch_norm_backward", "native_batch_norm", "native_batch_norm_backward",
           "_fused_adagrad_"}


def operator_of(text):
    """The operator of a name as libtorch's sources write it: "max_pool3d_with_indices_backward_out_cuda" -> "max_pool3d_with_indices_backward"."""
    name = text.split()[0].removeprefix("_")
    while True:
        for ending in ("_template", "_kernel", "_cuda", "_gpu", "_out", "_"):
            if name.endswith(ending):
                name = name.removesuffix(ending)
                break
        else:
            return name


def clashes(recorded, flagged):
    """The recorded operators ("aten::add_.Tensor") that one of the flagged names is about."""
    bases = {operator_of(text) for text in flagged}
    return sorted(name for name in recorded if operator_of(name.removeprefix("aten::").split(".")[0]) in bases)


def main():
    program, libraries = sys.argv[1], sys.argv[2:]
    recorded = set(subprocess.run([program], check=True, capture_output=True, text=True).stdout.split())
    flagged = set().union(*(names(library) for library in libraries))
    print(f"{len(recorded)} operators in a step, {len(flagged)} names without a deterministic implementation")
    # That both lists are real, and that the comparison finds what it should.
    for name in ("aten::convolution_backward", "aten::max_pool2d_with_indices_backward", "aten::native_batch_norm_backward"):
        assert any(one.split(".")[0] == name for one in recorded), f"{name} was not recorded"
    for name in ("aten::upsample_bilinear2d_backward", "aten::adaptive_avg_pool2d_backward.out", "aten::put_", "aten::median.dim"):
        assert clashes({name}, flagged) == [name], f"{name} should be found without a deterministic implementation"
    found = clashes(recorded | OF_GPUS, flagged)
    assert not found, f"no deterministic implementation on GPUs: {', '.join(found)}; model/ must do without, or a trial on a GPU fails"


if __name__ == "__main__":
    main()
