"""Cue sheets for theatre crews: people, venues, shows, scripts as trees, crews and shares."""

from dataclasses import dataclass
from datetime import date, time, timedelta
from decimal import Decimal

from snapshot.seeding import Blueprint, parameter


@dataclass(frozen=True)
class Company:
    users: int = parameter(24, "people who can sign in", least=4)
    venues: int = parameter(6, "theatres, studios and fields")
    departments: int = parameter(10, "crew departments", most=10)
    shows: int = parameter(8, "productions")
    scripts_per_show: int = parameter(2, "revisions of each show's script")
    elements: int = parameter(221, "acts, scenes, cues, standbys and notes altogether")
    relationships: int = parameter(30, "pairs of a manager and a member of the crew")
    assignments: int = parameter(50, "jobs of people on shows")
    shares: int = parameter(40, "scripts opened to others")


bp = Blueprint("cuebe", Company, schema="schema.sql")

DEPARTMENTS = [("LX", "Lighting"), ("SND", "Sound"), ("FLY", "Flies"), ("AV", "Video"), ("PROPS", "Props"),
               ("STAGE", "Stage"), ("WARD", "Wardrobe"), ("AUTO", "Automation"), ("PYRO", "Effects"), ("FOH", "Front of house")]  # fmt: skip
PLAYS = ("The Winter Lantern", "A Bridge of Paper", "Nine Doors", "The Understudy's Revenge", "Salt and Limelight",
         "The Tin Orchestra", "Midnight at the Odeon", "The Cartographer's Wife", "Hollow Crown Street", "The Last Prompt")  # fmt: skip


@bp.fill("userTable", total="users", title="People")
def users(r):
    root = None
    while True:
        name = r.fake.name()
        maker = root.user_id if root else r.key  # the first one made itself
        made = yield dict(
            auth_id=r.uuid(),
            username=f"{r.fake.first_name().lower()}.{r.mark(4)}",
            full_name=name,
            email=r.email(name, "cuebe.example"),
            phone=r.phone() if r.chance(0.8) else None,
            role=r.share(
                {
                    "crew": 40,
                    "operator": 20,
                    "stage_manager": 12,
                    "designer": 12,
                    "viewer": 8,
                    "admin": 8,
                }
            ),
            skills=r.sample(
                ["rigging", "follow spot", "qlab", "programming", "first aid", "driving"],
                r.between(0, 3),
            ),
            preferences={"theme": r.pick(("dark", "light")), "headset": r.between(1, 12)},
            hourly_rate=Decimal(r.between(1_400, 4_500)) / 100,
            bio=r.sentence() if r.chance(0.6) else None,
            is_active=r.chance(0.9),
            created_by=maker,
            created_at=r.between(r.now - timedelta(days=900), r.now - timedelta(days=300)),
            last_login_at=r.now - timedelta(minutes=r.between(1, 90_000))
            if r.chance(0.9)
            else None,
        )
        root = root or made


@bp.fill("venuesTable", total="venues", title="Venues")
def venues(r, userTable):
    while True:
        yield dict(
            name=f"{r.fake.last_name()} {r.pick(('Theatre', 'Playhouse', 'Studio', 'Hall'))} {r.mark(3)}",
            address=f"{r.between(1, 99)} Example Street",
            timezone=r.pick(("Europe/London", "Europe/Dublin", "America/New_York")),
            capacity=r.between(80, 1_800),
            has_fly_tower=r.chance(0.5),
            proscenium_width_m=Decimal(r.between(60, 160)) / 10,
            hemp_lines=sorted(r.sample(range(1, 40), 4)),
            facilities={"green_room": r.chance(0.8), "dock_doors": r.between(1, 3)},
            opened_on=r.between(date(1890, 1, 1), date(2015, 1, 1)),
            contact_user_id=r.pick(userTable).user_id,
            created_at=r.now - timedelta(days=r.between(200, 290)),
        )


@bp.fill("departmentsTable", total="departments", title="Departments")
def departments(r, venuesTable, userTable):
    for code, name in DEPARTMENTS:
        yield dict(
            code=code,
            name=name,
            colour=f"#{r.hex(6)}",
            home_venue_id=r.pick(venuesTable).venue_id,
            head_user_id=r.pick(userTable).user_id,
            weekly_budget=Decimal(r.between(5_000, 900_000)) / 100,
            radio_channel=r.between(1, 16),
            created_at=r.now - timedelta(days=r.between(150, 200)),
        )


@bp.fill("showsTable", total="shows", title="Shows")
def shows(r, venuesTable, userTable):
    number = 0
    while True:
        series, title = number // len(PLAYS), PLAYS[number % len(PLAYS)]
        opens = (r.now + timedelta(days=r.between(-90, 120))).date()
        yield dict(
            public_id=r.uuid(),
            title=f"{title} {series + 1}" if series else title,
            venue_id=r.pick(venuesTable).venue_id,
            status=r.share({"planning": 2, "rehearsal": 3, "running": 2, "closed": 1}),
            opens_on=opens,
            closes_on=opens + timedelta(days=r.between(7, 60)),
            curtain_up=time(19, 30),
            budget=Decimal(r.between(1_000_000, 30_000_000)) / 100,
            genres=r.sample(["drama", "comedy", "musical", "new writing", "dance"], 2),
            settings={"rehearsal_room": r.between(1, 4), "latecomers": r.chance(0.5)},
            created_by=r.pick(userTable).user_id,
            created_at=r.now - timedelta(days=r.between(100, 149)),
        )
        number += 1


