"""Winning Sign's networks in PyTorch. Copy this file into your project. It needs torch and safetensors.

    network, normalize = load("round-03.safetensors")
    logits = network(normalize(images))        # images N × C × H × W, as they are stored (bytes: 0 … 255)

`load` builds the network from the shapes of the tensors in the checkpoint, multiplies the weights by their masks, and loads them strictly.
"""

import json

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import load_file
from torch import nn


def load(file):
    """Returns the pruned network of a checkpoint, in evaluation mode, and the function that normalizes its images."""
    with safe_open(file, "pt") as checkpoint:
        said = checkpoint.metadata() or {}
    state = load_file(file)
    masks = {name: state.pop(name) for name in list(state) if name.endswith((".mask", "_mask"))}
    for name, mask in masks.items():
        state[f"{name[:-5]}.weight" if name.endswith(".mask") else name[:-5]] *= mask
    if "normalization" not in said and "imported" not in said:
        raise ValueError(f"{file} does not say what its images were normalized by: name a checkpoint of a newer Winning Sign")
    data, model = json.loads(said.get("data", "{}")), json.loads(said["model"])
    family, options = (model, {}) if isinstance(model, str) else (model["model"], model.get("options", {}))
    network = FAMILIES[family](state, {**data, "options": options})
    network.load_state_dict(state)  # strict: every tensor, and no other
    return network.eval(), normalizer(file, said)


def normalizer(file, said):
    """Returns the function that normalizes images, if the metadata of the checkpoint say how. Else it raises ValueError when it is called."""

    def unknown(images):
        raise ValueError(f"{file} was imported without a run file: normalize its images as in the code that trained it")

    if "normalization" not in said:
        return unknown
    normalization = json.loads(said["normalization"])
    mean, std = (torch.tensor(normalization[name]).view(-1, 1, 1) for name in ("mean", "std"))
    return lambda images: (images - mean) / std


