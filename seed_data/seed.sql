-- Schema and rows, for an empty database.
-- Run with: psql -v ON_ERROR_STOP=1 -f seed.sql

BEGIN;
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = off;
SET LOCAL client_min_messages = warning;
SET LOCAL row_security = off;
SET LOCAL xmloption = content;
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL lc_monetary = 'C';

-- Create types, functions and tables: as pg_dump wrote them
--
-- Name: element_type; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.element_type AS ENUM (
    'act',
    'scene',
    'cue',
    'standby',
    'note'
);


--
-- Name: script_status; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.script_status AS ENUM (
    'draft',
    'rehearsal',
    'locked',
    'archived'
);


--
-- Name: share_permission; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.share_permission AS ENUM (
    'view',
    'comment',
    'edit',
    'own'
);


--
-- Name: show_status; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.show_status AS ENUM (
    'planning',
    'rehearsal',
    'running',
    'closed',
    'cancelled'
);


--
-- Name: user_role; Type: TYPE; Schema: public; Owner: -
--

CREATE TYPE public.user_role AS ENUM (
    'admin',
    'stage_manager',
    'designer',
    'operator',
    'crew',
    'viewer'
);


--
-- Name: touch_updated_at(); Type: FUNCTION; Schema: public; Owner: -
--

CREATE FUNCTION public.touch_updated_at() RETURNS trigger
    LANGUAGE plpgsql
    AS $$
BEGIN
    NEW.updated_at := now();
    RETURN NEW;
END;
$$;


--
-- Name: FUNCTION touch_updated_at(); Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON FUNCTION public.touch_updated_at() IS 'Keeps updated_at current on every change to a row.';


SET default_table_access_method = heap;

--
-- Name: crewAssignmentsTable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."crewAssignmentsTable" (
    assignment_id bigint NOT NULL,
    show_id integer NOT NULL,
    department_id integer NOT NULL,
    user_id integer NOT NULL,
    relationship_id integer,
    duty text NOT NULL,
    call_before interval DEFAULT '01:00:00'::interval NOT NULL,
    weekdays integer[] DEFAULT '{2,3,4,5,6}'::integer[] NOT NULL,
    fee numeric(10,2),
    is_lead boolean DEFAULT false NOT NULL,
    starts_on date,
    ends_on date,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT "crewAssignmentsTable_dates_check" CHECK ((ends_on >= starts_on)),
    CONSTRAINT "crewAssignmentsTable_weekdays_check" CHECK ((weekdays <@ '{1,2,3,4,5,6,7}'::integer[]))
);


--
-- Name: TABLE "crewAssignmentsTable"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."crewAssignmentsTable" IS 'Who works on which show, in which department and for whom.';


--
-- Name: COLUMN "crewAssignmentsTable".relationship_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."crewAssignmentsTable".relationship_id IS 'The manager this person answers to on the show.';


--
-- Name: COLUMN "crewAssignmentsTable".call_before; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."crewAssignmentsTable".call_before IS 'How long before curtain up the person is called.';


--
-- Name: COLUMN "crewAssignmentsTable".weekdays; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."crewAssignmentsTable".weekdays IS 'ISO days of the week, 1 for Monday.';


--
-- Name: crewAssignmentsTable_assignment_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public."crewAssignmentsTable" ALTER COLUMN assignment_id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public."crewAssignmentsTable_assignment_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: crewRelationshipsTable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."crewRelationshipsTable" (
    relationship_id integer NOT NULL,
    manager_user_id integer NOT NULL,
    crew_user_id integer NOT NULL,
    first_shared_element_id integer,
    since date NOT NULL,
    rating numeric(3,1),
    note text,
    is_active boolean DEFAULT true NOT NULL,
    CONSTRAINT "crewRelationshipsTable_rating_check" CHECK (((rating >= (0)::numeric) AND (rating <= (10)::numeric))),
    CONSTRAINT "crewRelationshipsTable_two_people_check" CHECK ((manager_user_id <> crew_user_id))
);


--
-- Name: TABLE "crewRelationshipsTable"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."crewRelationshipsTable" IS 'Who has run whom: a manager and a member of the crew.';


--
-- Name: COLUMN "crewRelationshipsTable".first_shared_element_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."crewRelationshipsTable".first_shared_element_id IS 'The first cue the two ran together, if anybody remembers.';


--
-- Name: crewRelationshipsTable_relationship_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public."crewRelationshipsTable" ALTER COLUMN relationship_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public."crewRelationshipsTable_relationship_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: departmentsTable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."departmentsTable" (
    department_id integer NOT NULL,
    code text NOT NULL,
    name text NOT NULL,
    colour text DEFAULT '#808080'::text NOT NULL,
    home_venue_id integer,
    head_user_id integer,
    weekly_budget numeric(10,2) DEFAULT 0 NOT NULL,
    radio_channel integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT "departmentsTable_code_check" CHECK (((code = upper(code)) AND ((length(code) >= 2) AND (length(code) <= 5)))),
    CONSTRAINT "departmentsTable_colour_check" CHECK ((colour ~ '^#[0-9a-f]{6}$'::text))
);


--
-- Name: TABLE "departmentsTable"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."departmentsTable" IS 'Crew departments; the code is the prefix of their cues.';


--
-- Name: COLUMN "departmentsTable".colour; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."departmentsTable".colour IS 'Colour of the department''s cues on the sheet.';


--
-- Name: COLUMN "departmentsTable".home_venue_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."departmentsTable".home_venue_id IS 'The venue where the department keeps its equipment.';


--
-- Name: scriptElementsTable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."scriptElementsTable" (
    element_id integer NOT NULL,
    script_id integer NOT NULL,
    parent_element_id integer,
    type public.element_type NOT NULL,
    "position" integer NOT NULL,
    department_id integer,
    cue_prefix text,
    cue_number numeric(7,2),
    cue_label text GENERATED ALWAYS AS (((cue_prefix || ' '::text) || (trim_scale(cue_number))::text)) STORED,
    title text DEFAULT ''::text NOT NULL,
    note text,
    page integer,
    fade_time interval,
    channels integer[],
    tags text[] DEFAULT '{}'::text[] NOT NULL,
    payload jsonb,
    is_armed boolean DEFAULT true NOT NULL,
    created_by integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    updated_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT "scriptElementsTable_cue_check" CHECK (((type = 'cue'::public.element_type) = ((cue_prefix IS NOT NULL) AND (cue_number IS NOT NULL)))),
    CONSTRAINT "scriptElementsTable_not_own_parent_check" CHECK ((parent_element_id <> element_id)),
    CONSTRAINT "scriptElementsTable_position_check" CHECK (("position" > 0))
);


--
-- Name: TABLE "scriptElementsTable"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."scriptElementsTable" IS 'Acts, scenes, cues, standbys and notes, as a tree within each script.';


--
-- Name: COLUMN "scriptElementsTable".parent_element_id; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."scriptElementsTable".parent_element_id IS 'The act or scene this belongs to; null at the top of the script.';


--
-- Name: COLUMN "scriptElementsTable".cue_label; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."scriptElementsTable".cue_label IS 'What is said over the headset, such as LX 14 or SND 7.5.';


--
-- Name: COLUMN "scriptElementsTable".payload; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."scriptElementsTable".payload IS 'What the desk or the playback machine needs to know, in its own words.';


--
-- Name: scriptsTable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."scriptsTable" (
    script_id integer NOT NULL,
    show_id integer NOT NULL,
    revision integer DEFAULT 1 NOT NULL,
    title text NOT NULL,
    status public.script_status DEFAULT 'draft'::public.script_status NOT NULL,
    running_time interval,
    intervals_at integer[] DEFAULT '{}'::integer[] NOT NULL,
    notes text DEFAULT ''::text NOT NULL,
    created_by integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    locked_at timestamp with time zone,
    CONSTRAINT "scriptsTable_locked_at_check" CHECK (((status <> 'locked'::public.script_status) OR (locked_at IS NOT NULL))),
    CONSTRAINT "scriptsTable_revision_check" CHECK ((revision >= 1))
);


--
-- Name: TABLE "scriptsTable"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."scriptsTable" IS 'Revisions of a show''s cue script; a show runs from its one locked revision.';


--
-- Name: COLUMN "scriptsTable".intervals_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."scriptsTable".intervals_at IS 'Pages after which the audience gets an interval.';


--
-- Name: showsTable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."showsTable" (
    show_id integer NOT NULL,
    public_id uuid DEFAULT gen_random_uuid() NOT NULL,
    title text NOT NULL,
    subtitle text,
    venue_id integer NOT NULL,
    status public.show_status DEFAULT 'planning'::public.show_status NOT NULL,
    opens_on date,
    closes_on date,
    curtain_up time without time zone,
    budget numeric(12,2),
    genres text[] DEFAULT '{}'::text[] NOT NULL,
    settings jsonb DEFAULT '{}'::jsonb NOT NULL,
    created_by integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT "showsTable_run_check" CHECK ((closes_on >= opens_on))
);


--
-- Name: TABLE "showsTable"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."showsTable" IS 'Productions, one row for each run at a venue.';


--
-- Name: COLUMN "showsTable".curtain_up; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."showsTable".curtain_up IS 'Usual evening start, in the time zone of the venue.';


--
-- Name: cue_sheet; Type: VIEW; Schema: public; Owner: -
--

CREATE VIEW public.cue_sheet AS
 SELECT sh.title AS show_title,
    sc.script_id,
    sc.revision,
    el.page,
    el.cue_label,
    el.title AS cue,
    de.name AS department,
    el.fade_time,
    pa.title AS scene
   FROM ((((public."scriptElementsTable" el
     JOIN public."scriptsTable" sc ON ((sc.script_id = el.script_id)))
     JOIN public."showsTable" sh ON ((sh.show_id = sc.show_id)))
     LEFT JOIN public."departmentsTable" de ON ((de.department_id = el.department_id)))
     LEFT JOIN public."scriptElementsTable" pa ON ((pa.element_id = el.parent_element_id)))
  WHERE ((el.type = 'cue'::public.element_type) AND el.is_armed);


--
-- Name: VIEW cue_sheet; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON VIEW public.cue_sheet IS 'The armed cues of every script, ready to print.';


--
-- Name: departmentsTable_department_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public."departmentsTable" ALTER COLUMN department_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public."departmentsTable_department_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: scriptElementsTable_element_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public."scriptElementsTable" ALTER COLUMN element_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public."scriptElementsTable_element_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: script_shares; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public.script_shares (
    share_id uuid DEFAULT gen_random_uuid() NOT NULL,
    script_id integer NOT NULL,
    shared_by_user_id integer NOT NULL,
    shared_with_user_id integer,
    permission public.share_permission DEFAULT 'view'::public.share_permission NOT NULL,
    link_slug text,
    message text,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    expires_at timestamp with time zone DEFAULT 'infinity'::timestamp with time zone NOT NULL,
    revoked_at timestamp with time zone,
    CONSTRAINT script_shares_expiry_check CHECK ((expires_at > created_at)),
    CONSTRAINT script_shares_target_check CHECK (((shared_with_user_id IS NULL) = (link_slug IS NOT NULL)))
);


--
-- Name: TABLE script_shares; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public.script_shares IS 'A script opened to another user, or to anybody who has the link.';


--
-- Name: COLUMN script_shares.expires_at; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public.script_shares.expires_at IS 'Infinity for a share that never expires.';


--
-- Name: scriptsTable_script_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public."scriptsTable" ALTER COLUMN script_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public."scriptsTable_script_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: show_overview; Type: MATERIALIZED VIEW; Schema: public; Owner: -
--

CREATE MATERIALIZED VIEW public.show_overview AS
 SELECT show_id,
    title,
    status,
    ( SELECT count(*) AS count
           FROM public."scriptsTable" sc
          WHERE (sc.show_id = sh.show_id)) AS scripts,
    ( SELECT count(*) AS count
           FROM (public."scriptElementsTable" el
             JOIN public."scriptsTable" sc ON ((sc.script_id = el.script_id)))
          WHERE ((sc.show_id = sh.show_id) AND (el.type = 'cue'::public.element_type))) AS cues,
    ( SELECT count(*) AS count
           FROM public."crewAssignmentsTable" ca
          WHERE (ca.show_id = sh.show_id)) AS crew,
    ( SELECT count(*) AS count
           FROM (public.script_shares ss
             JOIN public."scriptsTable" sc ON ((sc.script_id = ss.script_id)))
          WHERE ((sc.show_id = sh.show_id) AND (ss.revoked_at IS NULL))) AS shares
   FROM public."showsTable" sh
  WITH NO DATA;


--
-- Name: MATERIALIZED VIEW show_overview; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON MATERIALIZED VIEW public.show_overview IS 'Scripts, cues, crew and shares of each show; refresh after loading.';


--
-- Name: showsTable_show_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public."showsTable" ALTER COLUMN show_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public."showsTable_show_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: userTable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."userTable" (
    user_id integer NOT NULL,
    auth_id uuid DEFAULT gen_random_uuid() NOT NULL,
    username text NOT NULL,
    full_name text NOT NULL,
    email text NOT NULL,
    phone text,
    role public.user_role DEFAULT 'crew'::public.user_role NOT NULL,
    skills text[] DEFAULT '{}'::text[] NOT NULL,
    preferences jsonb DEFAULT '{}'::jsonb NOT NULL,
    hourly_rate numeric(8,2),
    bio text,
    is_active boolean DEFAULT true NOT NULL,
    created_by integer,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    last_login_at timestamp with time zone,
    CONSTRAINT "userTable_hourly_rate_check" CHECK ((hourly_rate >= (0)::numeric)),
    CONSTRAINT "userTable_username_check" CHECK ((username ~ '^[a-z0-9._-]+$'::text))
);


--
-- Name: TABLE "userTable"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."userTable" IS 'Everybody who can sign in, from the stage manager to the box office.';


--
-- Name: COLUMN "userTable".phone; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."userTable".phone IS 'As typed; null when never asked, empty when the person declined.';


--
-- Name: COLUMN "userTable".created_by; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."userTable".created_by IS 'Who made the account; the first user made itself, null means self-registered.';


--
-- Name: userTable_user_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public."userTable" ALTER COLUMN user_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public."userTable_user_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: venuesTable; Type: TABLE; Schema: public; Owner: -
--

CREATE TABLE public."venuesTable" (
    venue_id integer NOT NULL,
    name text NOT NULL,
    address text DEFAULT ''::text NOT NULL,
    timezone text DEFAULT 'Europe/London'::text NOT NULL,
    capacity integer,
    has_fly_tower boolean DEFAULT false NOT NULL,
    proscenium_width_m numeric,
    hemp_lines integer[] DEFAULT '{}'::integer[] NOT NULL,
    facilities jsonb,
    opened_on date,
    contact_user_id integer NOT NULL,
    created_at timestamp with time zone DEFAULT now() NOT NULL,
    CONSTRAINT "venuesTable_capacity_check" CHECK ((capacity > 0))
);


--
-- Name: TABLE "venuesTable"; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON TABLE public."venuesTable" IS 'Theatres, studios and fields where shows are put on.';


