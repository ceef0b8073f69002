"""A Pilates studio: classes, bookings, packages in approval, payments, and friends who come together."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from functools import lru_cache
from itertools import count

from snapshot.seeding import Blueprint, between, parameter, up_to


@dataclass(frozen=True)
class Studio:
    admins: int = parameter(1, "administrators")
    instructors: int = parameter(2, "instructors", least=1)
    students: int = parameter(5, "students")
    packages: int = parameter(5, "packages on offer", least=1)
    templates: int = parameter(6, "classes in the weekly schedule")
    weeks: int = parameter(4, "weeks of classes, half of them past")
    approval_pending: float = parameter(0.3, "share of packages that wait for approval", most=1)
    booking_rate: float = parameter(0.6, "how full an average class is", most=1)
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
    "medium", Studio(), "every state once: 8 users, 24 classes, about 190 rows; under a second"
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
bp.profile("social_testing", Studio(students=40), "scenario: friends and invitations")
bp.profile(
    "booking_stress", Studio(students=40, booking_rate=1.0), "scenario: classes that are full"
)
bp.profile("payment_testing", Studio(students=100), "scenario: every method with every status")
bp.profile("minimal", LIGHT, "scenario: the least there can be")
bp.profile(
    "performance",
    Studio(admins=2, instructors=15, students=400, packages=13, templates=60, weeks=12),
    "scenario: more than heavy",
)

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
SCHEDULE = [  # name, ISO weekday, hour
    ("Morning Flow", 1, 9),
    ("Evening Reformer", 2, 18),
    ("Lunch Express", 3, 12),
    ("Afternoon Balance", 4, 15),
    ("Gentle Stretch", 5, 14),
    ("Weekend Warrior", 6, 9),
]
STATES = {  # the columns that go together
    "pending": dict(status="PENDING_APPROVAL", payment_status="PENDING"),
    "authorized": dict(status="AUTHORIZED", payment_status="AUTHORIZED"),
    "confirmed": dict(status="PAYMENT_CONFIRMED", payment_status="PAYMENT_CONFIRMED"),
    "rejected": dict(status="REJECTED", payment_status="REJECTED"),
    "expired": dict(status="EXPIRED", payment_status="PAYMENT_CONFIRMED"),
}
METHODS = ("CREDIT_CARD", "CASH", "BANK_TRANSFER", "PAYPAL")


def person(r):
    name = r.fake.name()
    return dict(
        name=name,
        email=r.email(name, "pilates.example"),
        phone=r.phone(),
        password_hash=f"$2b$12${r.code(53, 'abcdefghijklmnopqrstuvwxyz./ABCDEF23456789')}",
        created_at=r.between(r.now - timedelta(days=500), r.now - timedelta(days=30)),
    )


@bp.fill("users", total="admins", kind={"role": "ADMIN"})
def admins(r):
    while True:
        yield person(r)


@bp.fill("users", total="instructors", kind={"role": "INSTRUCTOR"})
def instructors(r):
    while True:
        yield person(r)


@bp.fill("users", total="students", kind={"role": "STUDENT"})
def students(r):
    while True:
        yield person(r)


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


@bp.fill("class_templates", total="templates", title="Schedule")
def templates(r, instructors):
    for number in count():
        name, weekday, hour = SCHEDULE[number % len(SCHEDULE)]
        series = number // len(SCHEDULE)
        weekday = (weekday - 1 + series) % 5 + 1 if weekday < 6 else 6 + series % 2
        yield dict(
            name=f"{name} {series + 1}" if series else name,
            instructor_id=instructors[number % len(instructors)].id,
            weekday=weekday,
            starts_hour=7 if hour == 12 and series % 2 else hour + series % 3 * (hour != 12),
            capacity=max(1, min(12, r.parameters.students - 1)),
            level=r.pick(("all", "beginner", "advanced")),
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


@bp.fill("user_packages", each="students", on={"user_id": "id"}, need=2, title="Packages bought")
def purchases(student, r, packages):
    pending = r.parameters.approval_pending
    rest = 1 - pending
    shares = {"pending": pending, "authorized": 0.2 * rest, "confirmed": 0.6 * rest,
              "rejected": 0.1 * rest, "expired": 0.1 * rest}  # fmt: skip
    while True:
        package = r.pick(packages)
        state = r.share(shares)
        bought = r.now - timedelta(days=r.between(1, 10))
        if state == "expired":
            bought -= timedelta(days=package.validity_days + 30)
        yield dict(
            package_id=package.id,
            credits_remaining=package.credits and r.between(0, package.credits),
            purchased_at=bought,
            approved_at=None if state == "pending" else bought + timedelta(hours=r.between(1, 20)),
            expires_at=None
            if state == "pending"
            else bought + timedelta(days=package.validity_days),
            **STATES[state],
        )


def popularity(lesson):
    """Weekend mornings and evenings draw a crowd, early mornings and lunch do not."""
    hour = lesson.starts_at.hour
    if hour >= 17 or (lesson.starts_at.weekday() >= 5 and hour < 12):
        return 0.9
    return 0.4 if hour < 8 or hour == 12 else 0.6


def demand(lesson, r):
    """How many come: fuller in some weeks than in others."""
    week = (lesson.starts_at.toordinal() - 1) // 7
    wave = (8 / 9, 1, 10 / 9, 1)[week % 4]
    rate = popularity(lesson) * wave * r.parameters.booking_rate / 0.6
    return min(lesson.capacity, round(lesson.capacity * rate + 1e-9))


@lru_cache(maxsize=1)
def circles(students):
    """Friends: students five and five, those left over join the last five."""
    number = max(1, len(students) // 5)
    return [students[5 * n : None if n == number - 1 else 5 * n + 5] for n in range(number)]


@lru_cache(maxsize=1)
def circle_of(students):
    return {student.id: circle for circle in circles(students) for student in circle}


def guests(lesson, r, students, user_packages):
    """Who books: friends together."""
    for circle in r.shuffled(circles(students)):
        for student in r.shuffled(circle):
            usable = [p for p in user_packages.of(user_id=student.id)
                      if p.status in ("AUTHORIZED", "PAYMENT_CONFIRMED")]  # fmt: skip
            yield dict(
                user_id=student.id,
                user_package_id=r.pick(usable).id if usable else None,
                booked_at=min(r.now, lesson.starts_at) - timedelta(hours=r.between(2, 200)),
            )


@bp.fill("bookings", each="past_classes", need=demand, counting="status <> 'CANCELLED'")
def past_bookings(lesson, r, students, user_packages):
    for booking in guests(lesson, r, students, user_packages):
        yield dict(**booking, status=r.share({"ATTENDED": 96.5, "NO_SHOW": 3.5}))


@bp.fill("bookings", each="coming_classes", need=demand, counting="status <> 'CANCELLED'")
def coming_bookings(lesson, r, students, user_packages):
    for booking in guests(lesson, r, students, user_packages):
        yield dict(**booking, status="CONFIRMED")


@bp.fill(
    "bookings",
    each="class_instances",
    kind={"status": "CANCELLED"},
    need=up_to(lambda lesson, r: int(0.08 * demand(lesson, r) + r.even())),
)
def cancellations(lesson, r, students):
    for student in r.shuffled(students):
        booked = min(r.now, lesson.starts_at) - timedelta(hours=r.between(30, 200))
        yield dict(
            user_id=student.id,
            booked_at=booked,
            cancelled_at=booked + timedelta(hours=r.between(1, 24)),
        )


@bp.fill(
    "waitlist_entries",
    each="class_instances",
    where="""(extract(hour FROM starts_at) >= 17
              OR extract(isodow FROM starts_at) >= 6 AND extract(hour FROM starts_at) < 12)
             AND capacity <= (SELECT count(*) FROM bookings b
                              WHERE b.class_id = class_instances.id AND b.status <> 'CANCELLED')""",
    need=up_to(between(1, 3)),
    title="Waitlist",
)
def waitlist(lesson, r, students, bookings):
    booked = {b.user_id for b in bookings.of(lesson) if b.status != "CANCELLED"}
    waiting = [student for student in students if student.id not in booked]
    for position, student in enumerate(r.shuffled(waiting), 1):
        yield dict(
            user_id=student.id,
            position=position,
            joined_at=min(r.now, lesson.starts_at) - timedelta(hours=20 - position),
        )


@bp.fill("payments", each="user_packages", need=2, when="payments")
def payments(bought, r, packages):
    price = packages.one(id=bought.package_id).price
    first = {
        "PENDING_APPROVAL": "PENDING",
        "AUTHORIZED": "PENDING",
        "PAYMENT_CONFIRMED": "COMPLETED",
        "REJECTED": "FAILED",
        "EXPIRED": "COMPLETED",
    }[bought.status]
    yield payment(bought, r, price, first)
    while True:  # what happened on the way
        yield payment(bought, r, price, r.share({"FAILED": 1, "REFUNDED": 1}))


def payment(bought, r, price, status):
    method = METHODS[int(r.even() * 4)]
    made = bought.purchased_at + timedelta(minutes=r.between(1, 90))
    row = dict(user_id=bought.user_id, amount=price, method=method, status=status, created_at=made,
               external_transaction_id=None, failure_reason=None, paid_at=None,
               refunded_amount=None, refunded_at=None)  # fmt: skip
    if method == "CREDIT_CARD":
        row["external_transaction_id"] = f"pi_{r.code(24)}"
    if method == "PAYPAL":
        row["external_transaction_id"] = f"PAYID-{r.code(24)}"
    if status == "FAILED":
        row["failure_reason"] = r.pick(("card_declined", "insufficient_funds", "expired_card"))
    if status in ("COMPLETED", "REFUNDED"):
        row["paid_at"] = made + timedelta(minutes=2)
    if status == "REFUNDED":
        row["refunded_amount"] = price if r.share({True: 1, False: 1}) else price / 2
        row["refunded_at"] = made + timedelta(hours=r.between(2, 20))
    return row


@bp.fill("friendships", each="students", need=up_to(2), on={"requester_id": "id"}, when="social")
def friendships(student, r, students):
    circle = circle_of(students)[student.id]
    place = [other.id for other in circle].index(student.id)
    for step in (1, 2):
        other = circle[(place + step) % len(circle)]
        if other.id != student.id:
            yield dict(
                addressee_id=other.id,
                status=r.share({"ACCEPTED": 70, "PENDING": 20, "BLOCKED": 10}),
                created_at=r.this_year(),
            )


@bp.fill(
    "class_invitations",
    each="friendships",
    where="status = 'ACCEPTED'",
    on={"inviter_id": "requester_id", "invitee_id": "addressee_id"},
    need=up_to(1),
    when="social",
    title="Invitations",
)
def invitations(friends, r, coming_classes):
    for lesson in r.shuffled(coming_classes):
        yield dict(
            class_id=lesson.id,
            status=r.share({"PENDING": 50, "ACCEPTED": 35, "DECLINED": 15}),
            sent_at=r.now - timedelta(hours=r.between(1, 72)),
        )


@bp.fill("refresh_tokens", each="users", need=1, title="Tokens")
def tokens(user, r):
    while True:
        issued = r.now - timedelta(hours=r.between(1, 400))
        yield dict(
            token_hash=r.hex(64),
            issued_at=issued,
            expires_at=issued + timedelta(days=14),
            revoked=r.chance(0.1),
        )


@bp.fill("audit_logs", each="users", need=2, title="Audit log")
def audit(user, r):
    while True:
        action, entity = r.pick((("LOGIN", "user"), ("LOGOUT", "user"), ("UPDATE", "profile"),
                                 ("CREATE", "booking"), ("DELETE", "booking")))  # fmt: skip
        yield dict(
            action=action,
            entity=entity,
            ip_address=f"192.0.2.{r.between(1, 254)}",  # RFC 5737: for documentation
            details={"agent": r.pick(("web", "ios", "android"))},
            created_at=r.between(user.created_at, r.now),
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
       WHERE p.status NOT IN ('AUTHORIZED', 'PAYMENT_CONFIRMED') OR p.user_id <> b.user_id""",
)
bp.check(
    "status and payment status of a package go together",
    """SELECT id FROM user_packages WHERE (status::text, payment_status::text) NOT IN
       (('PENDING_APPROVAL', 'PENDING'), ('AUTHORIZED', 'AUTHORIZED'), ('REJECTED', 'REJECTED'),
        ('PAYMENT_CONFIRMED', 'PAYMENT_CONFIRMED')) AND status <> 'EXPIRED'""",
)
