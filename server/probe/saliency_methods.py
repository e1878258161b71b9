"""The saliency methods, each with the meaning of its map and its limit."""

from collections.abc import Mapping
from typing import Literal

from server.frozen import Frozen

Method = Literal["gradient", "magnitude", "guided", "grad_cam", "occlusion"]


class SaliencyMethod(Frozen):
    """A saliency method: the meaning of its map, and its limit."""

    method: Method
    title: str
    meaning: str
    limit: str


METHODS: Mapping[Method, SaliencyMethod] = {
    "gradient": SaliencyMethod(
        method="gradient",
        title="input gradient",
        meaning=(
            "How fast the unit moves with each number of the input: orange where more would raise it, blue "
            "where more would lower it."
        ),
        limit=(
            "It tells of the smallest changes to this very input: what holds everywhere here, and so moves "
            "nothing, is left out."
        ),
    ),
    "magnitude": SaliencyMethod(
        method="magnitude",
        title="size of the gradient",
        meaning=(
            "How much the unit depends on each number of the input, whether up or down (Simonyan et al. "
            "2013)."
        ),
        limit=(
            "Where it is large a small change matters; that is not the same as speaking for the unit, and "
            "networks give noisy maps."
        ),
    ),
    "guided": SaliencyMethod(
        method="guided",
        title="guided backpropagation",
        meaning=(
            "The gradient, but every rectifier on its way lets only what is positive back through: what "
            "speaks for the unit is drawn sharply (Springenberg et al. 2015)."
        ),
        limit=(
            "It is no gradient any more, and much of it is the same for every class: it shows edges of the "
            "input that the network sees, not always why this class won."
        ),
    ),
    "grad_cam": SaliencyMethod(
        method="grad_cam",
        title="Grad-CAM",
        meaning=(
            "Where in the maps of a convolution the evidence for the unit lies: each map weighted with the "
            "mean of its gradient, added up, the negative left out (Selvaraju et al. 2017)."
        ),
        limit=(
            "It is as coarse as the maps are; between their cells the picture is interpolated linearly, and"
            " evidence against the unit is not shown."
        ),
    ),
    "occlusion": SaliencyMethod(
        method="occlusion",
        title="occlusion",
        meaning=(
            "How much lower the unit is when a patch covers this part of the input: the mean over all "
            "patches that cover a pixel (Zeiler and Fergus 2014). Orange is evidence for it, blue against."
        ),
        limit=(
            "A covered input is one that the network was never shown, and of two places that say the same "
            "neither is missed: another patch or fill gives another map."
        ),
    ),
}
