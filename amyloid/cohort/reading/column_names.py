"""Names that other systems and languages give to our columns: offered, never taken for granted."""

from __future__ import annotations

import re
from typing import Final

from amyloid.cohort.reading.table import in_ascii
from amyloid.cohort.schema import MONTH_DAYS

_WHO = (
    "pat|pat(ient|iente|ienten?|iente?s?)|subject|record|study|pt|person|pseudonym|participant|usubj|subj"
    "|case|proband(en)?|paziente|paciente|patiente"
)
_NUMBER = "id|nr|no|num|number|code|key|nummer|codigo|codice|numero|identificador"
_OF = "(of_|de_|du_|di_|del_|d_|de_la_|dell_)?"
_INVOLVED = r"(_?(inv\w*|beteiligung|befall|yn|cardiaque))?"
_AFFECTED = r"(atteinte|afectacion|interessamento|coinvolgimento|compromiso|coinvolgimento_d\w*)_"
_DRAWN = "sample|collection|draw|lab|event|result|visit|specimen|test|measurement|report|observation"
OTHER_NAMES: Final = {
    "patient_id": rf"({_WHO})?_?({_NUMBER})|({_NUMBER}|n)_{_OF}({_WHO})|{_WHO}|pid|identifiant",
    "age": r"alter|age(_.*)?|edad(_.*)?|eta(_.*)?|leeftijd|alter_bei_.*",
    "sex": r"geschlecht|gender|sexe|sexo|sesso|geslacht|sex_.*|gender_\w+",
    "light_chain": r"leichtketten?(_?typ)?|isotype?|lc(_type|_isotype)?|light_?chain_\w+|chain"
    r"|amyloid_?typ\w*|lightchain|isotipo|(tipo_(di_)?)?catena_leggera"
    r"|(al_)?type|(type_de_)?chaine_legere|(tipo_de_)?cadena_ligera|involved_(light_)?chain",
    "treatment_start": r"(therapie|behandlungs)_?(beginn|start)|(treatment|therapy|tx|rx)_?(start|begin"
    r"|onset)(_?date)?|rfstdtc"
    r"|(start|begin|beginning)_(of_)?(treatment|therapy)|first_dose(_date)?|date_(of_)?first_dose"
    r"|c1_?d1(_date)?|(date_(de_)?)?debut_((du|de)_)?traitement|data_(di_)?inizio_(della_)?terapia"
    r"|fecha_(de_)?inicio_\w*(trat|ter)\w*"
    r"|index_date|date_(of_)?(treatment|therapy)_?(start)?|start_date|fecha_(de_)?inicio",
    "group": r"arm|study_arm|gruppe|treatment_?group|cohort|regimen|groupe|gruppo|grupo|bras",
    "heart": rf"(heart|cardiac|herz|coeur|cuore|corazon){_INVOLVED}|{_AFFECTED}(cardia\w+|card\w+)",
    "kidney": rf"(kidneys?|renal|nieren?|reins?|rene|rinon){_INVOLVED}|{_AFFECTED}renale?",
    "liver": rf"(liver|hepatic|leber|foie|fegato|higado){_INVOLVED}|{_AFFECTED}(hepati\w+|epati\w+)",
    "nerve": rf"(nerves?|neuro\w*|pns|nerven){_INVOLVED}|{_AFFECTED}(neuro\w+|nerv\w+)",
    "test": r"analyte?|parameter|test_?(name|code)?|bezeichnung|untersuchung|analyse|component|parametre"
    r"|lbtest(cd)?|item|loinc|determinacion|parametro|prueba|analisi"
    r"(_code|_num)?|measurement(_name)?|determination|esame|examen|messgroesse|observation",
    "value": r"results?(_value|_numeric)?|ergebnis|(mess)?wert|resultat\w*|valeur|valor|numeric_result"
    r"|value_as_number|lborres|lbstresn|risultato|res|valore|resultado",
    "unit": r"einheit|units?|unite|unidad(es)?|uom|lb\w*u|unita(_di_misura)?|unit_source_value|dimension",
    "assay": r"method|methode|assay_?name|kit",
    "specimen": r"material|sample_?type|specimen_?type|probenart|matrix",
    "date": rf"({_DRAWN})_?(date|datum|dt)(_?time)?"
    r"|dat|datum\w*|(abnahme|entnahme|proben|labor|befund|ereignis)_?(datum|zeit\w*)|abnahme|fecha\w*"
    r"|date_\w+|collected(_at)?|drawn|\w*dtc|data(_(di_|del_)?prelievo)?|dt",
    "month": r"(visite?|monat|mois|mese|mes|month)(_?(name|label|nr|no))?|time_?point|zeitpunkt"
    r"|months?_(from|since|after)_\w+|(fu|follow_?up)_months?|monate?_\w+",
    "drug": r"medikament|medication(_name)?|substanz|wirkstoff|drug_?name|agent|treatment|therapie"
    r"|regimen|medicament|farmaco|substance|extrt|praeparat|therapy|terapia|tratamiento|traitement"
    r"|medicamento|farmaci",
    "start_date": r"beginn|start|from|von|begin(_date)?|start_?dat\w*|\w*stdtc|first_(day|dose)"
    r"|(date_(de_)?)?debut|date_start|(cycle|treatment|therapy|drug|dose)_?(start|date)(_date)?"
    r"|(data_(di_)?|fecha_(de_)?)?(inizio|inicio)|beginn_\w+|therapie_?beginn",
    "end_date": r"ende|end|to|bis|stop(_?date)?|end_?dat\w*|\w*endtc|last_(day|dose)"
    r"|((date|data|fecha)_(de_|di_)?)?fine?|date_(end|stop)"
    r"|(cycle|treatment|therapy|drug)_?(end|stop)(_date)?|ende_\w+|therapie_?ende",
    "dose_mg": r"dosis|dose|dosage|dosis_mg|exdose",
    "event": r"ereignis|event_?(type|name)?|outcome|evenement|art|type|was|evento|dsdecod|dsterm|status",
    "detail": r"bemerkung(en)?|comm?ent(s|aires?|ari[oi]s?)?|remarks?|cause(_of_death)?|todesursache"
    r"|notes?|details?|remarques?",
}
"""Our column -> folded names of other systems; of several that may be meant the first free one is."""


