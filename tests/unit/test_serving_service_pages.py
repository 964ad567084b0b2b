"""One public service in full says where, what to bring and by which law, in the language asked for or the next one."""

from datetime import date
from pathlib import Path

from recommender.adapters.yaml_catalogue import load_catalogue
from recommender.identifiers import ServiceId
from serving.bodies.service_pages import page_of
from serving.bodies.services import ServicePageOut
from serving.bodies.words import Words

CITY = load_catalogue(Path(__file__).parents[2] / "experiments/city/services", ("en", "zh"))
TODAY = date(2025, 6, 1)


def test_every_service_of_the_city_has_a_page_in_both_languages() -> None:
    for language in ("en", "zh"):
        words = Words(CITY, ("en", "zh"))
        for service in CITY.services:
            page = page_of(CITY, service, words.service(service.service_id, language), language, TODAY)
            ServicePageOut.model_validate(page)
            assert page["channels"]
            assert all(channel["address"] and channel["can"] for channel in page["channels"])
            assert all(condition["words"] and condition["act"] for condition in page["conditions"])


def test_what_an_authority_already_has_is_named_so_that_nobody_is_asked_twice() -> None:
    benefit = CITY.by_id[ServiceId("unemployment_benefit")]
    page = page_of(CITY, benefit, Words(CITY, ("en",)).service(benefit.service_id, "en"), "en", TODAY)
    held = {evidence["id"]: evidence["held_by"] for evidence in page["evidence"]}
    assert held["dismissal_record"] == "social_insurance"
    assert held["bank_account"] is None
    assert page["authority_phone"] == CITY.authorities["social_insurance_fund"].phone
    assert any("unemployment_benefit" in bundle["services"] for bundle in page["bundles"])


def test_a_season_is_told_and_whether_the_service_is_open() -> None:
    seasonal = next(service for service in CITY.services if service.season is not None)
    words = Words(CITY, ("en",)).service(seasonal.service_id, "en")
    months = [page_of(CITY, seasonal, words, "en", date(2025, month, 15)) for month in range(1, 13)]
    assert {page["open_now"] for page in months} == {True, False}
    assert months[0]["season"] is not None
