"""A Pilates studio: classes, bookings, packages in approval, payments, and friends who come together."""

from bisect import bisect
from collections import Counter, defaultdict
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from hashlib import blake2b, sha256
from itertools import chain, combinations, count, islice

from snapshot.seeding import Blueprint, between, long_tail, parameter, up_to

PASSWORD = "pilates-demo"  # everybody's; the README says so


@dataclass(frozen=True)
class Studio:
    admins: int = parameter(1, "administrators", least=1)
    instructors: int = parameter(2, "instructors", least=1)
    students: int = parameter(5, "students", least=1)
    packages: int = parameter(5, "packages on offer", least=1)
    templates: int = parameter(6, "classes in the weekly schedule", most=65)
    weeks: int = parameter(4, "weeks of classes, half of them past")
    approval_pending: float = parameter(0.3, "share of packages that wait for approval", most=1)
    booking_rate: float = parameter(0.6, "how full an average class is", most=1)
    friends: int = parameter(2, "friend requests a student, on average")
    trouble: float = parameter(0.1, "failed payments and refunds, for each package", most=1)
    social: bool = parameter(True, "friendships and invitations")
    payments: bool = parameter(True, "payment history")


bp = Blueprint("pilates", Studio, schema="schema.sql")
LIGHT = Studio(
    instructors=1, students=1, packages=2, templates=1, weeks=1, social=False, payments=False
)
HEAVY = Studio(admins=2, instructors=12, students=200, packages=13, templates=40, weeks=8)
bp.profile(
    "light", LIGHT, "the least to click through: 3 users, 2 packages, 1 class; under a second"
)
bp.profile(
    "medium", Studio(), "every state once: 8 users, 24 classes, about 220 rows; under a second"
)
bp.profile(
    "heavy", HEAVY, "for load tests: 214 users, 320 classes, over 5,000 rows; about 1 second"
)
bp.profile(
    "original",
    Studio(students=3, packages=3, templates=3, weeks=2),
    "the first seeding script; under a second",
)
bp.profile("balanced", Studio(students=20, instructors=3), "scenario: a bit of everything")
bp.profile(
    "approval_testing", Studio(students=20, approval_pending=0.6), "scenario: approval workflow"
)
bp.profile("social_testing", Studio(students=40, friends=5), "scenario: friends and invitations")
bp.profile(
    "booking_stress", Studio(students=40, booking_rate=1.0), "scenario: classes that are full"
)
bp.profile(
    "payment_testing", Studio(students=100, trouble=0.4), "scenario: every method with every status"
)
bp.profile("minimal", LIGHT, "scenario: the least there can be")
bp.profile(
    "performance",
    Studio(admins=2, instructors=15, students=400, packages=13, templates=60, weeks=12),
    "scenario: more than heavy",
)

bp.view("administrators", "users", "role = 'ADMIN'")
bp.view("instructors", "users", "role = 'INSTRUCTOR'")
bp.view("students", "users", "role = 'STUDENT'")
bp.view(
    "past_classes", "class_instances", "starts_at < current_setting('snapshot.now')::timestamptz"
)
bp.view(
    "coming_classes", "class_instances", "starts_at >= current_setting('snapshot.now')::timestamptz"
)

