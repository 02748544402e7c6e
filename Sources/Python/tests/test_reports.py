import gc

import pytest
from conftest import BASE, FULL, MASKED, PROMPTS

import leibniz


def rows(table):
    return table if isinstance(table, list) else table.to_dict("records")


def test_tables_hold_the_rows_of_the_json(analysis):
    first, row = analysis.data["blocks"][0], rows(analysis.blocks)[0]
    assert row["layer"] == first["layer"] and row["query"] == first["query"]
    assert row["terms.dKtQ.share"] == first["terms"]["dKtQ"]["share"]
    assert len(analysis.writers) == len(analysis.data["writers"]["reads"]) > 0
    assert len(analysis.attention) == len(analysis.data["attention"])
    assert len(analysis.mass) > 0 and len(analysis.summary) > 0 and len(analysis.stream) > 0
    assert analysis.loss["base"] == analysis.data["loss"]["base"]
    assert "stream" in dir(analysis)


def test_tables_are_frames_where_pandas_is(analysis):
    pandas = pytest.importorskip("pandas")
    assert isinstance(analysis.attention, pandas.DataFrame)
    assert analysis.attention["divergence"].max() > 0


def test_what_was_not_asked_for_is_said_to_be_missing(both):
    with pytest.raises(AttributeError, match="has no writers. It was asked for parts='attention, mass'"):
        both["full"].writers  # noqa: B018
    assert not hasattr(both["full"], "nonsense")


def test_the_answer_is_the_reports(analysis):
    text = (analysis.folder / "report.md").read_text()
    assert analysis.answer in text and analysis.answer.startswith("**39 % of all attention")
    assert "## Figures" not in analysis.answer
    html = analysis._repr_html_()
    assert html.startswith('<section id="answer"') and "KᵀdQ" in html and "<button" not in html
    assert "srcdoc" in analysis.page()._repr_html_()


def test_several_adapters_make_a_set_with_a_comparison(both):
    assert list(both) == ["full", "full-masked"]
    assert "side by side" not in both.comparison.answer and "full-masked" in both.comparison.answer
    assert both.page().path.name == "compare.html" and both.page().answer
    again = leibniz.compare(both["full"], both["full-masked"])
    assert again.data["blocks"] == both.comparison.data["blocks"]


def test_interventions_take_options_by_their_names(both):
    ablation = leibniz.ablate(BASE, FULL, PROMPTS, drop=["dKtQ", "KtdQ"], from_="after", to="before", no_overview=True)
    knockouts = rows(ablation.knockouts)
    assert [knockout["drop"] for knockout in knockouts] == [["dKtQ"], ["KtdQ"]]
    assert all(knockout["key"] == "before" for knockout in knockouts)
    assert "benefit lost" in ablation.answer and ablation._repr_html_() is None
    with pytest.raises(leibniz.LeibnizError, match="no page"):
        ablation.page()


def test_weights_need_no_prompts():
    weights = leibniz.weights(BASE, FULL)
    assert len(weights.forms) == 64 and "QK form" in weights.answer


def test_a_report_stays_as_long_as_somebody_holds_part_of_it():
    page = leibniz.analyze(BASE, MASKED, PROMPTS).page()
    one = leibniz.analyze(BASE, [FULL, MASKED], PROMPTS)["full"]
    gc.collect()
    assert page.answer and one.answer
    folder = one.folder
    del one
    gc.collect()
    assert not folder.exists()


def test_a_report_is_kept_where_it_is_to_be(tmp_path, analysis):
    kept = leibniz.analyze(BASE, FULL, PROMPTS, output=tmp_path / "report")
    assert leibniz.load(tmp_path / "report").data == kept.data
    assert leibniz.load(analysis.save(tmp_path / "copy")).answer == analysis.answer
    with pytest.raises(leibniz.InputError, match="holds no report"):
        leibniz.load(tmp_path)