--
-- Name: COLUMN "venuesTable".proscenium_width_m; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."venuesTable".proscenium_width_m IS 'Metres, with as many decimals as the survey gave.';


--
-- Name: COLUMN "venuesTable".hemp_lines; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON COLUMN public."venuesTable".hemp_lines IS 'Numbers of the flying lines still rigged in hemp.';


--
-- Name: venuesTable_venue_id_seq; Type: SEQUENCE; Schema: public; Owner: -
--

ALTER TABLE public."venuesTable" ALTER COLUMN venue_id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public."venuesTable_venue_id_seq"
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);

COPY "public"."userTable" ("user_id", "auth_id", "username", "full_name", "email", "phone", "role", "skills", "preferences", "hourly_rate", "bio", "is_active", "created_by", "created_at", "last_login_at") FROM stdin;
1	fa0af90d-0bc0-4a66-9367-d7866bb0111d	rosalind	Rosalind Achterberg	rosalind@example.com	555-0100	admin	{calling,scheduling}	{"sheet": {"columns": ["page", "cue", "note"], "font_pt": 11}, "theme": "dark"}	\N	General manager. Set the system up and has regretted the colour scheme since.	t	1	2023-06-01 09:00:00+00	2025-10-06 08:12:44.120931+00
2	c4e1bcce-375c-43e6-a583-26e0e7acf532	tomasz.wilk	Tomasz Wilk	tomasz.wilk@example.com	555-0101	stage_manager	{calling,"first aid","sword safety"}	{"theme": "dark", "headset": {"left_ear": "sound", "right_ear": "everyone"}}	31.50	Calls the show from stage left, always with a pencil.	t	1	2023-06-01 09:20:00+00	2025-10-07 17:02:10.5+00
3	765d530a-0a32-4e4d-b6c7-e573ac43b40e	priya.n	Priya Nandakumar	priya.nandakumar@example.com	555-0102	stage_manager	{calling,notation}	{"theme": "light"}	29.00	Deputy stage manager; reads music.	t	2	2023-06-14 11:05:00+00	2025-10-07 16:40:00+00
4	1b1b5b9b-785b-4274-978b-3568ec7b9279	siobhan.od	Siobhán O'Dwyer	siobhan.odwyer@example.org	555-0103	designer	{"lighting design",Eos,colour}	{"theme": "dark", "units": {"angle": "deg", "height": "m"}, "gel_books": ["A", "B"]}	45.00	Lighting designer who says "one more pass" and means four.	t	1	2023-07-03 10:00:00+00	2025-10-02 21:15:33+00
5	cda071b8-a191-4857-8895-ec5097b699fc	declan.mw	Declan Moriarty-Webb	declan@example.org	555-0104	designer	{"sound design",QLab}	{"meters": {"scale": "dBFS", "peak_hold_s": 1.50}}	45.00	\N	t	12	2023-09-11 13:30:00+00	2025-09-30 19:47:02+00
6	df37b7e3-2ba2-479a-86d7-fc10a5f77a56	yuki.h	花村 由紀 (Yuki Hanamura)	yuki.hanamura@example.com	555-0105	designer	{video,"projection mapping",日本語}	{"locale": "ja-JP", "greeting": "おはようございます"}	47.25	Video designer, 日本 and elsewhere.	t	12	2024-01-08 08:45:00+00	2025-10-05 03:20:09+00
7	4eea2d1a-3d88-423c-89d0-5d04de1621ae	benedikt.o	Benedikt Ørsted	benedikt@example.com	555-0106	operator	{flying,rigging,splicing}	{}	27.80	Head flyman. Does not text; shout up.	t	2	2023-06-20 07:30:00+00	2025-08-19 18:00:00+00
8	bd5a3eb8-cd5f-4caa-bb81-e5b3ec181d2f	camille.l	Camille Lefèvre	camille.lefevre@example.com	555-0107	operator	{mixing,"radio mics"}	{"desk": {"layers": {"A": "band", "B": "principals", "C": null}}}	26.40		t	12	2023-10-02 12:00:00+00	2025-10-07 16:58:21+00
9	2e9c7eb6-6423-451d-a20d-af9fe702951a	marcus.oy	Marcus Oyelaran	marcus.oyelaran@example.com	555-0108	operator	{Eos,dimmers,focusing}	{"desk": {"syntax": "rpn"}, "theme": "dark"}	26.40	Board operator at the Harbour Playhouse.	t	4	2023-07-05 14:10:00+00	2025-10-07 17:00:00+00
10	85b5c443-a0f2-4d7a-aa6a-b38161e996ef	ingrid.s	Ingrid Sætre	ingrid.saetre@example.org	\N	operator	{automation,hydraulics}	{"estop": {"sound": "klaxon.wav", "confirm": true}}	30.00	Automation. Keeps a finger on the dead man's handle.	t	2	2023-08-15 09:00:00+00	2025-10-04 15:35:00+00
11	6aa7d669-d596-46bf-82de-cd72d28a17ec	lola.q	Dolores "Lola" Quintanilla	lola@example.com	555-0110	crew	{followspot,"bar work, \\"heights\\""}	{}	18.75	Followspot 1 since the old carbon arcs.	t	9	2023-09-01 16:00:00+00	2025-10-03 18:22:00+00
12	3f76dc2b-84e5-4703-8ba8-b11cc9c935a5	hamish.c	Hamish Calder	hamish.calder@example.com	555-0111	admin	{"production management",budgets}	{"theme": "light", "alerts": {"overspend": {"who": ["rosalind", "hamish.c"], "percent": 5.0}}, "currency": "GBP"}	38.00	Production manager.	t	1	2023-06-02 08:30:00+00	2025-10-07 09:01:00+00
13	65956fcf-28c7-4f45-9937-1165e5ed4f67	wren.a	Wren Abernathy	wren.abernathy@example.org		crew	{"props tracking","cueing actors"}	{}	17.50	Assistant stage manager, book cover.	t	2	2023-09-18 10:00:00+00	2025-10-07 16:31:18+00
14	08deb0a6-658f-44a8-9b50-074581ea8dbd	jonah.f	Jonah Feldspar	jonah@example.org	555-0113	crew	{"props making",blood}	{"signature": "J. Feldspar \\\\ Props"}	19.20	Maker of daggers, all of them blunt.	t	12	2024-02-12 09:15:00+00	2025-09-28 12:44:00+00
15	62dfc947-7e37-4e18-95c6-3f588c5fa2b1	zeynep.a	Zeynep Arıkan	zeynep.arikan@example.com	555-0114	crew	{"quick changes",wigs}	{}	19.20	\N	t	12	2024-02-12 09:20:00+00	\N
16	9fe3f7b3-66ae-40e7-ab86-8e8c75ec576b	caspian.t	Caspian Tull	caspian.tull@example.org	555-0115	operator	{pyrotechnics,haze,"low fog"}	{"licence": {"number": "PY-0481", "valid_to": "2026-03-31"}}	33.10	Special effects; two sets of keys. 🎭	t	12	2024-03-04 11:00:00+00	2025-10-01 14:00:00+00
17	e55a5fb9-e230-490a-9cd6-83bfe5231e30	margit.v	Margit Vándor	margit@example.com	555-0116	operator	{programming,"pixel mapping"}	{"theme": "dark"}	28.00	Programs for Siobhán, types faster than she talks.	t	4	2023-11-20 13:00:00+00	2025-10-06 22:10:45.007+00
18	f6cfd846-9d04-43dd-abf5-dbf346725432	seun.bright	Oluwaseun Bright	seun.bright@example.com	555-0117	crew	{flying,carpentry}	{}	17.50	\N	t	7	2024-04-08 10:00:00+00	2025-09-26 18:05:00+00
19	4ad771a8-f8fd-466f-b461-1facd6d726ce	fern.h	Fern Hollis	fern.hollis@example.org	\N	crew	{}	{}	16.00	\N	f	2	2024-05-01 10:00:00+00	2024-08-30 22:59:59.999999+00
20	fe7a1864-f219-4d64-aeaa-e26106c95ad7	theo.m	Théo Marchetti	theo.marchetti@example.com	555-0119	crew	{flying,"sailing knots"}	{}	17.50	Came for a season in 2024, stayed.	t	7	2024-05-06 09:30:00+00	2025-10-03 17:50:00+00
21	aa10401c-a7f0-4add-ac53-0a76ab6704e5	aroha.n	Aroha Ngata	aroha.ngata@example.org	555-0120	stage_manager	{calling,touring,"open air"}	{"theme": "light", "rain_plan": {"call_at_mm": 0.50}}	29.00	Stage manager for anything without a roof.	t	1	2024-03-18 08:00:00+00	2025-09-14 20:20:20+00
23	299aff69-3e2d-4b45-9943-f85f5b0cad4f	piotr.z	Piotr Zielonka	piotr@example.com	555-0122	crew	{"radio mics",soldering}	{}	18.00	Sound no. 2. Owns the good screwdriver.	t	5	2024-08-19 10:00:00+00	2025-10-07 16:15:00+00
24	7d90dfc1-adf5-4109-8088-136682b78ee4	boxoffice	Box Office (shared login)	boxoffice@example.com	555-0123	viewer	{}	{"landing": "running_times"}	\N		t	\N	2024-09-02 09:00:00+00	2025-10-07 15:00:00+00
27	fd305af4-2af6-4ab3-953a-c9c9a929669f	nell.g	Nell Garrick	nell.garrick@example.org	555-0126	viewer	{directing}	{"notes": {"voice": null}, "theme": "light"}	0.00	Director. Guest account, so she can't move the cues.	t	\N	2025-01-13 18:30:00+00	2025-10-05 23:48:00+00
\.

COPY "public"."venuesTable" ("venue_id", "name", "address", "timezone", "capacity", "has_fly_tower", "proscenium_width_m", "hemp_lines", "facilities", "opened_on", "contact_user_id", "created_at") FROM stdin;
1	Harbour Playhouse	14 Quay Street, Port Ellery	Europe/London	842	t	12.500	{3,17,18,31}	{"power": [{"amps": 400, "phase": 3}, {"amps": 63, "phase": 1}], "stage": {"rake": "1:24", "trap": true}, "green_room": "kettle, no fridge"}	1898-10-03	12	2023-06-02 10:00:00+00
2	The Corn Exchange	Market Place, Little Wexcombe	Europe/London	410	t	9.40	{1,2,3,4,5,6,7,8}	{"power": [{"amps": 200, "phase": 3}], "stage": {"rake": null, "trap": false}}	1874-05-11	12	2023-06-03 10:00:00+00
3	Tidal Basin Arts Centre	Unit 7, Basin North	Europe/London	264	f	11.00	{}	{"stage": {"floor": "sprung", "grid_m": 6.2}, "projection": {"surface": "gauze", "throw_m": 14.5}}	2009-02-28	6	2023-06-04 10:00:00+00
4	Abbey Meadow (open air)	Field behind the abbey, gate 2	Europe/London	600	f	\N	{}	{"generator": {"kva": 100, "fuel": "HVO"}, "sunset_table": {"june": "21:24", "august": "20:31"}}	\N	21	2023-06-05 10:00:00+00
5	Salle Étroite	3, passage du Théâtre	Europe/Paris	88	f	5.750	{}	{}	1961-09-15	1	2023-06-06 10:00:00+00
6	The Old Laundry Studio		Europe/London	\N	f	\N	{}	\N	\N	1	2023-06-07 10:00:00+00
\.

COPY "public"."departmentsTable" ("department_id", "code", "name", "colour", "home_venue_id", "head_user_id", "weekly_budget", "radio_channel", "created_at") FROM stdin;
1	LX	Lighting	#f2c14e	1	4	1250.00	1	2023-06-10 09:00:00+00
2	SND	Sound	#3a86c8	1	5	980.50	2	2023-06-10 09:00:00+00
3	FLY	Flys	#6b705c	1	7	310.00	3	2023-06-10 09:00:00+00
4	VID	Video	#8338ec	3	6	1400.00	4	2024-01-08 09:10:00+00
5	AUTO	Automation	#d62828	1	10	760.90	5	2023-06-10 09:00:00+00
6	FS	Followspots	#ffd6a5	2	11	45.00	1	2023-06-10 09:00:00+00
7	PRP	Props	#a47148	2	14	220.00	6	2023-06-10 09:00:00+00
8	WRD	Wardrobe	#e07a9f	2	15	275.25	6	2023-06-10 09:00:00+00
9	FX	Special effects	#ff6b35	\N	16	540.00	7	2023-06-10 09:00:00+00
10	SM	Stage management	#2b2d42	\N	2	0.00	\N	2023-06-10 09:00:00+00
\.

COPY "public"."showsTable" ("show_id", "public_id", "title", "subtitle", "venue_id", "status", "opens_on", "closes_on", "curtain_up", "budget", "genres", "settings", "created_by", "created_at") FROM stdin;
1	d2754ced-5ded-4270-bb6c-6862c34ef1df	Macbeth	\N	1	running	2025-09-18	2025-11-01	19:30:00	86500.00	{tragedy,Shakespeare}	{"warnings": ["strobe", "haze", "stage blood"], "latecomers": {"allowed": true, "at_page": 9}}	12	2025-02-03 10:00:00+00
2	1284d5bb-c9c1-465c-8373-7234552742e6	The Cherry Orchard	A comedy in four acts	2	closed	2024-10-10	2024-11-09	19:30:00	41200.00	{comedy,drama}	{"warnings": ["herbal cigarettes"], "interpreted": ["2024-10-24"]}	12	2024-04-15 10:00:00+00
3	6ec3ab3b-3a70-40b2-b8e7-0b0df9c3455e	Nihonbashi Rain	日本橋の雨	3	rehearsal	2025-11-20	2025-12-13	19:45:00	58750.50	{"new writing",video}	{"warnings": [], "surtitles": {"operator": "yuki.h", "languages": ["en", "ja"]}}	6	2025-03-10 09:30:00+00
4	9a7bc242-0379-4c97-ad15-042dbb0a5fc0	The Lamplighter's Daughter	A new musical	1	closed	2025-06-05	2025-08-30	19:00:00	214000.00	{musical,family}	{"band": {"bpm": {"finale": 96.50, "overture": 132}, "click": true, "players": 7}, "warnings": ["pyrotechnics"]}	12	2024-11-04 11:00:00+00
5	592b6462-d985-4275-be01-450289e05b01	A Midsummer Night's Dream		4	closed	2024-07-02	2024-08-24	20:00:00	33900.00	{comedy,Shakespeare,"open air"}	{"rain": {"cancel_after": 2, "hold_minutes": 15}}	21	2024-03-25 09:00:00+00
6	e05a6323-6887-455f-90bb-b93b059f3bdb	Café des Ombres	Cabaret noir	5	planning	2026-02-12	2026-02-28	21:00:00	9800.00	{cabaret,"noir, after dark"}	{}	1	2025-07-21 14:00:00+00
7	30dd08bf-f3a5-445b-a271-4ff60fb9c300	Jack & the Beanstalk	The Corn Exchange pantomime	2	planning	2025-12-06	2026-01-04	14:00:00	72000.00	{pantomime,family}	{"sweets": {"thrown": true, "nut_free": true}, "matinees": ["sat", "sun"]}	12	2025-05-19 10:00:00+00
8	08f6c98b-f3d1-42e2-945f-866954d58ddd	Untitled devised piece		6	cancelled	\N	\N	\N	\N	{}	{}	1	2024-12-02 16:45:00+00
\.

