"""The report that may leave: built anew from aggregates under the disclosure rules, packed, and inspected."""
