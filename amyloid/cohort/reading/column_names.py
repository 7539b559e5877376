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
    return [ours for ours in columns if ours in OTHER_NAMES and re.fullmatch(OTHER_NAMES[ours], plain)]


OTHER_CODES: Final = {
    "sex": {
        "female": r"w(eiblich)?|frau|femme|feminin|mujer|femenino|femmina|donna|vrouw",
        "male": r"mann|maennlich|mannlich|homme|masculin|hombre|masculino|maschio|uomo|man",
    },
    "light_chain": {
        "kappa": r"(al_?)?(kappa|k)(_\w+)?|\w*_kappa",
        "lambda": r"(al_?)?(lambda|l)(_\w+)?|\w*_lambda",
    },
    "event": {
        "death": r"dead|died|deceased|tod|verstorben|exitus|deces|muerte|decesso|death_.*",
        "last_contact": r"alive|last_(visit|seen|follow_?up|fu)|letzter_kontakt|lebt|follow_?up",
        "stem_cell_transplant": r"asct|sct|auto_?sct|hsct",
        "next_treatment": r"(next|second|2nd)_?line|relapse_treatment|new_treatment",
        "withdrawal": r"withdrew|withdrawn|consent_withdrawn",
    },
    "yes_no": {
        "yes": r"ja|j|oui|si|s|x|\+|positive?|pos|present|vorhanden|involved|checked",
        "no": r"nein|non|n|-|negative?|neg|absent|nicht_vorhanden|not_involved|unchecked|none|keine?",
    },
}
"""Column (or kind of column) -> our code -> words that other centers use for it; offered, never taken."""


def code_meant_by(text: str, kind: str) -> str:
    """The code of ours that a word probably means; empty where it cannot be known.

    Parameters
    ----------
    text : str
        Folded.
    kind : str
        A key of `OTHER_CODES`.

    Returns
    -------
    str
    """
    plain = text.replace("\u00e4", "ae").replace("\u00e9", "e")
    found = [ours for ours, words in OTHER_CODES.get(kind, {}).items() if re.fullmatch(words, plain)]
    return found[0] if len(found) == 1 else ""