COPY "public"."scriptsTable" ("script_id", "show_id", "revision", "title", "status", "running_time", "intervals_at", "notes", "created_by", "created_at", "locked_at") FROM stdin;
1	1	1	Rehearsal draft	archived	02:20:00	{38}	Superseded after the first run-through.	3	2025-07-14 10:00:00+00	\N
2	1	2	Show script	locked	02:05:30	{41}	Tomasz calls; Priya covers Tuesdays.\nCut lines are struck through, not removed, so pages match the actors' copies.	2	2025-08-25 09:00:00+00	2025-09-17 23:40:12.503+00
3	1	3	Small-scale tour	draft	\N	{}	No fly floor on tour: every FLY cue needs another answer.	21	2025-10-01 12:00:00+00	\N
4	2	1	Reading copy	archived	02:50:00	{29,57}		3	2024-06-03 10:00:00+00	\N
5	2	2	Show script	locked	02:35:00	{30}	One interval, after Act Two.	3	2024-09-02 10:00:00+00	2024-10-09 22:05:00+00
6	3	1	Storyboard	draft	01:15:00	{}	Panels by Yuki, 全部で12枚.	6	2025-04-22 02:15:00+00	\N
7	3	2	Rehearsal script	rehearsal	01:25:00	{}	Played without an interval.	3	2025-09-08 09:00:00+00	\N
8	4	1	Workshop version	archived	01:40:00	{33}	Piano only.	3	2024-12-09 10:00:00+00	\N
9	4	2	Show script	locked	02:15:45	{44}	Numbers in brackets are musical numbers, not cues.	3	2025-04-28 09:00:00+00	2025-06-04 21:30:00+00
10	4	3	Cast change rework	draft	02:15:45	{44}		2	2025-07-28 11:00:00+00	\N
11	5	1	Show script	locked	02:10:00	{36}	Dusk moves earlier by about two minutes a night; see the LX notes.	21	2024-05-20 09:00:00+00	2024-07-01 18:00:00+00
12	5	2	Rain plan	draft	01:45:00	{}	In the marquee, no interval.	21	2024-06-24 15:00:00+00	\N
13	6	1	Running order	draft	01:10:00	{}	Order depends on who is sober.	1	2025-08-11 19:00:00+00	\N
14	7	1	First draft	archived	02:30:00	{40}	Far too long.	27	2025-06-30 10:00:00+00	\N
15	7	2	Rehearsal script	rehearsal	02:00:00	{35}	Song sheet still to come.	13	2025-09-22 10:00:00+00	\N
16	8	1	Notes from the room	draft	\N	{}		13	2025-01-20 17:00:00+00	\N
\.

