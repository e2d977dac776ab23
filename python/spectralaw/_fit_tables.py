"""What fits answer, as columns."""

from __future__ import annotations

from ._table import Rows, Table, Values, Words


class Constants(Rows):
    """The constants of a law, in the units of the runs."""

    _drawn = ("constant", "value")
    constant = Words("The name, as in the formula.")
    value = Values("The value that fits best; NaN where the runs do not determine the law at all.")
    standard_error = Values("Its standard error; NaN for what is not free.")
    low = Values("The lower end of its interval, by refits to resampled runs.")
    high = Values("The upper end.")
    profile_low = Values("The lower end by the profile of the objective; NaN for amplitudes.")
    profile_high = Values("The upper end.")


class Runs(Rows):
    """The runs of a fit, from small to large, with what the law says of each."""

    _drawn = ("compute", "loss")
    size = Values("The size: parameters, width; NaN if it is not known.")
    data = Values("The data: tokens, samples, or steps; NaN if they are not known.")
    unique = Values("The part of the data that differs; NaN if it is not known.")
    compute = Values("What the run costs; NaN if it is not known.")
    loss = Values("The loss that was measured.")
    group = Values("A number for each group of runs that depend on each other.")
    fitted = Values("The loss of the law.")
    low = Values("The lower end of the interval in which the loss of a single run is expected.")
    high = Values("The upper end.")


class Prediction(Rows):
    """Losses that a law predicts, with the intervals in which those of single runs are expected."""

    _drawn = ("compute", "loss")
    size = Values("The size.")
    data = Values("The data, or steps.")
    compute = Values("What the run costs.")
    loss = Values("The loss of the law.")
    low = Values("The lower end of its interval: the uncertainty of the law, and the scatter of runs around it.")
    high = Values("The upper end.")


class Plan(Table):
    """The best size and data for each budget, with intervals."""

    _drawn = ("budget", "loss")
    budget = Values("The budget.")
    size = Values("The best size.")
    size_low = Values("The lower end of its interval.")
    size_high = Values("The upper end.")
    data = Values("The data that the best size is trained on.")
    data_low = Values("The lower end of their interval.")
    data_high = Values("The upper end.")
    loss = Values("The loss of the law there.")
    loss_low = Values("The lower end of the interval in which the loss of a single run is expected.")
    loss_high = Values("The upper end.")
    loss_at_half_size = Values("The loss at half the best size, for the same budget.")
    loss_at_double_size = Values("The loss at twice the best size, for the same budget.")
    loss_with_unlimited_data = Values("The least loss for the same budget without a limit to the data.")
    bound = Words(
        "What keeps the size from being a minimum: least_size, most_size, most_data; law where that has no best size, "
        "so that size, data and loss are NaN; empty for a minimum."
    )


class NeededBudget(Table):
    """The least budget that reaches each loss; infinite where the law never reaches it."""

    _drawn = ("loss", "budget")
    loss = Values("The loss.")
    budget = Values("The least budget that reaches it.")
    budget_low = Values("The lower end of its interval.")
    budget_high = Values("The upper end.")
    size = Values("The best size for it.")
    data = Values("The data that it is trained on.")
    bound = Words("What keeps the size from being a minimum, as in `Plan`; empty for a minimum.")
