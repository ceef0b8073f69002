-- Rows, for a database that has the schema and no rows.
-- Run with: psql -v ON_ERROR_STOP=1 -f data.sql

BEGIN;
SET LOCAL search_path = '';
SET LOCAL client_encoding = 'UTF8';
SET LOCAL standard_conforming_strings = on;
SET LOCAL check_function_bodies = off;
SET LOCAL client_min_messages = warning;
SET LOCAL row_security = off;
SET LOCAL xmloption = content;
SET LOCAL IntervalStyle = 'postgres';
SET LOCAL lc_monetary = 'C';

-- Switch users' triggers off: the rows already hold what triggers once did
ALTER TABLE "public"."scriptElementsTable" DISABLE TRIGGER "script_elements_touch_updated_at";

-- Defer the foreign keys that no order of tables satisfies: only these, only where they are not deferrable already
ALTER TABLE "public"."userTable" ALTER CONSTRAINT "userTable_created_by_fkey" DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "public"."scriptElementsTable" ALTER CONSTRAINT "scriptElementsTable_parent_element_id_fkey" DEFERRABLE INITIALLY DEFERRED;
SET CONSTRAINTS ALL DEFERRED;

COPY "public"."userTable" ("user_id", "auth_id", "username", "full_name", "email", "phone", "role", "skills", "preferences", "hourly_rate", "bio", "is_active", "created_by", "created_at", "last_login_at") FROM stdin;
1	9da144f6-cf04-43f9-a43b-fd77eedb2ed0	seth.marshall	Seth Marshall	seth.marshall@cuebe.example	+1-428-555-0103	admin	{scheduling,budgets,licences}	{"theme": "light", "headset": 6}	34.79	Runs the office and the budgets.	t	1	2024-02-12 15:46:37+00	2026-10-27 07:51:24+00
2	42795c3a-97b4-4554-bdad-14450cea8b47	leslie_osborne	Leslie Osborne	leslie_osborne@cuebe.example	+1-617-555-0143	crew	{driving,carpentry}	{"theme": "dark", "headset": 3}	15.71	Props maker, all daggers blunt.	t	1	2024-02-14 08:30:24+00	2026-09-29 13:39:29+00
3	7dfdbba5-59b9-4356-91cd-80c17fb8d732	rbradshaw	Robert Bradshaw	rbradshaw@cuebe.example	+1-601-555-0187	operator	{"radio mics",programming}	{"theme": "dark", "headset": 8}	23.01	Automation. Keeps a finger on the stop button.	t	1	2024-02-14 11:43:15+00	\N
4	eaac2af9-09b3-4038-851f-903a0c3cc5b9	norris.sean	Sean Norris	norris.sean@cuebe.example	+1-871-555-0160	stage_manager	{touring}	{"theme": "dark", "headset": 4}	32.63	Reads music, calls musicals.	t	1	2024-02-19 15:17:31+00	2026-10-12 03:45:29+00
5	d5a9c5cb-0b50-49d8-b75e-9ce9375fd34b	shannon_jordan	Shannon Jordan	shannon_jordan@cuebe.example	+1-636-555-0101	crew	{driving}	{"theme": "dark", "headset": 9}	19.08	\N	t	1	2024-03-19 17:34:26+00	2026-10-12 00:31:41+00
6	440dec51-76ab-410d-8a11-557141b0511d	dale.hall	Dale Hall	dale.hall@cuebe.example	\N	designer	{"projection mapping","sound design"}	{"theme": "dark", "headset": 3}	46.12	Sound designer, collects church bells.	t	1	2024-06-20 14:56:58+00	2026-10-05 15:34:18+00
7	625021ff-09e9-453c-b1ca-e2a7929a22d6	ctran	Christina Tran	ctran@cuebe.example		viewer	{}	{"theme": "light", "headset": 7}	\N	Front of house, needs the running times.	t	1	2024-07-09 15:20:40+00	2026-09-25 06:00:50+00
8	6799c959-f889-4b82-b41e-8a6e7e1854d2	megan.ferguson	Megan Ferguson	megan.ferguson@cuebe.example	+1-251-555-0171	crew	{driving}	{"theme": "dark", "headset": 3}	15.24	Props maker, all daggers blunt.	t	1	2024-07-10 17:32:47+00	2026-10-18 17:51:50+00
9	7d18fd51-46b3-45c0-a4b0-5f9177bfaa9a	harry_hernandez	Harry Hernandez	harry_hernandez@cuebe.example	+1-629-555-0141	admin	{budgets,licences,scheduling}	{"theme": "light", "headset": 12}	29.62	Production manager, knows every spreadsheet.	t	1	2024-08-28 08:32:19+00	2026-10-17 16:23:16+00
10	9b4fc73f-5350-43d8-b94b-bbbbcc635b14	dcox	Devon Cox	dcox@cuebe.example	+1-571-555-0169	operator	{QLab}	{"theme": "dark", "headset": 3}	26.43	Board operator, programmes faster than one can talk.	t	1	2024-11-05 17:02:02+00	2026-10-25 03:32:51+00
11	7a891429-aa00-4306-a152-509477879125	candace.warner	Candace Warner	candace.warner@cuebe.example	+1-671-555-0156	crew	{driving,rigging,"first aid"}	{"theme": "dark", "headset": 1}	18.28	\N	t	1	2024-12-03 18:35:41+00	2026-10-02 03:36:47+00
12	054c105b-006b-4586-ae15-fd32fd9bbcab	mkelly	Megan Kelly	mkelly@cuebe.example	+1-602-555-0166	crew	{driving,"first aid",rigging}	{"theme": "dark", "headset": 8}	16.25	Carpenter by trade, flies when needed.	f	1	2025-01-06 11:57:47+00	2026-05-04 16:36:21+00
13	584f01e7-5610-4e40-920f-30ff2ae7de0e	smarshall	Stacy Marshall	smarshall@cuebe.example	+1-909-555-0159	stage_manager	{notation,calling,"first aid"}	{"theme": "light", "headset": 5}	28.00	Reads music, calls musicals.	f	1	2025-01-28 17:09:10+00	2026-01-31 14:32:59+00
14	ead2224c-5bd1-4fe2-b6db-1e554428038e	april_delgado	April Delgado	april_delgado@cuebe.example	\N	operator	{QLab,programming,"radio mics"}	{"theme": "dark", "headset": 7}	25.09	Follow spot since the old days.	t	1	2025-02-03 11:18:43+00	2026-09-27 03:16:04+00
15	1c3fda99-2c8a-47af-afff-c169294b0020	megan_patton	Megan Patton	megan_patton@cuebe.example	+1-899-555-0120	designer	{"projection mapping","sound design","lighting design"}	{"theme": "dark", "headset": 6}	42.58	\N	f	1	2025-02-04 15:46:38+00	2026-07-24 15:05:40+00
16	0b448849-4f57-44d7-9e99-d1a5bfdc5bd4	mhammond	Megan Hammond	mhammond@cuebe.example	+1-759-555-0139	crew	{"first aid",driving,"quick changes"}	{"theme": "dark", "headset": 3}	16.32	Carpenter by trade, flies when needed.	t	1	2025-02-05 17:35:09+00	2026-10-06 05:43:22+00
17	180989ca-faac-458c-8a6a-55f4df1382f5	rodney.ramirez	Rodney Ramirez	rodney.ramirez@cuebe.example	+1-341-555-0109	crew	{"first aid",carpentry}	{"theme": "light", "headset": 9}	16.17	Quick changes and wigs.	t	1	2025-02-11 16:27:12+00	2026-10-21 13:18:38+00
18	b17be73f-f181-47db-b3c7-e44d34be29e5	christopher.mccullough	Christopher Mccullough	christopher.mccullough@cuebe.example	+1-704-555-0155	operator	{"radio mics",hydraulics,"follow spot"}	{"theme": "light", "headset": 7}	22.35	\N	t	1	2025-02-18 10:45:22+00	\N
19	520a868f-1659-424e-9bb8-6a3a666d828d	tyler.keith	Tyler Keith	tyler.keith@cuebe.example	+1-923-555-0147	viewer	{}	{"theme": "dark", "headset": 1}	\N	\N	t	1	2025-04-16 11:25:42+00	2026-09-28 20:37:50+00
20	5f090082-8aeb-427b-8f29-e61746f68100	ogrimes	Olivia Grimes	ogrimes@cuebe.example	+1-524-555-0171	crew	{carpentry,"first aid",rigging}	{"theme": "dark", "headset": 10}	16.67	Props maker, all daggers blunt.	t	1	2025-04-18 08:48:04+00	2026-10-11 22:11:23+00
21	d78515a7-70ca-4270-8cf8-42324b2e2450	casey.livingston	Casey Livingston	casey.livingston@cuebe.example		admin	{budgets,licences,scheduling}	{"theme": "light", "headset": 4}	34.14	Runs the office and the budgets.	t	1	2025-05-05 15:25:01+00	2026-10-10 16:35:35+00
22	138127ee-2c4a-431d-abf9-0308db9cff2a	frodriguez	Frank Rodriguez	frodriguez@cuebe.example	+1-694-555-0152	stage_manager	{"first aid",calling,touring}	{"theme": "light", "headset": 11}	32.42	\N	t	1	2025-05-19 20:51:48+00	2026-10-10 07:59:42+00
23	b1c8ff86-99fc-4466-8183-c60b2161455a	hannah_phelps	Hannah Phelps	hannah_phelps@cuebe.example		crew	{carpentry}	{"theme": "light", "headset": 2}	16.86	Carpenter by trade, flies when needed.	t	1	2025-07-08 19:29:41+00	2026-10-21 16:33:53+00
24	2f24e402-cf6e-4ab2-b6f8-e8a5c62bc744	audrey.hart88	Audrey Hart	audrey.hart88@cuebe.example	+1-969-555-0184	designer	{"projection mapping","sound design"}	{"theme": "dark", "headset": 3}	41.89	Sound designer, collects church bells.	f	1	2025-07-10 16:38:37+00	2026-05-09 04:50:10+00
\.