def without_unit(name: str) -> str:
    """Folded name without what stands in brackets: ``age_(years)`` is ``age``."""
    return re.sub(r"_?[(\[].*$", "", name)


_PREFIX: Final = {
    "labs": re.compile(r"(lb|lab|labs|bio|l)_"),
    "treatments": re.compile(r"(tx|rx|trt|th|ther|med|chemo|drug)_"),
    "events": re.compile(r"(ev|evt|event|out|fu|os)_"),
}
"""How the fields of an instrument begin, by the table that it holds."""


def meant_by(name: str, columns: tuple[str, ...] | list[str], table: str = "") -> list[str]:
    """The columns of ours that a name may mean; in a `table` a prefix of its own may be before it."""
    plain = in_ascii(without_unit(name))
    found = [ours for ours in columns if ours in OTHER_NAMES and re.fullmatch(OTHER_NAMES[ours], plain)]
    prefix = _PREFIX[table].match(plain) if table in _PREFIX else None
    if found or prefix is None:
        return found
    rest = plain[prefix.end() :]
    return [rest] if rest in columns else meant_by(rest, columns)


START: Final = re.compile(
    r"baseline|base|bl|pre|screening|start|diagnosis|dx|before|vor|initial|entry|inclusion|beginn|t0|month_0"
)
_MONTHS = re.compile(
    r"(?:m|mo|mth|mon|months?|monate?|mois|mes|mese|mesi|meses)?_?(\d+(?:_\d)?)_?"
    r"(?:m|mo|mth|mon|months?|monate?|mois|mes|mese|mesi|meses)?"
)
_WEEKS = re.compile(r"(?:w|wk|weeks?|woche)_?(\d+)|(\d+)_?(?:w|wk|weeks?|wochen?)")


