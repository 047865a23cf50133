"""CIFAR-10 in its binary version, from its author's page; the other version there is a pickle."""

from howdeep.modalities.image.named._set import NamedSet, Remote

SUM = "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"
SET = NamedSet(
    name="cifar10",
    url="https://www.cs.toronto.edu/~kriz/",
    files=(Remote("cifar-10-binary.tar.gz", SUM),),
    most=200_000_000,
    shape=(32, 32, 3),
    classes=(
        "airplane",
        "automobile",
        "bird",
        "cat",
        "deer",
        "dog",
        "frog",
        "horse",
        "ship",
        "truck",
    ),
    citation="A. Krizhevsky (2009), Learning multiple layers of features from tiny images",
)
