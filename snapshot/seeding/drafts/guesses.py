"""What the name of a column says about its values. All of it is a guess."""

from __future__ import annotations

import re

# The first match counts. None of it can belong to a real somebody.
_TEXTS = (
    (r"e_?mail", "somebody.email"),
    (r"phone|mobile|fax|^tel", "r.phone()"),
    (r"first_?name|given|fore_?name", "somebody.first_name"),
    (r"last_?name|sur_?name|family_?name", "somebody.last_name"),
    (r"user_?name|login|nick|handle", "somebody.username"),
    (r"full_?name|display_?name|contact_?name|author", "somebody.name"),
    (r"password|passwd|digest|hash|salt|checksum|md5|sha\d", "r.hex(32)"),
    (r"avatar|picture|image|photo|logo", "r.avatar()"),
    (r"(^|_)ur[il]$|(^|_)ur[il]_|website|homepage|link|href", 'f"https://example.com/{r.mark()}"'),
    (r"(^|_)ip(_|$)|ip_?addr|remote_addr", 'f"10.0.{r.between(0, 255)}.{r.between(1, 254)}"'),
    (r"user_?agent", '"Mozilla/5.0 (X11; Linux x86_64)"'),
    (r"mime|content_?type|media_?type", 'r.pick(["image/png", "text/plain", "application/pdf"])'),
    (r"file_?name|path$", 'f"file-{r.mark()}.txt"'),
    (r"company|organi[sz]ation|employer|vendor|supplier", "r.fake.company()"),
    (r"street|address", "r.fake.street_address()"),
    (r"city|town", "r.fake.city()"),
    (r"(^|_)state$|province|region", "r.fake.state()"),
    (r"country_?code|^iso", 'r.pick(["DE", "FR", "GB", "US"])'),
    (r"country", "r.fake.country()"),
    (r"currency", 'r.pick(["EUR", "GBP", "USD"])'),
    (r"locale|lang", 'r.pick(["de", "en", "fr"])'),
    (r"time_?zone|(^|_)tz$", 'r.pick(["UTC", "Europe/Berlin", "America/New_York"])'),
    (r"zip|postal|postcode", 'r.code(5, "0123456789")'),
    (r"colou?r", "r.fake.hex_color()"),
    (r"gender|(^|_)sex$", 'r.pick(["female", "male", "other"])'),
    (r"uuid|guid", "str(r.uuid())"),
    (r"^id$|_id$", "r.hex(24)"),
    (r"slug|permalink", 'f"{r.fake.word()}-{r.mark()}"'),
    (r"version", 'f"{r.between(0, 3)}.{r.between(0, 9)}.{r.between(0, 9)}"'),
    (r"token|secret|api_?key", "r.hex(32)"),
    (r"code|sku|reference|serial|barcode|number$|_no$", "r.code(8)"),
    (r"status|state", 'r.pick(["active", "inactive"])'),
    (r"type$|kind|category", 'r.pick(["one", "two", "three"])'),
    (r"title|subject|headline|caption|summary", 'r.sentence().rstrip(".")'),
    (r"description|content|body|text|comment|note|bio|message|about", "r.paragraph()"),
)
_NAME = re.compile(r"^name$|_name$|label|^key$", re.I)
_PEOPLE = re.compile(
    r"user|person|people|customer|employee|staff|actor|author|member|student|teacher|patient"
    r"|client|contact|guest|passenger|player|instructor|therapist|doctor|driver|profile|candidate",
    re.I,
)
_RARE = re.compile(r"super|admin|staff|delet|bann|block|lock|archiv|hidden|spam|suspend|disabl")
_NUMBERS = (
    (r"latitude|(^|_)lat$", (-60, 60)),
    (r"longitude|(^|_)(lng|lon)$", (-179, 179)),
    (r"percent|(^|_)pct|ratio|progress", (0, 100)),
    (r"rating|stars|score", (1, 5)),
    (r"(^|_)age($|_)", (18, 80)),
    (r"year", (2000, 2030)),
    (r"month", (1, 12)),
    (r"(^|_)day", (1, 28)),
    (r"hour", (0, 23)),
    (r"minute|duration|seconds", (5, 120)),
    (r"quantity|qty|count|number_of|num_", (1, 9)),
    (r"position|order$|sort|rank|index|sequence|priority|level", (1, 20)),
    (r"price|amount|cost|total|fee|rate$|salary|balance|budget", (5, 500)),
    (r"discount|tax", (0, 20)),
    (r"weight|width|height|length|size", (1, 200)),
    (r"port$", (1024, 9999)),
    (r"version", (1, 9)),
)


