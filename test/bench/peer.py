"""The peer of the benchmarks: a process with PyTorch and numpy. It answers each line of JSON with another."""

import json
import resource
import struct
import sys
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn
from torch.nn.utils import prune as prune_utils


class Masked(nn.Module):
    """A convolution or linear layer whose weight is multiplied by its mask in each forward pass."""

    def __init__(self, shape, apply, bias=False, **options):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(shape) * 0.05)
        self.register_buffer("mask", (torch.rand(shape) < 0.5).float())
        self.bias = nn.Parameter(torch.zeros(shape[0])) if bias else None
        self.apply_to, self.options = apply, options

    def forward(self, x):
        return self.apply_to(x, self.weight * self.mask, self.bias, **self.options)


def conv(i, o, k, stride=1):
    return Masked((o, i, k, k), F.conv2d, stride=stride, padding=k // 2)


ALPHA = 0.0  # α of A Winning Sign; each step draws a new value


def interpolated(norm):
    if ALPHA == 0:
        return norm.weight, norm.bias
    return ALPHA + (1 - ALPHA) * norm.weight, (1 - ALPHA) * norm.bias


class BatchNorm(nn.BatchNorm2d):
    def forward(self, x):
        weight, bias = interpolated(self)
        return F.batch_norm(x, self.running_mean, self.running_var, weight, bias, True, 0.1, self.eps)


class LayerNorm(nn.LayerNorm):
    def forward(self, x):
        weight, bias = interpolated(self)
        return F.layer_norm(x, self.normalized_shape, weight, bias, self.eps)


class Block(nn.Module):
    def __init__(self, i, width, stride, bottleneck):
        super().__init__()
        o = width * (4 if bottleneck else 1)
        shapes = [(i, width, 1, 1), (width, width, 3, stride), (width, o, 1, 1)]
        if not bottleneck:
            shapes = [(i, width, 3, stride), (width, width, 3, 1)]
        self.convs = nn.ModuleList([conv(*shape) for shape in shapes])
        self.norms = nn.ModuleList([BatchNorm(shape[1]) for shape in shapes])
        self.shortcut = nn.Sequential(conv(i, o, 1, stride), BatchNorm(o)) if stride > 1 or i != o else nn.Identity()

    def forward(self, x):
        y = x
        for at, (layer, norm) in enumerate(zip(self.convs, self.norms)):
            y = norm(layer(y))
            if at + 1 < len(self.convs):
                y = F.relu(y)
        return F.relu(y + self.shortcut(x))


class ResNet(nn.Module):
    def __init__(self, blocks, widths, bottleneck=False, classes=10):
        super().__init__()
        layers, i = [conv(3, widths[0], 3), BatchNorm(widths[0]), nn.ReLU()], widths[0]
        for stage, (count, width) in enumerate(zip(blocks, widths)):
            for block in range(count):
                layers.append(Block(i, width, 2 if stage > 0 and block == 0 else 1, bottleneck))
                i = width * (4 if bottleneck else 1)
        self.layers, self.classifier = nn.Sequential(*layers), nn.Linear(i, classes)

    def forward(self, x):
        return self.classifier(self.layers(x).mean((2, 3)))


class ConvNet(nn.Module):
    def __init__(self, widths):
        super().__init__()
        ends = zip([3, *widths], widths)
        layers = [[conv(i, o, 3, 1 if at == 0 else 2), BatchNorm(o), nn.ReLU()] for at, (i, o) in enumerate(ends)]
        self.layers = nn.Sequential(*[layer for group in layers for layer in group])
        self.classifier = nn.Linear(widths[-1], 10)

    def forward(self, x):
        return self.classifier(self.layers(x).mean((2, 3)))


class MixerBlock(nn.Module):
    def __init__(self, tokens, dim):
        super().__init__()
        self.norms = nn.ModuleList([LayerNorm(dim), LayerNorm(dim)])
        self.tokens = nn.Sequential(
            Masked((4 * tokens, tokens, 1), F.conv1d, True), nn.GELU(), Masked((tokens, 4 * tokens, 1), F.conv1d, True)
        )
        self.channels = nn.Sequential(
            Masked((dim // 2, dim), F.linear, True), nn.GELU(), Masked((dim, dim // 2), F.linear, True)
        )

    def forward(self, x):
        x = x + self.tokens(self.norms[0](x))
        return x + self.channels(self.norms[1](x))


class Mixer(nn.Module):
    def __init__(self, dim, depth=4, patch=4):
        super().__init__()
        self.patch, tokens = patch, (32 // patch) ** 2
        self.embed = Masked((dim, patch * patch * 3), F.linear, True)
        self.blocks = nn.Sequential(*[MixerBlock(tokens, dim) for _ in range(depth)])
        self.norm, self.classifier = LayerNorm(dim), nn.Linear(dim, 10)

    def forward(self, x):
        n, c, h, w = x.shape
        p = self.patch
        x = x.reshape(n, c, h // p, p, w // p, p).permute(0, 2, 4, 3, 5, 1).reshape(n, -1, p * p * c)
        return self.classifier(self.norm(self.blocks(self.embed(x))).mean(1))


def build(network, width):
    if network == "resnet20":
        return ResNet([3, 3, 3], [width, 2 * width, 4 * width])
    if network == "resnet50":
        return ResNet([3, 4, 6, 3], [width, 2 * width, 4 * width, 8 * width], True)
    if network == "convnet":
        return ConvNet([width // 2, width, 2 * width, 4 * width])
    return Mixer(4 * width)


def copied(file):
    """Returns the network of a checkpoint, built by docs/pytorch.py and pruned as torch.nn.utils.prune does it."""
    from safetensors.torch import load_file

    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "docs"))
    import pytorch

    net, _ = pytorch.load(file)
    modules = dict(net.named_modules())
    for name, mask in load_file(file).items():
        owner, _, field = name.removesuffix(".mask").removesuffix("_mask").rpartition(".")
        if name.endswith(".mask"):
            prune_utils.custom_from_mask(modules[name.removesuffix(".mask")], "weight", mask)
        elif name.endswith("_mask"):
            prune_utils.custom_from_mask(modules[owner], field, mask)
    return net


class Training:
    def __init__(self, asked, layout, device="cpu"):
        torch.manual_seed(0)
        self.aws = asked["method"] == "aws"
        net = copied(asked["file"]) if "file" in asked else build(asked["network"], asked["width"])
        self.net = net.train().to(device, memory_format=layout)
        images = torch.randn(asked["batch"], 3, 32, 32)
        self.images = images.to(device, memory_format=layout)
        self.labels = torch.randint(0, 10, (asked["batch"],)).to(device)
        self.optimizer = torch.optim.SGD(self.net.parameters(), lr=0.01, momentum=0.9, weight_decay=1e-4)

    def step(self):
        global ALPHA
        ALPHA = float(np.random.rand()) if self.aws else 0.0
        self.optimizer.zero_grad()
        loss = F.cross_entropy(self.net(self.images), self.labels)
        loss.backward()
        self.optimizer.step()
        return loss

    def time(self, steps):
        began = time.perf_counter()
        for _ in range(steps):
            loss = self.step()
        loss.item()
        return 1e3 * (time.perf_counter() - began) / steps


FORMATS = {"NCHW": torch.contiguous_format, "NHWC": torch.channels_last}


def devices(_):
    """Returns the devices of this PyTorch: the name of a GPU, or null if there is none."""
    card = torch.cuda.get_device_name() if torch.cuda.is_available() else None
    return {"version": torch.__version__, "card": card}


def set_precision(precision):
    """Sets the precision of products. TF32 keeps 11 significant bits of each factor, float32 keeps 24. Only GPUs have TF32."""
    for library in (torch.backends.cuda.matmul, torch.backends.cudnn):
        library.allow_tf32 = precision == "tf32"


def prepare_step(asked):
    device = asked.get("device", "cpu")
    torch.set_num_threads(asked["threads"])
    set_precision(asked.get("precision", "float32"))
    kept.pop("training", None)
    if device == "cuda":
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats()
    kept["training"] = Training(asked, FORMATS[asked["format"]], device)
    return {"parameters": sum(parameter.numel() for parameter in kept["training"].net.parameters())}


def rounding(asked):
    """Returns the relative error of a product. It shows the precision in use: about 1e-7 in float32, 1e-4 in TF32."""
    a, b = torch.randn(2, 256, 256, dtype=torch.float64).to(asked["device"])
    exact = a @ b
    return {"off": float(((a.float() @ b.float()) - exact).norm() / exact.norm())}


def step(asked):
    return {"ms": kept["training"].time(asked["steps"])}


def prepare_prune(asked):
    kept["weights"] = torch.from_numpy(np.random.default_rng(0).standard_normal(asked["count"], dtype=np.float32))
    kept["mask"] = torch.ones(asked["count"])
    return {}


@torch.no_grad()
def prune(_):
    """Prunes globally like the official code: finds the k-th largest magnitude of the survivors, and compares all weights with it."""
    magnitudes = kept["weights"].abs() * kept["mask"]
    k = int(0.8 * magnitudes.numel())
    threshold = torch.topk(magnitudes, k, sorted=False).values.min()
    kept["pruned"] = (magnitudes >= threshold).float()
    return {}


def tensors_of(file):
    """Yields the names and values of tensors. The values are views of the file in memory."""
    with open(file, "rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        header = json.loads(opened.read(length))
        header.pop("__metadata__", None)
        data = opened.read()
    kinds = {"F32": np.float32, "U8": np.uint8, "I64": np.int64}
    for name, entry in header.items():
        begin, end = entry["data_offsets"]
        yield name, np.frombuffer(data, kinds[entry["dtype"]], offset=begin, count=(end - begin) // np.dtype(kinds[entry["dtype"]]).itemsize)


def compare(asked):
    """Compares masks and signs of two checkpoints, layer by layer."""
    a, b = dict(tensors_of(asked["a"])), dict(tensors_of(asked["b"]))
    result = {}
    for name, mask in a.items():
        if not name.endswith(".mask"):
            continue
        weight = name[:-4] + "weight"
        kept_a, kept_b = mask != 0, b[name] != 0
        both = kept_a & kept_b
        sign_a, sign_b = np.sign(a[weight][both]), np.sign(b[weight][both])
        result[name] = [
            int(both.sum()),
            int((kept_a & ~kept_b).sum()),
            int((kept_b & ~kept_a).sum()),
            int((sign_a == sign_b).sum()),
            int((sign_a * sign_b < 0).sum()),
        ]
    return {"total": [sum(counts) for counts in zip(*result.values())]}


def inspect(asked):
    """Computes counts, extremes, mean and norm of each tensor."""
    for _, values in tensors_of(asked["file"]):
        wide = values.astype(np.float64) if values.dtype != np.float64 else values
        (values > 0).sum(), (values < 0).sum(), (values == 0).sum(), values.min(), values.max(), wide.mean(), np.sqrt((wide * wide).sum())
    return {}


def open_header(asked):
    """Does the minimum work of a reader: reads the length and the header, and parses its JSON."""
    with open(asked["file"], "rb") as opened:
        (length,) = struct.unpack("<Q", opened.read(8))
        return {"tensors": len(json.loads(opened.read(length)))}


def save_training(asked):
    training = Training({**asked, "method": "lrr"}, torch.contiguous_format)
    training.step()
    torch.save({"net": training.net.state_dict(), "optimizer": training.optimizer.state_dict()}, asked["file"])
    return {}


def load_training(asked):
    """Loads a saved network and its optimizer, so that the next step can be trained."""
    training = Training({**asked, "method": "lrr"}, torch.contiguous_format)
    saved = torch.load(asked["file"])
    training.net.load_state_dict(saved["net"])
    training.optimizer.load_state_dict(saved["optimizer"])
    return {}


def memory(_):
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {"peak": peak * (1 if sys.platform == "darwin" else 1024)}


def device_memory(_):
    """Returns the peak GPU memory that PyTorch's allocator has reserved since a step was prepared."""
    return {"peak": torch.cuda.max_memory_reserved() if torch.cuda.is_initialized() else None}


kept = {}
OPERATIONS = {
    "memory": memory,
    "memory.device": device_memory,
    "devices": devices,
    "rounding": rounding,
    "step.prepare": prepare_step,
    "step": step,
    "prune.prepare": prepare_prune,
    "prune": prune,
    "compare": compare,
    "inspect": inspect,
    "open": open_header,
    "resume.prepare": save_training,
    "resume": load_training,
}

for line in sys.stdin:
    question = json.loads(line)
    began = time.perf_counter()
    try:
        answer = {"ms": None, **OPERATIONS[question["op"]](question)}
        if answer["ms"] is None:
            answer["ms"] = 1e3 * (time.perf_counter() - began)
    except Exception as error:  # the other process reports the error and continues
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
