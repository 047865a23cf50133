"""The words and numbers of a verdict: meaning, units, names from data."""

from __future__ import annotations

from dataclasses import replace

import dossiers
import fabricate
import pytest

from howdeep import metrics
from howdeep.base.verdicts import Dossier, Interval
from howdeep.report.facts import facts
from howdeep.report.rivals import rival_name
from howdeep.report.sentence import details, headline, next_steps
from howdeep.report.words import clean, gloss, unit

# ---- the first sentence -------------------------------------------------------------------------
RESIDUAL = "residual network with 2 blocks (6 layers with weights, 128 units wide)"
MEANING = {
    "settled": (
        f"Use a {RESIDUAL}: no depth tried is better by more than 0.5 points (95 % sure), and",
        "every shallower one is worse than the best by more",
    ),
    "boosted": (
        "Use gradient boosting rather than a net: it beats the residual network with 2 blocks (6 ",
        f"by 1.31 points (1.12 to 1.5). If it has to be a net, use a {RESIDUAL}",
    ),
    "boosted_open": (
        "Use gradient boosting rather than a net: it beats the best net so far (the residual",
        "If it has to be a net, use a plain network with 1 block (2 layers with weights, 128",
        " units wide) for now.",
    ),
    "unsettled": (
        f"Use a {RESIDUAL}",
        "shallower nets may be enough too (from the plain network with 2 blocks on)",
    ),
    "disagree": (f"Use a {RESIDUAL}",),
    "no_depth": (
        "Use the linear model (no hidden layer): no deeper net tried is better by more than 0.5",
        "so that no depth is needed",
    ),
    "undetermined": (
        "Use a plain network with 1 block (2 layers with weights, 128 units wide) for now: ",
        "and is at most 1.93 points below it (95 % sure); about 34 seeds a depth (now "
        "12) would tell.",
    ),
    "extend": (
        "Use a residual network with 32 blocks (66 layers with weights, 128 units wide) for now,",
        "try deeper ones: it is the deepest net tried and still better than every other",
    ),
    "unreliable": ("Use none of these nets", "fewer than two depths"),
    "nothing_learnt": (
        "Use none of these models, for nothing was learnt: neither a net nor a classical model is",
        "shown to beat always guessing the most frequent class (76.1 %); a net could by at most",
        "Look for other columns, more rows or a mistake in the target",
    ),
    "guessing_nets": (
        "Use gradient boosting: it beats always guessing the most frequent class (76.1 %) by 2.43",
        "points (1.23 to 3.63); no net is shown to.",
    ),
    "no_models": ("Use none of these nets, for nothing was learnt: none is shown to beat",),
    "best_beaten": (
        "Use gradient boosting rather than a net: it beats the best net (the residual network",
        f"by 1.23 points (1.03 to 1.43). If it has to be a net, use a {RESIDUAL}",
    ),
    "budget": ("Use a plain network with 1 block", "for now", "below the best"),
    "regression": (f"Use a {RESIDUAL}", "may be enough too", "0.01 of R²"),
    "many_classes": (
        "Use a residual network with 4 blocks (10 layers with weights, 128 units wide)",
        "worse than the best by more",
    ),
    "log_loss": (f"Use a {RESIDUAL}", "0.005 of log loss"),
}


@pytest.mark.parametrize("name", dossiers.ALL)
def test_the_headline_says_what_to_do(name: str) -> None:
    sentence = headline(dossiers.ALL[name]())
    for words in MEANING[name]:
        assert words in sentence
    assert sentence.endswith(".")
    won = name.startswith("boosted") or name in ("guessing_nets", "best_beaten")
    assert sentence.startswith("Use ")  # whatever the status: an action
    assert len(sentence) < (420 if won else 310)
    assert sentence.startswith("Use gradient boosting") == won


@pytest.mark.parametrize("name", dossiers.ALL)
def test_no_text_has_gaps_or_code(name: str) -> None:
    for text in (headline(dossiers.ALL[name]()), *details(dossiers.ALL[name]())):
        assert "  " not in text
        assert "None" not in text
        assert text[0].isupper() or text[0].isdigit() or text.startswith("resmlp")
        assert text.endswith(".")


def test_a_settled_headline_owns_up_to_unreliable_shallower_depths() -> None:
    dossier = dossiers.settled()
    first, *rest = dossier.verdict.cells
    broken = replace(first, standing=replace(first.standing, state="unreliable"))
    dossier = replace(dossier, verdict=replace(dossier.verdict, cells=(broken, *rest)))
    assert "every reliably trained shallower one" in headline(dossier)
    said = " ".join(details(dossier))
    assert "failed: the loss ran off" in said
    assert "no reliably trained depth is better" in said


