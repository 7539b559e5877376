"""Names of columns and values that look like they identify a person."""

from __future__ import annotations

import re

_COLUMN_WORDS = {
    "a name": r"(first|last|middle|given|family|sur|fore|maiden|full|patients?)_?name|name|initials|surname"
    r"|nachname|vorname|nom|prenom|apellidos?|nombre|cognome",
    "a date of birth": r"dob|(date_of_|birth_?)(birth|date|day)|birth|birthday|birthdate|geburtsdatum"
    r"|geb(urts)?_?(dat(um)?|tag)|date_naissance|fecha_nacimiento|data_nascita",
    "an address": r"(home_|street_)?address(_?\d)?|street|strasse|postal?_?code|postcode|zip(_?code)?|city"
    r"|town|plz|adresse|wohnort",
    "a telephone number": r"(home_|mobile_|cell_|work_)?(tele)?phone(_?(number|no|nr))?|mobile|fax|handy|tel",
    "an e-mail address": r"e_?mail(_?address)?",
    "a record number": r"mrn|(medical_|hospital_|health_|patient_)?record_?(number|no|nr)"
    r"|hospital_?(number|no|nr|id)|nhs(_?(number|no))?|ssn|social_security(_?(number|no))?"
    r"|national_?(id|number)|insurance_?(number|no|id)|passport(_?(number|no))?|health_card(_?(number|no))?"
    r"|case_?(number|no|nr)|fallnummer|patientennummer|account_?(number|no)",
}
_COLUMNS = {
    kind: re.compile(rf"(pt_|pat_|patient_|subject_)?({words})") for kind, words in _COLUMN_WORDS.items()
}

_VALUES = {
    "an e-mail address": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.I),
    "a national or hospital number": re.compile(r"[a-z]{0,3}[-/ ]?\d(?:[-/. ]?\d){8,}[a-z]?", re.I),
    "a telephone number": re.compile(r"(?=[+(0])\(?\+?\d{1,5}\)?(?:[-/. ()]+\d{2,}){2,}"),
}
_WITHIN_TEXT = {
    "an e-mail address": re.compile(r"[^@\s]+@[^@\s]+\.[a-z]{2,}", re.I),
    "a national or hospital number": re.compile(r"(?<![\d.])\d{9,}(?![\d.])"),
}

_NAME = re.compile(r"(?!(?:patient|subject|case|pat|test)\b)[^\W\d_]{2,}(,? [^\W\d_][^\W\d_.'-]+){1,4}", re.I)
MAY_BE_NAME = r"^\D+[, ]\D+$"
MAY_IDENTIFY = r"@|(\d\D{0,2}){9}|^\s*[+(0]"
"""Quick tests (regular expressions of RE2) that every name and identifying value passes, and few others."""

_DATE = re.compile(r"\d{4}-\d\d(-\d\d([T ].*)?)?|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}")
_PLAIN_NUMBER = re.compile(r"[-+]?\d*\.\d+(e[-+]?\d+)?", re.I)


def kind_of_identifying_column(name: str) -> str | None:
    """Say what a column of this name probably holds, when that identifies a person.

    Such as ``"a date of birth"``; None for an ordinary column.
    """
    for kind, pattern in _COLUMNS.items():
        if pattern.fullmatch(name):
            return kind
    return None


def is_name(text: str) -> bool:
    """Whether an id looks like a person's name: words of letters and no number."""
    return _NAME.fullmatch(text.strip()) is not None


def kind_of_identifier(text: str) -> str | None:
    """Say what a value looks like, when that identifies a person.

    Such as ``"an e-mail address"``; None for an ordinary value. Dates and decimal numbers are ordinary.
    """
    text = text.strip()
    if len(text) < 6 or len(text) > 200 or _DATE.fullmatch(text) or _PLAIN_NUMBER.fullmatch(text):
        return None
    for kind, pattern in _VALUES.items():
        if pattern.fullmatch(text):
            return kind
    for kind, pattern in _WITHIN_TEXT.items():
        if pattern.search(text):
            return kind
    return None