COPY "public"."scriptElementsTable" ("element_id", "script_id", "parent_element_id", "type", "position", "department_id", "cue_prefix", "cue_number", "title", "note", "page", "fade_time", "channels", "tags", "payload", "is_armed", "created_by", "created_at", "updated_at") FROM stdin;
1	1	\N	act	1	\N	\N	\N	Act One	\N	\N	\N	\N	{}	\N	t	3	2025-07-14 10:03:00+00	2025-07-14 10:03:00+00
2	1	1	scene	1	\N	\N	\N	1.1 A desert place	\N	1	\N	\N	{}	\N	t	3	2025-07-14 10:07:17+00	2025-07-14 10:07:17+00
3	1	2	cue	1	1	LX	1.00	House out, storm state	\N	1	00:00:04	{1,2,3,40}	{storm}	{"go": "manual", "list": 1, "levels": {"1": 100, "2": 80, "3": 60, "40": 70}}	t	17	2025-07-14 10:11:34+00	2025-07-18 13:14:34.023757+00
4	1	2	cue	2	2	SND	1.00	Thunder, close	\N	1	\N	\N	{storm}	{"file": "thunder_close.wav", "level_db": -9.0}	t	3	2025-07-14 10:15:51+00	2025-07-14 10:15:51+00
5	1	1	scene	2	\N	\N	\N	1.2 A camp near Forres	\N	2	\N	\N	{}	\N	t	3	2025-07-14 10:19:08+00	2025-07-14 10:19:08+00
6	1	5	cue	1	1	LX	2.00	Grey morning	\N	2	00:00:08	\N	{}	{"go": "manual", "list": 1}	t	17	2025-07-14 10:23:25+00	2025-07-21 16:29:25+00
7	2	\N	note	1	\N	\N	\N	Half-hour checks	Daggers: four blunt, signed for by Jonah.\nBlood: two bottles stage left, one in the trap room.\nHaze on at the quarter.	1	\N	\N	{}	\N	t	2	2025-08-25 09:03:00+00	2025-08-25 09:03:00+00
8	2	221	scene	1	\N	\N	\N	1.1 A desert place	\N	1	\N	\N	{}	\N	t	2	2025-08-25 09:11:34+00	2025-08-25 09:11:34+00
9	2	8	standby	1	10	\N	\N	Standby LX 1 to 3, SND 1 and 2, FLY 1	\N	1	\N	\N	{}	\N	t	2	2025-08-25 09:15:51+00	2025-09-04 10:24:51.071271+00
10	2	8	cue	2	1	LX	1.00	House to half	\N	1	00:00:05	\N	{preset}	{"go": "manual", "list": 1}	t	17	2025-08-25 09:19:08+00	2025-08-25 09:19:08+00
11	2	8	cue	3	1	LX	2.00	House out, storm state	\N	1	00:00:03	{1,2,3,40,41}	{storm,strobe}	{"go": "manual", "list": 1, "effect": {"name": "lightning", "count": [2, 1, 3], "rate_hz": 3.50}, "levels": {"1": 70, "2": 100, "3": 80, "40": 90}}	t	17	2025-08-25 09:23:25+00	2025-08-25 09:23:25+00
12	2	8	cue	4	2	SND	1.00	Thunder, close	\N	1	\N	\N	{storm}	{"file": "thunder_close.wav", "level_db": -6.0}	t	2	2025-08-25 09:27:42+00	2025-08-27 13:39:42+00
13	2	8	cue	5	3	FLY	1.00	Gauze out	Slow for the first metre, then go.	1	00:00:06	\N	{storm}	{"bar": 16, "deads": {"in_m": 0.75, "out_m": 9.2}, "direction": "out"}	t	7	2025-08-25 09:31:59+00	2025-08-25 09:31:59+00
14	2	8	cue	6	1	LX	3.00	Witches, from below	\N	2	00:00:02	{112,113,114}	{}	{"go": "follow", "list": 1, "levels": {"112": 70, "113": 100, "114": 80}}	t	17	2025-08-25 09:35:16+00	2025-08-25 09:35:16+00
15	2	8	cue	7	2	SND	2.00	Wind bed, loop	\N	2	\N	\N	{loop}	{"file": "wind_bed_loop.wav", "loop": {"to_s": 45, "from_s": 0, "crossfade_s": 2.5}, "level_db": -3.0}	t	5	2025-08-25 09:39:33+00	2025-08-30 16:54:33.118785+00
16	2	221	scene	2	\N	\N	\N	1.3 A heath	\N	5	\N	\N	{}	\N	t	2	2025-08-25 09:43:50+00	2025-08-25 09:43:50+00
17	2	16	cue	1	9	FX	1.00	Low fog, stage left trap	\N	5	00:00:20	\N	{fog}	{"keys": 1, "device": "low_fog", "clear_call": false}	t	16	2025-08-25 09:47:07+00	2025-08-25 09:47:07+00
18	2	16	cue	2	1	LX	5.00	Heath	\N	5	00:00:08	\N	{}	{"go": "manual", "list": 1}	t	17	2025-08-25 09:51:24+00	2025-09-02 12:09:24+00
19	2	16	cue	3	2	SND	4.00	Drum, offstage	"A drum, a drum!" On the second, not the first.	5	\N	\N	{}	{"file": "drum_offstage.wav", "level_db": -9.0}	t	5	2025-08-25 09:55:41+00	2025-08-25 09:55:41+00
20	2	16	cue	4	1	LX	6.00	Witches vanish	\N	7	00:00:00	\N	{snap}	{"go": "manual", "list": 1}	t	2	2025-08-25 09:59:58+00	2025-08-25 09:59:58+00
21	2	222	cue	1	1	LX	9.00	Torchlight through the doors	\N	12	00:00:04	{61,62,63,64}	{}	{"go": "follow", "list": 1, "levels": {"61": 70, "62": 100, "63": 80, "64": 60}}	t	17	2025-08-25 10:07:32+00	2025-09-05 15:28:32.166299+00
22	2	222	cue	2	2	SND	6.00	Supper, behind the doors	\N	12	\N	\N	{}	{"file": "supper_behind_the_doors.wav", "level_db": -6.0}	t	5	2025-08-25 10:11:49+00	2025-08-25 10:11:49+00
23	2	\N	act	3	\N	\N	\N	Act Two	\N	16	\N	\N	{}	\N	t	2	2025-08-25 10:15:06+00	2025-08-25 10:15:06+00
24	2	23	scene	1	\N	\N	\N	2.1 The court of the castle	\N	16	\N	\N	{}	\N	t	2	2025-08-25 10:19:23+00	2025-08-28 10:43:23+00
25	2	24	cue	1	1	LX	12.00	Moon down	\N	16	00:00:15	{7}	{}	{"go": "manual", "list": 1, "levels": {"7": 60}}	t	17	2025-08-25 10:23:40+00	2025-08-25 10:23:40+00
26	2	24	cue	2	1	LX	13.00	The dagger	\N	17	00:00:02.5	{88}	{special}	{"go": "manual", "say": "\\"Is this a dagger\\" — go on 'dagger'", "list": 1, "colour": {"gel": "L201", "mix": [0.25, 0.5, 1.0]}, "levels": {"88": 65}}	t	17	2025-08-25 10:27:57+00	2025-08-25 10:27:57+00
27	2	24	cue	3	2	SND	7.00	Bell	One stroke. Camille takes it from Priya's hand, not the light.	18	\N	\N	{}	{"file": "bell.wav", "level_db": -6.0}	t	5	2025-08-25 10:31:14+00	2025-08-31 13:58:14.213813+00
28	2	24	cue	4	1	LX	14.00	He goes	Fade's long enough for him to reach the stair; don't wait for the bell to ring off.	18	00:00:01.5	\N	{}	{"go": "follow", "list": 1}	t	2	2025-08-25 10:35:31+00	2025-08-25 10:35:31+00
29	2	23	scene	2	\N	\N	\N	2.3 The porter	\N	21	\N	\N	{}	\N	t	2	2025-08-25 10:39:48+00	2025-08-25 10:39:48+00
30	2	29	cue	1	2	SND	8.00	Knocking at the south entry	\N	21	\N	\N	{}	{"file": "knocking_at_the_south_entry.wav", "level_db": -3.0}	t	5	2025-08-25 10:43:05+00	2025-09-03 17:13:05+00
31	2	29	cue	2	1	LX	16.00	Dawn, cold	\N	22	00:01:30	\N	{slow}	{"go": "manual", "list": 1}	t	17	2025-08-25 10:47:22+00	2025-08-25 10:47:22+00
32	2	29	cue	3	2	SND	9.00	Alarum bell	\N	24	\N	\N	{loop}	{"file": "C:\\\\Show Control\\\\macbeth\\\\alarum.wav", "loop": {"to_s": 12, "from_s": 0}, "level_db": -1.5}	t	2	2025-08-25 10:51:39+00	2025-08-25 10:51:39+00
33	2	\N	act	4	\N	\N	\N	Act Four and Five	\N	42	\N	\N	{}	\N	t	2	2025-08-25 10:55:56+00	2025-08-26 12:28:56.261327+00
34	2	33	scene	1	\N	\N	\N	4.1 A cavern	\N	42	\N	\N	{}	\N	t	2	2025-08-25 10:59:13+00	2025-08-25 10:59:13+00
35	2	34	cue	1	9	FX	3.00	Cauldron flash	Clear line of sight or no go.	42	\N	\N	{pyro}	{"keys": 2, "device": "cauldron_flash", "clear_call": true}	t	16	2025-08-25 11:03:30+00	2025-08-25 11:03:30+00
36	2	34	cue	2	1	LX	31.00	Green from the cauldron	\N	42	00:00:00.5	{112,113,114,120}	{}	{"go": "manual", "list": 1, "levels": {"112": 100, "113": 80, "114": 60, "120": 90}}	t	2	2025-08-25 11:07:47+00	2025-08-29 15:43:47+00
37	2	34	cue	3	5	AUTO	2.00	Trap lift up, first apparition	\N	43	00:00:07	\N	{}	{"axis": "A2", "interlocks": ["trap_bars", "spotter"], "speed_mm_s": 130}	t	10	2025-08-25 11:11:04+00	2025-08-25 11:11:04+00
38	2	34	cue	4	4	VID	1.00	Eight kings	\N	44	00:00:03	\N	{}	{"clip": "eight_kings.mov", "server": "media1"}	t	6	2025-08-25 11:15:21+00	2025-08-25 11:15:21+00
39	2	33	scene	2	\N	\N	\N	5.8 Another part of the field	\N	67	\N	\N	{}	\N	t	2	2025-08-25 11:19:38+00	2025-09-01 18:58:38.308841+00
40	2	39	cue	1	3	FLY	7.00	Branches in	\N	67	00:00:04	\N	{}	{"bar": 15, "deads": {"in_m": 0.75, "out_m": 9.2}, "direction": "in"}	t	2	2025-08-25 11:23:55+00	2025-08-25 11:23:55+00
41	2	39	cue	2	1	LX	44.00	Last light	\N	70	00:00:10	\N	{}	{"go": "manual", "list": 1}	t	17	2025-08-25 11:27:12+00	2025-08-25 11:27:12+00
42	2	39	cue	3	2	SND	21.00	Trumpets, then nothing	\N	70	\N	\N	{}	{"file": "trumpets_then_nothing.wav", "level_db": -6.0}	t	5	2025-08-25 11:31:29+00	2025-09-04 14:13:29+00
43	2	39	cue	4	1	LX	45.00	Blackout	\N	71	00:00:00	\N	{snap}	{"go": "manual", "list": 1}	t	17	2025-08-25 11:35:46+00	2025-08-25 11:35:46+00
44	3	\N	act	1	\N	\N	\N	Part One	\N	\N	\N	\N	{}	\N	t	21	2025-10-01 12:03:00+00	2025-10-01 12:03:00+00
45	3	44	scene	1	\N	\N	\N	1.1 A desert place	\N	1	\N	\N	{}	\N	t	21	2025-10-01 12:07:17+00	2025-10-03 17:52:17.356355+00
46	3	45	cue	1	1	LX	1.00	House out, storm state	\N	1	00:00:03	\N	{storm}	{"go": "manual", "list": 1}	t	17	2025-10-01 12:11:34+00	2025-10-01 12:11:34+00
47	3	45	cue	2	2	SND	1.00	Thunder, close	\N	1	\N	\N	{storm}	{"file": "thunder_close.wav", "level_db": -6.0}	t	5	2025-10-01 12:15:51+00	2025-10-01 12:15:51+00
48	3	44	note	2	\N	\N	\N	FLY 1 has no tower to go to	Gauze on a kabuki drop? Ask Benedikt what he would trust.	1	\N	\N	{}	\N	t	21	2025-10-01 12:19:08+00	2025-10-06 12:20:08+00
49	3	44	note	3	\N	\N	\N	Blood in a church hall	\N	30	\N	\N	{}	\N	t	21	2025-10-01 12:23:25+00	2025-10-01 12:23:25+00
50	4	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	3	2024-06-03 10:03:00+00	2024-06-03 10:03:00+00
51	4	50	scene	1	\N	\N	\N	The nursery, before dawn	\N	1	\N	\N	{}	\N	t	3	2024-06-03 10:07:17+00	2024-06-11 13:11:17.403869+00
52	4	51	cue	1	1	LX	1.00	Blue behind the shutters	\N	1	00:00:10	\N	{}	{"go": "manual", "list": 1}	t	3	2024-06-03 10:11:34+00	2024-06-03 10:11:34+00
53	4	51	cue	2	2	SND	1.00	Train, distant	\N	1	\N	\N	{}	{"file": "train_distant.wav", "level_db": -7.5}	t	5	2024-06-03 10:15:51+00	2024-06-03 10:15:51+00
54	4	\N	act	2	\N	\N	\N	Act Two	\N	18	\N	\N	{}	\N	t	3	2024-06-03 10:19:08+00	2024-06-14 16:26:08+00
55	5	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	3	2024-09-02 10:03:00+00	2024-09-02 10:03:00+00
56	5	55	scene	1	\N	\N	\N	The nursery, before dawn	\N	1	\N	\N	{}	\N	t	3	2024-09-02 10:07:17+00	2024-09-02 10:07:17+00
57	5	56	cue	1	1	LX	1.00	House out	\N	1	00:00:06	\N	{preset}	{"go": "manual", "list": 1}	t	17	2024-09-02 10:11:34+00	2024-09-05 11:21:34.451383+00
58	5	56	cue	2	1	LX	2.00	Blue behind the shutters	\N	1	00:00:12	{21,22}	{}	{"go": "manual", "list": 1, "levels": {"21": 100, "22": 80}}	t	17	2024-09-02 10:15:51+00	2024-09-02 10:15:51+00
59	5	56	cue	3	2	SND	1.00	Train, then carriages	\N	2	\N	\N	{}	{"file": "train_then_carriages.wav", "level_db": -9.0}	t	5	2024-09-02 10:19:08+00	2024-09-02 10:19:08+00
60	5	56	cue	4	7	PRP	1.00	Candle set on the small table	\N	2	\N	\N	{}	null	t	3	2024-09-02 10:23:25+00	2024-09-08 14:36:25+00
61	5	56	cue	5	1	LX	4.00	Shutters open, blossom white	\N	5	00:00:20	{21,22,23,24,25}	{slow}	{"go": "manual", "list": 1, "levels": {"21": 70, "22": 100, "23": 80, "24": 60}}	t	17	2024-09-02 10:27:42+00	2024-09-02 10:27:42+00
62	5	55	scene	2	\N	\N	\N	The family returns	\N	7	\N	\N	{}	\N	t	3	2024-09-02 10:31:59+00	2024-09-02 10:31:59+00
63	5	62	cue	1	2	SND	2.00	Dog, offstage left	\N	7	\N	\N	{}	{"file": "dog_offstage_left.wav", "level_db": -7.5}	t	5	2024-09-02 10:35:16+00	2024-09-11 17:51:16.498897+00
64	5	62	cue	2	8	WRD	1.00	Travelling cloaks off, prompt side	Ninety seconds; Zeynep has the hooks.	8	\N	\N	{}	{}	t	3	2024-09-02 10:39:33+00	2024-09-02 10:39:33+00
65	5	\N	act	2	\N	\N	\N	Act Two	\N	18	\N	\N	{}	\N	t	3	2024-09-02 10:43:50+00	2024-09-02 10:43:50+00
66	5	65	scene	1	\N	\N	\N	The old chapel, towards sunset	\N	18	\N	\N	{}	\N	t	3	2024-09-02 10:47:07+00	2024-09-03 13:06:07+00
67	5	66	cue	1	1	LX	8.00	Low sun	\N	18	00:00:03	\N	{}	{"go": "manual", "list": 1}	t	17	2024-09-02 10:51:24+00	2024-09-02 10:51:24+00
68	5	66	cue	2	2	SND	4.00	Guitar, through the trees	\N	18	\N	\N	{}	{"file": "guitar_through_the_trees.wav", "level_db": -7.5}	t	3	2024-09-02 10:55:41+00	2024-09-02 10:55:41+00
69	5	66	cue	3	2	SND	5.00	The breaking string	Nobody agrees what it sounds like. Use file \\Sound\\string\\v7.	26	\N	\N	{}	{"file": "the_breaking_string.wav", "level_db": -9.0}	t	5	2024-09-02 10:59:58+00	2024-09-06 16:21:58.546411+00
70	5	66	cue	4	1	LX	9.00	Sun gone	\N	27	00:00:45	\N	{slow}	{"go": "follow", "list": 1}	t	17	2024-09-02 11:03:15+00	2024-09-02 11:03:15+00
71	5	\N	act	3	\N	\N	\N	Act Three	\N	31	\N	\N	{}	\N	t	3	2024-09-02 11:07:32+00	2024-09-02 11:07:32+00
72	5	223	cue	1	1	LX	12.00	Chandelier	\N	31	00:00:02	\N	{}	{"go": "manual", "list": 1}	t	3	2024-09-02 11:15:06+00	2024-09-09 11:40:06+00
73	5	223	cue	2	2	SND	7.00	Band, next room	\N	31	\N	\N	{loop}	{"file": "band_next_room.wav", "loop": {"to_s": 58, "from_s": 0, "crossfade_s": 2.5}, "level_db": -7.5}	t	5	2024-09-02 11:19:23+00	2024-09-02 11:19:23+00
74	5	223	cue	3	2	SND	8.00	Billiard cue breaks	\N	36	\N	\N	{}	{"file": "billiard_cue_breaks.wav", "level_db": -9.0}	t	5	2024-09-02 11:23:40+00	2024-09-02 11:23:40+00
75	5	223	cue	4	1	LX	15.00	Keys on the floor	\N	41	00:00:04	{90}	{special}	{"go": "manual", "list": 1, "levels": {"90": 100}}	t	17	2024-09-02 11:27:57+00	2024-09-12 14:55:57.593925+00
76	5	\N	act	4	\N	\N	\N	Act Four	\N	45	\N	\N	{}	\N	t	3	2024-09-02 11:31:14+00	2024-09-02 11:31:14+00
77	5	76	scene	1	\N	\N	\N	The nursery, bare	\N	45	\N	\N	{}	\N	t	3	2024-09-02 11:35:31+00	2024-09-02 11:35:31+00
78	5	77	cue	1	1	LX	18.00	Winter sun, no curtains	\N	45	00:00:05	\N	{}	{"go": "manual", "list": 1}	t	17	2024-09-02 11:39:48+00	2024-09-04 18:10:48+00
79	5	77	cue	2	2	SND	11.00	Locks, one after another	\N	52	\N	\N	{}	{"file": "locks_one_after_another.wav", "level_db": -9.0}	t	5	2024-09-02 11:43:05+00	2024-09-02 11:43:05+00
80	5	77	cue	3	2	SND	12.00	Axes	Keep going through the call.	54	\N	\N	{loop}	{"file": "axes.wav", "loop": {"to_s": 65, "from_s": 0, "crossfade_s": 2.5}, "level_db": -3.0}	t	3	2024-09-02 11:47:22+00	2024-09-02 11:47:22+00
81	5	77	cue	4	1	LX	21.00	Firs alone	\N	54	00:01:00	\N	{slow}	{"go": "manual", "list": 1}	t	17	2024-09-02 11:51:39+00	2024-09-07 13:25:39.641439+00
82	6	\N	scene	1	\N	\N	\N	場面1 The bridge	\N	1	\N	\N	{}	\N	t	6	2025-04-22 02:18:00+00	2025-04-22 02:18:00+00
83	6	82	cue	1	4	VID	1.00	Ink wash, first panel	\N	1	00:00:04	\N	{}	{"clip": "ink_wash_first_panel.mov", "layers": [{"n": 1, "opacity": 1.0}, {"n": 2, "blend": "multiply", "opacity": 0.35}], "server": "media1"}	t	6	2025-04-22 02:22:17+00	2025-04-22 02:22:17+00
84	6	\N	scene	2	\N	\N	\N	場面2 The umbrella shop	\N	3	\N	\N	{}	\N	t	6	2025-04-22 02:26:34+00	2025-04-30 07:03:34+00
85	6	84	cue	1	4	VID	2.00	Umbrellas from above	\N	3	00:00:04	\N	{}	{"clip": "umbrellas_from_above.mov", "layers": [{"n": 1, "opacity": 1.0}, {"n": 2, "blend": "multiply", "opacity": 0.35}], "server": "media1"}	t	6	2025-04-22 02:30:51+00	2025-04-22 02:30:51+00
86	6	\N	note	3	\N	\N	\N	Paper texture	Scan the real 和紙, the download looks like cement.	3	\N	\N	{}	\N	t	6	2025-04-22 02:34:08+00	2025-04-22 02:34:08+00
87	7	\N	note	1	\N	\N	\N	Projection line-up	Gauze in, work light out, twelve minutes. 傘 = umbrella, 橋 = bridge.	1	\N	\N	{}	\N	t	3	2025-09-08 09:03:00+00	2025-09-19 16:43:00.688953+00
88	7	224	standby	1	10	\N	\N	Standby VID 1 and 2, SND 1, LX 1	\N	1	\N	\N	{}	\N	t	3	2025-09-08 09:11:34+00	2025-09-08 09:11:34+00
89	7	224	cue	2	1	LX	1.00	House out on the bell	\N	1	00:00:07	\N	{preset}	{"go": "manual", "list": 1}	t	17	2025-09-08 09:15:51+00	2025-09-08 09:15:51+00
90	7	224	cue	3	2	SND	1.00	Rain, all speakers	\N	1	\N	\N	{rain,loop}	{"file": "rain_all_speakers.wav", "loop": {"to_s": 30, "from_s": 0, "crossfade_s": 2.5}, "level_db": -3.0}	t	5	2025-09-08 09:19:08+00	2025-09-11 12:02:08+00
91	7	224	cue	4	4	VID	1.00	Ink wash bleeds in	\N	1	00:00:09	\N	{rain}	{"clip": "ink_wash_bleeds_in.mov", "layers": [{"n": 1, "opacity": 1.0}, {"n": 2, "blend": "multiply", "opacity": 0.35}], "server": "media1"}	t	6	2025-09-08 09:23:25+00	2025-09-08 09:23:25+00
92	7	224	cue	5	4	VID	2.00	Surtitles on	\N	1	\N	\N	{}	{"clip": "surtitles_on.mov", "server": "media1"}	t	3	2025-09-08 09:27:42+00	2025-09-08 09:27:42+00
93	7	224	cue	6	1	LX	2.00	Lantern, upstage right	\N	2	00:00:03	{14}	{}	{"go": "manual", "list": 1, "levels": {"14": 90}}	t	17	2025-09-08 09:31:59+00	2025-09-14 15:17:59.736467+00
94	7	224	cue	7	2	SND	2.00	Wooden sandals crossing	\N	3	\N	\N	{}	{"file": "wooden_sandals_crossing.wav", "level_db": -9.0}	t	5	2025-09-08 09:35:16+00	2025-09-08 09:35:16+00
95	7	\N	scene	3	\N	\N	\N	2 The umbrella shop 傘屋	\N	6	\N	\N	{}	\N	t	3	2025-09-08 09:39:33+00	2025-09-08 09:39:33+00
96	7	95	cue	1	4	VID	4.00	Umbrellas from above	\N	6	00:00:05	\N	{}	{"clip": "umbrellas_from_above.mov", "server": "media1"}	t	3	2025-09-08 09:43:50+00	2025-09-17 09:45:50+00
97	7	95	cue	2	1	LX	5.00	Shop, warm	\N	6	00:00:05	{31,32,33}	{}	{"go": "manual", "list": 1, "levels": {"31": 60, "32": 90, "33": 70}}	t	17	2025-09-08 09:47:07+00	2025-09-08 09:47:07+00
98	7	95	cue	3	2	SND	5.00	Rain, moved outside	\N	6	00:00:05	\N	{rain}	{"file": "rain_moved_outside.wav", "level_db": -7.5}	t	5	2025-09-08 09:51:24+00	2025-09-08 09:51:24+00
99	7	95	cue	4	3	FLY	1.00	Forty umbrellas in	\N	9	00:00:14	\N	{}	{"bar": 18, "deads": {"in_m": 0.75, "out_m": 9.2}, "direction": "in"}	t	7	2025-09-08 09:55:41+00	2025-09-09 13:00:41.783981+00
100	7	95	cue	5	4	VID	5.00	Price tags, floating	\N	10	\N	\N	{}	{"clip": "price_tags_floating.mov", "server": "media1"}	t	3	2025-09-08 09:59:58+00	2025-09-08 09:59:58+00
101	7	95	cue	6	1	LX	7.00	Lightning	\N	12	00:00:00	\N	{snap,rain}	{"go": "manual", "list": 1}	t	17	2025-09-08 10:03:15+00	2025-09-08 10:03:15+00
102	7	95	cue	7	2	SND	6.00	Thunder, far off	\N	12	\N	\N	{rain}	{"file": "thunder_far_off.wav", "level_db": -6.0}	t	5	2025-09-08 10:07:32+00	2025-09-12 16:15:32+00
103	7	\N	scene	4	\N	\N	\N	3 Letters	\N	15	\N	\N	{}	\N	t	3	2025-09-08 10:11:49+00	2025-09-08 10:11:49+00
104	7	103	cue	1	4	VID	7.00	Handwriting, live feed	\N	15	00:00:02	\N	{}	{"clip": "handwriting_live_feed.mov", "server": "media1"}	t	3	2025-09-08 10:15:06+00	2025-09-08 10:15:06+00
105	7	103	cue	2	1	LX	10.00	Desk only	\N	15	00:00:06	{41}	{}	{"go": "follow", "list": 1, "levels": {"41": 80}}	t	17	2025-09-08 10:19:23+00	2025-09-15 11:30:23.831495+00
106	7	103	cue	3	2	SND	9.00	Brush on paper, contact mic	\N	15	\N	\N	{}	{"file": "brush_on_paper_contact_mic.wav", "level_db": -4.5}	t	5	2025-09-08 10:23:40+00	2025-09-08 10:23:40+00
107	7	103	note	4	\N	\N	\N	Kenji's letter	Reads "I'll wait at the bridge" tonight; was "by the river" until Tuesday.	17	\N	\N	{}	\N	t	3	2025-09-08 10:27:57+00	2025-09-08 10:27:57+00
108	7	103	cue	5	1	LX	11.00	Desk fades under the voice	\N	18	00:00:25	\N	{slow}	{"go": "manual", "list": 1}	t	3	2025-09-08 10:31:14+00	2025-09-18 14:45:14+00
109	7	\N	scene	5	\N	\N	\N	4 The bridge, again	\N	22	\N	\N	{}	\N	t	3	2025-09-08 10:35:31+00	2025-09-08 10:35:31+00
110	7	109	cue	1	5	AUTO	1.00	Bridge revolves half	\N	22	00:00:18	\N	{}	{"axis": "A3", "interlocks": ["trap_bars", "spotter"], "speed_mm_s": 140}	t	10	2025-09-08 10:39:48+00	2025-09-08 10:39:48+00
111	7	109	cue	2	4	VID	10.00	Rain stops mid-air	\N	24	00:00:00	\N	{rain,snap}	{"clip": "rain_stops_mid_air.mov", "layers": [{"n": 1, "opacity": 1.0}, {"n": 2, "blend": "multiply", "opacity": 0.35}], "server": "media1"}	t	6	2025-09-08 10:43:05+00	2025-09-10 18:00:05.879009+00
112	7	109	cue	3	2	SND	12.00	Silence, one drip	\N	24	\N	\N	{rain}	{"file": "silence_one_drip.wav", "level_db": -6.0}	t	3	2025-09-08 10:47:22+00	2025-09-08 10:47:22+00
113	7	109	cue	4	1	LX	15.00	Morning 🌅	\N	26	00:00:40	{1,2,3,4,5,6}	{slow,朝,"sunrise, \\"the good one\\""}	{"go": "manual", "list": 1, "levels": {"1": 100, "2": 80, "3": 60, "4": 90}}	t	17	2025-09-08 10:51:39+00	2025-09-08 10:51:39+00
114	7	109	cue	5	4	VID	11.00	Surtitles off	\N	27	\N	\N	{}	{"clip": "surtitles_off.mov", "server": "media1"}	t	6	2025-09-08 10:55:56+00	2025-09-13 13:15:56+00
115	8	\N	note	1	\N	\N	\N	Piano, stage right	\N	1	\N	\N	{}	\N	t	3	2024-12-09 10:03:00+00	2024-12-09 10:03:00+00
116	8	\N	scene	2	\N	\N	\N	Prologue: the lamps	\N	1	\N	\N	{}	\N	t	3	2024-12-09 10:07:17+00	2024-12-09 10:07:17+00
117	8	116	cue	1	1	LX	1.00	Ghost light only	\N	1	\N	\N	{}	{"go": "manual", "list": 1}	t	17	2024-12-09 10:11:34+00	2024-12-17 15:34:34.926523+00
118	8	116	cue	2	2	SND	1.00	Footsteps, live foley	\N	1	\N	\N	{}	{"file": "footsteps_live_foley.wav", "level_db": -7.5}	t	5	2024-12-09 10:15:51+00	2024-12-09 10:15:51+00
119	9	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	3	2025-04-28 09:03:00+00	2025-04-28 09:03:00+00
120	9	119	scene	1	\N	\N	\N	Overture and Lamplight (No. 1)	\N	1	\N	\N	{}	\N	t	3	2025-04-28 09:07:17+00	2025-05-09 09:33:17+00
121	9	120	standby	1	10	\N	\N	Standby orchestra, LX 1 to 4, SND 1, AUTO 1	\N	1	\N	\N	{}	\N	t	3	2025-04-28 09:11:34+00	2025-04-28 09:11:34+00
122	9	120	cue	2	1	LX	1.00	House to half	\N	1	00:00:04	\N	{preset}	{"go": "manual", "list": 1}	t	17	2025-04-28 09:15:51+00	2025-04-28 09:15:51+00
123	9	120	cue	3	2	SND	1.00	Band mics open	\N	1	\N	\N	{band}	{"desk": {"recall": ["faders", "mutes"], "snapshot": 101}}	t	5	2025-04-28 09:19:08+00	2025-05-01 12:48:08.974037+00
124	9	120	cue	4	1	LX	2.00	House out, conductor special	\N	1	00:00:03	{200}	{}	{"go": "manual", "list": 1, "levels": {"200": 60}}	t	3	2025-04-28 09:23:25+00	2025-04-28 09:23:25+00
125	9	120	cue	5	1	LX	3.00	First lamp	\N	2	00:00:01	{301}	{lamps}	{"go": "manual", "list": 1, "levels": {"301": 80}}	t	17	2025-04-28 09:27:42+00	2025-04-28 09:27:42+00
126	9	120	cue	6	1	LX	3.50	Second lamp	\N	2	00:00:01	{302}	{lamps}	{"go": "follow", "list": 1, "levels": {"302": 100}}	t	17	2025-04-28 09:31:59+00	2025-05-04 16:03:59+00
127	9	120	cue	7	1	LX	4.00	All the lamps down the street	\N	3	00:00:08	{303,304,305,306,307,308}	{lamps}	{"go": "manual", "list": 1, "levels": {"303": 70, "304": 100, "305": 80, "306": 60}}	t	17	2025-04-28 09:35:16+00	2025-04-28 09:35:16+00
128	9	120	cue	8	5	AUTO	1.00	Street truck on	\N	3	00:00:12	\N	{}	{"axis": "A1", "interlocks": ["trap_bars", "spotter"], "speed_mm_s": 140}	t	3	2025-04-28 09:39:33+00	2025-04-28 09:39:33+00
129	9	120	cue	9	6	FS	1.00	Pick up Ada, stage right	\N	4	\N	\N	{}	{}	t	11	2025-04-28 09:43:50+00	2025-05-07 11:18:50.021551+00
130	9	119	scene	2	\N	\N	\N	The attic (No. 3, Moth)	\N	11	\N	\N	{}	\N	t	3	2025-04-28 09:47:07+00	2025-04-28 09:47:07+00
131	9	130	cue	1	3	FLY	2.00	Attic roof in	\N	11	00:00:09	\N	{}	{"bar": 22, "deads": {"in_m": 0.75, "out_m": 9.2}, "direction": "in"}	t	7	2025-04-28 09:51:24+00	2025-04-28 09:51:24+00
132	9	130	cue	2	1	LX	11.00	Attic	\N	11	00:00:09	{71,72}	{}	{"go": "manual", "list": 1, "levels": {"71": 60, "72": 90}}	t	3	2025-04-28 09:55:41+00	2025-04-29 14:33:41+00
133	9	130	cue	3	2	SND	4.00	Radio mic 3 up, reverb long	\N	12	\N	\N	{band}	{"desk": {"recall": ["faders", "mutes"], "snapshot": 104}}	t	5	2025-04-28 09:59:58+00	2025-04-28 09:59:58+00
134	9	130	cue	4	6	FS	3.00	Ada, waist, frost in	\N	12	\N	\N	{}	{}	t	11	2025-04-28 10:03:15+00	2025-04-28 10:03:15+00
135	9	130	cue	5	1	LX	12.00	Moth on the window	\N	14	00:00:02	\N	{special}	{"go": "manual", "list": 1}	t	17	2025-04-28 10:07:32+00	2025-05-02 17:48:32.069065+00
136	9	119	scene	3	\N	\N	\N	The gasworks (No. 6)	\N	28	\N	\N	{}	\N	t	3	2025-04-28 10:11:49+00	2025-04-28 10:11:49+00
137	9	136	cue	1	9	FX	1.00	Steam, both sides	\N	28	00:00:06	\N	{fog}	{"keys": 1, "device": "steam", "clear_call": false}	t	16	2025-04-28 10:15:06+00	2025-04-28 10:15:06+00
138	9	136	cue	2	1	LX	20.00	Furnace	\N	28	00:00:00.5	{150,151,152}	{}	{"go": "manual", "list": 1, "levels": {"150": 70, "151": 100, "152": 80}}	t	17	2025-04-28 10:19:23+00	2025-05-05 13:03:23+00
139	9	136	cue	3	2	SND	9.00	Furnace roar under the band	\N	28	\N	\N	{band,loop}	{"desk": {"recall": ["faders", "mutes"], "snapshot": 109}}	t	5	2025-04-28 10:23:40+00	2025-04-28 10:23:40+00
140	9	136	cue	4	5	AUTO	4.00	Gasometer rises	\N	31	00:00:22	\N	{}	{"axis": "A1", "interlocks": ["trap_bars", "spotter"], "speed_mm_s": 170}	t	3	2025-04-28 10:27:57+00	2025-04-28 10:27:57+00
141	9	136	cue	5	9	FX	2.00	Spark shower	Caspian calls clear on channel 7. No clear, no spark.	33	\N	\N	{pyro}	{"keys": 2, "device": "spark_shower", "clear_call": true}	t	16	2025-04-28 10:31:14+00	2025-05-08 15:31:14.116579+00
142	9	136	cue	6	1	LX	24.00	Tableau, out	\N	43	00:00:03	\N	{}	{"go": "manual", "list": 1}	t	17	2025-04-28 10:35:31+00	2025-04-28 10:35:31+00
143	9	\N	act	2	\N	\N	\N	Act Two	\N	45	\N	\N	{}	\N	t	3	2025-04-28 10:39:48+00	2025-04-28 10:39:48+00
144	9	143	scene	1	\N	\N	\N	The dark street (No. 9)	\N	45	\N	\N	{}	\N	t	3	2025-04-28 10:43:05+00	2025-04-30 10:46:05+00
145	9	144	cue	1	2	SND	14.00	Entr'acte, click in	\N	45	\N	\N	{band}	{"desk": {"recall": ["faders", "mutes"], "snapshot": 114}}	t	5	2025-04-28 10:47:22+00	2025-04-28 10:47:22+00
146	9	144	cue	2	1	LX	30.00	One lamp only	\N	45	00:00:10	{301}	{lamps}	{"go": "manual", "list": 1, "levels": {"301": 70}}	t	17	2025-04-28 10:51:39+00	2025-04-28 10:51:39+00
147	9	144	cue	3	6	FS	6.00	Father, head and shoulders	\N	47	\N	\N	{}	{}	t	11	2025-04-28 10:55:56+00	2025-05-03 14:01:56.164093+00
148	9	144	cue	4	8	WRD	2.00	Quick change, Ada, under the bridge	38 seconds with two dressers. The boots are zipped, the laces are a lie.	50	\N	\N	{}	{"where": {"side": "SR", "under": "bridge"}, "seconds": 38.0, "dressers": ["zeynep.a", "wren.a"]}	t	3	2025-04-28 10:59:13+00	2025-04-28 10:59:13+00
149	9	143	scene	2	\N	\N	\N	Finale (No. 14)	\N	74	\N	\N	{}	\N	t	3	2025-04-28 11:03:30+00	2025-04-28 11:03:30+00
150	9	149	cue	1	3	FLY	9.00	Starcloth in	\N	74	00:00:11	\N	{}	{"bar": 13, "deads": {"in_m": 0.75, "out_m": 9.2}, "direction": "in"}	t	7	2025-04-28 11:07:47+00	2025-05-06 17:16:47+00
151	9	149	cue	2	1	LX	47.00	Stars	\N	75	00:00:15	\N	{lamps}	{"go": "manual", "list": 1}	t	17	2025-04-28 11:11:04+00	2025-04-28 11:11:04+00
152	9	149	cue	3	1	LX	48.00	Every lamp in the building	\N	78	00:00:20	\N	{lamps}	{"go": "manual", "list": 1}	t	3	2025-04-28 11:15:21+00	2025-04-28 11:15:21+00
153	9	149	cue	4	2	SND	22.00	Bows playout	\N	80	\N	\N	{band}	{"desk": {"recall": ["faders", "mutes"], "snapshot": 122}}	t	5	2025-04-28 11:19:38+00	2025-05-09 12:31:38.211607+00
154	9	149	note	5	\N	\N	\N	House lights only when the band has stopped	\N	81	\N	\N	{}	\N	t	3	2025-04-28 11:23:55+00	2025-04-28 11:23:55+00
155	10	\N	note	1	\N	\N	\N	Ada is 12 cm shorter from Monday	Refocus:\tLX 3\tLX 12\tFS 1, 3, 9	4	\N	\N	{}	\N	t	2	2025-07-28 11:03:00+00	2025-07-28 11:03:00+00
156	10	\N	scene	2	\N	\N	\N	The attic (No. 3, Moth)	\N	11	\N	\N	{}	\N	t	2	2025-07-28 11:07:17+00	2025-07-31 15:22:17+00
157	10	156	cue	1	1	LX	12.00	Moth on the window, lower	\N	14	00:00:02	\N	{special}	{"go": "manual", "list": 1}	t	17	2025-07-28 11:11:34+00	2025-07-28 11:11:34+00
158	10	156	cue	2	1	LX	12.25	Moth leaves		14	00:00:01	\N	{}	{"go": "manual", "list": 1}	f	17	2025-07-28 11:15:51+00	2025-07-28 11:15:51+00
159	11	\N	note	1	\N	\N	\N	Dusk	Before 20:50 the front wash does nothing. Save the generator.	1	\N	\N	{}	\N	t	21	2024-05-20 09:03:00+00	2024-05-26 16:21:00.259121+00
160	11	\N	act	2	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	21	2024-05-20 09:07:17+00	2024-05-20 09:07:17+00
161	11	160	scene	1	\N	\N	\N	1.1 Athens, the abbey steps	\N	1	\N	\N	{}	\N	t	21	2024-05-20 09:11:34+00	2024-05-20 09:11:34+00
162	11	161	cue	1	2	SND	1.00	Bells, from the real tower	Verger's number is on the fridge. He rings at 20:00 or he doesn't.	1	\N	\N	{}	\N	t	5	2024-05-20 09:15:51+00	2024-05-29 11:36:51+00
163	11	161	cue	2	2	SND	2.00	Radio mics up	\N	1	\N	\N	{}	{"file": "radio_mics_up.wav", "level_db": -7.5}	t	5	2024-05-20 09:19:08+00	2024-05-20 09:19:08+00
164	11	160	scene	2	\N	\N	\N	1.2 The mechanicals	\N	6	\N	\N	{}	\N	t	21	2024-05-20 09:23:25+00	2024-05-20 09:23:25+00
165	11	164	cue	1	7	PRP	1.00	Handcart through the audience	\N	6	\N	\N	{}	{}	t	14	2024-05-20 09:27:42+00	2024-05-21 14:51:42.306635+00
166	11	\N	act	3	\N	\N	\N	Act Two	\N	12	\N	\N	{}	\N	t	21	2024-05-20 09:31:59+00	2024-05-20 09:31:59+00
167	11	166	scene	1	\N	\N	\N	2.1 A wood near Athens	\N	12	\N	\N	{}	\N	t	21	2024-05-20 09:35:16+00	2024-05-20 09:35:16+00
168	11	167	cue	1	1	LX	3.00	Festoon in the trees	\N	12	00:00:15	{1,2,3,4}	{}	{"go": "follow", "list": 1, "levels": {"1": 100, "2": 80, "3": 60, "4": 90}}	t	21	2024-05-20 09:39:33+00	2024-05-24 10:06:33+00
169	11	167	cue	2	2	SND	5.00	Fairy music, far speakers	\N	13	\N	\N	{}	{"file": "fairy_music_far_speakers.wav", "level_db": -9.0}	t	5	2024-05-20 09:43:50+00	2024-05-20 09:43:50+00
170	11	167	cue	3	9	FX	1.00	Smoke in the reeds	\N	14	\N	\N	{fog}	{"keys": 1, "device": "smoke_in_the_reeds", "clear_call": false}	t	16	2024-05-20 09:47:07+00	2024-05-20 09:47:07+00
171	11	166	scene	2	\N	\N	\N	2.2 Another part of the wood	\N	18	\N	\N	{}	\N	t	21	2024-05-20 09:51:24+00	2024-05-27 13:21:24.354149+00
172	11	171	cue	1	1	LX	6.00	Titania's bower	\N	18	00:00:10	{21}	{}	{"go": "manual", "list": 1, "levels": {"21": 60}}	t	21	2024-05-20 09:55:41+00	2024-05-20 09:55:41+00
173	11	171	cue	2	2	SND	7.00	Lullaby, strings only	\N	18	\N	\N	{}	{"file": "lullaby_strings_only.wav", "level_db": -7.5}	t	5	2024-05-20 09:59:58+00	2024-05-20 09:59:58+00
174	11	\N	act	4	\N	\N	\N	Act Five	\N	51	\N	\N	{}	\N	t	21	2024-05-20 10:03:15+00	2024-05-30 16:36:15+00
175	11	174	scene	1	\N	\N	\N	5.1 Pyramus and Thisbe	\N	51	\N	\N	{}	\N	t	21	2024-05-20 10:07:32+00	2024-05-20 10:07:32+00
176	11	175	cue	1	1	LX	15.00	As bright as it gets	\N	51	00:00:04	\N	{}	{"go": "manual", "list": 1}	t	21	2024-05-20 10:11:49+00	2024-05-20 10:11:49+00
177	11	175	cue	2	2	SND	14.00	Lion, on kazoo	\N	56	\N	\N	{}	{"file": "lion_on_kazoo.wav", "level_db": -6.0}	t	5	2024-05-20 10:15:06+00	2024-05-22 11:51:06.401663+00
178	11	175	cue	3	1	LX	18.00	Now the hungry lion roars	\N	61	00:00:30	\N	{slow}	{"go": "manual", "list": 1}	t	17	2024-05-20 10:19:23+00	2024-05-20 10:19:23+00
179	11	175	cue	4	1	LX	20.00	Puck, single torch	\N	63	00:00:05	{30}	{}	{"go": "manual", "list": 1, "levels": {"30": 60}}	t	17	2024-05-20 10:23:40+00	2024-05-20 10:23:40+00
180	12	\N	scene	1	\N	\N	\N	All of it, in the marquee	\N	1	\N	\N	{}	\N	t	21	2024-06-24 15:03:00+00	2024-06-29 19:42:00+00
181	12	180	cue	1	2	SND	1.00	Radio mics up, rain gate on	\N	1	\N	\N	{rain}	{"file": "radio_mics_up_rain_gate_on.wav", "level_db": -4.5}	t	5	2024-06-24 15:07:17+00	2024-06-24 15:07:17+00
182	12	180	note	2	\N	\N	\N	Festoon stays on battery	\N	1	\N	\N	{}	\N	t	\N	2024-06-24 15:11:34+00	2024-06-24 15:11:34+00
183	13	\N	scene	1	\N	\N	\N	Entrée	\N	1	\N	\N	{}	\N	t	1	2025-08-11 19:03:00+00	2025-08-20 02:45:00.449177+00
184	13	183	cue	1	1	LX	1.00	Candles and one bulb	\N	1	00:00:06	\N	{}	{"go": "manual", "list": 1}	t	1	2025-08-11 19:07:17+00	2025-08-11 19:07:17+00
185	13	183	cue	2	2	SND	1.00	Needle on the record	\N	1	\N	\N	{}	{"file": "needle_on_the_record.wav", "level_db": -3.0}	t	5	2025-08-11 19:11:34+00	2025-08-11 19:11:34+00
186	13	\N	scene	2	\N	\N	\N	Numéro 2: L'homme sans ombre	\N	3	\N	\N	{}	\N	t	1	2025-08-11 19:15:51+00	2025-08-22 22:00:51+00
187	13	186	cue	1	1	LX	3.00	Sa silhouette, à contre-jour	\N	3	00:00:04	{9}	{}	{"go": "manual", "list": 1, "levels": {"9": 100}}	t	17	2025-08-11 19:19:08+00	2025-08-11 19:19:08+00
188	13	186	cue	2	6	FS	1.00	Ne le suivez pas	The spot misses him on purpose.	3	\N	{}	{}	{}	t	1	2025-08-11 19:23:25+00	2025-08-11 19:23:25+00
189	13	\N	scene	3	\N	\N	\N	Numéro 5: Tango	\N	9	\N	\N	{}	\N	t	1	2025-08-11 19:27:42+00	2025-08-15 00:28:42.496691+00
190	13	189	cue	1	1	LX	7.00	Rouge	\N	9	00:00:02	\N	{}	{"go": "manual", "list": 1}	t	17	2025-08-11 19:31:59+00	2025-08-11 19:31:59+00
191	13	189	cue	2	2	SND	6.00	Bandonéon, live	\N	9	\N	\N	{}	{"file": "bandon_on_live.wav", "level_db": -4.5}	t	5	2025-08-11 19:35:16+00	2025-08-11 19:35:16+00
192	13	\N	note	4	\N	\N	\N	Bar closes during Numéro 5	\N	9	\N	\N	{}	\N	t	1	2025-08-11 19:39:33+00	2025-08-17 19:43:33+00
193	14	\N	act	1	\N	\N	\N	Part One	\N	1	\N	\N	{}	\N	t	27	2025-06-30 10:03:00+00	2025-06-30 10:03:00+00
194	14	193	scene	1	\N	\N	\N	The village of Much Mooing	\N	1	\N	\N	{}	\N	t	27	2025-06-30 10:07:17+00	2025-06-30 10:07:17+00
195	14	194	cue	1	1	LX	1.00	Bright	\N	1	00:00:03	\N	{}	{"go": "manual", "list": 1}	t	17	2025-06-30 10:11:34+00	2025-07-09 13:18:34.544205+00
196	14	194	cue	2	2	SND	1.00	Overture, from tape	\N	1	\N	\N	{}	{"file": "overture_from_tape.wav", "level_db": -4.5}	t	27	2025-06-30 10:15:51+00	2025-06-30 10:15:51+00
197	15	\N	act	1	\N	\N	\N	Part One	\N	1	\N	\N	{}	\N	t	13	2025-09-22 10:03:00+00	2025-09-22 10:03:00+00
198	15	197	scene	1	\N	\N	\N	Fairyland, front of cloth	\N	1	\N	\N	{}	\N	t	13	2025-09-22 10:07:17+00	2025-09-23 16:17:17+00
199	15	198	cue	1	1	LX	1.00	House out	\N	1	00:00:03	\N	{preset}	{"go": "manual", "list": 1}	t	17	2025-09-22 10:11:34+00	2025-09-22 10:11:34+00
200	15	198	cue	2	9	FX	1.00	Flash, Fairy enters stage right	\N	1	\N	\N	{pyro}	{"keys": 2, "device": "flash", "clear_call": true}	t	13	2025-09-22 10:15:51+00	2025-09-22 10:15:51+00
201	15	198	cue	3	9	FX	2.00	Flash, Fleshcreep enters stage left	Good from the right, evil from the left. Always.	1	\N	\N	{pyro}	{"keys": 2, "device": "flash", "clear_call": true}	t	16	2025-09-22 10:19:08+00	2025-09-26 11:32:08.591719+00
202	15	198	cue	4	6	FS	1.00	Fairy	\N	1	\N	\N	{}	{}	t	11	2025-09-22 10:23:25+00	2025-09-22 10:23:25+00
203	15	197	scene	2	\N	\N	\N	The village of Much Mooing	\N	3	\N	\N	{}	\N	t	13	2025-09-22 10:27:42+00	2025-09-22 10:27:42+00
204	15	203	cue	1	3	FLY	1.00	Cloth out	\N	3	00:00:05	\N	{}	{"bar": 11, "deads": {"in_m": 0.75, "out_m": 9.2}, "direction": "out"}	t	13	2025-09-22 10:31:59+00	2025-09-29 14:47:59+00
205	15	203	cue	2	1	LX	5.00	Sunny, pink	\N	3	00:00:02	{1,2,3}	{}	{"go": "manual", "list": 1, "levels": {"1": 80, "2": 60, "3": 90}}	t	17	2025-09-22 10:35:16+00	2025-09-22 10:35:16+00
206	15	203	cue	3	7	PRP	1.00	Cow on	Two people. Check who is the front tonight.	6	\N	\N	{}	{}	t	14	2025-09-22 10:39:33+00	2025-09-22 10:39:33+00
207	15	197	scene	3	\N	\N	\N	Up the beanstalk	\N	33	\N	\N	{}	\N	t	13	2025-09-22 10:43:50+00	2025-10-02 18:02:50.639233+00
208	15	207	cue	1	5	AUTO	1.00	Beanstalk grows	\N	33	00:00:30	\N	{}	{"axis": "A1", "interlocks": ["trap_bars", "spotter"], "speed_mm_s": 130}	t	13	2025-09-22 10:47:07+00	2025-09-22 10:47:07+00
209	15	207	cue	2	2	SND	14.00	Creaking, then choir	\N	33	\N	\N	{}	{"file": "creaking_then_choir.wav", "level_db": -9.0}	t	5	2025-09-22 10:51:24+00	2025-09-22 10:51:24+00
210	15	207	cue	3	1	LX	19.00	Through the clouds	\N	34	00:00:12	\N	{}	{"go": "follow", "list": 1}	t	17	2025-09-22 10:55:41+00	2025-09-24 13:17:41+00
211	15	\N	act	2	\N	\N	\N	Part Two	\N	36	\N	\N	{}	\N	t	13	2025-09-22 10:59:58+00	2025-09-22 10:59:58+00
212	15	211	scene	1	\N	\N	\N	The giant's kitchen	\N	36	\N	\N	{}	\N	t	13	2025-09-22 11:03:15+00	2025-09-22 11:03:15+00
213	15	212	cue	1	2	SND	18.00	Fee, fi, fo, fum	\N	36	\N	\N	{}	{"file": "fee_fi_fo_fum.wav", "level_db": -7.5}	t	5	2025-09-22 11:07:32+00	2025-09-27 16:32:32.686747+00
214	15	212	cue	2	4	VID	1.00	Giant's boot, live shadow	\N	37	\N	\N	{}	{"clip": "giant_s_boot_live_shadow.mov", "server": "media1"}	t	6	2025-09-22 11:11:49+00	2025-09-22 11:11:49+00
215	15	212	cue	3	1	LX	26.00	He falls	\N	52	00:00:00	\N	{snap}	{"go": "manual", "list": 1}	t	17	2025-09-22 11:15:06+00	2025-09-22 11:15:06+00
216	16	\N	note	1	\N	\N	\N	Day one	Chairs. Everyone brought a chair. Why?	1	\N	\N	{}	\N	t	\N	2025-01-20 17:03:00+00	2025-01-28 17:31:00+00
217	16	\N	scene	2	\N	\N	\N	Chairs	\N	1	\N	\N	{}	\N	t	13	2025-01-20 17:07:17+00	2025-01-20 17:07:17+00
221	2	\N	act	2	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	2	2025-09-03 11:07:17+00	2025-09-03 11:07:17+00
222	2	221	scene	3	\N	\N	\N	1.7 Inverness, the supper	\N	12	\N	\N	{}	\N	t	2	2025-09-03 12:03:15+00	2025-09-06 18:37:15+00
223	5	71	scene	1	\N	\N	\N	The ballroom arch	\N	31	\N	\N	{}	\N	t	3	2024-09-11 13:11:49+00	2024-09-11 13:11:49+00
224	7	\N	scene	2	\N	\N	\N	1 The bridge at dusk 夕暮れ	\N	1	\N	\N	{}	\N	t	3	2025-09-17 11:07:17+00	2025-09-17 11:07:17+00
\.

