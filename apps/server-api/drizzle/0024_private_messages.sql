CREATE TABLE "private_messages" (
	"id" uuid PRIMARY KEY DEFAULT gen_random_uuid() NOT NULL,
	"meeting_id" uuid NOT NULL,
	"sender" text NOT NULL,
	"receiver" text NOT NULL,
	"client_id" text NOT NULL,
	"user_id" uuid,
	"author_name" text NOT NULL,
	"receiver_user_id" uuid,
	"receiver_name" text NOT NULL,
	"text" text NOT NULL,
	"read_at" timestamp (3) with time zone,
	"created_at" timestamp (3) with time zone NOT NULL,
	CONSTRAINT "private_messages_meeting_id_sender_client_id" UNIQUE("meeting_id","sender","client_id")
);
--> statement-breakpoint
ALTER TABLE "private_messages" ADD CONSTRAINT "private_messages_meeting_id_meetings_id_fk" FOREIGN KEY ("meeting_id") REFERENCES "public"."meetings"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "private_messages" ADD CONSTRAINT "private_messages_user_id_users_id_fk" FOREIGN KEY ("user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
ALTER TABLE "private_messages" ADD CONSTRAINT "private_messages_receiver_user_id_users_id_fk" FOREIGN KEY ("receiver_user_id") REFERENCES "public"."users"("id") ON DELETE cascade ON UPDATE no action;--> statement-breakpoint
CREATE INDEX "private_messages_sender" ON "private_messages" USING btree ("meeting_id","sender","created_at","id");--> statement-breakpoint
CREATE INDEX "private_messages_receiver" ON "private_messages" USING btree ("meeting_id","receiver","created_at","id");--> statement-breakpoint
CREATE INDEX "private_messages_unread" ON "private_messages" USING btree ("meeting_id","receiver") WHERE read_at is null;--> statement-breakpoint
CREATE INDEX "private_messages_user_id_id" ON "private_messages" USING btree ("user_id","id");--> statement-breakpoint
CREATE INDEX "private_messages_receiver_user_id" ON "private_messages" USING btree ("receiver_user_id");--> statement-breakpoint
CREATE INDEX "private_messages_guests" ON "private_messages" USING btree ("created_at") WHERE user_id is null and receiver_user_id is null;