"""Open texts lose what tells who or where somebody is, and nothing else."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bedoeling_nb.privacy.screen import GAP, Screen

PEOPLE = ["Fatma van der Koç", "Roos de Wit", "Mees Jansen", "Jan-Willem Kok", "Yusuf Aydın", "Zoë Bloem", "Bo Vos"]
PLACES = ["Wekerom", "De Kas", "Wonen De Akker", "Het Atelier", "'s Heeren Loo", "Best"]
screen = Screen(PEOPLE, PLACES)


def kinds(text: str) -> list[str]:
    return [one.kind for one in screen(text).found]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phone", "0612345678"),
        ("phone", "06-12345678"),
        ("phone", "06 12 34 56 78"),
        ("phone", "+31 6 1234 5678"),
        ("phone", "+31 (0)6 12345678"),
        ("phone", "0031612345678"),
        ("phone", "(0318) 12 34 56"),
        ("phone", "0318-123456"),
        ("phone", "020 / 123 45 67"),
        ("phone", "0800-1234"),
        ("phone", "+49 30 1234567"),
        ("email", "fatma.koc+werk@voorbeeld-zorg.nl"),
        ("email", "fatma (at) voorbeeld.nl"),
        ("link", "https://voorbeeld.nl/pad?naam=fatma"),
        ("link", "www.voorbeeld.nl/wie"),
        ("link", "mijn-blog.voorbeeld.com"),
        ("account", "@fatma_k"),
        ("bsn", "123456782"),
        ("bsn", "123.456.782"),
        ("bsn", "1234.56.782"),
        ("bsn", "BSN: 12345678"),
        ("iban", "NL91 ABNA 0417 1643 00"),
        ("iban", "nl91abna0417164300"),
        ("iban", "DE89 3704 0044 0532 0130 00"),
        ("date", "3-4-1962"),
        ("date", "03/04/62"),
        ("date", "1962-04-03"),
        ("date", "3 april 1962"),
        ("date", "12 mrt. 1970"),
        ("date", "geboren op 3 april"),
        ("date", "geboren in 1962"),
        ("address", "6733 AB 12"),
        ("address", "6733AB"),
        ("address", "6733ab 12a"),
        ("address", "Dorpsstraat 12a"),
    ],
)
def test_what_has_a_fixed_form_goes(kind: str, text: str) -> None:
    result = screen(f"Vraag het via {text}, dat mag.")
    assert result.text == f"Vraag het via {GAP}, dat mag."
    assert [(one.kind, one.text) for one in result.found] == [(kind, text)]


@pytest.mark.parametrize(
    "text",
    [
        "In 2026 en 2027 gaan we door met 12 mensen.",
        "Om 10.30 uur, 3-4 keer per week, 1.500 euro, 100% inzet, 24/7.",
        "Op 3 april eten we samen. Versie 1.2.3 werkt.",
        "Het was fijn.Daarna gingen we naar huis.",
        "Afdeling 4, kamer 12, bladzijde 1234, dossier 12345.",
        "Wij kennen de wensen van onze cliënten en doen er iets mee.",
        "De weg 3 keer vragen is geen straf.",
        "Het kostte 1 234 567 euro, en 98,6 graden is koorts.",
    ],
)
def test_an_ordinary_sentence_stays_as_it_is(text: str) -> None:
    assert (screen(text).text, screen(text).found) == (text, ())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Ik vroeg Fatma om raad.", "Ik vroeg […] om raad."),
        ("ik vroeg fatma van der koc om raad", "ik vroeg […] om raad"),
        ("IK VROEG FATMA OM RAAD", "IK VROEG […] OM RAAD"),
        ("Fatma's idee en Yusufs plan", "[…]'s idee en […] plan"),
        ("Mevrouw Koç en meneer Aydin", "Mevrouw […] en meneer […]"),
        ("Jan-Willem Kok hielp.", "[…] hielp."),
        ("Zoe\u0308 en zoe en ZOË", "[…] en […] en […]"),
        ("Fat\u00adma hielp mij", "[…] hielp mij"),
        ("Fatmagul is iemand anders", "Fatmagul is iemand anders"),
        ("Fatmaatje en Jantje en jans fiets", "Fatmaatje en […] en […] fiets"),
    ],
)
def test_a_known_name_goes_however_it_is_written(text: str, expected: str) -> None:
    assert screen(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Er stond een roos op tafel, een witte bloem.", "Er stond een roos op tafel, een witte bloem."),
        ("Ik werk graag met Roos en met Mees.", "Ik werk graag met […] en met […]."),
        ("Roos de Wit vertelde het.", "[…] vertelde het."),
        ("Rozen. Roos en wit staan mooi.", "Rozen. Roos en wit staan mooi."),
        ("Ik bo niet, maar Ik zag Bo lopen.", "Ik bo niet, maar Ik zag […] lopen."),
        ("de kok van het huis", "de kok van het huis"),
        ("ALLES IS WIT EN DE ROOS OOK", "ALLES IS WIT EN DE ROOS OOK"),
    ],
)
def test_a_common_word_is_a_name_only_with_a_capital_inside_a_sentence(text: str, expected: str) -> None:
    assert screen(text).text == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("In wekerom is het fijn.", "In […] is het fijn."),
        ("Bij wonen de Akker is het fijn.", "Bij […] is het fijn."),
        ("We werken in De Kas en in de kas.", "We werken in […] en in de kas."),
        ("In het Atelier, niet in het atelier.", "In […], niet in het atelier."),
        ("Dat is het best. Wij wonen in Best.", "Dat is het best. Wij wonen in […]."),
        ("Bij 's Heeren Loo, en wonen is fijn.", "Bij '[…], en wonen is fijn."),
    ],
)
def test_a_place_goes_by_its_whole_name(text: str, expected: str) -> None:
    assert screen(text).text == expected


def test_particles_are_no_names() -> None:
    assert screen("van der een de het in op wie dan ook").found == ()


def test_several_finds_are_told_in_order() -> None:
    result = screen("Bel Fatma op 0612345678 of mail fatma@voorbeeld.nl.")
    assert result.text == "Bel […] op […] of mail […]."
    assert [one.kind for one in result.found] == ["name", "phone", "email"]


def test_without_names_only_forms_are_found() -> None:
    assert Screen()("Fatma: 0612345678").text == f"Fatma: {GAP}"


@given(st.text(max_size=300), st.sampled_from(["Fatma", "06-12345678", "fatma@voorbeeld.nl", "NL91ABNA0417164300"]))
def test_a_find_does_not_depend_on_what_stands_around_it(text: str, find: str) -> None:
    assert find not in screen(f"{text} {find} {text}").text


pieces = st.sampled_from(["06", "12345678", "@", ".nl", "Jan", "Roos", "van", " ", " ", "-", "6733AB", "a", "1", ". "])


@given(st.text(max_size=300) | st.lists(pieces, max_size=60).map("".join))
def test_what_was_found_fits_in_the_gaps_and_the_rest_is_as_it_was(text: str) -> None:
    plain = unicodedata.normalize("NFC", "".join(letter for letter in text.replace(GAP, "") if letter.isprintable()))
    result = screen(plain)
    between = result.text.split(GAP)
    told = [*(one.text for one in result.found), ""]
    assert "".join(part + found for part, found in zip(between, told, strict=True)) == plain