COPY "public"."crewRelationshipsTable" ("relationship_id", "manager_user_id", "crew_user_id", "first_shared_element_id", "since", "rating", "note", "is_active") FROM stdin;
1	2	3	57	2024-09-02	9.5	Priya ran the book before Tomasz ever trusted anyone with it.	t
2	2	9	10	2025-08-25	9.0	\N	t
3	2	8	12	2025-08-25	8.5		t
4	2	7	13	2025-08-25	10.0	Never early, never late.	t
5	2	10	37	2025-08-25	8.0	\N	t
6	2	13	\N	2023-09-18	9.0	Wren started on work experience.	t
7	2	16	17	2025-08-25	8.5	\N	t
8	2	19	\N	2024-05-01	4.0	Left mid-season; don't rebook without a word with Hamish.	f
9	3	9	58	2024-09-02	8.5	\N	t
10	3	23	59	2024-09-02	8.0	Quiet on cans, which is the point.	t
11	3	14	60	2024-09-02	7.5	\N	t
12	3	15	64	2024-09-02	9.0	\N	t
13	3	8	123	2025-04-28	9.5	Reads the score with her.	t
14	3	10	128	2025-04-28	8.5	\N	t
15	3	11	129	2025-04-28	9.0	Says "pick up" before the page does.	t
16	3	16	137	2025-04-28	9.0	\N	t
17	3	6	91	2025-09-08	\N	First show together: よろしくお願いします	t
18	3	7	131	2025-04-28	8.0	\N	t
19	4	17	3	2025-07-14	10.0	Finishes her sentences.	t
20	4	9	11	2023-07-05	9.0	\N	t
21	5	8	15	2023-10-02	9.0	\N	t
22	5	23	27	2024-08-19	7.0	Good ears;\nneeds to label cables.	t
23	7	18	40	2024-04-08	8.0	\N	t
24	7	20	150	2024-05-06	8.5	Knots: yes. Mornings: no.	t
25	21	5	162	2024-05-20	7.5	\N	t
26	21	9	168	2024-05-20	8.0	\N	t
27	21	16	170	2024-05-20	6.5	The reeds were nearly a longer story.	t
28	21	19	165	2024-05-20	\N	\N	f
29	13	14	206	2025-09-22	8.0	Back end of the cow.	t
30	9	11	134	2023-09-01	0.0	Test entry, rating never filled in.	f
\.

