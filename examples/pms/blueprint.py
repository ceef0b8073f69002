"""Medical practices, several tenants in one database, and nobody in it is real."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from decimal import Decimal
from itertools import count, cycle, islice
from random import Random
from zoneinfo import ZoneInfo

from snapshot.seeding import Blueprint, parameter


@dataclass(frozen=True)
class Counts:
    tenants: tuple[str, ...] = parameter(
        ("dev_tenant_001", "dev_tenant_002", "dev_tenant_003"), "who shares the database"
    )
    practice_profiles: int = parameter(3, "practices")
    locations: int = parameter(6, "their locations")
    clients: int = parameter(25, "patients")
    providers: int = parameter(8, "doctors and staff")
    appointments: int = parameter(50, "appointments")
    notes: int = parameter(75, "clinical notes")
    ledger_entries: int = parameter(100, "charges, payments and adjustments")
    auth_tokens: int = parameter(15, "tokens")
    encryption_keys: int = parameter(10, "keys")
    fhir_mappings: int = parameter(80, "mappings to FHIR resources")


bp = Blueprint("pms", Counts, tenant="tenant_id", schema="schema.sql")
bp.profile("local", Counts(), "a developer's machine: 3 tenants, 372 rows")
bp.profile(
    "staging",
    Counts(
        tenants=tuple(f"staging_tenant_{n:03}" for n in range(1, 6)),
        practice_profiles=5, locations=12, clients=100, providers=20, appointments=200, notes=300,
        ledger_entries=400, auth_tokens=30, encryption_keys=20, fhir_mappings=250,
    ),
    "staging: 5 tenants, 1,337 rows",
)  # fmt: skip
bp.profile(
    "test",
    Counts(clients=6, appointments=12, notes=15, ledger_entries=20, fhir_mappings=12),
    "for test runs",
)


TEXTS = bp.texts("clinic.txt")
SPECIALITIES = ("family medicine", "pediatrics", "nursing", "cardiology")
MINUTES = {"cardiology": 60}  # of a visit; all others last half an hour
FEES = {"family medicine": (120, 180), "pediatrics": (95, 150), "nursing": (25, 60), "cardiology": (250, 480)}  # fmt: skip
GROWN_UP = 16


def ago(r, most, least=0):
    """The times from so many days ago to so many days ago."""
    return r.now - timedelta(days=most), r.now - timedelta(days=least)


def domain(tenant):
    return f"{tenant.replace('_', '-')}.local"


def share_of(r, total):
    """Rows of each tenant, of a number of rows in all."""
    return -(-getattr(r.parameters, total) // len(r.parameters.tenants))


def age(client, day):
    return (day - client.date_of_birth).days // 365


@bp.fill("practice_profiles", each="tenants", total="practice_profiles")
def practices(tenant, r):
    for number in count(1):
        name = r.text(TEXTS, "practice")
        yield dict(
            name=name if number == 1 else f"{name} {number}",
            email=f"office{number if number > 1 else ''}@{domain(tenant)}",
            phone=r.phone(),
            created_at=r.moment(*ago(r, 900, 600), "office"),
        )


@bp.fill("locations", each="tenants", total="locations")
def locations(tenant, r, practice_profiles):
    for practice in cycle(practice_profiles):
        street = f"{r.between(1, 99)} {r.text(TEXTS, 'street')} Street"
        yield dict(
            practice_id=practice.id,
            name=street,
            address=f"{street}, {r.text(TEXTS, 'town')}",
            phone=r.phone(),
        )


@bp.fill("clients", each="tenants", total="clients")
def clients(tenant, r):
    times = r.timeline(*ago(r, 590, 100), share_of(r, "clients"), "office")
    while True:
        person = r.person(domain(tenant))
        oldest = r.weighted({15: 22, 64: 50, 92: 28})
        years = r.between({15: 1, 64: 16, 92: 65}[oldest], oldest)
        yield dict(
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
            phone=r.phone(),
            date_of_birth=r.now.date() - timedelta(days=years * 365 + r.between(10, 350)),
            preferences={
                "contact": r.weighted({"portal": 5, "phone": 4 if years > 60 else 2, "e-mail": 3}),
                "language": r.weighted({"en": 9, "es": 1}),
            },
            created_at=next(times),
        )


@bp.fill("providers", each="tenants", total="providers")
def providers(tenant, r, practice_profiles):
    for practice, speciality in zip(cycle(practice_profiles), cycle(SPECIALITIES), strict=False):
        person = r.person(domain(tenant))
        yield dict(
            practice_id=practice.id,
            first_name=person.first_name,
            last_name=person.last_name,
            email=person.email,
            speciality=speciality,
        )


def treats(provider, years):
    """Whether a patient of this age is seen by the provider."""
    return {"pediatrics": years < GROWN_UP, "cardiology": years > 45}.get(provider.speciality, True)


def visit_time(r, near, zone, minutes):
    """A time on the working day near another one: by the practice's clock, at lunch nobody."""
    day = near.astimezone(zone).date()
    day += timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))
    hour = r.weighted({8: 2, 9: 4, 10: 4, 11: 3, 13: 2, 14: 3, 15: 3, 16: 2})
    starts = datetime.combine(day, time(hour, r.pick(range(0, 60, minutes))), zone)
    return starts.astimezone(UTC)


