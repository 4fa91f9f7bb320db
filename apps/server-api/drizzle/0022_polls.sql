CREATE TABLE "poll_votes" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"poll_id" uuid NOT NULL,
	"voter" text NOT NULL,
	"voter_key" text,
	"choices" smallint[] NOT NULL,
	"user_id" uuid,
	"participant_id" text,
	"name" text,
	"created_at" timestamp (3) with time zone,
	CONSTRAINT "poll_votes_poll_id_voter" UNIQUE("poll_id","voter"),
	CONSTRAINT "poll_votes_poll_id_voter_key" UNIQUE("poll_id","voter_key")
);
--> statement-breakpoint
CREATE TABLE "polls" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"meeting_id" uuid NOT NULL,
	"question" text NOT NULL,
	"choices" text[] NOT NULL,
	"multiple" boolean NOT NULL,
	"anonymous" boolean NOT NULL,
	"results_from" text NOT NULL,
	"user_id" uuid,
	"participant_id" text,
	"author_name" text,
	"version" integer DEFAULT 1 NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "poll_votes" ADD CONSTRAINT "poll_votes_poll_id_polls_id_fk" FOREIGN KEY ("poll_id") REFERENCES "public"."polls"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "poll_votes" ADD CONSTRAINT "poll_votes_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "polls" ADD CONSTRAINT "polls_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "polls" ADD CONSTRAINT "polls_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "poll_votes_user_id_id" ON "poll_votes" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "polls_meeting_id_created_at_id" ON "polls" USING btree ("meeting_id","created_at","id");--> statement-breakpoint
CREATE INDEX "polls_user_id_id" ON "polls" USING btree ("user_id","id");