"""A study's events, as the loop would tell them."""

from __future__ import annotations

from collections.abc import Iterator

from howdeep.base.events import Event, Finished, GroupDone, Looked, RoundStarted, Started
from howdeep.base.nouns import Plan
from howdeep.base.trials import Group, Member, Round, Trial
from howdeep.base.verdicts import Dossier, Standing


def trial(group: Group, seed: int, rate: int, score: float) -> Trial:
    return Trial(
        key=f"{group.cell}-{seed}-{rate}",
        group=group.cell,
        stage=group.stage,
        cell=group.cell,
        rung=group.rung,
        seed=seed,
        rates=(rate,),
        val=(score,),
        tie=(-0.3,),
        floor=(0.76,),
        train=(score + 0.01,),
        steps=(2400,),
        best_step=(2000,),
        capped=0,
        nonfinite=0,
        flops=1e10,
    )


def _group(plan: Plan, name: str, stage: str, seeds: range) -> Group:
    members = tuple(Member(seed, (-7,)) for seed in seeds)
    rung = plan.cell(name).rung
    return Group(stage, name, rung, members, "5f", plan.ladders[0].recipe, 0)  # type: ignore[arg-type]


def round_events(
    dossier: Dossier, number: int, stage: str, title: str, seeds: range
) -> Iterator[Event]:
    plan = dossier.plan
    cells = [c.standing for c in dossier.verdict.cells]
    groups = tuple(_group(plan, s.cell.name, stage, seeds) for s in cells)
    yield RoundStarted(number, Round(stage, title, groups), 0, 1e12)  # type: ignore[arg-type]
    for standing, group in zip(cells, groups, strict=True):
        trials = tuple(trial(group, m.seed, m.rates[0], standing.score) for m in group.members)
        yield GroupDone(group, trials, 3.0)


def story(dossier: Dossier, finish: bool = True, resumed: bool = False) -> Iterator[Event]:
    """Rates, then three seeds, a look, and the verdict."""
    verdict = dossier.verdict
    yield Started(dossier.plan, dossier.study, resumed)
    yield from round_events(dossier, 1, "rate", "learning rates", range(2))
    yield from round_events(dossier, 2, "main", "look 1: 3 seeds", range(3))
    yield Looked(
        Standing(
            look=0,
            seeds=3,
            cells=tuple(c.standing for c in verdict.cells),
            enough=verdict.enough.name if verdict.enough else "",
            at_least=verdict.at_least.name if verdict.at_least else "",
            settled=verdict.settled,
            next="look",
        )
    )
    if finish:
        yield Finished(verdict)