COPY "public"."venuesTable" ("venue_id", "name", "address", "timezone", "capacity", "has_fly_tower", "proscenium_width_m", "hemp_lines", "facilities", "opened_on", "contact_user_id", "created_at") FROM stdin;
1	Abbey Meadow Theatre	23 Market Place	Europe/London	457	t	9.7	{10,18,38}	{"dock_doors": 1, "green_room": true}	1975-12-22	22	2025-08-25 14:41:22+00
2	Quayside Theatre	96 Quay Street	Europe/London	404	t	9.4	{5,11,18,20,37}	{"dock_doors": 1, "green_room": true}	1894-01-02	9	2025-08-26 14:56:09+00
3	Albion Theatre	46 Mill Lane	Europe/London	1312	t	13.2	{3,9,19,21,26,33}	{"dock_doors": 3, "green_room": true}	1892-04-17	21	2025-08-13 18:46:59+00
4	Tidal Basin Arts Centre	5 Station Road	Europe/Dublin	494	t	8.9	{16,17,24,39}	{"dock_doors": 1, "green_room": true}	1914-02-21	13	2025-08-27 17:09:06+00
5	Quayside Arts Centre	25 Market Place	Europe/London	1315	t	13	{1,2,28,38,39}	{"dock_doors": 3, "green_room": true}	1982-07-28	4	2025-08-14 14:58:32+00
6	Palace Theatre	83 Station Road	Europe/London	281	f	7.6	{}	{"dock_doors": 1, "green_room": true}	1968-07-20	9	2025-08-14 09:34:17+00
\.

COPY "public"."departmentsTable" ("department_id", "code", "name", "colour", "home_venue_id", "head_user_id", "weekly_budget", "radio_channel", "created_at") FROM stdin;
1	LX	Lighting	#f2c14e	5	22	970.29	1	2025-09-02 18:08:08+00
2	SND	Sound	#3a86c8	6	22	518.91	2	2025-09-02 15:08:41+00
3	FLY	Flies	#6b705c	4	13	125.97	3	2025-09-02 11:54:07+00
4	AV	Video	#8338ec	2	24	171.63	4	2025-09-05 11:21:08+00
5	PROPS	Props	#a47148	1	6	132.42	5	2025-09-05 10:42:38+00
6	STAGE	Stage	#2b2d42	3	22	279.51	6	2025-09-02 16:40:09+00
7	WARD	Wardrobe	#e07a9f	5	6	98.84	7	2025-09-06 17:41:07+00
8	AUTO	Automation	#d62828	5	4	127.33	8	2025-09-02 12:58:23+00
9	PYRO	Effects	#ff6b35	4	24	154.28	9	2025-09-02 12:49:38+00
10	FOH	Front of house	#2a9d8f	5	22	99.57	10	2025-09-01 11:00:36+00
\.

COPY "public"."showsTable" ("show_id", "public_id", "title", "subtitle", "venue_id", "status", "opens_on", "closes_on", "curtain_up", "budget", "genres", "settings", "created_by", "created_at") FROM stdin;
1	4ae6d70d-a197-4946-9cc4-15378cc41ffd	The Winter Lantern	\N	6	closed	2026-04-09	2026-06-01	20:00:00	36000.00	{dance,"new writing"}	{"latecomers": true, "rehearsal_room": 2}	13	2025-11-17 10:36:02+00
2	303f6334-616f-4610-8bed-458001df786d	A Bridge of Paper	After the novel	2	closed	2026-07-25	2026-08-29	14:30:00	50500.00	{drama,dance}	{"latecomers": true, "rehearsal_room": 2}	4	2026-03-03 11:23:57+00
3	33bf3af4-b402-473a-b5c9-86a6284cf7f8	Nine Doors	\N	5	closed	2026-07-01	2026-08-19	20:00:00	96000.00	{dance,comedy}	{"latecomers": true, "rehearsal_room": 2}	9	2026-02-11 13:50:48+00
4	5062344e-3c8b-4075-9ffb-6970d5ffbe9f	The Understudy's Revenge	\N	4	running	2026-10-19	2026-12-09	19:30:00	64000.00	{"new writing",dance}	{"latecomers": true, "rehearsal_room": 3}	21	2026-06-01 13:04:01+00
5	48e4b3b1-6389-455e-aec8-add1fdc22a7d	Salt and Limelight	A new musical	1	running	2026-10-30	2026-11-26	19:30:00	84000.00	{"new writing",drama}	{"latecomers": true, "rehearsal_room": 1}	1	2026-06-12 09:22:41+00
6	eec8d127-9abd-4418-a3f8-7e2e86ce710d	The Tin Orchestra	After the novel	3	rehearsal	2026-11-10	2026-12-31	19:30:00	157000.00	{dance,comedy}	{"latecomers": true, "rehearsal_room": 2}	1	2026-06-23 10:46:08+00
7	1e36029b-0ab6-4203-8959-332191c72278	Midnight at the Odeon	\N	6	rehearsal	2026-11-22	2027-01-15	19:30:00	35500.00	{comedy,musical}	{"latecomers": false, "rehearsal_room": 3}	1	2026-07-02 16:25:00+00
8	4aa96f0e-a397-44ab-a714-5a25e7dd848a	The Cartographer's Wife	\N	2	planning	2027-02-18	2027-04-10	19:00:00	63000.00	{"new writing",drama}	{"latecomers": false, "rehearsal_room": 2}	22	2026-09-17 10:18:04+00
\.

COPY "public"."scriptsTable" ("script_id", "show_id", "revision", "title", "status", "running_time", "intervals_at", "notes", "created_by", "created_at", "locked_at") FROM stdin;
1	1	1	Reading copy	archived	01:58:00	{41}		22	2026-01-01 14:37:21.333333+00	\N
2	1	2	Show script	locked	02:15:00	{48}	Numbers in brackets are musical numbers, not cues.	4	2026-02-15 18:38:40.666667+00	2026-04-08 22:40:00+00
3	2	1	Reading copy	archived	02:19:00	{43}		4	2026-04-17 23:09:18+00	\N
4	2	2	Show script	locked	02:49:00	{32}	Deputy calls Tuesdays and matinees.	22	2026-06-02 10:54:39+00	2026-07-24 22:40:00+00
5	3	1	Reading copy	archived	02:40:00	{54}	Running time without the encore.	22	2026-03-27 16:47:12+00	\N
6	3	2	Show script	locked	02:06:00	{49}	Pages match the actors' copies.	4	2026-05-10 19:43:36+00	2026-06-30 22:40:00+00
7	4	1	Reading copy	archived	02:21:00	{48}	Cuts of the first run-through are marked in red.	22	2026-07-15 16:16:00.666667+00	\N
8	4	2	Show script	locked	01:29:00	{33}	Small-scale version for the tour, no flying.	4	2026-08-28 19:28:00.333333+00	2026-10-18 22:40:00+00
9	5	1	Reading copy	archived	01:38:00	{42}		22	2026-07-26 13:48:27.333333+00	\N
10	5	2	Show script	locked	02:04:00	{30}	Fly floor needs a second person in act two.	22	2026-09-08 18:14:13.666667+00	2026-10-29 22:40:00+00
11	6	1	Reading copy	archived	02:43:00	{40}	Cuts of the first run-through are marked in red.	13	2026-08-05 23:10:45.333333+00	\N
12	6	2	Rehearsal draft	rehearsal	01:25:00	{38}	Called from the prompt side.	13	2026-09-18 11:35:22.666667+00	\N
13	7	1	Reading copy	archived	02:45:00	{32}		4	2026-08-12 02:56:40+00	\N
14	7	2	Rehearsal draft	rehearsal	02:05:00	{41}	Fly floor needs a second person in act two.	22	2026-09-21 13:28:20+00	\N
15	8	1	Reading copy	draft	02:29:00	{40}	Numbers in brackets are musical numbers, not cues.	22	2026-10-02 06:52:02.666667+00	\N
16	8	2	Rehearsal draft	draft	02:29:00	{39}	Fly floor needs a second person in act two.	22	2026-10-17 03:26:01.333333+00	\N
\.