@bp.fill("appointments", each="tenants", total="appointments",
         distinct=[{"provider_id", "starts_at"}, {"client_id", "starts_at"}])  # fmt: skip
def appointments(tenant, r, clients, providers, locations, practice_profiles):
    """In the order of time. Some patients come often."""
    number = share_of(r, "appointments")
    times = islice(r.timeline(*ago(r, 90, -45), number, "office"), number)
    first = True
    while clients and providers and locations:
        client = min(r.sample(clients, 3), key=lambda one: one.created_at)
        near = next(times, None) or r.moment(*ago(r, 90, -45), "office")
        if first:  # so that there is something to write a note about
            near = min(near, r.now - timedelta(days=60))
        years = age(client, near.date())
        provider = r.pick([one for one in providers if treats(one, years)] or providers)
        minutes = MINUTES.get(provider.speciality, 30)
        zone = ZoneInfo(practice_profiles.one(id=provider.practice_id).timezone)
        starts = visit_time(r, near, zone, minutes)
        ends = starts + timedelta(minutes=minutes)
        over = {"completed": 86, "cancelled": 9, "no_show": 5}
        coming = {"scheduled": 94, "cancelled": 6}
        yield dict(
            client_id=client.id,
            provider_id=provider.id,
            location_id=r.pick(locations.of(practice_id=provider.practice_id) or locations).id,
            starts_at=starts,
            ends_at=ends,
            status="completed" if first else r.weighted(over if ends < r.now else coming),
        )
        first = False


ADULTS = ("cough", "back", "headache", "pressure", "sugar", "urine", "rash", "knee", "reflux", "sleep", "physical")  # fmt: skip
CHILDREN = ("ear", "cold", "tummy", "skin", "wheeze", "growth")


WRITTEN = {  # how many minutes after the visit
    "intake": (1, 9),
    "progress": (10, 30),
    "assessment": (31, 45),
    "plan": (46, 60),
    "summary": (61, 90),
    "addendum": (2, 90),  # some days later
}


def known(section, *whose):
    """A text that is always the same for these: a patient has one insurer, and one allergy."""
    return TEXTS.draw(Random("/".join(whose)), section, {})


def measured(visit, client):
    """What was measured on a visit: all its notes say the same."""
    dice = Random(f"{client.email}/{visit.starts_at:%Y-%m-%d %H:%M}")

    def below(number):
        return int(number * dice.random())

    low = 64 + below(29)
    return dict(
        pressure=f"{low + 35 + below(26)}/{low}",
        high=f"{146 + below(23)}/{low + 8}",
        oxygen=95 + below(5),
        pulse=58 + below(37),
        percentile=(15, 25, 50, 60, 75, 85)[below(6)],
    )


