"""The city's signature on a packet: independent programs agree, and a change is found."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import msgspec
import pytest
from asn1crypto.pem import unarmor
from asn1crypto.x509 import Certificate
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation import validate_pdf_signature
from pyhanko_certvalidator import ValidationContext

from archiver.config import Seals, Signing
from archiver.errors import HomeError, SourceError
from archiver.production.proof.signing import sign_packet
from archiver.production.verify import verify_packet
from tests.production.conftest import found_city
from tests.production.proof.signer import DAY, NOW, PASSPHRASE, make_certificates


@pytest.fixture(scope="module")
def certificates(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("certificates")
    make_certificates(folder)
    return folder


@pytest.fixture
def pdf(made, tmp_path) -> Path:
    return Path(shutil.copy(made.folder / "packet.pdf", tmp_path))


@pytest.fixture
def signing(made, certificates, monkeypatch):
    """Settings of a city that signs, with the authority of the sealed volume."""
    monkeypatch.setenv("CITY_PASSPHRASE", PASSPHRASE.decode())

    def settings(certificate: str = "city.p12", **more):
        named = str(certificates / certificate)
        return msgspec.structs.replace(
            made.home.settings(),
            signing=Signing(certificate=named, **{"passphrase": "env:CITY_PASSPHRASE", **more}),
        )

    return settings


def state_of(path: Path, certificates: Path, made):
    roots = [
        Certificate.load(unarmor(root.read_bytes())[2])
        for root in (certificates / "root.pem", made.authority.root)
    ]
    trusting = [
        ValidationContext(trust_roots=roots, allow_fetching=False, moment=None) for _ in range(2)
    ]
    with path.open("rb") as file:
        (signature,) = PdfFileReader(file).embedded_signatures
        return validate_pdf_signature(signature, trusting[0], ts_validation_context=trusting[1])


def test_pdfsig_and_pyhanko_find_the_signature_valid_and_dated(
    pdf, signing, certificates, made
) -> None:
    assert sign_packet(pdf, signing())
    said = subprocess.run(["pdfsig", "-nocert", str(pdf)], capture_output=True, text=True).stdout
    assert "Signature is Valid." in said and "Total document signed" in said
    assert "City of Alder Glen" in said
    state = state_of(pdf, certificates, made)
    assert state.intact and state.valid and state.timestamp_validity.valid


def test_a_flipped_byte_of_a_signed_packet_is_found(pdf, signing) -> None:
    sign_packet(
        pdf, signing("city.pem", key="city.key"), base=Path(signing().signing.certificate).parent
    )
    data = bytearray(pdf.read_bytes())
    data[data.index(b"stream") + 40] ^= 1
    pdf.write_bytes(data)
    said = subprocess.run(["pdfsig", "-nocert", str(pdf)], capture_output=True, text=True).stdout
    assert "Signature is Valid." not in said


def test_a_signed_packet_is_still_accessible_and_archival(pdf, signing, failures) -> None:
    sign_packet(pdf, signing())
    assert failures(pdf, "ua1") == {}
    assert failures(pdf, "3a") == {}


def test_a_city_that_signs_produces_a_signed_packet_that_verifies(tmp_path, signing) -> None:
    from archiver.operations.home import settings_text

    city = found_city(tmp_path / "city")
    try:
        settings = msgspec.structs.replace(
            city.home.settings(), signing=signing(time_stamp=False).signing
        )
        city.home.settings_file.write_text(settings_text(settings), "utf-8")
        number = city.ask()
        city.release(number, *city.collect(number, city.store("1")))
        made = city.produce(number).folder
    finally:
        city.close()
    assert b"/ETSI.CAdES.detached" in (made / "packet.pdf").read_bytes()
    (check,) = verify_packet(made)
    assert check.ok and check.proven is not None
    assert not list(made.glob("*.signed"))


def test_without_a_certificate_nothing_is_signed(pdf, made) -> None:
    before = pdf.read_bytes()
    assert not sign_packet(pdf, made.home.settings())
    assert pdf.read_bytes() == before


def test_what_cannot_sign_is_said_in_one_line_and_no_secret_with_it(
    pdf, signing, certificates, tmp_path, monkeypatch
) -> None:
    before = pdf.read_bytes()
    old = tmp_path / "old"
    old.mkdir()
    make_certificates(old, ends=NOW - 2 * DAY)
    other = tmp_path / "other"
    other.mkdir()
    make_certificates(other)
    monkeypatch.setenv("WRONG", "another pass phrase")
    for settings, told in (
        (signing("missing.p12"), "cannot read"),
        (signing(passphrase="env:WRONG"), "no certificate with its key"),
        (signing(passphrase="env:NOWHERE"), "not set"),
        (signing("root.pem"), "no certificate with its key"),
        (signing(str(old / "city.p12")), "not valid today"),
        (signing("city.pem", key=str(other / "city.key")), "not the certificate's"),
    ):
        with pytest.raises(HomeError, match=told) as refused:
            sign_packet(pdf, settings)
        assert "\n" not in str(refused.value) and "pass phrase" not in str(refused.value)
    assert pdf.read_bytes() == before


def test_the_doctor_says_whether_packets_can_be_signed(made, signing) -> None:
    from archiver.operations.doctor import examine
    from archiver.operations.home import settings_text

    before = made.home.settings_file.read_text("utf-8")
    try:
        for certificate, state in (("city.p12", "ok"), ("missing.p12", "problem")):
            made.home.settings_file.write_text(settings_text(signing(certificate)), "utf-8")
            (check,) = [one for one in examine(made.home) if one.name == "signature of packets"]
            assert check.state == state
    finally:
        made.home.settings_file.write_text(before, "utf-8")


def test_an_authority_that_does_not_answer_leaves_the_packet_as_it_was(pdf, signing, made) -> None:
    before = pdf.read_bytes()
    nowhere = Seals("http://127.0.0.1:9/tsr")
    with pytest.raises(SourceError, match="nothing was signed"):
        sign_packet(pdf, msgspec.structs.replace(signing(), seals=nowhere))
    assert pdf.read_bytes() == before
    assert [path.name for path in pdf.parent.iterdir()] == ["packet.pdf"]