# ---- the evidence -------------------------------------------------------------------------------
def _has(dossier: Dossier, *words: str) -> None:
    text = " ".join(details(dossier))
    for word in words:
        assert word in text


def test_confidence_is_stated_with_what_it_is_about() -> None:
    _has(
        dossiers.settled(),
        "95 % confident that no depth tried is better by more than 0.5 points",
        "does not prove it the shallowest possible",
        "no shallower net tried is within 0.5 points",
    )
    assert "nothing shallower that was tried" not in " ".join(details(dossiers.unsettled()))


def test_test_score_price_and_constant_predictor_are_given_with_intervals() -> None:
    _has(
        dossiers.settled(),
        "The net handed over: accuracy 85.8 % (85.0 to 86.6) on 7,327 test rows, looked at once. "
        "Trainings of this depth average 85.7 % (85.0 to 86.4); one fresh training lies between "
        "84.5 % and 86.8 %. For comparison, ",
        "always guessing the most frequent class: 76.4 %",
        "would cost 0.65 points (0.42 to 0.88)",
    )


def test_the_net_handed_over_comes_first_on_the_card() -> None:
    card = next(f for f in facts(dossiers.settled()) if f.label == "On unseen rows")
    assert card.value == "85.8 %"
    assert card.note.startswith(
        "the net's accuracy (85.0 to 86.6); one fresh training: 84.5 % to 86.8 %; "
    )


def test_test_rows_of_groups_that_nobody_named_are_not_called_unseen() -> None:
    made = dossiers.settled()
    hint = "Column 'who' looks like what rows belong together by: ... --groups who compares ..."
    task = replace(made.plan.task, notes=(hint,))
    grouped = replace(made, plan=replace(made.plan, task=task))
    assert "unseen" not in " ".join(details(grouped))
    assert "Other rows of what these test rows belong to may have been trained on" in " ".join(
        details(grouped)
    )
    labels = {f.label for f in facts(grouped)}
    assert "On test rows" in labels
    assert "On unseen rows" not in labels


def test_in_an_old_study_nothing_is_said_of_one_fresh_training() -> None:
    verdict = dossiers.settled().verdict
    old = replace(verdict, test_score=replace(verdict.test_score, fresh=None))
    dossier = replace(dossiers.settled(), verdict=old)
    assert "fresh training" not in " ".join([*details(dossier), *(f.note for f in facts(dossier))])


def test_regression_is_told_in_r2_and_rmse() -> None:
    _has(dossiers.regression(), "average 0.896 (0.885 to 0.907)", "RMSE 612.4", "guessing the mean")


def test_log_loss_is_printed_positive_with_bounds_in_order() -> None:
    _has(
        dossiers.log_loss(),
        "average 0.302 (0.292 to 0.312)",
        "log loss 0.301",
        "the class shares: 0.550",
    )


@pytest.mark.parametrize(
    ("says", "words"),
    [
        ("depth", "Depth, not parameters"),
        ("parameters", "Parameters rather than depth"),
        ("unclear", "Depth or parameters, unclear"),
    ],
)
def test_the_control_answers_depth_or_parameters(says: str, words: str) -> None:
    dossier = dossiers.settled()
    around_0 = dossiers.around(0.004, 0.009)  # nothing is unclear where 0 is excluded
    gain = around_0 if says == "unclear" else dossier.verdict.control.gain
    control = replace(dossier.verdict.control, says=says, gain=gain)
    _has(replace(dossier, verdict=replace(dossier.verdict, control=control)), words)


@pytest.mark.parametrize(
    ("says", "words", "value"),
    [
        (
            "depth",
            "One block as large (1,234 units, as many parameters) loses 3.12 points "
            "(2.02 to 4.22) against the net named: more than one block pays for itself.",
            "3.12 points (2.02 to 4.22)",
        ),
        (
            "parameters",
            "is as good: size would do instead of depth; the net named scores 0.2 points (−0.2 to "
            "0.4) more.",
            "nothing that matters",
        ),
        (
            "unclear",
            "Whether one block as large (1,234 units, as many parameters) would do instead is "
            "unclear: the net named scores 3.12 points (−1.02 to 7.22) more.",
            "unclear, 3.12 points (−1.02 to 7.22)",
        ),
    ],
)
def test_the_twin_says_whether_width_would_do_instead(says: str, words: str, value: str) -> None:
    dossier = dossiers.many_classes()
    gain = {
        "depth": dossier.verdict.twin.gain,
        "parameters": Interval(0.002, -0.002, 0.004),
        "unclear": Interval(0.0312, -0.0102, 0.0722),
    }[says]
    twin = replace(dossier.verdict.twin, says=says, gain=gain)
    dossier = replace(dossier, verdict=replace(dossier.verdict, twin=twin))
    _has(dossier, words, "Depth, not parameters: 2 blocks widened")
    card = next(fact for fact in facts(dossier) if fact.label == "Going shallower costs")
    assert card.note.endswith(f"; with one block as large (1,234 units): {value}")