def note(visit, kind, client, provider, r):
    """What the provider writes. The notes of a visit are about one case, which suits the age."""
    child = age(client, visit.starts_at.date()) < GROWN_UP
    cases = CHILDREN if child else ADULTS
    case = cases[(client.date_of_birth.day + visit.starts_at.month) % len(cases)]
    if provider.speciality == "cardiology":
        case = "cardiac"
    section = f"{case} {kind}"
    if kind in ("intake", "addendum"):
        section = kind + " child" * child
    later = timedelta(days=r.between(1, 9)) if kind == "addendum" else timedelta()
    written = visit.ends_at + later + timedelta(minutes=r.between(*WRITTEN[kind]))
    found = measured(visit, client)
    if case == "pressure":
        found["pressure"] = found["high"]
    whose = {name: known(name, client.email) for name in ("allergy", "medicine", "habit")}
    whose["follow"] = known("follow", client.email, str(visit.starts_at.date()))
    if case in ("pressure", "sugar"):
        whose["medicine"] = known(f"{case} medicine")
    return dict(
        appointment_id=visit.id,
        provider_id=visit.provider_id,
        kind=kind,
        content=r.text(TEXTS, section, digit=r.between(0, 9), **found, **whose),
        created_at=max(visit.ends_at, min(written, r.now)),
    )


@bp.fill("notes", each="tenants", total="notes")
def notes(tenant, r, appointments, clients, providers):
    """Each visit has a note on its progress, many have more, some have addenda."""
    held = sorted(appointments.of(status="completed"), key=lambda visit: visit.starts_at)
    kinds = ("progress", "plan", "intake", "assessment", "summary")
    while held:
        for kind in (*kinds, *("addendum",) * 1000):
            for visit in held:
                if kind == "progress" or r.chance(0.5):
                    client = clients.one(id=visit.client_id)
                    yield note(visit, kind, client, providers.one(id=visit.provider_id), r)


def paid_for(r, charged, day):
    """What an insurer and the patient pay for a charge until today: at most all of it."""
    today = r.now.date()
    settled = day + timedelta(days=r.between(9, 25))
    if settled > today:
        if r.chance(0.4) and charged > 25:
            yield "payment", Decimal(r.pick((15, 20, 25))), "copayment", day
        return
    insured = (charged * r.between(60, 90) / 100).quantize(Decimal("0.01"))
    yield "payment", insured, "insurance", settled
    left = charged - insured
    if r.chance(0.2):
        waived = (left * r.between(20, 60) / 100).quantize(Decimal("0.01"))
        yield "adjustment", waived, "adjustment", settled
        left -= waived
    if r.chance(0.8):
        yield "payment", left, "copayment", min(settled + timedelta(days=r.between(1, 20)), today)


