from tests.docs.invariants import PAGE, TESTS, missing_tests, page, sentences
from tests.mutants.plants import MUTANTS
from workers.core.invariants import PREDICATES


def test_the_page_names_what_the_code_has_today() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "make docs writes docs/invariants.md anew"


def test_every_invariant_is_stated_has_tests_and_its_tests_exist() -> None:
    assert sentences().keys() >= PREDICATES.keys()
    assert TESTS.keys() == sentences().keys()
    assert missing_tests() == []


def test_every_mutant_is_caught_by_an_invariant_that_is_stated() -> None:
    named = {number for mutant in MUTANTS for number in mutant.caught_by}
    assert named - {"RULE", "STUCK"} <= sentences().keys()