def test_where_the_control_is_the_twin_it_is_said_once() -> None:
    for make, words in (
        (dossiers.settled, "Depth, not parameters. One block as large (184 units"),
        (dossiers.regression, "Parameters rather than depth. One block as large (190 units"),
    ):
        _has(make(), words)
        assert "widened" not in " ".join(details(make()))


def test_of_images_a_block_is_one_of_each_stage() -> None:
    dossier = dossiers.many_classes()
    rival = replace(dossier.verdict.twin.rival, receptive_field=71)
    twin = replace(dossier.verdict.twin, rival=rival)
    dossier = replace(dossier, verdict=replace(dossier.verdict, twin=twin))
    _has(dossier, "One block a stage as large (1,234 channels, as many parameters) loses")


def test_without_a_twin_the_reason_stands() -> None:
    _has(dossiers.unsettled(), "One block as large was not trained: what is left of the allowance")
    old = replace(dossiers.many_classes().verdict, twin=None)
    said = " ".join(details(replace(dossiers.many_classes(), verdict=old)))
    assert "ne block as large" not in said


def test_without_a_control_the_reason_stands() -> None:
    _has(dossiers.no_depth(), "Not tested with a wider net of less depth: the linear model has no")


def test_disagreement_of_families_says_what_it_means() -> None:
    _has(
        dossiers.disagree(),
        "residual network: 4 to 8 blocks (10 to 18 layers with weights)",
        "plain network: 1 to 2 blocks (2 to 3 layers with weights)",
        "do not carry it over",
    )


def test_where_nothing_was_learnt_it_says_how_good_a_net_could_be_and_names_none() -> None:
    for make in (dossiers.nothing_learnt, dossiers.guessing_nets, dossiers.no_models):
        dossier = make()
        _has(
            dossier,
            "that no net tried is better than guessing by more than 1.5 points",
            "not proved",
            "about 51,000 rows to compare on (now 7,326) would show it",
        )
        told = " ".join((headline(dossier), *details(dossier)))
        assert "enough" not in told
        assert "predict" not in " ".join(command for command, _ in next_steps(dossier))
    _has(dossiers.nothing_learnt(), "points against always guessing the most frequent class")
    _has(
        dossiers.guessing_nets(),
        "is better than always guessing the most frequent class, 95 % confident",
    )


def test_a_large_gain_that_few_rows_cannot_show_is_not_called_nothing() -> None:
    dossier = dossiers.nothing_learnt()
    first, *rest = dossier.verdict.cells
    seems = replace(first, over_guess=dossiers.around(0.12, 0.15))
    dossier = replace(dossier, verdict=replace(dossier.verdict, cells=(seems, *rest)))
    said = headline(dossier)
    assert said.startswith(
        "Use none of these models yet: there are too few rows to tell whether anything was learnt."
        " The best net's 88.1 %"
    )
    assert "about 51,000 rows to compare on, instead of 7,326, would tell" in said


def test_a_rival_is_said_to_beat_the_net_named_and_the_best_one() -> None:
    _has(
        dossiers.best_beaten(),
        "is better than the residual network with 2 blocks (6 layers with weights) and the best "
        "net, the residual network with 8 blocks",
    )


def test_nets_are_counted_without_guessing() -> None:
    dossier = dossiers.settled()
    _has(dossier, f"that holds for all {dossier.plan.k - 1} nets that may be tried")


def test_what_would_settle_it_and_what_limits_it() -> None:
    _has(dossiers.undetermined(), "34 seeds a depth", "31,000 rows", "now 7,326")
    _has(
        dossiers.budget(),
        "after 2 of 5 planned comparisons",
        "the residual network with 16 blocks (67 %)",
        "12,000 of 29,305 training rows",
        "`--rows all`",
    )


