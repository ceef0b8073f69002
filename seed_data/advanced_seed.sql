-- Rows, for a database that has the schema: all its rows are replaced,
-- in one transaction, also where foreign keys form cycles.
-- Run with: psql -v ON_ERROR_STOP=1 -f advanced_seed.sql

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
SET LOCAL lock_timeout = '10s';
SELECT pg_catalog.pg_advisory_xact_lock(1936613744);

-- Switch users' triggers off: the rows already hold what triggers once did
ALTER TABLE "public"."scriptElementsTable" DISABLE TRIGGER "script_elements_touch_updated_at";

-- Delete all rows: one statement, so that no foreign key is in the way
TRUNCATE ONLY "public"."userTable", ONLY "public"."venuesTable", ONLY "public"."departmentsTable", ONLY "public"."showsTable", ONLY "public"."scriptsTable", ONLY "public"."scriptElementsTable", ONLY "public"."crewRelationshipsTable", ONLY "public"."crewAssignmentsTable", ONLY "public"."script_shares" RESTART IDENTITY;

-- Defer the foreign keys that no order of tables satisfies: only these, only where they are not deferrable already
ALTER TABLE "public"."userTable" ALTER CONSTRAINT "userTable_created_by_fkey" DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE "public"."scriptElementsTable" ALTER CONSTRAINT "scriptElementsTable_parent_element_id_fkey" DEFERRABLE INITIALLY DEFERRED;
SET CONSTRAINTS ALL DEFERRED;

COPY "public"."userTable" ("user_id", "auth_id", "username", "full_name", "email", "phone", "role", "skills", "preferences", "hourly_rate", "bio", "is_active", "created_by", "created_at", "last_login_at") FROM stdin;
1	68d6d5e4-d7b8-4eb0-8a81-7493e2185707	lisa.46de	Virginia Mccoy MD	virginia.mccoy.md.46de07@cuebe.example	\N	crew	{}	{"theme": "light", "headset": 4}	15.06	\N	t	1	2025-04-12 13:34:16+00	2026-10-04 15:25:00+00
2	b3fd988f-13f3-46cd-82ce-02d6307131fe	sophia.9f9d	Mrs. Alice Lowery PhD	mrs.alice.lowery.phd.9f9dab@cuebe.example	+1-982-555-0105	operator	{qlab,programming}	{"theme": "light", "headset": 9}	28.06	Think skin away sometimes standard.	t	1	2024-05-22 19:15:30+00	2026-09-15 01:56:00+00
3	9cb12b6e-519a-4c8d-83e6-52b2ceb53e18	yolanda.1316	Dr. Cory Bush	dr.cory.bush.131666@cuebe.example	+1-477-555-0131	stage_manager	{programming}	{"theme": "light", "headset": 9}	33.64	\N	t	1	2024-06-13 06:52:33+00	2026-10-24 22:49:00+00
4	fab2664d-e5e5-434d-aa59-3e0971023ab8	adrian.3937	Ms. Kimberly Long	ms.kimberly.long.3937f9@cuebe.example	\N	crew	{}	{"theme": "dark", "headset": 1}	40.33	\N	t	1	2024-06-02 09:48:06+00	\N
5	deeb3aa5-c882-4014-adf5-df3098736bed	bernard.886e	Leon Allison II	leon.allison.ii.886e25@cuebe.example	\N	designer	{}	{"theme": "dark", "headset": 3}	31.13	Ground history poor wall many need.	t	1	2025-06-18 21:58:30+00	2026-09-18 07:14:00+00
6	3f0483e2-5573-4ec0-baa4-40d367b8c583	shawn.5208	Mrs. Kylie Wood	mrs.kylie.wood.5208e3@cuebe.example	+1-566-555-0128	viewer	{qlab}	{"theme": "light", "headset": 12}	31.13	\N	f	1	2024-09-11 02:44:28+00	2026-09-06 20:09:00+00
7	75943216-3d91-4dc3-8ece-e2e065b40220	lisa.99a0	Leroy Wagner IV	leroy.wagner.iv.99a0b6@cuebe.example	+1-231-555-0194	crew	{driving,"follow spot"}	{"theme": "light", "headset": 9}	37.80	Only fund skill me.	f	1	2025-11-26 01:38:04+00	2026-09-04 07:58:00+00
8	0fff6ade-5f1f-4e15-91c9-f5fe79def4c4	henry.8cb6	Colleen Bauer PhD	colleen.bauer.phd.8cb6d4@cuebe.example	+1-966-555-0195	admin	{rigging}	{"theme": "light", "headset": 1}	19.83	\N	t	1	2024-08-30 11:23:20+00	2026-10-22 00:06:00+00
9	b4328004-dff6-46d3-a1e9-914fa45ebb90	yesenia.0871	Mrs. Shari Blackburn DDS	mrs.shari.blackburn.dds.0871f2@cuebe.example	+1-314-555-0146	operator	{qlab,"follow spot"}	{"theme": "light", "headset": 1}	24.22	Sister consider act onto onto.	f	1	2024-08-20 03:37:43+00	2026-09-08 22:25:00+00
10	103e12ff-f739-409c-ad41-d5ffd4256021	patrick.0312	Mr. Jesus Lawrence II	mr.jesus.lawrence.ii.031290@cuebe.example	+1-377-555-0179	crew	{"first aid"}	{"theme": "dark", "headset": 2}	30.45	Town oil suddenly whose.	t	1	2024-07-01 18:38:06+00	2026-09-24 21:54:00+00
11	33791a80-c766-4cd8-8976-5f0240f6a7c3	kristin.d310	Dr. Evan Avery DVM	dr.evan.avery.dvm.d3107c@cuebe.example	+1-500-555-0146	crew	{programming,driving}	{"theme": "light", "headset": 10}	15.97	Trade carry nearly soldier follow drug body field.	t	1	2025-06-13 00:12:44+00	2026-10-22 02:53:00+00
12	971819ab-0ae0-4286-97bb-36caf779f845	danielle.94d5	Miss Brittney Escobar	miss.brittney.escobar.94d51c@cuebe.example	+1-202-555-0143	stage_manager	{programming,driving,rigging}	{"theme": "light", "headset": 9}	44.23	Get keep inside sort.	t	1	2024-10-11 21:13:16+00	2026-10-23 08:47:00+00
13	6ba2db37-76d1-4bd9-8dde-aa9ebde6ab6b	melanie.e101	Angie Wilkins	angie.wilkins.e10110@cuebe.example	+1-473-555-0133	operator	{}	{"theme": "dark", "headset": 11}	32.38	\N	t	1	2024-11-03 12:14:28+00	2026-10-15 11:24:00+00
14	d6efe1a0-1672-4c60-800a-1c9828549178	cynthia.9fe3	Connor Pratt II	connor.pratt.ii.9fe36d@cuebe.example	\N	designer	{"first aid"}	{"theme": "dark", "headset": 3}	28.85	\N	t	1	2025-01-22 00:41:04+00	2026-10-14 17:25:00+00
15	53655d00-dc07-4f06-96a2-463a182f77ed	rebekah.ee50	Jean Barnett	jean.barnett.ee5062@cuebe.example	\N	crew	{}	{"theme": "dark", "headset": 12}	19.00	\N	t	1	2024-10-23 05:30:05+00	2026-09-10 11:06:00+00
16	975d4779-cf9f-4863-936e-c373c4316034	rebekah.973b	Sophia Merritt DVM	sophia.merritt.dvm.973b05@cuebe.example	+1-445-555-0161	crew	{"first aid","follow spot"}	{"theme": "light", "headset": 9}	40.86	\N	t	1	2025-05-14 17:25:05+00	2026-10-15 10:53:00+00
17	182b040b-5114-4a50-b710-69705e3ee0ef	tony.3094	Meredith Mckenzie DDS	meredith.mckenzie.dds.309481@cuebe.example	+1-973-555-0179	operator	{"follow spot",rigging,qlab}	{"theme": "dark", "headset": 11}	28.88	\N	t	1	2024-10-02 12:44:23+00	2026-10-27 12:05:00+00
18	ed0f9727-3954-4570-8cef-3c04752aec50	zoe.0057	Dr. Andre Chavez MD	dr.andre.chavez.md.0057c2@cuebe.example	\N	viewer	{"follow spot",programming}	{"theme": "light", "headset": 5}	44.22	\N	f	1	2025-06-11 02:35:35+00	\N
19	e6bc24f6-e9c0-484d-adef-037a2be6caf9	gordon.7d86	Ms. Kerri Turner DVM	ms.kerri.turner.dvm.7d86ab@cuebe.example	+1-483-555-0140	crew	{qlab,rigging,"first aid"}	{"theme": "dark", "headset": 1}	36.54	\N	t	1	2025-01-24 04:30:28+00	\N
20	78c6784d-1f57-41e2-99c3-61a27cd21058	adrian.db72	Judy Parker PhD	judy.parker.phd.db72c5@cuebe.example	+1-629-555-0155	admin	{qlab}	{"theme": "light", "headset": 1}	43.01	Specific truth accept six our reality remember.	t	1	2024-09-30 13:56:41+00	2026-10-11 02:13:00+00
21	4673ec9d-8c45-428d-b79a-f6466c95a4b7	stacey.4850	Meagan Mcgrath MD	meagan.mcgrath.md.4850a4@cuebe.example	\N	stage_manager	{rigging}	{"theme": "dark", "headset": 5}	43.34	\N	t	1	2024-08-21 05:54:10+00	2026-10-22 15:47:00+00
22	97fc1131-17c2-43ea-a3eb-eea63fb247e2	kenneth.07d0	Mr. Stanley Parker	mr.stanley.parker.07d033@cuebe.example	+1-337-555-0192	crew	{programming,qlab,"first aid"}	{"theme": "light", "headset": 9}	16.33	Sure page dinner lead since real.	t	1	2025-09-08 00:04:46+00	2026-09-06 22:39:00+00
23	df9ae062-d051-42c5-9b20-359d815a6a56	jermaine.b554	Dr. Willie Beltran	dr.willie.beltran.b55426@cuebe.example	+1-675-555-0100	designer	{}	{"theme": "light", "headset": 3}	40.10	Young low country goal.	f	1	2024-08-19 02:07:06+00	2026-10-11 02:08:00+00
24	64395e4a-06cd-47de-a33b-724013d64422	betty.9551	Dr. Jade Hutchinson	dr.jade.hutchinson.95511e@cuebe.example	+1-346-555-0181	operator	{"first aid",driving,programming}	{"theme": "dark", "headset": 7}	42.81	Rule than weight son term well.	t	1	2025-05-20 23:14:24+00	2026-10-09 10:28:00+00
\.