def convolution(weight, stride=1):
    outputs, inputs, size, _ = weight.shape
    return nn.Conv2d(inputs, outputs, size, stride, size // 2, bias=False)


def normalization(state, name, data):
    """Batch norm or group norm, or nothing if there are no such tensors."""
    weight = state.get(f"{name}.weight")
    if weight is None:
        return nn.Identity()
    if f"{name}.running_mean" in state:
        return nn.BatchNorm2d(len(weight))
    return nn.GroupNorm(data["options"].get("groups", 8), len(weight))


def linear(state, name):
    outputs, inputs = state[f"{name}.weight"].shape
    return nn.Linear(inputs, outputs, bias=f"{name}.bias" in state)


class MLP(nn.Module):
    def __init__(self, state, data):
        super().__init__()
        self.depth = sum(name.startswith("fc") and name.endswith(".weight") for name in state) - 1
        for layer in range(1, self.depth + 1):
            setattr(self, f"fc{layer}", linear(state, f"fc{layer}"))
            if f"bn{layer}.weight" in state:
                setattr(self, f"bn{layer}", nn.BatchNorm1d(len(state[f"bn{layer}.weight"])))
        self.fc = linear(state, "fc")

    def forward(self, x):
        x = x.flatten(1)
        for layer in range(1, self.depth + 1):
            x = F.relu(getattr(self, f"bn{layer}", nn.Identity())(getattr(self, f"fc{layer}")(x)))
        return self.fc(x)


class ConvNet(nn.Module):
    def __init__(self, state, data):
        super().__init__()
        self.depth = sum(name.startswith("conv") for name in state)
        for layer in range(1, self.depth + 1):
            weight = state[f"conv{layer}.weight"]
            setattr(self, f"conv{layer}", convolution(weight, 1 if layer == 1 else 2))
            setattr(self, f"bn{layer}", normalization(state, f"bn{layer}", data))
        self.fc = linear(state, "fc")

    def forward(self, x):
        for layer in range(1, self.depth + 1):
            x = F.relu(getattr(self, f"bn{layer}")(getattr(self, f"conv{layer}")(x)))
        return self.fc(x.mean((2, 3)))


class Block(nn.Module):
    """torchvision's BasicBlock or Bottleneck: two or three convolutions. The first 3 × 3 convolution has the stride."""

    def __init__(self, state, data, name, stride):
        super().__init__()
        self.depth = sum(name_.startswith(f"{name}.conv") for name_ in state)
        for layer in range(1, self.depth + 1):
            weight = state[f"{name}.conv{layer}.weight"]
            strided = layer == self.depth - 1
            setattr(self, f"conv{layer}", convolution(weight, stride if strided else 1))
            setattr(self, f"bn{layer}", normalization(state, f"{name}.bn{layer}", data))
        shortcut = state.get(f"{name}.downsample.0.weight")
        if shortcut is not None:
            self.downsample = nn.Sequential(convolution(shortcut, stride), normalization(state, f"{name}.downsample.1", data))

    def forward(self, x):
        y = x
        for layer in range(1, self.depth + 1):
            y = getattr(self, f"bn{layer}")(getattr(self, f"conv{layer}")(y))
            if layer < self.depth:
                y = F.relu(y)
        return F.relu(y + (self.downsample(x) if hasattr(self, "downsample") else x))


def position(block):
    stage, at = block.removeprefix("layer").split(".")
    return int(stage), int(at)


class ResNet(nn.Module):
    def __init__(self, state, data):
        super().__init__()
        stem = state["conv1.weight"]
        self.imagenet = stem.shape[2] == 7
        self.conv1, self.bn1 = convolution(stem, 2 if self.imagenet else 1), normalization(state, "bn1", data)
        blocks = dict.fromkeys(name.split(".conv")[0] for name in state if name.startswith("layer") and ".conv" in name)
        self.stages = list(dict.fromkeys(name.split(".")[0] for name in sorted(blocks, key=position)))
        for stage in self.stages:
            names = sorted((name for name in blocks if name.startswith(f"{stage}.")), key=position)
            strides = [2 if stage != "layer1" and at == 0 else 1 for at in range(len(names))]
            setattr(self, stage, nn.Sequential(*[Block(state, data, *both) for both in zip(names, strides)]))
        self.fc = linear(state, "fc")

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        if self.imagenet:
            x = F.max_pool2d(x, 3, 2, 1)
        for stage in self.stages:
            x = getattr(self, stage)(x)
        return self.fc(x.mean((2, 3)))


class Residual(nn.Module):
    """x + fn(norm(x)): one half of a mixer's block."""

    def __init__(self, state, name, layer):
        super().__init__()
        self.norm = nn.LayerNorm(len(state[f"{name}.norm.weight"]))
        self.fn = nn.Sequential(layer("0"), nn.GELU(), nn.Identity(), layer("3"))

    def forward(self, x):
        return x + self.fn(self.norm(x))


class Patches(nn.Module):
    def __init__(self, size):
        super().__init__()
        self.size = size

    def forward(self, x):
        n, c, h, w = x.shape
        p = self.size
        cut = x.reshape(n, c, h // p, p, w // p, p).permute(0, 2, 4, 3, 5, 1)
        return cut.reshape(n, -1, p * p * c)


class Mean(nn.Module):
    def forward(self, x):
        return x.mean(1)


def mixer(state, data):
    def over_patches(name):
        units, patches, _ = state[f"{name}.weight"].shape
        return nn.Conv1d(patches, units, 1)

    patch = round((state["1.weight"].shape[1] / data["channels"]) ** 0.5)
    depth = sum(name.endswith(".0.norm.weight") for name in state)
    layers = [Patches(patch), linear(state, "1")]
    for block in range(2, depth + 2):
        halves = (over_patches, lambda name: linear(state, name))
        layers.append(
            nn.Sequential(
                *[
                    Residual(state, f"{block}.{at}", lambda i, at=at, make=make: make(f"{block}.{at}.fn.{i}"))
                    for at, make in enumerate(halves)
                ]
            )
        )
    norm = nn.LayerNorm(len(state[f"{depth + 2}.weight"]))
    return nn.Sequential(*layers, norm, Mean(), linear(state, str(depth + 4)))


class LeNet(nn.Module):
    def __init__(self, state, data):
        super().__init__()
        padding = 2 if min(data["height"], data["width"]) < 32 else 0
        self.depth = sum(name.startswith("fc") and name.endswith(".weight") for name in state)
        for layer in (1, 2):
            weight = state[f"conv{layer}.weight"]
            outputs, inputs, size, _ = weight.shape
            bias = f"conv{layer}.bias" in state
            setattr(self, f"conv{layer}", nn.Conv2d(inputs, outputs, size, 1, padding if layer == 1 else 0, bias=bias))
        for layer in range(1, self.depth + 1):
            setattr(self, f"fc{layer}", linear(state, f"fc{layer}"))
        for layer in range(1, self.depth + 2):
            if f"bn{layer}.weight" in state:
                kind = nn.BatchNorm2d if layer < 3 else nn.BatchNorm1d
                setattr(self, f"bn{layer}", kind(len(state[f"bn{layer}.weight"])))

    def forward(self, x):
        norm = lambda layer, x: F.relu(getattr(self, f"bn{layer}", nn.Identity())(x))
        for layer in (1, 2):
            x = F.max_pool2d(norm(layer, getattr(self, f"conv{layer}")(x)), 2)
        x = x.flatten(1)
        for layer in range(1, self.depth):
            x = norm(layer + 2, getattr(self, f"fc{layer}")(x))
        return getattr(self, f"fc{self.depth}")(x)


class VGG(nn.Module):
    """torchvision's VGG. After the layers with parameters, a first module without is relu, a second is max pooling."""

    def __init__(self, state, data):
        super().__init__()
        last = max(int(name.split(".")[1]) for name in state if name.startswith("features."))
        self.features = nn.Sequential()
        for at in range(last + 3):
            weight = state.get(f"features.{at}.weight")
            if weight is None:
                before = f"features.{at - 1}.weight" in state
                self.features.append(nn.ReLU() if before else nn.MaxPool2d(2))
            elif weight.dim() == 4:
                self.features.append(nn.Conv2d(weight.shape[1], len(weight), 3, 1, 1))
            else:
                self.features.append(nn.BatchNorm2d(len(weight)))
        channels = len(state[f"features.{last}.bias"])
        self.pool = nn.AdaptiveAvgPool2d(round((state["classifier.0.weight"].shape[1] / channels) ** 0.5))
        count = sum(name.startswith("classifier.") and name.endswith(".weight") for name in state)
        self.classifier = nn.Sequential(linear(state, "classifier.0"))
        for layer in range(1, count):
            self.classifier.extend([nn.ReLU(), nn.Dropout(), linear(state, f"classifier.{3 * layer}")])

    def forward(self, x):
        return self.classifier(self.pool(self.features(x)).flatten(1))


def layer(state, name, stride=1, groups=1):
    """A convolution of any kind. A weight for one input channel belongs to a depthwise convolution if `groups` is None."""
    outputs, inputs, size, _ = state[f"{name}.weight"].shape
    groups = outputs if groups is None else groups
    return nn.Conv2d(inputs * groups, outputs, size, stride, size // 2, groups=groups, bias=f"{name}.bias" in state)


def norm(state, name):
    return nn.BatchNorm2d(len(state[f"{name}.weight"]))


def strides_of(blocks, strides):
    """The stride of each block: that of its stage for the first block, else 1."""
    return [stride if at == 0 else 1 for count, stride in zip(blocks, strides) for at in range(count)]


class SqueezeExcitation(nn.Module):
    def __init__(self, state, name):
        super().__init__()
        self.se1, self.se2 = layer(state, f"{name}.se1"), layer(state, f"{name}.se2")

    def forward(self, x):
        return x * self.se2(F.silu(self.se1(x.mean((2, 3), keepdim=True)))).sigmoid()


class Inverted(nn.Module):
    """A block of the official MobileNetV2 (relu) or EfficientNet (swish and squeeze-excitation)."""

    def __init__(self, state, name, stride):
        super().__init__()
        for at in (1, 2, 3):
            setattr(self, f"conv{at}", layer(state, f"{name}.conv{at}", *((stride, None) if at == 2 else ())))
            setattr(self, f"bn{at}", norm(state, f"{name}.bn{at}"))
        self.stride = stride
        self.activation = F.relu
        self.expands = True
        if f"{name}.se.se1.weight" in state:
            self.se, self.activation = SqueezeExcitation(state, f"{name}.se"), F.silu
            self.expands = self.conv1.in_channels != self.conv1.out_channels
        if f"{name}.shortcut.0.weight" in state:
            self.shortcut = nn.Sequential(layer(state, f"{name}.shortcut.0"), norm(state, f"{name}.shortcut.1"))

    def forward(self, x):
        y = self.activation(self.bn1(self.conv1(x))) if self.expands else x
        y = self.activation(self.bn2(self.conv2(y)))
        y = self.bn3(self.conv3(self.se(y) if hasattr(self, "se") else y))
        if hasattr(self, "shortcut"):
            return y + self.shortcut(x)
        return y + x if self.stride == 1 and x.shape == y.shape else y


class SmallMobile(nn.Module):
    """The official MobileNetV2 or EfficientNet for small images."""

    def __init__(self, state, strides):
        super().__init__()
        self.conv1, self.bn1 = layer(state, "conv1"), norm(state, "bn1")
        self.layers = nn.Sequential(*[Inverted(state, f"layers.{at}", stride) for at, stride in enumerate(strides)])
        if "conv2.weight" in state:
            self.conv2, self.bn2 = layer(state, "conv2"), norm(state, "bn2")
        self.linear = linear(state, "linear")

    def forward(self, x):
        x = self.layers((F.relu if hasattr(self, "conv2") else F.silu)(self.bn1(self.conv1(x))))
        if hasattr(self, "conv2"):
            x = F.relu(self.bn2(self.conv2(x)))
        return self.linear(x.mean((2, 3)))


class InvertedResidual(nn.Module):
    """A block of torchvision's MobileNetV2."""

    def __init__(self, state, name, stride):
        super().__init__()
        expands = f"{name}.conv.1.0.weight" in state
        parts = [self.unit(state, f"{name}.conv.0")] if expands else []
        at = len(parts)
        parts.append(self.unit(state, f"{name}.conv.{at}", stride, None))
        parts += [layer(state, f"{name}.conv.{at + 1}"), norm(state, f"{name}.conv.{at + 2}")]
        self.conv = nn.Sequential(*parts)
        self.stride = stride

    @staticmethod
    def unit(state, name, stride=1, groups=1):
        return nn.Sequential(layer(state, f"{name}.0", stride, groups), norm(state, f"{name}.1"), nn.ReLU6())

    def forward(self, x):
        y = self.conv(x)
        return x + y if self.stride == 1 and x.shape == y.shape else y


class MobileNetV2(nn.Module):
    """torchvision's MobileNetV2."""

    def __init__(self, state, strides):
        super().__init__()
        blocks = [InvertedResidual(state, f"features.{at}", stride) for at, stride in enumerate(strides, 1)]
        first, last = (InvertedResidual.unit(state, f"features.{at}", s) for at, s in ((0, 2), (len(blocks) + 1, 1)))
        self.features = nn.Sequential(first, *blocks, last)
        self.classifier = nn.Sequential(nn.Dropout(), linear(state, "classifier.1"))

    def forward(self, x):
        return self.classifier(self.features(x).mean((2, 3)))


def mobilenetv2(state, data):
    options = data["options"]
    official = options.get("variant", "official") == "official"
    strides = strides_of(options.get("blocks", (1, 2, 3, 4, 3, 3, 1)), (1, 1 if official else 2, 2, 2, 1, 2, 1))
    return (SmallMobile if official else MobileNetV2)(state, strides)


def efficientnet(state, data):
    return SmallMobile(state, strides_of(data["options"].get("blocks", (1, 2, 2, 3, 3, 4, 1)), (1, 2, 2, 2, 1, 2, 1)))


class Unit(nn.Module):
    """A unit of the official ShuffleNet."""

    def __init__(self, state, name, groups, halves):
        super().__init__()
        pair = lambda name, *rest: nn.Sequential(layer(state, f"{name}.0", *rest), norm(state, f"{name}.1"))
        named = lambda kind, inner: nn.ModuleDict({kind: inner})
        bottleneck = named("pointwise", pair(f"{name}.bottlneck.0.pointwise", 1, groups))
        self.bottlneck = nn.ModuleList([bottleneck])
        self.depthwise = named("depthwise", pair(f"{name}.depthwise.depthwise", 2 if halves else 1, None))
        self.expand = named("pointwise", pair(f"{name}.expand.pointwise", 1, groups))
        self.groups, self.halves = groups, halves

    def forward(self, x):
        y = F.relu(self.bottlneck[0]["pointwise"](x))
        n, c, h, w = y.shape
        y = y.reshape(n, self.groups, c // self.groups, h, w).transpose(1, 2).reshape(n, c, h, w)
        y = self.expand["pointwise"](self.depthwise["depthwise"](y))
        return F.relu(torch.cat([F.avg_pool2d(x, 3, 2, 1), y], 1) if self.halves else x + y)


class ShuffleNet(nn.Module):
    def __init__(self, state, data):
        super().__init__()
        groups = data["options"].get("groups", 3)
        self.conv1 = nn.ModuleDict({"conv": layer(state, "conv1.conv"), "bn": norm(state, "conv1.bn")})
        for stage, count in enumerate(data["options"].get("blocks", (4, 8, 4)), 2):
            units = [Unit(state, f"stage{stage}.{at}", groups, at == 0) for at in range(count)]
            setattr(self, f"stage{stage}", nn.Sequential(*units))
        self.fc = linear(state, "fc")

    def forward(self, x):
        x = F.relu(self.conv1["bn"](self.conv1["conv"](x)))
        x = self.stage4(self.stage3(self.stage2(x)))
        return self.fc(x.mean((2, 3)))


class Attention(nn.Module):
    """timm's attention: one linear layer for queries, keys and values."""

    def __init__(self, dim, heads):
        super().__init__()
        self.qkv, self.proj, self.heads = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim), heads

    def forward(self, x):
        n, t, dim = x.shape
        q, k, v = self.qkv(x).reshape(n, t, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        return self.proj(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).reshape(n, t, dim))


class TransformerBlock(nn.Module):
    def __init__(self, dim, heads, timm):
        super().__init__()
        norms = nn.LayerNorm(dim, eps=1e-6), nn.LayerNorm(dim, eps=1e-6)
        first, second = nn.Linear(dim, 4 * dim), nn.Linear(4 * dim, dim)
        self.timm = timm
        if timm:
            self.norm1, self.attn, self.norm2 = norms[0], Attention(dim, heads), norms[1]
            self.mlp = nn.ModuleDict({"fc1": first, "fc2": second})
        else:
            self.ln_1, self.self_attention = norms[0], nn.MultiheadAttention(dim, heads, batch_first=True)
            self.ln_2, self.mlp = norms[1], nn.Sequential(first, nn.GELU(), nn.Identity(), second)

    def forward(self, x):
        if self.timm:
            x = x + self.attn(self.norm1(x))
            return x + self.mlp["fc2"](F.gelu(self.mlp["fc1"](self.norm2(x))))
        y = self.ln_1(x)
        x = x + self.self_attention(y, y, y, need_weights=False)[0]
        return x + self.mlp(self.ln_2(x))


class ViT(nn.Module):
    """A vision transformer with the names of torchvision or timm."""

    def __init__(self, state, data, heads):
        super().__init__()
        self.timm = "cls_token" in state
        patches = state["patch_embed.proj.weight" if self.timm else "conv_proj.weight"]
        dim, channels, patch, _ = patches.shape
        project = nn.Conv2d(channels, dim, patch, patch)
        token = nn.Parameter(torch.zeros(1, 1, dim))
        positions = nn.Parameter(torch.zeros_like(state["pos_embed" if self.timm else "encoder.pos_embedding"]))
        norms = [name for name in state if name.endswith("norm1.weight" if self.timm else "ln_1.weight")]
        blocks = [TransformerBlock(dim, data["options"].get("heads", heads), self.timm) for _ in norms]
        norm = nn.LayerNorm(dim, eps=1e-6)
        head = linear(state, "head" if self.timm else "heads.head")
        if self.timm:
            self.cls_token, self.pos_embed = token, positions
            self.patch_embed = nn.ModuleDict({"proj": project})
            self.blocks, self.norm, self.head = nn.Sequential(*blocks), norm, head
        else:
            self.class_token, self.conv_proj = token, project
            self.encoder = nn.Module()
            self.encoder.pos_embedding, self.encoder.ln = positions, norm
            self.encoder.layers = nn.Sequential()
            for at, block in enumerate(blocks):
                self.encoder.layers.add_module(f"encoder_layer_{at}", block)
            self.heads = nn.ModuleDict({"head": head})

    def forward(self, x):
        timm = self.timm
        x = (self.patch_embed["proj"] if timm else self.conv_proj)(x).flatten(2).transpose(1, 2)
        token = self.cls_token if timm else self.class_token
        x = torch.cat([token.expand(len(x), -1, -1), x], 1) + (self.pos_embed if timm else self.encoder.pos_embedding)
        x = (self.blocks if timm else self.encoder.layers)(x)
        x = (self.norm if timm else self.encoder.ln)(x)[:, 0]
        return (self.head if timm else self.heads["head"])(x)


RESNETS = ("resnet", "resnet18", "resnet20", "resnet32", "resnet34", "resnet50", "resnet56")
FAMILIES = {
    "mlp": MLP,
    "convnet": ConvNet,
    "mixer": mixer,
    "mixer_tiny": mixer,
    "mixer_d512": mixer,
    "lenet": LeNet,
    "vgg": VGG,
    "mobilenetv2": mobilenetv2,
    "efficientnet": efficientnet,
    "shufflenet": ShuffleNet,
    "vit": lambda *given: ViT(*given, heads=3),
    "vit_b_16": lambda *given: ViT(*given, heads=12),
    "deit_tiny": lambda *given: ViT(*given, heads=3),
    "deit_small": lambda *given: ViT(*given, heads=6),
    **dict.fromkeys(RESNETS, ResNet),
}
