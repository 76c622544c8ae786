"""An organisation from CSV files: it comes in whole, follows what changed, and is refused with all that is wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from bedoeling_nb.community import Person, Unit
from bedoeling_nb.errors import BadRequest, NotFound
from bedoeling_nb.exchange.organisation import Brought, Counts, bring_in
from bedoeling_nb.store import Store, units

LEVELS = "organisation, region, location, cluster, team"
UNITS = "id,parent,level,name\ndorp-01,dorp,team,De Beuk\ndorp,huis,location,Dorp\nhuis,,organisation,Ons Huis\n"
PEOPLE = "id,unit,role,name\np1,dorp-01,professional,Anna de Vries\np2,dorp,Manager,Bo Smit\n"


def bring(store: Store, folder: Path, units: str | bytes, people: str | None = None) -> Brought:
    (folder / "units.csv").write_bytes(units if isinstance(units, bytes) else units.encode())
    if people is not None:
        (folder / "people.csv").write_text(people)
    return bring_in(store, folder / "units.csv", folder / "people.csv" if people is not None else None)


def refused(store: Store, folder: Path, units: str, people: str | None = None) -> list[str]:
    """All that is told, in English, of files that are refused."""
    with pytest.raises(BadRequest) as error:
        bring(store, folder, units, people)
    assert error.value.message("nl") != error.value.message("en")
    return [line.strip() for line in error.value.message("en").splitlines()]


def test_it_comes_in_with_rows_in_any_order_and_once(store: Store, tmp_path: Path) -> None:
    assert bring(store, tmp_path, UNITS, PEOPLE) == Brought(Counts(3), Counts(2), ())
    assert units.get(store, "dorp-01") == Unit("dorp-01", "dorp", "team", "De Beuk")
    assert units.people(store, "dorp") == [Person("p2", "dorp", "manager", "Bo Smit")]
    assert bring(store, tmp_path, UNITS, PEOPLE) == Brought(Counts(0, 0, 3), Counts(0, 0, 2), ())


def test_what_changed_follows_and_nobody_is_removed(store: Store, organisation: object, tmp_path: Path) -> None:
    units.add(store, [], [Person("p1", "wekerom-01", "professional", "Anna"), Person("p2", "west", "manager", "Bo")])
    text = "id,parent,level,name\nwekerom-02,west,team,Team 2\nwekerom,oost,location,Wekerom Dorp\nnew,west,team,N\n"
    people = "id,unit,role,name\np1,wekerom-02,professional,Anna\n"
    assert bring(store, tmp_path, text, people) == Brought(Counts(1, 2), Counts(0, 1), ())
    assert [unit.id for unit in units.below(store, "west")] == ["west", "new", "wekerom-02"]
    assert units.get(store, "wekerom").name == "Wekerom Dorp"
    assert units.headcount(store) == {"wekerom-02": 1, "west": 1}


def test_files_as_excel_writes_them_with_columns_that_are_of_no_use(store: Store, tmp_path: Path) -> None:
    text = "Level;ID;Parent;Name;Kostenplaats;\r\norganisation;huis;;Één Huis;7;\r\n;;;;;\r\n"
    for content in (text.encode("utf-8-sig"), text.encode("cp1252")):
        assert bring(store, tmp_path, content).ignored == ("Kostenplaats",)
        assert units.get(store, "huis").name == "Één Huis"


def test_all_that_is_wrong_is_told_at_once_and_nothing_comes_in(store: Store, tmp_path: Path) -> None:
    text = (
        "id,parent,level,name\nhuis,,organisation,Huis\nteam/1,huis,team,T\nt2,nergens,team,T\nt3,huis,ploeg,T\n"
        "t4,huis,team,\nt4,huis,team,T\n,huis,team,T\nt5,,team,T\nt6,t4,location,L\nshort,huis\nt7,t7,team,T\n"
        "a,b,cluster,A\nb,a,location,B\nc,a,team,C\n"
    )
    people = "id,unit,role,name\np1,t4,professional,A\np1,t4,professional,A\np2,elders,baas,B\np3,,manager,\n"
    told = refused(store, tmp_path, text, people)
    assert told[0] == "Nothing was imported. There are 17 problem(s):"
    assert told[1:] == [
        "units.csv: Row 3, column “id”: “team/1” cannot be an id. Allowed: letters without accents, digits, - and _.",
        "units.csv: Row 4, column “parent”: there is no unit “nergens”.",
        f"units.csv: Row 5, column “level”: “ploeg” is not allowed. Allowed: {LEVELS}.",
        "units.csv: Row 6, column “name”: this is empty.",
        "units.csv: Row 7, column “id”: “t4” is also in row 6.",
        "units.csv: Row 8, column “id”: this is empty.",
        "units.csv: Row 9, column “parent”: this is empty. Only an organisation has no unit above it.",
        "units.csv: Row 10, column “level”: a location (“t6”) does not fit below a team (“t4”). "
        f"From the top down: {LEVELS}.",
        "units.csv: Row 11 has 2 cells; the first row has 4.",
        "units.csv: Row 12, column “parent”: “t7” would stand below itself.",
        "units.csv: Row 13, column “parent”: “a” would stand below itself.",
        "units.csv: Row 14, column “parent”: “b” would stand below itself.",
        "people.csv: Row 3, column “id”: “p1” is also in row 2.",
        "people.csv: Row 4, column “role”: “baas” is not allowed. "
        "Allowed: director, manager, facilitator, professional.",
        "people.csv: Row 4, column “unit”: there is no unit “elders”.",
        "people.csv: Row 5, column “unit”: this is empty.",
        "people.csv: Row 5, column “name”: this is empty.",
    ]
    assert units.all_units(store) == []


def test_a_change_may_not_tear_what_stands_below(store: Store, organisation: object, tmp_path: Path) -> None:
    heading = "id,parent,level,name\n"
    [_, circle] = refused(store, tmp_path, heading + "oost,wekerom,region,Oost\n")[:2]
    assert circle == "units.csv: Row 2, column “parent”: “oost” would stand below itself."
    [_, level] = refused(store, tmp_path, heading + "oost,heeren-loo,team,Oost\n")
    assert level.startswith(
        "units.csv: Row 2, column “level”: a location (“wekerom”) does not fit below a team (“oost”)"
    )
    assert units.get(store, "oost") == Unit("oost", "heeren-loo", "region", "Oost")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("id,level,naam\n", "units.csv has no column “parent”, “name”. It needs the columns id, parent, level, name"),
        ("", "does not begin with a row of column names"),
        ("PK\x03\x04rest", "units.csv is a spreadsheet. Save it as CSV"),
        ("id,id\n", "two columns"),
    ],
)
def test_what_is_no_such_file_is_told(store: Store, tmp_path: Path, text: str, says: str) -> None:
    assert says in refused(store, tmp_path, text)[0]
    with pytest.raises(NotFound):
        bring_in(store, tmp_path / "none.csv")


def test_when_people_are_refused_no_unit_comes_in(store: Store, tmp_path: Path) -> None:
    [_, problem] = refused(store, tmp_path, UNITS, PEOPLE.replace("dorp-01", "nergens"))
    assert problem == "people.csv: Row 2, column “unit”: there is no unit “nergens”."
    assert units.all_units(store) == []


def test_the_example_in_the_docs_is_true(store: Store, tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "deploy.md").read_text(encoding="utf-8")
    given, people = re.findall(r"```csv\n(.*?)```", page, re.DOTALL)
    assert bring(store, tmp_path, given, people).people.added > 0