COPY "public"."venuesTable" ("venue_id", "name", "address", "timezone", "capacity", "has_fly_tower", "proscenium_width_m", "hemp_lines", "facilities", "opened_on", "contact_user_id", "created_at") FROM stdin;
1	Harper Hall 10a	18 Example Street	Europe/London	87	t	15.7	{9,11,17,37}	{"dock_doors": 1, "green_room": true}	1987-08-19	22	2026-02-28 00:00:00+00
2	Gentry Theatre d88	13 Example Street	America/New_York	486	t	15	{4,20,24,36}	{"dock_doors": 1, "green_room": true}	1902-12-21	20	2026-01-26 00:00:00+00
3	Mccann Theatre d44	92 Example Street	Europe/Dublin	414	t	10.4	{3,8,26,36}	{"dock_doors": 3, "green_room": true}	1965-12-14	14	2026-04-15 00:00:00+00
4	Bauer Hall 213	21 Example Street	Europe/London	801	f	9.5	{15,16,17,22}	{"dock_doors": 1, "green_room": true}	2002-03-03	1	2026-02-26 00:00:00+00
5	Rice Hall 83a	92 Example Street	Europe/London	1152	t	9.5	{1,26,37,38}	{"dock_doors": 3, "green_room": true}	1984-12-22	21	2026-04-03 00:00:00+00
6	Carpenter Theatre 338	2 Example Street	America/New_York	1664	f	7.6	{4,5,13,26}	{"dock_doors": 1, "green_room": true}	1935-10-17	9	2026-01-20 00:00:00+00
\.

COPY "public"."departmentsTable" ("department_id", "code", "name", "colour", "home_venue_id", "head_user_id", "weekly_budget", "radio_channel", "created_at") FROM stdin;
1	LX	Lighting	#28331b	2	22	4394.29	8	2026-05-21 00:00:00+00
2	SND	Sound	#ebd282	2	21	3945.77	9	2026-05-09 00:00:00+00
3	FLY	Flies	#1c9ef4	5	3	3617.59	5	2026-04-27 00:00:00+00
4	AV	Video	#70c907	4	20	7838.87	15	2026-05-16 00:00:00+00
5	PROPS	Props	#c9cb5e	6	11	7739.10	11	2026-05-02 00:00:00+00
6	STAGE	Stage	#a65504	2	9	4167.61	13	2026-04-25 00:00:00+00
7	WARD	Wardrobe	#f14f88	6	7	8994.28	5	2026-05-01 00:00:00+00
8	AUTO	Automation	#ed8657	3	2	3757.55	15	2026-06-02 00:00:00+00
9	PYRO	Effects	#2dc8d3	4	16	3738.98	13	2026-05-09 00:00:00+00
10	FOH	Front of house	#0d51e7	2	7	2034.49	1	2026-04-15 00:00:00+00
\.

COPY "public"."showsTable" ("show_id", "public_id", "title", "subtitle", "venue_id", "status", "opens_on", "closes_on", "curtain_up", "budget", "genres", "settings", "created_by", "created_at") FROM stdin;
1	dfe7e8d0-f07c-4cd0-b28b-2aa22dd69427	The Winter Lantern	\N	5	rehearsal	2026-11-12	2026-11-25	19:30:00	242864.66	{musical,comedy}	{"latecomers": false, "rehearsal_room": 3}	17	2026-06-24 00:00:00+00
2	4f6e1c15-b0c2-4259-b03f-6334616f8610	A Bridge of Paper	\N	1	planning	2027-02-14	2027-02-21	19:30:00	12779.76	{comedy,"new writing"}	{"latecomers": true, "rehearsal_room": 2}	8	2026-07-08 00:00:00+00
3	ae399b59-0188-4dff-b3bf-3af4b402173a	Nine Doors	\N	2	running	2027-01-07	2027-01-22	19:30:00	280018.01	{dance,drama}	{"latecomers": true, "rehearsal_room": 4}	23	2026-07-21 00:00:00+00
4	c1a9fdae-8056-4f8f-9062-344e3c8ba075	The Understudy's Revenge	\N	2	rehearsal	2026-10-24	2026-12-15	19:30:00	231461.95	{comedy,dance}	{"latecomers": false, "rehearsal_room": 4}	10	2026-07-09 00:00:00+00
5	1980b4dc-05d8-4794-88e4-b3b16389c55e	Salt and Limelight	\N	3	closed	2027-02-14	2027-04-15	19:30:00	74455.13	{musical,drama}	{"latecomers": false, "rehearsal_room": 4}	13	2026-07-15 00:00:00+00
6	baeb97e2-3552-496c-aec8-d1279abdb418	The Tin Orchestra	\N	2	planning	2026-08-30	2026-10-04	19:30:00	63727.97	{musical,dance}	{"latecomers": false, "rehearsal_room": 3}	23	2026-07-04 00:00:00+00
7	d277c86c-84db-43db-9e36-029b0ab6f203	Midnight at the Odeon	\N	4	running	2026-11-21	2026-12-28	19:30:00	267954.97	{comedy,drama}	{"latecomers": false, "rehearsal_room": 2}	12	2026-06-10 00:00:00+00
8	bfba8f06-48ec-4caa-8aa9-6f0ea39774ab	The Cartographer's Wife	\N	4	rehearsal	2026-11-24	2027-01-18	19:30:00	225335.72	{"new writing",musical}	{"latecomers": true, "rehearsal_room": 3}	24	2026-06-25 00:00:00+00
\.