COPY "public"."scriptElementsTable" ("element_id", "script_id", "parent_element_id", "type", "position", "department_id", "cue_prefix", "cue_number", "title", "note", "page", "fade_time", "channels", "tags", "payload", "is_armed", "created_by", "created_at", "updated_at") FROM stdin;
1	1	\N	act	1	\N	\N	\N	Act One	\N	2	\N	\N	{}	\N	t	22	2026-01-01 14:37:21.333333+00	2026-01-01 14:37:21.333333+00
2	1	1	scene	2	\N	\N	\N	Scene 1: the railway station	\N	2	\N	\N	{}	\N	t	22	2026-01-01 14:37:21.333333+00	2026-01-09 03:52:38.333333+00
3	1	2	standby	3	\N	\N	\N		Standby LX 1 and STAGE 1	3	\N	\N	{safety}	\N	t	22	2026-01-01 14:37:21.333333+00	2026-01-06 22:43:04.333333+00
4	1	2	cue	4	1	LX	1.00	Gobo wash, the window	\N	3	00:00:11	{18,102,166,170}	{}	{"curve": "linear", "level": 65}	t	22	2026-01-01 14:37:21.333333+00	2026-01-01 14:37:21.333333+00
5	1	2	cue	5	6	STAGE	1.00	Trap open	\N	4	\N	\N	{}	\N	t	22	2026-01-01 14:37:21.333333+00	2026-01-01 14:37:21.333333+00
6	1	2	note	6	\N	\N	\N		Keep the aisle free until the chorus is through.	5	\N	\N	{check}	\N	t	22	2026-01-01 14:37:21.333333+00	2026-01-01 14:37:21.333333+00
7	1	1	scene	7	\N	\N	\N	Scene 2: the harbour at dawn	\N	5	\N	\N	{safety}	\N	t	22	2026-01-01 14:37:21.333333+00	2026-01-19 19:23:32.333333+00
8	1	7	standby	8	\N	\N	\N		Standby SND 1, PROPS 1, FLY 1, FLY 2 and LX 2	5	\N	\N	{new}	\N	t	22	2026-01-01 14:37:21.333333+00	2026-01-06 21:37:04.333333+00
9	1	7	cue	9	2	SND	1.00	Radio mic 2 live	\N	5	00:00:06	\N	{cut}	{"track": 1, "gain_db": -9}	f	22	2026-01-01 14:37:21.333333+00	2026-01-01 14:37:21.333333+00
10	1	7	cue	10	5	PROPS	1.00	Prop blood to the bench	\N	5	\N	\N	{check}	\N	t	22	2026-01-01 14:37:21.333333+00	2026-01-02 14:04:26.333333+00
11	10	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-28 06:16:06.666667+00
12	10	11	scene	2	\N	\N	\N	Scene 1: the harbour at dawn	\N	2	\N	\N	{new}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
13	10	12	standby	3	\N	\N	\N		Standby WARD 1, LX 1, SND 1, PROPS 1 and SND 2	3	\N	\N	{check}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
14	10	12	cue	4	7	WARD	1.00	Quick change, stage right, thirty seconds	\N	3	\N	\N	{}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-22 05:31:17.666667+00
15	10	12	cue	5	1	LX	1.00	Slow fade, keep the balcony	\N	3	00:00:05	{14,158}	{}	{"curve": "s", "level": 50}	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
16	10	12	cue	6	2	SND	1.00	Church bells under the scene	\N	4	00:00:04	\N	{safety}	{"track": 1, "gain_db": -9}	t	22	2026-09-08 18:14:13.666667+00	2026-09-13 09:12:55.666667+00
17	10	12	cue	7	5	PROPS	1.00	Light the candelabra	\N	5	\N	\N	{new}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-15 04:30:25.666667+00
18	10	12	cue	8	2	SND	2.00	Radio mics off	\N	6	00:00:05	\N	{}	{"track": 2, "gain_db": -4}	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
19	10	12	note	9	\N	\N	\N		Dancers need four counts more on wet floor.	7	\N	\N	{}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
20	10	11	scene	10	\N	\N	\N	Scene 2: the railway station	\N	8	\N	\N	{safety}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
21	10	20	standby	11	\N	\N	\N		Standby STAGE 1 and LX 2	8	\N	\N	{}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-09 06:05:16.666667+00
22	10	20	cue	12	6	STAGE	1.00	Truck 6 on, upstage left	\N	8	\N	\N	{new}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
23	10	20	cue	13	1	LX	2.00	Fade up to empty stage	\N	8	00:00:11	{79,118,125,188}	{}	{"curve": "s", "level": 60}	t	22	2026-09-08 18:14:13.666667+00	2026-09-19 19:51:46.666667+00
24	10	20	note	14	\N	\N	\N		Wait for the laugh before LX 2.	9	\N	\N	{}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
25	10	\N	act	15	\N	\N	\N	Act Two	\N	9	\N	\N	{check}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
26	10	25	scene	16	\N	\N	\N	Scene 3: the forest edge	\N	10	\N	\N	{}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
27	10	26	standby	17	\N	\N	\N		Standby LX 3, LX 4, SND 3 and SND 4	11	\N	\N	{new}	\N	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
28	10	26	cue	18	1	LX	3.00	Gobo wash, the bench	\N	11	00:00:12	{4,19,52,61,104,192}	{}	{"curve": "linear", "level": 80}	t	22	2026-09-08 18:14:13.666667+00	2026-09-20 16:19:41.666667+00
29	10	26	cue	19	1	LX	4.00	Practical lamp on, the bench	\N	12	00:00:10	{42,67,76,128,137,195}	{}	{"curve": "s", "level": 70}	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
30	10	26	cue	20	2	SND	3.00	Music out on the last word	\N	13	00:00:06	\N	{check}	{"track": 3, "gain_db": -3}	t	22	2026-09-08 18:14:13.666667+00	2026-09-12 18:20:02.666667+00
31	10	26	cue	21	2	SND	4.00	Radio mic 4 live	\N	14	00:00:04	\N	{}	{"track": 4, "gain_db": -3}	t	22	2026-09-08 18:14:13.666667+00	2026-09-08 18:14:13.666667+00
32	11	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	13	2026-08-05 23:10:45.333333+00	2026-08-05 23:10:45.333333+00
33	11	32	scene	2	\N	\N	\N	Scene 1: the dressing room	\N	2	\N	\N	{}	\N	t	13	2026-08-05 23:10:45.333333+00	2026-08-05 23:10:45.333333+00
34	11	33	standby	3	\N	\N	\N		Standby LX 1 and LX 2	2	\N	\N	{safety}	\N	t	13	2026-08-05 23:10:45.333333+00	2026-08-05 23:10:45.333333+00
35	11	33	cue	4	1	LX	1.00	Cross-fade to cold dawn	\N	2	00:00:00	{33,132}	{}	{"curve": "s", "level": 50}	t	13	2026-08-05 23:10:45.333333+00	2026-08-05 23:10:45.333333+00
36	11	33	cue	5	1	LX	2.00	Special on the window	\N	3	00:00:01	{15,111,126,151}	{safety}	{"curve": "s", "level": 95}	t	13	2026-08-05 23:10:45.333333+00	2026-08-05 23:10:45.333333+00
37	11	33	note	6	\N	\N	\N		LX 1 moved two lines earlier at the dress rehearsal.	3	\N	\N	{}	\N	t	13	2026-08-05 23:10:45.333333+00	2026-08-05 23:10:45.333333+00
38	11	32	scene	7	\N	\N	\N	Scene 2: the harbour at dawn	\N	4	\N	\N	{check}	\N	t	13	2026-08-05 23:10:45.333333+00	2026-08-05 23:10:45.333333+00
39	11	38	standby	8	\N	\N	\N		Stand by SND 1, LX 3 and AUTO 1, all quiet please	5	\N	\N	{}	\N	t	13	2026-08-05 23:10:45.333333+00	2026-08-15 10:54:05.333333+00
40	11	38	cue	9	2	SND	1.00	Thunder, prompt side	\N	6	00:00:00	\N	{}	{"track": 1, "gain_db": -1}	t	13	2026-08-05 23:10:45.333333+00	2026-08-05 23:10:45.333333+00
41	11	38	cue	10	1	LX	3.00	Blackout	\N	7	00:00:13	{106,155}	{}	{"curve": "linear", "level": 65}	t	13	2026-08-05 23:10:45.333333+00	2026-08-12 03:33:38.333333+00
42	12	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-10-02 15:18:59.666667+00
43	12	42	scene	2	\N	\N	\N	Scene 1: the dressing room	\N	2	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-24 20:07:02.666667+00
44	12	43	standby	3	\N	\N	\N		Stand by LX 1, STAGE 1, FLY 1, LX 2 and LX 3, all quiet please	2	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-18 11:35:22.666667+00
45	12	43	cue	4	1	LX	1.00	Practical lamp on, the bench	\N	3	00:00:17	{7,55,112}	{}	{"curve": "linear", "level": 55}	t	13	2026-09-18 11:35:22.666667+00	2026-09-23 17:53:58.666667+00
46	12	43	cue	5	6	STAGE	1.00	Strike the table and two chairs	\N	4	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-18 11:35:22.666667+00
47	12	43	cue	6	3	FLY	1.00	Snow bag, slow shake	\N	5	\N	\N	{new}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-18 11:35:22.666667+00
48	12	43	cue	7	1	LX	2.00	Slow fade, keep the desk	\N	6	00:00:15	{163,171}	{}	{"curve": "s", "level": 60}	t	13	2026-09-18 11:35:22.666667+00	2026-09-25 18:41:50.666667+00
49	12	43	cue	8	1	LX	3.00	Restore to winter morning	\N	7	00:00:17	{66,94}	{new}	{"curve": "linear", "level": 75}	t	13	2026-09-18 11:35:22.666667+00	2026-09-30 09:53:22.666667+00
50	12	43	note	9	\N	\N	\N		Hold here if the lift is not at level.	7	\N	\N	{safety}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-25 21:20:13.666667+00
51	12	42	scene	10	\N	\N	\N	Scene 2: the harbour at dawn	\N	8	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-18 11:35:22.666667+00
52	12	51	standby	11	\N	\N	\N		Standby AUTO 1, PROPS 1 and LX 4	9	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-18 20:32:44.666667+00
53	12	51	cue	12	8	AUTO	1.00	Track 4 to the staircase	\N	10	\N	\N	{}	{"speed_mm_s": 350}	t	13	2026-09-18 11:35:22.666667+00	2026-09-29 10:31:06.666667+00
54	12	51	cue	13	5	PROPS	1.00	Light the oil lamp	\N	10	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-18 11:35:22.666667+00
55	12	51	cue	14	1	LX	4.00	Practical lamp on, the piano	\N	10	00:00:03	{94,145}	{}	{"curve": "linear", "level": 95}	t	13	2026-09-18 11:35:22.666667+00	2026-09-18 11:35:22.666667+00
56	12	51	note	15	\N	\N	\N		AUTO 1 moved two lines earlier at the dress rehearsal.	11	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-22 09:14:57.666667+00
57	12	\N	act	16	\N	\N	\N	Act Two	\N	12	\N	\N	{check}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-18 11:35:22.666667+00
58	12	57	scene	17	\N	\N	\N	Scene 3: the forest edge	\N	12	\N	\N	{}	\N	t	13	2026-09-18 11:35:22.666667+00	2026-09-30 04:08:52.666667+00
59	13	\N	act	1	\N	\N	\N	Act One	\N	2	\N	\N	{check}	\N	t	4	2026-08-12 02:56:40+00	2026-08-12 02:56:40+00
60	13	59	scene	2	\N	\N	\N	Scene 1: the court room	\N	2	\N	\N	{}	\N	t	4	2026-08-12 02:56:40+00	2026-08-12 02:56:40+00
61	13	60	standby	3	\N	\N	\N		Stand by LX 1 and STAGE 1, all quiet please	2	\N	\N	{new}	\N	t	4	2026-08-12 02:56:40+00	2026-08-12 02:56:40+00
62	13	60	cue	4	1	LX	1.00	Restore to ballroom glow	\N	3	00:00:05	{5,65,168}	{}	{"curve": "linear", "level": 95}	t	4	2026-08-12 02:56:40+00	2026-08-12 02:56:40+00
63	13	60	cue	5	6	STAGE	1.00	Trap closed	\N	4	\N	\N	{}	\N	t	4	2026-08-12 02:56:40+00	2026-08-14 00:07:38+00
64	13	60	note	6	\N	\N	\N		Spare torch on the prompt desk.	5	\N	\N	{}	\N	t	4	2026-08-12 02:56:40+00	2026-08-12 02:56:40+00
65	13	59	scene	7	\N	\N	\N	Scene 2: the forest edge	\N	6	\N	\N	{}	\N	t	4	2026-08-12 02:56:40+00	2026-08-12 02:56:40+00
66	13	65	standby	8	\N	\N	\N		Standby LX 2, LX 3, SND 1 and AV 1	6	\N	\N	{new}	\N	t	4	2026-08-12 02:56:40+00	2026-08-12 02:56:40+00
67	13	65	cue	9	1	LX	2.00	Practical lamp on, the grave	\N	6	00:00:11	{52,161,163,191,197}	{new}	{"curve": "linear", "level": 85}	t	4	2026-08-12 02:56:40+00	2026-08-21 18:51:44+00
68	13	65	cue	10	1	LX	3.00	Fade up to storm	\N	7	00:00:09	{42,86,147,151}	{}	{"curve": "linear", "level": 95}	t	4	2026-08-12 02:56:40+00	2026-08-20 13:28:54+00
69	14	\N	act	1	\N	\N	\N	Act One	\N	2	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-10-08 21:27:46+00
70	14	69	scene	2	\N	\N	\N	Scene 1: the ballroom	\N	2	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-10-08 12:10:22+00
71	14	70	standby	3	\N	\N	\N		Standby LX 1, FLY 1, FOH 1 and AV 1	3	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-10-05 06:12:22+00
72	14	70	cue	4	1	LX	1.00	Lose the special on the bench	\N	3	00:00:05	{9,53,77,113,154,189}	{check}	{"curve": "s", "level": 90}	t	22	2026-09-21 13:28:20+00	2026-09-21 13:28:20+00
73	14	70	cue	5	3	FLY	1.00	Fly in the garden wall	\N	3	\N	\N	{check}	\N	t	22	2026-09-21 13:28:20+00	2026-09-22 09:17:40+00
74	14	70	cue	6	10	FOH	1.00	Doors open	\N	3	\N	\N	{check}	\N	t	22	2026-09-21 13:28:20+00	2026-09-21 13:28:20+00
75	14	70	cue	7	4	AV	1.00	Surtitle 3	\N	4	00:00:01	\N	{}	{"clip": "clip-01", "loop": false}	t	22	2026-09-21 13:28:20+00	2026-09-21 13:28:20+00
76	14	70	note	8	\N	\N	\N		Keep the aisle free until the chorus is through.	4	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-10-02 03:10:42+00
77	14	69	scene	9	\N	\N	\N	Scene 2: the kitchen, night	\N	4	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-10-02 10:00:54+00
78	14	77	standby	10	\N	\N	\N		Stand by PYRO 1 and AV 2, all quiet please	4	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-09-21 13:28:20+00
79	14	77	cue	11	9	PYRO	1.00	Confetti left and right	\N	4	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-09-21 13:28:20+00
80	14	77	cue	12	4	AV	2.00	Live camera to the back wall	\N	4	00:00:04	\N	{safety}	{"clip": "clip-02", "loop": false}	t	22	2026-09-21 13:28:20+00	2026-09-21 13:28:20+00
81	14	77	note	13	\N	\N	\N		Check sight lines from row C.	4	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-09-21 13:28:20+00
82	14	\N	act	14	\N	\N	\N	Act Two	\N	5	\N	\N	{check}	\N	t	22	2026-09-21 13:28:20+00	2026-09-22 00:57:27+00
83	14	82	scene	15	\N	\N	\N	Scene 3: the harbour at dawn	\N	6	\N	\N	{new}	\N	t	22	2026-09-21 13:28:20+00	2026-09-21 13:28:20+00
84	14	83	standby	16	\N	\N	\N		Standby LX 2, FLY 2, LX 3 and PROPS 1	7	\N	\N	{}	\N	t	22	2026-09-21 13:28:20+00	2026-09-25 11:50:10+00
85	14	83	cue	17	1	LX	2.00	Special on the staircase	\N	8	00:00:13	{51,69,180,181}	{safety}	{"curve": "s", "level": 55}	t	22	2026-09-21 13:28:20+00	2026-10-04 14:49:14+00
86	15	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{new}	\N	t	22	2026-10-02 06:52:02.666667+00	2026-10-09 00:55:52.666667+00
87	15	86	scene	2	\N	\N	\N	Scene 1: the kitchen, night	\N	2	\N	\N	{}	\N	t	22	2026-10-02 06:52:02.666667+00	2026-10-02 06:52:02.666667+00
88	15	87	standby	3	\N	\N	\N		Stand by FOH 1, AUTO 1, LX 1, LX 2 and SND 1, all quiet please	3	\N	\N	{check}	\N	t	22	2026-10-02 06:52:02.666667+00	2026-10-02 06:52:02.666667+00
89	15	87	cue	4	10	FOH	1.00	Doors open	\N	3	\N	\N	{new}	\N	t	22	2026-10-02 06:52:02.666667+00	2026-10-07 02:30:20.666667+00
90	15	87	cue	5	8	AUTO	1.00	Lift down, trap clear	\N	3	\N	\N	{}	{"speed_mm_s": 100}	t	22	2026-10-02 06:52:02.666667+00	2026-10-02 06:52:02.666667+00
91	15	87	cue	6	1	LX	1.00	Flash on the door slam	\N	3	00:00:02	{41,123}	{}	{"curve": "linear", "level": 85}	t	22	2026-10-02 06:52:02.666667+00	2026-10-02 06:52:02.666667+00
92	15	87	cue	7	1	LX	2.00	Practical lamp on, the piano	\N	4	00:00:11	{22,183,195}	{}	{"curve": "s", "level": 50}	t	22	2026-10-02 06:52:02.666667+00	2026-10-02 06:52:02.666667+00
93	15	87	cue	8	2	SND	1.00	Thunder, downstage right	\N	5	00:00:08	\N	{}	{"track": 1, "gain_db": -11}	t	22	2026-10-02 06:52:02.666667+00	2026-10-08 07:42:57.666667+00
94	16	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	22	2026-10-17 03:26:01.333333+00	2026-10-17 03:26:01.333333+00
95	16	94	scene	2	\N	\N	\N	Scene 1: the court room	\N	1	\N	\N	{check}	\N	t	22	2026-10-17 03:26:01.333333+00	2026-10-25 05:18:16.333333+00
96	16	95	standby	3	\N	\N	\N		Standby LX 1, SND 1 and SND 2	2	\N	\N	{}	\N	t	22	2026-10-17 03:26:01.333333+00	2026-10-17 03:26:01.333333+00
97	16	95	cue	4	1	LX	1.00	Practical lamp on, the doorway	\N	3	00:00:10	{12,151}	{check}	{"curve": "linear", "level": 65}	t	22	2026-10-17 03:26:01.333333+00	2026-10-17 03:26:01.333333+00
98	16	95	cue	5	2	SND	1.00	Telephone ringing, from upstage centre	\N	4	00:00:04	\N	{}	{"track": 1, "gain_db": -6}	t	22	2026-10-17 03:26:01.333333+00	2026-10-19 12:14:11.333333+00
99	16	95	cue	6	2	SND	2.00	Telephone ringing, from downstage left	\N	5	00:00:01	\N	{}	{"track": 2, "gain_db": -7}	t	22	2026-10-17 03:26:01.333333+00	2026-10-17 03:26:01.333333+00
100	16	95	note	7	\N	\N	\N		Spare torch on the prompt desk.	5	\N	\N	{}	\N	t	22	2026-10-17 03:26:01.333333+00	2026-10-17 03:26:01.333333+00
101	16	94	scene	8	\N	\N	\N	Scene 2: the harbour at dawn	\N	6	\N	\N	{}	\N	t	22	2026-10-17 03:26:01.333333+00	2026-10-17 03:26:01.333333+00
102	2	\N	act	1	\N	\N	\N	Act One	\N	2	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-21 07:48:48.666667+00
103	2	102	scene	2	\N	\N	\N	Scene 1: the ballroom	\N	2	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-03-06 08:52:10.666667+00
104	2	103	standby	3	\N	\N	\N		Stand by PROPS 1 and LX 1, all quiet please	3	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
105	2	103	cue	4	5	PROPS	1.00	Break the sugar glass	\N	3	\N	\N	{new}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-18 16:21:40.666667+00
106	2	103	cue	5	1	LX	1.00	House lights to half	\N	3	00:00:10	{27,72,182}	{}	{"curve": "linear", "level": 90}	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
107	2	103	note	6	\N	\N	\N		PROPS 1 moved two lines earlier at the dress rehearsal.	3	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
108	2	102	scene	7	\N	\N	\N	Scene 2: the court room	\N	4	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-23 09:03:22.666667+00
109	2	108	standby	8	\N	\N	\N		Stand by LX 2, LX 3, PROPS 2 and LX 4, all quiet please	4	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
110	2	108	cue	9	1	LX	2.00	Fade up to ballroom glow	\N	5	00:00:15	{46,58,127}	{}	{"curve": "s", "level": 85}	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
111	2	108	cue	10	1	LX	3.00	Build candlelight from stage right	\N	6	00:00:07	{83,133,149,162}	{}	{"curve": "linear", "level": 70}	t	4	2026-02-15 18:38:40.666667+00	2026-02-26 00:45:51.666667+00
112	2	108	cue	11	5	PROPS	2.00	Break the sugar glass	\N	7	\N	\N	{new}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
113	2	108	cue	12	1	LX	4.00	House lights to half	\N	7	00:00:06	{101,177,198}	{new}	{"curve": "s", "level": 95}	t	4	2026-02-15 18:38:40.666667+00	2026-03-01 16:32:02.666667+00
114	2	108	note	13	\N	\N	\N		Dancers need four counts more on wet floor.	8	\N	\N	{check}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
115	2	\N	act	14	\N	\N	\N	Act Two	\N	8	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-03-06 21:18:13.666667+00
116	2	115	scene	15	\N	\N	\N	Scene 3: the railway station	\N	8	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
117	2	116	standby	16	\N	\N	\N		Stand by LX 5 and AV 1, all quiet please	9	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
118	2	116	cue	17	1	LX	5.00	House lights to half	\N	9	00:00:15	{131,136,180}	{safety}	{"curve": "linear", "level": 100}	t	4	2026-02-15 18:38:40.666667+00	2026-03-02 16:41:03.666667+00
119	2	116	cue	18	4	AV	1.00	Surtitle 5	\N	10	00:00:01	\N	{check}	{"clip": "clip-01", "loop": false}	t	4	2026-02-15 18:38:40.666667+00	2026-03-04 10:36:30.666667+00
120	2	116	note	19	\N	\N	\N		Keep the aisle free until the chorus is through.	10	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-03-04 06:13:42.666667+00
121	2	115	scene	20	\N	\N	\N	Scene 4: the kitchen, night	\N	10	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
122	2	121	standby	21	\N	\N	\N		Stand by PYRO 1 and STAGE 1, all quiet please	10	\N	\N	{}	\N	t	4	2026-02-15 18:38:40.666667+00	2026-02-15 18:38:40.666667+00
123	3	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{new}	\N	t	4	2026-04-17 23:09:18+00	2026-04-17 23:09:18+00
124	3	123	scene	2	\N	\N	\N	Scene 1: the railway station	\N	1	\N	\N	{}	\N	t	4	2026-04-17 23:09:18+00	2026-04-17 23:09:18+00
125	3	124	standby	3	\N	\N	\N		Stand by LX 1 and WARD 1, all quiet please	1	\N	\N	{}	\N	t	4	2026-04-17 23:09:18+00	2026-04-17 23:09:18+00
126	3	124	cue	4	1	LX	1.00	Special on the piano	\N	2	00:00:19	{36,133,139,147,153}	{check}	{"curve": "s", "level": 50}	t	4	2026-04-17 23:09:18+00	2026-04-30 10:26:55+00
127	3	124	cue	5	7	WARD	1.00	Quick change, stage right, thirty seconds	\N	2	\N	\N	{}	\N	t	4	2026-04-17 23:09:18+00	2026-04-17 23:09:18+00
128	3	124	note	6	\N	\N	\N		Keep the aisle free until the chorus is through.	2	\N	\N	{}	\N	t	4	2026-04-17 23:09:18+00	2026-04-17 23:09:18+00
129	3	123	scene	7	\N	\N	\N	Scene 2: the railway station	\N	3	\N	\N	{}	\N	t	4	2026-04-17 23:09:18+00	2026-04-21 02:40:45+00
130	3	129	standby	8	\N	\N	\N		Standby LX 2, SND 1 and LX 3	3	\N	\N	{}	\N	t	4	2026-04-17 23:09:18+00	2026-04-17 23:09:18+00
131	3	129	cue	9	1	LX	2.00	Build dusk over the harbour from upstage centre	\N	4	00:00:14	{111,116,123,186}	{check}	{"curve": "linear", "level": 90}	t	4	2026-04-17 23:09:18+00	2026-04-23 02:32:23+00
132	3	129	cue	10	2	SND	1.00	Rain on the roof under the scene	\N	4	00:00:03	\N	{new}	{"track": 1, "gain_db": -1}	t	4	2026-04-17 23:09:18+00	2026-04-17 23:09:18+00
133	4	\N	act	1	\N	\N	\N	Act One	\N	2	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
134	4	133	scene	2	\N	\N	\N	Scene 1: the garden, late summer	\N	2	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
135	4	134	standby	3	\N	\N	\N		Standby LX 1, SND 1 and SND 2	3	\N	\N	{new}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
136	4	134	cue	4	1	LX	1.00	Fade up to storm	\N	4	00:00:10	{70,75,114,141,190}	{safety}	{"curve": "s", "level": 90}	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
137	4	134	cue	5	2	SND	1.00	Horse and cart, from the auditorium	\N	4	00:00:03	\N	{}	{"track": 1, "gain_db": -10}	t	22	2026-06-02 10:54:39+00	2026-06-11 16:53:04+00
138	4	134	cue	6	2	SND	2.00	Music: waltz, eight bars	\N	4	00:00:08	\N	{check}	{"track": 2, "gain_db": 0}	t	22	2026-06-02 10:54:39+00	2026-06-19 01:30:01+00
139	4	134	note	7	\N	\N	\N		Conductor gives the downbeat.	5	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-18 04:30:53+00
140	4	133	scene	8	\N	\N	\N	Scene 2: a street in the rain	\N	5	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
141	4	140	standby	9	\N	\N	\N		Stand by STAGE 1, FLY 1, LX 2 and SND 3, all quiet please	5	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
142	4	140	cue	10	6	STAGE	1.00	Set change to the kitchen	\N	6	\N	\N	{cut}	\N	f	22	2026-06-02 10:54:39+00	2026-06-05 08:49:15+00
143	4	140	cue	11	3	FLY	1.00	Fly in the garden wall	\N	7	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-09 23:37:15+00
144	4	140	cue	12	1	LX	2.00	Flash on the door slam	\N	8	00:00:10	{69,178}	{}	{"curve": "s", "level": 95}	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
145	4	140	cue	13	2	SND	3.00	Radio mic 4 live	\N	9	00:00:08	\N	{check}	{"track": 3, "gain_db": 0}	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
146	4	140	note	14	\N	\N	\N		Wait for the laugh before LX 2.	9	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
147	4	\N	act	15	\N	\N	\N	Act Two	\N	9	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-09 05:04:52+00
148	4	147	scene	16	\N	\N	\N	Scene 3: the kitchen, night	\N	10	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-03 21:39:27+00
149	4	148	standby	17	\N	\N	\N		Stand by AV 1 and FLY 2, all quiet please	11	\N	\N	{check}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
150	4	148	cue	18	4	AV	1.00	Surtitle 1	\N	12	00:00:00	\N	{}	{"clip": "clip-01", "loop": false}	t	22	2026-06-02 10:54:39+00	2026-06-09 02:45:10+00
151	4	148	cue	19	3	FLY	2.00	House curtain out	\N	12	\N	\N	{check}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
152	4	148	note	20	\N	\N	\N		Understudy stands one step further left.	13	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
153	4	147	scene	21	\N	\N	\N	Scene 4: a street in the rain	\N	13	\N	\N	{}	\N	t	22	2026-06-02 10:54:39+00	2026-06-02 10:54:39+00
154	5	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{}	\N	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
155	5	154	scene	2	\N	\N	\N	Scene 1: the ballroom	\N	1	\N	\N	{}	\N	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
156	5	155	standby	3	\N	\N	\N		Standby LX 1, LX 2, FLY 1, PYRO 1 and LX 3	2	\N	\N	{}	\N	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
157	5	155	cue	4	1	LX	1.00	Build warm afternoon from prompt side	\N	3	00:00:04	{92,118,127,186}	{}	{"curve": "linear", "level": 75}	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
158	5	155	cue	5	1	LX	2.00	Blackout	\N	4	00:00:11	{54,70,95,116,174}	{}	{"curve": "s", "level": 65}	t	22	2026-03-27 16:47:12+00	2026-04-15 23:26:23+00
159	5	155	cue	6	3	FLY	1.00	Snow bag, slow shake	\N	4	\N	\N	{}	\N	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
160	5	155	cue	7	9	PYRO	1.00	Haze, two seconds	\N	5	\N	\N	{}	\N	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
161	5	155	cue	8	1	LX	3.00	Fade up to cold dawn	\N	6	00:00:17	{11,70,71,100,176,196}	{}	{"curve": "s", "level": 65}	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
162	5	155	note	9	\N	\N	\N		Actors may jump this line: watch the script.	7	\N	\N	{safety}	\N	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
163	5	154	scene	10	\N	\N	\N	Scene 2: the dressing room	\N	8	\N	\N	{}	\N	t	22	2026-03-27 16:47:12+00	2026-03-27 16:47:12+00
164	6	\N	act	1	\N	\N	\N	Act One	\N	2	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-26 02:00:51+00
165	6	164	scene	2	\N	\N	\N	Scene 1: the court room	\N	2	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-25 06:06:56+00
166	6	165	standby	3	\N	\N	\N		Stand by LX 1, STAGE 1, PROPS 1 and PROPS 2, all quiet please	3	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-26 14:36:59+00
167	6	165	cue	4	1	LX	1.00	Special on the grave	\N	4	00:00:06	{1,14,43}	{}	{"curve": "s", "level": 90}	t	4	2026-05-10 19:43:36+00	2026-05-22 17:39:16+00
168	6	165	cue	5	6	STAGE	1.00	Truck 1 off, stage right	\N	4	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
169	6	165	cue	6	5	PROPS	1.00	Break the sugar glass	\N	4	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
170	6	165	cue	7	5	PROPS	2.00	Light the candelabra	\N	5	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
171	6	165	note	8	\N	\N	\N		Actors may jump this line: watch the script.	5	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-19 07:25:44+00
172	6	164	scene	9	\N	\N	\N	Scene 2: the railway station	\N	5	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-13 11:12:27+00
173	6	172	standby	10	\N	\N	\N		Stand by SND 1, LX 2, SND 2 and LX 3, all quiet please	5	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-28 04:55:48+00
174	6	172	cue	11	2	SND	1.00	Thunder, prompt side	\N	6	00:00:07	\N	{check}	{"track": 1, "gain_db": -5}	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
175	6	172	cue	12	1	LX	2.00	Practical lamp on, the doorway	\N	7	00:00:07	{19,67,95,116,141,143}	{check}	{"curve": "linear", "level": 50}	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
176	6	172	cue	13	2	SND	2.00	Music: finale	\N	7	00:00:00	\N	{}	{"track": 2, "gain_db": -1}	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
177	6	172	cue	14	1	LX	3.00	House lights out	\N	8	00:00:18	{1,66,102,146}	{}	{"curve": "linear", "level": 65}	t	4	2026-05-10 19:43:36+00	2026-05-18 16:19:54+00
178	6	172	note	15	\N	\N	\N		Actors may jump this line: watch the script.	9	\N	\N	{safety}	\N	t	4	2026-05-10 19:43:36+00	2026-05-27 22:52:35+00
179	6	\N	act	16	\N	\N	\N	Act Two	\N	9	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-20 01:35:27+00
180	6	179	scene	17	\N	\N	\N	Scene 3: the court room	\N	9	\N	\N	{}	\N	t	4	2026-05-10 19:43:36+00	2026-05-20 05:51:28+00
181	6	180	standby	18	\N	\N	\N		Standby LX 4, LX 5, AV 1 and LX 6	9	\N	\N	{new}	\N	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
182	6	180	cue	19	1	LX	4.00	Special on the staircase	\N	9	00:00:17	{53,153}	{}	{"curve": "s", "level": 80}	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
183	6	180	cue	20	1	LX	5.00	Flash on the door slam	\N	10	00:00:16	{20,114,125,137,162}	{}	{"curve": "s", "level": 85}	t	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
184	6	180	cue	21	4	AV	1.00	Freeze on the old photograph	\N	11	00:00:02	\N	{cut}	{"clip": "clip-01", "loop": true}	f	4	2026-05-10 19:43:36+00	2026-05-10 19:43:36+00
185	7	\N	act	1	\N	\N	\N	Act One	\N	2	\N	\N	{}	\N	t	22	2026-07-15 16:16:00.666667+00	2026-07-15 16:16:00.666667+00
186	7	185	scene	2	\N	\N	\N	Scene 1: the railway station	\N	3	\N	\N	{new}	\N	t	22	2026-07-15 16:16:00.666667+00	2026-07-15 16:16:00.666667+00
187	7	186	standby	3	\N	\N	\N		Stand by FLY 1, SND 1, SND 2, PROPS 1 and LX 1, all quiet please	4	\N	\N	{}	\N	t	22	2026-07-15 16:16:00.666667+00	2026-07-28 01:31:26.666667+00
188	7	186	cue	4	3	FLY	1.00	Gauze in behind the action	\N	5	\N	\N	{}	\N	t	22	2026-07-15 16:16:00.666667+00	2026-07-28 21:21:05.666667+00
189	7	186	cue	5	2	SND	1.00	Reverb on for the hall	\N	5	00:00:07	\N	{}	{"track": 1, "gain_db": -10}	t	22	2026-07-15 16:16:00.666667+00	2026-07-15 16:16:00.666667+00
190	7	186	cue	6	2	SND	2.00	Reverb on for the hall	\N	5	00:00:05	\N	{}	{"track": 2, "gain_db": -11}	t	22	2026-07-15 16:16:00.666667+00	2026-07-25 02:17:45.666667+00
191	7	186	cue	7	5	PROPS	1.00	Strike the suitcase	\N	6	\N	\N	{}	\N	t	22	2026-07-15 16:16:00.666667+00	2026-07-28 12:26:07.666667+00
192	7	186	cue	8	1	LX	1.00	Practical lamp on, the piano	\N	6	00:00:14	{79,87,100,190}	{}	{"curve": "linear", "level": 85}	t	22	2026-07-15 16:16:00.666667+00	2026-07-18 03:12:51.666667+00
193	7	186	note	9	\N	\N	\N		Dancers need four counts more on wet floor.	7	\N	\N	{new}	\N	t	22	2026-07-15 16:16:00.666667+00	2026-07-27 21:18:08.666667+00
194	7	185	scene	10	\N	\N	\N	Scene 2: the kitchen, night	\N	8	\N	\N	{}	\N	t	22	2026-07-15 16:16:00.666667+00	2026-07-30 09:20:01.666667+00
195	8	\N	act	1	\N	\N	\N	Act One	\N	1	\N	\N	{safety}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-09-02 11:25:34.333333+00
196	8	195	scene	2	\N	\N	\N	Scene 1: the ballroom	\N	2	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-09-14 22:28:08.333333+00
197	8	196	standby	3	\N	\N	\N		Stand by FLY 1, STAGE 1, AV 1, SND 1 and AUTO 1, all quiet please	2	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
198	8	196	cue	4	3	FLY	1.00	Fly out the city skyline	\N	3	\N	\N	{new}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
199	8	196	cue	5	6	STAGE	1.00	Truck 4 on, stage left	\N	4	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
200	8	196	cue	6	4	AV	1.00	Live camera to the back wall	\N	5	00:00:04	\N	{new}	{"clip": "clip-01", "loop": true}	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
201	8	196	cue	7	2	SND	1.00	Radio mic 5 live	\N	6	00:00:08	\N	{cut}	{"track": 1, "gain_db": -3}	f	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
202	8	196	cue	8	8	AUTO	1.00	Lift up to stage level	\N	7	\N	\N	{}	{"speed_mm_s": 300}	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
203	8	196	note	9	\N	\N	\N		STAGE 1 moved two lines earlier at the dress rehearsal.	7	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
204	8	195	scene	10	\N	\N	\N	Scene 2: a street in the rain	\N	7	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
205	8	204	standby	11	\N	\N	\N		Stand by FLY 2, FOH 1, AV 2, FLY 3 and LX 1, all quiet please	7	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
206	8	204	cue	12	3	FLY	2.00	House curtain out	\N	7	\N	\N	{check}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-09-09 11:16:32.333333+00
207	8	204	cue	13	10	FOH	1.00	Latecomers admitted after this	\N	8	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
208	8	204	cue	14	4	AV	2.00	Freeze on waves	\N	8	00:00:03	\N	{new}	{"clip": "clip-02", "loop": false}	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
209	8	204	cue	15	3	FLY	3.00	Fly in the garden wall	\N	9	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
210	8	204	cue	16	1	LX	1.00	Restore to storm	\N	10	00:00:03	{45,154,196}	{}	{"curve": "s", "level": 55}	t	4	2026-08-28 19:28:00.333333+00	2026-09-13 08:36:15.333333+00
211	8	204	note	17	\N	\N	\N		FLY 2 moved two lines earlier at the dress rehearsal.	10	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
212	8	\N	act	18	\N	\N	\N	Act Two	\N	10	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-09-10 01:34:07.333333+00
213	8	212	scene	19	\N	\N	\N	Scene 3: the forest edge	\N	10	\N	\N	{safety}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-09-07 08:53:54.333333+00
214	8	213	standby	20	\N	\N	\N		Stand by WARD 1, LX 2, AUTO 2 and WARD 2, all quiet please	10	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-08-28 19:28:00.333333+00
215	8	213	cue	21	7	WARD	1.00	Wig check, the piano	\N	10	\N	\N	{}	\N	t	4	2026-08-28 19:28:00.333333+00	2026-09-01 04:25:19.333333+00
216	9	\N	act	1	\N	\N	\N	Act One	\N	2	\N	\N	{}	\N	t	22	2026-07-26 13:48:27.333333+00	2026-08-01 08:15:17.333333+00
217	9	216	scene	2	\N	\N	\N	Scene 1: the harbour at dawn	\N	2	\N	\N	{}	\N	t	22	2026-07-26 13:48:27.333333+00	2026-07-26 13:48:27.333333+00
218	9	217	standby	3	\N	\N	\N		Standby SND 1, LX 1, SND 2, LX 2 and LX 3	3	\N	\N	{check}	\N	t	22	2026-07-26 13:48:27.333333+00	2026-07-26 13:48:27.333333+00
219	9	217	cue	4	2	SND	1.00	Radio mics off	\N	3	00:00:03	\N	{cut}	{"track": 1, "gain_db": 0}	f	22	2026-07-26 13:48:27.333333+00	2026-07-27 18:41:47.333333+00
220	9	217	cue	5	1	LX	1.00	Gobo wash, the grave	\N	4	00:00:13	{25,97,148,153,199}	{safety}	{"curve": "s", "level": 75}	t	22	2026-07-26 13:48:27.333333+00	2026-07-26 13:48:27.333333+00
221	9	217	cue	6	2	SND	2.00	Thunder, downstage right	\N	5	00:00:05	\N	{}	{"track": 2, "gain_db": -3}	t	22	2026-07-26 13:48:27.333333+00	2026-07-30 00:40:44.333333+00
222	9	217	cue	7	1	LX	2.00	Blackout	\N	6	00:00:14	{17,43,57,59,132,163}	{}	{"curve": "s", "level": 80}	t	22	2026-07-26 13:48:27.333333+00	2026-07-26 13:48:27.333333+00
223	9	217	cue	8	1	LX	3.00	Cross-fade to warm afternoon	\N	6	00:00:16	{23,68}	{new}	{"curve": "linear", "level": 60}	t	22	2026-07-26 13:48:27.333333+00	2026-07-26 21:51:57.333333+00
224	9	217	note	9	\N	\N	\N		Spare torch on the prompt desk.	6	\N	\N	{}	\N	t	22	2026-07-26 13:48:27.333333+00	2026-08-04 06:23:47.333333+00
225	9	216	scene	10	\N	\N	\N	Scene 2: the kitchen, night	\N	7	\N	\N	{}	\N	t	22	2026-07-26 13:48:27.333333+00	2026-07-26 13:48:27.333333+00
\.

