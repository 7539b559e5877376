"""Survival and small-sample statistics: plain arrays or Series in, small frames out, times in the caller's
unit.

Numbers only: no formatting, no axes. Each function agrees with R (docs/validation.md); what cannot be
computed is NaN, what must not be computed is refused with a ValueError that says why. Inputs are never
changed.
"""

from amyloid.stats.compare import logrank, logrank_groups, logrank_pairwise, logrank_trend
from amyloid.stats.competing import cumulative_incidence, gray_test, incidence_at
from amyloid.stats.contingency import (
    cochran_armitage,
    fisher,
    kruskal_wallis,
    mcnemar,
    wilcoxon_rank_sum,
    wilcoxon_signed_rank,
)
from amyloid.stats.cox import cox, cox_time_dependent, model_tests, proportional_hazards
from amyloid.stats.firth import firth
from amyloid.stats.proportions import kappa, proportion, proportion_difference, standardized_difference
from amyloid.stats.status import landmark, mantel_byar, split_at_status
from amyloid.stats.survival import (
    kaplan_meier,
    median_follow_up,
    median_survival,
    restricted_mean,
    restricted_mean_difference,
    reverse_kaplan_meier,
    survival_at,
    survival_quantile,
)
from amyloid.stats.weighting import (
    effective_size,
    propensity_weights,
    weighted_difference,
    weighted_hazard_ratio,
)

__all__ = [
    "cochran_armitage",
    "cox",
    "cox_time_dependent",
    "cumulative_incidence",
    "effective_size",
    "firth",
    "fisher",
    "gray_test",
    "incidence_at",
    "kaplan_meier",
    "kappa",
    "kruskal_wallis",
    "landmark",
    "logrank",
    "logrank_groups",
    "logrank_pairwise",
    "logrank_trend",
    "mantel_byar",
    "mcnemar",
    "median_follow_up",
    "median_survival",
    "model_tests",
    "propensity_weights",
    "proportion",
    "proportion_difference",
    "proportional_hazards",
    "restricted_mean",
    "restricted_mean_difference",
    "reverse_kaplan_meier",
    "split_at_status",
    "standardized_difference",
    "survival_at",
    "survival_quantile",
    "weighted_difference",
    "weighted_hazard_ratio",
    "wilcoxon_rank_sum",
    "wilcoxon_signed_rank",
]
