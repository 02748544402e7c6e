import pytest
from conftest import BASE, FULL, PERSONAS, PROMPTS

from leibniz import InputError, ablate
from leibniz.testing import assert_expectations, assert_holds, assert_term, check


def test_terms(analysis, both):
    assert_term(both["full-masked"], "dKtQ", quantity="structuralZero", query="after", key="before")
    assert_term(analysis, "KtdQ", quantity="dominantTerm", query="after", key="before", pooled="all")
    assert_term(analysis, "KtdQ", query="after", key="before", pooled="all", at_least=0.5)


def test_what_fails_says_so_as_check_does(analysis):
    with pytest.raises(AssertionError, match="expected structurally zero .* 32 of 32 rows fail. Expected because: the mask"):
        assert_term(analysis, "dKtQ", quantity="structuralZero", query="after", key="before", reason="the mask")


def test_other_quantities(analysis):
    assert_holds(analysis, "closure", at_most=1e-5)
    assert_holds(analysis.folder, "stream", region="after", at_most=2)
    ablation = ablate(BASE, FULL, PROMPTS, drop="scores")
    assert_holds(ablation, "benefitLost", knockout="scores", at_least=0.3)


def test_files(analysis):
    assert_expectations(analysis, expect=PERSONAS / "expectations.yaml")
    assert check(analysis, expect=PERSONAS / "expectations.yaml")["passed"]


def test_a_wrong_expectation_is_no_failed_one(analysis):
    with pytest.raises(InputError, match="did you mean atMost"):
        assert_holds(analysis, "closure", at_mots=1)
