"""Names of months and days in the languages of Europe whose names mean one month each.

German, English, French, Spanish, Italian, Portuguese, Dutch, Danish, Norwegian, Swedish, Polish and
Russian, in full, in the forms that stand in a date, and shortened to what no other month begins
with. A handed-over net carries this file whole.
"""

from __future__ import annotations

import re
import unicodedata

# Of each month the names and their shortest forms, with "+" where a name may be cut off.
_MONTHS = (
    "jan+uary januar januari janvier janv ene+ro gen+naio janeiro sty+czeń stycznia янв+арь января",
    "feb+ruary februar februari février févr fév fevrier fevr febrero febbraio fev+ereiro lut+y"
    " lutego фев+раль февраля",
    "mar+ch märz mär mrz maerz mars marzo março marco maart mrt marts mar+zec marca март марта мар",
    "apr+il avril avr abr+il aprile kwi+ecień kwietnia апр+ель апреля",
    "may mai mayo maggio mag maio mei maj maja май мая",
    "jun+e juni juin junio giugno giu junho cze+rwiec czerwca июн+ь июня",
    "jul+y juli juillet juil julio luglio lug julho lip+iec lipca июл+ь июля",
    "aug+ust août aoû aout ago+sto augustus augusti sie+rpień sierpnia авг+уст августа",
    "sep+tember sept septembre septiembre set+iembre settembre sett setembro wrz+esień września"
    " сен+тябрь сент сентября",
    "oct+ober okt+ober octobre octubre ott+obre out+ubro paź+dziernik października окт+ябрь"
    " октября",
    "nov+ember novembre noviembre novembro lis+topad listopada ноя+брь нояб ноября",
    "dec+ember dez+ember décembre déc decembre dic+iembre dicembre dezembro des+ember gru+dzień"
    " grudnia дек+абрь декабря",
)
_DAYS = (
    "mon tue tues wed wednes thu thur thurs fri sat satur sun montag dienstag mittwoch donnerstag"
    " freitag samstag sonnabend sonntag mo di mi do fr sa so lundi mardi mercredi jeudi vendredi"
    " samedi dimanche lun mer jeu ven sam dim lunes martes miércoles jueves viernes sábado domingo"
    " mié jue vie sáb dom lunedì martedì mercoledì giovedì venerdì sabato domenica gio"
    " segunda-feira terça-feira quarta-feira quinta-feira sexta-feira maandag dinsdag woensdag"
    " donderdag vrijdag zaterdag zondag mandag tirsdag onsdag torsdag fredag lørdag søndag måndag"
    " tisdag lördag söndag poniedziałek wtorek środa czwartek piątek sobota niedziela понедельник"
    " вторник среда четверг пятница суббота воскресенье пн вт ср чт пт сб вс"
)


def _forms(names: str) -> list[str]:
    """Every spelling of one month: whole names, and what is left where they may be cut off."""
    every = [name for word in names.split() for name in (word.replace("+", ""), word.split("+")[0])]
    return list(dict.fromkeys(every))


NUMBER_OF = {name: m for m, names in enumerate(_MONTHS, 1) for name in _forms(names)}
_ANY = "|".join(sorted(map(re.escape, NUMBER_OF), key=len, reverse=True))
_ENGLISH = "|".join(f"{one}(?:day)?" for one in _DAYS.split()[:12])
_OTHERS = "|".join(sorted(map(re.escape, _DAYS.split()[12:]), key=len, reverse=True))
MONTH = rf"(?P<name>{_ANY})\.?"
WEEKDAY = rf"(?:{_ENGLISH}|{_OTHERS})\.?"


def month_of(name: str) -> int:
    """The number of a month by its name.

    >>> month_of("März"), month_of("DEC"), month_of("août")
    (3, 12, 8)
    """
    return NUMBER_OF[name.casefold()]


def composed(cell: str) -> str:
    """Letters with their marks as one character each, as the names here are written."""
    return cell if cell.isascii() else unicodedata.normalize("NFC", cell)
