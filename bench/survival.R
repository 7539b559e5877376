# One timed job in R: Rscript survival.R JOB SUBJECTS.csv prints its seconds, by the clock on
# the wall and by the processor's. Reading the file is not timed.
# The job runs on the first thousand subjects before, so that everything it needs is loaded.
given <- commandArgs(trailingOnly = TRUE)
suppressPackageStartupMessages(library(survival))
jobs <- list(
  survfit = function(x) survfit(Surv(days, event) ~ 1, data = x, conf.type = "log-log"),
  survdiff = function(x) survdiff(Surv(days, event) ~ group, data = x),
  survfit_causes = function(x) {
    survfit(Surv(days, factor(cause, 0:2)) ~ 1, data = x, conf.type = "log-log")
  },
  cuminc = function(x) cmprsk::cuminc(x$days, x$cause),
  gray = function(x) cmprsk::cuminc(x$days, x$cause, x$group)
)
run <- jobs[[given[1]]]
subjects <- read.csv(given[2], colClasses = c("numeric", "integer", "integer", "integer"))
invisible(run(head(subjects, 1000)))
invisible(gc())
taken <- system.time(run(subjects))
cat(taken[["elapsed"]], taken[["user.self"]] + taken[["sys.self"]], "\n")
