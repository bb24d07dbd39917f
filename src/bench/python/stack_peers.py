#!/usr/bin/env python3
"""The residual stack in PyTorch on one NVIDIA GPU, timed as `fathom gpu-check` times ours.

    Z_l = Z_{l-1} + relu(Z_{l-1} V_l) U_l     l = 1..L, N examples in rows, Z: [N, D], V: [D, M], U: [M, D]

One iteration is forward, backward of R = sum of Z_L down to the gradient of Z_0, and a step of plain SGD, in single
precision. The minibatch lies on the device already, which spares PyTorch a copy that ours has to make. Two modes:

    eager         what one writes: autograd, `addmm` for the sum, SGD with foreach, gradients set to None in between
    cuda-graph    the same whole iteration captured once with torch.cuda.CUDAGraph and replayed

Both start from V ~ N(0, 1/D), U ~ N(0, 1/(M L)), Z_0 ~ N(0, 1), the laws of org.fathom4j.bench.StackNumbers.

Prints one JSON object that `fathom gpu-check --peer FILE.json` takes into its receipt:

    python3 stack_peers.py > pytorch.json
    python3 stack_peers.py --shape 1000,64,64,1000 --mode eager --tf32

Needs Python 3.9, PyTorch 2 with CUDA, and device memory for 4 (L N (D + M) + 4 L D M) bytes: autograd keeps z and
relu's output of every block, and each weight has a gradient. That is 5.8 GB at 10000,64,64,1000; cuda-graph takes some
kilobytes more for each of its ten or so launches a block. Memory that runs out is said in the JSON, and the other shapes
go on.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time

import torch

SEED = 20191107
RATE = 1e-12  # over the depth: the weights stay near their start
USUAL_SHAPES = ["10000,64,64,1000", "10000,128,4,1000", "10000,64,8,100", "1000,64,64,1000"]
MODES = ["eager", "cuda-graph"]
WARM_UPS = 3
FEWEST_TIMED = 3
COPY_BYTES = 2 << 30
GEMM_SIZE = 8192


class Stack:
    """The parameters of a stack, its minibatch, and one iteration."""

    def __init__(self, depth: int, width: int, hidden_width: int, examples: int):
        generator = torch.Generator(device="cuda").manual_seed(SEED)

        def normal(*size: int, deviation: float) -> torch.Tensor:
            return torch.randn(*size, device="cuda", generator=generator) * deviation

        inner = normal(depth, width, hidden_width, deviation=width**-0.5)
        outer = normal(depth, hidden_width, width, deviation=(hidden_width * depth) ** -0.5)
        self.inner = [torch.nn.Parameter(v) for v in inner.unbind(0)]
        self.outer = [torch.nn.Parameter(u) for u in outer.unbind(0)]
        self.input = normal(examples, width, deviation=1.0).requires_grad_()
        self.output_gradient = torch.ones(examples, width, device="cuda")
        self.optimizer = torch.optim.SGD(
            self.inner + self.outer, lr=RATE / depth / examples, foreach=True
        )

    def forget_gradients(self) -> None:
        self.optimizer.zero_grad(set_to_none=True)
        self.input.grad = None

    def iterate(self) -> torch.Tensor:
        """Forward, backward, update; gradients must be None, so that the first to come is stored, not added."""
        z = self.input
        for v, u in zip(self.inner, self.outer):
            z = torch.addmm(z, torch.relu(torch.mm(z, v)), u)
        z.backward(self.output_gradient)
        self.optimizer.step()
        return z.detach()

    def eager(self):
        def run() -> torch.Tensor:
            self.forget_gradients()
            return self.iterate()

        return run

    def captured(self):
        """The whole iteration as one graph; as PyTorch's notes on CUDA graphs have it, warmed up on a side stream."""
        side = torch.cuda.Stream()
        side.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                self.forget_gradients()
                self.iterate()
        torch.cuda.current_stream().wait_stream(side)
        self.forget_gradients()
        torch.cuda.empty_cache()  # the graph has a pool of its own
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            output = self.iterate()

        def run() -> torch.Tensor:
            graph.replay()
            return output

        return run


def seconds_of(work, budget: float) -> dict:
    """Seconds of repeated runs by the host's clock, after warm-up, each waited for."""
    for _ in range(WARM_UPS):
        work()
    torch.cuda.synchronize()
    timed: list[float] = []
    while len(timed) < FEWEST_TIMED or sum(timed) < budget:
        start = time.perf_counter()
        work()
        torch.cuda.synchronize()
        timed.append(time.perf_counter() - start)
    return {
        "median": statistics.median(timed),
        "least": min(timed),
        "largest": max(timed),
        "count": len(timed),
    }


