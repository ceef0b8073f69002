// drizzle-seed, with its own generators and batches.
import { drizzle } from "drizzle-orm/node-postgres";
import { integer, pgTable, serial, text, timestamp } from "drizzle-orm/pg-core";
import { seed } from "drizzle-seed";
import pg from "pg";

const users = pgTable("users", {
  id: serial().primaryKey(),
  name: text().notNull(),
  email: text().notNull().unique(),
});
const channels = pgTable("channels", { id: serial().primaryKey(), name: text().notNull() });
const messages = pgTable("messages", {
  id: serial().primaryKey(),
  channelId: integer("channel_id").notNull().references(() => channels.id),
  userId: integer("user_id").notNull().references(() => users.id),
  content: text().notNull(),
  createdAt: timestamp("created_at", { withTimezone: true }).notNull(),
  updatedAt: timestamp("updated_at", { withTimezone: true }).notNull(),
});

const url = new URL(process.env.DATABASE_URL.replace("@/", "@localhost/"));
const pool = new pg.Pool({
  user: "postgres",
  database: url.pathname.slice(1),
  host: url.searchParams.get("host") ?? url.hostname,
  max: 2,
});
const database = drizzle(pool);
await seed(database, { users, channels, messages }).refine((f) => ({
  users: { count: 1000, columns: { name: f.fullName(), email: f.email() } },
  channels: { count: 100, columns: { name: f.companyName() } },
  messages: {
    count: Number(process.argv[2]),
    columns: {
      content: f.loremIpsum({ sentencesCount: 1 }),
      createdAt: f.timestamp(),
      updatedAt: f.timestamp(),
    },
  },
}));
await pool.end();