def month_meant(name: str) -> str:
    """The month that the name of a visit says, such as ``month_3``, ``3_monate`` or ``week_12``.

    A number; empty where it says none.
    """
    if START.fullmatch(name):
        return "0"
    if found := _MONTHS.fullmatch(name):
        return found.group(1).replace("_", ".")
    if found := _WEEKS.fullmatch(name):
        return f"{int(found.group(1) or found.group(2)) * 7 / MONTH_DAYS:.2f}"
    return ""


OTHER_CODES: Final = {
    "sex": {
        "female": r"w(eiblich)?|frau|femme|feminin|mujer|femenino|femmina|donna|vrouw|femminile",
        "male": r"mann|maennlich|mannlich|homme|masculin|hombre|masculino|maschio|uomo|man|maschile|h"
        r"|varon",
    },
    "light_chain": {
        "kappa": r"((al|ig[gamde])?_?(kappa|k)(_\w+)?|\w*_kappa)(_(light_chain|lc|leichtkette))?",
        "lambda": r"((al|ig[gamde])?_?(lambda|l)(_\w+)?|\w*_lambda)(_(light_chain|lc|leichtkette))?",
    },
    "event": {
        "death": r"dead|died|deceased|tod|tot|verstorben|gestorben|exitus|dece(s|de|de_)|muert[eo]|decess\w"
        r"|death_.*|fallecid[oa]|mort[oe]?|decedut[oa]",
        "last_contact": r"alive|living|last_(visit|seen|follow_?up|fu|contact)\w*|letzter_kontakt|lebt|lebend"
        r"|follow_?up|fu|ltfu|lost(_to_(follow_?up|fu))?|censored|dernieres?_(nouvelles|visite)|vivant"
        r"|ultim[oa]_(contat?c?to|visita)|viv[oa]|perdu_de_vue|perso_al_follow_?up",
        "stem_cell_transplant": r"asct|sct|auto_?sct|hsct",
        "next_treatment": r"(next|second|2nd)_?line|relapse_treatment|new_treatment",
        "withdrawal": r"withdrew|withdrawn|consent_withdrawn",
    },
    "polarity": {
        "positive": r"positiv[eo]?|pos|\+{1,3}|nachweisbar|nachgewiesen|presente?|detect(ed|able)|detectee?"
        r"|(ig[gamde]_?)?(kappa|lambda)(_.*)?|ig[gamde]|monoclonal.*|bence_jones.*|m_gradient.*|yes|ja|oui",
        "negative": r"negativ[eo]?|neg|-|nicht_(nachweisbar|detektierbar)"
        r"|keine?n?_(nachweis|monoklon|m_grad).*|not_detect(ed|able)|undetect(ed|able)|absent|assente|ausente|no_(mono|m_|para|abnorm|band).*"
        r"|none_(detected|seen)|nsd|no|nein|non|normal|none|nothing_detected",
    },
    "yes_no": {
        "yes": r"ja|j|oui|o|si|s|x|\+|positive?|pos|present|vorhanden|involved|checked",
        "no": r"nein|non|n|-|negative?|neg|absent|nicht_vorhanden|not_involved|unchecked|none|keine?",
    },
}
"""Column (or kind of column) -> our code -> words that other centers use for it; offered, never taken."""


def code_meant_by(text: str, kind: str) -> str:
    """The code of ours that a word probably means; empty where it cannot be known."""
    plain = in_ascii(text) or text
    found = [ours for ours, words in OTHER_CODES.get(kind, {}).items() if re.fullmatch(words, plain)]
    return found[0] if len(found) == 1 else ""
