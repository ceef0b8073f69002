"""A clinic: forty tables that are odd in the ways that masking must know. Every person is invented.

PERSONAL names the columns that hold somebody's data, PERSONAL_PATHS the places in JSON documents.
The rows are the same each time; only `more_patients` depends on how many are asked for.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

import psycopg
from psycopg import sql


class Person(NamedTuple):
    first: str
    last: str
    mail: str
    phone: str
    born: str
    street: str
    zip: str
    city: str
    country: str

    @property
    def name(self) -> str:
        return f"{self.first} {self.last}"


PEOPLE = [
    Person(*line.split("|"))
    for line in """
Anneliese|Brückner|anneliese.brueckner@posteo.de|+49 30 4412087|1951-03-08|Lindenallee 14a|10243|Berlin|DE
Jürgen|Weißenfels|j.weissenfels@gmx.net|+49 (0)89 2237719|1964-11-30|Am Mühlbach 3|80331|München|DE
Katharina|Oßwald|kati.osswald@web.de|0171 5520934|1988-07-19|Goethestraße 101|04109|Leipzig|DE
Søren|Kjærgaard|soren.kj@mail.dk|+45 33 12 44 90|1979-01-22|Vesterbrogade 87|1620|København|DK
Zoë|van der Meulen|zoe.vdmeulen@ziggo.nl|+31 20 5550718|1995-05-05|Prinsengracht 263|1016 GV|Amsterdam|NL
Étienne|Lefèvre-Dubois|etienne.lefevre@orange.fr|01 44 55 66 78|1947-12-12|12 bis, rue des Érables|75011|Paris|FR
Amélie|Rousseau|amelie.rousseau@laposte.net|06 12 90 34 57|2001-02-28|8, quai Saint-Antoine|69002|Lyon|FR
Íñigo|Echeverría Ruiz|inigo.echeverria@telefonica.es|+34 612 903 457|1972-09-14|Calle del Pez 22, 3.º B|28004|Madrid|ES
María José|Ñíguez|mjniguez@correo.es|913 450 221|1959-06-01|Avenida de la Constitución 7|41004|Sevilla|ES
Siobhán|O'Shaughnessy|siobhan.osh@eircom.ie|+353 1 677 0095|1983-10-31|5 Fitzwilliam Place|D02 X285|Dublin|IE
Giulia|D'Alessandro|giulia.dale@libero.it|+39 06 6982 1140|1990-04-25|Via dei Coronari 201|00186|Roma|IT
Łukasz|Wiśniewski|l.wisniewski@onet.pl|+48 22 621 05 17|1968-08-09|ul. Świętokrzyska 30/63|00-116|Warszawa|PL
Ágnes|Szőke|agnes.szoke@freemail.hu|+36 1 267 8820|1955-02-17|Váci utca 47|1056|Budapest|HU
Harold|Pemberton|hpemberton@btinternet.com|020 7946 1837|1938-05-23|47 Mornington Crescent|NW1 7RE|London|GB
Latoya|Washington|latoya.w84@yahoo.com|(312) 662-8841|1984-12-03|2210 W Armitage Ave Apt 4|60647|Chicago|US
Алексей|Воробьёв|a.vorobyov@yandex.ru|+7 495 771-40-16|1976-03-27|ул. Большая Ордынка, 21|119017|Москва|RU
Наталья|Ковальчук|n.kovalchuk@ukr.net|+380 44 279 1163|1962-07-07|вул. Хрещатик, 15|01001|Київ|UA
Ивайло|Стоянов|ivaylo.st@abv.bg|+359 2 987 4410|1991-11-11|бул. Витоша 64|1463|София|BG
Ελένη|Παπαδοπούλου|eleni.papad@otenet.gr|+30 21 0322 8817|1970-01-15|Ερμού 56|105 63|Αθήνα|GR
Γιώργος|Καραγιάννης|g.karag@forthnet.gr|+30 231 027 7719|1949-09-29|Τσιμισκή 43|546 23|Θεσσαλονίκη|GR
فاطمة|الزهراني|f.alzahrani@stc.com.sa|+966 11 462 8830|1986-06-16|شارع العليا 118|12211|الرياض|SA
يوسف|بن خليفة|youssef.bk@topnet.tn|+216 71 240 953|1999-10-04|نهج قرطاج 9|1000|تونس|TN
דוד|לוינשטיין|d.levinshtein@netvision.il|+972 3 527 4416|1953-04-12|רחוב דיזנגוף 99|64396|תל אביב|IL
王|秀英|wang.xiuying@163.com|+86 10 6512 9907|1966-02-09|建国门外大街 22 号|100022|北京|CN
陳|志明|chihming.chen@hinet.tw|+886 2 2771 4183|1980-08-18|忠孝東路四段 170 號|10690|台北|TW
佐藤|花子|hanako.sato@docomo.jp|+81 3 3541 7726|1993-03-03|銀座 4-6-16|104-0061|東京|JP
김|민수|minsu.kim@naver.com|+82 2 735 0948|1974-12-25|종로 51|03161|서울|KR
Thị Hương|Nguyễn|huong.nguyen@vnn.vn|+84 24 3825 9944|1997-01-31|72 Phố Huế|11611|Hà Nội|VN
Olúwaṣeun|Adébáyọ̀|seun.adebayo@mtn.ng|+234 1 270 6618|1989-05-17|14 Bode Thomas Street|101241|Lagos|NG
Priyanka|Chattopadhyay|p.chatto@rediffmail.com|+91 33 2287 5519|2004-09-09|Park Street 57B|700016|Kolkata|IN
""".strip().splitlines()
]

SCHEMA = r'''
CREATE SCHEMA audit; CREATE SCHEMA "Praxis";
CREATE TYPE gender AS ENUM ('female', 'male', 'other');
CREATE TYPE role AS ENUM ('admin', 'nurse', 'doctor', 'desk');
CREATE TYPE postal AS (street text, city text);
CREATE DOMAIN mail AS text CHECK (VALUE ~ '^[^@ ]+@[^@ ]+$');
CREATE DOMAIN score AS smallint CHECK (VALUE BETWEEN 0 AND 10);
CREATE TABLE countries (code char(2) PRIMARY KEY, name text NOT NULL);
CREATE TABLE icd_codes (code text PRIMARY KEY, title text NOT NULL);
CREATE TABLE tenants (id uuid PRIMARY KEY, slug text NOT NULL UNIQUE, name text NOT NULL,
    contact_email mail);
CREATE TABLE users (id serial PRIMARY KEY, tenant_id uuid NOT NULL REFERENCES tenants,
    email text NOT NULL UNIQUE, username varchar(40) NOT NULL, password_hash text NOT NULL,
    full_name text NOT NULL, role role NOT NULL, last_login timestamptz, settings jsonb);
CREATE UNIQUE INDEX ON users (lower(email));
CREATE TABLE staff (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, user_id int REFERENCES users,
    vorname text NOT NULL, nachname text NOT NULL, tel_nr text, salary numeric(10,2),
    supervisor int REFERENCES staff, mentor int REFERENCES staff);
CREATE TABLE insurers (id serial PRIMARY KEY, name text NOT NULL, contact_person text,
    fax varchar(30));
CREATE TABLE patients (id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
    tenant_id uuid NOT NULL REFERENCES tenants, mrn text NOT NULL UNIQUE, first_name text NOT NULL,
    last_name text NOT NULL, full_name text GENERATED ALWAYS AS (first_name || ' ' || last_name)
    STORED, dob date NOT NULL CHECK (dob > '1900-01-01'), gender gender, email mail, phone text,
    ssn char(11), insurer_id int REFERENCES insurers, emergency_contact text, emergency_phone text,
    allergies text[], home postal, pain score, photo bytea, active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT '2024-01-01 00:00Z');
COMMENT ON COLUMN patients.home IS 'the address';
CREATE TABLE relatives (id serial PRIMARY KEY, patient_id bigint NOT NULL REFERENCES patients,
    name text NOT NULL, relation text NOT NULL, phone text);
CREATE TABLE addresses (id serial PRIMARY KEY, patient_id bigint NOT NULL REFERENCES patients,
    street text NOT NULL, zip varchar(10), city text, country char(2) REFERENCES countries,
    location point);
CREATE TABLE insurances (patient_id bigint REFERENCES patients, insurer_id int REFERENCES insurers,
    policy_number text NOT NULL, valid daterange, PRIMARY KEY (patient_id, insurer_id));
CREATE TABLE insurance_claims (id serial PRIMARY KEY, patient_id bigint, insurer_id int,
    amount numeric(8,2), FOREIGN KEY (patient_id, insurer_id) REFERENCES insurances MATCH FULL);
CREATE TABLE visits (id serial PRIMARY KEY, patient_id bigint NOT NULL REFERENCES patients,
    staff_id int REFERENCES staff, visited_at timestamptz NOT NULL, reason text, diagnosis text,
    icd text REFERENCES icd_codes, follow_up_of int REFERENCES visits);
CREATE TABLE prescriptions (visit_id int REFERENCES visits, position smallint, drug text NOT NULL,
    dosage text, instructions text, prescribed_by text, PRIMARY KEY (visit_id, position));
CREATE TABLE notes (id serial PRIMARY KEY, patient_id bigint REFERENCES patients, author text,
    body text NOT NULL, search tsvector);
CREATE FUNCTION index_note() RETURNS trigger LANGUAGE plpgsql AS $f$
    BEGIN NEW.search := pg_catalog.to_tsvector('pg_catalog.simple', NEW.body); RETURN NEW; END $f$;
CREATE TRIGGER indexed BEFORE INSERT OR UPDATE ON notes FOR EACH ROW
    EXECUTE FUNCTION index_note();
CREATE TABLE messages (id serial PRIMARY KEY, sender_email text NOT NULL REFERENCES users (email),
    recipient text NOT NULL, subject text, body text, sent_at timestamptz,
    search tsvector GENERATED ALWAYS AS (to_tsvector('pg_catalog.simple', body)) STORED);
CREATE TABLE forms (id uuid PRIMARY KEY, patient_id bigint REFERENCES patients,
    template text NOT NULL, answers jsonb NOT NULL, raw json, logins jsonb);
CREATE TABLE files (id serial PRIMARY KEY, patient_id bigint REFERENCES patients,
    file_name text NOT NULL, mime_type text NOT NULL, content bytea, sha256 text);
CREATE TABLE audit.log (id bigserial PRIMARY KEY, table_name text NOT NULL, row_id bigint,
    action text NOT NULL, changed_by text, at timestamptz NOT NULL, old_row jsonb, new_row jsonb,
    client_ip inet);
CREATE TABLE search_index (patient_id bigint PRIMARY KEY REFERENCES patients, terms text[],
    vector tsvector NOT NULL);
CREATE TABLE invoices (id serial PRIMARY KEY, patient_id bigint REFERENCES patients,
    number text NOT NULL UNIQUE, billing_name text, billing_address text, amount numeric(10,2),
    status text NOT NULL, due date);
CREATE TABLE payments (id serial PRIMARY KEY, invoice_id int REFERENCES invoices, iban varchar(34),
    card_number varchar(23), card_holder text, amount money, paid_at timestamp);
CREATE TABLE devices (id serial PRIMARY KEY, user_id int REFERENCES users, ip inet, mac macaddr,
    user_agent text, push_token text, last_seen timestamptz);
CREATE TABLE sessions (id uuid PRIMARY KEY, user_id int REFERENCES users, token text UNIQUE,
    ip text, expires_at timestamptz);
CREATE TABLE bookings (id serial PRIMARY KEY, patient_id bigint REFERENCES patients,
    period daterange NOT NULL, remark text, EXCLUDE USING gist (period WITH &&));
CREATE TABLE events (id bigint, at date NOT NULL, patient_id bigint, kind text, payload jsonb)
    PARTITION BY RANGE (at);
CREATE TABLE events_2024 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE events_rest PARTITION OF events DEFAULT;
CREATE TABLE measurements (patient_id bigint NOT NULL REFERENCES patients, at timestamptz NOT NULL,
    pulse smallint, weight numeric(5,1), PRIMARY KEY (patient_id, at)) PARTITION BY HASH (patient_id);
CREATE TABLE measurements_0 PARTITION OF measurements FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE measurements_1 PARTITION OF measurements FOR VALUES WITH (MODULUS 2, REMAINDER 1);
CREATE TABLE contacts (id serial PRIMARY KEY, name text, email text, phone text);
CREATE TABLE doctors (specialty text, licence_number text) INHERITS (contacts);
CREATE TABLE wards (id int PRIMARY KEY, lead_shift int NOT NULL, title text);
CREATE TABLE shifts (id int PRIMARY KEY, roster int NOT NULL, starts time);
CREATE TABLE rosters (id int PRIMARY KEY, ward int NOT NULL REFERENCES wards
    DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE wards ADD FOREIGN KEY (lead_shift) REFERENCES shifts DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE shifts ADD FOREIGN KEY (roster) REFERENCES rosters DEFERRABLE INITIALLY DEFERRED;
CREATE TABLE newsletter (email text PRIMARY KEY, name text, subscribed_at timestamptz);
CREATE TABLE newsletter_clicks (id serial PRIMARY KEY,
    reader text REFERENCES newsletter ON UPDATE CASCADE, url text, clicked_at timestamptz);
CREATE TABLE memberships (tenant_id uuid REFERENCES tenants, user_id int REFERENCES users,
    since date, PRIMARY KEY (tenant_id, user_id));
CREATE TABLE membership_rights (tenant_id uuid, user_id int, privilege text,
    PRIMARY KEY (tenant_id, user_id, privilege),
    FOREIGN KEY (tenant_id, user_id) REFERENCES memberships);
CREATE TABLE "Praxis"."Kontakte" ("KontaktId" int PRIMARY KEY, "Anrede" text, "Nachname" text,
    "Vorname" text, "E-Mail" text, "Tel.Nr" text, "Straße ""1""" text, "PLZ" text, "Ort" text,
    "Geburtsdatum" date, "Bemerkungen" text);
