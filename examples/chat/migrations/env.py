"""alembic upgrade head: creates the tables in the database of DATABASE_URL."""

import os

import sqlalchemy
from alembic import context

url = sqlalchemy.make_url(os.environ["DATABASE_URL"]).set(drivername="postgresql+psycopg")
with sqlalchemy.create_engine(url).connect() as connection:
    context.configure(connection)
    with context.begin_transaction():
        context.run_migrations()
    connection.commit()
