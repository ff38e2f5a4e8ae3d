"""The entrance: families, encodings, envelopes, and content that no reader takes."""

import codecs
import json

import pytest

from workers.ingest.profiles import Profile, Profiles
from workers.ingest.reading import Reading
from workers.ingest.registry import BYTES_MAX, READERS, read

HEADED = "urn:iso:std:iso:20022:tech:xsd:head.001.001.02"


def code_of(data: bytes) -> str:
    (reading,) = read(data)
    assert reading.outcome == "parked"
    assert reading.reason is not None
    assert "fault of the program" not in reading.reason.text
    return reading.reason.code


NOT_MESSAGES = {
    "nothing": b"",
    "white space": b" \r\n\t",
    "a byte order mark alone": codecs.BOM_UTF8,
    "zeros": bytes(100),
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
    "a sentence": b"Dear Sirs, your shares have settled.",
    "a table": b"account,quantity\nSK-1,100\n",
    "a JSON number": b"100",
    "an empty JSON list": b"[]",
    "an event that is an empty list": b"data: []\n\n",
    "an event that is a number": b"data: 7\n\n",
    "events without data": b":heartbeat\n\nevent: heartbeat\nid: 1\n\n",
}


@pytest.mark.parametrize("case", NOT_MESSAGES)
def test_is_not_a_message(case: str) -> None:
    assert code_of(NOT_MESSAGES[case]) == "not_a_message"


MALFORMED = {
    "a lone bracket": b"<",
    "an element that does not end": b"<Document>",
    "text after the document": b"<Document/>text",
    "text before the document": b"<?xml version='1.0'?>text<Document/>",
    "the end of the wrapper that we parse in": b"<a/></file><file><b/>",
    "an XML version that does not exist": b"<?xml version='2.0'?><Document/>",
    "an encoding that does not exist": b"<?xml version='1.0' encoding='X-NONE'?><Document/>",
    "an encoding that hides markup": b"<?xml version='1.0' encoding='UTF-7'?><Document/>",
    "a declared UTF-16 of single bytes": b"<?xml version='1.0' encoding='UTF-16'?><Document/>",
    "a byte order mark that the declaration contradicts": (
        codecs.BOM_UTF8 + b"<?xml version='1.0' encoding='ISO-8859-1'?><Document/>"
    ),
    "UTF-16 that declares UTF-8": (
        codecs.BOM_UTF16_BE + "<?xml version='1.0' encoding='UTF-8'?><Document/>".encode("utf-16-be")
    ),
    "UTF-16 without a byte order mark": "<Document/>".encode("utf-16-le"),
    "half a character of UTF-16": codecs.BOM_UTF16_LE + "<Document/>".encode("utf-16-le")[:-1],
    "bytes that are not UTF-8": b"<Document>\xe9</Document>",
    "bytes that are not ASCII, as declared": "<?xml version='1.0' encoding='US-ASCII'?><a>é</a>".encode(),
    "two declarations that differ": (
        b"<?xml version='1.0'?><a/><?xml version='1.0' encoding='ISO-8859-1'?><b/>"
    ),
    "a declaration inside an element": b"<?xml version='1.0'?><a><?xml version='1.0'?></a>",
    "a prefix without a namespace": b"<x:Document/>",
    "a control character": b"<Document>&#1;</Document>",
    "an entity": b"<Document>&nbsp;</Document>",
    "an open brace": b"{",
    "JSON with a comma too many": b'[{"a": 1},]',
    "JSON that is not a number": b'{"a": NaN}',
    "a number of five thousand digits": b'{"a": ' + b"9" * 5000 + b"}",
    "an exponent beyond reason": b'{"a": 1e9999999999999999999999}',
    "JSON that is not UTF-8": b'{"a": "\xff"}',
    "an event that is not JSON": b"data: {\n\n",
    "an event that is not UTF-8": b"data: \xff\n\n",
    "a line that is none of an event": b'id: 1\n{"activity_type": "FILL"}\n\n',
}


@pytest.mark.parametrize("case", MALFORMED)
def test_is_malformed(case: str) -> None:
    assert code_of(MALFORMED[case]) == "malformed"