COPY "public"."crewAssignmentsTable" ("assignment_id", "show_id", "department_id", "user_id", "relationship_id", "duty", "call_before", "weekdays", "fee", "is_lead", "starts_on", "ends_on", "created_at") FROM stdin;
1	1	10	2	\N	Stage manager	02:00:00	{3,4,5,6}	4410.00	t	2025-09-18	2025-11-01	2025-02-17 10:06:00+00
2	1	10	3	1	Deputy stage manager, calls Tuesdays	01:30:00	{2,3,4,5,6}	4060.00	f	2025-09-18	2025-11-01	2025-02-17 10:12:00+00
3	1	10	13	6	Assistant stage manager	01:30:00	{2,3,4,5,6}	2450.00	f	2025-09-18	2025-11-01	2025-02-17 10:18:00+00
4	1	1	4	\N	Lighting designer	00:00:00	{}	6500.00	t	2025-09-18	2025-11-01	2025-02-17 10:24:00+00
5	1	1	17	19	Programmer	00:00:00	{}	2240.00	f	2025-09-18	2025-11-01	2025-02-17 10:30:00+00
6	1	1	9	2	Board operator	01:15:00	{2,3,4,5,6}	3696.00	f	2025-09-18	2025-11-01	2025-02-17 10:36:00+00
7	1	2	5	\N	Sound designer	00:00:00	{}	6500.00	t	2025-09-18	2025-11-01	2025-02-17 10:42:00+00
8	1	2	8	3	Sound operator	01:30:00	{2,3,4,5,6}	3696.00	f	2025-09-18	2025-11-01	2025-02-17 10:48:00+00
9	1	2	23	22	Sound no. 2	01:00:00	{2,3,4,5,6}	2520.00	f	2025-09-18	2025-11-01	2025-02-17 10:54:00+00
10	1	3	7	4	Head flyman	01:00:00	{2,3,4,5,6}	3892.00	t	2025-09-18	2025-11-01	2025-02-17 11:00:00+00
11	1	3	18	23	Fly floor	00:45:00	{2,3,4,5,6}	2450.00	f	2025-09-18	2025-11-01	2025-02-17 11:06:00+00
13	1	5	10	5	Trap lift	01:15:00	{2,3,4,5,6}	4200.00	t	2025-09-18	2025-11-01	2025-02-17 11:18:00+00
14	1	9	16	7	Haze, fog and the cauldron	01:00:00	{2,3,4,5,6}	4634.00	t	2025-09-18	2025-11-01	2025-02-17 11:24:00+00
15	1	7	14	\N	Daggers and blood	01:00:00	{2,3,4,5,6}	2688.00	t	2025-09-18	2025-11-01	2025-02-17 11:30:00+00
16	2	10	3	1	Stage manager	01:30:00	{2,3,4,5,6}	3480.00	t	2024-10-10	2024-11-09	2024-04-29 11:36:00+00
17	2	10	13	6	Assistant stage manager	01:15:00	{2,3,4,5,6}	2100.00	f	2024-10-10	2024-11-09	2024-04-29 11:42:00+00
18	2	1	9	9	Board operator	01:00:00	{2,3,4,5,6}	3168.00	t	2024-10-10	2024-11-09	2024-04-29 11:48:00+00
19	2	2	23	10	Sound operator	01:00:00	{2,3,4,5,6}	2160.00	t	2024-10-10	2024-11-09	2024-04-29 11:54:00+00
20	2	7	14	11	Props	01:00:00	{2,3,4,5,6}	2304.00	t	2024-10-10	2024-11-09	2024-04-29 12:00:00+00
21	2	8	15	12	Dresser	01:15:00	{2,3,4,5,6}	2304.00	t	2024-10-10	2024-11-09	2024-04-29 12:06:00+00
22	3	10	3	\N	Stage manager	02:00:00	{2,3,4,5,6,7}	3770.00	t	2025-11-20	2025-12-13	2025-03-24 11:42:00+00
23	3	4	6	17	Video designer and surtitles	02:00:00	{2,3,4,5,6,7}	7250.50	t	2025-11-20	2025-12-13	2025-03-24 11:48:00+00
24	3	1	17	19	Programmer and operator	01:30:00	{2,3,4,5,6}	\N	f	2025-11-20	2025-12-13	2025-03-24 11:54:00+00
25	3	1	4	\N	Lighting designer	00:00:00	{}	\N	t	2025-11-20	2025-12-13	2025-03-24 12:00:00+00
26	3	2	8	13	Sound operator	01:30:00	{2,3,4,5,6}	\N	f	2025-11-20	2025-12-13	2025-03-24 12:06:00+00
27	3	5	10	14	Revolve	01:15:00	{2,3,4,5,6}	\N	t	2025-11-20	2025-12-13	2025-03-24 12:12:00+00
28	3	3	20	24	Umbrellas	01:00:00	{2,3,4,5,6}	\N	f	2025-11-20	2025-12-13	2025-03-24 12:18:00+00
29	4	10	3	1	Deputy stage manager, calls the show	01:30:00	{1,2,3,4,5,6}	6670.00	f	2025-06-05	2025-08-30	2024-11-18 13:54:00+00
30	4	10	2	\N	Stage manager	01:30:00	{1,2,3,4,5,6}	7245.00	t	2025-06-05	2025-08-30	2024-11-18 14:00:00+00
32	4	10	13	6	Assistant stage manager	01:30:00	{1,2,3,4,5,6}	4025.00	f	2025-06-05	2025-08-30	2024-11-18 14:12:00+00
33	4	1	9	20	Board operator	01:15:00	{1,2,3,4,5,6}	6072.00	f	2025-06-05	2025-08-30	2024-11-18 14:18:00+00
34	4	2	8	13	Front of house mix	02:00:00	{1,2,3,4,5,6}	6072.00	t	2025-06-05	2025-08-30	2024-11-18 14:24:00+00
35	4	2	23	22	Radio mics	02:00:00	{1,2,3,4,5,6}	4140.00	f	2025-06-05	2025-08-30	2024-11-18 14:30:00+00
36	4	5	10	14	Trucks and gasometer	01:30:00	{1,2,3,4,5,6}	6900.00	t	2025-06-05	2025-08-30	2024-11-18 14:36:00+00
37	4	6	11	15	Followspot 1	00:35:00	{1,2,3,4,5,6}	4312.50	t	2025-06-05	2025-08-30	2024-11-18 14:42:00+00
38	4	3	7	18	Head flyman	01:00:00	{1,2,3,4,5,6}	6394.00	t	2025-06-05	2025-08-30	2024-11-18 14:48:00+00
39	4	3	20	24	Fly floor	00:45:00	{1,2,3,4,5,6}	4025.00	f	2025-06-05	2025-08-30	2024-11-18 14:54:00+00
40	4	9	16	16	Sparks and steam	01:15:00	{1,2,3,4,5,6}	7613.00	t	2025-06-05	2025-08-30	2024-11-18 15:00:00+00
41	4	8	15	12	Quick changes	01:30:00	{1,2,3,4,5,6}	4416.00	t	2025-06-05	2025-08-30	2024-11-18 15:06:00+00
42	5	10	21	\N	Stage manager	03:00:00	{2,3,4,5,6,7}	4640.00	t	2024-07-02	2024-08-24	2024-04-08 13:12:00+00
43	5	1	9	26	Festoon and generator	02:30:00	{2,3,4,5,6,7}	3300.00	t	2024-07-02	2024-08-24	2024-04-08 13:18:00+00
44	5	2	5	25	Sound design and mix	02:30:00	{2,3,4,5,6,7}	5200.00	t	2024-07-02	2024-08-24	2024-04-08 13:24:00+00
45	5	9	16	27	Smoke in the reeds	01:30:00	{2,3,4,5,6,7}	2100.10	t	2024-07-02	2024-08-24	2024-04-08 13:30:00+00
46	5	7	19	28	Handcart	01:00:00	{2,3,4,5,6,7}	1280.00	f	2024-07-02	2024-08-10	2024-04-08 13:36:00+00
47	6	10	1	\N	Whoever is awake	00:30:00	{4,5,6}	0.00	t	2026-02-12	2026-02-28	2025-08-04 18:42:00+00
48	7	10	13	6	Stage manager, first time	01:30:00	{1,2,3,4,5,6,7}	3850.00	t	2025-12-06	2026-01-04	2025-06-02 14:48:00+00
49	7	7	14	29	Cow maintenance	01:00:00	{1,2,3,4,5,6,7}	2688.00	t	2025-12-06	2026-01-04	2025-06-02 14:54:00+00
50	7	3	18	23	Cloths and beanstalk	01:00:00	{1,2,3,4,5,6,7}	2450.00	t	2025-12-06	2026-01-04	2025-06-02 15:00:00+00
51	7	6	11	30	Followspot 1	00:35:00	{1,2,3,4,5,6,7}	2625.00	t	2025-12-06	2026-01-04	2025-06-02 15:06:00+00
52	8	10	13	6	Note taker	00:00:00	{}	\N	f	\N	\N	2024-12-16 21:57:00+00
\.