# ---- what next ----------------------------------------------------------------------------------
FIRST = {
    "settled": "howdeep predict adult.study new.csv",
    "boosted": "boosting(n=212)",
    "undetermined": "howdeep run adult.csv --target income --seed 0 --max-seeds 34 "
    "--out adult-2.study",
    "extend": "howdeep run adult.csv --target income --seed 0 --depths 0,1,2,4,8,16,32,64 "
    "--out adult-2.study",
    "unreliable": "howdeep run adult.csv --target income --seed 0 --family preln "
    "--out adult-2.study",
    "nothing_learnt": "howdeep report adult.study",
    "guessing_nets": "boosting(n=212)",
    "budget": "howdeep resume adult.study",
}


@pytest.mark.parametrize("name", FIRST)
def test_the_next_command_is_exact(name: str) -> None:
    assert next_steps(dossiers.ALL[name]())[0][0] == FIRST[name]


def test_new_studies_replace_options_and_keep_quoting() -> None:
    command = "howdeep run 'my data.csv' --depths 0,1 --out 'my data.study'"
    dossier = replace(dossiers.extend(), command=command, study="my data.study")
    assert next_steps(dossier)[0][0] == (
        "howdeep run 'my data.csv' --depths 0,1,2,4,8,16,32,64 --out 'my data-2.study'"
    )
    assert ("howdeep report 'my data.study'") in dict(next_steps(dossier))


# ---- numbers and names --------------------------------------------------------------------------
@pytest.mark.parametrize("metric", metrics.names())
def test_a_better_score_looks_better(metric: str) -> None:
    found = unit(metric)  # type: ignore[arg-type]
    worse, better = found.shown(-0.4), found.shown(-0.1)
    assert (better > worse) == (found.better == "higher")


def test_one_point_is_singular_and_minus_signs_are_true() -> None:
    assert unit("accuracy").difference(0.01) == "1 point"
    assert unit("accuracy").number(-0.005) == "−0.5"
    assert unit("accuracy").number(-0.000001) == "0"
    assert unit("mse").score(-1.0) == "0.000"


@pytest.mark.parametrize(
    "char",
    [
        "\x1b",
        "\x00",
        "\n",
        "\r",
        "\t",
        "\x7f",
        "\x9b",
        "\u202e",
        "\u2066",
        "\u200b",
        "\ufeff",
        "\ud800",
        "\u2028",
    ],
)
def test_characters_that_act_are_shown_not_obeyed(char: str) -> None:
    shown = clean(f"a{char}b")
    assert char not in shown
    assert shown == f"a\\u{{{ord(char):x}}}b"


def test_long_names_are_cut_in_the_middle() -> None:
    shown = clean("a" * 5_000 + "z" * 5_000)
    assert len(shown) == 40
    assert shown.startswith("aaa")
    assert shown.endswith("zzz")


# ---- what a plan says of its models and nets ----------------------------------------------------
def test_a_model_is_called_what_its_trainer_calls_it() -> None:
    plan = fabricate.make_plan()
    own = replace(plan.rivals[0], name="mine", label="my \x1bmodel")
    assert rival_name(replace(plan, rivals=(own,)), "mine") == "my \\u{1b}model"
    assert rival_name(plan, "boosting") == "gradient boosting"  # of a plan that does not say it
    with pytest.raises(KeyError):  # which no name that is unknown is taken for
        rival_name(plan, "mine")


def test_a_kind_of_net_is_told_as_its_family_tells_it() -> None:
    plan = fabricate.make_plan()
    ladder = replace(plan.ladders[0], family="mine", gloss="nets of mine", zero_gloss="none")
    told = replace(plan, ladders=(ladder,))
    assert (gloss(told, "mine"), gloss(told, ladder.zero)) == ("nets of mine", "none")
    assert gloss(plan, "resmlp").startswith("residual blocks")
    assert gloss(plan, "mine") == ""


@pytest.mark.parametrize(
    ("layers", "called"),
    [
        (1, "linear"),
        (2, "shallow"),
        (3, "between shallow and deep"),
        (4, "deep"),
        (34, "deep"),
    ],
)
def test_the_first_card_says_what_textbooks_call_such_a_net(layers: int, called: str) -> None:
    dossier = dossiers.settled()
    enough = dossier.verdict.enough
    assert enough is not None
    verdict = replace(dossier.verdict, enough=replace(enough, weight_layers=layers))
    card = facts(replace(dossier, verdict=verdict))[0]
    assert card.note.endswith(f"; {called}, as textbooks count")
