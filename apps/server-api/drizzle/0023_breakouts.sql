CREATE TABLE "breakouts" (
	"meeting_id" uuid PRIMARY KEY NOT NULL,
	"rooms" jsonb NOT NULL,
	"choice" boolean NOT NULL,
	"opened_at" timestamp (3) with time zone NOT NULL,
	"ends_at" timestamp (3) with time zone,
	"closed_at" timestamp (3) with time zone
);
--> statement-breakpoint
ALTER TABLE "admissions" ADD COLUMN "breakout_id" text;--> statement-breakpoint
ALTER TABLE "participants" ADD COLUMN "breakout_id" text;--> statement-breakpoint
ALTER TABLE "participants" ADD COLUMN "moved_at" timestamp (3) with time zone;--> statement-breakpoint
ALTER TABLE "breakouts" ADD CONSTRAINT "breakouts_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "breakouts_ends_at" ON "breakouts" USING btree ("ends_at");--> statement-breakpoint
CREATE INDEX "breakouts_closed_at" ON "breakouts" USING btree ("closed_at") WHERE closed_at is not null;