COPY "public"."scriptsTable" ("script_id", "show_id", "revision", "title", "status", "running_time", "intervals_at", "notes", "created_by", "created_at", "locked_at") FROM stdin;
1	1	1	The Winter Lantern, revision 1	locked	01:58:00	{41}	Dinner thousand go whether camera whatever.	18	2026-06-25 00:00:00+00	2026-07-04 00:00:00+00
2	1	2	The Winter Lantern, revision 2	rehearsal	02:10:00	{45}	Light left address offer because benefit resource.	10	2026-06-26 00:00:00+00	\N
3	2	1	A Bridge of Paper, revision 1	locked	02:19:00	{43}	Look among trial final raise they.	15	2026-07-09 00:00:00+00	2026-07-18 00:00:00+00
4	2	2	A Bridge of Paper, revision 2	rehearsal	01:18:00	{43}	Nearly economic commercial business center campaign.	8	2026-07-10 00:00:00+00	\N
5	3	1	Nine Doors, revision 1	locked	02:40:00	{54}	Try follow ask experience woman former media.	14	2026-07-22 00:00:00+00	2026-07-31 00:00:00+00
6	3	2	Nine Doors, revision 2	rehearsal	02:14:00	{49}	Sea she according financial.	15	2026-07-23 00:00:00+00	\N
7	4	1	The Understudy's Revenge, revision 1	locked	02:21:00	{48}	Home citizen something.	18	2026-07-10 00:00:00+00	2026-07-19 00:00:00+00
8	4	2	The Understudy's Revenge, revision 2	draft	01:20:00	{32}	Like social price.	15	2026-07-11 00:00:00+00	\N
9	5	1	Salt and Limelight, revision 1	locked	01:38:00	{42}	Share view really war to side.	11	2026-07-16 00:00:00+00	2026-07-25 00:00:00+00
10	5	2	Salt and Limelight, revision 2	rehearsal	01:10:00	{43}	Hospital really maybe too.	13	2026-07-17 00:00:00+00	\N
11	6	1	The Tin Orchestra, revision 1	locked	02:43:00	{40}	Wear many senior move herself throw.	18	2026-07-05 00:00:00+00	2026-07-14 00:00:00+00
12	6	2	The Tin Orchestra, revision 2	draft	01:36:00	{49}	Surface art impact I evidence cold use.	9	2026-07-06 00:00:00+00	\N
13	7	1	Midnight at the Odeon, revision 1	locked	02:45:00	{32}	Option figure else walk key treat.	5	2026-06-11 00:00:00+00	2026-06-20 00:00:00+00
14	7	2	Midnight at the Odeon, revision 2	rehearsal	01:47:00	{45}	Pass open matter majority Republican PM.	11	2026-06-12 00:00:00+00	\N
15	8	1	The Cartographer's Wife, revision 1	locked	02:29:00	{40}	Teach direction letter including purpose yes.	2	2026-06-26 00:00:00+00	2026-07-05 00:00:00+00
16	8	2	The Cartographer's Wife, revision 2	rehearsal	01:41:00	{42}	Member step know international short today.	11	2026-06-27 00:00:00+00	\N
\.

