"""Binary weights and inputs: only the sign of each number is multiplied (Courbariaux et al. 2015, 2016).

The derivative of a sign is 0 almost everywhere. So a straight-through estimate replaces its gradient: the
upstream gradient, where the number lies between −1 and 1, and 0 elsewhere (Hubara et al. 2016). The rest of
the op is unchanged.
"""

from abc import abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Literal

import numpy as np

from server.nn.arrays import NOTHING, Array, Params, Shape, number_text
from server.nn.curve import Curve
from server.nn.ops.op import Op

Binary = Literal["no", "weights", "both"]
BINARISED: Mapping[Binary, tuple[str, ...]] = {"no": (), "weights": ("w",), "both": ("w", "x")}


def sign(array: Array) -> Array:
    """The sign of each number, +1 or −1, in the dtype of `array`. The sign of 0 is +1, as in the papers."""
    signs: Array = np.where(array >= 0, array.dtype.type(1), array.dtype.type(-1))
    return signs


SIGN = Curve("sign", "sign", lambda number: 1.0 if number >= 0 else -1.0)
"""The sign of one number, for explanations."""


def gate(array: Array) -> Array:
    """1 where the gradient passes the sign, for numbers from −1 to 1, and 0 elsewhere."""
    return (np.abs(array) <= 1).astype(array.dtype)


def straight(array: Array, moved: Array) -> Array:
    """The function whose derivative is the straight-through estimate at `array`, evaluated at `moved`.

    It is the sign of `array` plus the difference of `moved` and `array`, both clipped to −1 to 1.
    """
    difference: Array = np.clip(moved, -1, 1) - np.clip(array, -1, 1)
    return sign(array) + difference


class Binarisable(Op):
    """An op that can multiply the signs of its weights, or of its weights and inputs.

    Saved arrays: the signs `sign_w`, with the shape of w and no batch axis, and `sign_x`, with that of the
    input. The bias is added unchanged. Zeros that pad an image stay 0.
    """

    __slots__ = ()
    saved_signed: ClassVar[frozenset[str]] = frozenset({"sign_w", "sign_x"})
    binary: Binary

    @abstractmethod
    def plain(self) -> Op:
        """The same op on numbers instead of signs."""

    @property
    def binarised(self) -> tuple[str, ...]:
        return BINARISED[self.binary]

    @property
    def binary_words(self) -> str:
        """The operands whose signs are multiplied; empty without any."""
        return {"no": "", "weights": "binary weights", "both": "binary weights and inputs"}[self.binary]

    @property
    def shared(self) -> tuple[str, ...]:
        return ("sign_w",) if self.binarised else ()

    def saved_shapes(self, in_shape: Shape) -> dict[str, Shape]:
        shapes = {"w": self.param_shapes(in_shape)["w"], "x": in_shape}
        return {f"sign_{operand}": shapes[operand] for operand in self.binarised}

    def forward(self, x: Array, params: Params, given: Params = NOTHING) -> tuple[Array, dict[str, Array]]:
        signs = {"sign_w": sign(params["w"])}
        if self.binary == "both":
            signs["sign_x"] = sign(x)
        out, _ = self.plain().forward(signs.get("sign_x", x), {**params, "w": signs["sign_w"]})
        return out, signs

    def backward(
        self, dout: Array, x: Array, params: Params, saved: Params
    ) -> tuple[Array, dict[str, Array]]:
        used = {**params, "w": saved["sign_w"]}
        dx, dparams = self.plain().backward(dout, saved.get("sign_x", x), used, {})
        dparams["w"] = dparams["w"] * gate(params["w"])
        if self.binary == "both":
            dx = dx * gate(x)
        return dx, dparams

    def backward_words(self, in_shape: Shape) -> str:
        if not self.binarised:
            return self.backward_text
        return (
            "The blame of each output, times what it read, is the gradient of a weight; beyond ±1 a gate "
            "stops it."
        )

    def out_words(self, inputs: Array, slopes: Array) -> str:
        told = {
            "no": "",
            "weights": " Of each weight only the sign is used: its input is added or taken away.",
            "both": " Only signs are multiplied: each product is +1 or −1.",
        }
        alike = ""
        if self.binary == "both" and len(inputs) > 1 and (inputs == inputs[0]).all():
            alike = f" All its inputs have the sign {inputs[0]:+.0f} here: it tells none from another."
        return f"{self.forward_text}{told[self.binary]}{alike}"

    def dx_words(self, x: float, slopes: Array) -> str:
        words = super().dx_words(x, slopes)
        return f"{words} {gate_words('input', x)}" if self.binary == "both" else words

    def saved_words(self, name: str, inputs: Array) -> str:
        what = "The weight" if name == "sign_w" else "The input"
        return (
            f"{what} is {number_text(float(inputs[0]))}: +1 stands for it where it is 0 or more, −1 where it "
            "is less. This sign is what the layer multiplies."
        )


def gate_words(what: str, value: float) -> str:
    """A sentence on how a gradient passes the sign of a number, the layer's "input" or "weight"."""
    passes = (
        "lies between −1 and 1, so the gradient goes straight through its sign"
        if abs(value) <= 1
        else "lies outside −1 to 1, so the gate of its sign is shut and the gradient is 0"
    )
    return (
        f"The {what}, {number_text(value)}, {passes}: an estimate, not the slope, which a sign does not have."
    )
