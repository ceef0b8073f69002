"""Cue sheets for theatre crews: people, venues, shows, scripts as trees, crews and shares."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from itertools import count

from snapshot.seeding import Blueprint, parameter


@dataclass(frozen=True)
class Company:
    users: int = parameter(24, "people who can sign in", least=4)
    venues: int = parameter(6, "theatres, studios and fields")
    departments: int = parameter(10, "crew departments", most=10)
    shows: int = parameter(8, "productions")
    scripts_per_show: int = parameter(2, "revisions of each show's script")
    elements: int = parameter(14, "acts, scenes, cues, standbys and notes of a script, on average")
    relationships: int = parameter(30, "pairs of a manager and a member of the crew")
    assignments: int = parameter(50, "jobs of people on shows")
    shares: int = parameter(40, "scripts opened to others")


bp = Blueprint("cuebe", Company, schema="schema.sql")

TEXTS = bp.texts("stage.txt")
# code, name, colour, how many of the cues, and who does what
DEPARTMENTS = {
    "LX": ("Lighting", "#f2c14e", 8, ("board operator", "follow spot", "electrician")),
    "SND": ("Sound", "#3a86c8", 5, ("mixer", "radio mics", "playback")),
    "FLY": ("Flies", "#6b705c", 2, ("head flyman", "flyman")),
    "AV": ("Video", "#8338ec", 2, ("video operator", "camera")),
    "PROPS": ("Props", "#a47148", 2, ("props runner", "props maker")),
    "STAGE": ("Stage", "#2b2d42", 2, ("stage hand", "deputy")),
    "WARD": ("Wardrobe", "#e07a9f", 1, ("dresser", "wigs")),
    "AUTO": ("Automation", "#d62828", 1, ("automation operator", "spotter")),
    "PYRO": ("Effects", "#ff6b35", 1, ("effects operator", "fire watch")),
    "FOH": ("Front of house", "#2a9d8f", 1, ("house manager", "usher")),
}
ROLES = {"crew": 40, "operator": 20, "stage_manager": 12, "designer": 12, "viewer": 8, "admin": 8}
RATES = {"crew": (15, 20), "operator": (22, 31), "stage_manager": (26, 34), "designer": (32, 48), "admin": (28, 38)}  # fmt: skip
SKILLS = {
    "crew": ("rigging", "carpentry", "quick changes", "driving", "first aid"),
    "operator": ("programming", "follow spot", "QLab", "radio mics", "hydraulics"),
    "stage_manager": ("calling", "notation", "first aid", "touring"),
    "designer": ("lighting design", "sound design", "projection mapping"),
    "admin": ("budgets", "scheduling", "licences"),
}
PLAYS = (
    "The Winter Lantern", "A Bridge of Paper", "Nine Doors", "The Understudy's Revenge", "Salt and Limelight",
    "The Tin Orchestra", "Midnight at the Odeon", "The Cartographer's Wife", "Hollow Crown Street", "The Last Prompt",
)  # fmt: skip
SEASON = ("closed", "closed", "closed", "running", "running", "rehearsal", "rehearsal", "planning")
OPENS = {"closed": (-220, -90), "running": (-20, -1), "rehearsal": (6, 35), "planning": (60, 150)}  # fmt: skip
REVISIONS = ("Reading copy", "Rehearsal draft", "New pages", "Cast change")


def ago(r, most, least=0):
    """The times from so many days ago to so many days ago."""
    return r.now - timedelta(days=most), r.now - timedelta(days=least)


def cents(r, low, high):
    return Decimal(r.between(low * 100, high * 100)) / 100


@bp.fill("userTable", total="users", title="People")
def users(r):
    """The first one made itself and the others, and sets the system up."""
    times = r.timeline(*ago(r, 1000, 450), r.parameters.users, "office")
    root = None
    while True:
        person = r.person("cuebe.example")
        role = r.share(ROLES) if root else "admin"
        made, active = next(times), root is None or r.chance(0.9)
        skills = SKILLS.get(role, ())
        login = r.moment(*(ago(r, 40) if active else ago(r, 440, 60)))
        row = yield dict(
            auth_id=r.uuid(),
            username=person.username,
            full_name=person.name,
            email=person.email,
            phone=r.weighted({r.phone(): 8, "": 1, None: 1}),  # empty: declined; null: never asked
            role=role,
            skills=r.sample(skills, min(len(skills), r.between(1, 3))),
            preferences={"theme": r.pick(("dark", "dark", "light")), "headset": r.between(1, 12)},
            hourly_rate=cents(r, *RATES[role]) if role in RATES else None,
            bio=r.text(TEXTS, f"bio {role}") if r.chance(0.6) else None,
            is_active=active,
            created_by=root.user_id if root else r.key,
            created_at=made,
            last_login_at=login if r.chance(0.95) else None,
        )
        root = root or row


def by_role(users, *roles):
    return [user for user in users if user.role in roles] or list(users)


@bp.fill("venuesTable", total="venues", title="Venues")
def venues(r, userTable):
    names = set()
    while True:
        for _ in range(20):  # not twice the same, if there are others
            kind = r.text(TEXTS, "venue kind")
            name = r.text(TEXTS, "venue", **{"venue kind": kind})
            if (name, 1) not in names:
                break
        series = next(n for n in count(1) if (name, n) not in names)
        names.add((name, series))
        low, high = {"Studio": (60, 140), "Hall": (180, 420)}.get(kind, (260, 1_400))
        seats = r.between(low, high)
        tower = seats > 350
        yield dict(
            name=name if series == 1 else f"{name} {series}",
            address=f"{r.between(1, 99)} {r.text(TEXTS, 'street')}",
            timezone=r.weighted({"Europe/London": 8, "Europe/Dublin": 2}),
            capacity=seats,
            has_fly_tower=tower,
            proscenium_width_m=Decimal(60 + seats // 20 + r.between(0, 15)) / 10,
            hemp_lines=sorted(r.sample(range(1, 40), r.between(2, 6))) if tower else [],
            facilities={"green_room": seats > 100, "dock_doors": 1 + seats // 500},
            opened_on=r.between(date(1880, 1, 1), date(2015, 1, 1)),
            contact_user_id=r.pick(by_role(userTable, "admin", "stage_manager")).user_id,
            created_at=r.moment(*ago(r, 445, 430), "office"),
        )


@bp.fill("departmentsTable", total="departments", title="Departments")
def departments(r, venuesTable, userTable):
    for channel, (code, (name, colour, busy, _)) in enumerate(DEPARTMENTS.items(), 1):
        yield dict(
            code=code,
            name=name,
            colour=colour,
            home_venue_id=r.pick(venuesTable).venue_id,
            head_user_id=r.pick(by_role(userTable, "designer", "stage_manager")).user_id,
            weekly_budget=cents(r, 40 * busy, 160 * busy),
            radio_channel=channel,
            created_at=r.moment(*ago(r, 429, 420), "office"),
        )


def at_night(day):
    return datetime.combine(day, time(22, 40), UTC)


@bp.fill("showsTable", total="shows", title="Shows")
def shows(r, venuesTable, userTable):
    """From what is over to what is planned: the dates say which is which."""
    venues = list(r.shuffled(venuesTable))
    for place in count():
        series, title = place // len(PLAYS), PLAYS[place % len(PLAYS)]
        venue = venues[place % len(venues)]
        status = SEASON[min(place * len(SEASON) // r.parameters.shows, len(SEASON) - 1)]
        opens = r.now.date() + timedelta(days=r.between(*OPENS[status]))
        run = timedelta(days=r.between(24, 60))
        begun = min(
            at_night(opens) - timedelta(days=140), r.now - timedelta(days=r.between(35, 60))
        )
        yield dict(
            public_id=r.uuid(),
            title=f"{title} {series + 1}" if series else title,
            subtitle=r.text(TEXTS, "subtitle") if r.chance(0.4) else None,
            venue_id=venue.venue_id,
            status=status,
            opens_on=opens,
            closes_on=opens + run,
            curtain_up=r.weighted({time(19, 30): 6, time(19): 2, time(20): 1, time(14, 30): 1}),
            budget=Decimal(500 * r.between(40 + venue.capacity // 10, 60 + venue.capacity // 4)),
            genres=r.sample(["drama", "comedy", "musical", "new writing", "dance"], 2),
            settings={"rehearsal_room": r.between(1, 4), "latecomers": r.chance(0.5)},
            created_by=r.pick(by_role(userTable, "admin", "stage_manager")).user_id,
            created_at=r.moment(begun - timedelta(days=5), begun, "office"),
        )


@bp.fill("scriptsTable", each="showsTable", need="scripts_per_show", title="Scripts")
def scripts(show, r, userTable):
    """Earlier revisions are archived; the last one is locked on the night before the opening."""
    last = r.parameters.scripts_per_show
    opens = show.opens_on or r.now.date()
    until = min(r.now, at_night(opens - timedelta(days=8)))
    finished = {"closed": "locked", "running": "locked", "rehearsal": "rehearsal"}
    for revision in count(1):
        ready = finished.get(show.status, "draft")
        status = ready if revision == last else "archived" if ready != "draft" else "draft"
        title = REVISIONS[(revision - 1) % len(REVISIONS)]
        yield dict(
            revision=revision,
            title="Show script" if status == "locked" else title,
            status=status,
            running_time=timedelta(minutes=r.between(70, 170)),
            intervals_at=[r.between(30, 60)],
            notes=r.text(TEXTS, "script note") if r.chance(0.7) else "",
            created_by=r.pick(by_role(userTable, "stage_manager")).user_id,
            created_at=show.created_at
            + (until - show.created_at) * min(revision, last) / (last + 1),
            locked_at=at_night(opens - timedelta(days=1)) if status == "locked" else None,
        )


def length(script, r):
    """The script that is played is the longest."""
    share = {"locked": 1.5, "rehearsal": 1.2, "archived": 0.7, "draft": 0.6}
    return round(r.parameters.elements * share[script.status])


def cue_of(department, number, r):
    """What the operators of a department need to know."""
    code = department.code if department.code in DEPARTMENTS else "STAGE"
    fades = {"LX": (0, 20), "SND": (0, 8), "AV": (0, 5)}
    payload = {
        "LX": {"level": r.between(10, 20) * 5, "curve": r.pick(("linear", "s"))},
        "SND": {"track": number, "gain_db": -r.between(0, 12)},
        "AV": {"clip": f"clip-{number:02}", "loop": r.chance(0.3)},
        "AUTO": {"speed_mm_s": 50 * r.between(2, 12)},
    }
    return dict(
        title=r.text(TEXTS, code, number=r.between(1, 6)),
        department_id=department.department_id,
        cue_prefix=department.code,
        cue_number=Decimal(number),
        fade_time=timedelta(seconds=r.between(*fades[code])) if code in fades else None,
        channels=sorted(r.sample(range(1, 200), r.between(2, 6))) if code == "LX" else None,
        payload=payload.get(code),
    )


@bp.fill("scriptElementsTable", each="scriptsTable", need=length, title="Script elements")
def elements(script, r, departmentsTable):
    """Acts of scenes. A scene stands by for its cues, calls them, and ends with a remark."""
    weights = {
        department: DEPARTMENTS.get(department.code, ("", "", 1, ()))[2]
        for department in departmentsTable
    }
    position, page = 0, 1
    called = dict.fromkeys(weights, 0)
    edited = min(script.locked_at or r.now, r.now, script.created_at + timedelta(days=20))

    def element(kind, parent=None, **more):
        nonlocal position, page
        position += 1
        page += r.between(0, 1)
        cut = kind == "cue" and r.chance(0.05)
        return dict(
            more, type=kind, parent_element_id=parent and parent.element_id, position=position, page=page,
            tags=["cut"] if cut else r.sample(["check", "new", "safety"], r.weighted({0: 7, 1: 3})),
            is_armed=not cut, created_by=script.created_by, created_at=script.created_at,
            updated_at=r.moment(script.created_at, edited) if r.chance(0.4) else script.created_at,
        )  # fmt: skip

    for scenes in count(1, 2):
        act = yield element(
            "act", title=f"Act {('One', 'Two', 'Three', 'Four', 'Five')[scenes // 2 % 5]}"
        )
        for number in (scenes, scenes + 1):
            scene = yield element("scene", act, title=r.text(TEXTS, "scene", number=number))
            cues = []
            for _ in range(r.between(2, 5)):
                department = r.weighted(weights)
                called[department] += 1
                cues.append((department, called[department]))
            labels = [f"{department.code} {cue}" for department, cue in cues]
            spoken = " and ".join([", ".join(labels[:-1]), labels[-1]])
            yield element("standby", scene, note=r.text(TEXTS, "standby", cues=spoken))
            for department, cue in cues:
                yield element("cue", scene, **cue_of(department, cue, r))
            yield element("note", scene, note=r.text(TEXTS, "note", cue=r.pick(labels)))


def pairs(r, users):
    """Those who lead with those who are led, then any two."""
    led = by_role(users, "crew", "operator")
    leading = by_role(users, "stage_manager", "designer", "admin")
    yield from r.shuffled([(one, other) for one in leading for other in led if one is not other])
    while True:
        yield r.sample(users, 2)


@bp.fill(
    "crewRelationshipsTable",
    total="relationships",
    distinct=[{"manager_user_id", "crew_user_id"}],
    title="Crew relationships",
)
def relationships(r, userTable, scriptElementsTable):
    times = r.timeline(*ago(r, 420, 20), r.parameters.relationships)
    cues = [element for element in scriptElementsTable if element.type == "cue"]
    for manager, member in pairs(r, userTable):
        yield dict(
            manager_user_id=manager.user_id,
            crew_user_id=member.user_id,
            first_shared_element_id=r.pick(cues).element_id if cues and r.chance(0.5) else None,
            since=next(times).date(),
            rating=Decimal(100 - r.long_tail(0, 50)) / 10,
            note=r.text(TEXTS, "relation") if r.chance(0.3) else None,
            is_active=manager.is_active and member.is_active,
        )


@bp.fill("crewAssignmentsTable", total="assignments", title="Crew assignments")
def assignments(r, showsTable, departmentsTable, crewRelationshipsTable, userTable):
    """Who works two weeks before the opening until the end, at the rate of the person."""
    led = set()
    while True:
        show, relation = r.pick(showsTable), r.pick(crewRelationshipsTable)
        department = r.pick(departmentsTable)
        duties = DEPARTMENTS.get(department.code, ("", "", 1, ("crew",)))[3]
        opens = show.opens_on or r.now.date()
        closes = show.closes_on or opens
        weekdays = sorted(r.sample(range(1, 8), r.weighted({5: 5, 6: 3, 3: 2})))
        rate = userTable.one(user_id=relation.crew_user_id).hourly_rate or Decimal(18)
        weeks = 2 + (closes - opens).days // 7
        lead = (show.show_id, department.department_id) not in led
        led.add((show.show_id, department.department_id))
        yield dict(
            show_id=show.show_id,
            department_id=department.department_id,
            user_id=relation.crew_user_id,
            relationship_id=relation.relationship_id,
            duty=duties[0] if lead else r.pick(duties),
            call_before=timedelta(minutes=r.pick((60, 90, 120))),
            weekdays=weekdays,
            fee=rate * 5 * len(weekdays) * weeks,  # five hours a day
            is_lead=lead,
            starts_on=opens - timedelta(days=14),
            ends_on=closes,
            created_at=min(show.created_at + timedelta(days=r.between(3, 25)), r.now),
        )


@bp.fill("script_shares", total="shares", title="Shares")
def shares(r, scriptsTable, userTable):
    permissions = {
        "viewer": {"view": 1},
        "designer": {"edit": 3, "comment": 2, "view": 1},
        "stage_manager": {"edit": 4, "own": 1},
    }
    while True:
        script, with_ = r.pick(scriptsTable), r.pick(userTable)
        link = r.share({False: 70, True: 30})
        if with_.user_id == script.created_by and not link:
            continue
        made = r.moment(
            script.created_at, min(script.created_at + timedelta(days=40), r.now), "office"
        )
        allowed = permissions.get(with_.role, {"view": 5, "comment": 2})
        row = dict(
            share_id=r.uuid(),
            script_id=script.script_id,
            shared_by_user_id=script.created_by,
            shared_with_user_id=None if link else with_.user_id,
            link_slug=f"{r.code(6).lower()}-{r.mark()}" if link else None,
            permission=r.weighted({"view": 8, "comment": 2} if link else allowed),
            message=r.text(TEXTS, "message") if r.chance(0.5) else None,
            created_at=made,
            revoked_at=r.moment(made, r.now)
            if script.status == "archived" and r.chance(0.4)
            else None,
        )
        if link or r.chance(0.3):  # the others never expire, as the column's default says
            row["expires_at"] = made + timedelta(days=r.pick((14, 30, 90)))
        yield row


bp.check(
    "a cue lies in a scene of its own script",
    """SELECT c.element_id FROM "scriptElementsTable" c
    JOIN "scriptElementsTable" p ON p.element_id = c.parent_element_id WHERE p.script_id <> c.script_id""",
)