COPY "public"."script_shares" ("share_id", "script_id", "shared_by_user_id", "shared_with_user_id", "permission", "link_slug", "message", "created_at", "expires_at", "revoked_at") FROM stdin;
14a26978-48b3-4745-b285-fd2e6d2336c2	15	13	27	comment	\N	Where does the song sheet go?	2025-09-22 11:00:00+00	2026-01-05 00:00:00+00	\N
1c2f666b-60c5-4b6d-9a9b-ef946dfc97ff	1	3	4	view	\N	Page 12 is where the doors go.	2025-07-14 12:02:00+00	2025-09-18 00:00:00+00	\N
31701c64-5073-49ca-ab2a-be5d486003c8	2	2	27	view	\N	Nell, it's read-only. That is on purpose. 🙂	2025-08-25 10:30:00+00	2025-11-02 00:00:00+00	\N
31efaa3d-d332-4bfe-a359-4b6cf3698a1c	9	3	15	view	\N	WRD 2:\t38 s\tunder the bridge	2025-05-06 14:20:00+00	2025-08-31 00:00:00+00	\N
41187cb1-3384-45d0-9b03-3b245a0312b3	7	3	4	edit	\N	\N	2025-09-08 10:01:00+00	2025-11-20 00:00:00+00	\N
456652ea-864e-4cbd-9199-ec6a575351fb	2	2	13	comment	\N	\N	2025-08-25 10:06:00+00	2025-11-02 00:00:00+00	\N
4624ae6d-15ee-4824-9bca-6d3a4e4a9049	7	3	\N	comment	nihonbashi-rain-translators	Surtitles:\nplease comment, do not edit.	2025-09-09 09:00:00+00	2025-11-19 18:00:00+00	\N
49071a5b-dc28-4fba-b327-ca8c5593f321	4	3	12	view	\N	\N	2024-06-03 11:00:00+00	2024-12-31 23:59:59+00	\N
49afe2a6-0625-4883-85ee-9a96e7c39a76	3	21	2	comment	\N	How would you do FLY 1 with no tower?	2025-10-01 13:00:00+00	infinity	\N
49f69e04-1eee-40b3-877b-b20558879b6e	13	1	\N	edit	cafe-des-ombres	À partager avec la troupe.	2025-08-11 20:00:00+00	infinity	2025-08-12 07:30:00+00
4d228a4a-a6f0-411e-b2d1-6e477a426418	6	6	12	view	\N	\N	2025-04-22 03:01:00+00	2025-12-14 00:00:00+00	\N
4f732e55-7687-40d2-b898-243fdca33e34	2	2	9	view	\N		2025-08-25 10:03:00+00	2025-11-02 00:00:00+00	\N
50af3916-bb9a-48fd-a78e-c1fe0bf839bc	5	3	9	view	\N	\N	2024-09-02 11:00:00+00	2024-11-10 00:00:00+00	\N
51fdcc61-c956-4780-a80c-2e5d3e1ee501	2	2	5	edit	\N	\N	2025-08-25 10:02:00+00	2025-09-17 23:59:59+00	\N
52b6d6ec-1883-4e01-9572-0bd2b9ec4ba7	10	2	4	edit	\N	Refocus list is at the top.	2025-07-28 12:00:00+00	2025-08-31 00:00:00+00	\N
569ab5ea-8e85-487a-ae06-fbf14383ed94	7	3	8	view	\N	Rain is one bed now, panned; see SND 5.	2025-09-08 10:02:00+00	2025-12-14 00:00:00+00	\N
5e2f7126-053f-470c-8f59-a17053faff9c	2	2	\N	view	macbeth-cover-crew	For the cover crew, until the end of the run.	2025-09-20 11:00:00+00	2025-11-01 23:30:00+00	\N
6350d351-df65-489c-aaf4-286e4ac0844d	3	21	7	comment	\N	\N	2025-10-01 13:01:00+00	infinity	\N
6730735f-a946-4f51-a996-fa0918c30c19	11	21	9	view	\N	\N	2024-05-20 10:00:00+00	2024-08-25 00:00:00+00	\N
690aa01a-d03c-4d55-bec3-f6025d3756e2	9	3	16	view	\N	\N	2025-04-28 10:03:00+00	2025-08-31 00:00:00+00	\N
73bd0d83-beb9-4e6d-8498-4724d0433aa4	7	3	6	edit	\N	\N	2025-09-08 10:00:00+00	2025-12-14 00:00:00+00	\N
75661e1d-20ef-46ce-8ede-383de651860f	15	13	14	view	\N	You are the back.	2025-09-22 11:05:00+00	2026-01-05 00:00:00+00	\N
7604ac8b-c2e1-49c7-a41a-6f9f6209043b	13	1	6	view	\N	\N	2025-08-12 07:35:00+00	infinity	\N
86504aa1-9e2b-4227-8073-96ce4beb809e	9	3	8	comment	\N	\N	2025-04-28 10:01:00+00	2025-08-31 00:00:00+00	\N
9ba034bf-e930-4a75-b900-16c4de39f1d5	2	12	24	view	\N	Running times only, please.	2025-09-15 09:00:00+00	infinity	\N
b0ba2631-80d3-409f-a14a-7b9154598643	2	2	8	view	\N		2025-08-25 10:04:00+00	2025-11-02 00:00:00+00	\N
b116da9f-d8fd-45ee-a501-f5acadbb19d4	2	2	7	view	\N	Printed copy is on the fly floor, this is for the train.	2025-08-25 10:05:00+00	2025-11-02 00:00:00+00	\N
b4fecce6-d95a-4abf-8172-014a1991fd64	9	3	2	own	\N	\N	2025-04-28 10:00:00+00	infinity	\N
b639b37a-dfa4-4293-b8de-fdabeb7ed7b1	1	3	2	comment	\N	\N	2025-07-14 12:00:00+00	infinity	\N
c7bf81c3-d4c9-4ffa-86d7-792e98fd03eb	2	2	3	edit	\N	Yours on Tuesdays.	2025-08-25 10:00:00+00	infinity	\N
c9a65b81-643f-4ebb-96c5-94ea25fcdbf5	5	3	19	view	\N	\N	2024-09-02 11:03:00+00	2024-11-10 00:00:00+00	2024-09-03 08:15:30.25+00
cdc96bf5-c138-4192-93dd-688933f3fb2b	6	6	3	comment	\N	絵コンテです。 Comments on the panels, please.	2025-04-22 03:00:00+00	infinity	\N
cf86e56e-fa86-498e-b9fd-a12e38b42e9d	5	3	23	view	\N	Breaking string is SND 5, v7 not v6.	2024-09-02 11:01:00+00	2024-11-10 00:00:00+00	\N
d57894b5-7292-43e8-8116-63630640c4cb	9	12	24	view	\N		2025-06-02 09:00:00+00	infinity	\N
de59d6f8-9029-41b4-a7a7-22c4d86f9033	11	21	5	edit	\N	\N	2024-05-20 10:01:00+00	2024-08-25 00:00:00+00	\N
e15a678e-421a-47ae-96e6-70b523ae8b0f	2	2	4	edit	\N	\N	2025-08-25 10:01:00+00	2025-09-17 23:59:59+00	\N
e3b8340a-bd54-481a-ae9a-2a2590a80730	12	21	12	comment	\N	If it rains twice we refund. Say now if that's wrong.	2024-06-24 16:00:00+00	2024-08-25 00:00:00+00	\N
edb2bb46-ab83-453b-a340-f5b9748c8819	9	3	11	view	\N	Spot plot is pages 4, 12, 47.	2025-04-28 10:02:00+00	2025-08-31 00:00:00+00	\N
ef416201-b874-4e5c-a862-2e5617d80ead	7	3	10	view	\N	\N	2025-09-08 10:03:00+00	2025-12-14 00:00:00+00	\N
f3c5ce93-a4e7-4719-8ae4-258571da1cea	5	3	13	edit	\N	\N	2024-09-02 11:02:00+00	2024-11-10 00:00:00+00	2024-11-10 12:00:00+00
\.