COPY "public"."crewRelationshipsTable" ("relationship_id", "manager_user_id", "crew_user_id", "first_shared_element_id", "since", "rating", "note", "is_active") FROM stdin;
1	13	20	119	2025-09-30	9.4	\N	f
2	15	16	40	2025-10-09	9.9	Knows the house better than anybody.	f
3	1	2	206	2025-10-24	9.7	\N	t
4	4	16	\N	2025-10-29	6.4	First worked together at the pantomime.	t
5	21	11	151	2025-11-06	10.0	\N	t
6	9	17	\N	2025-11-14	9.9	\N	t
7	22	20	\N	2025-11-29	10.0	Calls clearly, answers at once.	t
8	15	17	202	2025-12-03	8.5	\N	f
9	13	11	\N	2025-12-11	9.3	\N	f
10	15	11	\N	2025-12-21	10.0	\N	f
11	4	20	159	2025-12-21	9.6	\N	t
12	9	2	145	2025-12-21	9.6	\N	t
13	9	23	\N	2025-12-21	9.8	Knows the house better than anybody.	t
14	24	3	\N	2025-12-27	7.0	\N	f
15	24	2	\N	2026-02-07	9.0	First worked together at the pantomime.	f
16	9	18	\N	2026-02-11	9.8	Knows the house better than anybody.	t
17	6	14	46	2026-03-02	10.0	\N	t
18	13	16	40	2026-03-30	10.0	\N	f
19	6	23	183	2026-04-07	9.8	Good team on fast changes.	t
20	6	8	67	2026-04-22	10.0	\N	t
21	4	10	14	2026-04-25	5.6	\N	t
22	21	5	\N	2026-05-16	10.0	\N	t
23	6	20	35	2026-05-17	7.0	\N	t
24	1	12	\N	2026-07-02	5.3	\N	f
25	22	10	\N	2026-07-05	8.5	\N	t
26	15	20	111	2026-07-27	10.0	\N	f
27	1	11	91	2026-08-11	10.0	Needs the cue light in act two.	t
28	24	12	182	2026-08-29	7.0	\N	f
29	1	23	198	2026-09-11	10.0	\N	t
30	24	20	\N	2026-09-23	10.0	\N	f
\.

