"""Faker's values, and SQLAlchemy's bulk insert."""

import random
import sys
from datetime import UTC

from faker import Faker
from models import Channel, Message, User, engine
from sqlalchemy import insert
from sqlalchemy.orm import Session

rows = int(sys.argv[1])
fake = Faker()
with Session(engine()) as session:
    people = [{"name": fake.name(), "email": f"{n}{fake.email()}"} for n in range(1_000)]
    session.execute(insert(User), people)
    session.execute(insert(Channel), [{"name": fake.catch_phrase()} for _ in range(100)])
    for _ in range(rows // 10_000):
        batch = []
        for _ in range(10_000):
            sent = fake.date_time_this_year(tzinfo=UTC)
            batch.append(
                {"channel_id": random.randint(1, 100), "user_id": random.randint(1, 1_000),
                 "content": fake.sentence(), "created_at": sent, "updated_at": sent}
            )  # fmt: skip
        session.execute(insert(Message), batch)
    session.commit()