PACKAGES = [  # name, credits, price, days
    ("Single Class", 1, 22, 30),
    ("5-Class Pack", 5, 95, 60),
    ("10-Class Pack", 10, 175, 90),
    ("Monthly Unlimited", None, 160, 31),
    ("Intro Week", 3, 39, 14),
    ("20-Class Pack", 20, 320, 180),
    ("Reformer Starter", 4, 110, 45),
    ("Duo Pack", 8, 200, 90),
    ("Early Bird", 10, 130, 90),
    ("Student Special", 6, 72, 60),
    ("Summer Pass", None, 240, 92),
    ("Founders' Pack", 30, 390, 365),
    ("Prenatal Course", 8, 168, 70),
]
HOURS = {  # when a class of the week begins, and what it is
    7: "Early Bird",
    9: "Morning Flow",
    10: "Classic Mat",
    12: "Lunch Express",
    14: "Gentle Stretch",
    15: "Afternoon Balance",
    16: "Back Care",
    17: "After-Work Reformer",
    18: "Evening Reformer",
    19: "Power Reformer",
    20: "Candlelight Stretch",
}
WEEKEND = {
    9: "Weekend Warrior",
    10: "Weekend Flow",
    11: "Family Mat",
    17: "Sunset Stretch",
    18: "Weekend Reformer",
}
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
FIRST = ((1, 9), (2, 18), (3, 12), (4, 15), (5, 14), (6, 9))  # ISO weekday and hour
STATES = {  # the columns that go together
    "pending": dict(status="PENDING_APPROVAL", payment_status="PENDING"),
    "authorized": dict(status="AUTHORIZED", payment_status="AUTHORIZED"),
    "confirmed": dict(status="PAYMENT_CONFIRMED", payment_status="PAYMENT_CONFIRMED"),
    "rejected": dict(status="REJECTED", payment_status="REJECTED"),
    "expired": dict(status="EXPIRED"),
}
EXPIRED_AS = ("PAYMENT_CONFIRMED", "AUTHORIZED", "PAYMENT_CONFIRMED", "PENDING", "REJECTED")
METHODS = {  # and why one fails
    "CREDIT_CARD": ("card_declined", "insufficient_funds", "expired_card"),
    "CASH": ("not_paid_at_desk",),
    "BANK_TRANSFER": ("transfer_not_received", "insufficient_funds"),
    "PAYPAL": ("payer_account_restricted", "payment_cancelled"),
}
# The hours at which people book and pay, as often as they stand here
AWAKE = (7, 8, 8, 9, 10, 11, 12, 12, 13, 14, 16, 17, 18, 18, 19, 19, 20, 20, 20, 21, 21, 22)


def draw(*parts):
    """A number of [0, 1) that belongs to these parts: the same in every rule that asks."""
    text = "/".join(map(str, parts)).encode()
    return int.from_bytes(blake2b(text, digest_size=6).digest(), "big") / 2**48


def awake(time, *parts):
    """That day, at an hour when people are awake."""
    hour = AWAKE[int(draw("hour", *parts) * len(AWAKE))]
    return time.replace(
        hour=hour, minute=int(60 * draw("minute", *parts)), second=int(60 * draw("second", *parts))
    )


# --- people


@lru_cache
def password_hash():
    """bcrypt, with a salt that is always the same, so that rows are too. Work factor 10."""
    import bcrypt

    return bcrypt.hashpw(PASSWORD.encode(), b"$2b$10$PilatesStudioDemoSal.u").decode()


def people(r, first, last):
    """They join one after the other, from `first` to `last` days ago: ever more, as word spreads.

    When somebody joins depends on how many came before, not on how many come after.
    """
    for number in count():
        since, until = (
            r.now - timedelta(days=first - (first - last) * n / (n + 20))
            for n in (number, number + 1)
        )
        person = r.person("pilates.example")
        yield dict(
            name=person.name,
            email=person.email,
            phone=r.phone(),
            password_hash=password_hash(),
            created_at=r.moment(since, until, "evening"),
        )


@bp.fill("users", total="admins", kind={"role": "ADMIN"})
def admins(r):
    yield from people(r, 900, 800)


@bp.fill("users", total="instructors", kind={"role": "INSTRUCTOR"})
def instructors(r):
    yield from people(r, 800, 700)


@bp.fill("users", total="students", kind={"role": "STUDENT"})
def students(r):
    yield from people(r, 700, 100 + 4 * r.parameters.weeks)


# --- the offer and the schedule. The studio has one room, so no two classes are at once.


@bp.fill("packages", total="packages")
def packages(r):
    for number in count():
        name, credits, price, days = PACKAGES[number % len(PACKAGES)]
        series = number // len(PACKAGES)
        yield dict(
            name=f"{name} {series + 1}" if series else name,
            credits=credits,
            price=Decimal(price),
            validity_days=days,
            features={"guest_passes": number % 3, "priority_booking": credits is None},
            is_active=number % len(PACKAGES) < 10,
        )


