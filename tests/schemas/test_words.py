"""Amounts, identifiers and moments: what they are, and what only looks like them."""

import random
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from schemas import amounts, identifiers, instants
from schemas.amounts import ONE, NotAnAmount
from schemas.streams import (
    inbox_stream,
    is_book,
    is_ledger,
    ledger_book,
    partition_number,
    partition_of,
    topic_of,
    transactions_book,
)

WHOLE_AMOUNTS = st.integers(0, 10**56 - 1)


def accepted(kind: Any, value: str) -> bool:
    """Whether both libraries accept the text; they must agree."""
    data = msgspec.json.encode(value)
    answers = []
    for decode, refusal in (
        (TypeAdapter(kind).validate_json, ValidationError),
        (msgspec.json.Decoder(kind).decode, msgspec.ValidationError),
    ):
        try:
            answers.append(decode(data) == value)
        except refusal:
            answers.append(False)
    assert answers[0] == answers[1], value
    return answers[0]


# Amounts.


@given(WHOLE_AMOUNTS)
def test_an_amount_comes_back_from_its_text(amount: int) -> None:
    text = amounts.text(amount)
    assert amounts.parse(text) == amount
    assert Fraction(text) == Fraction(amount, ONE)
    assert accepted(amounts.Amount, text)


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            "-1",
            "+1",
            " 1",
            "1 ",
            "1\n",
            "01",
            "00",
            "1.",
            ".5",
            "1.0",
            "1.50",
            "0.0",
            "1e3",
            "1E3",
            "1,5",
        ),
        *(
            "1_000",
            "0x1",
            "NaN",
            "Infinity",
            "٣",
            "\uff11",
            "1.0000000000000000001",
            "9" * 39,
            "1..2",
            "--1",
            "1\x00",
        ),
    ],
)
def test_what_is_no_plain_decimal_is_no_amount(text: str) -> None:
    with pytest.raises(NotAnAmount):
        amounts.parse(text)
    assert not accepted(amounts.Amount, text)


@pytest.mark.parametrize("text", ["0", "1", "0.5", "120.5", "9" * 38 + "." + "9" * 18, "0." + "0" * 17 + "1"])
def test_the_limits_of_an_amount_are_amounts(text: str) -> None:
    assert amounts.text(amounts.parse(text)) == text
    assert accepted(amounts.Amount, text)


def test_more_digits_than_an_event_could_carry_are_an_error_where_they_are_made() -> None:
    assert amounts.text(10**56 - 1).startswith("9" * 38)
    with pytest.raises(NotAnAmount):
        amounts.text(10**56)
    assert amounts.text(-ONE) == "-1"


@given(
    shares=st.integers(0, 10**40), multiplier=st.integers(1, 10**24), decimals=st.integers(0, amounts.PLACES)
)
def test_units_are_the_most_that_the_shares_cover(shares: int, multiplier: int, decimals: int) -> None:
    base = 10 ** (amounts.PLACES - decimals)
    units = amounts.units_of(shares, multiplier, decimals)
    assert units % base == 0
    assert units * multiplier <= shares * ONE < (units + base) * multiplier


@given(count=st.integers(0, 10**40), decimals=st.integers(0, amounts.PLACES))
def test_base_amounts_come_back(count: int, decimals: int) -> None:
    assert amounts.base_amount(amounts.from_base_amount(count, decimals), decimals) == count


@given(units=st.integers(0, 10**30), decimals=st.integers(0, amounts.PLACES - 1))
def test_a_base_amount_is_never_rounded(units: int, decimals: int) -> None:
    if units % 10 ** (amounts.PLACES - decimals):
        with pytest.raises(NotAnAmount):
            amounts.base_amount(units, decimals)
    else:
        assert amounts.from_base_amount(amounts.base_amount(units, decimals), decimals) == units


# Identifiers.

ISINS = ["US0378331005", "US88160R1014", "DE0007164600", "GB0002634946", "XS0971721963"]
CUSIPS = ["037833100", "88160R101", "17275R102", "594918104", "38259P508"]
SEDOLS = ["0263494", "B0WNLY7", "2046251", "B1YW440", "7108899"]
BICS = ["CHASUS33", "CHASUS33XXX", "DEUTDEFF500", "IRVTUS3N"]


