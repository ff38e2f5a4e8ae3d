from tests.docs.one_confirmation import PAGE, page


def test_the_page_shows_what_the_program_does_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs writes docs/one-confirmation.md anew"


def test_the_prose_speaks_of_the_units_that_the_run_minted() -> None:
    assert page().count("97.32437767") >= 5