def measure(sizes: list[int], mode: str, budget: float) -> dict:
    """One shape in one mode; what goes wrong is told, not thrown."""
    shape = dict(zip(("depth", "width", "hiddenWidth", "examples"), sizes))
    result: dict = {"shape": shape, "mode": mode}
    torch.cuda.reset_peak_memory_stats()
    try:
        stack = Stack(*sizes)
        run = stack.eager() if mode == "eager" else stack.captured()
        first = stack.outer[0].detach().clone()
        seconds = seconds_of(run, budget)
        if not bool(torch.isfinite(run()).all()):
            raise RuntimeError("the output is not finite")
        if bool((stack.outer[0].detach() == first).all()):
            raise RuntimeError("the iterations did not change the weights")
        result["seconds"] = seconds
        result["peakBytes"] = torch.cuda.max_memory_allocated()
    except (RuntimeError, MemoryError) as failure:  # out of memory is a RuntimeError
        result["problem"] = (str(failure).strip() or repr(failure)).splitlines()[0]
    return result


def clean_up() -> None:
    """Gives a shape's memory back before the next one."""
    gc.collect()
    try:
        torch.cuda.synchronize()
        torch.cuda.empty_cache()
    except RuntimeError as failure:
        print(f"stack_peers: {failure}", file=sys.stderr)


def copy_bytes_per_second(budget: float):
    """Bytes read and written by a copy within the device's memory; None where they do not fit."""
    try:
        source = torch.ones(COPY_BYTES // 4, device="cuda")
        target = torch.empty_like(source)
        return 2 * COPY_BYTES / seconds_of(lambda: target.copy_(source), budget)["median"]
    except RuntimeError as failure:
        print(f"stack_peers: copies were not measured: {failure}", file=sys.stderr)
        return None


def gemm_flop_per_second(budget: float):
    """Of a large matrix product with the rounding that is set; None where it does not fit."""
    try:
        a = torch.randn(GEMM_SIZE, GEMM_SIZE, device="cuda")
        b = torch.randn(GEMM_SIZE, GEMM_SIZE, device="cuda")
        c = torch.empty_like(a)
        return 2 * GEMM_SIZE**3 / seconds_of(lambda: torch.mm(a, b, out=c), budget)["median"]
    except RuntimeError as failure:
        print(f"stack_peers: matrix products were not measured: {failure}", file=sys.stderr)
        return None


def sizes(word: str) -> list[int]:
    numbers = [int(number) for number in word.split(",")]
    if len(numbers) != 4 or min(numbers) < 1:
        raise argparse.ArgumentTypeError(f"'{word}' is no shape; give L,D,M,N, such as {USUAL_SHAPES[0]}")
    return numbers


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--shape",
        metavar="L,D,M,N",
        type=sizes,
        nargs="+",
        default=[sizes(word) for word in USUAL_SHAPES],
        help=f"stacks to time (default: {' '.join(USUAL_SHAPES)})",
    )
    parser.add_argument("--mode", choices=MODES, nargs="+", default=MODES, help="default: both")
    parser.add_argument(
        "--seconds", type=float, default=3.0, help="to time each for, after warm-up (default: 3)"
    )
    parser.add_argument(
        "--tf32", action="store_true", help="let matrix products round to TF32 (default: they do not)"
    )
    arguments = parser.parse_args()
    if not torch.cuda.is_available():
        print("stack_peers: PyTorch sees no CUDA device; nothing was timed", file=sys.stderr)
        return 1
    torch.set_float32_matmul_precision("high" if arguments.tf32 else "highest")
    report = {
        "format": 1,
        "library": "PyTorch",
        "version": torch.__version__,
        "device": torch.cuda.get_device_name(),
        "tf32": arguments.tf32,
        "copyBytesPerSecond": copy_bytes_per_second(arguments.seconds / 3),
        "gemmFlopPerSecond": gemm_flop_per_second(arguments.seconds / 3),
        "results": [],
    }
    clean_up()
    for shape in arguments.shape:
        for mode in arguments.mode:
            print(f"stack_peers: {shape} {mode} ...", file=sys.stderr, flush=True)
            report["results"].append(measure(shape, mode, arguments.seconds))
            clean_up()
    print(json.dumps(report, indent=2, allow_nan=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
