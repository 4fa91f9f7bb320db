CREATE TABLE "files" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"meeting_id" uuid,
	"message_id" uuid,
	"position" smallint DEFAULT 0 NOT NULL,
	"sender" text NOT NULL,
	"user_id" uuid,
	"name" text NOT NULL,
	"size" bigint NOT NULL,
	"stored" boolean DEFAULT false NOT NULL,
	"picture_type" text,
	"width" integer,
	"height" integer,
	"preview" boolean DEFAULT false NOT NULL,
	"created_at" timestamp (3) with time zone NOT NULL
);
--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_message_id_messages_id_fk" FOREIGN KEY ("message_id") REFERENCES "public"."messages"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "files" ADD CONSTRAINT "files_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE set null ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "files_message_id_position" ON "files" USING btree ("message_id","position");--> statement-breakpoint
CREATE INDEX "files_meeting_id_created_at_id" ON "files" USING btree ("meeting_id","created_at","id") WHERE message_id is not null;--> statement-breakpoint
CREATE INDEX "files_meeting_id_size" ON "files" USING btree ("meeting_id","size");--> statement-breakpoint
CREATE INDEX "files_unsent" ON "files" USING btree ("created_at") WHERE message_id is null;--> statement-breakpoint
CREATE INDEX "files_sender_unsent" ON "files" USING btree ("sender") WHERE message_id is null;--> statement-breakpoint
CREATE INDEX "files_user_id_id" ON "files" USING btree ("user_id","id");