@bp.fill("scriptsTable", each="showsTable", need="scripts_per_show", title="Scripts")
def scripts(show, r, userTable):
    for revision in range(1, 100):
        locked = revision == 1
        made = show.created_at + timedelta(days=revision)
        yield dict(
            revision=revision,
            title=f"{show.title}, revision {revision}",
            status="locked" if locked else r.pick(("draft", "rehearsal")),
            running_time=timedelta(minutes=r.between(70, 170)),
            intervals_at=[r.between(30, 60)],
            notes=r.sentence(),
            created_by=r.pick(userTable).user_id,
            created_at=made,
            locked_at=made + timedelta(days=9) if locked else None,
        )


@bp.fill("scriptElementsTable", each="scriptsTable", total="elements", title="Script elements")
def elements(script, r, departmentsTable, userTable):
    position = 0

    def element(kind, parent=None, **more):
        nonlocal position
        position += 1
        return dict(type=kind, parent_element_id=parent and parent.element_id, position=position, title=more.pop("title", ""),
                    page=position, tags=r.sample(["check", "new", "safety"], r.between(0, 2)), created_by=r.pick(userTable).user_id,
                    created_at=script.created_at, updated_at=script.created_at, **more)  # fmt: skip

    act_number = 0
    while True:
        act_number += 1
        act = yield element("act", title=f"Act {act_number}")
        for scene_number in (1, 2):
            scene = yield element("scene", act, title=f"Scene {scene_number}")
            yield element("standby", scene, note="Standby all departments")
            for _ in range(r.between(2, 4)):
                department = r.pick(departmentsTable)
                yield element(
                    "cue", scene, title=r.sentence(), department_id=department.department_id, cue_prefix=department.code,
                    cue_number=Decimal(position), fade_time=timedelta(seconds=r.between(0, 12)),
                    channels=sorted(r.sample(range(1, 200), 3)), payload={"level": r.between(0, 100)}, is_armed=r.chance(0.95),
                )  # fmt: skip
            yield element("note", scene, note=r.sentence())


@bp.fill(
    "crewRelationshipsTable",
    total="relationships",
    distinct=[{"manager_user_id", "crew_user_id"}],
    title="Crew relationships",
)
def relationships(r, userTable, scriptElementsTable):
    while True:
        manager, member = r.sample(userTable, 2)
        yield dict(
            manager_user_id=manager.user_id,
            crew_user_id=member.user_id,
            first_shared_element_id=r.pick(scriptElementsTable).element_id
            if r.chance(0.5)
            else None,
            since=(r.now - timedelta(days=r.between(30, 250))).date(),
            rating=Decimal(r.between(50, 100)) / 10,
            note=r.sentence() if r.chance(0.3) else None,
            is_active=r.chance(0.9),
        )


@bp.fill("crewAssignmentsTable", total="assignments", title="Crew assignments")
def assignments(r, showsTable, departmentsTable, crewRelationshipsTable):
    while True:
        show, relation = r.pick(showsTable), r.pick(crewRelationshipsTable)
        yield dict(
            show_id=show.show_id,
            department_id=r.pick(departmentsTable).department_id,
            user_id=relation.crew_user_id,
            relationship_id=relation.relationship_id,
            duty=r.pick(("operator", "assistant", "follow spot", "dresser", "deputy")),
            call_before=timedelta(minutes=r.pick((60, 90, 120))),
            weekdays=sorted(r.sample(range(1, 8), 5)),
            fee=Decimal(r.between(20_000, 180_000)) / 100,
            is_lead=r.chance(0.2),
            starts_on=show.opens_on,
            ends_on=show.closes_on,
            created_at=show.created_at + timedelta(days=5),
        )


@bp.fill("script_shares", total="shares", title="Shares")
def shares(r, scriptsTable, userTable):
    while True:
        script, by = r.pick(scriptsTable), r.pick(userTable)
        link = r.share({False: 70, True: 30})
        made = script.created_at + timedelta(hours=r.between(1, 700))
        row = dict(
            share_id=r.uuid(),
            script_id=script.script_id,
            shared_by_user_id=by.user_id,
            shared_with_user_id=None if link else r.pick(userTable).user_id,
            link_slug=f"{r.code(6).lower()}-{r.mark()}" if link else None,
            permission=r.share({"view": 50, "comment": 25, "edit": 20, "own": 5}),
            created_at=made,
        )
        if r.chance(0.5):  # the others never expire, as the column's default says
            row["expires_at"] = made + timedelta(days=r.between(10, 200))
        yield row


bp.check(
    "a cue lies in a scene of its own script",
    """SELECT c.element_id FROM "scriptElementsTable" c
    JOIN "scriptElementsTable" p ON p.element_id = c.parent_element_id WHERE p.script_id <> c.script_id""",
)