-- Compare the row counts: a difference rolls everything back
DO 'BEGIN
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."userTable" ) <> 24 THEN RAISE EXCEPTION ''"userTable" has not received 24 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."venuesTable" ) <> 6 THEN RAISE EXCEPTION ''"venuesTable" has not received 6 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."departmentsTable" ) <> 10 THEN RAISE EXCEPTION ''"departmentsTable" has not received 10 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."showsTable" ) <> 8 THEN RAISE EXCEPTION ''"showsTable" has not received 8 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."scriptsTable" ) <> 16 THEN RAISE EXCEPTION ''"scriptsTable" has not received 16 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."scriptElementsTable" ) <> 221 THEN RAISE EXCEPTION ''"scriptElementsTable" has not received 221 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."crewRelationshipsTable" ) <> 30 THEN RAISE EXCEPTION ''"crewRelationshipsTable" has not received 30 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."crewAssignmentsTable" ) <> 50 THEN RAISE EXCEPTION ''"crewAssignmentsTable" has not received 50 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."script_shares" ) <> 40 THEN RAISE EXCEPTION ''script_shares has not received 40 rows''; END IF;
END';

-- Create indexes, keys and triggers: after the rows: faster, and no order of rows can break a foreign key
--
-- Name: crewAssignmentsTable crewAssignmentsTable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewAssignmentsTable"
    ADD CONSTRAINT "crewAssignmentsTable_pkey" PRIMARY KEY (assignment_id);


--
-- Name: crewAssignmentsTable crewAssignmentsTable_show_id_department_id_user_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewAssignmentsTable"
    ADD CONSTRAINT "crewAssignmentsTable_show_id_department_id_user_id_key" UNIQUE (show_id, department_id, user_id);


--
-- Name: crewRelationshipsTable crewRelationshipsTable_manager_user_id_crew_user_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewRelationshipsTable"
    ADD CONSTRAINT "crewRelationshipsTable_manager_user_id_crew_user_id_key" UNIQUE (manager_user_id, crew_user_id);


--
-- Name: crewRelationshipsTable crewRelationshipsTable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewRelationshipsTable"
    ADD CONSTRAINT "crewRelationshipsTable_pkey" PRIMARY KEY (relationship_id);


--
-- Name: departmentsTable departmentsTable_code_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."departmentsTable"
    ADD CONSTRAINT "departmentsTable_code_key" UNIQUE (code);


--
-- Name: departmentsTable departmentsTable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."departmentsTable"
    ADD CONSTRAINT "departmentsTable_pkey" PRIMARY KEY (department_id);


--
-- Name: scriptElementsTable scriptElementsTable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptElementsTable"
    ADD CONSTRAINT "scriptElementsTable_pkey" PRIMARY KEY (element_id);


--
-- Name: scriptElementsTable scriptElementsTable_script_id_cue_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptElementsTable"
    ADD CONSTRAINT "scriptElementsTable_script_id_cue_key" UNIQUE (script_id, cue_prefix, cue_number);


--
-- Name: script_shares script_shares_link_slug_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.script_shares
    ADD CONSTRAINT script_shares_link_slug_key UNIQUE (link_slug);


--
-- Name: script_shares script_shares_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.script_shares
    ADD CONSTRAINT script_shares_pkey PRIMARY KEY (share_id);


--
-- Name: script_shares script_shares_script_id_shared_with_user_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.script_shares
    ADD CONSTRAINT script_shares_script_id_shared_with_user_id_key UNIQUE (script_id, shared_with_user_id);


--
-- Name: scriptsTable scriptsTable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptsTable"
    ADD CONSTRAINT "scriptsTable_pkey" PRIMARY KEY (script_id);


--
-- Name: scriptsTable scriptsTable_show_id_revision_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptsTable"
    ADD CONSTRAINT "scriptsTable_show_id_revision_key" UNIQUE (show_id, revision);


--
-- Name: showsTable showsTable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."showsTable"
    ADD CONSTRAINT "showsTable_pkey" PRIMARY KEY (show_id);


--
-- Name: showsTable showsTable_public_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."showsTable"
    ADD CONSTRAINT "showsTable_public_id_key" UNIQUE (public_id);


--
-- Name: showsTable showsTable_venue_id_title_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."showsTable"
    ADD CONSTRAINT "showsTable_venue_id_title_key" UNIQUE (venue_id, title);


--
-- Name: userTable userTable_auth_id_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."userTable"
    ADD CONSTRAINT "userTable_auth_id_key" UNIQUE (auth_id);


--
-- Name: userTable userTable_email_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."userTable"
    ADD CONSTRAINT "userTable_email_key" UNIQUE (email);


--
-- Name: userTable userTable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."userTable"
    ADD CONSTRAINT "userTable_pkey" PRIMARY KEY (user_id);


--
-- Name: userTable userTable_username_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."userTable"
    ADD CONSTRAINT "userTable_username_key" UNIQUE (username);


--
-- Name: venuesTable venuesTable_name_key; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."venuesTable"
    ADD CONSTRAINT "venuesTable_name_key" UNIQUE (name);


--
-- Name: venuesTable venuesTable_pkey; Type: CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."venuesTable"
    ADD CONSTRAINT "venuesTable_pkey" PRIMARY KEY (venue_id);


--
-- Name: script_elements_by_parent; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX script_elements_by_parent ON public."scriptElementsTable" USING btree (parent_element_id);


--
-- Name: script_elements_tags_gin; Type: INDEX; Schema: public; Owner: -
--

CREATE INDEX script_elements_tags_gin ON public."scriptElementsTable" USING gin (tags);


--
-- Name: scripts_one_locked_per_show; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX scripts_one_locked_per_show ON public."scriptsTable" USING btree (show_id) WHERE (status = 'locked'::public.script_status);


--
-- Name: INDEX scripts_one_locked_per_show; Type: COMMENT; Schema: public; Owner: -
--

COMMENT ON INDEX public.scripts_one_locked_per_show IS 'Only one revision of a show can be locked.';


--
-- Name: show_overview_show_id_idx; Type: INDEX; Schema: public; Owner: -
--

CREATE UNIQUE INDEX show_overview_show_id_idx ON public.show_overview USING btree (show_id);


--
-- Name: scriptElementsTable script_elements_touch_updated_at; Type: TRIGGER; Schema: public; Owner: -
--

CREATE TRIGGER script_elements_touch_updated_at BEFORE UPDATE ON public."scriptElementsTable" FOR EACH ROW EXECUTE FUNCTION public.touch_updated_at();


--
-- Name: crewAssignmentsTable crewAssignmentsTable_department_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewAssignmentsTable"
    ADD CONSTRAINT "crewAssignmentsTable_department_id_fkey" FOREIGN KEY (department_id) REFERENCES public."departmentsTable"(department_id);


--
-- Name: crewAssignmentsTable crewAssignmentsTable_relationship_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewAssignmentsTable"
    ADD CONSTRAINT "crewAssignmentsTable_relationship_id_fkey" FOREIGN KEY (relationship_id) REFERENCES public."crewRelationshipsTable"(relationship_id);


--
-- Name: crewAssignmentsTable crewAssignmentsTable_show_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewAssignmentsTable"
    ADD CONSTRAINT "crewAssignmentsTable_show_id_fkey" FOREIGN KEY (show_id) REFERENCES public."showsTable"(show_id) ON DELETE CASCADE;


--
-- Name: crewAssignmentsTable crewAssignmentsTable_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewAssignmentsTable"
    ADD CONSTRAINT "crewAssignmentsTable_user_id_fkey" FOREIGN KEY (user_id) REFERENCES public."userTable"(user_id);


--
-- Name: crewRelationshipsTable crewRelationshipsTable_crew_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewRelationshipsTable"
    ADD CONSTRAINT "crewRelationshipsTable_crew_user_id_fkey" FOREIGN KEY (crew_user_id) REFERENCES public."userTable"(user_id);


--
-- Name: crewRelationshipsTable crewRelationshipsTable_first_shared_element_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewRelationshipsTable"
    ADD CONSTRAINT "crewRelationshipsTable_first_shared_element_id_fkey" FOREIGN KEY (first_shared_element_id) REFERENCES public."scriptElementsTable"(element_id) ON DELETE SET NULL;


--
-- Name: crewRelationshipsTable crewRelationshipsTable_manager_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."crewRelationshipsTable"
    ADD CONSTRAINT "crewRelationshipsTable_manager_user_id_fkey" FOREIGN KEY (manager_user_id) REFERENCES public."userTable"(user_id);


--
-- Name: departmentsTable departmentsTable_head_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."departmentsTable"
    ADD CONSTRAINT "departmentsTable_head_user_id_fkey" FOREIGN KEY (head_user_id) REFERENCES public."userTable"(user_id);


--
-- Name: departmentsTable departmentsTable_home_venue_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."departmentsTable"
    ADD CONSTRAINT "departmentsTable_home_venue_id_fkey" FOREIGN KEY (home_venue_id) REFERENCES public."venuesTable"(venue_id);


--
-- Name: scriptElementsTable scriptElementsTable_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptElementsTable"
    ADD CONSTRAINT "scriptElementsTable_created_by_fkey" FOREIGN KEY (created_by) REFERENCES public."userTable"(user_id);


--
-- Name: scriptElementsTable scriptElementsTable_department_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptElementsTable"
    ADD CONSTRAINT "scriptElementsTable_department_id_fkey" FOREIGN KEY (department_id) REFERENCES public."departmentsTable"(department_id);


--
-- Name: scriptElementsTable scriptElementsTable_parent_element_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptElementsTable"
    ADD CONSTRAINT "scriptElementsTable_parent_element_id_fkey" FOREIGN KEY (parent_element_id) REFERENCES public."scriptElementsTable"(element_id) ON DELETE CASCADE;


--
-- Name: scriptElementsTable scriptElementsTable_script_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptElementsTable"
    ADD CONSTRAINT "scriptElementsTable_script_id_fkey" FOREIGN KEY (script_id) REFERENCES public."scriptsTable"(script_id) ON DELETE CASCADE;


--
-- Name: script_shares script_shares_script_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.script_shares
    ADD CONSTRAINT script_shares_script_id_fkey FOREIGN KEY (script_id) REFERENCES public."scriptsTable"(script_id) ON DELETE CASCADE;


--
-- Name: script_shares script_shares_shared_by_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.script_shares
    ADD CONSTRAINT script_shares_shared_by_user_id_fkey FOREIGN KEY (shared_by_user_id) REFERENCES public."userTable"(user_id);


--
-- Name: script_shares script_shares_shared_with_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public.script_shares
    ADD CONSTRAINT script_shares_shared_with_user_id_fkey FOREIGN KEY (shared_with_user_id) REFERENCES public."userTable"(user_id);


--
-- Name: scriptsTable scriptsTable_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptsTable"
    ADD CONSTRAINT "scriptsTable_created_by_fkey" FOREIGN KEY (created_by) REFERENCES public."userTable"(user_id);


--
-- Name: scriptsTable scriptsTable_show_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."scriptsTable"
    ADD CONSTRAINT "scriptsTable_show_id_fkey" FOREIGN KEY (show_id) REFERENCES public."showsTable"(show_id) ON DELETE CASCADE;


--
-- Name: showsTable showsTable_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."showsTable"
    ADD CONSTRAINT "showsTable_created_by_fkey" FOREIGN KEY (created_by) REFERENCES public."userTable"(user_id);


--
-- Name: showsTable showsTable_venue_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."showsTable"
    ADD CONSTRAINT "showsTable_venue_id_fkey" FOREIGN KEY (venue_id) REFERENCES public."venuesTable"(venue_id);


--
-- Name: userTable userTable_created_by_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."userTable"
    ADD CONSTRAINT "userTable_created_by_fkey" FOREIGN KEY (created_by) REFERENCES public."userTable"(user_id);


--
-- Name: venuesTable venuesTable_contact_user_id_fkey; Type: FK CONSTRAINT; Schema: public; Owner: -
--

ALTER TABLE ONLY public."venuesTable"
    ADD CONSTRAINT "venuesTable_contact_user_id_fkey" FOREIGN KEY (contact_user_id) REFERENCES public."userTable"(user_id);

-- Set the sequences: RESTART first: what setval() alone does would survive a rollback
ALTER SEQUENCE "public"."crewAssignmentsTable_assignment_id_seq" RESTART WITH 53;
ALTER SEQUENCE "public"."crewRelationshipsTable_relationship_id_seq" RESTART WITH 30;
SELECT pg_catalog.setval('"public"."crewRelationshipsTable_relationship_id_seq"', 30);
ALTER SEQUENCE "public"."departmentsTable_department_id_seq" RESTART WITH 10;
SELECT pg_catalog.setval('"public"."departmentsTable_department_id_seq"', 10);
ALTER SEQUENCE "public"."scriptElementsTable_element_id_seq" RESTART WITH 224;
SELECT pg_catalog.setval('"public"."scriptElementsTable_element_id_seq"', 224);
ALTER SEQUENCE "public"."scriptsTable_script_id_seq" RESTART WITH 16;
SELECT pg_catalog.setval('"public"."scriptsTable_script_id_seq"', 16);
ALTER SEQUENCE "public"."showsTable_show_id_seq" RESTART WITH 8;
SELECT pg_catalog.setval('"public"."showsTable_show_id_seq"', 8);
ALTER SEQUENCE "public"."userTable_user_id_seq" RESTART WITH 28;
SELECT pg_catalog.setval('"public"."userTable_user_id_seq"', 28);
ALTER SEQUENCE "public"."venuesTable_venue_id_seq" RESTART WITH 6;
SELECT pg_catalog.setval('"public"."venuesTable_venue_id_seq"', 6);

-- Refresh the materialised views: those that held rows, in the order they read each other
REFRESH MATERIALIZED VIEW "public"."show_overview";

COMMIT;