COPY "public"."crewAssignmentsTable" ("assignment_id", "show_id", "department_id", "user_id", "relationship_id", "duty", "call_before", "weekdays", "fee", "is_lead", "starts_on", "ends_on", "created_at") FROM stdin;
1	4	3	11	5	head flyman	01:30:00	{2,3,4,5,6}	4113.00	t	2026-10-05	2026-12-09	2026-06-08 13:04:01+00
2	8	9	10	25	effects operator	01:00:00	{2,3,4,5,6,7}	7136.10	t	2027-02-04	2027-04-10	2026-10-02 10:18:04+00
3	6	8	23	13	automation operator	02:00:00	{1,4,5,6,7}	3793.50	t	2026-10-27	2026-12-31	2026-07-10 10:46:08+00
4	7	10	8	20	house manager	01:30:00	{1,2,3,5,6}	3429.00	t	2026-11-08	2027-01-15	2026-07-08 16:25:00+00
5	7	4	3	14	video operator	01:00:00	{1,2,3,4,7}	5177.25	t	2026-11-08	2027-01-15	2026-07-17 16:25:00+00
6	2	8	23	29	automation operator	02:00:00	{3,5,6}	1770.30	t	2026-07-11	2026-08-29	2026-03-28 11:23:57+00
7	8	1	17	8	board operator	02:00:00	{1,2,5,6,7}	3638.25	t	2027-02-04	2027-04-10	2026-09-27 10:18:04+00
8	6	9	2	15	effects operator	01:00:00	{1,2,4,5,6,7}	4241.70	t	2026-10-27	2026-12-31	2026-07-05 10:46:08+00
9	1	4	17	6	video operator	01:30:00	{1,2,3,4,7}	3638.25	t	2026-03-26	2026-06-01	2025-11-24 10:36:02+00
10	5	4	14	17	video operator	01:00:00	{1,2,4,5,6,7}	3763.50	t	2026-10-16	2026-11-26	2026-06-24 09:22:41+00
11	5	5	17	6	props runner	01:00:00	{1,2,3,5,6,7}	2425.50	t	2026-10-16	2026-11-26	2026-07-01 09:22:41+00
12	1	9	12	28	effects operator	01:00:00	{1,3,4}	2193.75	t	2026-03-26	2026-06-01	2025-12-08 10:36:02+00
13	4	10	3	14	house manager	01:30:00	{1,3,4,5,6,7}	6212.70	t	2026-10-05	2026-12-09	2026-06-18 13:04:01+00
14	1	2	20	26	mixer	01:30:00	{1,2,3}	2250.45	t	2026-03-26	2026-06-01	2025-11-30 10:36:02+00
15	3	5	16	18	props runner	02:00:00	{1,2,3,5,6}	3672.00	t	2026-06-17	2026-08-19	2026-02-24 13:50:48+00
16	1	2	11	9	radio mics	01:00:00	{2,3,4,5,7}	4113.00	f	2026-03-26	2026-06-01	2025-12-10 10:36:02+00
17	5	3	20	7	head flyman	02:00:00	{1,2,3,4,6,7}	2500.50	t	2026-10-16	2026-11-26	2026-06-30 09:22:41+00
18	6	4	2	12	video operator	02:00:00	{1,2,3,4,5}	3534.75	t	2026-10-27	2026-12-31	2026-07-18 10:46:08+00
19	6	8	11	27	automation operator	02:00:00	{1,3,4,5,6,7}	4935.60	f	2026-10-27	2026-12-31	2026-06-29 10:46:08+00
20	3	8	11	10	automation operator	01:30:00	{1,2,3,5,6,7}	4935.60	t	2026-06-17	2026-08-19	2026-03-05 13:50:48+00
21	2	2	23	29	mixer	02:00:00	{1,3,6}	1770.30	t	2026-07-11	2026-08-29	2026-03-21 11:23:57+00
22	2	7	20	30	dresser	01:30:00	{1,2,3,4,5,7}	3500.70	t	2026-07-11	2026-08-29	2026-03-14 11:23:57+00
23	4	6	20	11	stage hand	01:30:00	{1,3,4,5,6,7}	4500.90	t	2026-10-05	2026-12-09	2026-06-09 13:04:01+00
24	6	8	17	8	spotter	01:00:00	{3,4,5,6,7}	3638.25	f	2026-10-27	2026-12-31	2026-07-08 10:46:08+00
25	5	1	23	13	board operator	02:00:00	{1,2,4,6,7}	2107.50	t	2026-10-16	2026-11-26	2026-07-07 09:22:41+00
26	8	5	23	13	props runner	01:00:00	{2,3,4,5,6,7}	4552.20	t	2027-02-04	2027-04-10	2026-10-12 10:18:04+00
27	4	7	17	8	dresser	02:00:00	{1,2,3}	2182.95	t	2026-10-05	2026-12-09	2026-06-17 13:04:01+00
28	3	2	12	28	mixer	02:00:00	{1,2,3,4,5,6}	4387.50	t	2026-06-17	2026-08-19	2026-03-05 13:50:48+00
29	8	8	12	28	automation operator	01:30:00	{1,2,3,4,6,7}	4387.50	t	2027-02-04	2027-04-10	2026-10-04 10:18:04+00
30	7	5	11	10	props runner	02:00:00	{1,2,4,5,6,7}	4935.60	t	2026-11-08	2027-01-15	2026-07-14 16:25:00+00
31	7	4	11	10	video operator	01:00:00	{1,4,5,6,7}	4113.00	f	2026-11-08	2027-01-15	2026-07-18 16:25:00+00
32	6	2	23	13	mixer	01:30:00	{1,2,4}	2276.10	t	2026-10-27	2026-12-31	2026-06-26 10:46:08+00
33	4	1	18	16	board operator	01:00:00	{2,3,4,5,7}	5028.75	t	2026-10-05	2026-12-09	2026-06-06 13:04:01+00
34	6	2	20	30	mixer	02:00:00	{1,3,4,5,7}	3750.75	f	2026-10-27	2026-12-31	2026-07-14 10:46:08+00
35	8	3	2	3	head flyman	02:00:00	{1,2,3,6,7}	3534.75	t	2027-02-04	2027-04-10	2026-09-28 10:18:04+00
36	6	7	17	8	dresser	02:00:00	{2,3,4,5,6,7}	4365.90	t	2026-10-27	2026-12-31	2026-07-03 10:46:08+00
37	7	10	14	17	usher	01:30:00	{1,2,3,4,5,7}	6774.30	f	2026-11-08	2027-01-15	2026-07-15 16:25:00+00
38	1	6	20	26	stage hand	01:30:00	{1,2,3,5,6}	3750.75	t	2026-03-26	2026-06-01	2025-12-06 10:36:02+00
39	6	3	5	22	head flyman	02:00:00	{2,3,4,5,6,7}	5151.60	t	2026-10-27	2026-12-31	2026-06-27 10:46:08+00
40	7	2	5	22	mixer	01:00:00	{1,4,6}	2575.80	t	2026-11-08	2027-01-15	2026-07-06 16:25:00+00
41	3	4	5	22	video operator	01:00:00	{1,2,4,6,7}	4293.00	t	2026-06-17	2026-08-19	2026-02-24 13:50:48+00
42	5	7	20	30	dresser	02:00:00	{1,3,4,5,6,7}	2500.50	t	2026-10-16	2026-11-26	2026-06-15 09:22:41+00
43	8	10	12	24	house manager	01:30:00	{1,3,4,5,7}	3656.25	t	2027-02-04	2027-04-10	2026-10-11 10:18:04+00
44	1	5	2	12	props runner	02:00:00	{3,4,7}	2120.85	t	2026-03-26	2026-06-01	2025-12-06 10:36:02+00
45	1	6	16	18	stage hand	01:30:00	{1,3,4,5,6,7}	4406.40	f	2026-03-26	2026-06-01	2025-11-24 10:36:02+00
46	8	6	11	5	stage hand	02:00:00	{2,3,4,5,7}	4113.00	t	2027-02-04	2027-04-10	2026-09-22 10:18:04+00
47	6	4	12	28	camera	01:30:00	{1,2,3,4,5}	3656.25	f	2026-10-27	2026-12-31	2026-07-13 10:46:08+00
48	3	1	11	9	board operator	01:30:00	{1,3,4,5,7}	4113.00	t	2026-06-17	2026-08-19	2026-02-19 13:50:48+00
49	6	4	20	23	video operator	01:30:00	{4,5,6}	2250.45	f	2026-10-27	2026-12-31	2026-07-12 10:46:08+00
50	2	6	18	16	stage hand	01:00:00	{2,3,4,6,7}	3911.25	t	2026-07-11	2026-08-29	2026-03-09 11:23:57+00
\.