def about_people(table: str, columns: list[str]) -> bool:
    """Whether a table's rows seem to be people."""
    named = any(re.search(r"first_?name|last_?name", c, re.I) for c in columns)
    return named or _PEOPLE.search(table) is not None


def is_rare(name: str) -> bool:
    """Whether a column of this name is true for a few rows only."""
    return _RARE.search(_snake(name)) is not None


def number_guess(name: str) -> tuple[int, int] | None:
    """From which to which number a column of this name goes."""
    snake = _snake(name)
    return next((bounds for p, bounds in _NUMBERS if re.search(p, snake)), None)


def text_guess(
    name: str, title: str, people: bool, size: int | None, counted: bool
) -> tuple[str, str]:
    """An expression for a text in a column of this name, of at most so many characters; a note."""
    snake = _snake(name)
    code = next((code for p, code in _TEXTS if re.search(p, snake)), None)
    if code == "r.phone()" and size is not None and size < 15:
        return 'f"555-01{r.between(0, 99):02}"', ""  # numbers that are reserved for fiction
    if code == "somebody.email" and size is not None and size < 40:
        return ('f"{r.mark()}@example.com"' if size >= 18 else "r.fake.word()"), ""
    if code is not None:
        certain = code.startswith(("somebody.", "r.phone"))
        return code, "" if certain else "a guess"
    if _NAME.search(snake) and people:
        return "somebody.name", ""
    if _NAME.search(snake):
        word = title if re.fullmatch(r"[\w -]+", title, re.ASCII) else "Row"
        return (f'f"{word} {{number}}"' if counted else f'f"{word} {{r.mark()}}"'), "a guess"
    return "r.fake.word()", "a guess"


# Expressions with a sample, for columns of such names whose CHECK has a pattern.
_SAMPLES = (
    ("@|mail", "somebody.email", "ann.lee@example.com"),
    ("mail", 'f"{r.mark()}@example.com"', "a1b2c3@example.com"),
    ("phone|mobile|fax|tel", "r.phone()", "+1-202-555-0123"),
    ("phone|mobile|fax|tel", 'f"+1202555{r.between(100, 199):04}"', "+12025550123"),
    ("phone|mobile|fax|tel", 'f"202555{r.between(100, 199):04}"', "2025550123"),
    ("phone|mobile|fax|tel", 'f"202-555-{r.between(100, 199):04}"', "202-555-0123"),
    ("phone|mobile|fax|tel", 'f"(202) 555-{r.between(100, 199):04}"', "(202) 555-0123"),
    ("http|url|link", 'f"https://example.com/{r.mark()}"', "https://example.com/a1b2c3"),
)


def like(pattern: str, name: str) -> str | None:
    """An expression for what the name or the pattern speaks of, if its values match the pattern."""
    for about, code, sample in _SAMPLES:
        if not re.search(about, f"{_snake(name)} {pattern}"):
            continue
        try:
            if re.search(pattern, sample):
                return code
        except re.error:  # the server's expressions are not all Python's
            return None
    return None


def _snake(name: str) -> str:
    """firstName, FirstName and first_name are one."""
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", name).lower().replace(" ", "_")