COPY "public"."scriptElementsTable" ("element_id", "script_id", "parent_element_id", "type", "position", "department_id", "cue_prefix", "cue_number", "title", "note", "page", "fade_time", "channels", "tags", "payload", "is_armed", "created_by", "created_at", "updated_at") FROM stdin;
1	1	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{check}	\N	t	6	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
2	1	1	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	8	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
3	1	2	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{}	\N	t	24	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
4	1	2	cue	4	1	LX	3.00	Leader rest need.	\N	4	00:00:04	{26,94,179}	{}	{"level": 54}	t	19	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
5	1	2	cue	5	3	FLY	4.00	Project become debate wonder choose Mr.	\N	5	00:00:04	{18,51,112}	{check,new}	{"level": 87}	t	11	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
6	1	2	cue	6	8	AUTO	5.00	My door here concern.	\N	6	00:00:06	{55,162,163}	{new}	{"level": 19}	t	5	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
7	1	2	note	7	\N	\N	\N		Federal instead that so.	7	\N	\N	{}	\N	t	6	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
8	1	1	scene	8	\N	\N	\N	Scene 2	\N	8	\N	\N	{safety,new}	\N	t	18	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
9	1	8	standby	9	\N	\N	\N		Standby all departments	9	\N	\N	{safety}	\N	t	2	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
10	1	8	cue	10	9	PYRO	9.00	Western technology investment at.	\N	10	00:00:10	{41,49,57}	{check,safety}	{"level": 10}	t	8	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
11	1	8	cue	11	2	SND	10.00	Middle newspaper according likely your building consider.	\N	11	00:00:03	{16,54,136}	{check}	{"level": 96}	t	9	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
12	1	8	note	12	\N	\N	\N		Right and professional foot.	12	\N	\N	{safety}	\N	t	24	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
13	1	\N	act	13	\N	\N	\N	Act 2	\N	13	\N	\N	{check}	\N	t	21	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
14	1	13	scene	14	\N	\N	\N	Scene 1	\N	14	\N	\N	{}	\N	t	7	2026-06-25 00:00:00+00	2026-06-25 00:00:00+00
15	10	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{}	\N	t	17	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
16	10	15	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{safety,new}	\N	t	15	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
17	10	16	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{safety,check}	\N	t	6	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
18	10	16	cue	4	6	STAGE	3.00	Look international blood commercial stuff whom.	\N	4	00:00:07	{69,145,164}	{new,safety}	{"level": 31}	t	20	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
19	10	16	cue	5	8	AUTO	4.00	Change perform husband player.	\N	5	00:00:05	{27,124,142}	{}	{"level": 64}	t	6	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
20	10	16	cue	6	7	WARD	5.00	Ability various design institution cover.	\N	6	00:00:09	{76,162,173}	{check,new}	{"level": 65}	t	4	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
21	10	16	cue	7	10	FOH	6.00	Stage these to with tax.	\N	7	00:00:03	{32,48,104}	{safety,new}	{"level": 71}	t	13	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
22	10	16	note	8	\N	\N	\N		Here skill street democratic expect.	8	\N	\N	{new}	\N	t	14	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
23	10	15	scene	9	\N	\N	\N	Scene 2	\N	9	\N	\N	{safety,new}	\N	t	8	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
24	10	23	standby	10	\N	\N	\N		Standby all departments	10	\N	\N	{safety,new}	\N	t	16	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
25	10	23	cue	11	7	WARD	10.00	Authority live need.	\N	11	00:00:06	{39,88,96}	{check}	{"level": 2}	t	10	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
26	10	23	cue	12	6	STAGE	11.00	Report response reveal main discover human artist.	\N	12	00:00:05	{40,65,167}	{}	{"level": 85}	t	4	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
27	10	23	note	13	\N	\N	\N		All some sort bit book rule could.	13	\N	\N	{new,safety}	\N	t	19	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
28	10	\N	act	14	\N	\N	\N	Act 2	\N	14	\N	\N	{check,new}	\N	t	10	2026-07-17 00:00:00+00	2026-07-17 00:00:00+00
29	11	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{check}	\N	t	7	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
30	11	29	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	9	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
31	11	30	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{}	\N	t	24	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
32	11	30	cue	4	2	SND	3.00	Book day sometimes speak.	\N	4	00:00:06	{61,189,196}	{}	{"level": 3}	t	10	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
33	11	30	cue	5	6	STAGE	4.00	Interest listen positive clear.	\N	5	00:00:05	{28,61,85}	{new}	{"level": 88}	t	6	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
34	11	30	note	6	\N	\N	\N		But many there heart administration exactly.	6	\N	\N	{new}	\N	t	17	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
35	11	29	scene	7	\N	\N	\N	Scene 2	\N	7	\N	\N	{safety,new}	\N	t	14	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
36	11	35	standby	8	\N	\N	\N		Standby all departments	8	\N	\N	{safety}	\N	t	7	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
37	11	35	cue	9	9	PYRO	8.00	Car financial professional.	\N	9	00:00:08	{27,74,193}	{safety,new}	{"level": 9}	t	6	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
38	11	35	cue	10	3	FLY	9.00	General break investment company person surface.	\N	10	00:00:03	{144,162,168}	{}	{"level": 15}	t	6	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
39	11	35	note	11	\N	\N	\N		Look international blood commercial stuff whom.	11	\N	\N	{new}	\N	t	12	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
40	11	\N	act	12	\N	\N	\N	Act 2	\N	12	\N	\N	{check}	\N	t	7	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
41	11	40	scene	13	\N	\N	\N	Scene 1	\N	13	\N	\N	{safety}	\N	t	20	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
42	11	41	standby	14	\N	\N	\N		Standby all departments	14	\N	\N	{}	\N	t	23	2026-07-05 00:00:00+00	2026-07-05 00:00:00+00
43	12	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{}	\N	t	22	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
44	12	43	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	1	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
45	12	44	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{new,safety}	\N	t	18	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
46	12	44	cue	4	1	LX	3.00	Reduce receive agency theory red.	\N	4	00:00:00	{104,155,183}	{check}	{"level": 84}	t	24	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
47	12	44	cue	5	8	AUTO	4.00	House no this no outside strong quickly.	\N	5	00:00:10	{9,30,151}	{check}	{"level": 97}	t	10	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
48	12	44	note	6	\N	\N	\N		Image poor yourself for national good star administration.	6	\N	\N	{safety}	\N	t	16	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
49	12	43	scene	7	\N	\N	\N	Scene 2	\N	7	\N	\N	{}	\N	t	10	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
50	12	49	standby	8	\N	\N	\N		Standby all departments	8	\N	\N	{check}	\N	t	9	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
51	12	49	cue	9	3	FLY	8.00	Something wind art animal might.	\N	9	00:00:12	{63,73,180}	{}	{"level": 5}	t	23	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
52	12	49	cue	10	5	PROPS	9.00	Century thus local church exactly.	\N	10	00:00:05	{76,94,191}	{check,safety}	{"level": 80}	t	23	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
53	12	49	note	11	\N	\N	\N		While let treat side reduce treatment.	11	\N	\N	{}	\N	t	17	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
54	12	\N	act	12	\N	\N	\N	Act 2	\N	12	\N	\N	{check,new}	\N	t	16	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
55	12	54	scene	13	\N	\N	\N	Scene 1	\N	13	\N	\N	{check}	\N	t	16	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
56	12	55	standby	14	\N	\N	\N		Standby all departments	14	\N	\N	{new,check}	\N	t	18	2026-07-06 00:00:00+00	2026-07-06 00:00:00+00
57	13	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{safety,check}	\N	t	17	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
58	13	57	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{new}	\N	t	13	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
59	13	58	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{}	\N	t	15	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
60	13	58	cue	4	10	FOH	3.00	Rise bed economy alone structure.	\N	4	00:00:02	{29,54,80}	{}	{"level": 27}	t	13	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
61	13	58	cue	5	9	PYRO	4.00	Follow assume deep oil seek help.	\N	5	00:00:04	{30,74,91}	{check,safety}	{"level": 11}	t	14	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
62	13	58	cue	6	8	AUTO	5.00	Last race decade sometimes along summer power.	\N	6	00:00:10	{20,35,89}	{safety}	{"level": 58}	t	12	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
63	13	58	cue	7	3	FLY	6.00	Him film order participant newspaper she.	\N	7	00:00:01	{87,142,167}	{safety}	{"level": 26}	t	24	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
64	13	58	note	8	\N	\N	\N		From while own last attack response.	8	\N	\N	{check}	\N	t	19	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
65	13	57	scene	9	\N	\N	\N	Scene 2	\N	9	\N	\N	{new}	\N	t	1	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
66	13	65	standby	10	\N	\N	\N		Standby all departments	10	\N	\N	{check,new}	\N	t	20	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
67	13	65	cue	11	8	AUTO	10.00	Pretty decision why vote study lot.	\N	11	00:00:06	{16,123,198}	{safety,check}	{"level": 25}	t	18	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
68	13	65	cue	12	9	PYRO	11.00	Young it walk choose.	\N	12	00:00:07	{51,93,139}	{}	{"level": 24}	t	5	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
69	13	65	cue	13	9	PYRO	12.00	Yourself hundred cell new.	\N	13	00:00:07	{11,42,63}	{check}	{"level": 64}	t	6	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
70	13	65	note	14	\N	\N	\N		Economy end them power war song.	14	\N	\N	{}	\N	t	5	2026-06-11 00:00:00+00	2026-06-11 00:00:00+00
71	14	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{new,check}	\N	t	19	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
72	14	71	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	20	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
73	14	72	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{new}	\N	t	18	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
74	14	72	cue	4	5	PROPS	3.00	Break area change relate month moment one.	\N	4	00:00:04	{40,126,170}	{safety}	{"level": 27}	t	17	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
75	14	72	cue	5	2	SND	4.00	Trade country read yourself to company.	\N	5	00:00:02	{19,108,169}	{safety}	{"level": 50}	t	13	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
76	14	72	cue	6	5	PROPS	5.00	Management lot station detail show will clearly.	\N	6	00:00:01	{15,56,115}	{safety,check}	{"level": 56}	t	22	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
77	14	72	cue	7	6	STAGE	6.00	True word analysis like.	\N	7	00:00:06	{73,98,138}	{safety}	{"level": 43}	t	3	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
78	14	72	note	8	\N	\N	\N		Child plan especially particular.	8	\N	\N	{}	\N	t	3	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
79	14	71	scene	9	\N	\N	\N	Scene 2	\N	9	\N	\N	{check}	\N	t	17	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
80	14	79	standby	10	\N	\N	\N		Standby all departments	10	\N	\N	{}	\N	t	22	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
81	14	79	cue	11	1	LX	10.00	Sort as reality spring call Congress.	\N	11	00:00:09	{33,105,142}	{safety}	{"level": 10}	t	14	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
82	14	79	cue	12	7	WARD	11.00	Right issue player identify.	\N	12	00:00:09	{129,182,190}	{new}	{"level": 95}	t	4	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
83	14	79	note	13	\N	\N	\N		Send success spring world.	13	\N	\N	{check,safety}	\N	t	1	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
84	14	\N	act	14	\N	\N	\N	Act 2	\N	14	\N	\N	{safety,check}	\N	t	13	2026-06-12 00:00:00+00	2026-06-12 00:00:00+00
85	15	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{safety}	\N	t	20	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
86	15	85	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	17	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
87	15	86	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{check,safety}	\N	t	20	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
88	15	86	cue	4	5	PROPS	3.00	Student explain area hundred send take true character.	\N	4	00:00:00	{32,110,180}	{new,check}	{"level": 12}	t	11	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
89	15	86	cue	5	4	AV	4.00	Almost man north concern American office any.	\N	5	00:00:10	{3,141,183}	{new,safety}	{"level": 92}	t	18	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
90	15	86	note	6	\N	\N	\N		Name organization home generation.	6	\N	\N	{}	\N	t	4	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
91	15	85	scene	7	\N	\N	\N	Scene 2	\N	7	\N	\N	{}	\N	t	19	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
92	15	91	standby	8	\N	\N	\N		Standby all departments	8	\N	\N	{safety}	\N	t	4	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
93	15	91	cue	9	1	LX	8.00	Form growth nation behind piece voice bar.	\N	9	00:00:07	{93,112,161}	{}	{"level": 23}	t	12	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
94	15	91	cue	10	10	FOH	9.00	Rather form five.	\N	10	00:00:04	{16,47,166}	{}	{"level": 92}	t	23	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
95	15	91	cue	11	1	LX	10.00	Truth prepare forget camera talk we card phone.	\N	11	00:00:06	{36,169,185}	{new,check}	{"level": 34}	t	12	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
96	15	91	cue	12	4	AV	11.00	Stand third already air option.	\N	12	00:00:11	{7,98,126}	{}	{"level": 25}	t	1	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
97	15	91	note	13	\N	\N	\N		Maybe very interest land question.	13	\N	\N	{new}	\N	t	6	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
98	15	\N	act	14	\N	\N	\N	Act 2	\N	14	\N	\N	{}	\N	t	22	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
99	16	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{}	\N	t	21	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
100	16	99	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{check}	\N	t	16	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
101	16	100	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{}	\N	t	24	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
102	16	100	cue	4	8	AUTO	3.00	Heart behind will political week.	\N	4	00:00:10	{10,88,133}	{check,new}	{"level": 50}	t	2	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
103	16	100	cue	5	5	PROPS	4.00	Particular production reach trouble case opportunity.	\N	5	00:00:06	{11,40,73}	{new,check}	{"level": 15}	t	11	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
104	16	100	note	6	\N	\N	\N		Ready beyond perform politics.	6	\N	\N	{new,check}	\N	t	12	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
105	16	99	scene	7	\N	\N	\N	Scene 2	\N	7	\N	\N	{safety,check}	\N	t	5	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
106	16	105	standby	8	\N	\N	\N		Standby all departments	8	\N	\N	{safety,check}	\N	t	10	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
107	16	105	cue	9	3	FLY	8.00	Take situation my simple add.	\N	9	00:00:04	{8,42,134}	{check}	{"level": 38}	t	24	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
108	16	105	cue	10	2	SND	9.00	Near above education writer bad.	\N	10	00:00:09	{73,168,170}	{check}	{"level": 27}	t	16	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
109	16	105	cue	11	5	PROPS	10.00	Collection especially music economic.	\N	11	00:00:09	{38,102,179}	{safety}	{"level": 88}	t	14	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
110	16	105	cue	12	9	PYRO	11.00	His daughter bill create.	\N	12	00:00:02	{17,71,115}	{new}	{"level": 63}	t	15	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
111	16	105	note	13	\N	\N	\N		Investment fight win nearly article institution development.	13	\N	\N	{new}	\N	t	14	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
112	16	\N	act	14	\N	\N	\N	Act 2	\N	14	\N	\N	{new,check}	\N	t	15	2026-06-27 00:00:00+00	2026-06-27 00:00:00+00
113	2	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{check,safety}	\N	t	24	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
114	2	113	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{check}	\N	t	3	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
115	2	114	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{}	\N	t	17	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
116	2	114	cue	4	6	STAGE	3.00	Order hospital machine say mission.	\N	4	00:00:05	{75,101,184}	{new,check}	{"level": 49}	t	18	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
117	2	114	cue	5	2	SND	4.00	Medical government arrive food decision system.	\N	5	00:00:11	{13,56,171}	{new}	{"level": 14}	t	18	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
118	2	114	cue	6	1	LX	5.00	Most impact middle government experience.	\N	6	00:00:01	{121,148,181}	{}	{"level": 87}	t	21	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
119	2	114	note	7	\N	\N	\N		Everybody development partner range.	7	\N	\N	{check}	\N	t	14	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
120	2	113	scene	8	\N	\N	\N	Scene 2	\N	8	\N	\N	{new,check}	\N	t	12	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
121	2	120	standby	9	\N	\N	\N		Standby all departments	9	\N	\N	{new,safety}	\N	t	21	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
122	2	120	cue	10	4	AV	9.00	Knowledge myself institution subject wife perform season want.	\N	10	00:00:09	{104,154,179}	{safety}	{"level": 37}	t	6	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
123	2	120	cue	11	8	AUTO	10.00	Talk area everything heart.	\N	11	00:00:03	{2,60,111}	{safety}	{"level": 32}	t	20	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
124	2	120	cue	12	6	STAGE	11.00	Large citizen body ahead summer quite up language.	\N	12	00:00:03	{55,92,102}	{}	{"level": 2}	t	1	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
125	2	120	note	13	\N	\N	\N		Peace send according able manage apply.	13	\N	\N	{safety}	\N	t	6	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
126	2	\N	act	14	\N	\N	\N	Act 2	\N	14	\N	\N	{new}	\N	t	18	2026-06-26 00:00:00+00	2026-06-26 00:00:00+00
127	3	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{safety}	\N	t	12	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
128	3	127	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	15	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
129	3	128	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{}	\N	t	7	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
130	3	128	cue	4	6	STAGE	3.00	Music travel man ago offer people.	\N	4	00:00:06	{8,43,118}	{safety,check}	{"level": 94}	t	2	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
131	3	128	cue	5	2	SND	4.00	Personal worry old herself too article player.	\N	5	00:00:10	{110,175,191}	{check,safety}	{"level": 25}	t	5	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
132	3	128	note	6	\N	\N	\N		Town oil suddenly whose.	6	\N	\N	{check,new}	\N	t	2	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
133	3	127	scene	7	\N	\N	\N	Scene 2	\N	7	\N	\N	{safety,check}	\N	t	11	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
134	3	133	standby	8	\N	\N	\N		Standby all departments	8	\N	\N	{new}	\N	t	9	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
135	3	133	cue	9	3	FLY	8.00	Key other owner military perform experience entire opportunity.	\N	9	00:00:11	{20,84,131}	{new,safety}	{"level": 68}	t	17	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
136	3	133	cue	10	3	FLY	9.00	Through sense finish pick region skin majority evening.	\N	10	00:00:01	{91,105,188}	{}	{"level": 100}	t	11	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
137	3	133	cue	11	9	PYRO	10.00	Speech what week up research page decade cover.	\N	11	00:00:09	{44,47,140}	{}	{"level": 70}	t	16	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
138	3	133	cue	12	7	WARD	11.00	Long move we learn mission simply.	\N	12	00:00:11	{95,127,147}	{}	{"level": 13}	t	13	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
139	3	133	note	13	\N	\N	\N		Point around body recently against owner.	13	\N	\N	{}	\N	t	14	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
140	3	\N	act	14	\N	\N	\N	Act 2	\N	14	\N	\N	{new,check}	\N	t	18	2026-07-09 00:00:00+00	2026-07-09 00:00:00+00
141	4	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{new}	\N	t	21	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
142	4	141	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{new,safety}	\N	t	16	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
143	4	142	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{}	\N	t	20	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
144	4	142	cue	4	9	PYRO	3.00	View order the.	\N	4	00:00:12	{93,127,188}	{safety}	{"level": 52}	t	2	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
145	4	142	cue	5	2	SND	4.00	Good treatment movement nice half set.	\N	5	00:00:10	{89,123,141}	{new}	{"level": 77}	t	23	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
146	4	142	cue	6	9	PYRO	5.00	Mention item speak natural environment sister his.	\N	6	00:00:00	{57,109,123}	{safety}	{"level": 31}	t	1	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
147	4	142	cue	7	7	WARD	6.00	Section none base evening song picture pattern.	\N	7	00:00:07	{44,48,155}	{new}	{"level": 17}	t	5	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
148	4	142	note	8	\N	\N	\N		Position light security make top shake.	8	\N	\N	{check}	\N	t	22	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
149	4	141	scene	9	\N	\N	\N	Scene 2	\N	9	\N	\N	{safety,check}	\N	t	21	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
150	4	149	standby	10	\N	\N	\N		Standby all departments	10	\N	\N	{check}	\N	t	21	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
151	4	149	cue	11	7	WARD	10.00	Us spend job per.	\N	11	00:00:00	{51,115,116}	{}	{"level": 70}	t	24	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
152	4	149	cue	12	6	STAGE	11.00	Court matter realize middle best staff record.	\N	12	00:00:01	{43,106,150}	{}	{"level": 32}	t	15	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
153	4	149	cue	13	2	SND	12.00	Society accept up significant study.	\N	13	00:00:00	{7,94,122}	{new,safety}	{"level": 5}	t	8	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
154	4	149	note	14	\N	\N	\N		Order south positive level college include particular.	14	\N	\N	{}	\N	t	3	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
155	5	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{}	\N	t	10	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
156	5	155	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{check,new}	\N	t	6	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
157	5	156	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{new,check}	\N	t	3	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
158	5	156	cue	4	4	AV	3.00	But wide hotel catch soon.	\N	4	00:00:00	{23,122,129}	{new}	{"level": 22}	t	12	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
159	5	156	cue	5	10	FOH	4.00	Bring later respond thus security peace may value.	\N	5	00:00:08	{46,57,127}	{check,new}	{"level": 43}	t	15	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
160	5	156	cue	6	2	SND	5.00	Push pretty bring cold certainly parent.	\N	6	00:00:11	{150,160,161}	{new}	{"level": 16}	t	12	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
161	5	156	note	7	\N	\N	\N		Machine which truth possible ago market.	7	\N	\N	{safety,new}	\N	t	7	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
162	5	155	scene	8	\N	\N	\N	Scene 2	\N	8	\N	\N	{}	\N	t	1	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
163	5	162	standby	9	\N	\N	\N		Standby all departments	9	\N	\N	{safety}	\N	t	22	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
164	5	162	cue	10	7	WARD	9.00	These job measure only eat catch.	\N	10	00:00:08	{116,118,158}	{}	{"level": 65}	t	23	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
165	5	162	cue	11	6	STAGE	10.00	Assume image they should age community.	\N	11	00:00:12	{124,125,130}	{check,new}	{"level": 21}	t	5	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
166	5	162	cue	12	1	LX	11.00	Certainly if easy cost treatment happy wall.	\N	12	00:00:03	{51,72,140}	{safety}	{"level": 24}	t	21	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
167	5	162	note	13	\N	\N	\N		Unit these push.	13	\N	\N	{}	\N	t	2	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
168	5	\N	act	14	\N	\N	\N	Act 2	\N	14	\N	\N	{check,safety}	\N	t	23	2026-07-22 00:00:00+00	2026-07-22 00:00:00+00
169	6	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{new,check}	\N	t	6	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
170	6	169	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	24	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
171	6	170	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{new}	\N	t	16	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
172	6	170	cue	4	7	WARD	3.00	Standard into car role.	\N	4	00:00:10	{36,108,166}	{}	{"level": 31}	t	8	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
173	6	170	cue	5	4	AV	4.00	Event subject unit add view.	\N	5	00:00:09	{2,31,190}	{new}	{"level": 50}	t	10	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
174	6	170	cue	6	10	FOH	5.00	Key as baby company speak.	\N	6	00:00:10	{35,107,197}	{new,safety}	{"level": 61}	t	15	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
175	6	170	cue	7	9	PYRO	6.00	Audience black forward country few.	\N	7	00:00:11	{51,165,170}	{check}	{"level": 22}	t	6	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
176	6	170	note	8	\N	\N	\N		Partner red town today source study kind relationship.	8	\N	\N	{new,check}	\N	t	24	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
177	6	169	scene	9	\N	\N	\N	Scene 2	\N	9	\N	\N	{}	\N	t	14	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
178	6	177	standby	10	\N	\N	\N		Standby all departments	10	\N	\N	{safety,check}	\N	t	22	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
179	6	177	cue	11	6	STAGE	10.00	Carry federal network minute seem suddenly might.	\N	11	00:00:07	{82,91,127}	{safety,check}	{"level": 81}	t	16	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
180	6	177	cue	12	8	AUTO	11.00	Leader agreement source but.	\N	12	00:00:09	{12,62,142}	{new,check}	{"level": 51}	t	2	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
181	6	177	cue	13	1	LX	12.00	Former his perhaps capital science son.	\N	13	00:00:01	{57,60,112}	{}	{"level": 94}	t	6	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
182	6	177	cue	14	3	FLY	13.00	Left despite very push born.	\N	14	00:00:04	{144,157,162}	{check}	{"level": 83}	t	2	2026-07-23 00:00:00+00	2026-07-23 00:00:00+00
183	7	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{new,safety}	\N	t	16	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
184	7	183	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	22	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
185	7	184	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{check,new}	\N	t	9	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
186	7	184	cue	4	6	STAGE	3.00	Interesting star learn three thought.	\N	4	00:00:03	{54,99,133}	{}	{"level": 70}	t	11	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
187	7	184	cue	5	1	LX	4.00	Executive protect character kid wind capital.	\N	5	00:00:10	{4,179,195}	{}	{"level": 10}	t	4	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
188	7	184	note	6	\N	\N	\N		Ahead candidate girl rich design top almost second.	6	\N	\N	{safety}	\N	t	11	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
189	7	183	scene	7	\N	\N	\N	Scene 2	\N	7	\N	\N	{}	\N	t	10	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
190	7	189	standby	8	\N	\N	\N		Standby all departments	8	\N	\N	{new,check}	\N	t	11	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
191	7	189	cue	9	2	SND	8.00	Attorney what notice rich carry space.	\N	9	00:00:11	{5,87,121}	{}	{"level": 87}	t	9	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
192	7	189	cue	10	4	AV	9.00	Degree establish side direction offer big.	\N	10	00:00:04	{75,135,146}	{}	{"level": 60}	t	24	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
193	7	189	cue	11	1	LX	10.00	Particular police answer scientist position hundred statement.	\N	11	00:00:02	{21,118,137}	{}	{"level": 80}	t	23	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
194	7	189	note	12	\N	\N	\N		Past official understand fly population music approach.	12	\N	\N	{new,safety}	\N	t	14	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
195	7	\N	act	13	\N	\N	\N	Act 2	\N	13	\N	\N	{new,check}	\N	t	12	2026-07-10 00:00:00+00	2026-07-10 00:00:00+00
196	8	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{safety}	\N	t	22	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
197	8	196	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{safety}	\N	t	18	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
198	8	197	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{check,new}	\N	t	14	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
199	8	197	cue	4	9	PYRO	3.00	Stop yes southern attention current.	\N	4	00:00:00	{82,151,173}	{new,safety}	{"level": 89}	t	21	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
200	8	197	cue	5	10	FOH	4.00	Design across late spend.	\N	5	00:00:04	{108,145,188}	{}	{"level": 71}	t	13	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
201	8	197	note	6	\N	\N	\N		Book floor avoid go have mother.	6	\N	\N	{check}	\N	t	18	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
202	8	196	scene	7	\N	\N	\N	Scene 2	\N	7	\N	\N	{check}	\N	t	23	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
203	8	202	standby	8	\N	\N	\N		Standby all departments	8	\N	\N	{check}	\N	t	16	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
204	8	202	cue	9	3	FLY	8.00	Who course positive.	\N	9	00:00:01	{20,95,98}	{}	{"level": 98}	t	11	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
205	8	202	cue	10	2	SND	9.00	Indeed spring third course here either major.	\N	10	00:00:06	{112,188,195}	{new,safety}	{"level": 61}	t	21	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
206	8	202	note	11	\N	\N	\N		Notice energy artist both much.	11	\N	\N	{}	\N	t	11	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
207	8	\N	act	12	\N	\N	\N	Act 2	\N	12	\N	\N	{new,safety}	\N	t	6	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
208	8	207	scene	13	\N	\N	\N	Scene 1	\N	13	\N	\N	{check}	\N	t	7	2026-07-11 00:00:00+00	2026-07-11 00:00:00+00
209	9	\N	act	1	\N	\N	\N	Act 1	\N	1	\N	\N	{new}	\N	t	11	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
210	9	209	scene	2	\N	\N	\N	Scene 1	\N	2	\N	\N	{}	\N	t	11	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
211	9	210	standby	3	\N	\N	\N		Standby all departments	3	\N	\N	{safety,check}	\N	t	9	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
212	9	210	cue	4	9	PYRO	3.00	Region government total speech.	\N	4	00:00:10	{47,86,96}	{}	{"level": 43}	t	23	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
213	9	210	cue	5	1	LX	4.00	Nothing health us alone sometimes city wife.	\N	5	00:00:09	{105,180,193}	{safety,new}	{"level": 74}	t	6	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
214	9	210	cue	6	7	WARD	5.00	Build draw size pull prepare on.	\N	6	00:00:03	{21,78,115}	{check,safety}	{"level": 49}	t	24	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
215	9	210	cue	7	5	PROPS	6.00	Service fight same hear.	\N	7	00:00:10	{145,151,184}	{safety,check}	{"level": 9}	t	23	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
216	9	210	note	8	\N	\N	\N		Although trouble instead response agency parent my.	8	\N	\N	{}	\N	t	14	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
217	9	209	scene	9	\N	\N	\N	Scene 2	\N	9	\N	\N	{new}	\N	t	5	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
218	9	217	standby	10	\N	\N	\N		Standby all departments	10	\N	\N	{safety,new}	\N	t	6	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
219	9	217	cue	11	7	WARD	10.00	Lawyer enter training guess song memory.	\N	11	00:00:05	{2,103,121}	{safety}	{"level": 43}	t	12	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
220	9	217	cue	12	5	PROPS	11.00	Ever main design sign share song Mr.	\N	12	00:00:04	{40,66,139}	{}	{"level": 3}	t	1	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
221	9	217	note	13	\N	\N	\N		Eat teach nature wonder.	13	\N	\N	{safety}	\N	t	6	2026-07-16 00:00:00+00	2026-07-16 00:00:00+00
\.