CREATE TABLE "Praxis".personnes (num serial PRIMARY KEY, nom text, prenom text, courriel text,
    adresse text, ville text, code_postal text, date_naissance date, portable text);
CREATE TABLE "Praxis".personas (id serial PRIMARY KEY, nombre text, apellidos text, correo text,
    telefono text, direccion text, dni text, fecha_nacimiento date);
CREATE TABLE imports (id serial PRIMARY KEY, data text, v1 text, v2 text, v3 text, d1 date,
    x1 text, state text);
COMMENT ON COLUMN imports.x1 IS 'phone number of the guardian';
CREATE TABLE preferences (user_id int PRIMARY KEY REFERENCES users, email text, sms boolean,
    theme text, language char(2));
CREATE VIEW active_patients AS SELECT id, first_name, email FROM patients WHERE active;
CREATE VIEW busy_staff AS SELECT staff_id, count(*) AS visits FROM visits GROUP BY 1;
CREATE MATERIALIZED VIEW patient_cities AS SELECT patient_id, city FROM addresses;
ALTER TABLE forms ENABLE ROW LEVEL SECURITY;
CREATE POLICY own ON forms USING (true);
COMMENT ON TABLE patients IS 'who is treated';
'''

# A value of each of the server's types; NULL where a build may lack what makes one.
TYPES = {
    "bool": "true", "bytea": r"'\x00ff'", '"char"': "'c'", "name": "'postgres'", "int2": "1",
    "int4": "2", "int8": "3", "text": "'Anneliese'", "oid": "4000000000", "xid": "'5'",
    "xid8": "'6'", "cid": "'7'", "tid": "'(0,1)'", "json": """'{"a": 1.10}'""",
    "jsonb": """'{"a": [1e400]}'""", "jsonpath": "'$.a'", "xml": "NULL", "point": "'(1,2)'",
    "lseg": "'[(0,0),(1,1)]'", "path": "'[(0,0),(1,1)]'", "box": "'(1,1),(0,0)'",
    "polygon": "'((0,0),(1,1),(1,0))'", "line": "'{1,2,3}'", "circle": "'<(0,0),1>'",
    "float4": "1.5", "float8": "'NaN'", "numeric": "12345678901234567890.10", "money": "12.5",
    "macaddr": "'08:00:2b:01:02:03'", "macaddr8": "'08:00:2b:01:02:03:04:05'",
    "inet": "'1.2.3.4/8'", "cidr": "'10.0.0.0/8'", "char(10)": "'ab '", "varchar(20)": "'v'",
    "date": "'0044-03-15 BC'", "time": "'24:00'", "timetz": "'12:00+05'",
    "timestamp": "'infinity'", "timestamptz": "'2000-02-29 12:00Z'",
    "interval": "'1 year -2 days'", "bit(3)": "'101'", "varbit": "'1'",
    "uuid": "'00000000-0000-4000-8000-000000000001'", "pg_lsn": "'0/16B3748'",
    "tsvector": "'anneliese:1'", "tsquery": "'anneliese'", "txid_snapshot": "'1:1:'",
    "pg_snapshot": "'1:1:'", "int4range": "'[1,3)'", "int8range": "'empty'",
    "numrange": "'(,1.5]'", "daterange": "'[2024-01-01,2024-02-01)'",
    "tsrange": "'[2024-01-01,)'", "tstzrange": "NULL", "int4multirange": "'{[1,3)}'",
    "int8multirange": "'{}'", "nummultirange": "NULL", "datemultirange": "NULL",
    "tsmultirange": "NULL", "tstzmultirange": "NULL", "regclass": "'pg_catalog.pg_class'",
    "regtype": "'int4'", "regproc": "NULL", "regrole": "NULL", "regnamespace": "NULL",
    "refcursor": "'cursor'", "int2vector": "'1 2'", "oidvector": "'1 2'", "aclitem": "NULL",
    "text[]": "ARRAY['a', NULL]", "varchar(9)[]": "'{}'", "int4[]": "'[0:1]={1,2}'",
    "gender": "'other'", "gender[]": "'{male,NULL}'", "postal": "ROW('Am Bach 1', 'Ulm')",
    "postal[]": "ARRAY[ROW('Am Bach 1', 'Ulm')::postal]", "mail": "'a@posteo.de'",
    "score": "7",
}  # fmt: skip

PERSONAL: set[tuple[str, str]] = {
    tuple(place.rsplit(".", 1)) if "|" not in place else tuple(place.split("|"))  # type: ignore[misc]
    for place in [
        "tenants.name",
        "tenants.contact_email",
        "tenants.slug",
        "users.email",
        "users.username",
        "users.password_hash",
        "users.full_name",
        "users.last_login",
        "users.settings",
        "users.nick",
        "staff.vorname",
        "staff.nachname",
        "staff.tel_nr",
        "staff.salary",
        "insurers.contact_person",
        "insurers.fax",
        "patients.mrn",
        "patients.first_name",
        "patients.last_name",
        "patients.dob",
        "patients.email",
        "patients.phone",
        "patients.ssn",
        "patients.emergency_contact",
        "patients.emergency_phone",
        "patients.allergies",
        "patients.home",
        "patients.photo",
        "relatives.name",
        "relatives.phone",
        "addresses.street",
        "addresses.zip",
        "addresses.city",
        "addresses.location",
        "insurances.policy_number",
        "visits.visited_at",
        "visits.reason",
        "visits.diagnosis",
        "prescriptions.instructions",
        "prescriptions.prescribed_by",
        "notes.author",
        "notes.body",
        "notes.search",
        "messages.sender_email",
        "messages.recipient",
        "messages.subject",
        "messages.body",
        "forms.answers",
        "forms.raw",
        "forms.logins",
        "files.file_name",
        "files.content",
        "audit.log|changed_by",
        "audit.log|old_row",
        "audit.log|new_row",
        "audit.log|client_ip",
        "search_index.terms",
        "search_index.vector",
        "invoices.billing_name",
        "invoices.billing_address",
        "payments.iban",
        "payments.card_number",
        "payments.card_holder",
        "devices.ip",
        "devices.mac",
        "devices.user_agent",
        "devices.push_token",
        "devices.last_seen",
        "devices.attributes",
        "sessions.token",
        "sessions.ip",
        "bookings.remark",
        "events.payload",
        "contacts.name",
        "contacts.email",
        "contacts.phone",
        "doctors.name",
        "doctors.email",
        "doctors.phone",
        "doctors.licence_number",
        "newsletter.email",
        "newsletter.name",
        "newsletter_clicks.reader",
        "newsletter_clicks.url",
        "Praxis.Kontakte|Nachname",
        "Praxis.Kontakte|Vorname",
        "Praxis.Kontakte|E-Mail",
        "Praxis.Kontakte|Tel.Nr",
        "Praxis.Kontakte|PLZ",
        "Praxis.Kontakte|Ort",
        "Praxis.Kontakte|Geburtsdatum",
        "Praxis.Kontakte|Bemerkungen",
        "Praxis.personnes|nom",
        "Praxis.personnes|prenom",
        "Praxis.personnes|courriel",
        "Praxis.personnes|adresse",
        "Praxis.personnes|ville",
        "Praxis.personnes|code_postal",
        "Praxis.personnes|date_naissance",
        "Praxis.personnes|portable",
        "Praxis.personas|nombre",
        "Praxis.personas|apellidos",
        "Praxis.personas|correo",
        "Praxis.personas|telefono",
        "Praxis.personas|direccion",
        "Praxis.personas|dni",
        "Praxis.personas|fecha_nacimiento",
        "imports.data",
        "imports.v1",
        "imports.v2",
        "imports.v3",
        "imports.d1",
        "imports.x1",
    ]
} | {("Praxis.Kontakte", 'Straße "1"')}

PERSONAL_PATHS: set[tuple[str, str, str]] = {
    ("users", "settings", "signature"),
    ("users", "settings", "devices[].ip"),
    ("forms", "answers", "contact.email"),
    ("forms", "answers", "contact.phone"),
    ("forms", "answers", "insured.name"),
    ("forms", "answers", "insured.birthday"),
    ("forms", "answers", "symptoms[]"),
    ("forms", "raw", '"e.mail"'),
    ("forms", "logins", "{}"),
    ("audit.log", "old_row", "first_name"),
    ("audit.log", "old_row", "email"),
    ("audit.log", "new_row", "first_name"),
    ("audit.log", "new_row", "last_name"),
    ("audit.log", "new_row", "email"),
    ("audit.log", "new_row", "phone"),
    ("events", "payload", "patient.name"),
}


def luhn_digit(digits: str) -> str:
    """The digit that makes a card number of these."""
    total = sum(sum(divmod(int(d) * (2 - n % 2), 10)) for n, d in enumerate(reversed(digits)))
    return str(-total % 10)


def card(number: int) -> str:
    digits = f"4539{number * 7_919_461 % 10**11:011}"
    return digits + luhn_digit(digits)


def iban(number: int) -> str:
    account = f"100500000{number * 104_729 % 10**9:09}"
    return f"DE{98 - int(account + '131400') % 97:02}{account}"


def clinic(url: str) -> None:
    """Make the clinic in an empty database."""
    with psycopg.connect(url) as connection:
        connection.execute(sql.SQL(SCHEMA))
        for statement in _rows():
            connection.execute(statement)
        _all_types(connection)
        _extensions(connection)
        connection.execute("REFRESH MATERIALIZED VIEW patient_cities")


def _insert(table: str, columns: str, rows: list[tuple[object, ...]]) -> sql.Composed:
    return sql.SQL("INSERT INTO {} ({}) VALUES {}").format(
        sql.SQL(table),
        sql.SQL(columns),
        sql.SQL(", ").join(
            sql.SQL("({})").format(sql.SQL(", ").join(map(sql.Literal, row))) for row in rows
        ),
    )


def _uuid(number: int) -> str:
    return f"{number * 2_654_435_761 % 2**32:08x}-aa{number:02x}-4bcd-8ef0-{number:012x}"


def _rows() -> Iterator[sql.Composable]:
    numbered = list(enumerate(PEOPLE, 1))
    codes = sorted({p.country for p in PEOPLE})
    yield _insert("countries", "code, name", [(c, f"Land {c}") for c in codes])
    yield _insert("icd_codes", "code, title",
                  [("J06.9", "Acute infection"), ("E11.9", "Diabetes"), ("I10", "Hypertension")])  # fmt: skip
    yield _insert("tenants", "id, slug, name, contact_email", [
        (_uuid(n), p.last.split()[0].lower(), f"Praxis {p.last}", p.mail)
        for n, p in numbered[:3]
    ])  # fmt: skip
    yield from _users(numbered)
    yield from _patients(numbered)
    yield from _treatment(numbered)
    yield from _documents(numbered)
    yield from _money(numbered)
    yield from _others(numbered)
    yield from _foreign_words(numbered)


Numbered = list[tuple[int, Person]]


def _users(people: Numbered) -> Iterator[sql.Composable]:
    yield _insert(
        "users",
        "tenant_id, email, username, password_hash, full_name, role, last_login, settings",
        [
            (_uuid(1 + n % 3), p.mail, p.mail.split("@")[0], f"$2b$12${n * 7_368_787:022x}Qw{n}", p.name,
             ("admin", "nurse", "doctor", "desk")[n % 4], f"2024-0{1 + n % 9}-1{n % 9} 08:{n:02}Z",
             f'{{"theme": "{("dark", "light")[n % 2]}", "signature": "Regards, {p.name}",'
             f' "devices": [{{"ip": "93.184.{n}.7", "active": true}}], "beta": false}}')
            for n, p in people[:20]
        ],
    )  # fmt: skip
    yield _insert("staff", "user_id, vorname, nachname, tel_nr, salary, supervisor, mentor", [
        (n, p.first, p.last, p.phone, 2800 + 137 * n, None if n == 1 else n // 2,
         None if n < 3 else n - 2) for n, p in people[:20]
    ])  # fmt: skip
    yield _insert("devices", "user_id, ip, mac, user_agent, push_token, last_seen", [
        (n, f"84.17.{n}.{n * 3}", f"3c:22:fb:{n:02x}:0a:{n * 5:02x}",
         f"Mozilla/5.0 (X11; Linux) Firefox/{100 + n}", f"fcm{n * 982_451_653:024x}zZ",
         f"2024-03-{n:02} 10:00Z") for n, p in people[:20]
    ])  # fmt: skip
    yield _insert("sessions", "id, user_id, token, ip, expires_at", [
        (_uuid(40 + n), n, f"sess_{n * 15_485_863 * 10**12:x}k{n}", f"84.17.{n}.9", "2025-01-01")
        for n, p in people[:20]
    ])  # fmt: skip
    yield _insert("preferences", "user_id, email, sms, theme, language", [
        (n, ("yes", "no")[n % 2], n % 3 == 0, ("dark", "light")[n % 2], ("de", "en")[n % 2])
        for n, p in people[:20]
    ])  # fmt: skip
    yield _insert("memberships", "tenant_id, user_id, since",
                  [(_uuid(1 + n % 3), n, f"2021-01-{n:02}") for n, p in people[:20]])  # fmt: skip
    yield _insert("membership_rights", "tenant_id, user_id, privilege", [
        (_uuid(1 + n % 3), n, right) for n, p in people[:20] for right in ("read", "write")
    ])  # fmt: skip


def _patients(people: Numbered) -> Iterator[sql.Composable]:
    yield _insert("insurers", "name, contact_person, fax", [
        (f"Kasse {p.city}", p.name, p.phone) for n, p in people[:5]
    ])  # fmt: skip
    yield _insert(
        "patients",
        "tenant_id, mrn, first_name, last_name, dob, gender, email, phone, ssn, insurer_id, "
        "emergency_contact, emergency_phone, allergies, home, pain, photo",
        [
            (_uuid(1 + n % 3), f"MRN-{n * 48_611:07}", p.first, p.last, p.born,
             ("female", "male", "other")[n % 3], p.mail, p.phone, f"5{n:02}-4{n % 10}-{1200 + n}",
             1 + n % 5, PEOPLE[n % 30].name, PEOPLE[n % 30].phone,
             ["penicillin", f"peanuts at {p.city}"], f'("{p.street}","{p.city}")',
             n % 11, bytes([255, 216, n] * 20))
            for n, p in people
        ],
    )  # fmt: skip
    yield _insert("relatives", "patient_id, name, relation, phone", [
        (n, PEOPLE[(n + 4) % 30].name, ("mother", "father", "spouse")[n % 3], PEOPLE[(n + 4) % 30].phone)
        for n, p in people
    ])  # fmt: skip
    yield _insert("addresses", "patient_id, street, zip, city, country, location", [
        (n, p.street, p.zip, p.city, p.country, f"({n}.25,{n}.75)") for n, p in people
    ])  # fmt: skip
    yield _insert("insurances", "patient_id, insurer_id, policy_number, valid", [
        (n, 1 + n % 5, f"A{n * 7_654_321 % 10**9:09}", "[2020-01-01,2030-01-01)")
        for n, p in people
    ])  # fmt: skip
    yield _insert("insurance_claims", "patient_id, insurer_id, amount", [
        (n, 1 + n % 5, 10.5 * n) if n % 4 else (None, None, 1) for n, p in people
    ])  # fmt: skip
    yield _insert("search_index", "patient_id, terms, vector", [
        (n, [p.first.lower(), p.last.lower()], f"{n}:1") for n, p in people
    ])  # fmt: skip


def _treatment(people: Numbered) -> Iterator[sql.Composable]:
    yield _insert(
        "visits", "patient_id, staff_id, visited_at, reason, diagnosis, icd, follow_up_of",
        [
            (1 + n % 30, 1 + n % 20, f"2024-0{1 + n % 9}-{1 + n % 28:02} 09:{n % 60:02}Z",
             f"{PEOPLE[n % 30].first} coughs since Monday",
             f"patient {PEOPLE[n % 30].last} has an infection of the upper airways",
             ("J06.9", "E11.9", "I10")[n % 3], n - 1 if n % 5 == 0 else None)
            for n in range(1, 61)
        ],
    )  # fmt: skip
    yield _insert("prescriptions", "visit_id, position, drug, dosage, instructions, prescribed_by", [
        (n, 1, ("ibuprofen", "metformin", "ramipril")[n % 3], f"{n % 3 + 1}-0-1",
         f"call {p.phone} if it gets worse", p.name) for n, p in people
    ])  # fmt: skip
    yield _insert("notes", "patient_id, author, body", [
        (n, PEOPLE[n % 20].name,
         f"{p.name} lives at {p.street}, {p.city}; reach her at {p.mail} or {p.phone}.")
        for n, p in people
    ])  # fmt: skip
    yield _insert("bookings", "patient_id, period, remark", [
        (n, f"[2024-0{1 + n // 28}-{1 + n % 28:02},2024-0{1 + n // 28}-{1 + n % 28:02}]",
         f"bring the card of {p.last}") for n, p in people
    ])  # fmt: skip
    yield _insert("measurements", "patient_id, at, pulse, weight", [
        (n, f"2024-05-{n:02} 08:00Z", 60 + n, 50.5 + n) for n, p in people
    ])  # fmt: skip


def _documents(people: Numbered) -> Iterator[sql.Composable]:
    yield _insert("messages", "sender_email, recipient, subject, body, sent_at", [
        (p.mail, PEOPLE[n].mail, f"Results for {p.first}", f"Dear {PEOPLE[n].name}, see you.\n{p.name}",
         f"2024-06-{n:02} 12:00Z") for n, p in people[:20]
    ])  # fmt: skip
    yield _insert("forms", "id, patient_id, template, answers, raw, logins", [
        (_uuid(100 + n), n, ("intake", "consent")[n % 2],
         f'{{"contact": {{"email": "{p.mail}", "phone": "{p.phone}"}}, "consent": true,'
         f' "insured": {{"name": "{p.name}", "birthday": "{p.born}"}},'
         f' "symptoms": ["{p.first} sleeps badly since {n} days"], "pain": {n % 10}}}',
         f'{{ "e.mail" : "{p.mail}", "v": 1.10, "v": 1.10 }}', f'{{"{p.mail}": {n}}}')
        for n, p in people
    ])  # fmt: skip
    yield _insert("files", "patient_id, file_name, mime_type, content, sha256", [
        (n, f"{p.last}_{p.first}_xray.png", ("image/png", "application/pdf")[n % 2],
         p.name.encode() * 9, sha256(p.name.encode() * 9).hexdigest()) for n, p in people
    ])  # fmt: skip
    yield _insert(
        "audit.log", "table_name, row_id, action, changed_by, at, old_row, new_row, client_ip",
        [
            ("patients", n, ("INSERT", "UPDATE")[n % 2], PEOPLE[n % 20].mail, f"2024-02-{1 + n % 28:02}",
             f'{{"id": {n}, "first_name": "{p.first}", "email": "{p.mail}"}}' if n % 2 else None,
             f'{{"id": {n}, "first_name": "{p.first}", "last_name": "{p.last}",'
             f' "email": "{p.mail}", "phone": "{p.phone}", "active": true}}', f"84.17.{n}.3")
            for n, p in people
        ],
    )  # fmt: skip
    yield _insert("events", "id, at, patient_id, kind, payload", [
        (n, f"202{3 + n % 3}-04-{1 + n % 28:02}", n, ("admission", "discharge")[n % 2],
         f'{{"patient": {{"name": "{p.name}"}}, "ward": {n % 3}}}') for n, p in people
    ])  # fmt: skip


def _money(people: Numbered) -> Iterator[sql.Composable]:
    yield _insert("invoices", "patient_id, number, billing_name, billing_address, amount, status, due", [
        (n, f"R-2024-{n:04}", p.name, f"{p.street}, {p.zip} {p.city}", 19.9 * n,
         ("open", "paid")[n % 2], f"2024-07-{n:02}") for n, p in people
    ])  # fmt: skip
    yield _insert("payments", "invoice_id, iban, card_number, card_holder, amount, paid_at", [
        (n, iban(n), card(n), p.name, 19.9 * n, f"2024-07-{n:02}") for n, p in people
    ])  # fmt: skip


def _others(people: Numbered) -> Iterator[sql.Composable]:
    yield _insert("contacts", "name, email, phone", [(p.name, p.mail, p.phone) for n, p in people])
    yield _insert("doctors", "name, email, phone, specialty, licence_number", [
        (p.name, p.mail, p.phone, ("surgery", "pediatrics")[n % 2], f"LANR{n * 9_999_991:09}")
        for n, p in people[:20]
    ])  # fmt: skip
    yield _insert("wards", "id, lead_shift, title", [(n, n, f"Ward {n}") for n in (1, 2, 3)])
    yield _insert("shifts", "id, roster, starts", [(n, n, "06:00") for n in (1, 2, 3)])
    yield _insert("rosters", "id, ward", [(n, n % 3 + 1) for n in (1, 2, 3)])
    yield _insert("newsletter", "email, name, subscribed_at",
                  [(p.mail, p.name, "2023-01-01") for n, p in people])  # fmt: skip
    yield _insert("newsletter_clicks", "reader, url, clicked_at", [
        (p.mail, f"https://clinic.org/u/{p.mail.split('@')[0]}?n={n}", "2023-02-01")
        for n, p in people
    ])  # fmt: skip
    yield _insert("imports", "data, v1, v2, v3, d1, x1, state", [
        (p.mail, p.phone, iban(100 + n), card(100 + n), p.born, p.phone, ("new", "done")[n % 2])
        for n, p in people
    ])  # fmt: skip


def _foreign_words(people: Numbered) -> Iterator[sql.Composable]:
    yield _insert(
        '"Praxis"."Kontakte"',
        '"KontaktId", "Anrede", "Nachname", "Vorname", "E-Mail", "Tel.Nr", "Straße ""1""", "PLZ",'
        ' "Ort", "Geburtsdatum", "Bemerkungen"',
        [
            (n, ("Frau", "Herr")[n % 2], p.last, p.first, p.mail, p.phone, p.street, p.zip, p.city,
             p.born, f"ruft unter {p.phone} zurück") for n, p in people
        ],
    )  # fmt: skip
    yield _insert(
        '"Praxis".personnes',
        "nom, prenom, courriel, adresse, ville, code_postal, date_naissance, portable",
        [(p.last, p.first, p.mail, p.street, p.city, p.zip, p.born, p.phone) for n, p in people],
    )
    yield _insert(
        '"Praxis".personas',
        "nombre, apellidos, correo, telefono, direccion, dni, fecha_nacimiento",
        [
            (p.first, p.last, p.mail, p.phone, p.street, f"{n * 1_299_709:08}X", p.born)
            for n, p in people
        ],
    )


def _all_types(connection: psycopg.Connection) -> None:
    """A table with a column of each type that the server has."""
    known = [
        (type_, value)
        for type_, value in TYPES.items()
        if connection.execute("SELECT to_regtype(%s)", [type_]).fetchone() != (None,)
    ]
    columns = ", ".join(f"c{n} {type_}" for n, (type_, _) in enumerate(known))
    connection.execute(sql.SQL(f"CREATE TABLE all_types (id int PRIMARY KEY, {columns})"))
    values = ", ".join(value for _, value in known)
    connection.execute(sql.SQL(f"INSERT INTO all_types VALUES (1, {values})"))


def _extensions(connection: psycopg.Connection) -> None:
    """Columns of types that only servers with the contributed extensions have."""
    (count,) = connection.execute(
        "SELECT count(*) FROM pg_available_extensions WHERE name IN ('citext', 'hstore')"
    ).fetchone() or (0,)
    if count == 2:
        connection.execute(
            "CREATE EXTENSION citext; CREATE EXTENSION hstore;"
            "ALTER TABLE users ADD nick citext; ALTER TABLE devices ADD attributes hstore;"
            "UPDATE users SET nick = username;"
            "UPDATE devices SET attributes = hstore('owner', user_agent)"
        )


def more_patients(url: str, number: int) -> None:
    """Add so many patients: names and addresses of the thirty, in all combinations."""
    people = sql.SQL(", ").join(
        sql.SQL("({}, {}, {}, {})").format(n, p.first, p.last, p.born) for n, p in enumerate(PEOPLE)
    )
    with psycopg.connect(url) as connection:
        connection.execute(
            sql.SQL(
                "WITH p (n, first, last, born) AS (VALUES {people})"
                " INSERT INTO patients (tenant_id, mrn, first_name, last_name, dob, gender, email, phone)"
                " SELECT {tenant}, 'MRX-' || g, a.first, b.last, a.born::date + g % 300, 'other',"
                " 'p' || g || '@posteo.de', '+49 30 ' || (1000000 + g)"
                " FROM generate_series(1, {number}) g JOIN p a ON a.n = g % 30"
                " JOIN p b ON b.n = g / 30 % 30"
            ).format(people=people, tenant=_uuid(1), number=number)
        )
