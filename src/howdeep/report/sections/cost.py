"""What the study took: its time and work, and what training the net to use takes once more."""

from __future__ import annotations

from howdeep.base.verdicts import Dossier
from howdeep.report.depths import for_now
from howdeep.report.parts import Pairs, Place, Prose, Section
from howdeep.report.words import compact, duration, plural

TITLE = "Time and cost"


def _said(dossier: Dossier) -> str:
    spent = dossier.spent
    if spent is None:
        return ""
    fits = f" and {plural(spent.fits, 'fit')} of classical models" if spent.fits else ""
    what = f"{plural(spent.nets, 'net')}{fits}"
    work = f"{compact(spent.operations)} floating-point operations"
    found, seconds = for_now(dossier), dict(dossier.seconds)
    ref = found[0] if found else dossier.verdict.enough
    once = seconds.get(ref.name) if ref else None
    again = f" To train the net to use takes {duration(once)}." if once is not None else ""
    device = dict(dossier.platform).get("device", "cpu")
    where = "of one core" if device == "cpu" else f"of the {'GPU' if device == 'cuda' else device}"
    return f"{duration(spent.seconds)} {where}, for {what} ({work} of nets).{again}"


def _on_page(dossier: Dossier) -> Section:
    said = _said(dossier)
    return Section(TITLE, (Prose(said),) if said else (), name="next")


def _in_terminal(dossier: Dossier) -> Section:
    said = _said(dossier)
    return Section("", (Pairs(((TITLE, said),)),) if said else ())


PLACES = (Place("page", 15, _on_page), Place("terminal", 45, _in_terminal))