COPY "public"."crewRelationshipsTable" ("relationship_id", "manager_user_id", "crew_user_id", "first_shared_element_id", "since", "rating", "note", "is_active") FROM stdin;
1	1	3	67	2026-06-11	9.1	\N	t
2	12	24	\N	2026-06-16	6.5	Stay here likely.	t
3	19	11	\N	2026-04-30	7.0	\N	t
4	2	17	78	2026-09-05	7.6	\N	t
5	18	1	19	2026-09-20	6.9	\N	t
6	17	4	158	2026-04-18	8.6	\N	f
7	5	10	\N	2026-09-08	6.1	\N	t
8	22	23	\N	2026-08-02	8.4	\N	t
9	1	22	202	2026-03-18	8.6	Far effect direction will thus.	f
10	12	22	\N	2026-08-05	8.0	Ready beyond perform politics.	t
11	9	7	101	2026-06-27	9.7	\N	t
12	17	15	10	2026-06-25	9.0	Send last structure.	f
13	21	2	175	2026-08-05	6.9	\N	t
14	14	9	67	2026-06-28	9.1	\N	t
15	8	16	\N	2026-05-23	5.1	Fight nation president onto interview.	t
16	21	6	168	2026-09-04	5.4	\N	t
17	24	7	\N	2026-05-06	5.0	\N	t
18	10	23	\N	2026-04-03	6.2	\N	t
19	23	8	178	2026-07-09	5.8	Beat fact into simple budget.	t
20	23	24	\N	2026-05-24	6.0	\N	t
21	19	8	138	2026-03-05	7.3	\N	t
22	24	19	\N	2026-09-09	8.9	Test another that pattern instead.	f
23	15	3	\N	2026-09-13	9.2	\N	t
24	7	2	34	2026-06-19	7.5	\N	t
25	9	3	44	2026-08-19	8.4	\N	t
26	7	14	\N	2026-05-30	5.8	Nor improve challenge guy behind serve them.	t
27	14	13	28	2026-03-31	6.7	\N	t
28	24	20	200	2026-08-07	8.4	Only pretty worry center.	t
29	14	2	104	2026-05-05	9.2	Everybody black live mention nearly.	t
30	4	22	\N	2026-09-16	6.9	Draw hard news drop part feel spring.	t
\.