UNKNOWN = {
    "FIN": (b"{1:F01AAAAUS33AXXX0000000000}{2:O5361200260304BBBBGB2LXXXX00000000002603041200N}{4:", "MT536"),
    "FIN without a type": (b"{1:F01AAAAUS33AXXX0000000000}{4:\n-}", None),
    "FIX": (b"8=FIX.4.4\x019=10\x0135=8\x0110=000\x01", "fix"),
    "Flex": (b"<FlexQueryResponse><FlexStatements/></FlexQueryResponse>", "ibkr.flex"),
    "a web page": (b"<html><body>login</body></html>", None),
    "a confirmation without its document": (b"<SctiesSttlmTxConf/>", None),
    "an Alpaca activity of options": (b'{"activity_type": "OPEXC"}', "alpaca.activity"),
    "an event of another stream": (b'data: {"transfer_id": "1"}\n\n', None),
    "a JSON object": (b'{"quantity": 100.5}', None),
    "a JSON object in UTF-16": (codecs.BOM_UTF16_LE + '{"a": 1}'.encode("utf-16-le"), None),
}


@pytest.mark.parametrize("case", UNKNOWN)
def test_is_a_type_that_nobody_reads(case: str) -> None:
    data, dialect = UNKNOWN[case]
    assert code_of(data) == "unknown_message_type"
    assert read(data)[0].dialect == dialect


def test_a_file_beyond_the_limit_is_too_large() -> None:
    assert code_of(b"<" + bytes(BYTES_MAX)) == "too_large"


def test_a_repeated_key_is_ambiguous() -> None:
    assert code_of(b'{"qty": "1", "qty": "2"}') == "ambiguous"


def test_json_lines_are_read_one_by_one() -> None:
    readings = read(b'{"activity_type": "FILL"}\n\n{"broken": \n7\n{"journal_id": "1"}\n')
    assert [
        (one.dialect, one.reason and one.reason.code, one.reason and one.reason.where) for one in readings
    ] == [
        ("alpaca.activity", "trade_report", "activity_type"),
        (None, "malformed", "line 3"),
        (None, "not_a_message", "line 4"),
        ("alpaca.journal", "missing_field", "entry_type"),
    ]


def test_a_list_is_read_item_by_item() -> None:
    readings = read(json.dumps([{"activity_type": "DIV"}, 7, {"journal_id": "1"}], indent=1).encode())
    assert [one.dialect for one in readings] == ["alpaca.activity", None, "alpaca.journal"]


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-1", "windows-1252", "us-ascii"])
def test_every_encoding_that_is_declared_rightly_reads_the_same(codec: str, plain: str) -> None:
    declared = {"utf-8-sig": "UTF-8"}.get(codec, codec)
    data = plain.replace('encoding="UTF-8"', f'encoding="{declared}"').encode(codec)
    assert read(data) == read(plain.encode())


def test_an_undeclared_message_is_utf8(plain: str) -> None:
    bare = plain.split("?>\n", 1)[1].replace("SK-900123", "Dépôt")
    (reading,) = read(b"\r\n " + bare.encode())
    assert reading.confirmation is not None
    assert reading.confirmation.account == "Dépôt"


def test_a_second_document_takes_no_header_from_the_first(plain: str) -> None:
    document = plain[plain.index("  <Document") : plain.index("</BizMsg>")]
    readings = read(plain.replace("</BizMsg>", document + "</BizMsg>").encode())
    assert [one.confirmation and one.confirmation.message_id for one in readings] == ["CNF-0001", None]


def test_a_document_beside_a_header_without_one_is_doubtful(plain: str) -> None:
    lonely = f'<AppHdr xmlns="{HEADED}"><BizMsgIdr>LOST</BizMsgIdr></AppHdr>'
    readings = read(plain.replace("<BizMsg>", f"<BizMsg>{lonely}").encode())
    assert [one.outcome for one in readings] == ["parked", "confirmation"]


def test_a_sender_as_bic_goes_before_the_profile(plain: str) -> None:
    profiles = Profiles((Profile(name="northern", accounts=("SK-900123",)),))
    (with_header,) = read(plain.encode(), profiles=profiles)
    bare = plain[plain.index("  <Document") : plain.index("</BizMsg>")]
    (without_header,) = read(bare.encode(), profiles=profiles)
    assert servicer(with_header) == "NORTUS33"
    assert servicer(without_header) == "northern"
    assert servicer(read(bare.encode())[0]) is None


def test_an_account_of_two_profiles_is_refused() -> None:
    with pytest.raises(ValueError, match="SK-1"):
        Profiles((Profile(name="a", accounts=("SK-1",)), Profile(name="b", accounts=("SK-2", "SK-1"))))


def test_every_reading_names_its_reader(plain: str) -> None:
    for data in (plain.encode(), b"", b'{"a": 1}'):
        for reading in read(data):
            assert READERS[reading.reader] == reading.reader_version
            assert int(reading.reader_version) >= 1


def servicer(reading: Reading) -> str | None:
    assert reading.confirmation is not None
    return reading.confirmation.servicer
