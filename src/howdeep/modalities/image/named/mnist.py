"""MNIST. The first site (yann.lecun.com) no longer gives the files; PyTorch keeps them."""

from howdeep.modalities.image.named._set import NamedSet, Remote

SUMS = (  # of the unpacked files
    ("train-images-idx3", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"),
    ("train-labels-idx1", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"),
    ("t10k-images-idx3", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"),
    ("t10k-labels-idx1", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"),
)
SET = NamedSet(
    name="mnist",
    url="https://ossci-datasets.s3.amazonaws.com/mnist/",
    files=tuple(Remote(f"{name}-ubyte.gz", sha256, inside=True) for name, sha256 in SUMS),
    most=20_000_000,
    shape=(28, 28, 1),
    classes=tuple("0123456789"),
    citation="Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits",
)
