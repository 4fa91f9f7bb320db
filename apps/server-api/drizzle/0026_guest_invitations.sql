CREATE TABLE "guest_invitations" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"meeting_id" uuid NOT NULL,
	"email" text NOT NULL,
	"token_hash" text NOT NULL,
	"waits" boolean NOT NULL,
	"expires_at" timestamp (3) with time zone NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "guest_invitations_token_hash_unique" UNIQUE("token_hash"),
	CONSTRAINT "guest_invitations_meeting_id_email" UNIQUE("meeting_id","email")
);
--> statement-breakpoint
ALTER TABLE "users" ADD COLUMN "language" text;--> statement-breakpoint
ALTER TABLE "guest_invitations" ADD CONSTRAINT "guest_invitations_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "guest_invitations_meeting_id_created_at_id" ON "guest_invitations" USING btree ("meeting_id","created_at","id");--> statement-breakpoint
CREATE INDEX "guest_invitations_expires_at" ON "guest_invitations" USING btree ("expires_at");--> statement-breakpoint
CREATE INDEX "guest_invitations_email" ON "guest_invitations" USING btree ("email");