"""Medical practices, several tenants in one database, and nobody in it is real."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

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


@bp.fill("practice_profiles", each="tenants", total="practice_profiles")
def practices(tenant, r):
    while True:
        name = f"{r.fake.last_name()} Family Practice"
        yield dict(name=name, email=r.email(name, f"{tenant.replace('_', '-')}.local"), phone=r.phone(),
                   created_at=r.now - timedelta(days=r.between(400, 900)))  # fmt: skip


@bp.fill("locations", each="tenants", total="locations")
def locations(tenant, r, practice_profiles):
    while True:
        yield dict(
            practice_id=r.pick(practice_profiles).id,
            name=f"{r.fake.city_suffix().capitalize()} {r.mark(4)}",
            address=f"{r.between(1, 99)} Example Street, {r.fake.last_name()}ville",
            phone=r.phone(),
        )


@bp.fill("clients", each="tenants", total="clients")
def clients(tenant, r):
    while True:
        first, last = r.fake.first_name(), r.fake.last_name()
        yield dict(
            first_name=first,
            last_name=last,
            email=r.email(f"{first} {last}", f"{tenant.replace('_', '-')}.local"),
            phone=r.phone(),
            date_of_birth=r.between(date(r.now.year - 90, 1, 1), date(r.now.year - 2, 1, 1)),
            preferences={"contact": r.pick(("phone", "e-mail", "portal")), "language": "en"},
            created_at=r.now - timedelta(days=r.between(100, 390)),
        )


@bp.fill("providers", each="tenants", total="providers")
def providers(tenant, r, practice_profiles):
    while True:
        first, last = r.fake.first_name(), r.fake.last_name()
        yield dict(
            practice_id=r.pick(practice_profiles).id,
            first_name=first,
            last_name=last,
            email=r.email(f"dr {last}", f"{tenant.replace('_', '-')}.local"),
            speciality=r.pick(("family medicine", "pediatrics", "cardiology", "nursing")),
        )


@bp.fill("appointments", each="tenants", total="appointments")
def appointments(tenant, r, clients, providers, locations):
    while True:
        provider = r.pick(providers)
        day = r.now + timedelta(days=r.between(-60, 30))
        starts = day.replace(hour=r.between(8, 17), minute=r.pick((0, 15, 30, 45)))
        past = starts < r.now - timedelta(days=1)
        yield dict(
            client_id=r.pick(clients).id,
            provider_id=provider.id,
            location_id=r.pick(locations.of(practice_id=provider.practice_id) or locations).id,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=r.pick((30, 45, 60))),
            status=r.weighted({"completed": 85, "cancelled": 10, "no_show": 5})
            if past
            else "scheduled",
        )


@bp.fill("notes", each="tenants", total="notes")
def notes(tenant, r, appointments):
    held = appointments.of(status="completed") or appointments
    while True:
        visit = r.pick(held)
        yield dict(
            appointment_id=visit.id,
            provider_id=visit.provider_id,
            kind=r.share({"progress": 60, "assessment": 25, "plan": 15}),
            content=r.paragraph(),
            created_at=visit.ends_at + timedelta(minutes=r.between(1, 600)),
        )


@bp.fill("ledger_entries", each="tenants", total="ledger_entries")
def ledger_entries(tenant, r, clients):
    while True:
        kind = r.share({"charge": 55, "payment": 40, "adjustment": 5})
        amount = Decimal(r.between(2_000, 30_000)) / 100
        yield dict(
            client_id=r.pick(clients).id,
            kind=kind,
            amount=amount if kind == "charge" else -amount,
            description={
                "charge": "Office visit",
                "payment": "Payment received",
                "adjustment": "Courtesy",
            }[kind],
            booked_on=(r.now - timedelta(days=r.between(1, 90))).date(),
        )


@bp.fill("auth_tokens", each="tenants", total="auth_tokens")
def auth_tokens(tenant, r, providers):
    while True:
        issued = r.now - timedelta(hours=r.between(1, 200))
        yield dict(provider_id=r.pick(providers).id, token_hash=r.hex(64), issued_at=issued,
                   expires_at=issued + timedelta(days=30))  # fmt: skip


@bp.fill("encryption_keys", each="tenants", total="encryption_keys")
def encryption_keys(tenant, r):
    version = 0
    while True:
        version += 1
        yield dict(key_name="records", version=version, wrapped_key=bytes.fromhex(r.hex(64)),
                   created_at=r.now - timedelta(days=r.between(1, 300)))  # fmt: skip


@bp.fill("fhir_mappings", each="tenants", total="fhir_mappings")
def fhir_mappings(tenant, r, clients):
    while True:
        internal, resource = r.pick((("client", "Patient"), ("appointment", "Appointment"),
                                     ("provider", "Practitioner"), ("note", "DocumentReference")))  # fmt: skip
        yield dict(
            client_id=r.pick(clients).id if internal == "client" else None,
            internal_type=internal,
            fhir_resource=resource,
            fhir_resource_id=r.uuid(),
            mapping={"version": "R4", "profile": f"http://hl7.org/fhir/{resource}"},
        )


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