def charges(r, appointments, providers, clients):
    """Who owes how much for what, and since when: visits first, then what costs extra."""
    for visit in sorted(appointments.of(status="completed"), key=lambda visit: visit.starts_at):
        speciality = providers.one(id=visit.provider_id).speciality
        low, high = FEES.get(speciality, (80, 160))
        what = f"charge {speciality}" if speciality in FEES else "charge"
        yield visit.client_id, Decimal(5 * r.between(low // 5, high // 5)), what, visit.starts_at.date()  # fmt: skip
    while clients:
        day = r.moment(*ago(r, 90, 1), "office").date()
        yield r.pick(clients).id, Decimal(5 * r.between(3, 14)), "charge", day


@bp.fill("ledger_entries", each="tenants", total="ledger_entries")
def ledger_entries(tenant, r, clients, appointments, providers):
    """Charges, each followed by what was paid for it: so nobody has paid more than was charged."""
    for client_id, charged, what, day in charges(r, appointments, providers, clients):
        text = r.text(TEXTS, what)
        made = yield dict(
            client_id=client_id, kind="charge", amount=charged, description=text, booked_on=day
        )
        if made:  # a charge that was there already is the one that is paid
            client_id, charged, day = made.client_id, made.amount, made.booked_on
            if made.kind != "charge":
                continue
        who = dict(client_id=client_id)
        for kind, amount, how, booked_on in paid_for(r, charged, day):
            insurer = known("insurer", clients.one(id=client_id).email)
            text = r.text(TEXTS, how, insurer=insurer)
            yield dict(who, kind=kind, amount=-amount, description=text, booked_on=booked_on)


@bp.fill("auth_tokens", each="tenants", total="auth_tokens")
def auth_tokens(tenant, r, providers):
    times = r.timeline(*ago(r, 9), share_of(r, "auth_tokens"), "office")
    while providers:
        issued = next(times)
        yield dict(provider_id=r.pick(providers).id, token_hash=r.hex(64), issued_at=issued,
                   expires_at=issued + timedelta(days=30))  # fmt: skip


@bp.fill("encryption_keys", each="tenants", total="encryption_keys")
def encryption_keys(tenant, r):
    times = r.timeline(*ago(r, 590, 5), share_of(r, "encryption_keys"), "office")
    for version in count(1):
        yield dict(key_name="records", version=version, wrapped_key=bytes.fromhex(r.hex(64)),
                   created_at=next(times))  # fmt: skip


@bp.fill("fhir_mappings", each="tenants", total="fhir_mappings")
def fhir_mappings(tenant, r, clients, providers, practice_profiles, locations):
    """Each record as the resources that show it, then their later versions."""
    kinds = [
        ("client", "Patient", clients),
        ("provider", "Practitioner", providers),
        ("practice", "Organization", practice_profiles),
        ("location", "Location", locations),
        ("client", "Account", clients),
        ("provider", "PractitionerRole", providers),
        ("client", "Consent", clients),
    ]
    for version in count(1):
        if not any(records for _, _, records in kinds):
            return
        for internal, resource, records in kinds:
            for record in records:
                yield {
                    f"{internal}_id": record.id,
                    "internal_type": internal,
                    "fhir_resource": resource,
                    "fhir_resource_id": r.uuid(),
                    "mapping": {
                        "version": "R4",
                        "versionId": version,
                        "profile": f"http://hl7.org/fhir/StructureDefinition/{resource}",
                    },
                }


bp.check(
    "appointments end after they start", "SELECT id FROM appointments WHERE ends_at <= starts_at"
)
bp.check(
    "a note comes after its appointment, by its provider",
    """SELECT n.id FROM notes n JOIN appointments a ON a.id = n.appointment_id
       WHERE n.created_at < a.ends_at OR n.provider_id <> a.provider_id""",
)
bp.check(
    "provider and location are of one practice",
    """SELECT a.id FROM appointments a JOIN providers p ON p.id = a.provider_id
       JOIN locations l ON l.id = a.location_id
       WHERE l.practice_id <> p.practice_id
         AND EXISTS (SELECT FROM locations o WHERE o.practice_id = p.practice_id)""",
)
bp.check(
    "only charges are positive",
    "SELECT id FROM ledger_entries WHERE (kind = 'charge') <> (amount > 0)",
)
bp.check(
    "nobody has paid more than was charged",
    "SELECT client_id FROM ledger_entries GROUP BY client_id HAVING sum(amount) < 0",
)
bp.check(
    "nobody works or is treated twice at once",
    """SELECT a.id FROM appointments a JOIN appointments b ON b.id > a.id AND b.starts_at < a.ends_at AND a.starts_at < b.ends_at
       WHERE 'cancelled' NOT IN (a.status, b.status) AND a.provider_id = b.provider_id""",
)