COPY "public"."script_shares" ("share_id", "script_id", "shared_by_user_id", "shared_with_user_id", "permission", "link_slug", "message", "created_at", "expires_at", "revoked_at") FROM stdin;
0ce67960-221d-4130-9155-c032f8fcdf4f	2	4	11	view	\N	\N	2026-02-18 10:42:27.666667+00	2026-03-04 10:42:27.666667+00	\N
0dc41e01-c4c0-4f75-88ec-f9b0f6dc3779	8	4	11	comment	\N	\N	2026-09-09 17:12:21.333333+00	infinity	\N
0f72b525-d1f0-4049-b653-a8a062caf9ee	10	22	\N	view	nlsqyf-13ff0d	Read only, the book stays with the deputy.	2026-09-18 12:06:39.666667+00	2026-10-02 12:06:39.666667+00	\N
123a85a0-d050-4d6d-b5f2-64f5e6f2e471	5	22	\N	view	8lma5l-bc060a	Please comment until Friday.	2026-04-16 10:31:19+00	2026-05-16 10:31:19+00	2026-07-21 14:58:28+00
12bf7e9d-3a1e-4eec-9329-d5f5e4dc9dae	7	22	9	view	\N	For the understudies.	2026-08-07 19:15:21.666667+00	2026-11-05 19:15:21.666667+00	\N
13c00d5b-b245-4737-bdbd-5b5c58e80c50	9	22	\N	view	fc9zmd-f5bcbb	For the understudies.	2026-08-10 11:26:13.333333+00	2026-08-24 11:26:13.333333+00	2026-08-19 03:15:19.333333+00
191734dd-ccf1-4ac6-b900-7ef4de9de60b	11	13	24	edit	\N	\N	2026-09-09 19:51:32.333333+00	2026-09-23 19:51:32.333333+00	2026-10-18 19:51:46.333333+00
2049760d-1434-413a-ab4b-cb46507b94ef	6	4	19	view	\N	\N	2026-05-29 08:27:58+00	infinity	\N
2733f852-2c9b-4827-a850-883917038917	12	13	3	view	\N	\N	2026-10-19 10:08:35.666667+00	2027-01-17 10:08:35.666667+00	\N
33374b6d-78c8-4b93-84fc-9269eb218312	16	22	\N	comment	yeuc2q-7bf5c2	For tonight's run, please check act two.	2026-10-22 18:41:10.333333+00	2027-01-20 18:41:10.333333+00	\N
33a5959d-a834-4b02-9d8e-1157cf98ba8f	12	13	22	edit	\N	\N	2026-09-23 11:24:34.666667+00	infinity	\N
44fecc2c-1a57-4c9b-9d75-ae9f6946eefe	1	22	18	view	\N	New cues are marked.	2026-01-13 14:19:58.333333+00	infinity	\N
460ea419-9907-4bd2-b43a-3060bb93ae9f	14	22	1	comment	\N	\N	2026-10-07 19:10:26+00	2026-11-06 19:10:26+00	\N
4a7ec791-177b-43cf-9acb-2ff6b2ba590f	14	22	18	view	\N	Read only, the book stays with the deputy.	2026-10-27 08:46:46+00	infinity	\N
4e65a09f-3966-40aa-92a0-462002e6eac9	9	22	\N	view	uzbk4q-f9e5a1	\N	2026-09-04 10:07:18.333333+00	2026-12-03 10:07:18.333333+00	\N
59b0ddd8-f249-4a38-8121-af7e9e0559c1	9	22	2	comment	\N	\N	2026-08-10 08:57:35.333333+00	infinity	2026-09-23 15:54:19.333333+00
5a2a2268-aad1-4493-b7df-92d8f80193a8	11	13	\N	view	gan34e-2a57db	Please comment until Friday.	2026-08-21 17:14:56.333333+00	2026-09-04 17:14:56.333333+00	\N
5d16028f-8ed1-4e71-b723-1f2ee54798ef	13	4	23	view	\N	\N	2026-09-03 14:37:12+00	infinity	2026-10-13 06:39:59+00
63d90781-f05c-44da-a139-9de085dcbc40	14	22	14	view	\N	Please comment until Friday.	2026-09-24 10:43:49+00	infinity	\N
7ad5d390-010d-4bcc-81ec-f6ccc10b44e7	5	22	20	comment	\N	Read only, the book stays with the deputy.	2026-04-30 10:29:37+00	infinity	2026-07-18 02:19:31+00
7d43b8f3-c486-429f-b94e-ee21e4e54640	7	22	14	comment	\N	\N	2026-08-07 17:55:29.666667+00	infinity	\N
892dab62-8d42-4bcb-b2b6-97e3b87e8789	2	4	22	edit	\N	Tour version, no flying.	2026-02-23 16:47:35.666667+00	infinity	\N
8d265d53-257f-4ee5-81fe-efd12a6e138c	2	4	\N	comment	ne63hv-82d1cd	Tour version, no flying.	2026-03-06 14:52:34.666667+00	2026-04-05 14:52:34.666667+00	\N
8ee47de9-1ae2-4f32-b53f-80a401ddf3f5	9	22	9	comment	\N	\N	2026-09-04 10:55:48.333333+00	infinity	2026-10-05 19:18:57.333333+00
9e4361b2-9c68-4190-bc01-d11159e9a886	16	22	13	own	\N	For tonight's run, please check act two.	2026-10-30 11:10:14.333333+00	infinity	\N
a848ba82-6938-4c6d-8354-b5b63006b133	9	22	4	edit	\N	\N	2026-07-27 13:29:23.333333+00	infinity	2026-09-24 13:27:58.333333+00
ab926d61-e666-4757-9542-4870f2418e5b	2	4	\N	view	8brxpj-8dbe72	\N	2026-03-27 09:50:03.666667+00	2026-04-26 09:50:03.666667+00	\N
af9e85fb-b950-48bd-afca-f0b8a47cec07	5	22	\N	view	py77k4-b87d93	\N	2026-04-01 17:08:30+00	2026-05-01 17:08:30+00	2026-10-12 20:01:35+00
b40c9ba6-0f53-49c1-af5b-1261ff667b18	6	4	21	view	\N	\N	2026-06-19 09:32:32+00	infinity	\N
bf22967f-a852-47a8-b515-3e64af43dab8	11	13	6	edit	\N	\N	2026-09-07 10:55:51.333333+00	infinity	2026-09-30 08:13:56.333333+00
c21484f4-2dfc-4c02-9166-374e6ed6e263	5	22	15	edit	\N	Read only, the book stays with the deputy.	2026-05-06 10:54:23+00	infinity	\N
ccb81ce8-7b8d-4d46-8bb5-af2919193916	13	4	20	view	\N	\N	2026-08-18 19:44:59+00	infinity	2026-10-01 07:22:47+00
d0961596-76ee-4cea-bf58-b7116915d908	1	22	\N	view	hctnms-06099a	\N	2026-01-07 18:56:29.333333+00	2026-01-21 18:56:29.333333+00	2026-07-18 01:00:52.333333+00
d4b883cd-72c5-4ae1-a62b-4da707d5d652	5	22	17	view	\N	For tonight's run, please check act two.	2026-04-23 15:59:51+00	infinity	\N
d6aa6f21-2cf1-4bbd-ad27-56d79884f03d	7	22	24	edit	\N	For the understudies.	2026-07-27 16:38:52.666667+00	infinity	2026-10-25 10:44:44.666667+00
e0442f6a-6f62-43df-8bb5-66117873270c	14	22	9	view	\N	\N	2026-09-24 17:20:54+00	infinity	\N
f197e86f-4e38-4a06-be19-de05a0c41f6e	15	22	23	view	\N	New cues are marked.	2026-10-26 15:21:36.666667+00	infinity	\N
f549e6c1-a1fa-4b4c-a9fc-a61977ede994	10	22	\N	comment	nwbspm-1a5edf	\N	2026-09-18 10:44:37.666667+00	2026-10-18 10:44:37.666667+00	\N
f63fab5a-45d4-462b-8fc4-70bc562f8f9e	14	22	7	view	\N	For tonight's run, please check act two.	2026-10-28 16:06:40+00	infinity	\N
fd4ed7b6-2774-4cd5-8238-9b7d459c849f	16	22	\N	view	lh963p-7bb330	Please comment until Friday.	2026-10-22 19:40:04.333333+00	2026-11-21 19:40:04.333333+00	\N
\.

