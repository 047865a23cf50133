"""`Signs`: everything that the rules of the faults rest on, measured once about a patient."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass, field
from functools import cached_property

import torch

from howdeep.base.errors import InstrumentError
from howdeep.faults._guess import guess
from howdeep.faults._layers import Layer, layers
from howdeep.faults._patient import Patient
from howdeep.faults._start import restarted
from howdeep.faults._trial import Trial, loss_of, trial
from howdeep.instruments import Rows
from howdeep.instruments._subject import main, untouched
from howdeep.instruments._trace import Trace, trace

STEPS, ROWS = 60, 512
NUMBERS, LEAST = 200_000, 16  # of the inputs that are looked at, and rows


def gone(share: float) -> str:
    """A share of the guess's loss that is gone, in words.

    >>> gone(0.25), gone(-1.0)
    ("removes 25% of the guess's loss", 'ends no better than a guess')
    """
    return (
        f"removes {share:.0%} of the guess's loss"
        if share > 0.005
        else "ends no better than a guess"
    )


def slower(patient: Patient) -> tuple[float, ...]:
    """Lower rates to try: a tenth to a thousandth, and on to a hundredth of the usual one.

    >>> from howdeep.instruments import Rows
    >>> rows = Rows((torch.zeros(4, 2),), torch.zeros(4))
    >>> one = Patient(torch.nn.Linear(2, 1), rows, torch.nn.functional.mse_loss, usual=0.01)
    >>> [f"{rate:g}" for rate in slower(one.but(rate=10.0))]
    ['1', '0.1', '0.01', '0.001', '0.0001']
    """
    rate = patient.rate or patient.usual
    rates = [rate * 10.0**-n for n in range(1, 12)]
    return tuple(x for n, x in enumerate(rates) if n < 3 or x >= 0.0099 * patient.usual)


def _same(a: torch.Tensor, b: torch.Tensor) -> bool:
    """Two tensors hold the same numbers, in any order, up to a clamp that keeps them finite."""
    if a.numel() != b.numel():
        return False
    one, other = a.float(), b.float()
    if a.shape != b.shape:
        one, other = one.flatten().sort().values, other.flatten().sort().values
    return torch.allclose(one, other, rtol=1e-5, atol=1e-6)


KNOWS = 0.5
BEYOND = 0.1  # the same, beyond what it learns by heart
LEARNT = 0.15  # share of the guess's loss that a net has to remove to have learnt anything


@dataclass(frozen=True, eq=False)
class Signs:
    """What is measured about a patient, when a rule first asks for it.

    `steps` and `rows`: of each short training. All trainings are of copies.
    """

    patient: Patient
    steps: int = STEPS
    rows: int = ROWS
    _trials: dict[float, Trial] = field(default_factory=dict, repr=False)

    @cached_property
    def seen(self) -> Rows:
        """The rows that are looked at, N of them."""
        return self.patient.train.some(self.many)

    @property
    def many(self) -> int:
        """How many rows are looked at: fewer of large ones, as of photographs."""
        one = sum(x[0].numel() for x in self.patient.train.inputs)
        return min(self.rows, max(LEAST, NUMBERS // max(1, one)))

    @cached_property
    def _pass(self) -> tuple[Trace, str]:
        one, net = self.patient, self.patient.net
        with warnings.catch_warnings(), untouched(net):
            warnings.simplefilter("ignore")
            torch.manual_seed(0)
            try:
                return trace(net, self.seen, one.loss, training=True), ""
            except Exception as error:  # the loss is anyone's: it may refuse what the net says
                why = f"{type(error).__name__}: {error}"
            found = trace(net, self.seen, None, training=True)
            if self._taken():
                what = f"no gradient can be taken through the net: {why}"
                fix = "let nothing write over what backward needs: x = x + y, not x += y"
                raise InstrumentError(what[:300], fix)
            return found, why[:300]

    def _taken(self) -> bool:
        """The net takes the rows and the loss takes what it says: backward is what fails."""
        try:
            with torch.enable_grad():
                self.patient.loss(main(self.patient.net(*self.seen.inputs)), self.seen.targets)
        except Exception:  # the loss is anyone's
            return False
        return True

    @property
    def trace(self) -> Trace:
        """One pass as training begins, in training mode."""
        return self._pass[0]

    @property
    def refused(self) -> str:
        """Why the loss takes no outputs of this net, at the start or later; "" where it does."""
        return self._pass[1] or next((t.why for t in self._trials.values() if t.why), "")

    @cached_property
    def layers(self) -> tuple[Layer, ...]:
        """Every layer with weights in the order of the pass."""
        return layers(self.trace)

    @cached_property
    def last(self) -> str:
        """The activation whose outputs are the net's, "" where another layer's are."""
        number = self.last_number
        return self.trace.of("activation")[number - 1].what if number else ""

    @cached_property
    def last_number(self) -> int:
        """Which of its activations gives the net's outputs, in any shape, from 1; 0 for none."""
        acts, out = self.trace.of("activation"), self.outputs.detach()
        same = [i for i, site in enumerate(acts, 1) if _same(site.output, out)]
        return same[-1] if same else 0

    @property
    def outputs(self) -> torch.Tensor:
        """What the net says of the rows, in training mode."""
        return self.trace.outputs

    @cached_property
    def guess(self) -> float:
        """The loss of one answer for all rows."""
        return guess(self.patient, self.outputs, self.seen.targets, self.last)

    @cached_property
    def finite(self) -> bool:
        """The loss of the first pass is a number, and so are the inputs."""
        return math.isfinite(self.trace.loss) and all(
            bool(torch.isfinite(x).all()) for x in self.seen.inputs if x.is_floating_point()
        )

    def at(self, rate: float) -> Trial:
        """The short training at this rate."""
        if rate not in self._trials:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                self._trials[rate] = trial(self.patient, self.steps, rate, self.many)
        return self._trials[rate]

    @property
    def trial(self) -> Trial:
        """The short training at the rate that was said, or the usual one."""
        return self.at(self.patient.rate or self.patient.usual)

    def share(self, loss: float) -> float:
        """The share of the guess's loss that is gone: 0 for a guess, 1 for no loss at all, never
        below -1.
        """
        if not math.isfinite(self.guess) or self.guess <= 0:
            start = self.trace.loss
            top = start if math.isfinite(start) and start > 0 else 1.0
            return max(-1.0, 1 - loss / top) if math.isfinite(loss) else -1.0
        return max(-1.0, 1 - loss / self.guess) if math.isfinite(loss) else -1.0

    @cached_property
    def begins(self) -> float:
        """The share of the guess's loss that is gone before any training here."""
        return self.share(self.trace.loss)

    @cached_property
    def trained(self) -> bool:
        """The net knows something already: its loss is below a guess's, or half of what it is with
        the targets of other rows (a net of many classes does not know which of them are there).
        """
        return self.begins > LEARNT or self.knows > KNOWS

    @cached_property
    def knows(self) -> float:
        """The share of the loss with the targets of other rows that is gone with the right ones,
        in evaluation; at most 1.
        """
        if self.refused or not self.finite:
            return 0.0
        n = len(self.seen)
        order = torch.randperm(n, generator=torch.Generator().manual_seed(0))
        with torch.no_grad(), untouched(self.patient.net):
            out = main(self.patient.net.eval()(*self.seen.inputs))
            try:
                right = float(self.patient.loss(out, self.seen.targets))
                wrong = float(self.patient.loss(out, self.seen.targets[order]))
            except Exception:  # the loss is anyone's
                return 0.0
        return 1 - right / wrong if 0 < wrong < math.inf and math.isfinite(right) else 0.0

    @cached_property
    def best(self) -> Trial:
        """The short training that ends best: at the rate said, or at the best of three."""
        if self.patient.rate:
            return self.trial
        for factor in (1.0, 0.3, 3.0):
            found = self.at(self.patient.usual * factor)
            if self.share(found.end) > 0.5:
                break
        return min(self._trials.values(), key=lambda t: t.end)

    @cached_property
    def learns(self) -> float:
        """The share of the guess's loss that the short training removes."""
        return self.share(self.best.end)

    def cured(self, other: Patient) -> float:
        """The same of a patient that was mended, at the same rates."""
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return max(self.share(t.end) for t in self._tries(other))

    def _tries(self, other: Patient) -> list[Trial]:
        rates = [self.patient.rate] if self.patient.rate else [
            self.patient.usual, self.patient.usual * 0.3
        ]  # fmt: skip
        found: list[Trial] = []
        for rate in rates:
            found.append(trial(other, self.steps, rate, self.many))
            if self.share(found[-1].end) > max(0.5, 2 * self.learns):
                break
        return found

    def helps(self, other: Patient) -> bool:
        """The mended patient learns clearly more in the same steps: at least `LEARNT`, the patient
        itself no more than 60 % of it, and clearly more than it learns by heart.
        """
        if self.trained:
            return False
        found = self.cured(other)
        if found < LEARNT or self.learns > 0.6 * found:
            return False
        heart = self._by_heart(other)
        return found - heart >= BEYOND or 2 * (1 - found) <= 1 - heart

    def _by_heart(self, other: Patient) -> float:
        """What a mended patient learns of targets that were shuffled: nothing but rows by heart."""
        y = other.train.targets
        order = torch.randperm(len(y), generator=torch.Generator().manual_seed(0))
        if not self._asks(order):
            return 0.0
        mixed = Rows(other.train.inputs, y[order], other.train.index)
        return max(0.0, self.cured(other.but(train=mixed)))

    def _asks(self, order: torch.Tensor) -> bool:
        """The loss depends on which row has which target."""
        many, out = len(self.seen), self.outputs.detach()
        index = order[order < many] if len(order) > many else order
        try:
            with torch.no_grad():
                mixed = float(self.patient.loss(out, self.seen.targets[index]))
        except Exception:  # the loss is anyone's
            return True
        return mixed != self.trace.loss

    @cached_property
    def start_helps(self) -> bool:
        """A start that lets the signal through makes the net learn clearly more."""
        return self.helps(restarted(self.patient, self.layers))

    def evaluated(self, net: torch.nn.Module) -> float:
        """The loss of the rows in evaluation mode."""
        with untouched(net):
            net.eval()
            return loss_of(self.patient, net, self.seen)