@pytest.mark.parametrize(
    ("valid", "examples"),
    [
        (identifiers.isin_valid, ISINS),
        (identifiers.cusip_valid, CUSIPS),
        (identifiers.sedol_valid, SEDOLS),
        (identifiers.bic_valid, BICS),
    ],
)
def test_true_identifiers_are_valid(valid: Any, examples: list[str]) -> None:
    assert [each for each in examples if not valid(each)] == []


@pytest.mark.parametrize(
    ("valid", "examples"),
    [
        (identifiers.isin_valid, ISINS),
        (identifiers.cusip_valid, CUSIPS),
        (identifiers.sedol_valid, SEDOLS),
    ],
)
def test_every_error_in_one_digit_is_found(valid: Any, examples: list[str]) -> None:
    for text in examples:
        for place, digit in enumerate(text):
            for other in "0123456789" if digit.isdigit() else "":
                if other != digit:
                    assert not valid(text[:place] + other + text[place + 1 :]), (text, place, other)


@pytest.mark.parametrize(
    ("valid", "text"),
    [
        *((identifiers.isin_valid, text) for text in ("", "US037833100", "us0378331005", "US0378331005 ")),
        *((identifiers.isin_valid, text) for text in ("US0378331005\n", "0S0378331005", "US037833100\uff15")),
        (identifiers.isin_valid, "ZZ0378331005"),
        *(
            (identifiers.cusip_valid, text)
            for text in ("", "03783310", "0378331000", "03783310O", "037833100\n")
        ),
        *((identifiers.sedol_valid, text) for text in ("", "026349", "A263494", "0263494\n", "B0WNLA7")),
        *((identifiers.bic_valid, text) for text in ("", "CHASUS3", "CHASUS333", "chasus33", "CHAS1S33")),
        *((identifiers.bic_valid, text) for text in ("CHASUS33XX", "CHASUS33XXXX", "CHASUS33\n")),
    ],
)
def test_what_only_looks_like_an_identifier_is_refused(valid: Any, text: str) -> None:
    assert not valid(text)


def test_a_wrong_country_prefix_is_refused_though_its_check_digit_is_right() -> None:
    body = "ZZ000000000"
    fits = [digit for digit in "0123456789" if _luhn(body + digit)]
    assert len(fits) == 1
    assert identifiers.isin_shape(body + fits[0])
    assert not identifiers.isin_valid(body + fits[0])


def _luhn(text: str) -> bool:
    digits = [int(digit) for character in text for digit in str(int(character, 36))]
    doubled = [digit * 2 - 9 * (digit > 4) for digit in digits[-2::-2]]
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0


def test_a_bic_of_the_head_office_is_plain() -> None:
    assert identifiers.bic_plain("CHASUS33XXX") == identifiers.bic_plain("CHASUS33") == "CHASUS33"
    assert identifiers.bic_plain("DEUTDEFF500") == "DEUTDEFF500"


@pytest.mark.parametrize("text", ["a", "A9", "client-1", "a.b_c-d", "0" * 64])
def test_names_are_names(text: str) -> None:
    assert accepted(identifiers.Name, text)


@pytest.mark.parametrize("text", ["", "-a", ".a", "a b", "a\n", "a/b", "ä", "a" * 65, "a\x00", "a:b"])
def test_what_could_mislead_a_path_or_a_person_is_no_name(text: str) -> None:
    assert not accepted(identifiers.Name, text)


@pytest.mark.parametrize("text", ["a" * 64, "A" * 64, "0" * 63, "0" * 65, "g" * 64, "0" * 64 + "\n"])
def test_a_digest_is_64_lower_case_hexadecimal_digits(text: str) -> None:
    assert accepted(identifiers.Digest, text) == (text == "a" * 64)


def test_a_signing_account_names_a_topic_and_has_neither_dot_nor_underscore() -> None:
    for text, is_account in (("sim-1", True), ("sim.1", False), ("sim_1", False), ("-sim", False)):
        assert accepted(identifiers.SigningAccount, text) == is_account


# Moments.