-- Check the deferred constraints: nothing can be altered while checks are pending
SET CONSTRAINTS ALL IMMEDIATE;

-- Compare the row counts: a difference rolls everything back
DO 'BEGIN
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."userTable" ) <> 24 THEN RAISE EXCEPTION ''"userTable" has not received 24 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."venuesTable" ) <> 6 THEN RAISE EXCEPTION ''"venuesTable" has not received 6 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."departmentsTable" ) <> 10 THEN RAISE EXCEPTION ''"departmentsTable" has not received 10 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."showsTable" ) <> 8 THEN RAISE EXCEPTION ''"showsTable" has not received 8 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."scriptsTable" ) <> 16 THEN RAISE EXCEPTION ''"scriptsTable" has not received 16 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."scriptElementsTable" ) <> 225 THEN RAISE EXCEPTION ''"scriptElementsTable" has not received 225 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."crewRelationshipsTable" ) <> 30 THEN RAISE EXCEPTION ''"crewRelationshipsTable" has not received 30 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."crewAssignmentsTable" ) <> 50 THEN RAISE EXCEPTION ''"crewAssignmentsTable" has not received 50 rows''; END IF;
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."script_shares" ) <> 40 THEN RAISE EXCEPTION ''script_shares has not received 40 rows''; END IF;
END';