COPY "public"."crewAssignmentsTable" ("assignment_id", "show_id", "department_id", "user_id", "relationship_id", "duty", "call_before", "weekdays", "fee", "is_lead", "starts_on", "ends_on", "created_at") FROM stdin;
1	4	3	1	5	follow spot	01:30:00	{2,3,5,6,7}	485.86	t	2026-10-24	2026-12-15	2026-07-14 00:00:00+00
2	8	9	3	25	follow spot	01:30:00	{2,4,5,6,7}	522.42	f	2026-11-24	2027-01-18	2026-06-30 00:00:00+00
3	6	8	2	13	operator	01:30:00	{1,3,4,5,6}	1231.42	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
4	7	10	24	20	assistant	01:00:00	{1,2,4,6,7}	432.33	f	2026-11-21	2026-12-28	2026-06-15 00:00:00+00
5	7	4	9	14	assistant	01:00:00	{1,2,3,5,7}	1093.58	t	2026-11-21	2026-12-28	2026-06-15 00:00:00+00
6	2	8	2	29	deputy	02:00:00	{3,4,5,6,7}	1142.52	f	2027-02-14	2027-02-21	2026-07-13 00:00:00+00
7	8	1	23	8	follow spot	02:00:00	{1,2,3,4,6}	708.97	f	2026-11-24	2027-01-18	2026-06-30 00:00:00+00
8	6	9	16	15	dresser	01:30:00	{1,2,4,5,7}	704.44	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
9	1	4	4	6	assistant	01:30:00	{1,2,4,5,6}	541.69	f	2026-11-12	2026-11-25	2026-06-29 00:00:00+00
10	5	4	7	17	follow spot	01:30:00	{1,2,3,5,7}	396.86	f	2027-02-14	2027-04-15	2026-07-20 00:00:00+00
11	5	5	4	6	dresser	01:30:00	{1,3,4,6,7}	334.83	f	2027-02-14	2027-04-15	2026-07-20 00:00:00+00
12	1	9	20	28	deputy	01:00:00	{2,3,4,5,7}	599.79	f	2026-11-12	2026-11-25	2026-06-29 00:00:00+00
13	4	10	9	14	dresser	01:30:00	{1,4,5,6,7}	1205.39	f	2026-10-24	2026-12-15	2026-07-14 00:00:00+00
14	1	2	14	26	deputy	01:00:00	{1,2,3,4,5}	1449.75	f	2026-11-12	2026-11-25	2026-06-29 00:00:00+00
15	3	5	23	18	assistant	01:30:00	{1,3,4,6,7}	909.31	f	2027-01-07	2027-01-22	2026-07-26 00:00:00+00
16	1	2	22	9	operator	01:30:00	{2,3,4,6,7}	337.55	f	2026-11-12	2026-11-25	2026-06-29 00:00:00+00
17	5	3	10	7	dresser	01:30:00	{1,2,4,6,7}	1762.62	f	2027-02-14	2027-04-15	2026-07-20 00:00:00+00
18	6	4	15	12	operator	01:00:00	{1,2,3,5,7}	1735.80	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
19	6	8	13	27	follow spot	01:30:00	{1,3,4,5,6}	406.47	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
20	3	8	22	10	dresser	01:00:00	{1,2,4,6,7}	1069.43	f	2027-01-07	2027-01-22	2026-07-26 00:00:00+00
21	2	2	2	29	deputy	02:00:00	{2,3,4,6,7}	271.70	t	2027-02-14	2027-02-21	2026-07-13 00:00:00+00
22	2	7	22	30	dresser	01:00:00	{2,3,4,6,7}	995.84	f	2027-02-14	2027-02-21	2026-07-13 00:00:00+00
23	4	6	7	11	follow spot	02:00:00	{1,2,4,6,7}	1243.09	f	2026-10-24	2026-12-15	2026-07-14 00:00:00+00
24	6	8	23	8	operator	01:30:00	{3,4,5,6,7}	235.57	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
25	5	1	2	13	follow spot	01:00:00	{1,2,3,5,7}	1795.69	f	2027-02-14	2027-04-15	2026-07-20 00:00:00+00
26	8	5	2	13	follow spot	02:00:00	{2,3,4,5,6}	275.03	f	2026-11-24	2027-01-18	2026-06-30 00:00:00+00
27	6	4	16	15	dresser	01:30:00	{2,4,5,6,7}	274.26	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
28	4	7	23	8	deputy	01:00:00	{1,3,4,5,7}	1640.65	f	2026-10-24	2026-12-15	2026-07-14 00:00:00+00
29	3	2	20	28	follow spot	01:00:00	{2,3,5,6,7}	1369.22	f	2027-01-07	2027-01-22	2026-07-26 00:00:00+00
30	8	8	20	28	dresser	01:30:00	{1,2,4,5,7}	1127.00	f	2026-11-24	2027-01-18	2026-06-30 00:00:00+00
31	7	5	22	10	follow spot	01:00:00	{1,2,5,6,7}	1360.77	f	2026-11-21	2026-12-28	2026-06-15 00:00:00+00
32	7	4	22	10	operator	01:30:00	{1,4,5,6,7}	564.76	f	2026-11-21	2026-12-28	2026-06-15 00:00:00+00
33	6	2	2	13	deputy	01:00:00	{1,3,4,6,7}	1109.33	t	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
34	4	1	6	16	follow spot	01:30:00	{1,3,4,6,7}	387.18	f	2026-10-24	2026-12-15	2026-07-14 00:00:00+00
35	6	2	22	30	assistant	01:30:00	{1,4,5,6,7}	1641.35	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
36	8	3	11	3	assistant	02:00:00	{1,2,3,4,7}	767.49	f	2026-11-24	2027-01-18	2026-06-30 00:00:00+00
37	6	7	23	8	follow spot	02:00:00	{2,3,4,5,7}	1712.86	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
38	7	10	7	17	dresser	01:00:00	{2,3,4,5,6}	1715.05	f	2026-11-21	2026-12-28	2026-06-15 00:00:00+00
39	1	6	14	26	assistant	02:00:00	{1,2,3,5,7}	1339.08	f	2026-11-12	2026-11-25	2026-06-29 00:00:00+00
40	6	3	19	22	dresser	02:00:00	{3,4,5,6,7}	1506.02	t	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
41	7	2	19	22	deputy	01:30:00	{1,2,5,6,7}	1140.77	f	2026-11-21	2026-12-28	2026-06-15 00:00:00+00
42	3	4	19	22	assistant	02:00:00	{1,2,3,4,6}	931.66	f	2027-01-07	2027-01-22	2026-07-26 00:00:00+00
43	5	7	22	30	dresser	02:00:00	{1,2,4,6,7}	1515.87	t	2027-02-14	2027-04-15	2026-07-20 00:00:00+00
44	8	10	2	24	follow spot	02:00:00	{1,2,4,5,6}	1686.11	f	2026-11-24	2027-01-18	2026-06-30 00:00:00+00
45	1	5	15	12	deputy	01:30:00	{3,4,5,6,7}	1773.97	t	2026-11-12	2026-11-25	2026-06-29 00:00:00+00
46	1	6	23	18	dresser	01:30:00	{1,3,5,6,7}	447.91	f	2026-11-12	2026-11-25	2026-06-29 00:00:00+00
47	8	6	1	5	assistant	02:00:00	{2,3,4,6,7}	358.07	t	2026-11-24	2027-01-18	2026-06-30 00:00:00+00
48	6	4	20	28	follow spot	01:30:00	{1,2,3,4,5}	829.45	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
49	3	1	22	9	operator	01:00:00	{2,4,5,6,7}	613.32	f	2027-01-07	2027-01-22	2026-07-26 00:00:00+00
50	6	4	3	23	deputy	01:30:00	{1,2,3,5,6}	1772.46	f	2026-08-30	2026-10-04	2026-07-09 00:00:00+00
\.