def test_a_date_is_a_day_that_exists() -> None:
    seed = 20261123
    print(f"seed {seed}")
    chance = random.Random(seed)
    years = [
        1,
        4,
        100,
        400,
        1900,
        1970,
        1999,
        2000,
        2023,
        2024,
        2100,
        2400,
        9999,
        *chance.sample(range(1, 9999), 20),
    ]
    for year in years:
        for month in range(14):
            for day in (0, 1, 28, 29, 30, 31, 32):
                text = f"{year:04}-{month:02}-{day:02}"
                try:
                    exists = str(date(year, month, day)) == text
                except ValueError:
                    exists = False
                assert accepted(instants.Date, text) == exists
                moment = f"{text}T23:59:59.999999Z"
                assert accepted(instants.Instant, moment) == (exists and year >= 1970)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23T24:00:00.000000Z",
        "2026-11-23T23:60:00.000000Z",
        "2026-11-23T23:59:60.000000Z",
        "2026-11-23T23:59:59.00000Z",
        "2026-11-23T23:59:59.0000000Z",
        "2026-11-23T23:59:59Z",
        "2026-11-23 23:59:59.000000Z",
        "2026-11-23T23:59:59.000000+00:00",
        "2026-11-23T23:59:59.000000z",
        "2026-11-23T23:59:59.000000Z\n",
        "0000-01-01T00:00:00.000000Z",
        "12026-11-23T00:00:00.000000Z",
    ],
)
def test_what_is_not_exactly_an_instant_is_refused(text: str) -> None:
    assert not accepted(instants.Instant, text)


MOMENTS = st.datetimes(min_value=datetime(1970, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001


@given(MOMENTS, MOMENTS)
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    assert (instants.text(one) < instants.text(other)) == (one < other)
    assert instants.parse(instants.text(one)) == one
    assert accepted(instants.Instant, instants.text(one))


@given(MOMENTS, st.integers(0, 10**12))
def test_adding_seconds_gives_an_instant_whatever_is_added(moment: datetime, seconds: int) -> None:
    sum_ = instants.plus(instants.text(moment), seconds)
    assert accepted(instants.Instant, sum_)
    if sum_ != instants.LAST:
        assert instants.parse(sum_) - moment == timedelta(seconds=seconds)
        assert instants.seconds_between(instants.text(moment), sum_) == seconds


@given(st.integers(0, 4_000_000_000))
def test_a_blocks_timestamp_comes_back(seconds: int) -> None:
    assert instants.epoch_seconds(instants.from_epoch_seconds(seconds)) == seconds


@given(MOMENTS)
def test_the_whole_second_is_the_last_one_that_began(moment: datetime) -> None:
    whole = instants.whole_second(instants.text(moment))
    assert instants.parse(whole) == moment.replace(microsecond=0)


# Streams.


@given(st.integers(0, 1023))
def test_streams_know_their_partition_and_topic(partition: int) -> None:
    assert partition_number(ledger_book(partition)) == partition
    stream = inbox_stream("inbox.custody", partition)
    assert (topic_of(stream), partition_number(stream)) == ("inbox.custody", partition)
    assert is_ledger(ledger_book(partition))
    assert is_book(transactions_book("sim-1"))
    assert not is_book(stream)


@given(st.text(), st.integers(1, 1024))
def test_every_key_has_one_partition(key: str, partitions: int) -> None:
    assert 0 <= partition_of(key, partitions) < partitions


# What others state.


@given(st.integers(-(10**56) + 1, 10**56 - 1))
def test_an_amount_below_zero_has_a_text_of_its_own(amount: int) -> None:
    assert accepted(amounts.SignedAmount, amounts.text(amount))
    assert accepted(amounts.Amount, amounts.text(amount)) == (amount >= 0)


@pytest.mark.parametrize("text", ["-0", "-0.0", "--1", "+1", "-01", "-1.0", "- 1", "-", "-.5", "1-", "-1\n"])
def test_what_only_looks_like_a_signed_amount_is_refused(text: str) -> None:
    assert not accepted(amounts.SignedAmount, text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-23",
        "2026-11-23T17:45:54",
        "2026-11-23T17:45:54Z",
        "2026-11-23T17:45:54.123456789Z",
        "2026-11-23T17:45:54.5+05:30",
        "2026-11-23T17:45:54-14:00",
    ],
)
def test_a_moment_is_taken_as_it_is_stated(text: str) -> None:
    assert accepted(instants.Stated, text)


@pytest.mark.parametrize(
    "text",
    [
        "2026-02-29",
        "2026-11-23Z",
        "2026-11-23T24:00:00Z",
        "2026-11-23T17:45",
        "2026-11-23T17:45:54.",
        "2026-11-23T17:45:54+14:01",
        "2026-11-23T17:45:54+1:00",
        "2026-11-23 17:45:54Z",
        "2026-11-23T17:45:54z",
        "2026-11-23\n",
    ],
)
def test_what_is_no_moment_is_refused(text: str) -> None:
    assert not accepted(instants.Stated, text)