-- Make the foreign keys what they were: only those that were altered above, or are checked at another time in the snapshot
ALTER TABLE "public"."userTable" ALTER CONSTRAINT "userTable_created_by_fkey" NOT DEFERRABLE;
ALTER TABLE "public"."scriptElementsTable" ALTER CONSTRAINT "scriptElementsTable_parent_element_id_fkey" NOT DEFERRABLE;

-- Switch them on again: each as it was: origin, replica, always or, on a partition, off
ALTER TABLE "public"."scriptElementsTable" ENABLE TRIGGER "script_elements_touch_updated_at";

-- Set the sequences: RESTART first: what setval() alone does would survive a rollback
ALTER SEQUENCE "public"."crewAssignmentsTable_assignment_id_seq" RESTART WITH 50;
SELECT pg_catalog.setval('"public"."crewAssignmentsTable_assignment_id_seq"', 50);
ALTER SEQUENCE "public"."crewRelationshipsTable_relationship_id_seq" RESTART WITH 30;
SELECT pg_catalog.setval('"public"."crewRelationshipsTable_relationship_id_seq"', 30);
ALTER SEQUENCE "public"."departmentsTable_department_id_seq" RESTART WITH 10;
SELECT pg_catalog.setval('"public"."departmentsTable_department_id_seq"', 10);
ALTER SEQUENCE "public"."scriptElementsTable_element_id_seq" RESTART WITH 225;
SELECT pg_catalog.setval('"public"."scriptElementsTable_element_id_seq"', 225);
ALTER SEQUENCE "public"."scriptsTable_script_id_seq" RESTART WITH 16;
SELECT pg_catalog.setval('"public"."scriptsTable_script_id_seq"', 16);
ALTER SEQUENCE "public"."showsTable_show_id_seq" RESTART WITH 8;
SELECT pg_catalog.setval('"public"."showsTable_show_id_seq"', 8);
ALTER SEQUENCE "public"."userTable_user_id_seq" RESTART WITH 24;
SELECT pg_catalog.setval('"public"."userTable_user_id_seq"', 24);
ALTER SEQUENCE "public"."venuesTable_venue_id_seq" RESTART WITH 6;
SELECT pg_catalog.setval('"public"."venuesTable_venue_id_seq"', 6);

-- Refresh the materialised views: those that held rows, in the order they read each other
REFRESH MATERIALIZED VIEW "public"."show_overview";

COMMIT;