COPY "public"."script_shares" ("share_id", "script_id", "shared_by_user_id", "shared_with_user_id", "permission", "link_slug", "message", "created_at", "expires_at", "revoked_at") FROM stdin;
032e5c4d-9c27-4b58-bd43-b8f3c486b29f	5	15	\N	comment	r68479-b6561e	\N	2026-08-15 02:00:00+00	infinity	\N
0ce67960-221d-4130-9155-c032f8fcdf4f	2	14	17	edit	\N	\N	2026-06-28 03:00:00+00	infinity	\N
0dc41e01-c4c0-4f75-88ec-f9b0f6dc3779	8	14	\N	comment	62sj6z-e92a73	\N	2026-07-19 05:00:00+00	2026-12-10 05:00:00+00	\N
0f72b525-d1f0-4049-b653-a8a062caf9ee	10	16	\N	view	nlsqyf-13ff0d	\N	2026-07-24 16:00:00+00	2026-09-06 16:00:00+00	\N
123a85a0-d050-4d6d-b5f2-64f5e6f2e471	5	7	\N	view	8lma5l-bc060a	\N	2026-08-05 01:00:00+00	2026-10-18 01:00:00+00	\N
12bf7e9d-3a1e-4eec-9329-d5f5e4dc9dae	7	5	\N	own	vh63a5-d79889	\N	2026-07-27 22:00:00+00	2027-01-14 22:00:00+00	\N
13c00d5b-b245-4737-bdbd-5b5c58e80c50	9	14	3	comment	\N	\N	2026-07-26 06:00:00+00	2027-02-10 06:00:00+00	\N
2049760d-1434-413a-ab4b-cb46507b94ef	6	1	\N	view	9sx9kb-c3a5bf	\N	2026-08-05 15:00:00+00	2026-11-25 15:00:00+00	\N
256be223-8677-4f5c-be1c-432d2ce52226	14	13	24	view	\N	\N	2026-06-16 20:00:00+00	2026-09-03 20:00:00+00	\N
33374b6d-78c8-4b93-84fc-9269eb218312	16	7	\N	view	yeuc2q-7bf5c2	\N	2026-07-08 11:00:00+00	infinity	\N
33a5959d-a834-4b02-9d8e-1157cf98ba8f	12	15	7	edit	\N	\N	2026-07-09 04:00:00+00	infinity	\N
44fecc2c-1a57-4c9b-9d75-ae9f6946eefe	1	3	14	comment	\N	\N	2026-07-03 09:00:00+00	2026-12-15 09:00:00+00	\N
460ea419-9907-4bd2-b43a-3060bb93ae9f	14	19	\N	edit	97jrr2-534e5d	\N	2026-06-24 08:00:00+00	2026-10-20 08:00:00+00	\N
4a7ec791-177b-43cf-9acb-2ff6b2ba590f	14	3	21	edit	\N	\N	2026-07-07 08:00:00+00	2026-08-13 08:00:00+00	\N
4e65a09f-3966-40aa-92a0-462002e6eac9	9	11	17	comment	\N	\N	2026-08-13 21:00:00+00	infinity	\N
59b0ddd8-f249-4a38-8121-af7e9e0559c1	9	7	\N	view	62gtlz-f6b3c3	\N	2026-07-26 01:00:00+00	2027-02-05 01:00:00+00	\N
5a2a2268-aad1-4493-b7df-92d8f80193a8	11	9	\N	view	gan34e-2a57db	\N	2026-07-17 05:00:00+00	infinity	\N
5d16028f-8ed1-4e71-b723-1f2ee54798ef	13	20	8	view	\N	\N	2026-06-28 04:00:00+00	infinity	\N
63d90781-f05c-44da-a139-9de085dcbc40	14	13	13	comment	\N	\N	2026-06-14 16:00:00+00	2026-12-02 16:00:00+00	\N
7ad5d390-010d-4bcc-81ec-f6ccc10b44e7	5	2	16	view	\N	\N	2026-08-15 11:00:00+00	2027-01-06 11:00:00+00	\N
892dab62-8d42-4bcb-b2b6-97e3b87e8789	2	15	2	edit	\N	\N	2026-07-01 15:00:00+00	2026-08-18 15:00:00+00	\N
8d265d53-257f-4ee5-81fe-efd12a6e138c	2	10	20	view	\N	\N	2026-07-10 03:00:00+00	2027-01-07 03:00:00+00	\N
8ee47de9-1ae2-4f32-b53f-80a401ddf3f5	9	5	2	edit	\N	\N	2026-08-13 23:00:00+00	infinity	\N
9e4361b2-9c68-4190-bc01-d11159e9a886	16	16	16	view	\N	\N	2026-07-23 21:00:00+00	2026-10-03 21:00:00+00	\N
ab926d61-e666-4757-9542-4870f2418e5b	2	24	\N	view	8brxpj-8dbe72	\N	2026-07-24 10:00:00+00	2026-12-30 10:00:00+00	\N
b1d4d2c4-042b-42e2-a848-ba8269389c6d	16	15	21	view	\N	\N	2026-07-26 00:00:00+00	2026-10-04 00:00:00+00	\N
b40c9ba6-0f53-49c1-af5b-1261ff667b18	6	18	11	view	\N	\N	2026-08-20 09:00:00+00	infinity	\N
bf22967f-a852-47a8-b515-3e64af43dab8	11	24	5	view	\N	\N	2026-07-28 05:00:00+00	infinity	\N
c21484f4-2dfc-4c02-9166-374e6ed6e263	5	17	7	view	\N	\N	2026-08-19 16:00:00+00	2026-11-11 16:00:00+00	\N
ccb81ce8-7b8d-4d46-8bb5-af2919193916	13	2	11	comment	\N	\N	2026-06-16 04:00:00+00	infinity	\N
d0961596-76ee-4cea-bf58-b7116915d908	1	2	\N	comment	hctnms-06099a	\N	2026-06-29 15:00:00+00	2026-12-03 15:00:00+00	\N
d4b883cd-72c5-4ae1-a62b-4da707d5d652	5	9	5	view	\N	\N	2026-08-10 17:00:00+00	2026-09-09 17:00:00+00	\N
d6aa6f21-2cf1-4bbd-ad27-56d79884f03d	7	8	13	view	\N	\N	2026-07-18 10:00:00+00	2026-08-07 10:00:00+00	\N
d8c7f929-1555-477c-b070-825de25fc9f0	5	9	15	view	\N	\N	2026-08-14 05:00:00+00	2027-02-17 05:00:00+00	\N
e0442f6a-6f62-43df-8bb5-66117873270c	14	5	18	comment	\N	\N	2026-06-15 05:00:00+00	infinity	\N
f197e86f-4e38-4a06-be19-de05a0c41f6e	15	20	24	edit	\N	\N	2026-07-19 03:00:00+00	2026-09-16 03:00:00+00	\N
f549e6c1-a1fa-4b4c-a9fc-a61977ede994	10	23	20	view	\N	\N	2026-07-24 13:00:00+00	infinity	\N
f63fab5a-45d4-462b-8fc4-70bc562f8f9e	14	11	\N	edit	3nv88s-5eaa54	\N	2026-07-08 22:00:00+00	infinity	\N
f7574339-fa10-4ddf-ba2b-7fbba17677cc	14	13	6	view	\N	\N	2026-07-02 22:00:00+00	infinity	\N
fd4ed7b6-2774-4cd5-8238-9b7d459c849f	16	3	23	own	\N	\N	2026-07-08 14:00:00+00	2027-01-21 14:00:00+00	\N
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
IF (SELECT pg_catalog.count(*) FROM ONLY "public"."scriptElementsTable" ) <> 221 THEN RAISE EXCEPTION ''"scriptElementsTable" has not received 221 rows''; END IF;
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
ALTER SEQUENCE "public"."scriptElementsTable_element_id_seq" RESTART WITH 221;
SELECT pg_catalog.setval('"public"."scriptElementsTable_element_id_seq"', 221);
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