def slots():
    """The week's places: the first six, then hour by hour across the days."""
    yield from FIRST
    week = [(day, hour) for hour in HOURS for day in range(1, 6)]
    week += [(day, hour) for hour in WEEKEND for day in (6, 7)]
    yield from sorted(set(week) - set(FIRST), key=lambda slot: draw("slot", *slot))


@bp.fill("class_templates", total="templates", title="Schedule")
def templates(r, instructors):
    for number, (day, hour) in enumerate(slots()):
        name = (WEEKEND if day > 5 else HOURS)[hour]
        places = 8 if "Reformer" in name else 10 if "Mat" in name else 12
        yield dict(
            name=name if number < len(FIRST) else f"{name} {DAYS[day - 1]}",
            instructor_id=instructors[number % len(instructors)].id,
            weekday=day,
            starts_hour=hour,
            capacity=max(1, min(places, r.parameters.students - 1)),
            level="advanced"
            if "Power" in name
            else "beginner"
            if "Gentle" in name or "Care" in name
            else "all",
        )


@bp.fill("class_instances", each="class_templates", need="weeks", title="Classes")
def classes(template, r):
    monday = (r.now - timedelta(days=r.now.weekday())).date()
    for week in count():
        day = monday + timedelta(weeks=week - r.parameters.weeks // 2, days=template.weekday - 1)
        starts = r.at(day, template.starts_hour)
        yield dict(
            instructor_id=template.instructor_id,
            starts_at=starts,
            ends_at=starts + timedelta(minutes=template.duration_minutes),
            capacity=template.capacity,
        )


# --- who comes when, and what pays for it. Packages and bookings both ask this plan.


def popularity(lesson):
    """Weekend mornings and evenings draw a crowd, early mornings and lunch do not."""
    hour = lesson.starts_at.hour
    if hour >= 17 or (lesson.starts_at.weekday() >= 5 and hour < 12):
        return 0.9
    return 0.4 if hour < 8 or hour == 12 else 0.6


def places_taken(lesson, studio):
    """How many come: fuller in some weeks than in others."""
    week = (lesson.starts_at.toordinal() - 1) // 7
    wave = (8 / 9, 1, 10 / 9, 1)[week % 4]
    usual = popularity(lesson)
    if studio.booking_rate <= 0.6:
        rate = usual * studio.booking_rate / 0.6
    else:  # what is popular is nearly full already
        rate = usual + (1 - usual) * (studio.booking_rate - 0.6) / 0.45
    return min(lesson.capacity, round(lesson.capacity * wave * rate + 1e-9))


def demand(lesson, r):
    return places_taken(lesson, r.parameters)


@lru_cache(maxsize=2)
def circles(students):
    """Friends: about five students each, some circles larger than others.

    Each student joins the circle that draws the most for him (rendezvous hashing: D. Thaler, C.
    Ravishankar, 1998), so a circle more moves few.
    """
    number = max(1, len(students) // 5)
    found = defaultdict(list)
    for student in students:
        found[max(range(number), key=lambda c: draw("circle", c, student.email))].append(student)
    return dict(found)


def guests(lesson, students):
    """Who likes to come, first to last: friends together, and some students much more often."""
    groups = circles(students)
    for circle in sorted(
        groups, key=lambda c: draw(lesson.starts_at, c) ** (1 + 3 * draw("keen", c))
    ):
        yield from sorted(groups[circle], key=lambda s: draw(lesson.starts_at, s.email))


@lru_cache(maxsize=2)
def agenda(lessons, students, studio):
    """The classes that each student comes to, in order, by the student's number."""
    found = defaultdict(list)
    for lesson in sorted(lessons, key=lambda lesson: lesson.starts_at):
        for student in islice(guests(lesson, students), places_taken(lesson, studio)):
            found[student.id].append(lesson)
    return found


def booked_at(lesson, student, now):
    """Mostly shortly before, sometimes more than a week."""
    latest = min(now, lesson.starts_at) - timedelta(hours=1)
    early = latest - timedelta(hours=200 * draw("early", lesson.starts_at, student.email) ** 3)
    booked = awake(early, "booked", lesson.starts_at, student.email)
    return booked if booked <= latest else booked - timedelta(days=1)


def paid_with(student, lessons, bought, left, now):
    """Which of a student's packages pays for which class: the oldest that is usable then."""
    paid = {}
    for lesson in lessons:
        booked = booked_at(lesson, student, now)
        for place, package in enumerate(bought):
            if (
                package["payment_status"] in ("AUTHORIZED", "PAYMENT_CONFIRMED")
                and package["approved_at"] <= booked
                and lesson.starts_at < package["expires_at"]
                and left[place] != 0
            ):
                if left[place] is not None:
                    left[place] -= 1
                paid[lesson.id] = place
                break
    return paid


def numbers(studio):
    """How many packages are in which state: two a student, in exact shares."""
    whole = 2 * studio.students
    found = {"pending": round(studio.approval_pending * whole)}
    rest = whole - found["pending"]
    shares = {
        "authorized": 0.2 * rest,
        "confirmed": 0.6 * rest,
        "rejected": 0.1 * rest,
        "expired": 0.1 * rest,
    }
    found.update((state, int(share)) for state, share in shares.items())
    most = sorted(shares, key=lambda state: int(shares[state]) - shares[state])
    for state in islice(most, whole - sum(found.values())):
        found[state] += 1
    return found


def shopping(students, number):
    """Who buys for which time: everybody once, then those of keen circles more often."""
    keen = {
        student: 0.1 + draw("keen", circle)
        for circle, members in circles(students).items()
        for student in members
    }
    again = [(student, time) for student in students for time in range(1, 8)]
    again.sort(key=lambda one: draw("again", one[0].email, one[1]) ** (1 / one[1]) / keen[one[0]])
    return [(student, 0) for student in students] + again[: number - len(students)]


def purchase(state, paid_as, student, time, packages, administrators, now):
    """One package that a student bought. What happened when follows from its state."""
    own = (state, student.email, time)
    age = (now - student.created_at).days
    offer = [p for p in packages if p.is_active]
    if state == "expired":  # of those that may be over by now; old ones too
        offer = [p for p in packages if p.validity_days <= age - 10] or offer
    package = offer[int(len(offer) * draw("package", *own) ** 1.5)]
    days = {"pending": (1, 5), "authorized": (3, min(package.validity_days - 1, 25)), "rejected": (3, 60),
            "confirmed": (4, min(package.validity_days - 1, 45)),
            "expired": (package.validity_days + 2, max(age - 1, package.validity_days + 3))}[state]  # fmt: skip
    ago = days[0] + (days[1] - days[0]) * draw("ago", *own)
    bought = awake(now - timedelta(days=ago), "bought", *own)
    approved = paid_as in ("AUTHORIZED", "PAYMENT_CONFIRMED")
    office = 9 * 60 + int(8 * 60 * draw("approved", *own))  # of the next day
    seen = bought.replace(hour=0, minute=0) + timedelta(days=1, minutes=office)
    admin = administrators[int(len(administrators) * draw("by", *own))]
    return dict(
        user_id=student.id,
        package_id=package.id,
        purchased_at=bought,
        approved_at=seen if approved else None,
        approved_by=admin.id if approved else None,
        expires_at=None
        if state in ("pending", "rejected")
        else bought + timedelta(days=package.validity_days),
        payment_status=paid_as,
    )


@lru_cache(maxsize=2)
def purchases(students, packages, administrators, lessons, studio, now):
    """All packages that are bought, by state: one a student, then more for those who come often.

    A student more changes few: who buys and in which state goes by ranks of draws of their own.
    """
    comes = agenda(lessons, students, studio)
    wanted = numbers(studio)
    bought = shopping(students, sum(wanted.values()))
    bought.sort(key=lambda one: draw("state", one[0].email, one[1]))
    ranked = iter(bought)
    found = {}
    own = defaultdict(list)
    for state, number in wanted.items():
        found[state] = []
        for place, (student, time) in enumerate(islice(ranked, number)):
            paid_as = (
                EXPIRED_AS[(number - 1 - place) % len(EXPIRED_AS)]
                if state == "expired"
                else STATES[state]["payment_status"]
            )
            row = purchase(state, paid_as, student, time, packages, administrators, now)
            found[state].append(row)
            own[student].append(row)
    offered = {package.id: package for package in packages}
    for student, rows in own.items():
        rows.sort(key=lambda row: row["purchased_at"])
        left = [offered[row["package_id"]].credits for row in rows]
        paid_with(student, comes[student.id], rows, left, now)
        for row, credits in zip(rows, left, strict=True):
            row["credits_remaining"] = credits
    for rows in found.values():
        rows.sort(key=lambda row: row["purchased_at"])
    return found


def buying(state):
    def body(r, students, packages, administrators, class_instances):
        lessons, studio = class_instances, r.parameters
        rows = purchases(students, packages, administrators, lessons, studio, r.now)[state]
        for row in rows:
            yield dict(row)

    body.__name__ = f"{state}_packages"
    rule = bp.fill(
        "user_packages",
        kind=STATES[state],
        need=lambda _, r: numbers(r.parameters)[state],
        title="Packages bought",
    )
    rule(body)


for state in STATES:
    buying(state)


@lru_cache(maxsize=2)
def payers(students, user_packages, packages, lessons, bookings, studio, now):
    """The package that pays for a class, by class and student; bookings that exist stay paid."""
    credits = {package.id: package.credits for package in packages}
    there = [booking for booking in bookings if booking.status != "CANCELLED"]
    booked_already = {(booking.class_id, booking.user_id) for booking in there}
    used = Counter(booking.user_package_id for booking in there)
    comes = agenda(lessons, students, studio)
    found = {}
    for student in students:
        bought = sorted(user_packages.of(user_id=student.id), key=lambda row: row.purchased_at)
        left = [
            None if credits[row.package_id] is None
            else max(0, credits[row.package_id] - row.credits_remaining - used[row.id])
            for row in bought
        ]  # fmt: skip
        new = [x for x in comes[student.id] if (x.id, student.id) not in booked_already]
        paid = paid_with(student, new, [row._asdict() for row in bought], left, now)
        found.update(((lesson, student.id), bought[place].id) for lesson, place in paid.items())
    return found


@lru_cache(maxsize=2)
def no_shows(students, lessons, studio, now):
    """Who will have missed which past class: 3.5 per cent of all."""
    past = [
        (lesson.id, student)
        for student, came in agenda(lessons, students, studio).items()
        for lesson in came
        if lesson.starts_at < now
    ]
    emails = {student.id: student.email for student in students}
    starts = {lesson.id: lesson.starts_at for lesson in lessons}
    past.sort(key=lambda one: draw("missed", starts[one[0]], emails[one[1]]))
    return set(past[: round(0.035 * len(past))])


def booked(lesson, r, students, paid):
    for student in guests(lesson, students):
        yield dict(
            user_id=student.id,
            user_package_id=paid.get((lesson.id, student.id)),
            booked_at=booked_at(lesson, student, r.now),
        )


@bp.fill("bookings", each="past_classes", need=demand, counting="status <> 'CANCELLED'")
def past_bookings(lesson, r, students, user_packages, packages, class_instances, bookings):
    paid = payers(students, user_packages, packages, class_instances, bookings, r.parameters, r.now)
    missed = no_shows(students, class_instances, r.parameters, r.now)
    for booking in booked(lesson, r, students, paid):
        absent = (lesson.id, booking["user_id"]) in missed
        yield dict(**booking, status="NO_SHOW" if absent else "ATTENDED")


@bp.fill("bookings", each="coming_classes", need=demand, counting="status <> 'CANCELLED'")
def coming_bookings(lesson, r, students, user_packages, packages, class_instances, bookings):
    paid = payers(students, user_packages, packages, class_instances, bookings, r.parameters, r.now)
    for booking in booked(lesson, r, students, paid):
        yield dict(**booking, status="CONFIRMED")


def cancelled(lesson, r):
    """Eight of a hundred bookings on top: spread evenly, by the hour that the class begins."""
    hours = lesson.starts_at.timestamp() // 3600
    return int(0.08 * demand(lesson, r) + hours * 0.6180339887498949 % 1)


@bp.fill("bookings", each="class_instances", kind={"status": "CANCELLED"}, need=up_to(cancelled))
def cancellations(lesson, r, students):
    latest = min(r.now, lesson.starts_at) - timedelta(hours=3)
    for student in r.shuffled(students):
        booked = r.moment(latest - timedelta(days=9), latest - timedelta(days=2), "evening")
        yield dict(
            user_id=student.id,
            booked_at=booked,
            cancelled_at=r.moment(booked + timedelta(minutes=20), latest, "evening"),
        )


@bp.fill(
    "waitlist_entries",
    each="class_instances",
    where="""(extract(hour FROM starts_at AT TIME ZONE 'UTC') >= 17
              OR extract(isodow FROM starts_at AT TIME ZONE 'UTC') >= 6
                 AND extract(hour FROM starts_at AT TIME ZONE 'UTC') < 12)
             AND capacity <= (SELECT count(*) FROM bookings b
                              WHERE b.class_id = class_instances.id AND b.status <> 'CANCELLED')""",
    need=up_to(between(1, 3)),
    title="Waitlist",
)
def waitlist(lesson, r, students, bookings):
    booked = {b.user_id for b in bookings.of(lesson) if b.status != "CANCELLED"}
    waiting = [student for student in students if student.id not in booked]
    joined = min(r.now, lesson.starts_at) - timedelta(hours=r.between(20, 44))
    for position, student in enumerate(r.shuffled(waiting), 1):
        joined += timedelta(minutes=r.between(5, 300))
        yield dict(user_id=student.id, position=position, joined_at=joined)


def payment(bought, r, price, status, method):
    """A payment follows the approval; a transfer takes a day."""
    since, most = (bought.approved_at, 300) if bought.approved_at else (bought.purchased_at, 60)
    made = since + timedelta(minutes=r.long_tail(2, most))
    row = dict(user_id=bought.user_id, amount=price, method=method, status=status, created_at=made,
               external_transaction_id=None, failure_reason=None, paid_at=None,
               refunded_amount=None, refunded_at=None)  # fmt: skip
    if method == "CREDIT_CARD":
        row["external_transaction_id"] = f"pi_{r.code(24)}"
    if method == "PAYPAL":
        row["external_transaction_id"] = f"PAYID-{r.code(24)}"
    if status == "FAILED":
        row["failure_reason"] = r.pick(METHODS[method])
    if status in ("COMPLETED", "REFUNDED"):
        takes = timedelta(hours=26) if method == "BANK_TRANSFER" else timedelta(minutes=2)
        row["paid_at"] = min(r.now, made + takes)
    return row


@bp.fill("payments", each="user_packages", when="payments")
def payments(bought, r, packages):
    price = packages.one(id=bought.package_id).price
    status = {"PAYMENT_CONFIRMED": "COMPLETED", "REJECTED": "FAILED"}.get(
        bought.payment_status, "PENDING"
    )
    while True:
        method = r.weighted({"CREDIT_CARD": 5, "PAYPAL": 2, "BANK_TRANSFER": 2, "CASH": 1})
        row = payment(bought, r, price, status, method)
        if status == "FAILED":
            row["failure_reason"] = "rejected_by_studio"
        yield row


def troubled(user_packages):
    """Packages that were paid for, in an order by chance."""
    paid = [p for p in user_packages if p.status == "PAYMENT_CONFIRMED"]
    return sorted(paid, key=lambda p: draw("trouble", p.purchased_at, p.expires_at))


def troubles(_, r):
    """At least one with each method."""
    return max(4, round(r.parameters.trouble * 2 * r.parameters.students))


@bp.fill(
    "payments",
    kind={"status": "FAILED"},
    counting="failure_reason <> 'rejected_by_studio'",
    need=up_to(troubles),
    when="payments",
)
def failed_payments(r, user_packages, packages):  # a first try, before the payment that worked
    paid = troubled(user_packages)
    for place in count() if paid else ():
        bought = paid[place % len(paid)]
        price = packages.one(id=bought.package_id).price
        row = payment(bought, r, price, "FAILED", list(METHODS)[place % 4])
        row["created_at"] = bought.approved_at + timedelta(seconds=r.between(20, 110))
        yield dict(**row, user_package_id=bought.id)


@bp.fill("payments", kind={"status": "REFUNDED"}, need=up_to(troubles), when="payments")
def refunds(r, user_packages, packages):  # paid twice and given back, or half of it as goodwill
    paid = troubled(user_packages)
    for place in count() if paid else ():
        bought = paid[-1 - place % len(paid)]
        price = packages.one(id=bought.package_id).price
        row = payment(bought, r, price, "REFUNDED", list(METHODS)[place % 4])
        row["refunded_amount"] = price if (place + place // 4) % 2 else price / 2
        row["refunded_at"] = min(r.now, row["paid_at"] + timedelta(hours=r.between(2, 20)))
        yield dict(**row, user_package_id=bought.id)


# --- friends


def inside(students):
    """The pairs of each circle, in an order by chance."""
    pairs = [
        pair
        for circle in circles(students).values()
        for pair in combinations(sorted(circle, key=lambda student: student.email), 2)
    ]
    return sorted(pairs, key=lambda pair: draw("pair", pair[0].email, pair[1].email))


def across(students):
    """Everybody asks somebody, again and again. Some are asked by many.

    The students stand on a line. Whoever asks points at a place of it, mostly near its beginning,
    and asks the next one: so a student more takes a few requests, and leaves the others.
    """
    line = sorted((draw("popular", student.email), student.email, student) for student in students)
    for time in range(8):
        for one in sorted(students, key=lambda student: draw("asks", time, student.email)):
            asked = bisect(line, (draw("asked", time, one.email) ** 2, ""))
            other = line[asked % len(line)][2]
            if other is not one:
                yield one, other
    yield from combinations(students, 2)


@lru_cache(maxsize=2)
def pairs(students, number):
    """Who asks whom: mostly inside a circle."""
    friends = inside(students)[: max(1, round(0.8 * number))]
    found = {frozenset(pair): pair for pair in friends}
    for one, other in across(students):
        if len(found) >= number:
            break
        both = sorted((one, other), key=lambda student: student.email)
        found.setdefault(frozenset(both), tuple(both))
    pairs = sorted(found.values(), key=lambda pair: draw("status", pair[0].email, pair[1].email))
    return [pair if draw("side", pair[0].email) < 0.5 else pair[::-1] for pair in pairs]


def requests(studio):
    """Friend requests by status: 70, 20 and 10 per cent."""
    possible = studio.students * (studio.students - 1) // 2
    number = min(studio.friends * studio.students, possible)
    pending, blocked = round(0.2 * number), round(0.1 * number)
    return {"ACCEPTED": number - pending - blocked, "PENDING": pending, "BLOCKED": blocked}


def asking(status):
    def body(r, students):
        wanted = requests(r.parameters)
        before = sum(islice(wanted.values(), list(wanted).index(status)))
        planned = pairs(students, sum(wanted.values()))[before : before + wanted[status]]
        # a pair that is there with another status is passed over
        asked = chain(planned, across(students))
        days = 12 if status == "PENDING" else 400  # most are answered within days
        for one, other in asked:
            met = max(one.created_at, other.created_at, r.now - timedelta(days=days))
            both = one.email, other.email
            asked_at = awake(met + (r.now - met) * draw("met", *both), *both)
            if not met < asked_at < r.now:  # that day, but an hour before or after
                asked_at += timedelta(days=1 if asked_at <= met else -1)
            yield dict(
                requester_id=one.id,
                addressee_id=other.id,
                created_at=asked_at,
            )

    body.__name__ = f"{status.lower()}_friendships"
    rule = bp.fill(
        "friendships",
        kind={"status": status},
        need=up_to(lambda _, r: requests(r.parameters)[status]),
        when="social",
    )
    rule(body)


for status in ("ACCEPTED", "PENDING", "BLOCKED"):
    asking(status)


@bp.fill(
    "class_invitations",
    each="friendships",
    where="status = 'ACCEPTED'",
    on={"inviter_id": "requester_id", "invitee_id": "addressee_id"},
    need=up_to(between(0, 2)),
    when="social",
    title="Invitations",
)
def invitations(friends, r, coming_classes, bookings):
    """Mostly to a class that one has booked. Who accepts has booked it too, and nobody else has."""
    one, other = (
        {booking.class_id for booking in bookings.of(user_id=user) if booking.status == "CONFIRMED"}
        for user in (friends.requester_id, friends.addressee_id)
    )
    lessons = sorted(r.shuffled(coming_classes), key=lambda lesson: lesson.id not in one)
    for lesson in lessons:
        yield dict(
            class_id=lesson.id,
            status="ACCEPTED" if lesson.id in other else r.weighted({"PENDING": 3, "DECLINED": 1}),
            sent_at=r.moment(r.now - timedelta(days=4), r.now, "evening"),
        )


# --- what the application itself writes


@bp.fill("refresh_tokens", each="users", need=1, title="Tokens")
def tokens(user, r):
    while True:
        issued = r.moment(r.now - timedelta(days=16), r.now, "evening")
        yield dict(
            token_hash=sha256(f"{PASSWORD}:{user.email}".encode()).hexdigest(),
            issued_at=issued,
            expires_at=issued + timedelta(days=14),
            revoked=r.chance(0.1),
        )


@bp.fill("audit_logs", each="users", need=long_tail(2, 16), title="Audit log")
def audit(user, r):
    agent = r.pick(("web", "ios", "android"))
    times = r.timeline(max(user.created_at, r.now - timedelta(days=90)), r.now, 8, "evening")
    while True:
        action, entity = r.weighted({("LOGIN", "user"): 5, ("CREATE", "booking"): 4, ("LOGOUT", "user"): 2,
                                     ("DELETE", "booking"): 1, ("UPDATE", "profile"): 1})  # fmt: skip
        yield dict(
            action=action,
            entity=entity,
            ip_address=f"192.0.2.{r.between(1, 254)}",  # RFC 5737: for documentation
            details={"agent": agent},
            created_at=next(times),
        )


bp.check(
    "no class over capacity",
    """SELECT c.id FROM class_instances c JOIN bookings b ON b.class_id = c.id
       WHERE b.status <> 'CANCELLED' GROUP BY c.id HAVING count(*) > c.capacity""",
)
bp.check(
    "nobody is booked and waiting",
    """SELECT w.id FROM waitlist_entries w JOIN bookings b USING (class_id, user_id)
       WHERE b.status <> 'CANCELLED'""",
)
bp.check(
    "no booking uses a package that may not be used",
    """SELECT b.id FROM bookings b JOIN user_packages p ON p.id = b.user_package_id
       WHERE p.payment_status NOT IN ('AUTHORIZED', 'PAYMENT_CONFIRMED') OR p.user_id <> b.user_id
          OR b.booked_at < p.approved_at""",
)
bp.check(
    "status and payment status of a package go together",
    """SELECT id FROM user_packages WHERE (status::text, payment_status::text) NOT IN
       (('PENDING_APPROVAL', 'PENDING'), ('AUTHORIZED', 'AUTHORIZED'), ('REJECTED', 'REJECTED'),
        ('PAYMENT_CONFIRMED', 'PAYMENT_CONFIRMED')) AND status <> 'EXPIRED'""",
)
bp.check(
    "no package pays for more classes than it has credits",
    """SELECT p.id FROM user_packages p JOIN packages k ON k.id = p.package_id
       JOIN bookings b ON b.user_package_id = p.id AND b.status <> 'CANCELLED'
       GROUP BY p.id, k.credits HAVING count(*) > k.credits""",
)
