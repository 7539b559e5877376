"""Names that other systems and languages give to our columns: offered, never taken for granted."""

from __future__ import annotations

import re
from typing import Final

_WHO = "pat|patient(en)?|subject|record|study|pt|person|pseudonym|participant|usubj|subj|case|proband(en)?"
OTHER_NAMES: Final = {
    "patient_id": rf"({_WHO})?_?(id|nr|no|num|number|code|key|nummer)|{_WHO}|pid|identifiant",
    "age": r"alter|age_.*|edad|eta|leeftijd|alter_bei_.*",
    "sex": r"geschlecht|gender|sexe|sexo|sesso|geslacht|sex_.*",
    "light_chain": r"leichtketten?(_?typ)?|isotype?|lc(_type|_isotype)?|light_?chain_\w+|chain"
    r"|amyloid_?typ\w*|lightchain"
    r"|(al_)?type|chaine_legere|cadena_ligera|involved_(light_)?chain",
    "treatment_start": r"(therapie|behandlungs)_?(beginn|start)|(treatment|therapy|tx|rx)_?(start|begin"
    r"|onset)(_?date)?"
    r"|(start|begin|beginning)_(of_)?(treatment|therapy)|first_dose(_date)?|date_(of_)?first_dose"
    r"|c1_?d1(_date)?"
    r"|(date_)?debut_(du_)?traitement|fecha_inicio\w*|index_date|date_(of_)?(treatment"
    r"|therapy)_?(start)?|start_date",
    "group": r"arm|study_arm|gruppe|treatment_?group|cohort|regimen",
    "heart": r"(heart|cardiac|herz)(_?(inv\w*|beteiligung|befall|yn))?",
    "kidney": r"(kidneys?|renal|nieren?)(_?(inv\w*|beteiligung|befall|yn))?",
    "liver": r"(liver|hepatic|leber)(_?(inv\w*|beteiligung|befall|yn))?",
    "nerve": r"(nerves?|neuro\w*|pns|nerven)(_?(inv\w*|beteiligung|befall|yn))?",
    "test": r"analyte?|parameter|test_?(name|code)?|bezeichnung|untersuchung|analyse|component"
    r"|lbtest(cd)?|item|loinc"
    r"(_code|_num)?|measurement(_name)?|determination|esame|examen|messgroesse|observation",
    "value": r"results?(_value|_numeric)?|ergebnis|(mess)?wert|resultat\w*|valeur|valor|numeric_result"
    r"|value_as_number"
    r"|lborres|lbstresn|risultato|res",
    "unit": r"einheit|units?|unite|unidad|uom|lb\w*u|unita|unit_source_value|dimension",
    "assay": r"method|methode|assay_?name|kit",
    "specimen": r"material|sample_?type|specimen_?type|probenart|matrix",
    "date": r"(sample|collection|draw|lab|event|result|visit|specimen|test|measurement)_?(date|datum"
    r"|dt)(_?time)?"
    r"|datum\w*|(abnahme|entnahme|proben|labor|befund|ereignis)_?(datum|zeit\w*)|abnahme|fecha\w*"
    r"|date_\w+|collected(_at)?"
    r"|drawn|\w*dtc|data(_prelievo)?|dt",
    "drug": r"medikament|medication(_name)?|substanz|wirkstoff|drug_?name|agent|treatment|therapie"
    r"|regimen|medicament"
    r"|farmaco|substance|extrt|praeparat|therapy",
    "start_date": r"beginn|start|from|von|debut|begin(_date)?|start_?dat\w*|\w*stdtc|first_(day|dose)"
    r"|date_(debut|start)",
    "end_date": r"ende|end|to|bis|stop(_?date)?|fin|end_?dat\w*|\w*endtc|last_(day|dose)|date_(fin|end"
    r"|stop)",
    "dose_mg": r"dosis|dose|dosage|dose_\w+|exdose",
    "event": r"ereignis|event_?(type|name)?|outcome|evenement|art|type|was",
    "detail": r"bemerkung|comments?|remarks?|cause(_of_death)?|todesursache|notes?|details?",
}
"""Our column -> folded names of other systems; of several that may be meant the first free one is."""

_PATTERNS = {ours: re.compile(pattern) for ours, pattern in OTHER_NAMES.items()}


def without_unit(name: str) -> str:
    """Folded name without what stands in brackets: ``age_(years)`` is ``age``.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return re.sub(r"_?[(\[].*$", "", name)


def meant_by(name: str, columns: tuple[str, ...] | list[str]) -> list[str]:
    """The columns of ours that a name of another system may mean.

    Parameters
    ----------
    name : str
        Folded.
    columns : sequence of str
        The columns that are possible.

    Returns
    -------
    list of str
    """
    plain = without_unit(name).replace("\u00e9", "e").replace("\u00e4", "ae").replace("\u00f6", "oe")
    return [ours for ours in columns if ours in _PATTERNS and _PATTERNS[ours].fullmatch(plain)]
